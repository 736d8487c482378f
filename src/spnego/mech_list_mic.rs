//! `mechListMIC`: the signature over the offer, which shows that nobody took the better mechanism out of it on its way.
//!
//! RFC 4178 section 5, SECURITY rows C04 to C07 and C15: it covers the octets of the `MechTypeList` as they were
//! received; one that is present must verify; one that is due must be there. There is no exception, neither for a user's
//! name nor for the copy of the response token that Windows 2000 sends in its place.

use alloc::vec::Vec;

use super::Error;
use crate::context::Context;

/// What is to be done about the signatures once the mechanism is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due<'a> {
    /// Nothing: the initiator's first choice was taken, and it did not sign.
    Nothing,
    /// Verify this signature, then sign too.
    Verify(&'a [u8]),
    /// Sign, and wait for the initiator's signature: only now does it get the token that it needs to sign, or learn that it
    /// has to.
    Await,
}

/// The rules of RFC 4178 section 5, at the moment when the mechanism is done on this side.
///
/// `required`: the signatures must be exchanged. `possible`: this context can make one that protects something.
/// `received`: the signature beside the initiator's last token. `more_to_come`: the initiator has yet to get the mechanism's
/// last token, or the first reply, so that it will speak once more.
pub(super) fn due(
    required: bool,
    possible: bool,
    received: Option<&[u8]>,
    more_to_come: bool,
) -> Result<Due<'_>, Error> {
    match received {
        // Row C06: a signature that protects nothing does not count.
        _ if required && !possible => Err(Error::MicUnavailable),
        Some(mic) => Ok(Due::Verify(mic)),
        None if !required => Ok(Due::Nothing),
        // Section 5 b: this side sends the last mechanism token, so the initiator could not sign before. Section 5 c IV: it
        // did not know that it had to. The own signature cannot be kept back until the initiator's has come, though the
        // other side could turn one of rc4-hmac round (RFC 4757): initiators end there without it, as 5 b IV has them
        // (MIT krb5 does). What was turned round lets in nobody but whom the mechanism let in, and the initiator, which
        // checks the same signature, ends it.
        None if more_to_come => Ok(Due::Await),
        // Section 5 c V: the initiator sent the last mechanism token, and its signature belongs beside it.
        None => Err(Error::MicRequired),
    }
}

/// Checks the initiator's signature of the offer.
pub(super) fn verify(context: &mut Context, mech_types: &[u8], mic: &[u8]) -> Result<(), Error> {
    context.signatures().verify(mech_types, mic).map_err(Error::BadMic)
}

/// This side's signature of the initiator's offer.
pub(super) fn sign(context: &mut Context, mech_types: &[u8]) -> Result<Vec<u8>, Error> {
    context.signatures().sign(mech_types).map_err(Error::CannotSign)
}

/// Tells the mechanism that both signatures are made and checked: NTLM's key streams begin anew ([MS-SPNG] section 3.2.5.1).
pub(super) fn exchanged(context: &mut Context) -> Result<(), Error> {
    context.signatures().offer_was_signed().map_err(Error::CannotSign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c04_when_a_signature_is_due() {
        let table = [
            // required, received, more to come
            (false, None, false, Ok(Due::Nothing)),
            (false, None, true, Ok(Due::Nothing)),
            (false, Some(&b"mic"[..]), false, Ok(Due::Verify(b"mic"))),
            (false, Some(b"mic"), true, Ok(Due::Verify(b"mic"))),
            (true, None, false, Err("mic-required")),
            (true, None, true, Ok(Due::Await)),
            (true, Some(b"mic"), false, Ok(Due::Verify(b"mic"))),
            (true, Some(b"mic"), true, Ok(Due::Verify(b"mic"))),
        ];
        for (required, received, more, expected) in table {
            let verdict = due(required, true, received, more).map_err(|error| crate::error::Reason::kind(&error));
            assert_eq!(verdict, expected, "required {required}, received {received:?}, more {more}");
        }
    }

    #[test]
    fn c06_required_without_integrity() {
        for received in [None, Some(&b"mic"[..])] {
            for more in [false, true] {
                assert!(matches!(due(true, false, received, more), Err(Error::MicUnavailable)));
            }
        }
        assert_eq!(due(false, false, None, false).unwrap(), Due::Nothing);
        assert_eq!(due(false, false, Some(b"mic"), false).unwrap(), Due::Verify(b"mic"));
    }
}
