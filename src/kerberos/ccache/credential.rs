//! A ticket, and what its owner knows of it.

use alloc::vec::Vec;
use core::fmt;

use crate::kerberos::etype::EncryptionKey;
use crate::kerberos::message::TicketFlags;
use crate::peer::Principal;
use crate::time::Timestamp;

/// A ticket for one service, with its session key and what the KDC said of it.
pub struct Credential {
    /// Whose ticket it is.
    pub client: Principal,
    /// The service that it is for.
    pub server: Principal,
    /// The session key.
    pub key: EncryptionKey,
    /// How long it is good.
    pub times: Times,
    /// What the KDC said of it.
    pub flags: TicketFlags,
    /// The ticket as it goes over the wire: a whole DER-encoded `Ticket`.
    pub ticket: Vec<u8>,
}

/// How long a ticket is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Times {
    /// When the client proved who it is.
    pub authtime: Timestamp,
    /// From when the ticket is good, if not from `authtime`.
    pub starttime: Option<Timestamp>,
    /// Until when.
    pub endtime: Timestamp,
    /// Until when it can be renewed, if it can.
    pub renew_till: Option<Timestamp>,
}

/// Without key and ticket.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, server, key, times, flags, ticket: _ } = self;
        f.debug_struct("Credential")
            .field("client", client)
            .field("server", server)
            .field("key", key)
            .field("times", times)
            .field("flags", flags)
            .finish_non_exhaustive()
    }
}
