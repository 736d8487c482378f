//! The times of authenticators, no two of which are the same.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use crate::time::Timestamp;

/// Microseconds are counted on a circle of about 36 minutes, which is enough to see whether two are close: so one counter
/// does on every machine, also on those whose atomic numbers have 32 bits.
const CIRCLE: usize = 1 << 31;

/// How far times may run ahead of the clock, in microseconds. If the last one is further ahead, the clock was set back.
const AHEAD: usize = 1_000_000;

/// Gives each authenticator a time of its own.
///
/// An acceptor may remember no more of a login than service, client, ctime and cusec, and take a second one with the same for a
/// replay (RFC 4120 section 3.2.3): two logins in one microsecond, or two with the caller's one `now`. So each gets a
/// microsecond later than the last one had. Only an initiator's own logins are known here: a program that makes several
/// initiators for the same user and service within a microsecond gives them times that differ.
pub(super) struct Stamps {
    last: AtomicUsize,
}

impl Stamps {
    pub(super) const fn new() -> Self {
        Self { last: AtomicUsize::new(usize::MAX) }
    }

    /// `now`, or the first moment after it that no login had.
    pub(super) fn next(&self, now: Timestamp) -> Timestamp {
        let now_micros = on_circle(now);
        let later = |last| step(last, now_micros).map_or(now_micros, |ahead| now_micros.wrapping_add(ahead) % CIRCLE);
        let mut last = self.last.load(Ordering::Relaxed);
        while let Err(other) = self.last.compare_exchange_weak(last, later(last), Ordering::Relaxed, Ordering::Relaxed)
        {
            last = other;
        }
        let ahead = step(last, now_micros).and_then(|ahead| u64::try_from(ahead).ok()).unwrap_or(0);
        now.saturating_add(Duration::from_micros(ahead))
    }
}

/// How far the next time is ahead of now, if the last one was not before now.
fn step(last: usize, now: usize) -> Option<usize> {
    // The very first one has no last.
    let ahead = if last >= CIRCLE { AHEAD } else { last.wrapping_sub(now) % CIRCLE };
    (ahead < AHEAD).then(|| ahead.wrapping_add(1))
}

fn on_circle(time: Timestamp) -> usize {
    let circle = i64::try_from(CIRCLE).unwrap_or(i64::MAX);
    usize::try_from(time.as_micros().rem_euclid(circle)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_time_is_given_twice() {
        let stamps = Stamps::new();
        let at = Timestamp::from_micros;
        let given = [100, 100, 100, 101, 500, 90, 2_000_000, 2_000_000].map(|now| stamps.next(at(now)).as_micros());
        assert_eq!(given, [100, 101, 102, 103, 500, 501, 2_000_000, 2_000_001]);
        // Set back by more than a second: the clock is right again, one hopes.
        assert_eq!(stamps.next(at(500_000)).as_micros(), 500_000);
        // Around the end of the circle, and before 1970.
        for begin in [i64::try_from(CIRCLE).unwrap() - 1, -1, 1_795_377_519_000_000] {
            let stamps = Stamps::new();
            let given = [0; 4].map(|_| stamps.next(at(begin)).as_micros() - begin);
            assert_eq!(given, [0, 1, 2, 3]);
        }
    }
}
