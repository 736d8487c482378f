//! String-to-key: from a password to a protocol key.

use ::camellia::{Camellia128, Camellia256};
use aes::{Aes128Enc, Aes256Enc};
use alloc::vec::Vec;
use cmac::Cmac;

use super::aes_sha2::{Aes128Sha256, Aes256Sha384};
use super::key::ProtocolKey;
use super::{EncryptionKey, EncryptionType, Error, aes_sha1, aes_sha2, camellia, rc4_hmac};

/// The highest iteration count that is computed, a few seconds' work. RFC 3962 allows 2^32 and wants a limit against
/// a peer that asks for it (sections 4 and 8); this one is ours, far above the 4,096 and 32,768 of RFC 3962 and RFC 8009.
pub const MAX_ITERATIONS: u32 = 0x0100_0000;

/// The protocol key of a password.
///
/// `password` is UTF-8; `salt` is what the KDC says, by default the realm and the components of the name, one behind
/// the other. `parameters` are the octets of `s2kparams` (RFC 4120 section 5.2.7.5): the iteration count in four
/// octets, most significant first; without them it is 4,096 for the SHA-1 types of AES and 32,768 for the others.
/// RC4 knows neither salt nor parameters.
///
/// ```
/// use negotiate::kerberos::etype::{EncryptionType, string_to_key};
/// let key = string_to_key(EncryptionType::AES256_CTS_HMAC_SHA1_96, b"password", b"EXAMPLE.COMraeburn", None)?;
/// assert_eq!(key.expose().first(), Some(&0x3d));
/// # Ok::<(), negotiate::kerberos::etype::Error>(())
/// ```
///
/// # Errors
/// [`Error::UnknownEtype`], [`Error::BadParameters`], [`Error::Iterations`], and for RC4 [`Error::PasswordNotUtf8`].
pub fn string_to_key(
    etype: EncryptionType,
    password: &[u8],
    salt: &[u8],
    parameters: Option<&[u8]>,
) -> Result<EncryptionKey, Error> {
    let count = |default| iterations(parameters, default);
    let key = match etype {
        EncryptionType::AES128_CTS_HMAC_SHA1_96 => {
            ProtocolKey::Aes128Sha1(*aes_sha1::string_to_key::<Aes128Enc>(password, salt, count(aes_sha1::ITERATIONS)?))
        }
        EncryptionType::AES256_CTS_HMAC_SHA1_96 => {
            ProtocolKey::Aes256Sha1(*aes_sha1::string_to_key::<Aes256Enc>(password, salt, count(aes_sha1::ITERATIONS)?))
        }
        EncryptionType::AES128_CTS_HMAC_SHA256_128 => ProtocolKey::Aes128Sha2(
            *aes_sha2::string_to_key::<Aes128Sha256>(password, salt, count(aes_sha2::ITERATIONS)?),
        ),
        EncryptionType::AES256_CTS_HMAC_SHA384_192 => ProtocolKey::Aes256Sha2(
            *aes_sha2::string_to_key::<Aes256Sha384>(password, salt, count(aes_sha2::ITERATIONS)?),
        ),
        EncryptionType::CAMELLIA128_CTS_CMAC => {
            let count = count(camellia::ITERATIONS)?;
            let name = "camellia128-cts-cmac";
            ProtocolKey::Camellia128(*camellia::string_to_key::<Cmac<Camellia128>>(name, password, salt, count))
        }
        EncryptionType::CAMELLIA256_CTS_CMAC => {
            let count = count(camellia::ITERATIONS)?;
            let name = "camellia256-cts-cmac";
            ProtocolKey::Camellia256(*camellia::string_to_key::<Cmac<Camellia256>>(name, password, salt, count))
        }
        EncryptionType::RC4_HMAC => match parameters {
            Some(parameters) => return Err(Error::BadParameters { actual: parameters.len() }),
            None => ProtocolKey::Rc4(*rc4_hmac::string_to_key(password)?),
        },
        unknown => return Err(Error::UnknownEtype(unknown)),
    };
    Ok(EncryptionKey::from(key))
}

/// The salt of RFC 6803 section 4 and RFC 8009 section 4: the type's name and a zero in front of it.
pub(super) fn salt_with_name(name: &str, salt: &[u8]) -> Vec<u8> {
    [name.as_bytes(), &[0], salt].concat()
}

/// The count in the parameters, which all types but RC4 write alike (RFC 3962 section 4).
fn iterations(parameters: Option<&[u8]>, default: u32) -> Result<u32, Error> {
    let Some(parameters) = parameters else { return Ok(default) };
    let octets = parameters.try_into().map_err(|_| Error::BadParameters { actual: parameters.len() })?;
    match u32::from_be_bytes(octets) {
        count @ 1..=MAX_ITERATIONS => Ok(count),
        count => Err(Error::Iterations(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_bounded() {
        let made = |etype, parameters| string_to_key(etype, b"password", b"salt", parameters).map(|_| ());
        for etype in EncryptionType::IMPLEMENTED {
            for wrong in [&[][..], &[0, 0, 1], &[0, 0, 0, 1, 0]] {
                assert_eq!(made(etype, Some(wrong)), Err(Error::BadParameters { actual: wrong.len() }), "{etype}");
            }
            if etype != EncryptionType::RC4_HMAC {
                assert_eq!(made(etype, Some(&[0; 4])), Err(Error::Iterations(0)));
                assert_eq!(made(etype, Some(&[1, 0, 0, 1])), Err(Error::Iterations(MAX_ITERATIONS + 1)));
                assert_eq!(made(etype, Some(&[0, 0, 0, 1])), Ok(()));
            }
        }
        assert_eq!(made(EncryptionType(16), None), Err(Error::UnknownEtype(EncryptionType(16))));
        let not_utf8 = string_to_key(EncryptionType::RC4_HMAC, &[0xff], &[], None);
        assert!(matches!(not_utf8, Err(Error::PasswordNotUtf8)));
    }
}
