//! What a login over HTTP is refused for before any mechanism has seen it.

use alloc::string::String;
use core::fmt;

use crate::error::{Fault, Reason};

/// What a login over HTTP is refused for before any mechanism has seen it, or in spite of what the mechanism says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A request of another connection was brought to this one.
    ConnectionMismatch,
    /// The login takes several tokens, and nobody said that a connection belongs to one client.
    NotConnectionBound,
    /// The login takes several tokens, which HTTP/2 and later cannot keep apart.
    NeedsHttp11,
    /// The credential is of a scheme that is not spoken here.
    OtherScheme(String),
    /// The login asks this, and nobody answered.
    Unanswered(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ConnectionMismatch => {
                "the request came over another connection than the one whose logins are kept here: the server mixed them up"
            }
            Self::NotConnectionBound => {
                "the login takes several requests of one connection, as NTLM does, and this server was not told that a \
                 connection belongs to one client: HttpAcceptor::connection_bound says so, where no proxy shares connections"
            }
            Self::NeedsHttp11 => {
                "the login takes several requests of one connection, as NTLM does: HTTP/1.1 can, HTTP/2 and later cannot \
                 (HTTP_1_1_REQUIRED)"
            }
            Self::OtherScheme(scheme) => {
                let way_out = if scheme.eq_ignore_ascii_case("NTLM") {
                    "the client got no ticket for this server's name, and tries a password; HttpAcceptor::ntlm_scheme takes that"
                } else {
                    "nobody here judges it (tower::NegotiateLayer::beside adds somebody who does)"
                };
                return write!(f, "it came with the scheme {}, which is not spoken here: {way_out}", scheme.escape_debug());
            }
            Self::Unanswered(question) => {
                return write!(f, "the login asks {question}, and nobody answered: between `receive` and `respond` comes the answer");
            }
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::OtherScheme(_) => Fault::Peer,
            Self::ConnectionMismatch | Self::Unanswered(_) => Fault::Configuration,
            Self::NotConnectionBound | Self::NeedsHttp11 => Fault::Policy,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::ConnectionMismatch => "connection-mismatch",
            Self::NotConnectionBound => "not-connection-bound",
            Self::NeedsHttp11 => "needs-http-1.1",
            Self::OtherScheme(_) => "other-scheme",
            Self::Unanswered(_) => "question",
        }
    }
}
