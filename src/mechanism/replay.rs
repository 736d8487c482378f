//! The question whether a login was seen before, as a value.

use alloc::sync::Arc;

use crate::time::Timestamp;

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

/// A memory that others use too.
impl<Cache: ReplayCache + ?Sized> ReplayCache for Arc<Cache> {
    fn check_and_insert(&self, question: &ReplayQuestion, now: Timestamp) -> ReplayVerdict {
        (**self).check_and_insert(question, now)
    }
}
