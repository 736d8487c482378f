//! The choice of a mechanism from the initiator's offer.

use alloc::string::{String, ToString};
use alloc::sync::Arc;

use super::Error;
use super::error::Offered;
use super::first_token::mechanism_of;
use super::message::MechTypeList;
use crate::gss::Oid;
use crate::mechanism::AcceptorMechanism;

/// The mechanism that was chosen.
pub(super) struct Choice<'m> {
    /// Its place in the initiator's list, in which the initiator named it.
    pub(super) index: usize,
    /// The mechanism.
    pub(super) mechanism: &'m Arc<dyn AcceptorMechanism>,
    /// Whether the initiator must sign its list.
    pub(super) mic_required: bool,
}

impl Choice<'_> {
    /// Whether the initiator's optimistic token is for this mechanism (RFC 4178 section 3.2 b).
    pub(super) const fn is_first(&self) -> bool {
        self.index == 0
    }
}

/// Chooses the first in the initiator's list, which is in order of its preference (RFC 4178 section 4.2.1), that is enabled
/// here. MIT krb5 and Windows choose so too, and so the optimistic token is rarely lost; the acceptor's own order, best
/// first, decides only where two of its mechanisms answer to one name, and what must be signed.
///
/// The two names of Kerberos need no rule of their own: one mechanism answers to both, so the first of them is taken.
///
/// # Errors
/// Nothing in common; the error tells NTLM and NegoEx apart from the rest (rows C01, C10).
pub(super) fn choose<'m>(
    offer: &MechTypeList<'_>,
    mechanisms: &'m [Arc<dyn AcceptorMechanism>],
) -> Result<Choice<'m>, Error> {
    let common = offer.iter().enumerate().find_map(|(index, oid)| {
        let (rank, mechanism) = mechanisms.iter().enumerate().find(|(_, mechanism)| mechanism.answers_to(oid))?;
        Some(Choice { index, mechanism, mic_required: is_mic_required(offer, index, rank) })
    });
    common.ok_or_else(|| nothing_common(offer))
}

/// RFC 4178 section 5: the signatures may be left out only where the most preferred mechanism of both sides was taken, on
/// this side among all that it has, not only those that were offered: a better one may have been removed.
///
/// An offer of one mechanism alone is exempt, which the RFC does not have: impacket offers NTLM alone, and never signs. The
/// exemption costs an initiator nothing whose NTLM is of today: its AUTHENTICATE_MESSAGE has a MIC, and then the
/// mechanism demands the signature. Only where it has none, or asks for no integrity, can somebody cut down an offer unseen;
/// and where bare tokens are taken, which are no negotiation and show nothing of the one that they were taken from.
fn is_mic_required(offer: &MechTypeList<'_>, index: usize, rank: usize) -> bool {
    let is_alone = offer.iter().nth(1).is_none();
    index != 0 || (rank != 0 && !is_alone)
}

fn nothing_common(offer: &MechTypeList<'_>) -> Error {
    let offers = |wanted: Oid<'_>| offer.iter().any(|oid| oid == wanted);
    if offers(Oid::NTLMSSP) {
        return Error::Ntlm(Offered::Listed);
    }
    if offers(Oid::NEGOEX) {
        return Error::NegoEx(Offered::Listed);
    }
    let mut names = String::new();
    for oid in offer.iter().take(NAMED) {
        if !names.is_empty() {
            names.push_str(", ");
        }
        names.push_str(&name(oid));
    }
    if offer.iter().nth(NAMED).is_some() {
        names.push_str(" and more");
    }
    Error::NoMech(names)
}

/// How many names of an offer the log gets to see.
const NAMED: usize = 8;

/// A mechanism's name for the log: what people call it, or its number as long as that is one that anybody could have given.
pub(super) fn name(oid: Oid<'_>) -> String {
    match oid.name() {
        Some(name) => name.to_string(),
        None if oid.as_octets().len() <= 64 => oid.to_string(),
        None => "an object identifier of more than 64 octets".to_string(),
    }
}

/// Row C09: the initiator's first token for a mechanism must not say that it is of another one.
///
/// Only its signature or frame is looked at: what a token without either is, the mechanism finds out.
pub(super) fn check_belongs(token: &[u8], chosen: &dyn AcceptorMechanism) -> Result<(), Error> {
    match mechanism_of(token) {
        Some(other) if !chosen.answers_to(other) => Err(Error::TokenMechMismatch(name(other), name(chosen.oid()))),
        _ => Ok(()),
    }
}
