//! What is kept with a connection: the logins of one layer, out while a request is judged and back behind it.

use std::mem;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::half_open::Entry;
use crate::gss::ChannelBindings;
use crate::http::Origin;
use crate::http_login::{self, ConnectionId, HttpAcceptor, HttpVersion};

/// The next connection's number: no two of a process have the same.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// What all requests of a connection share.
pub(super) struct Shared {
    id: ConnectionId,
    bindings: Option<ChannelBindings>,
    peer_address: Option<IpAddr>,
    requests: AtomicU64,
    is_shared: AtomicBool,
    slot: Mutex<Slot>,
}

/// Where the logins of a connection are.
#[derive(Default)]
enum Slot {
    /// Nowhere: nothing is kept.
    #[default]
    Empty,
    /// With the request that is being judged.
    Taken,
    /// With a request that another one overtook: they will not come back.
    Spoilt,
    /// Here.
    Kept(Box<Kept>),
}

struct Kept {
    logins: http_login::Connection<Origin>,
    /// The layer whose they are. Another one on the same connection has its own users, and starts anew.
    layer: usize,
    /// The number of the request that they were kept behind.
    behind: u64,
    /// If they wait for a token.
    waiting: Option<Entry>,
}

impl Shared {
    pub(super) fn new(bindings: Option<ChannelBindings>, peer_address: Option<IpAddr>) -> Self {
        let id = ConnectionId(NUMBER.fetch_add(1, Ordering::Relaxed));
        let (requests, is_shared) = (AtomicU64::new(0), AtomicBool::new(false));
        Self { id, bindings, peer_address, requests, is_shared, slot: Mutex::default() }
    }

    pub(super) const fn id(&self) -> ConnectionId {
        self.id
    }

    /// The mark of its next request.
    pub(super) fn next_request(self: &Arc<Self>) -> Via {
        Via { connection: Arc::clone(self), number: self.requests.fetch_add(1, Ordering::Relaxed) }
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the login that waits under this number, if it still does.
    pub(super) fn forget_waiting(&self, number: u64) {
        let mut slot = self.slot();
        let waits =
            matches!(&*slot, Slot::Kept(kept) if kept.waiting.as_ref().is_some_and(|entry| entry.number() == number));
        let forgotten = if waits { mem::take(&mut *slot) } else { Slot::Empty };
        drop(slot);
        drop(forgotten);
    }

    /// Several clients' requests come over it: no login holds for it any more, nor ever again.
    pub(super) fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
        let forgotten = mem::take(&mut *self.slot());
        drop(forgotten);
    }

    pub(super) fn is_shared(&self) -> bool {
        self.is_shared.load(Ordering::Relaxed)
    }

    pub(super) const fn peer_address(&self) -> Option<IpAddr> {
        self.peer_address
    }

    /// New logins, of nobody so far.
    pub(super) fn fresh(&self, logins: &HttpAcceptor<Origin>, version: HttpVersion) -> http_login::Connection<Origin> {
        let mut connection = logins.connection(self.id, version);
        if let Some(bindings) = &self.bindings {
            connection = connection.channel_bindings(bindings.clone());
        }
        match self.peer_address {
            Some(address) => connection.peer_address(address),
            None => connection,
        }
    }
}

/// The connection that a request came over: among its extensions, by [`OnConnection`](super::OnConnection).
#[derive(Clone)]
pub(super) struct Via {
    pub(super) connection: Arc<Shared>,
    /// The request's position among those of the connection, from 0.
    number: u64,
}

impl Via {
    /// Takes the logins of `layer` out, or begins some. Until the [`Lease`] ends nobody else gets them.
    /// Nothing, if somebody else has them.
    pub(super) fn take(
        &self,
        layer: usize,
        logins: &HttpAcceptor<Origin>,
    ) -> Option<(Lease, http_login::Connection<Origin>)> {
        let mut slot = self.connection.slot();
        let kept = match mem::replace(&mut *slot, Slot::Taken) {
            Slot::Empty => None,
            Slot::Kept(kept) => Some(kept),
            Slot::Taken | Slot::Spoilt => {
                *slot = Slot::Spoilt;
                return None;
            }
        };
        drop(slot);
        let lease = Lease { via: self.clone(), layer, has_ended: false };
        // A request in between, which this layer did not see, ends a login that waits (row H07).
        let is_next = |kept: &Kept| kept.waiting.is_none() || kept.behind.checked_add(1) == Some(self.number);
        let found = kept.filter(|kept| kept.layer == layer && is_next(kept)).map(|kept| kept.logins);
        Some((lease, found.unwrap_or_else(|| self.connection.fresh(logins, HttpVersion::Http1))))
    }
}

