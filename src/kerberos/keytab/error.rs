//! Why a keytab cannot be read.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use crate::error::{Fault, Reason};

/// Why a keytab cannot be read.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or read.
    Unreadable {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The file was read, and is none, or damaged.
    File {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// It does not begin with the octet 5 and a version.
    NotAKeytab,
    /// It begins with 5 and a version other than 2.
    Version(u8),
    /// One to three octets where the size of a record is expected.
    Truncated {
        /// Where, in octets from the beginning of the file.
        offset: usize,
    },
    /// A record or a hole is longer than what follows.
    Size {
        /// Where its size stands, in octets from the beginning of the file.
        offset: usize,
        /// The size, negative for a hole.
        size: i32,
    },
    /// A record ends within one of its fields.
    Field {
        /// Where the record's size stands, in octets from the beginning of the file.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
    /// A record's principal is not a name: no realm, no component or too many, or control characters.
    BadName {
        /// Where the record's size stands, in octets from the beginning of the file.
        offset: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => {
                write!(f, "the keytab {path} cannot be read: {reason}; does it exist, and may this user read it?")
            }
            Self::File { path, error } => write!(f, "{path}: {error}"),
            Self::NotAKeytab => f.write_str("this is not a keytab: it does not begin with the octets 05 02"),
            Self::Version(1) => f.write_str(
                "this keytab has format version 0x0501, whose numbers depend on the machine that wrote it: \
                 have MIT's ktutil read it there (rkt) and write it anew (wkt)",
            ),
            Self::Version(version @ 3..=4) => {
                write!(
                    f,
                    "this is a credential cache (version 0x05{version:02x}), not a keytab: are the two file names exchanged?"
                )
            }
            Self::Version(version) => write!(f, "keytab format version 0x05{version:02x} is not known, only 0x0502"),
            Self::Truncated { offset } => {
                write!(f, "the keytab ends within a record's size, at octet {offset}: it was cut")
            }
            Self::Size { offset, size } => {
                let what = if *size < 0 { "hole" } else { "record" };
                write!(
                    f,
                    "the keytab's {what} at octet {offset} should have {} octets, which do not follow: it was cut, or damaged",
                    size.unsigned_abs()
                )
            }
            Self::Field { offset, field } => {
                write!(f, "the keytab's record at octet {offset} ends within its {field}: it is damaged")
            }
            Self::BadName { offset } => {
                write!(f, "the keytab's record at octet {offset} has no valid principal name: it is damaged")
            }
        }
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "keytab-unreadable",
            Self::File { error, .. } => error.kind(),
            Self::Version(_) => "keytab-version",
            _ => "keytab-format",
        }
    }
}
