//! The room of that name in the crate, file by file.

pub(crate) use negotiate::ReplayCache;

#[path = "../../src/kerberos/replay/client_counts.rs"]
pub(crate) mod client_counts;
#[path = "../../src/kerberos/replay/keyed_hash.rs"]
mod keyed_hash;
#[path = "../../src/kerberos/replay/memory.rs"]
pub(crate) mod memory;
#[path = "../../src/kerberos/replay/table.rs"]
mod table;

/// In the place of `src/kerberos/replay/sync.rs`.
mod sync {
    pub(super) use loom::sync::atomic::{AtomicI64, AtomicU32, Ordering};
    pub(super) use loom::sync::{Mutex, MutexGuard};
    pub(super) use std::sync::PoisonError;

    /// Hashes the same each time: loom goes back to where it was before.
    pub(super) struct RandomState;

    impl RandomState {
        pub(super) const fn new() -> Self {
            Self
        }
    }

    impl std::hash::BuildHasher for RandomState {
        type Hasher = std::hash::DefaultHasher;

        fn build_hasher(&self) -> Self::Hasher {
            std::hash::DefaultHasher::new()
        }
    }
}
