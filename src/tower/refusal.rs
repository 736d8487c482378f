//! What a request was refused for.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use ::http::StatusCode;

use super::Error;
use crate::http_login;

/// What a request was refused for: for the operator's log, and for layers outside, which find it among the extensions of
/// the response. Nothing in it is for the client.
///
/// Its text is one line: from where, of what kind, whose fault, and why.
#[derive(Clone)]
pub struct Refusal {
    error: Arc<crate::Error>,
    peer_address: Option<IpAddr>,
}

impl Refusal {
    pub(super) fn new(error: crate::Error, peer_address: Option<IpAddr>) -> Self {
        Self { error: Arc::new(error), peer_address }
    }

    /// Why, in the operator's words.
    #[must_use]
    pub fn error(&self) -> &crate::Error {
        &self.error
    }

    /// Where the request came from, if the server told the layer ([`Connection::peer_address`](super::Connection::peer_address)).
    #[must_use]
    pub const fn peer_address(&self) -> Option<IpAddr> {
        self.peer_address
    }

    /// Whether the login takes several tokens, which HTTP/2 and HTTP/3 cannot keep apart (row H03). A server that can should
    /// reset the stream with `HTTP_1_1_REQUIRED` (RFC 9113 section 7) instead of sending the response.
    #[must_use]
    pub fn needs_http11(&self) -> bool {
        matches!(self.error.downcast_ref(), Some(http_login::Error::NeedsHttp11))
    }

    /// What the client is answered with. 401 asks it for another login, which helps only where another could pass: not where
    /// a store is away or this server's clock went back (503), or this server is set up wrongly whoever comes (500).
    pub(super) fn status(&self) -> StatusCode {
        match self.error.kind() {
            "replay-cache-unavailable"
            | "replay-cache-full"
            | "clock-stepped-back"
            | "store-unavailable"
            | "no-randomness" => StatusCode::SERVICE_UNAVAILABLE,
            "no-connection"
            | "overlapping-requests"
            | "connection-mismatch"
            | "question"
            | "no-own-bindings"
            | "replay-cache-skew" => StatusCode::INTERNAL_SERVER_ERROR,
            _ if matches!(self.error.downcast_ref(), Some(Error::CrossOrigin)) => StatusCode::FORBIDDEN,
            _ => StatusCode::UNAUTHORIZED,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(address) = self.peer_address {
            write!(f, "{address} ")?;
        }
        write!(f, "refused ({}, {} at fault): {}", self.error.kind(), self.error.fault(), self.error)
    }
}

impl fmt::Debug for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { error, peer_address } = self;
        f.debug_struct("Refusal").field("error", error).field("peer_address", peer_address).finish()
    }
}
