//! The replay cache, the very files of the crate, with loom's locks and atomics: it is run in every order that the
//! threads' steps can have, and with every value that the memory model lets an atomic have. SECURITY row E02.
//!
//! `cargo run --release --manifest-path tests/loom/Cargo.toml`. A program and not a test, for in a test the files would bring their
//! own, which know nothing of loom.
#![allow(dead_code, reason = "what is not asked here")]

extern crate alloc;

mod orders;
mod replay;

/// The crate's names, where the files below look for them.
mod mechanism {
    pub(crate) use negotiate::{ReplayQuestion, ReplayVerdict};
}
mod time {
    pub(crate) use negotiate::Timestamp;
}

fn main() {
    orders::e02_of_two_threads_exactly_one_is_told_fresh();
    orders::e02_of_three_threads_exactly_one_is_told_fresh();
    orders::e02_nobody_is_told_fresh_twice_while_another_thread_forgets();
    orders::e02_capacity_holds_among_threads();
    orders::e02_quota_holds_among_threads_and_counts_end_right();
    orders::e02_counts_without_a_lock_go_over_by_a_thread_at_most();
    orders::e02_one_skew_wins();
    println!("all of it holds in every order");
}
