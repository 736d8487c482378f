//! What the cache takes from the standard library so that threads can share it.
//!
//! `tests/loom` compiles the cache with other things of these names: loom's, which try every order of the threads' steps,
//! and a hash without chance.

pub(super) use core::sync::atomic::{AtomicI64, AtomicU32, Ordering};
pub(super) use std::hash::RandomState;
pub(super) use std::sync::{Mutex, MutexGuard, PoisonError};
