//! Against one's own challenges coming back (row D15).
//!
//! ```text
//! our initiator ◀── "answer this" ── attacker ◀── challenge ── our acceptor
//!               ── response ───────▶          ── response ───▶   logged in as ourselves
//! ```

#[cfg(feature = "std")]
mod live;

use core::fmt;

use super::response::ServerChallenge;
use crate::random::{Randomness, SystemRandom, Unavailable};
use crate::time::Timestamp;
#[cfg(feature = "std")]
use live::Live;

/// What a program's acceptors and initiators share so that no challenge of its own is answered by itself.
///
/// Two things: the number that marks this machine's initiators (MachineID of Single_Host_Data, [MS-NLMP] section 2.2.2.2),
/// and, with the feature `std`, a memory of the challenges that are still open. It is bounded: a flood makes it forget the
/// oldest, and until those would have ended every challenge is taken for an own one, so that a flood opens nothing.
///
/// ```
/// use negotiate::{Timestamp, ntlm::ReflectionGuard};
/// let (guard, now) = (ReflectionGuard::new()?, Timestamp::from_seconds(1_795_377_519));
/// guard.issued(&[7; 8], Timestamp::from_seconds(1_795_377_819));
/// assert!(guard.is_own(&[7; 8], now) && !guard.is_own(&[8; 8], now));
/// guard.answered(&[7; 8]);
/// assert!(!guard.is_own(&[7; 8], now));
/// # Ok::<(), negotiate::random::Unavailable>(())
/// ```
pub struct ReflectionGuard {
    machine_id: [u8; 32],
    live: Live,
}

impl ReflectionGuard {
    /// A guard with a MachineID of the system's random octets.
    ///
    /// # Errors
    /// [`Unavailable`] if there are none.
    pub fn new() -> Result<Self, Unavailable> {
        Self::with_randomness(&SystemRandom)
    }

    /// The same from another source.
    ///
    /// # Errors
    /// [`Unavailable`] if it does not deliver.
    pub fn with_randomness(source: &dyn Randomness) -> Result<Self, Unavailable> {
        let mut machine_id = [0; 32];
        source.fill(&mut machine_id)?;
        Ok(Self { machine_id, live: Live::default() })
    }

    /// MachineID: what this program's initiators put into their responses, and its acceptors refuse.
    #[must_use]
    pub const fn machine_id(&self) -> &[u8; 32] {
        &self.machine_id
    }

    /// Remembers a challenge that an acceptor sends, until nobody may answer it any more.
    pub fn issued(&self, challenge: &ServerChallenge, until: Timestamp) {
        self.live.insert(challenge, until);
    }

    /// Forgets a challenge that was answered: no other answer to it is taken.
    pub fn answered(&self, challenge: &ServerChallenge) {
        self.live.remove(challenge);
    }

    /// Whether a challenge is one that an acceptor of this program waits for an answer to, or may be.
    #[must_use]
    pub fn is_own(&self, challenge: &ServerChallenge, now: Timestamp) -> bool {
        self.live.contains(challenge, now)
    }
}

impl fmt::Debug for ReflectionGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReflectionGuard").finish_non_exhaustive()
    }
}

/// Without locks nothing is remembered, and MachineID alone guards.
#[cfg(not(feature = "std"))]
#[derive(Default)]
struct Live {}

#[cfg(not(feature = "std"))]
#[expect(clippy::unused_self, reason = "the same face as the one that remembers")]
impl Live {
    const fn insert(&self, _: &ServerChallenge, _: Timestamp) {}

    const fn remove(&self, _: &ServerChallenge) {}

    const fn contains(&self, _: &ServerChallenge, _: Timestamp) -> bool {
        false
    }
}
