//! Opening the ticket: which keys may, which one does, and what to tell the operator when none does.

use alloc::boxed::Box;
use alloc::string::{String, ToString};

use super::settings::Settings;
use crate::kerberos::error::{Error, NoKey, WhyNoKey};
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::keytab::{KeytabEntry, KeytabKey, KeytabPrincipal};
use crate::kerberos::message::Ticket;

/// Services whose tickets are for the KDC itself, and never for an application, whatever key they are under (row E03).
const KDC_SERVICES: [&[u8]; 2] = [b"krbtgt", b"kadmin"];

/// Opens a ticket. `buffer` holds its cipher, and the plaintext afterwards.
///
/// The ticket's clear part only says where to look: what counts is which key opens it, and by the keytab that key's
/// principal (row E01).
pub(super) fn open<'k, 'b>(
    settings: &'k Settings,
    ticket: &Ticket<'_>,
    buffer: &'b mut [u8],
) -> Result<(KeytabKey<'k>, &'b [u8]), Error> {
    let own = own_principal(settings, ticket).map_err(|why| no_key(ticket, why))?;
    let etype = EncryptionType(ticket.enc_part.etype);
    let mut buffer_is_fresh = true;
    for key in own.candidates(etype, ticket.enc_part.kvno).filter(|key| settings.may_try(*key, ticket)) {
        if !buffer_is_fresh {
            buffer.copy_from_slice(ticket.enc_part.cipher.0);
        }
        buffer_is_fresh = false;
        if let Ok(length) = key.ticket_key().decrypt_in_place(buffer).map(|plaintext| plaintext.len()) {
            return Ok((key, plaintext(key, buffer, length)));
        }
    }
    Err(no_key(ticket, why_no_key_fits(settings, own, ticket)))
}

/// The part of a decrypted buffer that is the plaintext. (Asking for it by position ends the loan of the loop's borrow.)
fn plaintext<'b>(key: KeytabKey<'_>, buffer: &'b [u8], length: usize) -> &'b [u8] {
    buffer.get(key.ticket_key().header_len()..).and_then(|rest| rest.get(..length)).unwrap_or_default()
}

/// The keytab's entry for the service that the ticket names, if this acceptor answers to it.
fn own_principal<'k>(settings: &'k Settings, ticket: &Ticket<'_>) -> Result<KeytabPrincipal<'k>, WhyNoKey> {
    let components = || ticket.sname.name_string.iter().map(|component| component.0);
    if components().next().is_some_and(|service| KDC_SERVICES.contains(&service)) {
        return Err(WhyNoKey::KdcService);
    }
    if !settings.has_usable_key {
        return Err(WhyNoKey::KeytabEmpty);
    }
    let (realm, keytab) = (ticket.realm.0, &settings.keytab);
    let similar = || keytab.find_similar(realm, components()).filter(|own| settings.answers_to(own.name()));
    let exact = keytab.find(realm, components()).filter(|own| settings.answers_to(own.name()));
    let folded = || similar().filter(|own| settings.fold_host_case && only_host_differs(*own, ticket));
    exact.or_else(folded).ok_or_else(|| WhyNoKey::NotUs {
        ours: settings.names(),
        differs_in_case: similar().map(|own| own.name().to_string()),
    })
}

/// Whether realm and service class agree octet by octet.
fn only_host_differs(own: KeytabPrincipal<'_>, ticket: &Ticket<'_>) -> bool {
    let service = ticket.sname.name_string.iter().next().map(|component| component.0);
    own.name().realm() == ticket.realm.0 && own.name().components().next() == service
}

impl Settings {
    fn may_try(&self, key: KeytabKey<'_>, ticket: &Ticket<'_>) -> bool {
        !self.strict_kvno || ticket.enc_part.kvno == Some(key.entry().kvno())
    }
}

fn no_key(ticket: &Ticket<'_>, why: WhyNoKey) -> Error {
    Error::NoKey(Box::new(NoKey {
        ticket: shown(ticket),
        kvno: ticket.enc_part.kvno,
        etype: EncryptionType(ticket.enc_part.etype),
        why,
    }))
}

/// The longest service name that is shown, in octets: nobody has to prove anything to send one.
const SHOWN: usize = 256;

/// The service a ticket names, if it is a name and not too long to be one.
fn shown(ticket: &Ticket<'_>) -> String {
    let components = ticket.sname.name_string.iter().map(|component| component.0.len());
    let octets = components.fold(ticket.realm.0.len(), usize::saturating_add);
    match ticket.sname.to_principal(ticket.realm.0) {
        Ok(principal) if octets <= SHOWN => principal.to_string(),
        Ok(_) => alloc::format!("a service whose name has {octets} octets"),
        Err(_) => String::from("a service whose name is malformed"),
    }
}

/// Tells apart a keytab that is too old, a ticket that is, a type that is missing, and a key that is simply another.
fn why_no_key_fits(settings: &Settings, own: KeytabPrincipal<'_>, ticket: &Ticket<'_>) -> WhyNoKey {
    let etype = EncryptionType(ticket.enc_part.etype);
    let holds = own.to_string();
    let kvnos = || own.entries().filter(|entry| entry.etype() == etype && entry.key().is_some()).map(KeytabEntry::kvno);
    let Some(newest) = kvnos().max() else { return WhyNoKey::NoSuchEtype { holds } };
    match ticket.enc_part.kvno {
        // 0 says no more than nothing (row G02).
        None | Some(0) if settings.strict_kvno => WhyNoKey::NoKvno { holds },
        Some(kvno) if kvno > newest => WhyNoKey::KeytabOutOfDate { holds },
        Some(kvno) if kvno != 0 && kvnos().all(|own| own != kvno) => WhyNoKey::TicketOutOfDate { holds },
        _ => WhyNoKey::KeyDoesNotFit { holds },
    }
}
