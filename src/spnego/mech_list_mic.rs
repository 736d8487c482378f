//! `mechListMIC`: the signature over the offer, which shows that nobody took the better mechanism out of it on its way.
//!
//! RFC 4178 section 5, SECURITY rows C04 to C07 and C15: it covers the octets of the `MechTypeList` as they were
//! received; one that is present must verify; one that is due must be there. There is no exception, neither for a user's
//! name nor for the copy of the response token that Windows 2000 sends in its place.

use alloc::vec::Vec;

use super::Error;
use crate::context::Context;
use crate::gss::ContextFlags;

/// What is to be done about the signatures once the mechanism is done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Due<'a> {
    /// Nothing: the initiator's first choice was taken, and it did not sign.
    Nothing,
    /// Verify this signature, then sign too.
    Verify(&'a [u8]),
    /// Sign, and wait for the initiator's signature: only now does it get the token that it needs to sign.
    Await,
}

/// The rules of RFC 4178 section 5, at the moment when the mechanism is done on this side.
///
/// `required`: another mechanism than the initiator's first choice was taken. `received`: the signature beside its last
/// token. `more_to_come`: there is a mechanism token for the initiator, so that it will speak once more.
pub(super) fn due(
    required: bool,
    received: Option<&[u8]>,
    more_to_come: bool,
    flags: ContextFlags,
) -> Result<Due<'_>, Error> {
    match received {
        // Row C06: a signature that protects nothing does not count.
        _ if required && !flags.contains(ContextFlags::INTEGRITY) => Err(Error::MicUnavailable),
        Some(mic) => Ok(Due::Verify(mic)),
        None if !required => Ok(Due::Nothing),
        // Section 5 b: this side sends the last mechanism token, so the initiator could not sign before.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c04_when_a_signature_is_due() {
        let signed = ContextFlags::INTEGRITY;
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
            let verdict = due(required, received, more, signed).map_err(|error| crate::error::Reason::kind(&error));
            assert_eq!(verdict, expected, "required {required}, received {received:?}, more {more}");
        }
    }

    #[test]
    fn c06_required_without_integrity() {
        let unsigned = ContextFlags::from_bits(!ContextFlags::INTEGRITY.bits());
        for received in [None, Some(&b"mic"[..])] {
            for more in [false, true] {
                assert!(matches!(due(true, received, more, unsigned), Err(Error::MicUnavailable)));
            }
        }
        assert_eq!(due(false, None, false, unsigned).unwrap(), Due::Nothing);
        assert_eq!(due(false, Some(b"mic"), false, unsigned).unwrap(), Due::Verify(b"mic"));
    }
}
