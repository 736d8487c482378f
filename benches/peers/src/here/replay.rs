//! The memory of replays: one more authenticator, asked of one that remembers so many.

use std::thread;
use std::time::{Duration, Instant};

use negotiate::kerberos::MemoryReplayCache;
use negotiate::{Principal, ReplayCache, ReplayQuestion, ReplayVerdict, Timestamp};

use crate::report_all;

const SKEW: Duration = Duration::from_secs(300);
/// How many are asked of a memory that was filled, and how many at a time, the clock being about as dear as one.
const ASKED: usize = 40_000;
const AT_A_TIME: usize = 20;

pub(crate) fn run() {
    for power in 3..=7 {
        let entries = 10_usize.pow(power);
        let now = Timestamp::now();
        let cache = filled(entries, now);
        // Of a small one only so many that it stays of its size.
        let asked = questions(entries..entries + ASKED.min(entries), now);
        let times = asked.chunks(AT_A_TIME).map(|some| check(&cache, some, now) / u32::try_from(some.len()).unwrap());
        report_all(&format!("replay/1e{power}"), times.collect());
    }
}

/// A million, and one thread, and as many as there are cores, in turn.
pub(crate) fn threads() {
    let entries = 1_000_000;
    let now = Timestamp::now();
    let cores = thread::available_parallelism().unwrap().get();
    let cache = filled(entries, now);
    let mut times = vec![Vec::new(); cores];
    for round in 0..5 {
        for count in 1..=cores {
            let from = entries + (round * cores + count) * 2 * ASKED;
            let asked = questions(from..from + 2 * ASKED, now);
            let begun = Instant::now();
            thread::scope(|scope| {
                for part in asked.chunks(asked.len().div_ceil(count)) {
                    let cache = &cache;
                    scope.spawn(move || check(cache, part, now));
                }
            });
            times[count - 1].push(begun.elapsed() / u32::try_from(asked.len()).unwrap());
        }
    }
    for (index, times) in times.into_iter().enumerate() {
        report_all(&format!("replay/1e6/threads-{}", index + 1), times);
    }
}

fn check(cache: &MemoryReplayCache, questions: &[ReplayQuestion], now: Timestamp) -> Duration {
    let begun = Instant::now();
    for question in questions {
        assert_eq!(cache.check_and_insert(question, now), ReplayVerdict::Fresh);
    }
    begun.elapsed()
}

fn filled(entries: usize, now: Timestamp) -> MemoryReplayCache {
    let cache = MemoryReplayCache::with_capacity(now, 2 * entries + 20 * ASKED).with_client_quota(u32::MAX);
    for from in (0..entries).step_by(1_000) {
        check(&cache, &questions(from..entries.min(from + 1_000), now), now);
    }
    cache
}

fn questions(numbers: std::ops::Range<usize>, now: Timestamp) -> Vec<ReplayQuestion> {
    let clients: Vec<Principal> = (0..1_000).map(|number| format!("u{number}@EXAMPLE.TEST").parse().unwrap()).collect();
    let of = |number: usize| {
        ReplayQuestion::of(&[7; 32], &number.to_be_bytes(), &clients[number % clients.len()], now, now, SKEW)
    };
    numbers.map(of).collect()
}
