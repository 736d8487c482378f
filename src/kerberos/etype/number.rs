//! The numbers of the registries, as newtypes: a value nobody knows yet survives a round trip.

use core::fmt;
use core::str::FromStr;

/// An encryption type (RFC 3961 section 8, the IANA registry "Kerberos Encryption Type Numbers").
///
/// ```
/// use negotiate::kerberos::etype::EncryptionType;
/// assert_eq!(EncryptionType(18).to_string(), "aes256-cts-hmac-sha1-96");
/// assert_eq!("aes256-cts".parse(), Ok(EncryptionType::AES256_CTS_HMAC_SHA1_96));
/// assert_eq!(EncryptionType(99).to_string(), "etype 99");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct EncryptionType(pub i32);

impl EncryptionType {
    /// aes128-cts-hmac-sha1-96 (RFC 3962).
    pub const AES128_CTS_HMAC_SHA1_96: Self = Self(17);
    /// aes256-cts-hmac-sha1-96 (RFC 3962).
    pub const AES256_CTS_HMAC_SHA1_96: Self = Self(18);
    /// aes128-cts-hmac-sha256-128 (RFC 8009).
    pub const AES128_CTS_HMAC_SHA256_128: Self = Self(19);
    /// aes256-cts-hmac-sha384-192 (RFC 8009).
    pub const AES256_CTS_HMAC_SHA384_192: Self = Self(20);
    /// rc4-hmac (RFC 4757), deprecated by RFC 8429.
    pub const RC4_HMAC: Self = Self(23);
    /// camellia128-cts-cmac (RFC 6803).
    pub const CAMELLIA128_CTS_CMAC: Self = Self(25);
    /// camellia256-cts-cmac (RFC 6803).
    pub const CAMELLIA256_CTS_CMAC: Self = Self(26);

    /// Every type that is implemented, strongest first.
    pub const IMPLEMENTED: [Self; 7] = [
        Self::AES256_CTS_HMAC_SHA384_192,
        Self::AES256_CTS_HMAC_SHA1_96,
        Self::CAMELLIA256_CTS_CMAC,
        Self::AES128_CTS_HMAC_SHA256_128,
        Self::AES128_CTS_HMAC_SHA1_96,
        Self::CAMELLIA128_CTS_CMAC,
        Self::RC4_HMAC,
    ];

    /// The place of this type in the order of strength, the strongest first.
    pub(crate) fn strength_rank(self) -> usize {
        let rank = Self::IMPLEMENTED.iter().position(|known| *known == self);
        rank.unwrap_or(Self::IMPLEMENTED.len())
    }

    /// The octets of a protocol key of this type, `None` if the type is not implemented.
    #[must_use]
    pub const fn key_len(self) -> Option<usize> {
        match self {
            Self::AES128_CTS_HMAC_SHA1_96
            | Self::AES128_CTS_HMAC_SHA256_128
            | Self::CAMELLIA128_CTS_CMAC
            | Self::RC4_HMAC => Some(16),
            Self::AES256_CTS_HMAC_SHA1_96 | Self::AES256_CTS_HMAC_SHA384_192 | Self::CAMELLIA256_CTS_CMAC => Some(32),
            _ => None,
        }
    }

    /// The one checksum type that goes with this type ("required checksum mechanism", RFC 3961 section 3), `None` if
    /// the type is not implemented.
    #[must_use]
    pub const fn checksum_type(self) -> Option<ChecksumType> {
        match self {
            Self::AES128_CTS_HMAC_SHA1_96 => Some(ChecksumType::HMAC_SHA1_96_AES128),
            Self::AES256_CTS_HMAC_SHA1_96 => Some(ChecksumType::HMAC_SHA1_96_AES256),
            Self::AES128_CTS_HMAC_SHA256_128 => Some(ChecksumType::HMAC_SHA256_128_AES128),
            Self::AES256_CTS_HMAC_SHA384_192 => Some(ChecksumType::HMAC_SHA384_192_AES256),
            Self::CAMELLIA128_CTS_CMAC => Some(ChecksumType::CMAC_CAMELLIA128),
            Self::CAMELLIA256_CTS_CMAC => Some(ChecksumType::CMAC_CAMELLIA256),
            Self::RC4_HMAC => Some(ChecksumType::HMAC_MD5),
            _ => None,
        }
    }

