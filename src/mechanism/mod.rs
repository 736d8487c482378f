//! The seam between negotiation and mechanisms: by value and dynamic.
//!
//! SPNEGO and the front doors know a mechanism only through these traits, and a mechanism knows nothing of what
//! carries its tokens. Each step consumes the state it leaves, so that after a failure nothing is left to misuse.

mod account;
mod later;
mod replay;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::net::IpAddr;

#[cfg(feature = "ntlm")]
pub(crate) use account::AccountVerdict;
pub use account::{AccountAnswer, AccountQuestion, AccountStore};
pub use later::{AsyncAccountStore, AsyncReplayCache, Later};
pub use replay::{ReplayCache, ReplayQuestion, ReplayVerdict};

use crate::context::{Context, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped};
use crate::error::{Error, Rejected};
use crate::gss::{ChannelBindings, ContextFlags, Oid};
use crate::peer::Target;
use crate::time::Timestamp;

/// A mechanism as an acceptor has configured it, shared by all its handshakes.
pub(crate) trait AcceptorMechanism: Send + Sync {
    /// The name this mechanism goes by in an answer.
    fn oid(&self) -> Oid<'static>;

    /// Whether an initiator that names `oid` means this mechanism.
    fn answers_to(&self, oid: Oid<'_>) -> bool;

    /// Whether a token that came without SPNEGO is one of this mechanism's first tokens.
    fn recognises(&self, token: &[u8]) -> bool;

    /// Whether it can accept anything as it is configured.
    fn check(&self) -> Result<(), Error>;

    /// Takes the first token of a handshake and says what now.
    fn accept(&self, channel: &Channel, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected>;
}

/// What the caller knows of the connection that a handshake goes over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Channel {
    /// The bindings of the secure channel below, if there is one. `None` is not the same as zero bindings.
    pub(crate) bindings: Option<ChannelBindings>,
    /// Whether a login without matching bindings is refused.
    pub(crate) bindings_required: bool,
    /// Whether a login without SPNEGO is refused.
    pub(crate) spnego_required: bool,
    /// The peer's address, to be compared with the addresses a ticket is limited to.
    pub(crate) peer_address: Option<IpAddr>,
}

/// A handshake that waits for the initiator's next token.
pub(crate) trait AcceptorHandshake: Send + Sync {
    /// Takes the token and says what now.
    fn accept(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected>;
}

/// A handshake that waits for an answer from outside.
pub(crate) trait Resume<Answer>: Send + Sync {
    /// Goes on with the answer.
    fn resume(self: Box<Self>, answer: Answer, now: Timestamp) -> Result<MechStep, Rejected>;
}

/// A question to the outside, and the handshake that waits for the answer.
pub(crate) struct Ask<Question, Answer> {
    pub(crate) question: Question,
    pub(crate) resume: Box<dyn Resume<Answer>>,
}

/// What a step came to.
pub(crate) enum MechStep {
    /// Send the token and wait for the next one.
    Continue { token: Vec<u8>, next: Box<dyn AcceptorHandshake> },
    /// Find out whether this login was seen before, then resume.
    AskReplay(Ask<ReplayQuestion, ReplayVerdict>),
    /// Find the account, then resume.
    AskAccount(Ask<AccountQuestion<'static>, AccountAnswer>),
    /// Done; the token, if there is one, still has to reach the initiator.
    Established { token: Option<Vec<u8>>, context: Context },
}

/// A mechanism as an initiator has configured it.
pub(crate) trait InitiatorMechanism: Send + Sync {
    /// The name this mechanism goes by in an offer.
    fn oid(&self) -> Oid<'static>;

    /// Whether it has what a login to this service takes, such as a ticket: an error says what is missing. Without, it is left
    /// out of an offer of several mechanisms.
    fn has_credential(&self, _approach: &Approach, _now: Timestamp) -> Result<(), Error> {
        Ok(())
    }

    /// Makes the first token of a handshake.
    fn initiate(&self, approach: &Approach, now: Timestamp) -> Result<InitiatorStep, Error>;
}

/// What the caller knows of the service that it wants to log in to, and of the connection to it.
#[derive(Clone, Debug)]
pub(crate) struct Approach {
    /// The service.
    pub(crate) target: Target,
    /// The bindings of the secure channel below, if there is one. `None` is not the same as zero bindings.
    pub(crate) bindings: Option<ChannelBindings>,
}

/// A handshake that waits for the acceptor's next token.
pub(crate) trait InitiatorHandshake: Send + Sync {
    /// Takes the token and says what now.
    fn step(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<InitiatorStep, Error>;
}

/// What an initiator's step came to.
pub(crate) enum InitiatorStep {
    /// Send the token and wait for the next one.
    Continue { token: Vec<u8>, next: Box<dyn InitiatorHandshake> },
    /// Done on this side; the token, if there is one, still has to reach the acceptor.
    Established { token: Option<Vec<u8>>, context: Context },
}

/// What a mechanism gives to an established context: its keys, and what only it knows.
pub(crate) trait MechanismContext: Send + Sync {
    /// The signature of SPNEGO's offer from this side.
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error>;

    /// Checks the other side's signature of SPNEGO's offer.
    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error>;

    /// Whether a signature of this context protects an offer (RFC 4178 section 5, row C06). `flags`: the context's services,
    /// of which message integrity answers it for a mechanism that has nothing else to say.
    fn can_sign_offer(&self, flags: ContextFlags) -> bool {
        flags.contains(ContextFlags::INTEGRITY)
    }

    /// Whether the offer must be signed whatever mechanism was chosen ([MS-SPNG] section 3.1.5.1: NTLM, once its
    /// AUTHENTICATE_MESSAGE has a MIC).
    fn demands_signed_offer(&self) -> bool {
        false
    }

    /// Told once both sides have signed the offer.
    fn offer_was_signed(&mut self) -> Result<(), Error> {
        Ok(())
    }

    /// What protects messages, if this mechanism's contexts do, and this one may.
    fn messages(&mut self) -> Result<&mut dyn MessageProtection, Error>;

    /// The key of the context; empty if it is no secret.
    fn session_key(&self) -> &[u8];

    /// A value of the mechanism's public type for what only it knows.
    fn details(&self) -> &dyn Any;
}

/// The per-message services of GSS-API (RFC 2743 section 2.3).
pub(crate) trait MessageProtection {
    /// `GSS_GetMIC`, of a message that stands in pieces.
    fn get_mic(&mut self, message: &[&[u8]]) -> Result<Vec<u8>, Error>;

    /// `GSS_VerifyMIC`, of a message that stands in pieces.
    fn verify_mic(&mut self, message: &[&[u8]], mic: &[u8]) -> Result<(), Error>;

    /// `GSS_Wrap`.
    fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, Error>;

    /// `GSS_Unwrap`, where the token stands.
    fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, Error>;

    /// `GSS_Wrap_size_limit`: the longest message whose token has at most this many octets.
    fn wrap_size_limit(&self, token: usize, protection: Protection) -> usize;

    /// What [`Self::wrap_pieces`] needs around `data` octets of data.
    fn wrap_lengths(&self, data: usize, protection: Protection, placement: Placement) -> Result<TokenLengths, Error>;

    /// `GSS_Wrap` where the message stands, the token's own octets around it. `around` is as long as
    /// [`Self::wrap_lengths`] says for one of the placements.
    fn wrap_pieces(
        &mut self,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), Error>;

    /// `GSS_Unwrap` where the message stands.
    fn unwrap_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, Error>;
}
