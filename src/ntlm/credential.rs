//! Who logs in, and what proves it.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::response::{LmHash, NtHash};
use crate::error::{Fault, Reason};

/// A user's name as NTLM sends it: UserName and DomainName.
///
/// From a text it is `DOMAIN\user`, split at the first `\`, or else a user without a domain. A user principal name,
/// `alice@example.com`, is such a user: it goes out whole, and the acceptor's domain finds out whose it is.
///
/// ```
/// use negotiate::ntlm::UserName;
/// let name = UserName::from(r"ADEX\alice");
/// assert_eq!((name.domain(), name.user()), ("ADEX", "alice"));
/// assert_eq!(name, UserName::new("ADEX", "alice"));
/// assert_eq!(UserName::from("alice@example.com"), UserName::new("", "alice@example.com"));
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct UserName {
    domain: Box<str>,
    user: Box<str>,
}

impl UserName {
    /// `user` of `domain`, which may be empty.
    #[must_use]
    pub fn new(domain: &str, user: &str) -> Self {
        Self { domain: domain.into(), user: user.into() }
    }

    /// The domain, as it was written: it takes part in the proof with its upper and lower case (row D24).
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }
}

impl From<&str> for UserName {
    fn from(text: &str) -> Self {
        match text.split_once('\\') {
            Some((domain, user)) => Self::new(domain, user),
            None => Self::new("", text),
        }
    }
}

impl From<String> for UserName {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

/// A user's name and the hash of the password, which is not kept.
///
/// It is as good as the password to whoever holds it: wiped when dropped, never cloned, never printed.
///
/// ```
/// use negotiate::ntlm::Credential;
/// let credential = Credential::with_password(r"ADEX\alice", "open sesame")?;
/// assert!(!format!("{credential:?}").contains("sesame"));
/// # Ok::<(), negotiate::ntlm::CredentialError>(())
/// ```
pub struct Credential {
    name: UserName,
    secret: Option<Secret>,
}

/// What proves a name.
pub(super) struct Secret {
    pub(super) nt: NtHash,
    /// Nobody is sent anything made with it, but by [`Dangerous::send_lm`](super::initiator::Dangerous::send_lm).
    pub(super) lm: Option<LmHash>,
}

/// A name in UTF-16 that is longer than this many units is none: 256 characters is what Windows takes, twice over.
const MAX_NAME_LEN: usize = 512;

impl Credential {
    /// A user with a password.
    ///
    /// # Errors
    /// [`CredentialError`] for a password of more than 1024 octets (row D28), before any of it is looked at, and for a name
    /// that is none.
    pub fn with_password(name: impl Into<UserName>, password: &str) -> Result<Self, CredentialError> {
        let nt =
            NtHash::from_password(password).map_err(|_| CredentialError::PasswordTooLong { actual: password.len() })?;
        // A password that has no LM hash is the better for it.
        Self::of(name.into(), Secret { nt, lm: LmHash::from_password(password).ok() })
    }

    /// A user of whom only the hash is known (NTOWFv1).
    ///
    /// # Errors
    /// [`CredentialError`] for a name that is none.
    pub fn with_nt_hash(name: impl Into<UserName>, nt: NtHash) -> Result<Self, CredentialError> {
        Self::of(name.into(), Secret { nt, lm: None })
    }

    /// A user of whom both hashes are known, as password databases of old have them. The LM hash is of use for
    /// [`Dangerous::send_lm`](super::initiator::Dangerous::send_lm) only.
    ///
    /// # Errors
    /// [`CredentialError`] for a name that is none.
    pub fn with_hashes(name: impl Into<UserName>, lm: LmHash, nt: NtHash) -> Result<Self, CredentialError> {
        Self::of(name.into(), Secret { nt, lm: Some(lm) })
    }

    /// Nobody in particular. Such a login proves nothing, and nothing is signed or sealed after it (row D29).
    #[must_use]
    pub fn anonymous() -> Self {
        Self { name: UserName::new("", ""), secret: None }
    }

    fn of(name: UserName, secret: Secret) -> Result<Self, CredentialError> {
        // Without a name it would be taken for an anonymous login (row D06).
        if name.user.is_empty() {
            return Err(CredentialError::NoUserName);
        }
        for part in [&name.user, &name.domain] {
            // No text has more UTF-16 units than octets.
            if part.len() > MAX_NAME_LEN
                && part.encode_utf16().take(MAX_NAME_LEN.saturating_add(1)).count() > MAX_NAME_LEN
            {
                return Err(CredentialError::NameTooLong);
            }
            if part.contains(char::is_control) {
                return Err(CredentialError::ControlCharacter);
            }
        }
        Ok(Self { name, secret: Some(secret) })
    }

