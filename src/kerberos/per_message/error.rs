//! Why a message is refused, or cannot be protected.

use core::fmt;

use crate::error::{Fault, Reason};
use crate::random::Unavailable;

/// Why a message of a Kerberos context was refused, or not made.
///
/// The words are those of RFC 2743 section 1.2.1.1, but where it hands a message out with a remark (`GSS_S_DUPLICATE_TOKEN`
/// and its like), here it is refused: nobody overlooks an error. None of them ends the context, as RFC 4121 demands
/// it of none: each token stands for itself. What was refused is wiped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MessageError {
    /// Neither integrity nor confidentiality was agreed on.
    NotNegotiated,
    /// Confidentiality was not agreed on.
    NoConfidentiality,
    /// Not a token of this context: cut, of another form or kind, or with other flags than its sender's (rows B10, B13, B16).
    Defective,
    /// The token was made by this side: it was sent back (row B13).
    Reflected,
    /// The token does not verify: it was altered, is another message's, or under another key.
    BadSignature,
    /// The token was here before (row B12).
    Duplicate,
    /// The token is so far behind that nobody knows whether it was here before (row B12).
    Old,
    /// A later token was here before this one (row B12).
    OutOfOrder,
    /// A token that should have come before this one did not (row B12).
    Gap,
    /// All sequence numbers of this side are used up.
    SequenceExhausted,
    /// No random octets.
    Random(Unavailable),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotNegotiated => {
                "neither signed nor sealed messages were agreed on: the initiator has to ask for integrity"
            }
            Self::NoConfidentiality => {
                "sealed messages were not agreed on: the initiator has to ask for confidentiality"
            }
            Self::Defective => "not a token of this context: cut, damaged, or of another kind than is due here",
            Self::Reflected => "the token was made by this side and sent back to it",
            Self::BadSignature => {
                "the message does not verify: it was altered, or the token belongs to another message or context"
            }
            Self::Duplicate => "the message was received before: it is a replay, or was sent twice",
            Self::Old => "the message is too far behind the others to tell whether it was received before",
            Self::OutOfOrder => "the message arrived behind one that was sent later",
            Self::Gap => "a message that was sent before this one is missing",
            Self::SequenceExhausted => "all sequence numbers of this context are used up: log in anew",
            Self::Random(unavailable) => return unavailable.fmt(f),
        })
    }
}

impl core::error::Error for MessageError {}

impl Reason for MessageError {
    fn fault(&self) -> Fault {
        match self {
            Self::NotNegotiated | Self::NoConfidentiality => Fault::Policy,
            Self::Random(unavailable) => unavailable.fault(),
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NotNegotiated => "not-negotiated",
            Self::NoConfidentiality => "no-confidentiality",
            Self::Defective => "defective-token",
            Self::Reflected => "reflected",
            Self::BadSignature => "bad-signature",
            Self::Duplicate => "duplicate",
            Self::Old => "old",
            Self::OutOfOrder => "out-of-order",
            Self::Gap => "gap",
            Self::SequenceExhausted => "sequence-exhausted",
            Self::Random(unavailable) => unavailable.kind(),
        }
    }
}

impl From<Unavailable> for MessageError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Random(unavailable)
    }
}
