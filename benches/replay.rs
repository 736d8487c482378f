//! The replay cache in its usual life: so many live entries, a clock that goes on, and threads that ask.
//!
//! `cargo bench --bench replay` prints a line for each row: `replay,<what>,<live entries>,<threads>,<ns a check of one core>`.
//! Arguments after `--` choose: `sizes=1000,1000000`, `threads=2`, `rounds=50`, `longest` (the longest single check instead).
//!
//! * `fresh`: each authenticator is new, and as many expire. Time passes so that the live entries stay that many.
//! * `replayed`: each was taken before, at any time that is remembered.
//!
//! A row is the best of many short rounds: what disturbs a round makes it longer, never shorter.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use negotiate::kerberos::replay::{MemoryReplayCache, ReplayCache};
use negotiate::{Principal, ReplayQuestion, ReplayVerdict, Timestamp};

const SKEW: Duration = Duration::from_secs(300);
const START: Timestamp = Timestamp::from_seconds(1_795_377_519);
/// Checks of a thread in a round at most: about a millisecond.
const BATCH: usize = 4_096;

fn main() {
    let argument = |name: &str| {
        let list = std::env::args().find_map(|argument| Some(argument.strip_prefix(name)?.to_owned()))?;
        Some(list.split(',').map(|number| number.parse().expect("a number")).collect::<Vec<usize>>())
    };
    let sizes = argument("sizes=").unwrap_or_else(|| vec![1_000, 10_000, 100_000, 1_000_000, 10_000_000]);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = argument("threads=").unwrap_or_else(|| (1..=cores).collect());
    let rounds = argument("rounds=").map_or(60, |rounds| rounds[0]);
    if std::env::args().any(|argument| argument == "longest") {
        return sizes.into_iter().for_each(longest);
    }
    for size in sizes {
        let mut server = Server::with(size);
        let usage = server.cache.usage();
        println!("replay,octets an entry,{size},0,{:.1}", usage.bytes as f64 / usage.entries as f64);
        for &threads in &threads {
            let fresh = best(rounds, || server.fresh(threads));
            println!("replay,fresh,{size},{threads},{fresh:.0}");
            let replayed = best(rounds, || server.replayed(threads));
            println!("replay,replayed,{size},{threads},{replayed:.0}");
        }
    }
}

