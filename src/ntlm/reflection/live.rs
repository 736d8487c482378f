//! The challenges that are open, of which there are never more than a limit.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::ntlm::response::ServerChallenge;
use crate::time::Timestamp;

/// How many are remembered: some 5 MiB when full. At five minutes each, 218 handshakes a second stay unfinished then.
const LIMIT: usize = 65_536;

#[derive(Default)]
pub(super) struct Live(Mutex<Challenges>);

#[derive(Default)]
struct Challenges {
    open: HashMap<ServerChallenge, Timestamp>,
    /// In the order in which they were sent; some of them answered since.
    order: VecDeque<ServerChallenge>,
    /// The end of the latest one that was forgotten for want of room: until then nobody can tell.
    blind_until: Option<Timestamp>,
}

impl Live {
    pub(super) fn insert(&self, challenge: &ServerChallenge, until: Timestamp) {
        let mut challenges = self.lock();
        if challenges.order.len() >= LIMIT {
            challenges.forget_oldest();
        }
        challenges.order.push_back(*challenge);
        challenges.open.insert(*challenge, until);
    }

    pub(super) fn remove(&self, challenge: &ServerChallenge) {
        self.lock().open.remove(challenge);
    }

    pub(super) fn contains(&self, challenge: &ServerChallenge, now: Timestamp) -> bool {
        let challenges = self.lock();
        let until = challenges.open.get(challenge).copied().max(challenges.blind_until);
        until.is_some_and(|until| now <= until)
    }

    /// A panic elsewhere leaves each of these steps done or not done, and nothing in between.
    fn lock(&self) -> MutexGuard<'_, Challenges> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Challenges {
    fn forget_oldest(&mut self) {
        let forgotten = self.order.pop_front().and_then(|oldest| self.open.remove(&oldest));
        self.blind_until = self.blind_until.max(forgotten);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn challenge(number: usize) -> ServerChallenge {
        u64::try_from(number).unwrap().to_le_bytes()
    }

    #[test]
    fn d15_a_flood_makes_the_memory_cautious_and_not_forgetful() {
        let (live, at) = (Live::default(), Timestamp::from_seconds);
        live.insert(&challenge(0), at(300));
        for number in 1..LIMIT {
            live.insert(&challenge(number), at(400));
        }
        assert!(live.contains(&challenge(0), at(300)) && !live.contains(&challenge(0), at(301)));
        assert!(!live.contains(&challenge(LIMIT), at(0)));
        live.insert(&challenge(LIMIT), at(400));
        // The first was forgotten, and until it ends all are taken for own ones.
        assert!(live.contains(&challenge(0), at(300)) && live.contains(&challenge(LIMIT + 7), at(300)));
        assert!(!live.contains(&challenge(LIMIT + 7), at(301)) && live.contains(&challenge(LIMIT), at(400)));
        assert_eq!(live.lock().order.len(), LIMIT);
    }

    #[test]
    fn answered_ones_take_no_room_of_open_ones() {
        let (live, at) = (Live::default(), Timestamp::from_seconds);
        for number in 0..3 * LIMIT {
            live.insert(&challenge(number), at(300));
            live.remove(&challenge(number));
        }
        assert!(!live.contains(&challenge(0), at(0)) && live.lock().blind_until.is_none());
        assert!(live.lock().order.len() <= LIMIT);
    }
}
