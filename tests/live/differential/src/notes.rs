//! What is peculiar in a login that only we let in: the reasons are about that, and about nothing else that comes to the same words.

use negotiate::gss::Oid;
use negotiate::kerberos::message::{Authenticator, EncTicketPart, KerberosTime};

use crate::mint::Minted;

/// The first that is there, of those that `differential.md` has a reason for.
pub(crate) fn note(minted: &Minted) -> &'static str {
    let [ticket, authenticator] = &minted.parts;
    let peculiar = [
        (" (Microsoft's number in the frame)", has_microsofts_frame(&minted.token)),
        (" (a kvno of 32 bits)", has(&minted.token, b"\xa1\x07\x02\x05\x00")),
        (" (tr-type beyond an octet)", has_wide_tr_type(ticket)),
        (" (a time beyond 32 bits)", has_late_time(ticket)),
        // ad-type 4, and the tag that follows.
        (" (AD-KDC-ISSUED)", has(ticket, b"\xa0\x03\x02\x01\x04\xa1")),
        (" (extension 1)", has_extension_1(authenticator)),
        (" (DCE style in a frame)", is_framed_dce(&minted.token, authenticator)),
    ];
    peculiar.iter().find(|(_, is_there)| *is_there).map_or("", |(note, _)| note)
}

fn has(octets: &[u8], part: &[u8]) -> bool {
    octets.windows(part.len()).any(|window| window == part)
}

/// The AP-REQ behind Microsoft's number.
fn has_microsofts_frame(token: &[u8]) -> bool {
    has(token, &[Oid::KRB5_MICROSOFT.as_octets(), &[1, 0, 0x6e]].concat())
}

fn has_wide_tr_type(ticket: &[u8]) -> bool {
    EncTicketPart::parse(ticket).is_ok_and(|part| !(0..=255).contains(&part.transited.tr_type))
}

fn has_late_time(ticket: &[u8]) -> bool {
    let is_late = |time: KerberosTime| time.to_timestamp().as_seconds() > i64::from(u32::MAX);
    EncTicketPart::parse(ticket).is_ok_and(|part| {
        is_late(part.authtime)
            || is_late(part.endtime)
            || [part.starttime, part.renew_till].into_iter().flatten().any(is_late)
    })
}

/// An extension of type 1 behind the fixed part of the GSS-API checksum, or behind the delegation.
fn has_extension_1(authenticator: &[u8]) -> bool {
    let Ok(authenticator) = Authenticator::parse(authenticator) else { return false };
    let rest = authenticator.cksum.and_then(|cksum| cksum.checksum.0.get(24..));
    rest.is_some_and(|rest| has(rest, &[0, 0, 0, 1, 0, 0, 0]))
}

fn is_framed_dce(token: &[u8], authenticator: &[u8]) -> bool {
    let Ok(authenticator) = Authenticator::parse(authenticator) else { return false };
    let flags = authenticator.cksum.and_then(|cksum| cksum.checksum.0.get(20..24));
    // The end of either number of Kerberos, TOK_ID, and the tag of an AP-REQ.
    flags.is_some_and(|flags| flags[1] & 0x10 != 0) && has(token, b"\x12\x01\x02\x02\x01\x00\x6e")
}
