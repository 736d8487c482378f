//! PAC_CREDENTIAL_INFO ([MS-PAC] section 2.6.1).

use alloc::vec::Vec;
use core::fmt;

use super::{BufferType, Error};
use crate::kerberos::etype::EncryptionType;

/// The user's credentials for other protocols, encrypted for the user's own machine ([MS-PAC] section 2.6): a service can
/// neither read them nor has it any business with them.
///
/// ```text
///   0..4   Version          0, little-endian
///   4..8   EncryptionType   little-endian
///   8..    SerializedData   PAC_CREDENTIAL_DATA under the AS reply key, key usage 16
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct CredentialsInfo<'a> {
    /// EncryptionType.
    pub etype: EncryptionType,
    /// SerializedData, as it came.
    pub serialized_data: &'a [u8],
}

impl<'a> CredentialsInfo<'a> {
    /// Reads a buffer of type 2.
    ///
    /// # Errors
    /// [`Error::Length`] if it ends before SerializedData, [`Error::Version`] if its Version is not 0.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let kind = BufferType::CREDENTIAL_INFO;
        let (version, rest) = octets.split_first_chunk::<4>().ok_or(Error::Length(kind))?;
        let (etype, serialized_data) = rest.split_first_chunk::<4>().ok_or(Error::Length(kind))?;
        match u32::from_le_bytes(*version) {
            0 => Ok(Self { etype: EncryptionType(i32::from_le_bytes(*etype)), serialized_data }),
            version => Err(Error::Version(version)),
        }
    }

    /// The buffer.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[0; 4][..], &self.etype.0.to_le_bytes(), self.serialized_data].concat()
    }
}

/// Without the credentials, encrypted as they are: the key may be a guessed password's (row G03).
impl fmt::Debug for CredentialsInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CredentialsInfo").field("etype", &self.etype).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let octets = b"\0\0\0\0\x12\0\0\0what only the client can read";
        let info = CredentialsInfo::parse(octets).unwrap();
        assert_eq!(info.etype, EncryptionType::AES256_CTS_HMAC_SHA1_96);
        assert_eq!(info.encode(), octets);
        for length in 0..8 {
            assert!(CredentialsInfo::parse(&octets[..length]).is_err(), "{length}");
        }
        assert_eq!(CredentialsInfo::parse(b"\x01\0\0\0\x12\0\0\0"), Err(Error::Version(1)));
    }
}
