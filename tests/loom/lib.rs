//! The replay cache, the very files of the crate, with loom's locks and atomics: it is run in every order that the
//! threads' steps can have, and with every value that the memory model lets an atomic have. SECURITY row E02.
//!
//! `cargo test --release --manifest-path tests/loom/Cargo.toml`
#![allow(dead_code, reason = "what is not asked here")]

extern crate alloc;

pub mod replay;

/// The crate's names, where the files below look for them.
mod mechanism {
    pub(crate) use negotiate::{ReplayQuestion, ReplayVerdict};
}
mod time {
    pub(crate) use negotiate::Timestamp;
}
