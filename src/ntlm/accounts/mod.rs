//! Stores of accounts, and the answers that they give.

#[cfg(feature = "std")]
mod file;
#[cfg(feature = "std")]
mod memory;

#[cfg(feature = "std")]
pub use file::AccountsFileError;
#[cfg(feature = "std")]
pub use memory::MemoryAccounts;

use zeroize::Zeroizing;

use super::response::{NtHash, SessionBaseKey};
use crate::mechanism::{AccountAnswer, AccountVerdict};
use crate::peer::Account;

impl AccountAnswer {
    /// The account that is meant, and the hash of its password. Whether the response is made with it is then compared.
    #[must_use]
    pub fn nt_hash(account: Account, hash: &NtHash) -> Self {
        Self(AccountVerdict::NtHash(account, Zeroizing::new(*hash.expose())))
    }

    /// The account, and the key that a domain controller returned with it after it found the response right:
    /// UserSessionKey of NETLOGON_VALIDATION_SAM_INFO ([MS-NRPC] section 2.2.1.4.11). 16 zeros are a guest's,
    /// who is refused (row D29).
    #[must_use]
    pub fn verified(account: Account, key: &SessionBaseKey) -> Self {
        Self(AccountVerdict::Verified(account, Zeroizing::new(*key.expose())))
    }
}
