//! The replay cache by SECURITY row E02: the cases of its list that a cache alone can answer.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test panics when it fails"
)]

use std::collections::HashMap;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::replay::{MemoryReplayCache, ReplayCache};
use negotiate::{Principal, ReplayQuestion, ReplayVerdict, Timestamp};
use proptest::prelude::*;

const START: Timestamp = Timestamp::from_seconds(1_795_377_519);
const SKEW: Duration = Duration::from_secs(300);

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

fn at(offset: i64) -> Timestamp {
    Timestamp::from_micros(START.as_micros() + offset * 1_000_000)
}

fn principal(number: usize) -> Principal {
    format!("user{number}@EXAMPLE.COM").parse().unwrap()
}

/// The question about authenticator `number` of client `client`.
fn ask(number: usize, client: usize, stamped: Timestamp, now: Timestamp) -> ReplayQuestion {
    ReplayQuestion::of(&[9; 32], &number.to_be_bytes(), &principal(client), stamped, now, SKEW)
}

/// Presents it at `now`, with nothing but the time check of an acceptor in front.
fn present(cache: &dyn ReplayCache, number: usize, stamped: Timestamp, now: Timestamp) -> ReplayVerdict {
    assert!(stamped.distance(now) <= SKEW, "an acceptor would have refused it for skew");
    cache.check_and_insert(&ask(number, number, stamped, now), now)
}

#[test]
fn e02_same_authenticator_twice() {
    let cache = MemoryReplayCache::new(START);
    for now in [at(0), at(1), at(299), at(300)] {
        let verdict = present(&cache, 1, START, now);
        assert_eq!(verdict, if now == at(0) { ReplayVerdict::Fresh } else { ReplayVerdict::Replayed });
    }
}

#[test]
fn e02_two_acceptors_share_one_cache() {
    let cache = MemoryReplayCache::new(START);
    let (one, other): (&dyn ReplayCache, &dyn ReplayCache) = (&cache, &cache);
    assert_eq!(present(one, 1, START, at(0)), ReplayVerdict::Fresh);
    assert_eq!(present(other, 1, START, at(1)), ReplayVerdict::Replayed);
}

#[test]
fn e02_of_many_threads_exactly_one_is_told_fresh() {
    const THREADS: usize = 8;
    let cache = MemoryReplayCache::new(START);
    for number in 0..300 {
        let start = Barrier::new(THREADS);
        let fresh = thread::scope(|scope| {
            let racing: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        present(&cache, number, START, START)
                    })
                })
                .collect();
            racing.into_iter().map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(fresh.iter().filter(|verdict| **verdict == ReplayVerdict::Fresh).count(), 1);
        assert_eq!(fresh.iter().filter(|verdict| **verdict == ReplayVerdict::Replayed).count(), THREADS - 1);
    }
}

#[test]
fn e02_stamp_in_the_future_is_remembered_until_its_own_time_is_up() {
    let cache = MemoryReplayCache::new(START);
    let ahead = at(299);
    assert_eq!(present(&cache, 1, ahead, at(0)), ReplayVerdict::Fresh);
    for now in [at(450), at(599)] {
        cache.purge(now);
        assert_eq!(present(&cache, 1, ahead, now), ReplayVerdict::Replayed);
    }
}

#[test]
fn e02_still_known_after_a_purge_and_gone_after_its_time() {
    let cache = MemoryReplayCache::new(START);
    assert_eq!(present(&cache, 1, START, at(0)), ReplayVerdict::Fresh);
    cache.purge(at(300));
    assert_eq!(present(&cache, 1, START, at(300)), ReplayVerdict::Replayed);
    cache.purge(at(302));
    assert_eq!((cache.usage().entries, cache.usage().bytes), (0, 0));
}

#[test]
fn e02_clock_stepped_back_an_hour() {
    let cache = MemoryReplayCache::new(START);
    assert_eq!(present(&cache, 1, START, at(0)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 2, at(4_000), at(4_000)), ReplayVerdict::Fresh);
    // The first is forgotten by now, and the clock goes back to when it was good.
    assert_eq!(present(&cache, 1, START, at(10)), ReplayVerdict::ClockSteppedBack);
    assert_eq!(present(&cache, 3, at(400), at(400)), ReplayVerdict::ClockSteppedBack);
    // Time goes on, up to where the memory reaches.
    assert_eq!(present(&cache, 4, at(3_699), at(3_700)), ReplayVerdict::ClockSteppedBack);
    assert_eq!(present(&cache, 5, at(3_700), at(3_700)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 2, at(4_000), at(3_701)), ReplayVerdict::Replayed);
}

