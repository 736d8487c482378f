//! What a response comes to.

use alloc::string::String;
use core::fmt;

use super::{ClientHandshake, ClientLogin};

/// What to do with a response.
pub enum Next<C> {
    /// Read the response to its end, and send the same request again, whole, on this very connection and with this field. If
    /// the connection closes before, begin anew on another, with another handshake.
    Resend {
        /// Name and value.
        field: (&'static str, String),
        /// Takes the next response.
        next: ClientHandshake<C>,
    },
    /// The response is the caller's, whatever its status says.
    Finished {
        /// The login that it was made by, to be kept with the connection; nothing if the server did not ask.
        login: Option<ClientLogin<C>>,
    },
    /// The login takes several requests of one connection, as NTLM does, and HTTP/2 and later cannot keep them apart (row
    /// H03): send the request over HTTP/1.1, with another handshake.
    NeedsHttp11,
}

/// Without the token: with what an NTLM initiator sends, passwords can be guessed at leisure (row G03).
impl<C> fmt::Debug for Next<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resend { field: (name, value), next } => f
                .debug_struct("Resend")
                .field("field", name)
                .field("value_len", &value.len())
                .field("next", next)
                .finish(),
            Self::Finished { login } => f.debug_struct("Finished").field("login", login).finish(),
            Self::NeedsHttp11 => f.write_str("NeedsHttp11"),
        }
    }
}
