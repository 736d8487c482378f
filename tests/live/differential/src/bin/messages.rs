//! Spoilt messages of every kind to `der` and to `rasn`: `tests/differential_rasn` by millions.
//!
//!     messages COUNT SEED

#[path = "../../../../differential_rasn/compare.rs"]
mod compare;
#[path = "../mutate.rs"]
#[allow(dead_code, reason = "logins are spoilt in more ways than messages")]
mod mutate;
#[path = "../../../../differential_rasn/seeds.rs"]
mod seeds;
#[path = "../../../../differential_rasn/spnego.rs"]
mod spnego;

use std::process::ExitCode;
use std::thread;

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [count, seed] = &arguments[..] else { return Err("COUNT SEED".into()) };
    let (count, seed): (usize, u64) = (count.parse()?, seed.parse()?);
    let seeds = seeds::seeds();
    let threads = thread::available_parallelism()?.get();
    // Each thread has a seed of its own, far from the next.
    let outcomes: Vec<_> = thread::scope(|scope| {
        let run = |number: usize| {
            let seeds = &seeds;
            scope.spawn(move || {
                compare::compare(seeds, count.div_ceil(threads), seed.wrapping_mul(1 << 20).wrapping_add(number as u64))
            })
        };
        let running: Vec<_> = (0..threads).map(run).collect();
        running.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let mut whole = compare::Outcome::default();
    for outcome in outcomes {
        outcome.counts.into_iter().for_each(|(what, count)| *whole.counts.entry(what).or_default() += count);
        whole.unlisted.extend(outcome.unlisted);
    }
    for (what, count) in &whole.counts {
        println!("{count:>9}  {what}");
    }
    for (what, example) in &whole.unlisted {
        println!("NO REASON  {what}\n           such as {example}");
    }
    let total: usize = whole.counts.values().sum();
    println!("{total} messages, seed {seed}; {} differences without a reason", whole.unlisted.len());
    Ok(if whole.unlisted.is_empty() && total >= count { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