fn best(rounds: usize, mut round: impl FnMut() -> f64) -> f64 {
    (0..rounds).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// Authenticators are numbers, stamped at an even pace.
struct Clients {
    principals: Vec<Principal>,
    /// Authenticators that are alive at any time, so many in a skew.
    live: usize,
}

impl Clients {
    fn with(live: usize) -> Self {
        Self { principals: (0..1_000).map(|number| format!("u{number}@EXAMPLE.COM").parse().unwrap()).collect(), live }
    }

    /// Checks of a thread in a round: in less than an eighth of the skew, or threads that are not equally fast would find each other's
    /// clock stepped back.
    fn batch(&self) -> usize {
        BATCH.min(self.live / 8)
    }

    fn time_of(&self, number: usize) -> Timestamp {
        START.saturating_add(Duration::from_micros(number as u64 * 300_000_000 / self.live as u64))
    }

    fn question(&self, number: usize) -> ReplayQuestion {
        let now = self.time_of(number);
        ReplayQuestion::of(&[7; 32], &number.to_be_bytes(), &self.principals[number % 1_000], now, now, SKEW)
    }
}

struct Server {
    cache: MemoryReplayCache,
    clients: Clients,
    asked: usize,
}

impl Server {
    /// With that many live entries, and the first of them about to expire.
    fn with(live: usize) -> Self {
        let clients = Clients::with(live);
        let cache = MemoryReplayCache::with_capacity(START, MemoryReplayCache::DEFAULT_CAPACITY.max(2 * live))
            .with_client_quota(u32::MAX);
        for number in 0..live {
            let verdict = cache.check_and_insert(&clients.question(number), clients.time_of(number));
            assert_eq!(verdict, ReplayVerdict::Fresh);
        }
        Self { cache, clients, asked: live }
    }

    /// Nanoseconds of one core for a check, each of an authenticator that is new.
    fn fresh(&mut self, threads: usize) -> f64 {
        let first = self.asked;
        self.asked += threads * self.clients.batch();
        // By turns, so that the threads' clocks agree.
        let numbers = |thread: usize| (0..self.clients.batch()).map(move |number| first + number * threads + thread);
        let parts: Vec<_> = (0..threads).map(|thread| self.batch(numbers(thread))).collect();
        self.race(&parts, ReplayVerdict::Fresh)
    }

    /// The same of such that are known, in an order that no cache of the processor foresees.
    fn replayed(&self, threads: usize) -> f64 {
        let now = self.clients.time_of(self.asked - 1);
        let known = self.clients.live * 9 / 10;
        let numbers = |thread: usize| {
            (0..self.clients.batch()).map(move |number| (number * threads + thread) * 1_299_709 % known)
        };
        let batch = |thread: usize| {
            let questions = numbers(thread).map(|number| (self.clients.question(self.asked - 1 - number), now));
            questions.collect::<Vec<_>>()
        };
        self.race(&(0..threads).map(batch).collect::<Vec<_>>(), ReplayVerdict::Replayed)
    }

    fn batch(&self, numbers: impl Iterator<Item = usize>) -> Vec<(ReplayQuestion, Timestamp)> {
        numbers.map(|number| (self.clients.question(number), self.clients.time_of(number))).collect()
    }

    fn race(&self, parts: &[Vec<(ReplayQuestion, Timestamp)>], expected: ReplayVerdict) -> f64 {
        let (ready, cache) = (&AtomicUsize::new(0), &self.cache);
        let run = move |part: &[(ReplayQuestion, Timestamp)]| {
            ready.fetch_add(1, Ordering::SeqCst);
            while ready.load(Ordering::SeqCst) < parts.len() {
                thread::yield_now();
            }
            let begun = Instant::now();
            let verdicts =
                part.iter().filter(|(question, now)| cache.check_and_insert(black_box(question), *now) == expected);
            let count = verdicts.count();
            (begun, Instant::now(), count)
        };
        let runs: Vec<_> = thread::scope(|scope| {
            let others: Vec<_> = parts[1..].iter().map(|part| scope.spawn(move || run(part))).collect();
            let own = run(&parts[0]);
            others.into_iter().map(|thread| thread.join().unwrap()).chain([own]).collect()
        });
        let batch = self.clients.batch();
        assert!(runs.iter().all(|(.., count)| *count == batch));
        let begun = runs.iter().map(|(begun, ..)| *begun).min().unwrap();
        let ended = runs.iter().map(|(_, ended, _)| *ended).max().unwrap();
        (ended - begun).as_nanos() as f64 / batch as f64
    }
}

/// The longest single check while the cache grows from nothing, and of those behind the moment at which everything has expired.
/// The least of several runs: in the others something else took the processor.
fn longest(size: usize) {
    const RUNS: usize = 5;
    let clients = Clients::with(size);
    let at_once = |number: usize, now: Timestamp| {
        ReplayQuestion::of(&[7; 32], &number.to_be_bytes(), &clients.principals[number % 1_000], now, now, SKEW)
    };
    let (mut growing, mut expired, mut swept) = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..RUNS {
        // Room for no more than that many, so that a shard is full where the next one is asked for.
        let cache = MemoryReplayCache::with_capacity(START, size).with_client_quota(u32::MAX);
        let longest = |from: usize, now: Timestamp| {
            let mut longest = Duration::ZERO;
            for number in from..from + size * 95 / 100 {
                let question = at_once(number, now);
                let begun = Instant::now();
                black_box(cache.check_and_insert(&question, now));
                longest = longest.max(begun.elapsed());
            }
            longest
        };
        growing = growing.min(longest(0, START));
        let later =
            |skews: u32| START.saturating_add(SKEW * skews).saturating_add(Duration::from_secs(2 * u64::from(skews)));
        expired = expired.min(longest(size, later(1)));
        let begun = Instant::now();
        cache.purge(later(2));
        swept = swept.min(begun.elapsed());
    }
    for (what, time) in [("growing", growing), ("all expired", expired), ("purge", swept)] {
        println!("replay,longest {what},{size},1,{}", time.as_nanos());
    }
}
