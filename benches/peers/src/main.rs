//! The same work by several implementations: `negotiate-peers here|kerberos|sspi|floor` prints "what nanoseconds" a line, the median
//! of many. The peers in C are beside this; `ntlm.sh` and `messages.sh` run them all.

mod floor;
mod here;
mod kerberos;
mod sspi_crate;

use std::time::{Duration, Instant};

/// The account and password of every login here.
const DOMAIN: &str = "ADEX";
const USER: &str = "alice";
const PASSWORD: &str = "Passw0rd!alice";

/// The sizes of the messages.
const SIZES: [usize; 3] = [64, 1024, 65_536];

fn main() {
    let who = std::env::args().nth(1).unwrap_or_default();
    match &*who {
        "here" => here::run(),
        "kerberos" => kerberos::run(),
        "sspi" => sspi_crate::run(),
        "floor" => floor::run(),
        _ => panic!("who? here, kerberos, sspi or floor"),
    }
}

/// Prints the median of what `work` took.
fn report(what: &str, rounds: usize, mut work: impl FnMut() -> Duration) {
    let mut times: Vec<Duration> = (0..rounds).map(|_| work()).collect();
    times.sort();
    println!("{what} {}", times[rounds / 2].as_nanos());
}

/// How long `work` takes, and what it gives.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = std::hint::black_box(work());
    (begun.elapsed(), result)
}

/// How often a message of this size is protected.
fn rounds(size: usize) -> usize {
    if size > 10_000 { 500 } else { 5_000 }
}
