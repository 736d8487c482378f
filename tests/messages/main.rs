//! The messages against real tokens, a second decoder, and hostile input.
#![cfg(feature = "kerberos")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "that is how a test fails"
)]

mod corpus;
mod differential;
mod golden;
mod hostile;
mod krb_cred;
mod names;
mod spnego;
mod tree;
mod vectors;
