//! What has to hold in every order.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use negotiate::{ReplayCache, ReplayQuestion, ReplayVerdict, Timestamp};

use negotiate_loom::replay::{Counts, MemoryReplayCache};

const START: Timestamp = Timestamp::from_seconds(1_795_377_519);
const SKEW: Duration = Duration::from_secs(300);

fn at(seconds: u64) -> Timestamp {
    START.saturating_add(Duration::from_secs(seconds))
}

/// The question about authenticator `number`, stamped then, of a client of its own or of a common one.
fn ask(number: u8, client: &str, stamped: Timestamp, now: Timestamp) -> ReplayQuestion {
    ReplayQuestion::of(&[7; 32], &[number], &format!("{client}@R").parse().unwrap(), stamped, now, SKEW)
}

type Act = fn(&MemoryReplayCache) -> Option<ReplayVerdict>;

/// Runs `acts` side by side on such a cache, in every order; `judge` gets the verdicts and the cache. Where these are too many,
/// in every order in which a thread is interrupted at most so often before it waits or ends.
fn in_every_order(
    name: &str,
    interruptions: Option<usize>,
    cache: impl Fn() -> MemoryReplayCache + Send + Sync + 'static,
    acts: &'static [Act],
    judge: impl Fn(&[Option<ReplayVerdict>], &MemoryReplayCache) + Send + Sync + 'static,
) {
    let orders = std::sync::Arc::new(AtomicUsize::new(0));
    let counted = std::sync::Arc::clone(&orders);
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(interruptions);
    model.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let cache = Arc::new(cache());
        // The last one in this thread: loom's threads are few, and each multiplies the orders.
        let (own, others) = acts.split_last().unwrap();
        let running: Vec<_> = others
            .iter()
            .map(|act| {
                let cache = Arc::clone(&cache);
                thread::spawn(move || act(&cache))
            })
            .collect();
        let own = own(&cache);
        let verdicts: Vec<_> = running.into_iter().map(|thread| thread.join().unwrap()).chain([own]).collect();
        judge(&verdicts, &cache);
    });
    println!("{name}: {} orders", orders.load(Ordering::Relaxed));
}

fn count(verdicts: &[Option<ReplayVerdict>], verdict: ReplayVerdict) -> usize {
    verdicts.iter().filter(|found| **found == Some(verdict)).count()
}

fn small() -> MemoryReplayCache {
    MemoryReplayCache::with_capacity(START, 4).with_client_quota(4)
}

#[test]
fn e02_of_two_threads_exactly_one_is_told_fresh() {
    const ASK: Act = |cache| Some(cache.check_and_insert(&ask(1, "alice", START, START), START));
    in_every_order("two ask the same", None, small, &[ASK, ASK], |verdicts, cache| {
        assert_eq!(count(verdicts, ReplayVerdict::Fresh), 1);
        assert_eq!(count(verdicts, ReplayVerdict::Replayed), 1);
        assert_eq!(cache.usage().entries, 1);
    });
}

#[test]
fn e02_of_three_threads_exactly_one_is_told_fresh() {
    const ASK: Act = |cache| Some(cache.check_and_insert(&ask(1, "alice", START, START), START));
    in_every_order("three ask the same", None, small, &[ASK, ASK, ASK], |verdicts, cache| {
        assert_eq!(count(verdicts, ReplayVerdict::Fresh), 1);
        assert_eq!(count(verdicts, ReplayVerdict::Replayed), 2);
        assert_eq!(cache.usage().entries, 1);
    });
}

/// One thread's clock is a skew and two seconds ahead, and what it does forgets the entry. Another still asks by the old
/// time: it must be told that the memory is gone, or that it was a repetition; fresh but once.
#[test]
fn e02_nobody_is_told_fresh_twice_while_another_thread_forgets() {
    const ASK: Act = |cache| Some(cache.check_and_insert(&ask(1, "alice", START, at(299)), at(299)));
    const LATER: Act = |cache| Some(cache.check_and_insert(&ask(2, "bob", at(700), at(700)), at(700)));
    const PURGE: Act = |cache| {
        cache.purge(at(700));
        None
    };
    const TWICE: Act = |cache| {
        let verdicts = [at(0), at(300)].map(|now| cache.check_and_insert(&ask(1, "alice", START, now), now));
        assert_ne!(verdicts, [ReplayVerdict::Fresh; 2]);
        verdicts.into_iter().find(|verdict| *verdict == ReplayVerdict::Fresh)
    };
    fn judge(verdicts: &[Option<ReplayVerdict>], cache: &MemoryReplayCache) {
        // The last but one is about another authenticator, or about none.
        let fresh =
            count(verdicts, ReplayVerdict::Fresh) - count(&verdicts[verdicts.len() - 2..][..1], ReplayVerdict::Fresh);
        assert!(fresh <= 1, "{verdicts:?}");
        cache.purge(at(2_000));
        assert_eq!(cache.usage().entries, 0);
    }
    in_every_order("one repeats, the other goes on in time", None, small, &[LATER, TWICE], judge);
    in_every_order("one repeats, the other forgets", None, small, &[PURGE, TWICE], judge);
    in_every_order("two repeat, a third goes on in time", Some(2), small, &[ASK, LATER, TWICE], judge);
    in_every_order("two repeat, a third forgets", Some(2), small, &[ASK, PURGE, TWICE], judge);
}

