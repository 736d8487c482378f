//! SECURITY rows C03 to C15 on the initiator's side, one by one; C12 is the table next door.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::scripted::{Initiating, acceptor_mic, initiator_mic};
use super::{COMPLETED, INCOMPLETE, NTLM_TOKEN, REQUEST_MIC, UNKNOWN, Went, answer, mech_types, open, resp};
use crate::gss::Oid;
use crate::mechanism::InitiatorHandshake;

const OFFER: &[Oid<'static>] = &[Oid::KRB5, Oid::NTLMSSP];
const KERBEROS: Initiating = Initiating { name: Oid::KRB5, first: "begin", done: false, about: "" };
const NTLM: Initiating = Initiating { name: Oid::NTLMSSP, ..KERBEROS };

fn offered() -> Box<dyn InitiatorHandshake> {
    open(&[KERBEROS.shared(), NTLM.shared()]).more().1
}

/// NTLM is chosen, by a second mechanism that may be special.
fn restarted(second: Initiating) -> Box<dyn InitiatorHandshake> {
    let state = open(&[KERBEROS.shared(), second.shared()]).more().1;
    answer(state, &resp(REQUEST_MIC, Some(Oid::NTLMSSP), None, None)).more().1
}

fn own() -> Vec<u8> {
    initiator_mic(&mech_types(OFFER))
}

fn good() -> Vec<u8> {
    acceptor_mic(&mech_types(OFFER))
}

#[test]
fn c03_only_what_was_offered_can_be_chosen() {
    for name in [Oid::NEGOEX, Oid::IAKERB, Oid::SPNEGO, UNKNOWN, Oid::from_octets(&[0x2b; 30])] {
        for state in [COMPLETED, INCOMPLETE, REQUEST_MIC] {
            for token in [None, Some(&b"done"[..])] {
                let refusal = answer(offered(), &resp(state, Some(name), token, None)).refused();
                assert_eq!(refusal, "mech-not-offered", "{name:?}");
            }
        }
    }
    // What NTLM alone was offered to cannot choose Kerberos.
    let state = open(&[NTLM.shared()]).more().1;
    assert_eq!(answer(state, &resp(REQUEST_MIC, Some(Oid::KRB5), None, None)).refused(), "mech-not-offered");
    // It is said once: a change of mind is refused.
    for name in [Oid::KRB5, Oid::NTLMSSP, UNKNOWN] {
        let response = resp(INCOMPLETE, Some(name), Some(b"done"), Some(&good()));
        assert_eq!(answer(restarted(NTLM), &response).refused(), "unexpected-field");
    }
}

#[test]
fn c04_another_choice_must_be_signed() {
    // Whether the acceptor says so or not.
    for said in [REQUEST_MIC, INCOMPLETE, None] {
        let (token, state) = answer(offered(), &resp(said, Some(Oid::NTLMSSP), None, None)).more();
        assert_eq!(token, resp(INCOMPLETE, None, Some(b"begin"), None));
        let (token, state) = answer(state, &resp(INCOMPLETE, None, Some(b"next"), None)).more();
        assert_eq!(token, resp(INCOMPLETE, None, Some(b"done "), Some(&own())));
        assert_eq!(answer(state, &resp(COMPLETED, None, None, None)).refused(), "mic-required");
    }
    // The acceptor's signature is over the list that reached it.
    let signed = || answer(restarted(NTLM), &resp(INCOMPLETE, None, Some(b"next"), None)).more().1;
    let lists: [&[Oid<'_>]; 5] = [
        &[Oid::NTLMSSP],
        &[Oid::NTLMSSP, Oid::KRB5],
        &[Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP],
        &[Oid::KRB5_MICROSOFT, Oid::NTLMSSP],
        &[Oid::KRB5, Oid::KRB5, Oid::NTLMSSP],
    ];
    for list in lists {
        let mic = acceptor_mic(&mech_types(list));
        assert_eq!(answer(signed(), &resp(COMPLETED, None, None, Some(&mic))).refused(), "bad-mic");
    }
    answer(signed(), &resp(COMPLETED, None, None, Some(&good()))).established();
}

#[test]
fn c04_a_mechanism_that_demands_the_signature_gets_it() {
    let ntlm = Initiating { about: "demands", ..NTLM };
    let state = open(&[ntlm.shared()]).more().1;
    let (token, state) = answer(state, &resp(INCOMPLETE, Some(Oid::NTLMSSP), Some(b"next"), None)).more();
    let list = mech_types(&[Oid::NTLMSSP]);
    assert_eq!(token, resp(INCOMPLETE, None, Some(b"done demands"), Some(&initiator_mic(&list))));
    assert_eq!(answer(state, &resp(COMPLETED, None, None, None)).refused(), "mic-required");
}

#[test]
fn c06_a_login_without_integrity_cannot_protect_the_offer() {
    let state = || restarted(Initiating { about: "unsigned", ..NTLM });
    for word in ["last", "next", "done"] {
        let went = answer(state(), &resp(INCOMPLETE, None, Some(word.as_bytes()), None));
        assert_eq!(went.refused(), "mic-unavailable");
    }
    let went = answer(state(), &resp(INCOMPLETE, None, Some(b"done"), Some(&good())));
    assert_eq!(went.refused(), "mic-unavailable");
    // Nor where the acceptor asks for the signature of the first choice.
    let state = open(&[Initiating { about: "unsigned", ..KERBEROS }.shared()]).more().1;
    let went = answer(state, &resp(REQUEST_MIC, Some(Oid::KRB5), Some(b"last"), None));
    assert_eq!(went.refused(), "mic-unavailable");
}

#[test]
fn c07_no_exception_by_name() {
    let state = || restarted(Initiating { about: "guest", ..NTLM });
    let (_, state) = answer(state(), &resp(INCOMPLETE, None, Some(b"next"), None)).more();
    assert_eq!(answer(state, &resp(COMPLETED, None, None, None)).refused(), "mic-required");
}

#[test]
fn c09_a_token_for_the_mechanism_that_was_not_chosen() {
    for token in [NTLM_TOKEN, b"done", b"next"] {
        let response = resp(REQUEST_MIC, Some(Oid::NTLMSSP), Some(token), None);
        assert_eq!(answer(offered(), &response).refused(), "unexpected-field");
    }
}

#[test]
fn c13_states_that_do_not_exist() {
    for number in [4, 127, 255] {
        assert_eq!(answer(offered(), &resp(Some(number), None, Some(b"done"), None)).refused(), "malformed");
    }
    // The mechanism's last word says more than SPNEGO's.
    assert_eq!(answer(offered(), &resp(Some(2), None, Some(b"word"), None)).refused(), "toy");
    assert_eq!(answer(offered(), &resp(Some(2), None, Some(b"done"), None)).refused(), "peer-rejected");
    assert_eq!(answer(offered(), &resp(Some(2), Some(Oid::NTLMSSP), None, None)).refused(), "peer-rejected");
}

#[test]
fn c14_rounds_and_sizes() {
    let mut state = offered();
    for _ in 0..8 {
        state = answer(state, &resp(INCOMPLETE, None, Some(b"more"), None)).more().1;
    }
    assert_eq!(answer(state, &resp(COMPLETED, None, Some(b"done"), None)).refused(), "too-many-rounds");
    let long = Vec::from([b'x'; 65_537]);
    assert_eq!(answer(offered(), &long).refused(), "token-too-large");
    assert_eq!(answer(offered(), &resp(INCOMPLETE, None, Some(&long), None)).refused(), "token-too-large");
}

#[test]
fn c15_a_copy_of_the_token_is_no_signature() {
    // Windows 2000's, as RFC 4178 appendix C has it: the last token and its copy, and all is complete.
    assert_eq!(answer(offered(), &resp(COMPLETED, Some(Oid::KRB5), Some(b"done"), Some(b"done"))).refused(), "bad-mic");
    let signed = || answer(restarted(NTLM), &resp(INCOMPLETE, None, Some(b"next"), None)).more().1;
    for mic in [&b"next"[..], b"", &own()] {
        assert_eq!(answer(signed(), &resp(COMPLETED, None, None, Some(mic))).refused(), "bad-mic");
    }
}

#[test]
fn c16_a_failed_login_is_not_tried_by_other_means() {
    assert_eq!(answer(offered(), &resp(INCOMPLETE, Some(Oid::KRB5), Some(b"fail"), None)).refused(), "toy");
}

/// Each prefix and each flipped bit of an acceptor's messages is an end or a state, never a panic, and never a login without
/// its signature.
#[test]
fn a07_prefixes_and_flipped_bits_of_replies() {
    let first = resp(REQUEST_MIC, Some(Oid::NTLMSSP), None, None);
    let second = resp(INCOMPLETE, None, Some(b"next"), None);
    let third = resp(COMPLETED, None, None, Some(&good()));
    let run = |messages: [&[u8]; 3]| {
        let mut state = offered();
        for message in messages {
            match answer(state, message) {
                Went::More(_, next) => state = next,
                Went::Established(..) => return true,
                Went::Refused(_) => return false,
            }
        }
        false
    };
    assert!(run([&first, &second, &third]));
    for message in [&first, &second, &third] {
        for bit in 0..message.len() * 8 {
            let mut flipped = message.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let pick = |whole: &Vec<u8>| if core::ptr::eq(whole, message) { flipped.clone() } else { whole.clone() };
            let went = run([&pick(&first), &pick(&second), &pick(&third)]);
            // A change that is let pass has no bearing: the reply's state, which says less than the signature does.
            assert!(!went || bit / 8 < message.len() - good().len() || !core::ptr::eq(message, &third), "bit {bit}");
        }
        for end in 0..message.len() {
            let pick = |whole: &Vec<u8>| Vec::from(if core::ptr::eq(whole, message) { &whole[..end] } else { whole });
            assert!(!run([&pick(&first), &pick(&second), &pick(&third)]), "prefix {end}");
        }
    }
}