/// The right to put a connection's logins back. Dropped without that, they are gone.
pub(super) struct Lease {
    via: Via,
    layer: usize,
    /// They are back, and may be with the next request already.
    has_ended: bool,
}

impl Lease {
    /// Puts them back, `waiting` if the client owes a token.
    pub(super) fn put_back(mut self, logins: http_login::Connection<Origin>, waiting: Option<Entry>) {
        let kept = Box::new(Kept { logins, layer: self.layer, behind: self.via.number, waiting });
        let mut slot = self.via.connection.slot();
        // One that was shed before it is here is found by nobody who would end it. From here on it is.
        let is_shed = kept.waiting.as_ref().is_some_and(|entry| !entry.is_counted());
        let forgotten = match &*slot {
            Slot::Taken if !is_shed => {
                self.has_ended = true;
                mem::replace(&mut *slot, Slot::Kept(kept))
            }
            // Where another request overtook this one nothing is kept either.
            _ => Slot::Kept(kept),
        };
        drop(slot);
        drop(forgotten);
    }

    pub(super) const fn connection(&self) -> &Arc<Shared> {
        &self.via.connection
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        let mut slot = self.via.connection.slot();
        if matches!(&*slot, Slot::Taken | Slot::Spoilt) {
            *slot = Slot::Empty;
        }
    }
}

#[cfg(all(test, feature = "ntlm"))]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::super::half_open::HalfOpen;
    use super::*;
    use crate::ntlm::{self, TargetInfo};
    use crate::{Acceptor, Timestamp};

    const DEADLINE: Timestamp = Timestamp::from_seconds(30);
    const LAYER: usize = 7;

    fn logins() -> HttpAcceptor<Origin> {
        let ntlm = ntlm::Acceptor::new(TargetInfo::new("server.example.com").unwrap());
        HttpAcceptor::new(Acceptor::builder().ntlm(ntlm).build().unwrap()).connection_bound()
    }

    fn first_request() -> Via {
        Arc::new(Shared::new(None, None)).next_request()
    }

    fn is_kept(via: &Via) -> bool {
        matches!(&*via.connection.slot(), Slot::Kept(_))
    }

    /// Between its entry and its return another one takes its place.
    #[test]
    fn c14_a_login_that_was_shed_on_its_way_back_is_not_kept() {
        let (logins, half_open) = (logins(), HalfOpen::new(1));
        let (one, two) = (first_request(), first_request());
        let enter = |via: &Via| half_open.enter(DEADLINE, Timestamp::from_seconds(0), &via.connection);
        let (lease, its) = one.take(LAYER, &logins).unwrap();
        let (other, others) = two.take(LAYER, &logins).unwrap();
        let waiting = enter(&one);
        let waits_too = enter(&two);
        lease.put_back(its, Some(waiting));
        other.put_back(others, Some(waits_too));
        assert!(!is_kept(&one) && is_kept(&two));
        assert_eq!(half_open.len(), 1);
        assert!(one.take(LAYER, &logins).is_some(), "the connection is not taken for ever");
    }

    /// What is shed late finds another login where it was.
    #[test]
    fn c14_only_the_login_that_was_shed_is_forgotten() {
        let (logins, half_open, via) = (logins(), HalfOpen::new(1), first_request());
        let (lease, its) = via.take(LAYER, &logins).unwrap();
        let waiting = half_open.enter(DEADLINE, Timestamp::from_seconds(0), &via.connection);
        let number = waiting.number();
        lease.put_back(its, Some(waiting));
        via.connection.forget_waiting(number.wrapping_add(1));
        assert!(is_kept(&via));
        via.connection.forget_waiting(number);
        assert!(!is_kept(&via) && half_open.is_empty());
    }
}