#[test]
fn e02_clock_stepped_back_within_the_skew_costs_nobody_a_login() {
    let cache = MemoryReplayCache::new(START);
    assert_eq!(present(&cache, 1, at(990), at(1_000)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 2, at(720), at(720)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 1, at(990), at(720)), ReplayVerdict::Replayed);
}

#[test]
fn e02_full_is_refused_and_nothing_alive_is_given_up() {
    const CAPACITY: usize = 500;
    let cache = MemoryReplayCache::with_capacity(START, CAPACITY);
    for number in 0..CAPACITY {
        assert_eq!(present(&cache, number, START, at(1)), ReplayVerdict::Fresh);
    }
    assert_eq!(present(&cache, CAPACITY, START, at(1)), ReplayVerdict::Full);
    for number in 0..CAPACITY {
        assert_eq!(present(&cache, number, START, at(300)), ReplayVerdict::Replayed);
    }
    assert_eq!(present(&cache, CAPACITY, START, at(300)), ReplayVerdict::Full);
    assert_eq!(present(&cache, CAPACITY, at(303), at(303)), ReplayVerdict::Fresh, "room again, and it was not kept");
    cache.purge(at(303));
    assert_eq!(cache.usage().entries, 1);
}

#[test]
fn e02_restart_with_an_empty_cache() {
    let cache = MemoryReplayCache::new(START);
    let before = START.saturating_sub(Duration::from_micros(1));
    assert_eq!(present(&cache, 1, before, at(5)), ReplayVerdict::BeforeMemory);
    assert_eq!(present(&cache, 1, before, at(299)), ReplayVerdict::BeforeMemory, "refusing does not teach it");
    assert_eq!(present(&cache, 2, START, at(5)), ReplayVerdict::Fresh);
    let cache = MemoryReplayCache::new(START).dangerous().accept_stamped_before_it_began();
    assert_eq!(present(&cache, 1, at(-290), at(5)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 1, at(-290), at(10)), ReplayVerdict::Replayed);
}

#[test]
fn e02_same_microsecond_different_authenticators() {
    let cache = MemoryReplayCache::new(START);
    for number in 1..=2 {
        assert_eq!(cache.check_and_insert(&ask(number, 0, START, START), START), ReplayVerdict::Fresh);
    }
}

#[test]
fn e02_what_is_refused_is_not_stored() {
    let cache = MemoryReplayCache::with_capacity(START, 1);
    assert_eq!(present(&cache, 1, at(-1), at(0)), ReplayVerdict::BeforeMemory);
    assert_eq!(cache.usage().entries, 0);
    assert_eq!(present(&cache, 2, START, at(0)), ReplayVerdict::Fresh);
    assert_eq!(present(&cache, 3, START, at(0)), ReplayVerdict::Full);
    assert_eq!(cache.usage().entries, 1);
}

#[test]
fn e02_quota_of_one_client_leaves_room_for_others() {
    let cache = MemoryReplayCache::with_capacity(START, 1_000).with_client_quota(10);
    let present = |number, client, now| cache.check_and_insert(&ask(number, client, now, now), now);
    for number in 0..10 {
        assert_eq!(present(number, 7, at(0)), ReplayVerdict::Fresh);
    }
    assert_eq!(present(10, 7, at(0)), ReplayVerdict::ClientQuota);
    assert_eq!(present(3, 7, at(0)), ReplayVerdict::Replayed, "more to the point than the quota");
    assert_eq!(present(11, 8, at(0)), ReplayVerdict::Fresh);
    cache.purge(at(302));
    assert_eq!(present(12, 7, at(302)), ReplayVerdict::Fresh, "what expires is given back");
}

#[test]
fn e02_default_quota_is_a_quarter() {
    let cache = MemoryReplayCache::with_capacity(START, 400);
    let verdicts = (0..101).map(|number| cache.check_and_insert(&ask(number, 7, START, START), START));
    assert_eq!(verdicts.filter(|verdict| *verdict == ReplayVerdict::Fresh).count(), 100);
}

#[test]
fn e02_clocks_beyond_reckoning_are_refused() {
    let cache = MemoryReplayCache::new(START);
    let far = Timestamp::from_micros(i64::MAX);
    assert_eq!(cache.check_and_insert(&ask(1, 1, far, far), far), ReplayVerdict::Unavailable);
    assert_eq!(present(&cache, 2, START, START), ReplayVerdict::Fresh, "and leave no mark");
}

#[test]
fn e02_without_a_cache_everything_is_fresh() {
    for _ in 0..2 {
        assert_eq!(present(&NoReplayCache, 1, START, START), ReplayVerdict::Fresh);
    }
}

