//! Why a negotiation ended.

use alloc::string::String;
use core::fmt;

use super::{MAX_ROUNDS, MAX_TOKEN};
use crate::error::{Fault, Reason};
use crate::{asn1, gss};

/// Why a negotiation ended without a login.
///
/// What a mechanism had against its token is not here: that error passes through as the mechanism's own.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A token of this many octets.
    TokenTooLarge(usize),
    /// More messages than any mechanism needs.
    TooManyRounds,
    /// A token without octets, or a message without content.
    EmptyToken,
    /// The GSS-API frame of the first token is unsound.
    Frame(gss::Error),
    /// Not the ASN.1 of a negotiation message.
    Malformed(asn1::Error),
    /// A negotiation that begins in the middle, or without its frame.
    NotAFirstToken,
    /// Not a token that anyone here knows.
    Unrecognised,
    /// A bare token in the frame of a mechanism that is not taken bare here: the mechanism's name.
    NotEnabled(String),
    /// The initiator sent a Kerberos error where its login was expected.
    InitiatorError,
    /// NTLM is all there is.
    Ntlm(Offered),
    /// NegoEx is all there is.
    NegoEx(Offered),
    /// Nothing in common: the names that were offered.
    NoMech(String),
    /// The token inside is of another mechanism than the one it is for: first the one it is of, then the chosen one.
    TokenMechMismatch(String, String),
    /// A second beginning within one negotiation.
    SecondInit,
    /// Something else than a `NegTokenResp` in the middle of a negotiation.
    NotAResponse,
    /// A field that the initiator may not send, or not now.
    UnexpectedField(&'static str),
    /// A state that only an acceptor may be in.
    BadNegState,
    /// The initiator gave up.
    PeerRejected,
    /// A signature of the offer before there is a key to make it with.
    MicTooEarly,
    /// The offer had to be signed and is not.
    MicRequired,
    /// The offer had to be signed, but this login came without message integrity.
    MicUnavailable,
    /// The signature of the offer does not verify: someone changed the offer, or the initiator is at fault.
    BadMic(crate::Error),
    /// This side could not sign the offer.
    CannotSign(crate::Error),
}

/// In what way an unwanted mechanism was put forward.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Offered {
    /// Its token came bare.
    Bare,
    /// It stands in the list of an offer.
    Listed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenTooLarge(length) => write!(f, "a token of {length} octets: the limit is {MAX_TOKEN}"),
            Self::TooManyRounds => write!(f, "the negotiation did not end within {MAX_ROUNDS} messages"),
            Self::Frame(error) => fmt::Display::fmt(error, f),
            Self::Malformed(error) => write!(f, "malformed SPNEGO message: {error}"),
            Self::NotEnabled(name) => {
                write!(f, "a bare token for the mechanism {name}, which this acceptor does not take without SPNEGO")
            }
            Self::Ntlm(how) => write!(f, "this is an NTLM token{how}, because {NO_TICKET}"),
            Self::NegoEx(how) => write!(f, "this is a NegoEx token{how}, because {NO_TICKET}"),
            Self::NoMech(offered) => {
                write!(
                    f,
                    "no mechanism in common: the initiator offers {offered}; enable one of them here, or Kerberos there"
                )
            }
            Self::TokenMechMismatch(found, chosen) => {
                write!(f, "the token offered with {chosen} is of another mechanism: {found}")
            }
            Self::UnexpectedField(field) => write!(f, "the initiator sent a {field}, which is out of place here"),
            Self::BadMic(error) => write!(
                f,
                "the mechListMIC does not verify ({error}): the list of mechanisms was changed on its way, or the initiator is at fault"
            ),
            Self::CannotSign(error) => write!(f, "the list of mechanisms cannot be signed: {error}"),
            Self::EmptyToken => f.write_str("an empty token, or a message without content"),
            Self::NotAFirstToken => f.write_str(NOT_A_FIRST_TOKEN),
            Self::Unrecognised => f.write_str("neither SPNEGO nor a token of an enabled mechanism"),
            Self::InitiatorError => {
                write!(f, "the initiator sent a Kerberos error message instead of a login: {ITS_OWN_LOG}")
            }
            Self::SecondInit => write!(f, "the initiator began anew in the middle of a negotiation: {MIXED_UP}"),
            Self::NotAResponse => write!(f, "not a NegTokenResp in the middle of a negotiation: {MIXED_UP}"),
            Self::BadNegState => f.write_str("a negState that only an acceptor may send"),
            Self::PeerRejected => write!(f, "the initiator gave up (negState reject): {ITS_OWN_LOG}"),
            Self::MicTooEarly => f.write_str("a mechListMIC before the mechanism has a key to sign with"),
            Self::MicRequired => f.write_str(MIC_REQUIRED),
            Self::MicUnavailable => f.write_str(MIC_UNAVAILABLE),
        }
    }
}

/// The reason behind nearly every NTLM token that reaches a Kerberos service.
const NO_TICKET: &str = "the initiator got no Kerberos ticket for this service: it was addressed by an IP address or by \
    a name without a service principal (SPN), it has no credentials of the realm, or its policy does not trust this site; \
    NTLM and NegoEx are not enabled here";
const ITS_OWN_LOG: &str = "the failure is on its side, its own log tells which";
const MIXED_UP: &str = "two connections may have been mixed up";
const NOT_A_FIRST_TOKEN: &str =
    "not the beginning of a negotiation: an answer without a question, or a NegTokenInit without its GSS-API frame";
const MIC_REQUIRED: &str = "the initiator's first mechanism was not taken, and it did not sign its list of mechanisms \
    (mechListMIC): it does not implement RFC 4178 section 5, or someone changed the list on its way";
const MIC_UNAVAILABLE: &str = "the initiator's first mechanism was not taken, and this login came without message \
    integrity, so that nothing protects the list of mechanisms: have the initiator ask for integrity, or offer this mechanism first";

/// How the mechanism was put forward, as words behind its token's name.
impl fmt::Display for Offered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "",
            Self::Listed => " inside SPNEGO without a mechanism this acceptor has",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::Ntlm(_) | Self::NegoEx(_) | Self::NoMech(_) | Self::NotEnabled(_) | Self::MicUnavailable => {
                Fault::Policy
            }
            Self::CannotSign(error) => error.fault(),
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::TokenTooLarge(_) => "token-too-large",
            Self::TooManyRounds => "too-many-rounds",
            Self::EmptyToken => "empty-token",
            Self::Frame(error) => error.kind(),
            Self::Malformed(error) => error.kind(),
            Self::NotAFirstToken => "not-a-first-token",
            Self::Unrecognised => "unrecognised",
            Self::NotEnabled(_) => "not-enabled",
            Self::InitiatorError => "initiator-error",
            Self::Ntlm(_) => "ntlm",
            Self::NegoEx(_) => "negoex",
            Self::NoMech(_) => "no-mech",
            Self::TokenMechMismatch(..) => "mech-mismatch",
            Self::SecondInit => "second-init",
            Self::NotAResponse => "not-a-response",
            Self::UnexpectedField(_) => "unexpected-field",
            Self::BadNegState => "bad-neg-state",
            Self::PeerRejected => "peer-rejected",
            Self::MicTooEarly => "mic-too-early",
            Self::MicRequired => "mic-required",
            Self::MicUnavailable => "mic-unavailable",
            Self::BadMic(_) => "bad-mic",
            Self::CannotSign(_) => "cannot-sign",
        }
    }
}
