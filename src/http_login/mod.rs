//! Logins over HTTP, connection by connection: what stands between header fields and the acceptor, or the initiator.
//!
//! A server begins with [`HttpAcceptor`], a client with [`HttpInitiator`], for servers or for a proxy.
//!
//! ```text
//! fields of a request ──▶ Connection::receive ──▶ a step, its questions answered ──▶ Connection::respond ──▶ Response
//! ```
//!
//! A login of one token, as Kerberos makes it, belongs to its request. One of several tokens, as NTLM makes it, needs both
//! a place where the unfinished handshake waits, and the certainty that the next token comes from the same client. Both
//! are a [`Connection`]'s, which the server keeps with the connection it stands for, and drops with it. Who is logged in
//! never leaves it.
//!
//! A browser answers a challenge by itself, for whatever page made it ask. What changes something on the server needs the
//! defences of every site with ambient credentials (`Origin` checked, `SameSite` cookies), and a session that the program
//! keeps beside these logins gets a new identifier when somebody logs in.
//!
//! ```
//! use negotiate::http::Origin;
//! use negotiate::http_login::{Connection, ConnectionId, HttpAcceptor, HttpVersion, Response};
//! use negotiate::{Accept, Acceptor, Rejected, ReplayCache, Timestamp};
//!
//! /// Once for a server.
//! fn set_up(acceptor: Acceptor) -> HttpAcceptor<Origin> {
//!     // Nothing stands between here and the clients that lets two of them share a connection.
//!     HttpAcceptor::new(acceptor).connection_bound().ntlm_scheme()
//! }
//!
//! /// For each connection once, with a number that no other has.
//! fn connected(logins: &HttpAcceptor<Origin>, number: u64) -> Connection<Origin> {
//!     logins.connection(ConnectionId(number), HttpVersion::Http1)
//! }
//!
//! /// For each request: the status, and the fields of the response.
//! fn request(
//!     connection: &mut Connection<Origin>,
//!     number: u64,
//!     authorization: &[&str], // headers.get_all("authorization")
//!     replays: &dyn ReplayCache,
//! ) -> (u16, Vec<(&'static str, String)>) {
//!     let now = Timestamp::now();
//!     let step = connection.receive(ConnectionId(number), authorization, now).and_then(|step| match step {
//!         Some(Accept::NeedsReplayCheck(check)) => check.use_cache(replays, now).map(Some),
//!         other => Ok(other),
//!     });
//!     match connection.respond(step) {
//!         Response::Welcome { field } => (200, field.into_iter().collect()), // by connection.context()
//!         Response::Unauthorized { fields, error } => {
//!             error.iter().for_each(|error| eprintln!("{error}")); // for the operator, never for the peer
//!             (401, fields)
//!         }
//!     }
//! }
//! ```

mod client;
mod connection;
mod error;

use alloc::string::String;
use core::fmt;
use core::marker::PhantomData;

pub use client::{BadSite, ClientError, ClientHandshake, ClientLogin, HttpInitiator, Next, Redirect, Site, WebScheme};
pub use connection::{Connection, Response};
pub use error::Error;

use crate::acceptor::Acceptor;
use crate::http::{Challenge, Challenger, MAX_TOKEN};

/// An [`Acceptor`] behind HTTP, shared by all connections: which schemes are spoken, and what a connection is.
pub struct HttpAcceptor<C> {
    acceptor: Acceptor,
    connection_bound: bool,
    ntlm_scheme: bool,
    max_token: usize,
    bindings: BindingsPolicy,
    challenger: PhantomData<fn() -> C>,
}

impl<C: Challenger> HttpAcceptor<C> {
    /// Of the scheme `Negotiate` alone, and of logins of one token each.
    #[must_use]
    pub const fn new(acceptor: Acceptor) -> Self {
        Self {
            acceptor,
            connection_bound: false,
            ntlm_scheme: false,
            max_token: MAX_TOKEN,
            bindings: BindingsPolicy::WhenOffered,
            challenger: PhantomData,
        }
    }

    /// Says that each connection has one client at its other end, and always the same.
    ///
    /// Only then can a login take several tokens, as NTLM's always does, and only then does it hold for the requests
    /// that follow it on the connection without a credential. A proxy or load balancer that sends several clients'
    /// requests over one connection makes this a lie, and gives each of them the first one's name (row H02). That a
    /// connection is kept alive says nothing of it, which is why nobody but the operator can.
    #[must_use]
    pub const fn connection_bound(mut self) -> Self {
        self.connection_bound = true;
        self
    }

