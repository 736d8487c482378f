//! The hashes that stand for a password: as good as the password itself to whoever holds them.

use md4::{Digest, Md4};
use zeroize::{Zeroize, Zeroizing};

use super::Error;
use super::des::des;
use super::upcase::in_octets;

/// The longest password that is hashed, in octets of UTF-8. Windows takes 256 characters.
pub const MAX_PASSWORD_LEN: usize = 1024;

/// NTOWFv1: MD4 of the password in UTF-16 ([MS-NLMP] section 3.3.1). It is not salted, and logs in like the password.
pub struct NtHash([u8; 16]);

impl NtHash {
    /// From the octets that a database holds.
    #[must_use]
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// From a password.
    ///
    /// # Errors
    /// [`Error::PasswordTooLong`], before any of it is looked at (row D28).
    pub fn from_password(password: &str) -> Result<Self, Error> {
        let actual = password.len();
        if actual > MAX_PASSWORD_LEN {
            return Err(Error::PasswordTooLong { actual });
        }
        let mut hash = Md4::new();
        in_octets(password.encode_utf16(), |octets| hash.update(octets));
        Ok(Self(hash.finalize().into()))
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }

    /// A second copy, made by name because each copy is one more place to guard.
    #[must_use]
    pub const fn duplicate(&self) -> Self {
        Self(self.0)
    }
}

impl Drop for NtHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// LMOWFv1: two halves of the upper-cased password as DES keys ([MS-NLMP] section 3.3.1). Each half falls to a search in
/// minutes.
pub struct LmHash([u8; 16]);

impl LmHash {
    /// From the octets that a database holds.
    #[must_use]
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// From a password of at most 14 ASCII characters: what is above depends on a code page that nobody names.
    ///
    /// # Errors
    /// [`Error::NoLmHash`] for all others.
    pub fn from_password(password: &str) -> Result<Self, Error> {
        let mut padded = Zeroizing::new([0; 14]);
        if password.len() > padded.len() || !password.is_ascii() {
            return Err(Error::NoLmHash);
        }
        for (octet, of_password) in padded.iter_mut().zip(password.bytes()) {
            *octet = of_password.to_ascii_uppercase();
        }
        let mut hash = Self([0; 16]);
        for (part, seven) in hash.0.as_chunks_mut::<8>().0.iter_mut().zip(padded.as_chunks::<7>().0) {
            *part = des(seven, b"KGS!@#$%");
        }
        Ok(hash)
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl Drop for LmHash {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}
