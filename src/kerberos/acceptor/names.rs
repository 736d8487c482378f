//! The checks that look at names: who, from where, through whom (RFC 4120 section 3.2.3).

use alloc::boxed::Box;
use alloc::string::String;
use core::net::IpAddr;

use super::settings::Settings;
use crate::kerberos::error::Error;
use crate::kerberos::message::{Authenticator, EncTicketPart, HostAddress, TicketFlags};
use crate::kerberos::transited::{Path, Refusal, is_anonymous};
use crate::peer::Principal;

/// The client, if ticket and authenticator agree on it octet by octet (rows E07, E18).
pub(super) fn check(
    settings: &Settings,
    ticket: &EncTicketPart<'_>,
    authenticator: &Authenticator<'_>,
) -> Result<Principal, Error> {
    let client = ticket.cname.to_principal(ticket.crealm.0).map_err(|_| Error::BadName("ticket's client"))?;
    if authenticator.crealm != ticket.crealm || authenticator.cname != ticket.cname {
        return Err(Error::ClientMismatch { ticket: Box::new(client) });
    }
    let anonymous = ticket.flags.contains(TicketFlags::ANONYMOUS) || is_anonymous(&client);
    if anonymous && !settings.permit_anonymous {
        return Err(Error::Anonymous);
    }
    Ok(client)
}

/// A ticket that is limited to addresses comes from one of them, if the caller told the peer's (row E20).
pub(super) fn check_address(ticket: &EncTicketPart<'_>, peer: Option<IpAddr>) -> Result<(), Error> {
    let (Some(allowed), Some(peer)) = (&ticket.caddr, peer) else { return Ok(()) };
    let is_peer = |address: HostAddress<'_>| match peer.to_canonical() {
        IpAddr::V4(peer) => address.addr_type == HostAddress::IPV4 && address.address.0 == peer.octets(),
        IpAddr::V6(peer) => address.addr_type == HostAddress::IPV6 && address.address.0 == peer.octets(),
    };
    // An empty list says no more than none (RFC 4120 section 5.1.3).
    if allowed.is_empty() || allowed.iter().any(is_peer) { Ok(()) } else { Err(Error::Address) }
}

/// The realms in between (row E11).
pub(super) fn check_path(settings: &Settings, ticket: &EncTicketPart<'_>) -> Result<(), Error> {
    let path = Path {
        kdc_checked: ticket.flags.contains(TicketFlags::TRANSITED_POLICY_CHECKED),
        tr_type: ticket.transited.tr_type,
        contents: ticket.transited.contents.0,
    };
    settings.transited.judge(&path).map_err(|refusal| match refusal {
        Refusal::UnknownEncoding(tr_type) => Error::TransitedEncoding(tr_type),
        Refusal::NotAccepted => Error::TransitedPath(shown(path.contents)),
    })
}

/// The path for the operator, short and without what could disturb a terminal.
fn shown(contents: &[u8]) -> String {
    let start = contents.get(..200).unwrap_or(contents);
    alloc::format!("{}", start.escape_ascii())
}
