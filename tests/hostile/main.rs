//! Hostile logins, through the front door: each test is named by the row of the threat catalogue that it closes.
//!
//! A login is minted sound (`kerberos::testing`), spoilt in one place, and handed to an `Acceptor` as a server would
//! hand it on. What must come back is the exact reason, and for the peer nothing that it should not learn.
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
mod defaults;
mod framing;
mod mutations;
mod mutual;
mod names;
mod operator;
mod order;
mod replay;
mod replies;
mod support;
mod times;
mod weak;