    /// Who logs in.
    #[must_use]
    pub const fn name(&self) -> &UserName {
        &self.name
    }

    /// Whether nobody in particular logs in.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.secret.is_none()
    }

    /// A second copy, made by name because each copy is one more place to guard.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        let duplicate = |secret: &Secret| Secret {
            nt: secret.nt.duplicate(),
            lm: secret.lm.as_ref().map(|lm| LmHash::new(*lm.expose())),
        };
        Self { name: self.name.clone(), secret: self.secret.as_ref().map(duplicate) }
    }

    /// What proves the name; nothing if the login is anonymous.
    pub(super) const fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, secret } = self;
        f.debug_struct("Credential").field("name", name).field("anonymous", &secret.is_none()).finish_non_exhaustive()
    }
}

/// Why there is no such credential.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CredentialError {
    /// No user is named: an anonymous login has [`Credential::anonymous`].
    NoUserName,
    /// A name of more than 512 UTF-16 units.
    NameTooLong,
    /// A control character in a name.
    ControlCharacter,
    /// A password longer than [`MAX_PASSWORD_LEN`](super::response::MAX_PASSWORD_LEN) (row D28).
    PasswordTooLong {
        /// Octets that it has in UTF-8.
        actual: usize,
    },
}

impl fmt::Display for CredentialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoUserName => f.write_str("no user is named; an anonymous login has to be asked for"),
            Self::NameTooLong => write!(f, "a user's or domain's name is longer than {MAX_NAME_LEN} characters"),
            Self::ControlCharacter => f.write_str("a control character in a user's or domain's name"),
            Self::PasswordTooLong { actual } => {
                let most = super::response::MAX_PASSWORD_LEN;
                write!(f, "a password of {actual} octets is refused: at most {most}")
            }
        }
    }
}

impl core::error::Error for CredentialError {}

impl Reason for CredentialError {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoUserName => "no-user-name",
            Self::NameTooLong => "name-too-long",
            Self::ControlCharacter => "control-character",
            Self::PasswordTooLong { .. } => "password-too-long",
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn names_in_three_forms() {
        for (text, domain, user) in [
            ("alice", "", "alice"),
            (r"ADEX\alice", "ADEX", "alice"),
            (r"\alice", "", "alice"),
            (r"ad.example.com\jürgen", "ad.example.com", "jürgen"),
            ("alice@example.com", "", "alice@example.com"),
            (r"A\b\c@d", "A", r"b\c@d"),
        ] {
            assert_eq!(UserName::from(text), UserName::new(domain, user), "{text}");
        }
    }

    #[test]
    fn d06_a_user_has_a_name() {
        for name in ["", r"ADEX\"] {
            assert_eq!(Credential::with_password(name, "x").err(), Some(CredentialError::NoUserName));
        }
        assert!(Credential::anonymous().is_anonymous());
        assert!(!Credential::with_password("a", "").unwrap().is_anonymous());
    }

    #[test]
    fn d28_lengths_are_limited() {
        let long = "x".repeat(1 << 20);
        let refused = Credential::with_password("a", &long).err();
        assert_eq!(refused, Some(CredentialError::PasswordTooLong { actual: 1 << 20 }));
        assert_eq!(Credential::with_password(long.as_str(), "x").err(), Some(CredentialError::NameTooLong));
        assert_eq!(Credential::with_password("a\0", "x").err(), Some(CredentialError::ControlCharacter));
        assert!(Credential::with_password("日".repeat(512).as_str(), "x").is_ok());
        assert!(Credential::with_password("日".repeat(513).as_str(), "x").is_err());
    }

    #[test]
    fn no_hash_is_printed() {
        let both = Credential::with_hashes(r"D\u", LmHash::new([0xab; 16]), NtHash::new([0xcd; 16])).unwrap();
        for credential in [both.duplicate(), both] {
            let shown = format!("{credential:?}").to_string();
            assert!(!shown.contains("171") && !shown.contains("205") && !shown.contains("ab"), "{shown}");
        }
    }
}
