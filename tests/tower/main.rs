//! The tower layer: which request goes on with which login, who is let in, what is asked of whom, and what is kept for how long.
#![cfg(all(feature = "axum", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

mod beside;
mod bindings;
mod connections;
mod cross_origin;
mod extractors;
mod half_open;
mod log;
mod server;
mod sessions;
mod stage;
mod stores;
