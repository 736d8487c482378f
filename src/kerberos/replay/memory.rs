//! The replay cache of one process.

use alloc::boxed::Box;
use core::fmt;

use super::ReplayCache;
use super::client_counts::ClientCounts;
use super::keyed_hash::KeyedHash;
use super::sync::{AtomicI64, AtomicU32, Mutex, MutexGuard, Ordering, PoisonError};
use super::table::{Entry, Table};
use crate::mechanism::{ReplayQuestion, ReplayVerdict};
use crate::time::Timestamp;

/// Remembers authenticators in memory, for the acceptors of one process.
///
/// * Bounded: at [`Self::DEFAULT_CAPACITY`], or [`Self::with_capacity`] entries it answers [`ReplayVerdict::Full`]. No
///   entry is ever given up before its time.
/// * Memory grows and shrinks with use, by less than 30 octets an entry, and at most 32 KiB that are always there.
/// * A client holds at most a quarter of the room, or [`Self::with_client_quota`].
/// * What was stamped before the cache began is refused, so after a restart a client is refused as long as its clock is
///   behind. A token that a client with a clock *ahead* sent before the restart is not known to the new cache: who fears
///   that begins the cache at `now + skew`, which refuses everybody for that long, as RFC 4120 section 3.2.3 has it.
/// * A clock that is set back by more than the skew makes it refuse until the clock has caught up.
///
/// ```
/// use core::time::Duration;
/// use negotiate::kerberos::replay::{MemoryReplayCache, ReplayCache};
/// use negotiate::{ReplayQuestion, ReplayVerdict, Timestamp};
///
/// let now = Timestamp::from_seconds(1_795_377_519);
/// let cache = MemoryReplayCache::new(now);
/// let alice = "alice@EXAMPLE.COM".parse()?;
/// let question = ReplayQuestion::of(&[0; 32], b"cipher", &alice, now, now, Duration::from_secs(300));
/// assert_eq!(cache.check_and_insert(&question, now), ReplayVerdict::Fresh);
/// assert_eq!(cache.check_and_insert(&question, now), ReplayVerdict::Replayed);
/// # Ok::<(), negotiate::peer::BadName>(())
/// ```
pub struct MemoryReplayCache {
    shards: Box<[Mutex<Shard>]>,
    room: Room,
    began: Timestamp,
    takes_older: bool,
    /// The high-water mark: the latest tick anyone has seen.
    latest: AtomicU32,
    /// The clock skew of all questions, in microseconds, once one was asked.
    skew: AtomicI64,
}

/// What the shards share.
struct Room {
    hash: KeyedHash,
    counts: ClientCounts,
    client_quota: u32,
    shard_capacity: usize,
}

/// A part of the table behind its own lock, on cache lines of its own.
#[repr(align(128))]
struct Shard {
    table: Table,
    /// What expired before this tick may have been forgotten here.
    forgotten: u32,
    /// The tick of the last sweep.
    swept: u32,
}

/// What a cache holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Usage {
    /// Entries, among them some that have expired and will go when their bucket is next used.
    pub entries: usize,
    /// Octets on the heap, without the allocator's own.
    pub bytes: usize,
}

/// No question was asked yet.
const NO_SKEW: i64 = i64::MIN;

impl MemoryReplayCache {
    /// About a million: 30 MB when full. At a skew of 5 minutes that is 1,700 to 3,500 logins a second.
    pub const DEFAULT_CAPACITY: usize = 1 << 20;

    /// More shards than any machine has cores, so that threads seldom meet.
    const MAX_SHARDS: usize = 64;
    /// Entries of room below which a further shard is not worth it.
    const MIN_SHARD: usize = 1_024;

    /// An empty cache that can vouch for what was stamped at `now` or later.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self::with_capacity(now, Self::DEFAULT_CAPACITY)
    }

    /// An empty cache for about `capacity` entries. It is shared out among up to 64 shards evenly, so that one of them
    /// can be full when the whole is at some 97 %.
    #[must_use]
    pub fn with_capacity(now: Timestamp, capacity: usize) -> Self {
        let shards = capacity.div_euclid(Self::MIN_SHARD).clamp(1, Self::MAX_SHARDS);
        let shards = 1usize << shards.ilog2();
        Self {
            shards: (0..shards).map(|_| Mutex::new(Shard::new())).collect(),
            room: Room {
                hash: KeyedHash::new(),
                counts: ClientCounts::new(capacity),
                client_quota: u32::try_from(capacity.div_ceil(4)).unwrap_or(u32::MAX),
                shard_capacity: capacity.div_ceil(shards),
            },
            began: now,
            takes_older: false,
            latest: AtomicU32::new(0),
            skew: AtomicI64::new(NO_SKEW),
        }
    }

    /// At most `entries` for each client. Counting is approximate, in the client's disfavour and by about a 4,000th of
    /// all entries: a quota should be well above that. Threads that ask at the same moment can take a client above it, by one
    /// for each of them.
    #[must_use]
    pub fn with_client_quota(mut self, entries: u32) -> Self {
        self.room.client_quota = entries;
        self
    }

    /// The door to what weakens it.
    #[must_use]
    pub fn dangerous(self) -> DangerousMemory {
        DangerousMemory(self)
    }

    /// Forgets what has expired everywhere. Checks do this by the way; it is for programs that fall silent and want
    /// the memory back.
    pub fn purge(&self, now: Timestamp) {
        let Some(now) = self.tick(now.as_seconds()) else { return };
        let latest = self.latest(now);
        for shard in &self.shards {
            lock(shard).sweep(latest, &self.room);
        }
    }

    /// What it holds now. Reads all of it: for monitoring, not for every request.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let empty = Usage { entries: 0, bytes: 0 };
        self.shards.iter().map(lock).fold(empty, |sum, shard| Usage {
            entries: sum.entries.saturating_add(shard.table.len()),
            bytes: sum.bytes.saturating_add(shard.table.heap_bytes()),
        })
    }

    /// Seconds since the cache began: 0 for earlier ones, none after 136 years.
    fn tick(&self, seconds: i64) -> Option<u32> {
        u32::try_from(seconds.saturating_sub(self.began.as_seconds()).max(0)).ok()
    }

    /// The first question's clock skew is the cache's. Under a greater one an authenticator would outlive its entry.
    fn is_the_one_skew(&self, question: &ReplayQuestion) -> bool {
        let skew = question.timely_until().as_micros().saturating_sub(question.stamped().as_micros());
        let known = self.skew.load(Ordering::Relaxed);
        let known = if known == NO_SKEW {
            let first = self.skew.compare_exchange(NO_SKEW, skew, Ordering::Relaxed, Ordering::Relaxed);
            first.err().unwrap_or(skew)
        } else {
            known
        };
        known == skew
    }

    /// Raises the high-water mark. It is written once a second, so that threads do not fight for it.
    fn latest(&self, now: u32) -> u32 {
        let latest = self.latest.load(Ordering::Relaxed);
        if now > latest { self.latest.fetch_max(now, Ordering::Relaxed).max(now) } else { latest }
    }
}

