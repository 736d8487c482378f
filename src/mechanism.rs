//! The seam between negotiation and mechanisms: by value and dynamic.
//!
//! SPNEGO and the front doors know a mechanism only through these traits, and a mechanism knows nothing of what
//! carries its tokens. Each step consumes the state it leaves, so that after a failure nothing is left to misuse.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::net::IpAddr;

use crate::context::Context;
use crate::error::{Error, Rejected};
use crate::gss::{ChannelBindings, Oid};
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
    /// The peer's address, to be compared with the addresses a ticket is limited to.
    pub(crate) peer_address: Option<IpAddr>,
}

/// A handshake that waits for the initiator's next token.
pub(crate) trait AcceptorHandshake: Send + Sync {
    /// Takes the token and says what now.
    fn accept(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected>;
}

/// A handshake that waits for an answer from outside.
pub(crate) trait Resume: Send + Sync {
    /// Goes on with the answer.
    fn resume(self: Box<Self>, answer: ReplayVerdict) -> Result<MechStep, Rejected>;
}

/// What a step came to.
pub(crate) enum MechStep {
    /// Send the token and wait for the next one.
    Continue { token: Vec<u8>, next: Box<dyn AcceptorHandshake> },
    /// Find the answer to the question, then resume.
    Ask { question: ReplayQuestion, resume: Box<dyn Resume> },
    /// Done; the token, if there is one, still has to reach the initiator.
    Established { token: Option<Vec<u8>>, context: Context },
}

/// What a mechanism gives to an established context: its keys, and what only it knows.
pub(crate) trait MechanismContext: Send + Sync {
    /// The signature of `message` from this side (`GSS_GetMIC`).
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error>;

    /// Checks the other side's signature of `message` (`GSS_VerifyMIC`).
    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error>;

    /// The key of the context.
    fn session_key(&self) -> &[u8];

    /// A value of the mechanism's public type for what only it knows.
    fn details(&self) -> &dyn Any;
}

/// "Was this authenticator seen before?" as a value that pauses the handshake until someone has looked.
///
/// It holds no secret and fits a database row: the fingerprint as the key, [`Self::expires`] as its lifetime.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ReplayQuestion {
    pub(crate) fingerprint: [u8; 16],
    pub(crate) client: u32,
    pub(crate) stamped: Timestamp,
    pub(crate) timely_until: Timestamp,
    pub(crate) expires: Timestamp,
}

impl ReplayQuestion {
    /// 16 octets that stand for the authenticator: the same for every repetition of it, whatever was changed around it.
    #[must_use]
    pub const fn fingerprint(&self) -> &[u8; 16] {
        &self.fingerprint
    }

    /// 4 octets that stand for the client, for a quota.
    #[must_use]
    pub const fn client(&self) -> u32 {
        self.client
    }

    /// The client's clock when it made the authenticator.
    #[must_use]
    pub const fn stamped(&self) -> Timestamp {
        self.stamped
    }

    /// Until when the authenticator's own time lets it pass, by the acceptor's clock: [`Self::stamped`] and the skew.
    ///
    /// A cache that has already forgotten what expired by then cannot tell a repetition from a first sight, so it says
    /// [`ReplayVerdict::ClockSteppedBack`].
    #[must_use]
    pub const fn timely_until(&self) -> Timestamp {
        self.timely_until
    }

    /// Until when the fingerprint must be remembered, that moment included.
    #[must_use]
    pub const fn expires(&self) -> Timestamp {
        self.expires
    }
}

/// The answer to a [`ReplayQuestion`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReplayVerdict {
    /// Never seen, and remembered from now on.
    Fresh,
    /// Seen before.
    Replayed,
    /// Stamped before the cache began to remember: nobody can tell.
    BeforeMemory,
    /// The caller's clock went back, so entries may have been forgotten too early: nobody can tell.
    ClockSteppedBack,
    /// Asked under another clock skew than before. By that an entry is kept, so the answer could be wrong.
    OtherSkew,
    /// No room to remember it, so it may not be accepted.
    Full,
    /// This client holds more than its share of the room.
    ClientQuota,
    /// The store did not answer.
    Unavailable,
}

/// A memory of authenticators that acceptors share, and that answers at once.
///
/// What a wrong answer costs: [`ReplayVerdict::Fresh`] for one that was seen lets whoever overheard a login repeat it,
/// under the victim's name, until the authenticator's time is up. [`ReplayVerdict::Replayed`] for one that was not
/// costs its client one more attempt, with a new authenticator. In doubt, refuse.
///
/// Acceptors that share a memory must allow the same clock skew: it decides how long an entry is kept.
pub trait ReplayCache: Send + Sync {
    /// Answers and remembers, in one atomic step: of two that ask the same at once, one is told
    /// [`ReplayVerdict::Fresh`]. What is refused is not remembered.
    fn check_and_insert(&self, question: &ReplayQuestion, now: Timestamp) -> ReplayVerdict;
}