    /// The octets of a checksum of the type, and of the tag of an encrypted message, which are as many.
    pub(crate) const fn tag_len(self) -> usize {
        match self {
            Self::AES128_CTS_HMAC_SHA1_96 | Self::AES256_CTS_HMAC_SHA1_96 => 12,
            Self::AES256_CTS_HMAC_SHA384_192 => 24,
            _ => 16,
        }
    }

    /// The name of the IANA registry, `None` for a number this crate does not know.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        NAMES.iter().find(|(etype, ..)| *etype == self).map(|(_, name, _)| *name)
    }
}

/// Number, IANA name, and the other names by which MIT krb5, Heimdal and Windows documentation call it.
/// The types without implementation are here so that an operator reads a name and not a number.
const NAMES: [(EncryptionType, &str, &[&str]); 12] = [
    (EncryptionType(1), "des-cbc-crc", &[]),
    (EncryptionType(2), "des-cbc-md4", &[]),
    (EncryptionType(3), "des-cbc-md5", &["des"]),
    (EncryptionType(16), "des3-cbc-sha1-kd", &["des3-cbc-sha1", "des3-hmac-sha1", "des3"]),
    (EncryptionType::AES128_CTS_HMAC_SHA1_96, "aes128-cts-hmac-sha1-96", &["aes128-cts", "aes128-sha1"]),
    (EncryptionType::AES256_CTS_HMAC_SHA1_96, "aes256-cts-hmac-sha1-96", &["aes256-cts", "aes256-sha1"]),
    (EncryptionType::AES128_CTS_HMAC_SHA256_128, "aes128-cts-hmac-sha256-128", &["aes128-sha2"]),
    (EncryptionType::AES256_CTS_HMAC_SHA384_192, "aes256-cts-hmac-sha384-192", &["aes256-sha2"]),
    (EncryptionType::RC4_HMAC, "rc4-hmac", &["arcfour-hmac", "arcfour-hmac-md5", "rc4"]),
    (EncryptionType(24), "rc4-hmac-exp", &["arcfour-hmac-exp", "arcfour-hmac-md5-exp"]),
    (EncryptionType::CAMELLIA128_CTS_CMAC, "camellia128-cts-cmac", &["camellia128-cts"]),
    (EncryptionType::CAMELLIA256_CTS_CMAC, "camellia256-cts-cmac", &["camellia256-cts"]),
];

impl fmt::Display for EncryptionType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "etype {}", self.0),
        }
    }
}

/// Takes the IANA name, or one of the names MIT krb5 knows it by, in any case.
impl FromStr for EncryptionType {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        NAMES
            .iter()
            .find(|(_, name, others)| {
                name.eq_ignore_ascii_case(text) || others.iter().any(|other| other.eq_ignore_ascii_case(text))
            })
            .map(|(etype, ..)| *etype)
            .ok_or(UnknownName)
    }
}

/// A text that names no encryption type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownName;

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no encryption type has this name; the usual one is aes256-cts-hmac-sha1-96")
    }
}

impl core::error::Error for UnknownName {}

/// A checksum type (RFC 3961 section 8, the IANA registry "Kerberos Checksum Type Numbers").
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ChecksumType(pub i32);

