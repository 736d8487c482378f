//! How cost grows: with the token's size, the groups in its PAC, the keytab and threads. `growth.sh` runs it, and
//! `benches/replay.rs` for the replay cache.
//!
//! * `measure`, `threads`: print the curves, a line `curve,x,nanoseconds` for each point.
//! * `draw FOLDER MACHINE`: makes the pictures from such lines and from those of `benches/replay.rs`, read from the input.
//! * `mint COUNT FOLDER`, `resident FOLDER`: tokens, and the memory of a process that takes them.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a benchmark"
)]

mod draw;
mod logins;
mod resident;

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["measure"] => {
            logins::token_size();
            logins::groups();
            logins::keytab();
        }
        ["threads"] => logins::threads(),
        ["draw", folder, machine] => draw::all(folder, machine),
        ["mint", count, folder] => resident::mint(count.parse().expect("a number"), folder),
        ["resident", folder] => resident::run(folder),
        _ => println!("measure | threads | draw FOLDER MACHINE | mint COUNT FOLDER | resident FOLDER"),
    }
}
