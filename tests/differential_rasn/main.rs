//! Spoilt messages of every kind to two decoders: what we take the other takes, too, and reads the same out of it; what only the other
//! takes a row of docs/threats.md forbids.
//!
//! Some thousands as a rule; `tests/live/differential/src/bin/messages.rs` does the same by millions.
#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod compare;
#[path = "../live/differential/src/mutate.rs"]
#[allow(dead_code, reason = "logins are spoilt in more ways than messages")]
mod mutate;
mod seeds;
mod spnego;

#[test]
fn spoilt_messages_are_judged_alike() {
    let seeds = seeds::seeds();
    for (name, sound) in &seeds {
        let kind = compare::KINDS.iter().find(|kind| kind.name == *name).unwrap();
        assert_eq!((kind.ours)(sound).as_ref(), Ok(sound), "{name}: here");
        assert_eq!((kind.theirs)(sound).as_ref(), Some(sound), "{name}: by rasn");
    }
    let outcome = compare::compare(&seeds, 30_000, 1);
    for (what, count) in &outcome.counts {
        println!("{count:>9}  {what}");
    }
    assert!(outcome.unlisted.is_empty(), "without a reason: {:#?}", outcome.unlisted);
}
