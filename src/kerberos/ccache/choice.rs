//! Which ticket a login uses.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::cmp::Reverse;
use core::time::Duration;

use super::error::NoTicket;
use super::{Ccache, Credential, Error};
use crate::kerberos::message::TicketFlags;
use crate::peer::{Principal, Target};
use crate::time::Timestamp;

/// How far the KDC's clock may be ahead: the customary five minutes (RFC 4120 section 8.2). A ticket that was fetched a
/// moment ago must not be one of tomorrow.
const SKEW: Duration = Duration::from_secs(300);

/// How well a ticket fits a target, the best first.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
struct Fit {
    realm: Realm,
    spelling: Spelling,
}

#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Realm {
    /// The one that the target names, else the client's own.
    Expected,
    Other,
}

#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Spelling {
    Same,
    /// The host in another ASCII case, or with a dot at the end.
    HostFolded,
}

impl Ccache {
    /// The ticket for a service, for a login at `now`.
    ///
    /// It is one of the cache's own client, for `service/host` or, if the target names a port, `service/host:port`: first
    /// in the realm that the target names and in no other; or if it names none, in the client's own realm, then in any.
    /// Names are compared octet by octet, then once more with the host's ASCII case and a dot at its end left out of
    /// account: host names are case-insensitive (RFC 4120 section 6.2.1), and MIT krb5 asks for tickets in lower case. No
    /// name is resolved: the host of the ticket is the host of the target. Of several tickets that are good now, it is the
    /// one that lives longest, and of those the last in the file.
    ///
    /// # Errors
    /// [`Error::NoTicket`] if there is none, with what there is; [`Error::Expired`], [`Error::NotYetValid`] or
    /// [`Error::Invalid`] if there is, but none that is good now.
    pub fn find(&self, target: &Target, now: Timestamp) -> Result<&Credential, Error> {
        let now = self.kdc_time(now);
        let fitting = || self.own_tickets().filter_map(|ticket| Some((fit(target, ticket)?, ticket)));
        let good = fitting().filter(|(_, ticket)| check(ticket, now).is_ok());
        if let Some((_, best)) = good.rev().min_by_key(|(fit, ticket)| (*fit, Reverse(ticket.times.endtime))) {
            return Ok(best);
        }
        match fitting().max_by_key(|(_, ticket)| ticket.times.endtime) {
            Some((_, ticket)) => check(ticket, now).map(|()| ticket),
            None => Err(self.no_ticket(target, now)),
        }
    }

    /// The client's ticket-granting ticket of its own realm, the one that lives longest: what tickets are fetched with,
    /// and what a delegated login takes along. Nothing is said of whether it is good now.
    #[must_use]
    pub fn ticket_granting_ticket(&self) -> Option<&Credential> {
        let realm = self.client.realm();
        let own = |ticket: &&Credential| {
            ticket.server.realm() == realm && ticket.server.components().eq([&b"krbtgt"[..], realm])
        };
        self.own_tickets().filter(own).max_by_key(|ticket| ticket.times.endtime)
    }

    /// The tickets of the cache's client that a service takes.
    fn own_tickets(&self) -> impl DoubleEndedIterator<Item = &Credential> {
        let own = |ticket: &&Credential| ticket.is_ticket() && !ticket.is_user_to_user && ticket.client == self.client;
        self.credentials.iter().filter(own)
    }

    fn no_ticket(&self, target: &Target, now: Timestamp) -> Error {
        Error::NoTicket(Box::new(NoTicket {
            target: target.realm().map_or_else(|| target.to_string(), |realm| alloc::format!("{target}@{realm}")),
            client: self.client.clone(),
            holds: self.services(),
            ticket_granting_ticket: self.ticket_granting_ticket().map(|ticket| ticket.times.endtime),
            now,
        }))
    }

    /// The services of the tickets, for people.
    fn services(&self) -> String {
        const SHOWN: usize = 8;
        let mut tickets = self.credentials();
        let shown: Vec<_> = tickets.by_ref().take(SHOWN).map(|ticket| ticket.server.to_string()).collect();
        let more = if tickets.next().is_some() { " and others" } else { "" };
        alloc::format!("{}{more}", shown.join(", "))
    }
}

/// Whether a ticket is good at `now`, the KDC's clock.
fn check(ticket: &Credential, now: Timestamp) -> Result<(), Error> {
    let server = || Box::new(ticket.server.clone());
    let (starts, ended) = (ticket.times.starts(), ticket.times.endtime);
    if ended <= now {
        return Err(Error::Expired { server: server(), ended, now });
    }
    if ticket.flags.contains(TicketFlags::INVALID) {
        return Err(Error::Invalid { server: server() });
    }
    if starts > now.saturating_add(SKEW) {
        return Err(Error::NotYetValid { server: server(), starts, now });
    }
    Ok(())
}

fn fit(target: &Target, ticket: &Credential) -> Option<Fit> {
    let spelling = spelling(target, &ticket.server)?;
    let own = target.realm().map_or(ticket.client.realm(), str::as_bytes);
    match (ticket.server.realm() == own, target.realm()) {
        (true, _) => Some(Fit { realm: Realm::Expected, spelling }),
        (false, None) => Some(Fit { realm: Realm::Other, spelling }),
        (false, Some(_)) => None,
    }
}

fn spelling(target: &Target, server: &Principal) -> Option<Spelling> {
    let mut components = server.components();
    let (service, instance) = (components.next()?, components.next()?);
    if service != target.service().as_bytes() || components.next().is_some() {
        return None;
    }
    let host = host_of(instance, target.port())?;
    if host == target.host().as_bytes() {
        return Some(Spelling::Same);
    }
    let (one, other) = (without_dot(host), without_dot(target.host().as_bytes()));
    one.eq_ignore_ascii_case(other).then_some(Spelling::HostFolded)
}

/// The host of an instance that has the target's port, or none as the target has none.
fn host_of(instance: &[u8], port: Option<u16>) -> Option<&[u8]> {
    let Some(port) = port else { return Some(instance) };
    instance.strip_suffix(port.to_string().as_bytes())?.strip_suffix(b":")
}

fn without_dot(host: &[u8]) -> &[u8] {
    host.strip_suffix(b".").unwrap_or(host)
}
