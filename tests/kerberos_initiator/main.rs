//! The Kerberos initiator from outside: against this crate's acceptor, against recorded answers, and against hostile ones.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod authorization;
mod delegation;
mod fallback;
mod loopback;
mod pair;
mod recorded;
mod replies;

use negotiate::Timestamp;

/// Half a second past a whole one, so that microseconds matter.
const NOW: Timestamp = Timestamp::from_micros(1_795_377_519_500_000);

const SERVICE: &str = "HTTP/www.example.test";
