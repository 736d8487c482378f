//! How many entries each client holds, in fixed room.

use alloc::boxed::Box;
use core::array;

use super::sync::{AtomicU32, Ordering};

/// Counters of a row at most: 16 KiB.
const CELLS: usize = 4_096;

/// A count-min sketch: each client has a counter in each of two rows and shares either with others, so that the smaller
/// of the two is never less than what it holds. At a million entries it is some 250 more, which a quota must leave room
/// for; only a client that shares both counters with a greedy one (1 of 16 million) suffers from it.
pub(super) struct ClientCounts([Box<[AtomicU32]>; 2]);

/// Where a client is counted: a place in each row.
type Places = [usize; 2];

impl ClientCounts {
    /// For so many entries in all: there are no more counters in a row than that.
    pub(super) fn new(entries: usize) -> Self {
        let cells = entries.clamp(1, CELLS).next_power_of_two();
        Self(array::from_fn(|_| (0..cells).map(|_| AtomicU32::new(0)).collect()))
    }

    /// Which counters are the client's, by a hash of it.
    pub(super) fn places(hash: u64) -> Places {
        let [a, b, c, d, ..] = hash.to_le_bytes();
        [[a, b], [c, d]].map(|octets| usize::from(u16::from_le_bytes(octets)))
    }

    /// Counts one more entry, unless the client holds `quota` already.
    pub(super) fn admit(&self, places: Places, quota: u32) -> bool {
        let held = self.cells(places).map(|cell| cell.fetch_add(1, Ordering::Relaxed)).min();
        let admitted = held.is_none_or(|held| held < quota);
        if !admitted {
            self.release(places);
        }
        admitted
    }

    /// Counts one entry less.
    pub(super) fn release(&self, places: Places) {
        self.cells(places).for_each(|cell| {
            cell.fetch_sub(1, Ordering::Relaxed);
        });
    }

    fn cells(&self, places: Places) -> impl Iterator<Item = &AtomicU32> {
        self.0.iter().zip(places).filter_map(|(row, place)| row.get(place & row.len().saturating_sub(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e02_counts_up_to_the_quota_and_back() {
        let counts = ClientCounts::new(1_000_000);
        let (one, other) = (ClientCounts::places(0x1234_5678), ClientCounts::places(0x1234_0000));
        assert!((0..3).all(|_| counts.admit(one, 3)));
        assert!(!counts.admit(one, 3));
        assert!(counts.admit(other, 3), "shares one counter of two");
        counts.release(other);
        counts.release(one);
        assert!(counts.admit(one, 3));
        assert!(!counts.admit(one, 3));
    }
}