/// Room for one: two authenticators, of two clients. One is taken, in its turn or because the other's time was up.
#[test]
fn e02_capacity_holds_among_threads() {
    const ONE: Act = |cache| Some(cache.check_and_insert(&ask(1, "alice", START, START), START));
    const OTHER: Act = |cache| Some(cache.check_and_insert(&ask(2, "bob", START, START), START));
    let one = || MemoryReplayCache::with_capacity(START, 1);
    in_every_order("room for one", None, one, &[ONE, OTHER], |verdicts, cache| {
        assert_eq!(count(verdicts, ReplayVerdict::Fresh), 1);
        assert_eq!(count(verdicts, ReplayVerdict::Full), 1);
        assert_eq!(cache.usage().entries, 1);
    });
}

/// In one shard its lock makes the quota exact, and what expires is given back.
#[test]
fn e02_quota_holds_among_threads_and_counts_end_right() {
    const ONE: Act = |cache| Some(cache.check_and_insert(&ask(1, "alice", START, START), START));
    const OTHER: Act = |cache| Some(cache.check_and_insert(&ask(2, "alice", START, START), START));
    let quota = || MemoryReplayCache::with_capacity(START, 4).with_client_quota(1);
    in_every_order("a quota of one", None, quota, &[ONE, OTHER], |verdicts, cache| {
        assert_eq!(count(verdicts, ReplayVerdict::Fresh), 1);
        assert_eq!(count(verdicts, ReplayVerdict::ClientQuota), 1);
        let later = at(700);
        assert_eq!(cache.check_and_insert(&ask(3, "alice", later, later), later), ReplayVerdict::Fresh);
        assert_eq!(cache.check_and_insert(&ask(4, "alice", later, later), later), ReplayVerdict::ClientQuota);
    });
}

/// Shards share the counts without a lock: each thread that asks at the same moment can take a client one above its quota, no
/// more, and nothing is left over in the end.
#[test]
fn e02_counts_without_a_lock_go_over_by_a_thread_at_most() {
    const QUOTA: u32 = 2;
    let greatest = std::sync::Arc::new(AtomicUsize::new(0));
    let seen = std::sync::Arc::clone(&greatest);
    loom::model(move || {
        let counts = Arc::new(Counts::new());
        assert!(counts.admit(QUOTA));
        let other = Arc::clone(&counts);
        let other = thread::spawn(move || other.admit(QUOTA));
        let admitted = [true, counts.admit(QUOTA), other.join().unwrap()].map(usize::from).iter().sum();
        seen.fetch_max(admitted, Ordering::Relaxed);
        (0..admitted).for_each(|_| counts.release());
        assert!(counts.admit(1), "all is given back");
        assert!(!counts.admit(1));
    });
    let greatest = greatest.load(Ordering::Relaxed);
    println!("a quota of two, two threads at once: {greatest} at most");
    assert!(greatest <= QUOTA as usize + 1);
}

/// The first question's skew is the cache's: of two that come at once with different ones, one is told.
#[test]
fn e02_one_skew_wins() {
    fn with_skew(cache: &MemoryReplayCache, number: u8, skew: u64) -> Option<ReplayVerdict> {
        let client = "alice@R".parse().unwrap();
        let question = ReplayQuestion::of(&[7; 32], &[number], &client, START, START, Duration::from_secs(skew));
        Some(cache.check_and_insert(&question, START))
    }
    const ONE: Act = |cache| with_skew(cache, 1, 300);
    const OTHER: Act = |cache| with_skew(cache, 2, 60);
    in_every_order("two skews", None, small, &[ONE, OTHER], |verdicts, _| {
        assert_eq!(count(verdicts, ReplayVerdict::Fresh), 1);
        assert_eq!(count(verdicts, ReplayVerdict::OtherSkew), 1);
    });
}