/// A million entries, by the cache's own sum of what it allocated.
#[test]
fn e02_at_most_32_octets_an_entry() {
    const ENTRIES: usize = 1_000_000;
    let cache = MemoryReplayCache::new(START);
    let mut worst = 0.0_f64;
    let clients: Vec<_> = (0..1_000).map(principal).collect();
    for number in 0..ENTRIES {
        let client = &clients[number % clients.len()];
        let question = ReplayQuestion::of(&[9; 32], &number.to_be_bytes(), client, START, START, SKEW);
        assert_eq!(cache.check_and_insert(&question, START), ReplayVerdict::Fresh);
        if number >= 20_000 && number.is_power_of_two() || number % 100_000 == 99_999 {
            let usage = cache.usage();
            worst = worst.max(usage.bytes as f64 / usage.entries as f64);
        }
    }
    println!("octets an entry, worst of the measured sizes: {worst:.1}");
    assert!(worst <= 30.0, "{worst}");
}

#[derive(Clone, Debug)]
enum Act {
    Present { number: usize, age: i64 },
    Wait { seconds: u64 },
    StepBack { seconds: u64 },
    Purge,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        12 => (0..60usize, -300..=300i64).prop_map(|(number, age)| Act::Present { number, age }),
        4 => (0..200u64).prop_map(|seconds| Act::Wait { seconds }),
        1 => (0..900u64).prop_map(|seconds| Act::StepBack { seconds }),
        1 => Just(Act::Purge),
    ];
    proptest::collection::vec(act, 1..200)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a memory that forgets nothing: whatever it took once is never fresh again, and whatever it refuses, it
    /// refuses with a reason that holds.
    #[test]
    fn e02_agrees_with_a_memory_that_never_forgets(acts in acts()) {
        const CAPACITY: usize = 25;
        let cache = MemoryReplayCache::with_capacity(START, CAPACITY).with_client_quota(u32::MAX);
        let (mut now, mut latest) = (at(0), at(0));
        let mut taken: HashMap<usize, ReplayQuestion> = HashMap::new();
        for act in acts {
            match act {
                Act::Wait { seconds: count } => now = now.saturating_add(seconds(count)),
                Act::StepBack { seconds: count } => now = now.saturating_sub(seconds(count)),
                Act::Purge => {
                    cache.purge(now);
                    latest = latest.max(now);
                }
                Act::Present { number, age } => {
                    // A number is always presented with the stamp that it has.
                    let stamped = taken.get(&number).map_or(
                        Timestamp::from_micros(now.as_micros() - age * 1_000_000),
                        ReplayQuestion::stamped,
                    );
                    if stamped.distance(now) > SKEW {
                        continue;
                    }
                    let question = ask(number, 0, stamped, now);
                    let verdict = cache.check_and_insert(&question, now);
                    latest = latest.max(now);
                    let alive = taken.values().filter(|known| known.expires() >= latest).count();
                    match verdict {
                        ReplayVerdict::Fresh => prop_assert!(taken.insert(number, question).is_none()),
                        ReplayVerdict::Replayed => prop_assert!(taken.contains_key(&number)),
                        ReplayVerdict::BeforeMemory => prop_assert!(stamped < START),
                        ReplayVerdict::ClockSteppedBack => prop_assert!(stamped.saturating_add(SKEW) < latest && now < latest),
                        ReplayVerdict::Full => prop_assert_eq!(alive, CAPACITY),
                        other => prop_assert!(false, "{:?}", other),
                    }
                }
            }
        }
    }
}

/// By the first asker's skew an entry is kept. An acceptor that lets more pass would find it forgotten too early.
#[test]
fn e02_one_cache_serves_one_skew() {
    let cache = MemoryReplayCache::new(at(-1_000));
    let with_skew = |skew, now| ReplayQuestion::of(&[7; 32], &[9; 60], &principal(1), at(0), now, seconds(skew));
    assert_eq!(cache.check_and_insert(&with_skew(60, at(0)), at(0)), ReplayVerdict::Fresh);
    for late in [1, 62, 200] {
        let later = with_skew(300, at(late));
        assert_eq!(cache.check_and_insert(&later, at(late)), ReplayVerdict::OtherSkew, "{late} s later");
        assert_eq!(cache.check_and_insert(&later, at(late)), ReplayVerdict::OtherSkew, "and again");
    }
    assert_eq!(cache.check_and_insert(&with_skew(60, at(1)), at(1)), ReplayVerdict::Replayed);
}
