//! NTLM logins through the front door: recorded ones, and hostile ones.
#![cfg(all(feature = "ntlm", feature = "std"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

mod accounts;
mod case;
mod hostile;
mod login;
mod policies;
mod recorded;
