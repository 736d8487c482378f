//! Flags: what was not offered is not in effect (row D17).

use super::claim::Claim;
use crate::ntlm::error::Error;
use crate::ntlm::message::NegotiateFlags;

/// What no login here may have: weaker keys, messages out of order, half the LM hash as a key.
const REFUSED: NegotiateFlags =
    NegotiateFlags::LM_KEY.with(NegotiateFlags::DATAGRAM).with(NegotiateFlags::REQUEST_NON_NT_SESSION_KEY);

/// Refuses what no client may return. Others that were not offered are passed over, as they are not in effect: Samba's
/// client returns extended session security, impacket's 56 bits, curl the whole challenge's.
pub(super) fn check(claim: &Claim<'_>) -> Result<(), Error> {
    let returned = claim.message.meaning().flags;
    let mut wrong = returned & REFUSED;
    // A key that was not asked for would be in nobody's effect, and yet someone sends one.
    wrong = wrong | (returned & NegotiateFlags::KEY_EXCH).without(claim.challenge.flags);
    // Windows and Samba set it where nobody in particular logs in, and nowhere else.
    if !claim.is_anonymous() {
        wrong = wrong | (returned & NegotiateFlags::ANONYMOUS);
    }
    // Everybody sets it, in all three messages ([MS-NLMP] section 2.2.2.5, bit H).
    wrong = wrong | NegotiateFlags::NTLM.without(returned);
    if wrong == NegotiateFlags::NONE { Ok(()) } else { Err(Error::FlagsMismatch(wrong)) }
}
