//! Why an initiator's negotiation ended.

use alloc::string::String;
use core::fmt;

use crate::error::{Fault, Reason};
use crate::spnego::{MAX_ROUNDS, MAX_TOKEN};
use crate::{asn1, gss};

/// Why an initiator's negotiation ended without a login.
///
/// What a mechanism had against its token is not here: that error passes through as the mechanism's own.
#[derive(Debug)]
#[non_exhaustive]
pub enum InitiatorError {
    /// No mechanism is configured, so there is nothing to offer.
    NothingToOffer,
    /// The offer cannot be encoded.
    Offer(asn1::Error),
    /// The offer cannot be put into the frame of GSS-API.
    Frame(gss::Error),
    /// A token of this many octets.
    TokenTooLarge(usize),
    /// More messages than any mechanism needs.
    TooManyRounds,
    /// A token without octets, a message without content, or one without the mechanism token that is waited for.
    EmptyToken,
    /// Not the ASN.1 of a negotiation message.
    Malformed(asn1::Error),
    /// The acceptor answered without SPNEGO, in a mechanism's own token: the mechanism's name.
    Bare(String),
    /// Something else than a `NegTokenResp`.
    NotAResponse,
    /// The acceptor chose a mechanism that was not offered: its name.
    MechNotOffered(String),
    /// A field that the acceptor may not send, or not now.
    UnexpectedField(&'static str),
    /// The state request-mic in another than the first reply.
    BadNegState,
    /// The acceptor refused.
    PeerRejected,
    /// The acceptor says that all is done, but the mechanism is not.
    CompletedEarly,
    /// The mechanism is done, but the acceptor does not say that it is.
    NotCompleted,
    /// A signature of the offer before there is a key to make it with.
    MicTooEarly,
    /// The acceptor had to sign the offer and did not.
    MicRequired,
    /// The offer had to be signed, but this login came without message integrity.
    MicUnavailable,
    /// The acceptor's signature of the offer does not verify: someone changed the offer, or the acceptor is at fault.
    BadMic(crate::Error),
    /// This side could not sign the offer.
    CannotSign(crate::Error),
}

impl fmt::Display for InitiatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingToOffer => f.write_str("no mechanism to log in by: configure Kerberos or NTLM"),
            Self::Offer(error) => write!(f, "the list of mechanisms cannot be encoded: {error}"),
            Self::Frame(error) => fmt::Display::fmt(error, f),
            Self::TokenTooLarge(length) => write!(f, "a token of {length} octets: the limit is {MAX_TOKEN}"),
            Self::TooManyRounds => write!(f, "the negotiation did not end within {MAX_ROUNDS} answers"),
            Self::EmptyToken => f.write_str("the acceptor's answer has no token to go on with"),
            Self::Malformed(error) => write!(f, "malformed SPNEGO message: {error}"),
            Self::Bare(name) => write!(
                f,
                "the acceptor answered an offer of SPNEGO with a bare {name} token: it does not speak SPNEGO; log in with {name} alone"
            ),
            Self::NotAResponse => f.write_str("the acceptor's answer is not a NegTokenResp"),
            Self::MechNotOffered(name) => write!(f, "the acceptor chose {name}, which was not offered"),
            Self::UnexpectedField(field) => write!(f, "the acceptor sent a {field}, which is out of place here"),
            Self::BadNegState => {
                f.write_str("the acceptor asks for signatures (request-mic) later than in its first reply")
            }
            Self::PeerRejected => f.write_str(PEER_REJECTED),
            Self::CompletedEarly => {
                f.write_str("the acceptor says that the login is complete, but the mechanism is not")
            }
            Self::NotCompleted => {
                f.write_str("the mechanism is done, but the acceptor waits for more (negState is not accept-completed)")
            }
            Self::MicTooEarly => f.write_str("a mechListMIC before the mechanism has a key to sign with"),
            Self::MicRequired => f.write_str(MIC_REQUIRED),
            Self::MicUnavailable => f.write_str(MIC_UNAVAILABLE),
            Self::BadMic(error) => write!(
                f,
                "the acceptor's mechListMIC does not verify ({error}): the list of mechanisms was changed on its way, or the acceptor is at fault"
            ),
            Self::CannotSign(error) => write!(f, "the list of mechanisms cannot be signed: {error}"),
        }
    }
}

const PEER_REJECTED: &str = "the acceptor refused the login (negState reject): wrong password or ticket, no mechanism in \
    common, or its policy; only its own log tells which";
const MIC_REQUIRED: &str = "the acceptor did not sign the list of mechanisms (mechListMIC), though it had to: it does not \
    implement RFC 4178 section 5, or someone changed the list on its way";
const MIC_UNAVAILABLE: &str = "the list of mechanisms has to be signed, but this login came without message integrity, so \
    that nothing protects the list: the acceptor does not agree to it, or someone took it out on its way";

impl core::error::Error for InitiatorError {}

impl Reason for InitiatorError {
    fn fault(&self) -> Fault {
        match self {
            Self::NothingToOffer | Self::Offer(_) | Self::Frame(_) => Fault::Configuration,
            Self::MicUnavailable | Self::Bare(_) => Fault::Policy,
            Self::CannotSign(error) => error.fault(),
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NothingToOffer => "no-mechanism",
            Self::Offer(error) | Self::Malformed(error) => error.kind(),
            Self::Frame(error) => error.kind(),
            Self::TokenTooLarge(_) => "token-too-large",
            Self::TooManyRounds => "too-many-rounds",
            Self::EmptyToken => "empty-token",
            Self::Bare(_) => "bare-token",
            Self::NotAResponse => "not-a-response",
            Self::MechNotOffered(_) => "mech-not-offered",
            Self::UnexpectedField(_) => "unexpected-field",
            Self::BadNegState => "bad-neg-state",
            Self::PeerRejected => "peer-rejected",
            Self::CompletedEarly => "completed-early",
            Self::NotCompleted => "not-completed",
            Self::MicTooEarly => "mic-too-early",
            Self::MicRequired => "mic-required",
            Self::MicUnavailable => "mic-unavailable",
            Self::BadMic(_) => "bad-mic",
            Self::CannotSign(_) => "cannot-sign",
        }
    }
}
