//! Logins that wait for their next token: how many there may be, and for how long.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::slot::Shared;
use crate::Timestamp;

/// The unfinished logins of a layer, each of which waits on its connection for the client's next token.
///
/// An unfinished login ends by itself with its connection, with any other request, and when so many wait that there is no room:
/// then the oldest goes, since who answers at once is no more than a round trip old. One that is past its deadline
/// is never finished; what it takes (1 KiB as a rule) is given back when the next login begins, or by
/// [`Self::shed`], which a server can call every few seconds.
#[derive(Clone)]
pub struct HalfOpen(Arc<Table>);

struct Table {
    limit: usize,
    number: AtomicU64,
    waiting: Mutex<BTreeMap<Key, Weak<Shared>>>,
}

/// The deadline first, so that the oldest is at the front.
type Key = (Timestamp, u64);

impl HalfOpen {
    pub(super) fn new(limit: usize) -> Self {
        Self(Arc::new(Table { limit, number: AtomicU64::new(0), waiting: Mutex::default() }))
    }

    /// How many there are now, those whose time is up included until they are shed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.waiting().len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Drops those whose time is up.
    pub fn shed(&self, now: Timestamp) {
        let mut waiting = self.0.waiting();
        let shed = Table::expired(&mut waiting, now);
        drop(waiting);
        shed.iter().for_each(Shed::forget);
    }

    /// Counts one that begins to wait on `connection`. It counts until what this returns is dropped.
    pub(super) fn enter(&self, deadline: Timestamp, now: Timestamp, connection: &Arc<Shared>) -> Entry {
        let key = (deadline, self.0.number.fetch_add(1, Ordering::Relaxed));
        let mut waiting = self.0.waiting();
        let mut shed = Table::expired(&mut waiting, now);
        while waiting.len() >= self.0.limit {
            let Some((key, connection)) = waiting.pop_first() else { break };
            shed.push(Shed { key, connection });
        }
        waiting.insert(key, Arc::downgrade(connection));
        drop(waiting);
        // Not under the lock: what they held on their connections takes it to leave.
        shed.iter().for_each(Shed::forget);
        Entry { table: Arc::clone(&self.0), key }
    }
}

impl Table {
    fn waiting(&self) -> MutexGuard<'_, BTreeMap<Key, Weak<Shared>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expired(waiting: &mut BTreeMap<Key, Weak<Shared>>, now: Timestamp) -> Vec<Shed> {
        let mut expired = Vec::new();
        while let Some(first) = waiting.first_entry().filter(|first| first.key().0 < now) {
            let (key, connection) = first.remove_entry();
            expired.push(Shed { key, connection });
        }
        expired
    }
}

/// One that has to go.
struct Shed {
    key: Key,
    connection: Weak<Shared>,
}

impl Shed {
    fn forget(&self) {
        if let Some(connection) = self.connection.upgrade() {
            connection.forget_waiting(self.key.1);
        }
    }
}

/// One that is counted, as long as this is.
pub(super) struct Entry {
    table: Arc<Table>,
    key: Key,
}

impl Entry {
    pub(super) const fn number(&self) -> u64 {
        self.key.1
    }

    /// Whether it still counts, and was not shed to make room for another.
    pub(super) fn is_counted(&self) -> bool {
        self.table.waiting().contains_key(&self.key)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.table.waiting().remove(&self.key);
    }
}

impl fmt::Debug for HalfOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HalfOpen").field("len", &self.len()).field("limit", &self.0.limit).finish()
    }
}
