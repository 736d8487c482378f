//! What the layer itself refuses.

use core::fmt;

use crate::error::{Fault, Reason};

/// What the layer itself refuses, before or after the login is judged.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Nobody said which connection the request came over, and this layer's logins need to know.
    NoConnection,
    /// A second request of one connection of HTTP/1 came while the first was being judged.
    Overlapping,
    /// The login takes several tokens of one connection, and the request came through a proxy, which may share connections.
    ThroughProxy,
    /// Another site's page made the browser send it.
    CrossOrigin,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => {
                "nobody said which connection the request came over, which logins of several tokens and channel bindings need: \
                 put tower::PerConnection::new(app) where the server makes a service for each connection (axum::serve), or \
                 serve each connection with tower::Connection::serve"
            }
            Self::Overlapping => {
                "two requests of one HTTP/1 connection were judged at once: the server hands them on out of order, or gives \
                 several connections one tower::Connection"
            }
            Self::ThroughProxy => {
                "the login takes several requests of one connection, as NTLM does, and this connection has brought the marks of a \
                 proxy (Via, Forwarded, X-Forwarded-…, X-Real-IP), which may send several clients' requests over it: \
                 give the proxy's name a service principal, so that clients get tickets, or let the proxy pass TCP through"
            }
            Self::CrossOrigin => {
                "a page of another site made the browser send this request, with the user's login: if that site may, name it \
                 to NegotiateLayer::trust_origin"
            }
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::NoConnection | Self::Overlapping => Fault::Configuration,
            Self::ThroughProxy | Self::CrossOrigin => Fault::Policy,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoConnection => "no-connection",
            Self::Overlapping => "overlapping-requests",
            Self::ThroughProxy => "through-proxy",
            Self::CrossOrigin => "cross-origin",
        }
    }
}
