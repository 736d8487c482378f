//! Opening the ticket: which keys may, which one does, and what to tell the operator when none does.

use alloc::boxed::Box;
use alloc::string::{String, ToString};

use super::settings::Settings;
use crate::kerberos::error::{Error, NoKey, WhyNoKey};
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::keytab::KeytabKey;
use crate::kerberos::message::Ticket;
use crate::peer::Principal;

/// The most keys that are tried on one ticket (row G02): enough for every version a keytab holds on to, and a bound on
/// what a peer can make the acceptor compute.
const MAX_TRIES: usize = 8;

/// A ticket that a key of ours opened.
pub(super) struct OpenedTicket<'k, 'b> {
    /// The key, with the principal it belongs to by the keytab. What the ticket's clear part says does not count.
    pub(super) key: &'k KeytabKey,
    /// The encoded EncTicketPart.
    pub(super) plaintext: &'b [u8],
}

/// Opens a ticket. `buffer` holds its cipher, and the plaintext afterwards.
pub(super) fn open<'k, 'b>(
    settings: &'k Settings,
    ticket: &Ticket<'_>,
    buffer: &'b mut [u8],
) -> Result<OpenedTicket<'k, 'b>, Error> {
    let service = ticket.sname.to_principal(ticket.realm.0).map_err(|_| Error::BadName("ticket's service"))?;
    if service.is_service(b"krbtgt") || service.is_service(b"kadmin") {
        return Err(no_key(ticket, &service, WhyNoKey::KdcService));
    }
    let own = own_principal(settings, &service).ok_or_else(|| no_key(ticket, &service, not_us(settings, &service)))?;
    let key = fitting_key(settings, own, ticket, buffer)
        .ok_or_else(|| no_key(ticket, &service, no_fit(settings, own, ticket)))?;
    Ok(OpenedTicket { key: key.0, plaintext: buffer.get(key.1).unwrap_or_default() })
}