impl ChecksumType {
    /// hmac-sha1-96-aes128: 12 octets (RFC 3962 section 7).
    pub const HMAC_SHA1_96_AES128: Self = Self(15);
    /// hmac-sha1-96-aes256: 12 octets (RFC 3962 section 7).
    pub const HMAC_SHA1_96_AES256: Self = Self(16);
    /// cmac-camellia128: 16 octets (RFC 6803 section 7).
    pub const CMAC_CAMELLIA128: Self = Self(17);
    /// cmac-camellia256: 16 octets (RFC 6803 section 7).
    pub const CMAC_CAMELLIA256: Self = Self(18);
    /// hmac-sha256-128-aes128: 16 octets (RFC 8009 section 6).
    pub const HMAC_SHA256_128_AES128: Self = Self(19);
    /// hmac-sha384-192-aes256: 24 octets (RFC 8009 section 6).
    pub const HMAC_SHA384_192_AES256: Self = Self(20);
    /// Not a checksum: GSS-API's initiator puts flags and channel bindings into a field of this type (RFC 4121 section 4.1.1).
    pub const GSS_API: Self = Self(0x8003);
    /// HMAC of RFC 4757 section 4: 16 octets.
    pub const HMAC_MD5: Self = Self(-138);
}

impl fmt::Display for ChecksumType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match *self {
            Self::HMAC_SHA1_96_AES128 => "hmac-sha1-96-aes128",
            Self::HMAC_SHA1_96_AES256 => "hmac-sha1-96-aes256",
            Self::CMAC_CAMELLIA128 => "cmac-camellia128",
            Self::CMAC_CAMELLIA256 => "cmac-camellia256",
            Self::HMAC_SHA256_128_AES128 => "hmac-sha256-128-aes128",
            Self::HMAC_SHA384_192_AES256 => "hmac-sha384-192-aes256",
            Self::GSS_API => "gss-api checksum 0x8003",
            Self::HMAC_MD5 => "hmac-md5-rc4",
            Self(number) => return write!(f, "checksum type {number}"),
        })
    }
}

/// What a key is used for: each use has keys of its own, derived from the same protocol key (RFC 4120 section 7.5.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KeyUsage(pub u32);

impl KeyUsage {
    /// The encrypted part of a ticket, under the service's key (RFC 4120 section 5.3).
    pub const TICKET: Self = Self(2);
    /// The checksum in an authenticator, under the session key (RFC 4120 section 5.5.1).
    pub const AP_REQ_CHECKSUM: Self = Self(10);
    /// The authenticator of an AP-REQ, under the session key (RFC 4120 section 5.5.1).
    pub const AP_REQ_AUTHENTICATOR: Self = Self(11);
    /// The encrypted part of an AP-REP, under the session key (RFC 4120 section 5.5.2).
    pub const AP_REP: Self = Self(12);
    /// The encrypted part of a KRB-CRED (RFC 4120 section 5.8.1).
    pub const KRB_CRED: Self = Self(14);
    /// The signatures of a PAC ([MS-PAC] section 2.8; `KERB_NON_KERB_CKSUM_SALT`, [MS-KILE] 3.1.5.9).
    pub const PAC_SIGNATURE: Self = Self(17);
    /// Wrap tokens from the acceptor, with confidentiality or without (RFC 4121 section 2).
    pub const ACCEPTOR_SEAL: Self = Self(22);
    /// MIC tokens from the acceptor (RFC 4121 section 2).
    pub const ACCEPTOR_SIGN: Self = Self(23);
    /// Wrap tokens from the initiator, with confidentiality or without (RFC 4121 section 2).
    pub const INITIATOR_SEAL: Self = Self(24);
    /// MIC tokens from the initiator (RFC 4121 section 2).
    pub const INITIATOR_SIGN: Self = Self(25);
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn names_and_numbers() {
        for (etype, name, others) in NAMES {
            assert_eq!(etype.to_string(), name);
            assert_eq!(name.parse(), Ok(etype));
            for other in others {
                assert_eq!(other.to_uppercase().parse(), Ok(etype), "{other}");
            }
        }
        assert_eq!("aes512".parse::<EncryptionType>(), Err(UnknownName));
        assert_eq!(EncryptionType(-7).to_string(), "etype -7");
        assert_eq!(ChecksumType(7).to_string(), "checksum type 7");
        for etype in EncryptionType::IMPLEMENTED {
            assert!(etype.key_len().is_some() && etype.checksum_type().is_some() && etype.name().is_some());
        }
        assert_eq!(EncryptionType(16).key_len(), None);
        assert_eq!(EncryptionType(16).checksum_type(), None);
    }
}
