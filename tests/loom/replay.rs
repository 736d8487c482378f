//! The room of that name in the crate, file by file.

pub(crate) use negotiate::ReplayCache;

pub use memory::MemoryReplayCache;

#[path = "../../src/kerberos/replay/client_counts.rs"]
mod client_counts;
#[path = "../../src/kerberos/replay/keyed_hash.rs"]
mod keyed_hash;
#[path = "../../src/kerberos/replay/memory.rs"]
mod memory;
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

/// The counts of one client, without the cache around them.
pub struct Counts(client_counts::ClientCounts);

impl Counts {
    pub fn new() -> Self {
        Self(client_counts::ClientCounts::new(4))
    }

    pub fn admit(&self, quota: u32) -> bool {
        self.0.admit(client_counts::ClientCounts::places(0x0001_0002), quota)
    }

    pub fn release(&self) {
        self.0.release(client_counts::ClientCounts::places(0x0001_0002));
    }
}
