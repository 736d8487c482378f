//! The same work by several implementations. `negotiate-peers WHO SECTION DIR` prints `WORK NANOSECONDS` a line, the median of many;
//! `mint DIR [COUNT]` writes what they work on, `table FIGURES TARGETS [--markdown]` what came of it. README.md says how it fits
//! together; `run.sh` runs all.

mod figures;
mod floor_accept;
mod floor_ntlm;
mod here;
mod kerbcore_crate;
mod libkrimes_crate;
mod mint;
mod picky_crate;
mod rasn_crate;
mod raw_keys;
mod seam;
mod sspi_crate;
mod sspi_kerberos;
mod table;
mod targets;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

/// The account and password of every login here.
const DOMAIN: &str = "ADEX";
const USER: &str = "alice";
const PASSWORD: &str = "Passw0rd!alice";

/// The sizes of the messages.
const SIZES: [usize; 3] = [64, 1024, 65_536];

/// Who there is, and how it is asked for a section: with what `mint` wrote. It prints nothing for a section it has no part in.
type Peer = (&'static str, fn(&str, &Path));
const PEERS: &[Peer] = &[
    ("here", here::run),
    ("floor-rust", floor),
    ("sspi", sspi_crate::run),
    ("picky-krb", picky_crate::run),
    ("rasn", rasn_crate::run),
    ("kerbcore", kerbcore_crate::run),
    ("libkrimes", libkrimes_crate::run),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["mint", dir] => mint::mint(Path::new(dir), 2_000),
        ["mint", dir, count] => mint::mint(Path::new(dir), count.parse().unwrap()),
        ["table", figures, targets, ref form @ ..] => table::print(figures, targets, form == ["--markdown"]),
        [who, section, dir] => {
            let Some((_, run)) = PEERS.iter().find(|(name, _)| *name == who) else { panic!("no {who} here") };
            run(section, Path::new(dir));
        }
        _ => panic!("mint DIR [COUNT] | WHO SECTION DIR | table FIGURES TARGETS [--markdown]"),
    }
}

/// The primitives alone, by the crates that this one uses.
fn floor(section: &str, dir: &Path) {
    match section {
        "accept" => floor_accept::run(dir),
        "ntlm" => floor_ntlm::run(),
        _ => {}
    }
}

/// Prints the median of what `work` took.
fn report(what: &str, rounds: usize, mut work: impl FnMut() -> Duration) {
    report_all(what, (0..rounds).map(|_| work()).collect());
}

/// Prints the median of these times.
fn report_all(what: &str, mut times: Vec<Duration>) {
    times.sort();
    if let Some(median) = times.get(times.len() / 2) {
        println!("{what} {}", median.as_nanos());
    }
}

/// The same of something so short that the clock would be part of it: a hundred at a time.
fn report_batch<T>(what: &str, mut work: impl FnMut() -> T) {
    report(what, 1_000, || {
        let (all, ()) = timed(|| (0..100).for_each(|_| drop(black_box(work()))));
        all / 100
    });
}

/// How long `work` takes, and what it gives.
fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = black_box(work());
    (begun.elapsed(), result)
}

/// How often a message of this size is protected.
fn rounds(size: usize) -> usize {
    if size > 10_000 { 500 } else { 5_000 }
}