impl ReplayCache for MemoryReplayCache {
    fn check_and_insert(&self, question: &ReplayQuestion, now: Timestamp) -> ReplayVerdict {
        if !self.takes_older && question.stamped() < self.began {
            return ReplayVerdict::BeforeMemory;
        }
        // Moments are rounded so that an entry stays a second too long rather than too short.
        let ticks = (
            self.tick(now.as_seconds()),
            self.tick(ceil(question.timely_until())),
            self.tick(ceil(question.expires())),
        );
        let (Some(now), Some(timely_until), Some(expires)) = ticks else { return ReplayVerdict::Unavailable };
        if !self.is_the_one_skew(question) {
            return ReplayVerdict::OtherSkew;
        }
        let hash = self.room.hash.of_fingerprint(question.fingerprint());
        let (shard, hash) = split(hash);
        let Some(shard) = self.shards.get(shard & self.shards.len().saturating_sub(1)) else {
            return ReplayVerdict::Unavailable;
        };
        let entry = Entry { fingerprint: *question.fingerprint(), client: question.client(), expires };
        let mut shard = lock(shard);
        // Under the lock, or another thread could have forgotten more in between than this one knows of.
        shard.check_and_insert(hash, entry, timely_until, self.latest(now), &self.room)
    }
}

impl Shard {
    const fn new() -> Self {
        Self { table: Table::new(), forgotten: 0, swept: 0 }
    }

    fn check_and_insert(
        &mut self,
        hash: u32,
        entry: Entry,
        timely_until: u32,
        latest: u32,
        room: &Room,
    ) -> ReplayVerdict {
        self.forgotten = self.forgotten.max(latest);
        if timely_until < self.forgotten {
            return ReplayVerdict::ClockSteppedBack;
        }
        if self.table.contains(hash, &entry.fingerprint, self.forgotten, |client| room.release(client)) {
            return ReplayVerdict::Replayed;
        }
        if self.table.len() >= room.shard_capacity && self.swept < self.forgotten {
            self.sweep(self.forgotten, room);
        }
        if self.table.len() >= room.shard_capacity {
            return ReplayVerdict::Full;
        }
        let places = room.places(entry.client);
        if !room.counts.admit(places, room.client_quota) {
            return ReplayVerdict::ClientQuota;
        }
        if !self.table.insert(hash, entry, |fingerprint| split(room.hash.of_fingerprint(fingerprint)).1) {
            room.counts.release(places);
            return ReplayVerdict::Full;
        }
        ReplayVerdict::Fresh
    }

    /// A full shard is swept at most once in a tick: a second time would find nothing.
    fn sweep(&mut self, latest: u32, room: &Room) {
        self.forgotten = self.forgotten.max(latest);
        self.swept = self.forgotten;
        self.table.sweep(self.forgotten, |client| room.release(client));
    }
}

impl Room {
    fn places(&self, client: u32) -> [usize; 2] {
        ClientCounts::places(self.hash.of_client(client))
    }

    fn release(&self, client: u32) {
        self.counts.release(self.places(client));
    }
}

/// Whole seconds, rounded up.
fn ceil(moment: Timestamp) -> i64 {
    moment.as_seconds().saturating_add(i64::from(moment.subsecond_micros() > 0))
}

/// One half of the hash chooses the shard, the other the bucket.
fn split(hash: u64) -> (usize, u32) {
    let [a, b, c, d, e, f, _, _] = hash.to_le_bytes();
    (usize::from(u16::from_le_bytes([e, f])), u32::from_le_bytes([a, b, c, d]))
}

/// A thread that panicked with the lock held (which nothing here does) leaves at worst one count wrong.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for MemoryReplayCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayCache").field("began", &self.began).finish_non_exhaustive()
    }
}

/// What weakens a [`MemoryReplayCache`].
#[derive(Debug)]
pub struct DangerousMemory(MemoryReplayCache);

impl DangerousMemory {
    /// Takes authenticators that were stamped before the cache began: no login is refused after a restart, and whoever
    /// overheard one shortly before can repeat it. RFC 4120 section 3.2.3 forbids it.
    #[must_use]
    pub fn accept_stamped_before_it_began(mut self) -> MemoryReplayCache {
        self.0.takes_older = true;
        self.0
    }
}
