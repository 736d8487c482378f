//! Claims: what Active Directory says of a user or a device by name ([MS-ADTS] section 2.2.18).

use alloc::string::String;
use alloc::vec::Vec;

/// One claim ([MS-ADTS] section 2.2.18.5, CLAIM_ENTRY).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Its identifier, such as `ad://ext/department:88d0…`.
    pub id: String,
    /// Where it comes from.
    pub source: ClaimSource,
    /// Its values.
    pub values: ClaimValues,
}

/// Where a claim comes from ([MS-ADTS] section 2.2.18.3, CLAIMS_SOURCE_TYPE).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ClaimSource {
    /// CLAIMS_SOURCE_TYPE_AD: Active Directory.
    ActiveDirectory,
    /// CLAIMS_SOURCE_TYPE_CERTIFICATE: a certificate.
    Certificate,
    /// A source of this number, which nobody knew when this was written.
    Other(u16),
}

/// The values of a claim, all of one type ([MS-ADTS] section 2.2.18.2, CLAIM_TYPE).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClaimValues {
    /// CLAIM_TYPE_INT64.
    Int64(Vec<i64>),
    /// CLAIM_TYPE_UINT64.
    Uint64(Vec<u64>),
    /// CLAIM_TYPE_STRING.
    String(Vec<String>),
    /// CLAIM_TYPE_BOOLEAN.
    Bool(Vec<bool>),
}
