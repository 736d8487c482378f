//! What is wrong with an encoding, and where.

use core::fmt;

use der::{ErrorKind, Tag, TagNumber};

use crate::error::{Fault, Reason};

/// A message that is not sound DER, or not the message that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Error {
    /// The standard's name of the message that was being decoded or encoded, such as `AP-REQ`.
    pub message: &'static str,
    /// What is wrong.
    pub flaw: Flaw,
    /// Where: octets from the beginning of the message, if known.
    pub position: Option<u32>,
}

/// What can be wrong with an encoding (X.690 sections 8 and 10).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Flaw {
    /// An element says that it is longer than what encloses it, or the message ends early.
    Truncated,
    /// Octets are left over behind the last field, or behind the message.
    TrailingData,
    /// Another field or type than the one that must stand here: missing, out of order, twice, or unknown.
    UnexpectedTag,
    /// A tag number above 30: no message here has one.
    HighTag,
    /// A length that is not in its shortest form, or that no message can have.
    Length,
    /// An indefinite length: BER, not DER.
    IndefiniteLength,
    /// An INTEGER that is empty, longer than need be, or outside the range of its type.
    Integer,
    /// A BIT STRING without its first octet, or with unused bits that cannot be or are not zero.
    BitString,
    /// A time that is not `YYYYMMDDHHMMSSZ`, or not a date of the calendar from 1970 to 9999.
    Time,
    /// An OBJECT IDENTIFIER that is empty, cut short, not minimal, or longer than 64 octets.
    Oid,
    /// An ENUMERATED value that the standard does not name.
    Enumerated,
    /// A list with too few or too many elements.
    Count,
    /// Containers nested deeper than any real message nests them.
    NestingDepth,
}

impl Error {
    /// A flaw of the message called `message`, at a place unknown.
    pub(crate) const fn of(message: &'static str, flaw: Flaw) -> Self {
        Self { message, flaw, position: None }
    }

    pub(super) fn new(message: &'static str, error: der::Error) -> Self {
        Self { message, flaw: Flaw::of(error.kind()), position: error.position().map(u32::from) }
    }
}

impl Flaw {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::TrailingData { .. } => Self::TrailingData,
            ErrorKind::IndefiniteLength => Self::IndefiniteLength,
            ErrorKind::Overlength | ErrorKind::Overflow => Self::Length,
            ErrorKind::TagNumberInvalid => Self::HighTag,
            ErrorKind::TagUnexpected { actual, .. } if actual.number() > TagNumber(30) => Self::HighTag,
            ErrorKind::TagUnexpected { .. } | ErrorKind::TagUnknown { .. } => Self::UnexpectedTag,
            ErrorKind::OidMalformed => Self::Oid,
            ErrorKind::DateTime => Self::Time,
            ErrorKind::SetOrdering => Self::Count,
            ErrorKind::Length { tag } | ErrorKind::Noncanonical { tag } | ErrorKind::Value { tag } => {
                Self::in_value(tag)
            }
            _ => Self::Truncated,
        }
    }

    /// A flaw in the content of an element with this tag.
    fn in_value(tag: Tag) -> Self {
        match tag {
            Tag::Integer => Self::Integer,
            Tag::BitString => Self::BitString,
            Tag::GeneralizedTime => Self::Time,
            Tag::Enumerated => Self::Enumerated,
            Tag::Sequence => Self::Count,
            _ => Self::Length,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is malformed: {}", self.message, self.flaw)?;
        match self.position {
            Some(position) => write!(f, " (octet {position})"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "cut short, or a length that leaves what encloses it",
            Self::TrailingData => "octets left over",
            Self::UnexpectedTag => "a field missing, unknown, twice or out of order, or another message altogether",
            Self::HighTag => "a tag number above 30",
            Self::Length => "a length not in its shortest form, or not possible",
            Self::IndefiniteLength => "an indefinite length (BER, not DER)",
            Self::Integer => "an INTEGER not in its shortest form or out of range",
            Self::BitString => "a bad BIT STRING",
            Self::Time => "not a time of the form YYYYMMDDHHMMSSZ",
            Self::Oid => "a bad OBJECT IDENTIFIER",
            Self::Enumerated => "an ENUMERATED value without a meaning",
            Self::Count => "too few or too many elements in a list",
            Self::NestingDepth => "containers nested too deep",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "malformed"
    }
}
