//! What can go wrong with a key, a message or a checksum.

use core::fmt;

use super::EncryptionType;
use crate::error::{Fault, Reason};
use crate::random::Unavailable;

/// Why a key could not be made, or a message not be opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// No implementation of this encryption type: unknown, or DES.
    UnknownEtype(EncryptionType),
    /// A key of the wrong length for its type (row E08).
    KeyLength {
        /// The type the key is said to be of.
        etype: EncryptionType,
        /// Octets that a key of the type has.
        expected: usize,
        /// Octets that there are.
        actual: usize,
    },
    /// A ciphertext with no room for confounder and tag, or a buffer with no room for them (row E08).
    TooShort {
        /// Octets that the shortest message has.
        minimum: usize,
        /// Octets that there are.
        actual: usize,
    },
    /// The message does not verify under this key: it was altered, or it is another key's.
    Integrity,
    /// The checksum does not verify under this key.
    Checksum,
    /// A checksum that does not have the length of its type.
    ChecksumLength {
        /// Octets that a checksum of the type has.
        expected: usize,
        /// Octets that there are.
        actual: usize,
    },
    /// String-to-key parameters that are none: four octets for the AES and Camellia types, nothing for RC4.
    BadParameters {
        /// Octets that there are.
        actual: usize,
    },
    /// An iteration count of zero, which means 2^32, or above [`MAX_ITERATIONS`](super::MAX_ITERATIONS).
    Iterations(u32),
    /// A password that is not UTF-8, where the key is made of its UTF-16 form (RC4).
    PasswordNotUtf8,
    /// No random octets for a confounder or a key.
    Randomness(Unavailable),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownEtype(etype) => {
                write!(f, "encryption type {} ({etype}) is not implemented; use an AES key", etype.0)
            }
            Self::KeyLength { etype, expected, actual } => {
                write!(f, "a key of type {etype} has {expected} octets, this one has {actual}")
            }
            Self::TooShort { minimum, actual } => {
                write!(f, "{actual} octets are no encrypted message, the shortest has {minimum}")
            }
            Self::Integrity => {
                f.write_str("the message does not verify: it was altered, or encrypted with another key")
            }
            Self::Checksum => f.write_str("the checksum does not verify: the data was altered, or the key is another"),
            Self::ChecksumLength { expected, actual } => {
                write!(f, "a checksum of this type has {expected} octets, this one has {actual}")
            }
            Self::BadParameters { actual } => {
                write!(f, "string-to-key parameters of {actual} octets do not belong to this encryption type")
            }
            Self::Iterations(count) => {
                write!(f, "a string-to-key iteration count of {count} is refused: 1 to {}", super::MAX_ITERATIONS)
            }
            Self::PasswordNotUtf8 => f.write_str("the password is not UTF-8, which an rc4-hmac key is made from"),
            Self::Randomness(unavailable) => unavailable.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl From<Unavailable> for Error {
    fn from(unavailable: Unavailable) -> Self {
        Self::Randomness(unavailable)
    }
}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::UnknownEtype(_) => Fault::Policy,
            Self::KeyLength { .. }
            | Self::TooShort { .. }
            | Self::Integrity
            | Self::Checksum
            | Self::ChecksumLength { .. }
            | Self::BadParameters { .. }
            | Self::Iterations(_) => Fault::Peer,
            Self::PasswordNotUtf8 | Self::Randomness(_) => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::UnknownEtype(_) => "unknown-etype",
            Self::KeyLength { .. } => "key-length",
            Self::TooShort { .. } => "ciphertext-too-short",
            Self::Integrity => "integrity",
            Self::Checksum => "checksum",
            Self::ChecksumLength { .. } => "checksum-length",
            Self::BadParameters { .. } => "bad-parameters",
            Self::Iterations(_) => "iterations",
            Self::PasswordNotUtf8 => "password-not-utf8",
            Self::Randomness(unavailable) => unavailable.kind(),
        }
    }

    fn krb_error(&self) -> Option<i32> {
        match self {
            // KDC_ERR_ETYPE_NOSUPP
            Self::UnknownEtype(_) => Some(14),
            // KRB_AP_ERR_BAD_INTEGRITY
            Self::TooShort { .. } | Self::Integrity => Some(31),
            // KRB_AP_ERR_MODIFIED
            Self::Checksum | Self::ChecksumLength { .. } => Some(41),
            _ => None,
        }
    }
}
