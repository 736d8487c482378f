//! Which connection a request came over, and what is kept with it.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::mem;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use ::http::Request;
use tower_service::Service;

use super::half_open::Entry;
use crate::gss::ChannelBindings;
use crate::http::Origin;
use crate::http_login::{self, ConnectionId, HttpAcceptor, HttpVersion};

/// The next connection's number: no two of a process have the same.
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// A connection of a server, as far as logins care: made when it is accepted, dropped when it ends.
///
/// ```
/// use negotiate::tower::Connection;
/// # fn connected<S>(app: S, peer: std::net::SocketAddr) {
/// // For each connection, with axum's Router or any other service of tower:
/// let service = Connection::new().peer_address(peer.ip()).serve(app);
/// // … and to hyper: hyper_util::service::TowerToHyperService::new(service)
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Connection {
    bindings: Option<ChannelBindings>,
    peer_address: Option<IpAddr>,
}

impl Connection {
    /// A connection of which nothing is known but that it is not another one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The bindings of the TLS channel that it is: `ChannelBindings::tls_server_end_point` of the certificate that the server
    /// sent on it, which with several certificates is not always the same.
    #[must_use]
    pub fn channel_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.bindings = Some(bindings);
        self
    }

    /// The client's network address, to be compared with those that a ticket is limited to.
    #[must_use]
    pub const fn peer_address(mut self, address: IpAddr) -> Self {
        self.peer_address = Some(address);
        self
    }

    /// The service for this connection, and for no other. It tells the layers inside which connection a request came over.
    #[must_use]
    pub fn serve<S>(self, inner: S) -> OnConnection<S> {
        let Self { bindings, peer_address } = self;
        let id = ConnectionId(NUMBER.fetch_add(1, Ordering::Relaxed));
        let slot = Mutex::default();
        let (requests, is_shared) = (AtomicU64::new(0), AtomicBool::new(false));
        let connection = Shared { id, bindings, peer_address, requests, is_shared, slot };
        OnConnection { inner, connection: Arc::new(connection) }
    }
}

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

/// The connection that a request came over: among its extensions, by [`OnConnection`].
#[derive(Clone)]
pub(super) struct Via {
    pub(super) connection: Arc<Shared>,
    /// The how-manieth request of it this is.
    pub(super) number: u64,
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

/// The service of one connection: [`Connection::serve`] makes it.
///
/// Clones of it are the same connection's. Give each connection its own: what serves every connection with a clone of one, as
/// `into_make_service` does, makes all clients the one who logged in.
#[derive(Clone)]
pub struct OnConnection<S> {
    inner: S,
    connection: Arc<Shared>,
}

impl<S, Body> Service<Request<Body>> for OnConnection<S>
where
    S: Service<Request<Body>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> S::Future {
        let number = self.connection.requests.fetch_add(1, Ordering::Relaxed);
        request.extensions_mut().insert(Via { connection: Arc::clone(&self.connection), number });
        self.inner.call(request)
    }
}

/// Makes the service for each connection out of one for all: what `axum::serve` and the like are given.
///
/// ```
/// # async fn serve(app: axum::Router, listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// axum::serve(listener, negotiate::tower::PerConnection::new(app)).await
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PerConnection<S, D = Unknown> {
    inner: S,
    describe: D,
}

impl<S> PerConnection<S> {
    /// Of connections of which nothing is known: no TLS, no address.
    #[must_use]
    pub fn new(inner: S) -> Self {
        Self { inner, describe: Unknown }
    }

    /// Of connections that `describe` knows something of: a function from what the server says of a connection, such as
    /// `&axum::serve::IncomingStream<'_, L>`, to a [`Connection`].
    ///
    /// ```
    /// use axum::serve::IncomingStream;
    /// use negotiate::tower::{Connection, PerConnection};
    /// use tokio::net::TcpListener;
    ///
    /// fn describe(stream: &IncomingStream<'_, TcpListener>) -> Connection {
    ///     Connection::new().peer_address(stream.remote_addr().ip())
    /// }
    /// # async fn serve(app: axum::Router, listener: TcpListener) -> std::io::Result<()> {
    /// axum::serve(listener, PerConnection::described_by(app, describe)).await
    /// # }
    /// ```
    #[must_use]
    pub const fn described_by<D>(inner: S, describe: D) -> PerConnection<S, D> {
        PerConnection { inner, describe }
    }
}

/// Something that knows connections by what the server says of them, `T`. Functions `Fn(&T) -> Connection` do.
pub trait Describe<T> {
    /// What is known of it.
    fn describe(&self, target: &T) -> Connection;
}

/// Knows nothing of connections, but that each is another one.
#[derive(Clone, Copy, Debug)]
pub struct Unknown;

impl<T> Describe<T> for Unknown {
    fn describe(&self, _: &T) -> Connection {
        Connection::new()
    }
}

impl<T, F: Fn(&T) -> Connection> Describe<T> for F {
    fn describe(&self, target: &T) -> Connection {
        self(target)
    }
}

impl<T, S: Clone, D: Describe<T>> Service<T> for PerConnection<S, D> {
    type Response = OnConnection<S>;
    type Error = Infallible;
    type Future = Ready<Result<OnConnection<S>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: T) -> Self::Future {
        ready(Ok(self.describe.describe(&target).serve(self.inner.clone())))
    }
}

impl<S: fmt::Debug> fmt::Debug for OnConnection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, connection } = self;
        f.debug_struct("OnConnection").field("inner", inner).field("id", &connection.id).finish_non_exhaustive()
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
        Via { connection: Connection::new().serve(()).connection, number: 0 }
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
