//! Row C12 on the initiator's side: every state with every response. The expected entries are typed from RFC 4178 sections 4.2.2
//! and 5, not from the code.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::scripted::{Initiating, Restarts, acceptor_mic, initiator_mic};
use super::{INCOMPLETE, NTLM_TOKEN, REQUEST_MIC, Went, answer, init, mech_types, open, raw, resp};
use crate::context::Wrapping;
use crate::gss::Oid;
use crate::mechanism::InitiatorHandshake;

const OFFER: &[Oid<'static>] = &[Oid::KRB5, Oid::NTLMSSP];
const KERBEROS: Initiating = Initiating { name: Oid::KRB5, first: "begin", done: false, about: "" };
const ONE_WAY: Initiating = Initiating { done: true, ..KERBEROS };
const NTLM: Initiating = Initiating { name: Oid::NTLMSSP, ..KERBEROS };

type State = Box<dyn InitiatorHandshake>;

fn offered() -> State {
    open(&[KERBEROS.shared(), NTLM.shared()]).more().1
}

fn offered_one_way() -> State {
    open(&[ONE_WAY.shared(), NTLM.shared()]).more().1
}

fn in_progress() -> State {
    answer(offered(), &resp(INCOMPLETE, Some(Oid::KRB5), Some(b"more"), None)).more().1
}

fn in_progress_mic() -> State {
    answer(offered(), &resp(REQUEST_MIC, Some(Oid::KRB5), Some(b"more"), None)).more().1
}

fn restarted() -> State {
    answer(offered(), &resp(REQUEST_MIC, Some(Oid::NTLMSSP), None, None)).more().1
}

fn last_word() -> State {
    answer(offered(), &resp(INCOMPLETE, Some(Oid::KRB5), Some(b"last"), None)).more().1
}

fn last_word_mic() -> State {
    answer(restarted(), &resp(INCOMPLETE, None, Some(b"last"), None)).more().1
}

/// The rows: negState absent, accept-completed, accept-incomplete, reject, request-mic.
const STATES: [Option<u8>; 5] = [None, Some(0), Some(1), Some(2), Some(3)];

/// The columns: no field beside, the mechanism's token, the signature, both.
type Table = [[&'static str; 4]; 5];

// `P` is InProgress; `L` and `Ls` LastWord, without and with this side's signature; `E` and `Es` established, with nothing more to
// say and with this side's signature. `R` is the second mechanism's first token. Anything else is the kind of the failure.

const REJECTED: [&str; 4] = ["peer-rejected"; 4];
const EARLY: [&str; 4] = ["completed-early"; 4];
const LATE: [&str; 4] = ["bad-neg-state"; 4];

/// Section 4.2.2: the mechanism that was sent a token answers, and is not complete before its last.
const MORE: Table = [
    ["empty-token", "P", "empty-token", "mic-too-early"],
    EARLY,
    ["empty-token", "P", "empty-token", "mic-too-early"],
    REJECTED,
    ["empty-token", "P", "empty-token", "mic-too-early"],
];
/// Section 5 c: this side has the last token.
const LAST: Table = [
    ["empty-token", "L", "empty-token", "mic-too-early"],
    EARLY,
    ["empty-token", "L", "empty-token", "mic-too-early"],
    REJECTED,
    ["empty-token", "Ls", "empty-token", "mic-too-early"],
];
/// Section 5 b: the acceptor has it.
const DONE: Table = [
    ["empty-token", "not-completed", "empty-token", "Es"],
    ["completed-early", "E", "completed-early", "E"],
    ["empty-token", "not-completed", "empty-token", "Es"],
    REJECTED,
    ["empty-token", "mic-required", "empty-token", "Es"],
];
/// Another mechanism than the first is chosen; its own first token is this side's.
const OTHER: Table = [
    ["R", "unexpected-field", "mic-too-early", "mic-too-early"],
    EARLY,
    ["R", "unexpected-field", "mic-too-early", "mic-too-early"],
    REJECTED,
    ["R", "unexpected-field", "mic-too-early", "mic-too-early"],
];
/// The optimistic token was the only one; section 5 c IV for request-mic.
const ONLY: Table = [
    ["empty-token", "unexpected-field", "Es", "unexpected-field"],
    ["E", "unexpected-field", "E", "unexpected-field"],
    ["not-completed", "unexpected-field", "Es", "unexpected-field"],
    REJECTED,
    ["mic-required", "unexpected-field", "Es", "unexpected-field"],
];
/// Section 5 c I: the acceptor's answer to the signature.
const SIGNED: Table = [
    ["empty-token", "unexpected-field", "not-completed", "unexpected-field"],
    ["mic-required", "unexpected-field", "E", "unexpected-field"],
    ["mic-required", "unexpected-field", "not-completed", "unexpected-field"],
    REJECTED,
    LATE,
];
/// As [`LAST`] and [`DONE`], where signatures are required.
const LAST_MIC: Table = [
    ["empty-token", "Ls", "empty-token", "mic-too-early"],
    EARLY,
    ["empty-token", "Ls", "empty-token", "mic-too-early"],
    REJECTED,
    LATE,
];
const DONE_MIC: Table = [
    ["empty-token", "mic-required", "empty-token", "Es"],
    ["completed-early", "mic-required", "completed-early", "E"],
    ["empty-token", "mic-required", "empty-token", "Es"],
    REJECTED,
    LATE,
];

/// After the first reply nobody asks for signatures any more.
fn later(table: Table) -> Table {
    let [absent, completed, incomplete, reject, _] = table;
    [absent, completed, incomplete, reject, LATE]
}

fn check(went: Went, expected: &str, what: &str) {
    let own = initiator_mic(&mech_types(OFFER));
    match (went, expected) {
        (Went::More(token, _), "P") => assert_eq!(token, resp(INCOMPLETE, None, Some(b"next"), None), "{what}"),
        (Went::More(token, _), "R") => assert_eq!(token, resp(INCOMPLETE, None, Some(b"begin"), None), "{what}"),
        (Went::More(token, _), "L") => assert_eq!(token, resp(INCOMPLETE, None, Some(b"final"), None), "{what}"),
        (Went::More(token, _), "Ls") => {
            assert_eq!(token, resp(INCOMPLETE, None, Some(b"final"), Some(&own)), "{what}");
        }
        (Went::Established(token, context), "E" | "Es") => {
            let signed = (expected == "Es").then(|| resp(Some(0), None, None, Some(&own)));
            assert_eq!(token, signed, "{what}");
            assert_eq!(context.wrapping(), Wrapping::Spnego, "{what}");
        }
        (Went::Refused(kind), _) => assert_eq!(kind, expected, "{what}"),
        (Went::More(token, _), _) => panic!("{what}: goes on with {token:x?}, expected {expected}"),
        (Went::Established(..), _) => panic!("{what}: established, expected {expected}"),
    }
}

/// Plays every cell; returns how many there were.
fn play(name: &str, state: fn() -> State, supported: Option<Oid<'_>>, word: &str, table: Table) -> usize {
    let mic = acceptor_mic(&mech_types(OFFER));
    let mut cells = 0;
    for (neg_state, row) in STATES.into_iter().zip(table) {
        for (column, expected) in row.into_iter().enumerate() {
            let token = (column & 1 != 0).then_some(word.as_bytes());
            let signature = (column & 2 != 0).then_some(&mic[..]);
            let response = resp(neg_state, supported, token, signature);
            check(answer(state(), &response), expected, &alloc::format!("{name} {word} {neg_state:?} {column}"));
            cells += 1;
        }
    }
    cells
}

#[test]
fn c12_every_response_in_every_state_of_an_initiator() {
    let krb = Some(Oid::KRB5);
    let mut cells = 0;
    // The first reply; one that names no mechanism is the first mechanism's.
    for supported in [None, krb, Some(Oid::KRB5_MICROSOFT)] {
        cells += play("Offered", offered, supported, "more", MORE);
        cells += play("Offered", offered, supported, "last", LAST);
        cells += play("Offered", offered, supported, "done", DONE);
        cells += play("Offered", offered, supported, "blank", DONE);
        let table = if supported.is_some() { named(ONLY) } else { ONLY };
        cells += play("Offered, done", offered_one_way, supported, "more", table);
    }
    for state in [offered, offered_one_way] {
        cells += play("Offered, second", state, Some(Oid::NTLMSSP), "more", OTHER);
    }
    for state in [in_progress, in_progress_mic, restarted] {
        cells += play("InProgress", state, None, "more", later(MORE));
    }
    cells += play("InProgress", in_progress, None, "last", later(LAST));
    cells += play("InProgress", in_progress, None, "done", later(DONE));
    for state in [in_progress_mic, restarted] {
        cells += play("InProgress, signatures", state, None, "last", LAST_MIC);
        cells += play("InProgress, signatures", state, None, "done", DONE_MIC);
    }
    cells += play("LastWord", last_word, None, "more", later(ONLY));
    cells += play("LastWord, signed", last_word_mic, None, "more", SIGNED);
    // Whatever else is in it, a later reply that names a mechanism is refused (row C03).
    for state in [in_progress, in_progress_mic, restarted, last_word, last_word_mic] {
        cells += play("later", state, krb, "done", [["unexpected-field"; 4]; 5]);
    }
    assert_eq!(cells, 20 * (15 + 2 + 3 + 2 + 4 + 2 + 5));
}

/// A response that holds a name is not without content: it is not complete either.
fn named(table: Table) -> Table {
    let [[_, token, mic, both], rest @ ..] = table;
    let [completed, incomplete, reject, request] = rest;
    [["not-completed", token, mic, both], completed, incomplete, reject, request]
}

#[test]
fn c12_other_inputs_to_an_initiator() {
    let hints = super::tlv(0xa0, &super::tlv(0x30, &super::tlv(0xa0, &mech_types(OFFER))));
    let framed = crate::gss::InitialToken::encode(Oid::SPNEGO, &[&hints]).unwrap();
    let inputs: [(&[u8], &str); 9] = [
        (b"", "empty-token"),
        (b"\xa1\x02\x30\x00", "empty-token"),
        (b"\xa1\x03\x30\x01\x00", "malformed"),
        (b"garbage", "not-a-response"),
        // A bare token is no answer to an offer, of whatever mechanism.
        (NTLM_TOKEN, "bare-token"),
        (&raw(Oid::KRB5, b"done"), "bare-token"),
        // The acceptor's hints come before an offer or not at all (row C11).
        (&hints, "not-a-response"),
        (&framed, "not-a-response"),
        (&init(OFFER, Some(b"done"), None), "not-a-response"),
    ];
    for state in [offered, offered_one_way, in_progress, in_progress_mic, restarted, last_word, last_word_mic] {
        for (input, expected) in inputs {
            assert_eq!(answer(state(), input).refused(), expected, "{input:x?}");
        }
    }
}

/// NTLM's key streams begin anew once, and only where both sides have signed.
#[test]
fn the_mechanism_is_told_of_both_signatures_once() {
    let mic = acceptor_mic(&mech_types(OFFER));
    let restarts = |state: State, response: Vec<u8>| {
        let (_, context) = answer(state, &response).established();
        context.details::<Restarts>().unwrap().0
    };
    assert_eq!(restarts(last_word_mic(), resp(Some(0), None, None, Some(&mic))), 1);
    assert_eq!(restarts(in_progress_mic(), resp(INCOMPLETE, None, Some(b"done"), Some(&mic))), 1);
    assert_eq!(restarts(in_progress_mic(), resp(Some(0), None, Some(b"done"), Some(&mic))), 0);
    assert_eq!(restarts(last_word(), resp(Some(0), None, None, None)), 0);
}

/// An offer is the list in order and the first one's token, and nothing else.
#[test]
fn the_offer() {
    assert_eq!(open(&[KERBEROS.shared(), NTLM.shared()]).more().0, init(OFFER, Some(b"begin"), None));
    assert_eq!(open(&[NTLM.shared()]).more().0, init(&[Oid::NTLMSSP], Some(b"begin"), None));
    assert_eq!(open(&[]).refused(), "no-mechanism");
    assert_eq!(open(&[Initiating { first: "fail", ..KERBEROS }.shared(), NTLM.shared()]).refused(), "toy");
}