    /// Offers the scheme `NTLM` behind `Negotiate`, for clients that cannot have NTLM under that.
    /// Connections must be bound ([`Self::connection_bound`]), or it is neither offered nor taken. Over HTTP/2 and later it is
    /// offered and not taken: curl and Firefox go over to HTTP/1.1 for it, by themselves, Chromium not always.
    #[must_use]
    pub const fn ntlm_scheme(mut self) -> Self {
        self.ntlm_scheme = true;
        self
    }

    /// The most octets a token may have: [`MAX_TOKEN`] unless this says otherwise.
    #[must_use]
    pub const fn max_token(mut self, octets: usize) -> Self {
        self.max_token = octets;
        self
    }

    /// What channel bindings ([`Connection::channel_bindings`]) decide: [`BindingsPolicy::WhenOffered`] unless this says
    /// otherwise. What the acceptor itself was told to require is required in any case.
    #[must_use]
    pub const fn bindings_policy(mut self, policy: BindingsPolicy) -> Self {
        self.bindings = policy;
        self
    }

    /// Whether logins can take several tokens ([`Self::connection_bound`]).
    #[must_use]
    pub const fn is_connection_bound(&self) -> bool {
        self.connection_bound
    }

    /// What channel bindings decide.
    #[must_use]
    pub const fn channel_bindings_policy(&self) -> BindingsPolicy {
        self.bindings
    }

    /// The same for connections whose other end is not known to be one client, such as what came through a proxy.
    #[must_use]
    pub fn not_connection_bound(&self) -> Self {
        Self { connection_bound: false, ..self.clone() }
    }

    /// The values of [`Challenger::CHALLENGE_FIELD`] for who has not tried to log in.
    pub fn offer(&self) -> impl Iterator<Item = String> {
        let ntlm = self.offers_ntlm_scheme().then(|| Challenge::<C>::ntlm_header(None).1);
        [Challenge::<C>::header(None).1].into_iter().chain(ntlm)
    }

    /// What to keep with a connection that has just begun. The number must be no other connection's.
    ///
    /// With HTTP/2 and later, where requests overtake each other, make one for each request.
    #[must_use]
    pub fn connection(&self, id: ConnectionId, version: HttpVersion) -> Connection<C> {
        Connection::new(self.clone(), id, version)
    }

    const fn offers_ntlm_scheme(&self) -> bool {
        self.ntlm_scheme && self.connection_bound
    }

    /// Whether several requests of a connection of this version can be told to be one client's.
    fn binds(&self, version: HttpVersion) -> Result<(), Error> {
        match version {
            HttpVersion::Http2OrLater => Err(Error::NeedsHttp11),
            HttpVersion::Http1 if !self.connection_bound => Err(Error::NotConnectionBound),
            HttpVersion::Http1 => Ok(()),
        }
    }
}

impl<C> Clone for HttpAcceptor<C> {
    fn clone(&self) -> Self {
        let Self { acceptor, connection_bound, ntlm_scheme, max_token, bindings, challenger } = self;
        Self {
            acceptor: acceptor.clone(),
            connection_bound: *connection_bound,
            ntlm_scheme: *ntlm_scheme,
            max_token: *max_token,
            bindings: *bindings,
            challenger: *challenger,
        }
    }
}

impl<C> fmt::Debug for HttpAcceptor<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { acceptor: _, connection_bound, ntlm_scheme, max_token, bindings, challenger: _ } = self;
        f.debug_struct("HttpAcceptor")
            .field("connection_bound", connection_bound)
            .field("ntlm_scheme", ntlm_scheme)
            .field("max_token", max_token)
            .field("bindings", bindings)
            .finish_non_exhaustive()
    }
}

/// What a connection's channel bindings decide: those of TLS, which Windows calls extended protection.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum BindingsPolicy {
    /// Nothing: they are not looked at.
    Off,
    /// A login that was bound to another channel is refused; one that was bound to none gets in, and can be a relayed one.
    WhenOffered,
    /// A login that was not bound to this very channel is refused, and so is everybody on a connection without one.
    Required,
}

/// A connection, by a number that the caller gives to no other as long as the server runs: a counter, not an address.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ConnectionId(pub u64);

/// The version of HTTP that a connection speaks, as far as logins care.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HttpVersion {
    /// HTTP/1.0 and HTTP/1.1: one request after the other.
    Http1,
    /// HTTP/2 and HTTP/3: requests side by side, so that no login can take several of them (row H03).
    Http2OrLater,
}
