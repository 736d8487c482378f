//! The replay cache at a million entries: one check, alone and from two threads.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark, for which criterion makes functions"
)]

use std::thread;
use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use negotiate::kerberos::replay::{MemoryReplayCache, ReplayCache};
use negotiate::{Principal, ReplayQuestion, ReplayVerdict, Timestamp};

const ENTRIES: usize = 1_000_000;
const SKEW: Duration = Duration::from_secs(300);
const START: Timestamp = Timestamp::from_seconds(1_795_377_519);

fn questions(from: usize, now: Timestamp) -> Vec<ReplayQuestion> {
    let clients: Vec<Principal> = (0..1_000).map(|number| format!("u{number}@EXAMPLE.COM").parse().unwrap()).collect();
    (from..from + ENTRIES)
        .map(|number| ReplayQuestion::of(&[7; 32], &number.to_be_bytes(), &clients[number % 1_000], now, now, SKEW))
        .collect()
}

fn filled(known: &[ReplayQuestion]) -> MemoryReplayCache {
    let cache = MemoryReplayCache::with_capacity(START, 4 * ENTRIES);
    for question in known {
        assert_eq!(cache.check_and_insert(question, START), ReplayVerdict::Fresh);
    }
    cache
}

/// The time of `count` checks, from all of `asked` that `threads` threads make together on a cache of a million entries.
fn time(known: &[ReplayQuestion], asked: &[ReplayQuestion], now: Timestamp, threads: usize, count: u64) -> Duration {
    let cache = &filled(known);
    let begun = Instant::now();
    thread::scope(|scope| {
        for part in asked.chunks(asked.len() / threads) {
            scope.spawn(move || {
                for question in part {
                    std::hint::black_box(cache.check_and_insert(question, now));
                }
            });
        }
    });
    begun.elapsed().mul_f64(count as f64 / asked.len() as f64)
}

fn checks(criterion: &mut Criterion) {
    let later = START.saturating_add(Duration::from_secs(302));
    let known = questions(0, START);
    let (fresh, fresh_later) = (questions(ENTRIES, START), questions(2 * ENTRIES, later));
    let usage = filled(&known).usage();
    println!("{} entries in {} octets", usage.entries, usage.bytes);

    let mut group = criterion.benchmark_group("replay");
    group.sample_size(10).throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(3));
    for threads in [1, 2] {
        group.bench_function(format!("fresh, {threads} threads"), |bencher| {
            bencher.iter_custom(|count| time(&known, &fresh[..ENTRIES / 10], START, threads, count));
        });
        group.bench_function(format!("replayed, {threads} threads"), |bencher| {
            bencher.iter_custom(|count| time(&known, &known, START, threads, count));
        });
        group.bench_function(format!("fresh, all others expired, {threads} threads"), |bencher| {
            bencher.iter_custom(|count| time(&known, &fresh_later, later, threads, count));
        });
    }
    group.finish();
}

fn question(criterion: &mut Criterion) {
    let client: Principal = "alice@EXAMPLE.COM".parse().unwrap();
    let cipher = [0x5a; 300];
    criterion.bench_function("replay/question of 300 octets", |bencher| {
        bencher.iter(|| ReplayQuestion::of(&[7; 32], std::hint::black_box(&cipher), &client, START, START, SKEW));
    });
}

criterion_group!(benches, checks, question);
criterion_main!(benches);
