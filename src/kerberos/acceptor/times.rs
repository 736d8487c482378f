//! The checks that look at a clock (RFC 4120 section 3.2.3).

use core::time::Duration;

use super::settings::Settings;
use crate::kerberos::error::Error;
use crate::kerberos::message::{Authenticator, EncTicketPart, TicketFlags};
use crate::time::Timestamp;

/// The ticket and the authenticator were judged by the clock, and are in time.
pub(super) struct InTime {
    /// The client's clock in the authenticator, with its microseconds.
    pub(super) stamped: Timestamp,
    /// When the ticket ends.
    pub(super) ends: Timestamp,
}

/// Judges both by the clock.
pub(super) fn check(
    settings: &Settings,
    ticket: &EncTicketPart<'_>,
    authenticator: &Authenticator<'_>,
    now: Timestamp,
) -> Result<InTime, Error> {
    let stamped = stamp(authenticator)?;
    clocks_agree(stamped, now, settings.skew)?;
    has_begun(ticket, now, settings.skew)?;
    let ends = has_not_ended(ticket, now, settings.skew)?;
    lives_no_longer(ticket, settings.max_lifetime)?;
    Ok(InTime { stamped, ends })
}

/// ctime and cusec.
fn stamp(authenticator: &Authenticator<'_>) -> Result<Timestamp, Error> {
    let Authenticator { ctime, cusec, .. } = authenticator;
    ctime.with_micros(*cusec).ok_or(Error::Microseconds(cusec.0))
}

/// The client's clock may be off by no more than the skew, either way: KRB_AP_ERR_SKEW.
fn clocks_agree(client: Timestamp, now: Timestamp, allowed: Duration) -> Result<(), Error> {
    if client.distance(now) > allowed { Err(Error::Skew { client, now, allowed }) } else { Ok(()) }
}

/// A ticket that starts later than now and the skew, or is marked INVALID, is not yet valid: KRB_AP_ERR_TKT_NYV. An
/// absent starttime means authtime (section 5.3), and nobody can have logged in to the KDC in the future either.
fn has_begun(ticket: &EncTicketPart<'_>, now: Timestamp, skew: Duration) -> Result<(), Error> {
    if ticket.flags.contains(TicketFlags::INVALID) {
        return Err(Error::Invalid);
    }
    let authtime = ticket.authtime.to_timestamp();
    let starts = ticket.starttime.map_or(authtime, |time| time.to_timestamp()).max(authtime);
    if starts > now.saturating_add(skew) { Err(Error::NotYetValid { starts, now }) } else { Ok(()) }
}

/// A ticket whose end is further back than the skew is over: KRB_AP_ERR_TKT_EXPIRED.
fn has_not_ended(ticket: &EncTicketPart<'_>, now: Timestamp, skew: Duration) -> Result<Timestamp, Error> {
    let ended = ticket.endtime.to_timestamp();
    if now > ended.saturating_add(skew) { Err(Error::Expired { ended, now }) } else { Ok(ended) }
}

/// The policy against forged tickets that claim to live for years (row E19).
fn lives_no_longer(ticket: &EncTicketPart<'_>, allowed: Option<Duration>) -> Result<(), Error> {
    let (start, end) = (ticket.authtime.to_timestamp(), ticket.endtime.to_timestamp());
    let lifetime = if end > start { end.distance(start) } else { Duration::ZERO };
    match allowed {
        Some(allowed) if lifetime > allowed => Err(Error::Lifetime { ticket: lifetime, allowed }),
        _ => Ok(()),
    }
}
