//! Row C12: every state with every input. The expected column entries are typed from SECURITY section 2c and RFC 4178, not
//! from the code.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::scripted::{acceptor_mic, initiator_mic, kerberos};
use super::{COMPLETED, REQUEST_MIC};
use super::{Came, INCOMPLETE, NTLM_TOKEN, REJECT, UNKNOWN, begin, first, init, mech_types, raw, resp, then};
use crate::context::Wrapping;
use crate::gss::Oid;
use crate::mechanism::AcceptorHandshake;

const KRB: &[Oid<'static>] = &[Oid::KRB5];
const NTLM_KRB: &[Oid<'static>] = &[Oid::NTLMSSP, Oid::KRB5];

/// A state and the offer that led to it.
type State = (Box<dyn AcceptorHandshake>, &'static [Oid<'static>]);

fn need_token() -> State {
    (first(&init(KRB, None, None)).more().1, KRB)
}

fn need_token_mic() -> State {
    (first(&init(NTLM_KRB, Some(NTLM_TOKEN), None)).more().1, NTLM_KRB)
}

fn in_progress() -> State {
    (first(&init(KRB, Some(b"more"), None)).more().1, KRB)
}

fn in_progress_mic() -> State {
    let (state, offer) = need_token_mic();
    (then(state, &resp(INCOMPLETE, None, Some(b"more"), None)).more().1, offer)
}

fn mic_pending() -> State {
    let (state, offer) = need_token_mic();
    (then(state, &resp(INCOMPLETE, None, Some(b"last"), None)).more().1, offer)
}

/// The columns: after each token the mechanism goes on (`more`), is done (`done`), or is done and answers (`last`); without and
/// with signatures being required. `P` is InProgress, `W` MicPending, `E` established; anything else is the kind of the
/// failure, which always goes with a reject.
const COLUMNS: [(&str, bool); 6] =
    [("more", false), ("done", false), ("last", false), ("more", true), ("done", true), ("last", true)];

/// The rows: which fields a response has, of negState, supportedMech, responseToken, mechListMIC.
#[rustfmt::skip]
const RESPONSES: [(&str, [&str; 6], &str); 16] = [
    //        NeedToken and InProgress:
    //        more             done              last              more, mic         done, mic         last, mic          MicPending
    ("----", ["empty-token",   "empty-token",    "empty-token",    "empty-token",    "empty-token",    "empty-token"],    "empty-token"),
    ("n---", ["empty-token",   "empty-token",    "empty-token",    "empty-token",    "empty-token",    "empty-token"],    "mic-required"),
    ("--t-", ["P",             "E",              "E",              "P",              "mic-required",   "W"],              "unexpected-field"),
    ("n-t-", ["P",             "E",              "E",              "P",              "mic-required",   "W"],              "unexpected-field"),
    ("---m", ["mic-too-early", "mic-too-early",  "mic-too-early",  "mic-too-early",  "mic-too-early",  "mic-too-early"],  "E"),
    ("n--m", ["mic-too-early", "mic-too-early",  "mic-too-early",  "mic-too-early",  "mic-too-early",  "mic-too-early"],  "E"),
    ("--tm", ["mic-too-early", "E",              "E",              "mic-too-early",  "E",              "E"],              "unexpected-field"),
    ("n-tm", ["mic-too-early", "E",              "E",              "mic-too-early",  "E",              "E"],              "unexpected-field"),
    ("-s--", [FIELD; 6], FIELD),
    ("ns--", [FIELD; 6], FIELD),
    ("-st-", [FIELD; 6], FIELD),
    ("nst-", [FIELD; 6], FIELD),
    ("-s-m", [FIELD; 6], FIELD),
    ("ns-m", [FIELD; 6], FIELD),
    ("-stm", [FIELD; 6], FIELD),
    ("nstm", [FIELD; 6], FIELD),
];
const FIELD: &str = "unexpected-field";

fn response(fields: &str, token: &str, offer: &[Oid<'_>]) -> Vec<u8> {
    let mic = initiator_mic(&mech_types(offer));
    resp(
        fields.contains('n').then_some(1),
        fields.contains('s').then_some(Oid::KRB5),
        fields.contains('t').then_some(token.as_bytes()),
        fields.contains('m').then_some(&mic),
    )
}

/// Compares what came with what was expected, the reply included. `final_reply`: what an established state still says.
fn check(came: Came, expected: &str, offer: &[Oid<'_>], final_reply: Option<Vec<u8>>, what: &str) {
    let own = acceptor_mic(&mech_types(offer));
    match (came, expected) {
        (Came::More(token, _), "P") => assert_eq!(token, resp(INCOMPLETE, None, Some(b"next"), None), "{what}"),
        (Came::More(token, _), "W") => assert_eq!(token, resp(INCOMPLETE, None, Some(b"final"), Some(&own)), "{what}"),
        (Came::Established(token, context), "E") => {
            assert_eq!(token, final_reply, "{what}");
            assert_eq!(context.wrapping(), Wrapping::Spnego, "{what}");
        }
        (Came::Refused(kind, token), _) => {
            assert_eq!(kind, expected, "{what}");
            assert_eq!(token.as_deref(), Some(REJECT), "{what}");
        }
        (Came::More(token, _), _) => panic!("{what}: goes on with {token:x?}, expected {expected}"),
        (Came::Established(..), _) => panic!("{what}: established, expected {expected}"),
    }
}

#[test]
fn c12_every_response_in_every_state() {
    let states: [[fn() -> State; 2]; 2] = [[need_token, need_token_mic], [in_progress, in_progress_mic]];
    let mut cases = 0;
    for (name, [plain, with_mic]) in ["NeedToken", "InProgress"].into_iter().zip(states) {
        for (fields, row, _) in RESPONSES {
            for ((word, mic), expected) in COLUMNS.into_iter().zip(row) {
                for script in [word.into(), alloc::format!("ask {word}")] {
                    let (state, offer) = if mic { with_mic() } else { plain() };
                    let token = (word == "last").then_some(&b"final"[..]);
                    let own = fields.contains('m').then(|| acceptor_mic(&mech_types(offer)));
                    let last = resp(COMPLETED, None, token, own.as_deref());
                    let came = then(state, &response(fields, &script, offer));
                    check(came, expected, offer, Some(last), &alloc::format!("{name} {mic} {fields} {script}"));
                    cases += 1;
                }
            }
        }
    }
    for (fields, _, expected) in RESPONSES {
        let (state, offer) = mic_pending();
        check(then(state, &response(fields, "done", offer)), expected, offer, None, fields);
        cases += 1;
    }
    assert_eq!(cases, 2 * 16 * 6 * 2 + 16);
}

#[test]
fn c12_other_inputs_after_the_start() {
    let states: [fn() -> State; 5] = [need_token, need_token_mic, in_progress, in_progress_mic, mic_pending];
    for state in states {
        for (input, expected) in [
            (init(KRB, Some(b"done"), None), "second-init"),
            // The same without its frame.
            (init(KRB, Some(b"done"), None).split_off(2 + 2 + Oid::SPNEGO.as_octets().len()), "second-init"),
            (raw(Oid::KRB5, b"done"), "second-init"),
            (NTLM_TOKEN.to_vec(), "not-a-response"),
            (b"".to_vec(), "empty-token"),
            (b"garbage".to_vec(), "not-a-response"),
        ] {
            let (state, offer) = state();
            check(then(state, &input), expected, offer, None, &alloc::format!("{input:x?}"));
        }
    }
}

#[test]
fn c12_a_response_or_less_at_the_start() {
    for (fields, ..) in RESPONSES {
        let (kind, token) = first(&response(fields, "done", KRB)).refused();
        assert_eq!((&*kind, token.as_deref()), ("not-a-first-token", Some(REJECT)), "{fields}");
    }
    let (token, context) = first(&raw(Oid::KRB5, b"last")).established();
    assert_eq!(token.as_deref(), Some(&b"final"[..]));
    assert_eq!(context.wrapping(), Wrapping::Raw);
    for (input, expected) in [(NTLM_TOKEN, "ntlm"), (b"", "empty-token"), (b"garbage", "unrecognised")] {
        assert_eq!(first(input).refused(), (expected.into(), None));
    }
}

/// The rows of the state Start that begin with an offer.
#[test]
fn c12_every_offer_at_the_start() {
    const MS_LIST: &[Oid<'static>] = &[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP];
    let good = initiator_mic(&mech_types(KRB));
    let own = acceptor_mic(&mech_types(KRB));
    let krb = Some(Oid::KRB5);
    type Row<'a> = (&'a [Oid<'a>], Option<&'a [u8]>, Option<&'a [u8]>, &'a str, Vec<u8>);
    let rows: [Row<'_>; 15] = [
        (KRB, None, None, "more", resp(INCOMPLETE, krb, None, None)),
        (KRB, Some(b"more"), None, "more", resp(INCOMPLETE, krb, Some(b"next"), None)),
        (KRB, Some(b"done"), None, "E", resp(COMPLETED, krb, None, None)),
        (KRB, Some(b"last"), None, "E", resp(COMPLETED, krb, Some(b"final"), None)),
        (KRB, Some(b"done"), Some(&good), "E", resp(COMPLETED, krb, None, Some(&own))),
        (KRB, Some(b"last"), Some(&good), "E", resp(COMPLETED, krb, Some(b"final"), Some(&own))),
        (KRB, Some(b"last"), Some(b"bad"), "bad-mic", REJECT.to_vec()),
        (KRB, Some(b"more"), Some(&good), "mic-too-early", REJECT.to_vec()),
        (KRB, None, Some(&good), "mic-too-early", REJECT.to_vec()),
        (KRB, Some(b""), None, "empty-token", REJECT.to_vec()),
        (NTLM_KRB, Some(NTLM_TOKEN), None, "more", resp(REQUEST_MIC, krb, None, None)),
        (NTLM_KRB, None, None, "more", resp(REQUEST_MIC, krb, None, None)),
        (MS_LIST, Some(b"last"), None, "E", resp(COMPLETED, Some(Oid::KRB5_MICROSOFT), Some(b"final"), None)),
        (&[UNKNOWN], Some(b"done"), None, "no-mech", REJECT.to_vec()),
        (KRB, Some(b"fail"), None, "toy", resp(Some(2), None, Some(b"word"), None)),
    ];
    for (offer, token, mic, expected, reply) in rows {
        let came = Came::of(begin(alloc::vec![kerberos()]).accept(&init(offer, token, mic), super::NOW));
        let (kind, sent) = match came {
            Came::More(token, _) => ("more".into(), Some(token)),
            Came::Established(token, _) => ("E".into(), token),
            Came::Refused(kind, token) => (kind, token),
        };
        assert_eq!((&*kind, sent), (expected, Some(reply)), "{offer:?} {token:x?} {mic:x?}");
    }
}
