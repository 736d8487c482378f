//! The accounts file: an account a line.

use alloc::string::String;
use core::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use super::MemoryAccounts;
use crate::error::{Fault, Reason};
use crate::ntlm::response::NtHash;
use crate::peer::Account;

/// What a hash in the place of a password begins with.
const HASH: &str = "$NT$";

impl MemoryAccounts {
    /// Reads an accounts file; see [`Self::parse`].
    ///
    /// # Errors
    /// [`AccountsFileError`], with the path or the line.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, AccountsFileError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| {
            AccountsFileError::Unreadable { path: path.display().to_string(), reason: error.to_string() }
        })?;
        Self::parse(&text).map_err(|error| error.in_file(path))
    }

    /// Reads accounts, one a line: `DOMAIN:user:password`, the convention of NTLM_USER_FILE, or
    /// `DOMAIN:user:$NT$` and the NT hash in 32 hexadecimal digits. A line that begins with `#` is a comment. An account with
    /// an empty domain is this server's own ([`Self::own_names`] says by which names clients may mean it). A password may have colons, and spaces at its end.
    ///
    /// ```
    /// use negotiate::ntlm::MemoryAccounts;
    /// let accounts = MemoryAccounts::parse("# mine\nADEX:alice:Alice-Pw-1\n:bob:$NT$a4f49c406510bdcab6824ee7c30fd852\n")?;
    /// assert_eq!(accounts.len(), 2);
    /// # Ok::<(), negotiate::ntlm::accounts::AccountsFileError>(())
    /// ```
    ///
    /// # Errors
    /// [`AccountsFileError`], with the line, and nothing of what stands there.
    pub fn parse(text: &str) -> Result<Self, AccountsFileError> {
        let mut accounts = Self::new();
        for (line, number) in text.strip_prefix('\u{feff}').unwrap_or(text).lines().zip(1..) {
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.splitn(3, ':');
            let (Some(domain), Some(user), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
                return Err(AccountsFileError::NotThreeParts { line: number });
            };
            if user.is_empty() || user.contains('\0') || domain.contains('\0') {
                return Err(AccountsFileError::NoUser { line: number });
            }
            let hash = match secret.strip_prefix(HASH) {
                Some(digits) => NtHash::new(hexadecimal(digits).ok_or(AccountsFileError::BadHash { line: number })?),
                None => NtHash::from_password(secret).map_err(|_| AccountsFileError::LongPassword { line: number })?,
            };
            if accounts.insert(Account::new(domain, user), hash) {
                return Err(AccountsFileError::Twice { line: number });
            }
        }
        Ok(accounts)
    }
}

fn hexadecimal(digits: &str) -> Option<[u8; 16]> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) || digits.len() != 32 {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

/// What is wrong with an accounts file. Nothing of a password is in it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccountsFileError {
    /// The file cannot be read, or is no UTF-8.
    Unreadable {
        /// Its path.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// What is wrong inside a file.
    InFile {
        /// Its path.
        path: String,
        /// What is wrong.
        error: Box<AccountsFileError>,
    },
    /// A line that is not `DOMAIN:user:password`.
    NotThreeParts {
        /// Counted from 1.
        line: usize,
    },
    /// A line without a user, or with a NUL in a name.
    NoUser {
        /// Counted from 1.
        line: usize,
    },
    /// `$NT$` without 32 hexadecimal digits behind it.
    BadHash {
        /// Counted from 1.
        line: usize,
    },
    /// A password that is too long for anybody's.
    LongPassword {
        /// Counted from 1.
        line: usize,
    },
    /// An account that an earlier line has already, maybe in another case.
    Twice {
        /// Counted from 1.
        line: usize,
    },
}

impl AccountsFileError {
    fn in_file(self, path: &Path) -> Self {
        Self::InFile { path: path.display().to_string(), error: Box::new(self) }
    }
}

impl fmt::Display for AccountsFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => write!(f, "the accounts file {path} cannot be read: {reason}"),
            Self::InFile { path, error } => write!(f, "{path}: {error}"),
            Self::NotThreeParts { line } => write!(f, "line {line} of the accounts: not DOMAIN:user:password"),
            Self::NoUser { line } => write!(f, "line {line} of the accounts: no user name"),
            Self::BadHash { line } => {
                write!(f, "line {line} of the accounts: behind $NT$ must be 32 hexadecimal digits")
            }
            Self::LongPassword { line } => write!(f, "line {line} of the accounts: the password is too long"),
            Self::Twice { line } => {
                write!(f, "line {line} of the accounts: this account is there already; names differ by more than case")
            }
        }
    }
}

impl core::error::Error for AccountsFileError {}

impl Reason for AccountsFileError {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        "bad-accounts-file"
    }
}
