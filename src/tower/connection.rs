//! Which connection a request came over: what the server says of its connections.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::Request;
use tower_service::Service;

use super::slot::Shared;
use crate::gss::ChannelBindings;

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
        OnConnection { inner, connection: Arc::new(Shared::new(bindings, peer_address)) }
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
        request.extensions_mut().insert(self.connection.next_request());
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
        f.debug_struct("OnConnection").field("inner", inner).field("id", &connection.id()).finish_non_exhaustive()
    }
}
