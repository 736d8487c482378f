//! Windows logins in pure Rust.
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(test, allow(clippy::arithmetic_side_effects, clippy::as_conversions))]

extern crate alloc;

pub mod asn1;
pub mod context;
pub mod error;
pub mod gss;
pub mod http;
#[cfg(feature = "kerberos")]
pub mod kerberos;
mod mechanism;
pub mod peer;
pub mod random;
pub mod secret;
pub mod spnego;
pub mod time;

pub use context::{BindingsStatus, Context, Mechanism, Wrapping};
pub use error::{Error, Fault, Rejected};
pub use mechanism::{ReplayCache, ReplayQuestion, ReplayVerdict};
pub use peer::{Peer, Principal};
pub use time::Timestamp;
