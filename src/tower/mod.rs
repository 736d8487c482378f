//! Logins for servers built of tower services: axum, hyper, tonic.
//!
//! ```text
//! hyper, axum::serve ─▶ PerConnection ─▶ … your layers … ─▶ NegotiateLayer ─▶ your service
//!   a connection         gives each                           401, or on with      finds `Authenticated`
//!                        its logins                           who it is            among the request's extensions
//! ```
//!
//! * [`NegotiateLayer`] judges each request: 401 with what is offered, as many legs as the login takes, and then the request
//!   goes on, with an [`Authenticated`] among its extensions. What came of it in the end is the response's: the token that
//!   proves the server to its client.
//! * A login of several tokens, as NTLM's, belongs to a connection. [`PerConnection`] (around the whole service, where the
//!   server makes one for each connection) or [`Connection::serve`] (where the program takes connections itself) tells the
//!   layer which request came over which. Without it logins of one token, as Kerberos', work; a layer that needs it answers 500 (`no-connection`).
//! * Whether a token was seen before, and whose account a name is, may be asked of stores that answer later
//!   ([`NegotiateLayer::replays`], [`NegotiateLayer::accounts`]).
//!
//! ```
//! use axum::{Router, routing::get};
//! use negotiate::http_login::HttpAcceptor;
//! use negotiate::kerberos::{self, Keytab};
//! use negotiate::tower::{Authenticated, NegotiateLayer, PerConnection};
//! use negotiate::Acceptor;
//!
//! # async fn serve(keytab: Keytab) -> Result<(), Box<dyn std::error::Error>> {
//! let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build()?;
//! let logins = NegotiateLayer::new(HttpAcceptor::new(acceptor)).on_refusal(|refusal| eprintln!("{refusal}"));
//! let app = Router::new().route("/", get(|user: Authenticated| async move { user.peer().to_string() })).layer(logins);
//! axum::serve(tokio::net::TcpListener::bind("0.0.0.0:8080").await?, PerConnection::new(app)).await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is a connection's, and what a request's
//!
//! Who logged in by one token did so for that request, and each request brings its own. Who logged in by several did so for
//! the connection, until it ends, another credential comes over it, or the login expires. An unfinished login ends with
//! any request that is not its next leg, at its deadline, and when more than [`NegotiateLayer::half_open_limit`] of them wait:
//! then the oldest goes.
//!
//! Over HTTP/2 and HTTP/3 requests overtake each other, so only logins of one token are taken. A response that refused one for
//! it has [`Refusal::needs_http11`]: a server that can should reset the stream with `HTTP_1_1_REQUIRED` (RFC 9113 section 7),
//! and clients try again over HTTP/1.1.
//!
//! A request with the marks of a proxy (`Via`, `Forwarded`, `X-Forwarded-For`, `-Host` or `-Proto`, `X-Real-IP`) is treated as if
//! connections were not bound, whatever the operator said: behind a proxy they are not. So is what follows it on its connection. (A
//! proxy that leaves no marks cannot be seen; nginx is one. Nor can one that a client tells to take them off, by `Connection: Via`.)

mod authenticated;
#[cfg(feature = "axum")]
mod axum;
mod body;
mod connection;
mod cross_origin;
mod error;
mod half_open;
mod layer;
mod other_scheme;
mod proxy;
mod refusal;
mod service;
mod slot;

pub use authenticated::Authenticated;
#[cfg(feature = "axum")]
pub use axum::NotAuthenticated;
pub use connection::{Connection, Describe, OnConnection, PerConnection, Unknown};
pub use error::Error;
pub use half_open::HalfOpen;
pub use layer::NegotiateLayer;
pub use other_scheme::{OtherLogin, OtherScheme};
pub use proxy::came_through_proxy;
pub use refusal::Refusal;
pub use service::Negotiate;
