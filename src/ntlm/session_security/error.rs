//! Why a message is refused, or cannot be protected.

use core::fmt;

use crate::error::{Fault, Reason};

/// Why session security was refused. After [`Self::BadSignature`] the context answers [`Self::Poisoned`] to everything.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The signature does not fit the message and its place in the order (row D26).
    BadSignature,
    /// An earlier message did not verify (row D26).
    Poisoned,
    /// All sequence numbers are used up (row D26).
    SequenceExhausted,
    /// The initiator asked neither for signed messages nor for sealed ones.
    NotNegotiated,
    /// Less was negotiated than extended session security, 128 bits and key exchange (row D27).
    WeakKey,
    /// Nobody logged in, so the key is everybody's (row D29).
    NullSession,
    /// Sealing was not agreed on, or not what it takes: datagrams are sealed under extended session security only
    /// ([MS-NLMP] section 3.4.3).
    NoConfidentiality,
    /// Messages were protected already, so the key streams are not begun anew (row D27).
    TooLate,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadSignature => "the message does not verify: altered, repeated, or out of order",
            Self::Poisoned => "an earlier message did not verify, so this context takes and makes no more",
            Self::SequenceExhausted => "all sequence numbers of this context are used up: log in anew",
            Self::NotNegotiated => "the initiator asked neither to sign nor to seal messages",
            Self::WeakKey => {
                "the peer did not agree to extended session security, 128 bits and key exchange, so nothing is signed or sealed"
            }
            Self::NullSession => "an anonymous or guest login has no key to sign or seal with",
            Self::NoConfidentiality => "sealed messages were not agreed on with the peer",
            Self::TooLate => "the key streams begin anew right behind the exchange of mechListMIC, not later",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::BadSignature | Self::Poisoned | Self::SequenceExhausted => Fault::Peer,
            Self::NotNegotiated | Self::WeakKey | Self::NullSession | Self::NoConfidentiality => Fault::Policy,
            Self::TooLate => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::BadSignature => "bad-signature",
            Self::Poisoned => "poisoned",
            Self::SequenceExhausted => "sequence-exhausted",
            Self::NotNegotiated => "not-negotiated",
            Self::WeakKey => "weak-key",
            Self::NullSession => "null-session",
            Self::NoConfidentiality => "no-confidentiality",
            Self::TooLate => "too-late",
        }
    }
}
