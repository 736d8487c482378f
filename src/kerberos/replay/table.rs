//! A set of fingerprints in compact buckets, which grows one bucket at a time (linear hashing, W. Litwin 1980).
//!
//! Every check reads one bucket, some 400 octets in a row, and forgets what has expired there; so expiry costs nothing
//! extra, and no step of growth moves more than one bucket.

use alloc::vec::Vec;
use core::mem;

/// What is remembered of an authenticator: 24 octets.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) fingerprint: [u8; 16],
    pub(super) client: u32,
    /// The last tick at which it must still be remembered.
    pub(super) expires: u32,
}

/// Entries for each bucket, on average, before another bucket is added.
const LOAD: usize = 16;
/// Entries by which a bucket's room grows. It shrinks when twice that lies idle, and keeps one step: where one entry comes for each
/// that goes, it stays as it is.
const STEP: usize = 2;

pub(super) struct Table {
    buckets: Vec<Vec<Entry>>,
    entries: usize,
}

impl Table {
    pub(super) const fn new() -> Self {
        Self { buckets: Vec::new(), entries: 0 }
    }

    pub(super) const fn len(&self) -> usize {
        self.entries
    }

    /// Octets on the heap, without the allocator's own.
    pub(super) fn heap_bytes(&self) -> usize {
        let directory = self.buckets.capacity().saturating_mul(mem::size_of::<Vec<Entry>>());
        self.buckets.iter().fold(directory, |sum, bucket| {
            sum.saturating_add(bucket.capacity().saturating_mul(mem::size_of::<Entry>()))
        })
    }

    /// Whether the fingerprint is there; on the way, what expired before `tick` in its bucket goes to `forget`.
    pub(super) fn contains(&mut self, hash: u32, fingerprint: &[u8; 16], tick: u32, forget: impl FnMut(u32)) -> bool {
        let index = bucket_index(hash, self.buckets.len());
        let Some(bucket) = self.buckets.get_mut(index) else { return false };
        // Seen before it is forgotten: if both hold, the safe answer is that it was seen.
        let (found, expired) = bucket.iter().fold((false, false), |(found, expired), entry| {
            (found | (entry.fingerprint == *fingerprint), expired | (entry.expires < tick))
        });
        if expired {
            self.entries = self.entries.saturating_sub(forget_expired(bucket, tick, forget));
        }
        found
    }

    /// Adds an entry that is not there yet; `hash` is its hash, `rehash` hashes others. No memory: `false`.
    pub(super) fn insert(&mut self, hash: u32, entry: Entry, rehash: impl Fn(&[u8; 16]) -> u32) -> bool {
        if self.entries >= self.buckets.len().saturating_mul(LOAD) {
            self.add_bucket(rehash);
        }
        let index = bucket_index(hash, self.buckets.len());
        let Some(bucket) = self.buckets.get_mut(index) else { return false };
        if bucket.len() == bucket.capacity() && bucket.try_reserve_exact(STEP).is_err() {
            return false;
        }
        bucket.push(entry);
        self.entries = self.entries.saturating_add(1);
        true
    }

    /// Forgets everything that expired before `tick`.
    pub(super) fn sweep(&mut self, tick: u32, mut forget: impl FnMut(u32)) {
        for bucket in &mut self.buckets {
            self.entries = self.entries.saturating_sub(forget_expired(bucket, tick, &mut forget));
        }
        if self.entries == 0 {
            self.buckets = Vec::new();
        }
    }

    /// Splits the next bucket in turn: its entries go by one more bit of their hash. Without memory all stays as it is.
    fn add_bucket(&mut self, rehash: impl Fn(&[u8; 16]) -> u32) {
        let added = self.buckets.len();
        if self.buckets.try_reserve(1).is_err() {
            return;
        }
        self.buckets.push(Vec::new());
        let count = self.buckets.len();
        // The bucket that `added` differs from in its highest bit only.
        let Some(source) = added.checked_ilog2().map(|bit| added & !(1usize << bit)) else { return };
        let Some(bucket) = self.buckets.get_mut(source) else { return };
        let mut moved: Vec<Entry> =
            bucket.extract_if(.., |entry| bucket_index(rehash(&entry.fingerprint), count) == added).collect();
        bucket.shrink_to_fit();
        moved.shrink_to_fit();
        if let Some(place) = self.buckets.get_mut(added) {
            *place = moved;
        }
    }
}

/// The low bits of the hash that `count` buckets call for; one bit less if that bucket does not exist yet.
fn bucket_index(hash: u32, count: usize) -> usize {
    let hash = usize::try_from(hash).unwrap_or(usize::MAX);
    let mask = count.next_power_of_two().saturating_sub(1);
    let index = hash & mask;
    if index < count { index } else { hash & (mask >> 1) }
}

/// Returns how many went. The last ones take their places: order says nothing in a bucket.
fn forget_expired(bucket: &mut Vec<Entry>, tick: u32, mut forget: impl FnMut(u32)) -> usize {
    let before = bucket.len();
    let mut place = 0usize;
    while let Some(entry) = bucket.get(place) {
        if entry.expires < tick {
            forget(entry.client);
            bucket.swap_remove(place);
        } else {
            place = place.saturating_add(1);
        }
    }
    if bucket.capacity().saturating_sub(bucket.len()) >= STEP.saturating_mul(2) {
        bucket.shrink_to(bucket.len().saturating_add(STEP));
    }
    before.saturating_sub(bucket.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u32, expires: u32) -> Entry {
        let mut fingerprint = [0; 16];
        fingerprint[..4].copy_from_slice(&number.to_be_bytes());
        Entry { fingerprint, client: number, expires }
    }

    fn hash_of(fingerprint: &[u8; 16]) -> u32 {
        let [a, b, c, d, ..] = *fingerprint;
        u32::from_be_bytes([a, b, c, d]).wrapping_mul(0x9e37_79b1).rotate_left(15)
    }

    #[test]
    fn e02_an_entry_is_24_octets() {
        assert_eq!(mem::size_of::<Entry>(), 24);
    }

    #[test]
    fn e02_nothing_is_lost_while_it_grows_and_shrinks() {
        let mut table = Table::new();
        for number in 0..20_000 {
            let entry = entry(number, number / 100);
            assert!(!table.contains(hash_of(&entry.fingerprint), &entry.fingerprint, 0, |_| ()));
            assert!(table.insert(hash_of(&entry.fingerprint), entry, hash_of));
        }
        assert_eq!(table.len(), 20_000);
        let bytes = table.heap_bytes();
        assert!(bytes <= 20_000 * 30, "{bytes}");
        let mut forgotten = 0;
        for number in 0..20_000 {
            let entry = entry(number, 0);
            let found = table.contains(hash_of(&entry.fingerprint), &entry.fingerprint, 50, |_| forgotten += 1);
            assert!(found || number < 5_000, "{number}");
        }
        assert_eq!((forgotten, table.len()), (5_000, 15_000));
        table.sweep(200, |_| forgotten += 1);
        assert_eq!((forgotten, table.len(), table.heap_bytes()), (20_000, 0, 0));
    }
}
