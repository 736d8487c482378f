//! What is wrong with a message, and where.

use core::fmt;

use super::{AvId, MAX_AV_PAIRS, MessageType};
use crate::error::{Fault, Reason};

/// A message that is not sound, or not the message that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The message ends before its fixed part does (row D03).
    Truncated,
    /// It does not begin with `NTLMSSP` and a zero octet (row D03).
    BadSignature,
    /// Another message than the one that must come now: the one that must, and the type found (row D03).
    WrongType(MessageType, u32),
    /// A field that lies in the fixed part, or leaves the message, or is half a UTF-16 unit off (row D01).
    FieldBounds(Field),
    /// A field that shares octets with another one, or with the MIC (row D02).
    FieldOverlap(Field),
    /// Neither Unicode nor OEM is negotiated.
    NoCharset,
    /// A text that is not UTF-16, or has a NUL inside (row D05).
    BadUtf16(Field),
    /// A text in the OEM character set, and not in ASCII: which characters it means was never agreed upon.
    OemCharacter(Field),
    /// A list of AV_PAIR that is not sound (row D04).
    BadAvPair(AvFlaw),
    /// An AV_PAIR that stands in its list twice (row D10).
    DuplicateAvPair(AvId),
    /// A response that is none, by its length in octets (row D07).
    BadResponseLength(Field, usize),
    /// An NTLMv2_CLIENT_CHALLENGE of another version, or whose reserved fields are not zero.
    BadClientChallenge,
    /// The flags inside the response announce a MIC, and there is no room for one (row D09).
    MicMissing,
    /// An NTLMSSP_MESSAGE_SIGNATURE that has not 16 octets, or another version than 1 (row D26).
    BadMessageSignature,
    /// A value that is too long to be written down: 65,535 octets are the limit.
    TooLong(Field),
}

/// A part of a message whose length its sender chose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Field {
    /// DomainName of a NEGOTIATE_MESSAGE or an AUTHENTICATE_MESSAGE.
    DomainName,
    /// WorkstationName of a NEGOTIATE_MESSAGE, Workstation of an AUTHENTICATE_MESSAGE.
    Workstation,
    /// TargetName of a CHALLENGE_MESSAGE.
    TargetName,
    /// TargetInfo of a CHALLENGE_MESSAGE.
    TargetInfo,
    /// LmChallengeResponse of an AUTHENTICATE_MESSAGE.
    LmChallengeResponse,
    /// NtChallengeResponse of an AUTHENTICATE_MESSAGE.
    NtChallengeResponse,
    /// UserName of an AUTHENTICATE_MESSAGE.
    UserName,
    /// EncryptedRandomSessionKey of an AUTHENTICATE_MESSAGE.
    EncryptedRandomSessionKey,
    /// The Value of an AV_PAIR.
    AvPair(AvId),
}

/// What can be wrong with a list of AV_PAIR ([MS-NLMP] section 2.2.2.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AvFlaw {
    /// A value whose length its identifier does not allow.
    Length(AvId),
    /// A value that is longer than what is left of the list.
    Overrun(AvId),
    /// The list ends without MsvAvEOL.
    NoEol,
    /// Behind MsvAvEOL stands something else than at most four zero octets.
    AfterEol,
    /// More pairs than [`MAX_AV_PAIRS`].
    TooMany,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("an NTLM message that ends before its fixed part does"),
            Self::BadSignature => f.write_str("not an NTLM message: it does not begin with NTLMSSP"),
            Self::WrongType(expected, found) => {
                write!(f, "an NTLM message of type {found} where {expected} must come: {MIXED_UP}")
            }
            Self::FieldBounds(field) => write!(f, "the {field} of an NTLM message lies where it cannot"),
            Self::FieldOverlap(field) => write!(f, "the {field} of an NTLM message overlaps another field or the MIC"),
            Self::NoCharset => f.write_str("an NTLM message that asks for neither Unicode nor OEM"),
            Self::BadUtf16(field) => write!(f, "the {field} of an NTLM message is not UTF-16, or has a NUL inside"),
            Self::OemCharacter(field) => write!(
                f,
                "the {field} of an NTLM message has OEM characters other than ASCII: have the peer negotiate Unicode"
            ),
            Self::BadAvPair(flaw) => write!(f, "a list of NTLM attributes (AV_PAIR) is not sound: {flaw}"),
            Self::DuplicateAvPair(id) => write!(f, "the NTLM attribute {id} is there twice"),
            Self::BadResponseLength(field, length) => write!(f, "an {field} of {length} octets is none"),
            Self::BadClientChallenge => f.write_str("an NTLMv2_CLIENT_CHALLENGE of an unknown version"),
            Self::MicMissing => {
                f.write_str("the NTLM response announces a MIC, and the message has none: someone changed it")
            }
            Self::BadMessageSignature => f.write_str("not an NTLM signature of 16 octets, version 1"),
            Self::TooLong(field) => write!(f, "the {field} is too long for an NTLM message"),
        }
    }
}

const MIXED_UP: &str = "two connections may have been mixed up";

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DomainName => "DomainName",
            Self::Workstation => "Workstation",
            Self::TargetName => "TargetName",
            Self::TargetInfo => "TargetInfo",
            Self::LmChallengeResponse => "LmChallengeResponse",
            Self::NtChallengeResponse => "NtChallengeResponse",
            Self::UserName => "UserName",
            Self::EncryptedRandomSessionKey => "EncryptedRandomSessionKey",
            Self::AvPair(id) => return fmt::Display::fmt(id, f),
        })
    }
}

impl fmt::Display for AvFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length(id) => write!(f, "{id} has an impossible length"),
            Self::Overrun(id) => write!(f, "{id} leaves the list"),
            Self::NoEol => f.write_str("the list does not end with MsvAvEOL"),
            Self::AfterEol => f.write_str("octets behind MsvAvEOL"),
            Self::TooMany => write!(f, "more than {MAX_AV_PAIRS} of them"),
        }
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLong(_) => Fault::Configuration,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::MicMissing => "mic-missing",
            Self::WrongType(..) => "out-of-turn",
            Self::TooLong(_) => "too-long",
            _ => "malformed",
        }
    }
}
