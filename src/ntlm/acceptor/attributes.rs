//! The attributes inside an NTLMv2 response: what was sent comes back, of this time, and not from ourselves.

use super::claim::Claim;
use crate::ntlm::error::{Error, Staleness};
use crate::ntlm::message::{AvId, FileTime};
use crate::time::Timestamp;

/// What a client may add to the attributes that it was sent; those that this version does not know as well. Where it was
/// sent no time, gss-ntlmssp and impacket add their own.
const CLIENTS_OWN: [AvId; 5] =
    [AvId::FLAGS, AvId::TIMESTAMP, AvId::SINGLE_HOST, AvId::TARGET_NAME, AvId::CHANNEL_BINDINGS];

/// The attributes of the challenge are in the response as they were sent, and no other of a server's are (row D13): a
/// response made for another server does not serve here.
pub(super) fn check_echo(claim: &Claim<'_>) -> Result<(), Error> {
    let Some(returned) = claim.attributes() else { return Ok(()) };
    let sent = claim.challenge.av_pairs()?;
    for (id, value) in sent.iter().flat_map(|sent| sent.values()).filter(|(id, _)| *id != AvId::FLAGS) {
        match returned.value(id) {
            Some(same) if same == value => {}
            // Row D20.
            _ if id == AvId::TIMESTAMP => return Err(Error::Stale(Staleness::Timestamp)),
            _ => return Err(Error::TargetInfoMismatch(id)),
        }
    }
    let was_sent = |id| sent.is_some_and(|sent| sent.value(id).is_some());
    let foreign = |id: &AvId| *id <= AvId::CHANNEL_BINDINGS && !CLIENTS_OWN.contains(id) && !was_sent(*id);
    returned.values().map(|(id, _)| id).find(foreign).map_or(Ok(()), |id| Err(Error::TargetInfoMismatch(id)))
}

/// The response was made not long ago (row D20). Its time is the challenge's, or that of the client's own clock.
/// gss-ntlmssp, which has none, leaves it zero where the challenge told none: only a recorded one does not.
pub(super) fn check_times(claim: &Claim<'_>, now: Timestamp) -> Result<(), Error> {
    let Some(response) = claim.v2() else { return Ok(()) };
    let time = response.client_challenge.time_stamp;
    let was_told = claim.challenge.av_pairs()?.is_some_and(|sent| sent.timestamp().is_some());
    if time == FileTime(0) && !was_told {
        return Ok(());
    }
    let made = time.to_timestamp();
    if made.distance(now) > claim.challenged.settings.response_lifetime {
        return Err(Error::Stale(Staleness::Response { made, now }));
    }
    Ok(())
}

/// The response does not come from this very program (row D15).
pub(super) fn check_host(claim: &Claim<'_>) -> Result<(), Error> {
    let host = claim.attributes().and_then(|attributes| attributes.single_host());
    match (&claim.challenged.settings.reflection, host) {
        (Some(guard), Some(host)) if host.machine_id == guard.machine_id() => Err(Error::Reflection),
        _ => Ok(()),
    }
}
