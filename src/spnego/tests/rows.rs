//! SECURITY rows C01 to C16, one by one; C12 is the table next door.

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::vec;
use alloc::vec::Vec;

use super::scripted::{Restarts, acceptor_mic, initiator_mic, kerberos, ntlm, question};
use super::{COMPLETED, Came, INCOMPLETE, NOW, NTLM_TOKEN, REJECT, REQUEST_MIC, UNKNOWN};
use super::{begin, first, init, mech_types, raw, resp, then, tlv};
use crate::error::Fault;
use crate::gss::{InitialToken, Oid};
use crate::mechanism::{AcceptorHandshake, MechStep, ReplayVerdict};

const KRB: &[Oid<'static>] = &[Oid::KRB5];
const KRB_NTLM: &[Oid<'static>] = &[Oid::KRB5, Oid::NTLMSSP];
const NTLM_KRB: &[Oid<'static>] = &[Oid::NTLMSSP, Oid::KRB5];

fn rejected(kind: &str) -> (alloc::string::String, Option<Vec<u8>>) {
    (kind.into(), Some(REJECT.to_vec()))
}

/// NTLM is the first choice, but not here: Kerberos is asked for, and signatures.
fn asked_for_kerberos() -> Box<dyn AcceptorHandshake> {
    first(&init(NTLM_KRB, Some(NTLM_TOKEN), None)).more().1
}

#[test]
fn c01_no_mechanism_in_common() {
    assert_eq!(first(&init(&[], Some(b"done"), None)).refused(), rejected("malformed"));
    for token in [None, Some(&b"done"[..])] {
        assert_eq!(first(&init(&[UNKNOWN], token, None)).refused(), rejected("no-mech"));
        assert_eq!(first(&init(&[UNKNOWN; 32], token, None)).refused(), rejected("no-mech"));
    }
    // A list of mechanisms where the signature stands.
    let fields = [tlv(0xa0, &mech_types(KRB)), tlv(0xa3, &mech_types(KRB))].concat();
    let token = InitialToken::encode(Oid::SPNEGO, &[&tlv(0xa0, &tlv(0x30, &fields))]).unwrap();
    assert_eq!(first(&token).refused(), rejected("malformed"));
    // Kerberos without a token is asked for one.
    assert_eq!(first(&init(KRB, None, None)).more().0, resp(INCOMPLETE, Some(Oid::KRB5), None, None));
}

#[test]
fn c01_the_log_gets_the_names_that_were_offered() {
    let refusal = |names: &[Oid<'_>]| match begin(vec![kerberos()]).accept(&init(names, None, None), NOW) {
        Err(rejected) => (rejected.error.fault(), rejected.error.to_string()),
        Ok(_) => panic!("not refused"),
    };
    let (fault, text) = refusal(&[UNKNOWN, Oid::IAKERB]);
    assert_eq!(fault, Fault::Policy);
    assert!(text.contains("1.3.6.1.4.1.99999.1, IAKERB;"), "{text}");
    let (_, text) = refusal(&[UNKNOWN; 9]);
    assert!(text.contains("and more"), "{text}");
    assert_eq!(text.matches("99999").count(), 8);
}

#[test]
fn c02_messages_without_content() {
    for empty in [&b""[..], b"\xa1\x02\x30\x00"] {
        for state in [first(&init(KRB, None, None)).more().1, first(&init(KRB, Some(b"more"), None)).more().1] {
            assert_eq!(then(state, empty).refused(), rejected("empty-token"));
        }
        let state = then(asked_for_kerberos(), &resp(None, None, Some(b"last"), None)).more().1;
        assert_eq!(then(state, empty).refused(), rejected("empty-token"));
    }
    let state = first(&init(KRB, Some(b"more"), None)).more().1;
    assert_eq!(then(state, &resp(INCOMPLETE, None, Some(b""), None)).refused(), rejected("empty-token"));
}

#[test]
fn c03_the_choice_of_mechanism_is_not_the_initiators() {
    for name in [Oid::KRB5, Oid::NEGOEX, UNKNOWN] {
        let state = first(&init(KRB, Some(b"more"), None)).more().1;
        assert_eq!(then(state, &resp(None, Some(name), Some(b"done"), None)).refused(), rejected("unexpected-field"));
    }
    // And it is told only once.
    let (token, state) = first(&init(KRB, Some(b"more"), None)).more();
    assert_eq!(token, resp(INCOMPLETE, Some(Oid::KRB5), Some(b"next"), None));
    let token = then(state, &resp(None, None, Some(b"done"), None)).established().0;
    assert_eq!(token, Some(resp(COMPLETED, None, None, None)));
}

#[test]
fn c04_a_changed_offer_is_found_out() {
    let sent = [Oid::NEGOEX, Oid::KRB5, Oid::NTLMSSP];
    let mic = initiator_mic(&mech_types(&sent));
    let arrived: [&[Oid<'_>]; 5] = [
        &[Oid::NTLMSSP],
        &[Oid::NTLMSSP, Oid::KRB5, Oid::NEGOEX],
        &[Oid::NEGOEX, Oid::NTLMSSP],
        &[Oid::NEGOEX, Oid::NEGOEX, Oid::KRB5, Oid::NTLMSSP],
        &[Oid::NEGOEX, Oid::KRB5_MICROSOFT, Oid::NTLMSSP],
    ];
    for list in arrived {
        let both = || begin(vec![ntlm(), kerberos()]);
        let state = then(both(), &init(list, None, None)).more().1;
        assert_eq!(
            then(state, &resp(None, None, Some(b"done"), Some(&mic))).refused(),
            rejected("bad-mic"),
            "{list:?}"
        );
        let state = then(both(), &init(list, None, None)).more().1;
        if list[0] != Oid::NTLMSSP {
            assert_eq!(then(state, &resp(None, None, Some(b"done"), None)).refused(), rejected("mic-required"));
        }
    }
    let state = then(begin(vec![ntlm(), kerberos()]), &init(&sent, None, None)).more().1;
    let (token, _) = then(state, &resp(None, None, Some(b"done"), Some(&mic))).established();
    assert_eq!(token, Some(resp(COMPLETED, None, None, Some(&acceptor_mic(&mech_types(&sent))))));
}

/// RFC 4178 section 5: the acceptor's own preference counts too, though only the initiator's decides what is taken.
#[test]
fn c04_an_acceptor_that_would_rather_have_kerberos_has_the_list_signed() {
    let both = || begin(vec![kerberos(), ntlm()]);
    let good = initiator_mic(&mech_types(NTLM_KRB));
    let own = acceptor_mic(&mech_types(NTLM_KRB));
    let challenged = || {
        let (reply, state) = then(both(), &init(NTLM_KRB, Some(b"more"), None)).more();
        assert_eq!(reply, resp(REQUEST_MIC, Some(Oid::NTLMSSP), Some(b"next"), None));
        state
    };
    assert_eq!(then(challenged(), &resp(None, None, Some(b"done"), None)).refused(), rejected("mic-required"));
    assert_eq!(
        then(challenged(), &resp(None, None, Some(b"done unsigned"), Some(&good))).refused(),
        rejected("mic-unavailable")
    );
    let (reply, context) = then(challenged(), &resp(None, None, Some(b"done"), Some(&good))).established();
    assert_eq!(reply, Some(resp(COMPLETED, None, None, Some(&own))));
    assert_eq!(context.details::<Restarts>(), Some(&Restarts(1)));
    // An initiator whose only token went with the offer did not know yet: section 5 c IV.
    let (reply, state) = then(both(), &init(NTLM_KRB, Some(b"done"), None)).more();
    assert_eq!(reply, resp(REQUEST_MIC, Some(Oid::NTLMSSP), None, Some(&own)));
    let (reply, context) = then(state, &resp(COMPLETED, None, None, Some(&good))).established();
    assert_eq!(reply, None);
    assert_eq!(context.details::<Restarts>(), Some(&Restarts(1)));
}

/// NTLM whose AUTHENTICATE_MESSAGE has a MIC ([MS-SPNG] section 3.1.5.1, its note 8): also alone, also as the favourite of both.
#[test]
fn c04_a_mechanism_that_demands_the_signature_gets_it() {
    const NTLM: &[Oid<'static>] = &[Oid::NTLMSSP];
    let acceptors = || [vec![kerberos(), ntlm()], vec![ntlm()], vec![ntlm(), kerberos()]];
    for acceptor in acceptors() {
        let challenged = || {
            let (reply, state) = then(begin(acceptor.clone()), &init(NTLM, Some(b"more"), None)).more();
            assert_eq!(reply, resp(INCOMPLETE, Some(Oid::NTLMSSP), Some(b"next"), None));
            state
        };
        let say = |script: &[u8], mic: Option<&[u8]>| then(challenged(), &resp(None, None, Some(script), mic));
        let good = initiator_mic(&mech_types(NTLM));
        assert_eq!(say(b"done demands", None).refused(), rejected("mic-required"));
        assert_eq!(say(b"done demands", Some(&initiator_mic(&mech_types(KRB_NTLM)))).refused(), rejected("bad-mic"));
        let (reply, context) = say(b"done demands", Some(&good)).established();
        assert_eq!(reply, Some(resp(COMPLETED, None, None, Some(&acceptor_mic(&mech_types(NTLM))))));
        assert_eq!(context.details::<Restarts>(), Some(&Restarts(1)));
        // impacket's: alone, without a MIC, without a signature.
        let (reply, context) = say(b"done", None).established();
        assert_eq!(reply, Some(resp(COMPLETED, None, None, None)));
        assert_eq!(context.details::<Restarts>(), Some(&Restarts(0)));
    }
}

#[test]
fn c05_nobody_is_logged_in_before_the_signature() {
    let came = then(asked_for_kerberos(), &resp(INCOMPLETE, None, Some(b"last"), None));
    // A state that has no context to show, only a way to go on.
    let (_, state) = came.more();
    let mic = initiator_mic(&mech_types(NTLM_KRB));
    assert!(matches!(then(state, &resp(COMPLETED, None, None, Some(&mic))), Came::Established(None, _)));
}

#[test]
fn c06_a_login_without_integrity_cannot_protect_the_offer() {
    let mic = initiator_mic(&mech_types(NTLM_KRB));
    for script in [&b"done unsigned"[..], b"last unsigned", b"ask done unsigned"] {
        for mic in [None, Some(&mic[..])] {
            let came = then(asked_for_kerberos(), &resp(None, None, Some(script), mic));
            assert_eq!(came.refused(), rejected("mic-unavailable"));
        }
    }
    first(&init(KRB, Some(b"done unsigned"), None)).established();
}

#[test]
fn c07_no_exception_by_name() {
    let came = then(asked_for_kerberos(), &resp(None, None, Some(b"done guest"), None));
    assert_eq!(came.refused(), rejected("mic-required"));
}

#[test]
fn c08_ntlm_inside_a_kerberos_token_is_nothing() {
    let inner = [b"ask done \0NTLMSSP\0".as_slice(), &tlv(0x06, Oid::NTLMSSP.as_octets())].concat();
    let framed = raw(Oid::KRB5, &inner);
    let both = || begin(vec![kerberos(), ntlm()]);
    let (_, context) = then(both(), &init(KRB_NTLM, Some(&framed), None)).established();
    assert_eq!(context.mechanism(), crate::context::Mechanism::Kerberos);
    // Nor is it NTLM for an acceptor that would rather have NTLM.
    let (reply, _) = then(begin(vec![ntlm(), kerberos()]), &init(KRB_NTLM, Some(&framed), None)).more();
    let own = acceptor_mic(&mech_types(KRB_NTLM));
    assert_eq!(reply, resp(REQUEST_MIC, Some(Oid::KRB5), None, Some(&own)));
}

#[test]
fn c09_the_optimistic_token_is_the_first_mechanisms() {
    // Another mechanism is chosen: token and signature go unread, whatever they are.
    for offer in [NTLM_KRB, &[Oid::NEGOEX, Oid::KRB5, Oid::NTLMSSP], &[UNKNOWN, Oid::KRB5]] {
        for token in [NTLM_TOKEN, b"NEGOEXTS\xff\xff\xff\xff", b"done", b"fail", b""] {
            let (reply, _) = first(&init(offer, Some(token), Some(b"mic"))).more();
            assert_eq!(reply, resp(REQUEST_MIC, Some(Oid::KRB5), None, None));
        }
    }
    // It is chosen, but the token says that it is another's.
    for token in [NTLM_TOKEN, b"NEGOEXTS", &raw(Oid::NTLMSSP, b"done"), &raw(Oid::SPNEGO, b""), &raw(UNKNOWN, b"done")]
    {
        assert_eq!(first(&init(KRB_NTLM, Some(token), None)).refused(), rejected("mech-mismatch"));
        let state = asked_for_kerberos();
        assert_eq!(then(state, &resp(None, None, Some(token), None)).refused(), rejected("mech-mismatch"));
    }
    // Both names of Kerberos are Kerberos.
    for (offered, inside) in [(Oid::KRB5_MICROSOFT, Oid::KRB5), (Oid::KRB5, Oid::KRB5_MICROSOFT)] {
        first(&init(&[offered], Some(&raw(inside, b"done")), None)).established();
    }
}

#[test]
fn c10_negoex_is_never_chosen() {
    assert_eq!(first(&init(&[Oid::NEGOEX], Some(b"NEGOEXTS"), None)).refused(), rejected("negoex"));
    assert_eq!(first(&init(&[UNKNOWN, Oid::NEGOEX], None, None)).refused(), rejected("negoex"));
    assert_eq!(first(&init(&[Oid::NEGOEX, Oid::NTLMSSP], None, None)).refused(), rejected("ntlm"));
    for token in [&b"NEGOEXTS\0\0\0\0"[..], &raw(Oid::NEGOEX, b"NEGOEXTS")] {
        assert_eq!(first(token).refused(), ("negoex".into(), None));
    }
}

#[test]
fn c11_hints_are_not_for_acceptors() {
    let hints = tlv(0x30, &tlv(0xa0, &tlv(0x1b, b"evil@host")));
    let fields = [tlv(0xa0, &mech_types(KRB)), tlv(0xa2, &tlv(0x04, b"done")), tlv(0xa3, &hints)].concat();
    let token = InitialToken::encode(Oid::SPNEGO, &[&tlv(0xa0, &tlv(0x30, &fields))]).unwrap();
    assert_eq!(first(&token).refused(), rejected("malformed"));
}

#[test]
fn c13_states_that_are_not_the_initiators() {
    let expected: [(u8, &str, Option<&[u8]>); 4] = [
        (2, "peer-rejected", None),
        (3, "bad-neg-state", Some(REJECT)),
        (4, "malformed", Some(REJECT)),
        (255, "malformed", Some(REJECT)),
    ];
    for (number, kind, token) in expected {
        for state in [asked_for_kerberos(), first(&init(KRB, Some(b"more"), None)).more().1] {
            let came = then(state, &resp(Some(number), None, Some(b"done"), None)).refused();
            assert_eq!((&*came.0, came.1.as_deref()), (kind, token), "{number}");
        }
    }
    let wide = tlv(0xa1, &tlv(0x30, &[tlv(0xa0, b"\x0a\x02\0\x01"), tlv(0xa2, &tlv(0x04, b"done"))].concat()));
    assert_eq!(then(asked_for_kerberos(), &wide).refused(), rejected("malformed"));
}

#[test]
fn c14_rounds() {
    let mut state = first(&init(KRB, Some(b"more"), None)).more().1;
    for _ in 2..=7 {
        state = then(state, &resp(None, None, Some(b"ask more"), None)).more().1;
    }
    let eighth = then(state, &resp(None, None, Some(b"more"), None)).more().1;
    assert_eq!(then(eighth, &resp(None, None, Some(b"done"), None)).refused(), rejected("too-many-rounds"));
}

#[test]
fn c14_sizes() {
    let padded = |length: usize| {
        let mut token = b"done ".to_vec();
        token.resize(length, b'x');
        token
    };
    let overhead = init(KRB, Some(&padded(65_000)), None).len() - 65_000;
    let whole = init(KRB, Some(&padded(65_536 - overhead)), None);
    assert_eq!(whole.len(), 65_536);
    first(&whole).established();
    let refused = first(&init(KRB, Some(&padded(65_537 - overhead)), None)).refused();
    assert_eq!(refused, ("token-too-large".into(), None));
    assert_eq!(first(&raw(Oid::KRB5, &padded(65_537))).refused(), ("token-too-large".into(), None));
    let state = first(&init(KRB, Some(b"more"), None)).more().1;
    assert_eq!(then(state, &resp(None, None, Some(&padded(65_536)), None)).refused(), rejected("token-too-large"));

    first(&init(&[[UNKNOWN; 31].as_slice(), KRB].concat(), None, None)).more();
    assert_eq!(first(&init(&[[UNKNOWN; 32].as_slice(), KRB].concat(), None, None)).refused(), rejected("malformed"));
}

#[test]
fn c15_a_copy_of_the_token_is_no_signature() {
    for script in [&b"done"[..], b"last"] {
        assert_eq!(first(&init(KRB, Some(script), Some(script))).refused(), rejected("bad-mic"));
        let came = then(asked_for_kerberos(), &resp(None, None, Some(script), Some(script)));
        assert_eq!(came.refused(), rejected("bad-mic"));
    }
    let state = then(asked_for_kerberos(), &resp(None, None, Some(b"last"), None)).more().1;
    assert_eq!(then(state, &resp(None, None, None, Some(b"final"))).refused(), rejected("bad-mic"));
    // Nor is this side's own signature.
    let own = acceptor_mic(&mech_types(NTLM_KRB));
    let state = then(asked_for_kerberos(), &resp(None, None, Some(b"last"), None)).more().1;
    assert_eq!(then(state, &resp(None, None, None, Some(&own))).refused(), rejected("bad-mic"));
}

#[test]
fn c16_a_failed_login_is_not_tried_by_other_means() {
    let both = || begin(vec![kerberos(), ntlm()]);
    let with_last_word = resp(Some(2), None, Some(b"word"), None);
    for script in [&b"fail"[..], b"ask fail"] {
        assert_eq!(
            then(both(), &init(KRB_NTLM, Some(script), None)).refused(),
            ("toy".into(), Some(with_last_word.clone()))
        );
    }
    assert_eq!(then(both(), &init(KRB_NTLM, Some(b"quiet"), None)).refused(), rejected("toy"));
    let state = then(both(), &init(KRB_NTLM, Some(b"more"), None)).more().1;
    assert_eq!(then(state, &resp(None, None, Some(b"fail"), None)).refused(), ("toy".into(), Some(with_last_word)));
    // NTLM's token in the place of Kerberos' is not NTLM's beginning, neither at once nor later.
    assert_eq!(then(both(), &init(KRB_NTLM, Some(NTLM_TOKEN), None)).refused(), rejected("mech-mismatch"));
    let state = then(both(), &init(KRB_NTLM, None, None)).more().1;
    assert_eq!(then(state, &resp(None, None, Some(NTLM_TOKEN), None)).refused(), rejected("mech-mismatch"));
}

/// MS-KILE has a mechanism answer some failures with zero octets ([MS-KILE] 3.4.5): inside SPNEGO that is no token at all.
#[test]
fn an_empty_token_of_the_mechanism_is_none() {
    assert_eq!(first(&init(KRB, Some(b"hush"), None)).refused(), rejected("toy"));
    let (token, _) = first(&init(KRB, Some(b"blank"), None)).established();
    assert_eq!(token, Some(resp(COMPLETED, Some(Oid::KRB5), None, None)));
    let came = then(asked_for_kerberos(), &resp(None, None, Some(b"blank"), None));
    assert_eq!(came.refused(), rejected("mic-required"));
}

/// The first of the initiator's mechanisms that is there, whatever order the acceptor has them in.
#[test]
fn the_initiators_order_decides() {
    // Where both orders agree nobody needs to sign; where they do not, the list must be signed.
    let rows: [(_, &[Oid<'_>], Option<u8>); 4] = [
        (vec![kerberos(), ntlm()], KRB_NTLM, INCOMPLETE),
        (vec![ntlm(), kerberos()], NTLM_KRB, INCOMPLETE),
        (vec![kerberos(), ntlm()], NTLM_KRB, REQUEST_MIC),
        (vec![ntlm(), kerberos()], KRB_NTLM, REQUEST_MIC),
    ];
    for (mechanisms, offer, state) in rows {
        for script in [None, Some(&b"more"[..])] {
            let (token, _) = then(begin(mechanisms.clone()), &init(offer, script, None)).more();
            assert_eq!(token, resp(state, Some(offer[0]), script.map(|_| &b"next"[..]), None), "{offer:?}");
        }
    }
}

#[test]
fn the_question_passes_through_and_so_does_its_answer() {
    let mic = initiator_mic(&mech_types(KRB));
    for (verdict, mic) in
        [(ReplayVerdict::Fresh, Some(&mic[..])), (ReplayVerdict::Fresh, None), (ReplayVerdict::Replayed, None)]
    {
        let step = begin(vec![kerberos()]).accept(&init(KRB, Some(b"ask last"), mic), NOW);
        let Ok(MechStep::AskReplay(ask)) = step else { panic!("no question") };
        assert_eq!(ask.question, question());
        let own = mic.map(|_| acceptor_mic(&mech_types(KRB)));
        match (verdict, Came::of(ask.resume.resume(verdict, NOW))) {
            (ReplayVerdict::Fresh, came) => {
                assert_eq!(came.established().0, Some(resp(COMPLETED, Some(Oid::KRB5), Some(b"final"), own.as_deref())))
            }
            (_, came) => assert_eq!(came.refused(), ("toy".into(), Some(resp(Some(2), None, Some(b"word"), None)))),
        }
    }
}

#[test]
fn b01_b02_bare_tokens_and_what_they_are_called() {
    let krb_error = [b"\x03\x00\x7e".as_slice(), &[0; 40]].concat();
    let cases: [(&[u8], &str); 13] = [
        (b"", "empty-token"),
        (b"\x60", "bad-header"),
        (b"\x60\x84\xff\xff\xff\xff", "bad-header"),
        (&raw(Oid::SPNEGO, b"")[..9], "bad-header"),
        (NTLM_TOKEN, "ntlm"),
        (b"NTLMSSP", "unrecognised"),
        (&raw(Oid::NTLMSSP, NTLM_TOKEN), "ntlm"),
        (&raw(Oid::IAKERB, b"\x05\x01"), "not-enabled"),
        (&raw(Oid::from_octets(&[0x81; 100]), b""), "not-enabled"),
        (&raw(Oid::KRB5_MICROSOFT, &krb_error), "initiator-error"),
        (b"\x7e\x00", "initiator-error"),
        (b"\x6e\x00", "unrecognised"),
        (b"Negotiate YII", "unrecognised"),
    ];
    for (token, kind) in cases {
        assert_eq!(first(token).refused(), (kind.into(), None), "{token:x?}");
    }
    assert_eq!(first(&raw(Oid::SPNEGO, b"")).refused(), rejected("malformed"));
    assert_eq!(
        first(&raw(Oid::SPNEGO, &resp(None, None, Some(b"done"), None))).refused(),
        rejected("not-a-first-token")
    );
    // Raw NTLM and raw Kerberos, where they are configured.
    let both = || begin(vec![kerberos(), ntlm()]);
    assert_eq!(then(both(), b"NTLMSSP\0").refused(), ("toy".into(), None));
    assert_eq!(then(both(), &raw(Oid::KRB5, b"fail")).refused(), ("toy".into(), Some(b"word".to_vec())));
    let (token, state) = then(both(), &raw(Oid::KRB5, b"more")).more();
    assert_eq!(token, b"next");
    assert_eq!(then(state, b"last").established().0.as_deref(), Some(&b"final"[..]));
}

/// Every reason that an operator may have to read says something, and never twice the same.
#[test]
fn the_log_tells_ntlm_and_negoex_from_the_rest() {
    let text = |token: &[u8]| match begin(vec![kerberos()]).accept(token, NOW) {
        Err(rejected) => rejected.error.to_string(),
        Ok(_) => panic!("not refused"),
    };
    let bare = text(NTLM_TOKEN);
    assert!(bare.starts_with("this is an NTLM token, because the initiator got no Kerberos ticket"), "{bare}");
    let listed = text(&init(&[Oid::NTLMSSP], Some(NTLM_TOKEN), None));
    assert!(listed.starts_with("this is an NTLM token inside SPNEGO"), "{listed}");
    assert!(text(b"NEGOEXTS").starts_with("this is a NegoEx token, because"));
    let mixed = text(&init(KRB, Some(NTLM_TOKEN), None));
    assert!(mixed.contains("NTLM") && mixed.contains("Kerberos V5"), "{mixed}");
}

/// Each prefix and each flipped bit of an offer and of a response is an end or a state, never a panic, and never a
/// login by another list than the one that was signed.
#[test]
fn a07_prefixes_and_flipped_bits() {
    let mic = initiator_mic(&mech_types(NTLM_KRB));
    let offer = init(NTLM_KRB, Some(NTLM_TOKEN), None);
    let response = resp(INCOMPLETE, None, Some(b"done"), Some(&mic));
    let run = |offer: &[u8], response: &[u8]| match first(offer) {
        Came::More(_, state) => matches!(then(state, response), Came::Established(..)),
        Came::Established(..) => panic!("established by an offer alone"),
        Came::Refused(..) => false,
    };
    assert!(run(&offer, &response));
    for end in 0..offer.len() {
        assert!(!run(&offer[..end], &response));
    }
    for end in 0..response.len() {
        assert!(!run(&offer, &response[..end]));
    }
    let list = offer.windows(mech_types(NTLM_KRB).len()).position(|window| window == mech_types(NTLM_KRB)).unwrap();
    for bit in 0..offer.len() * 8 {
        let mut flipped = offer.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let in_list = (list..list + mech_types(NTLM_KRB).len()).contains(&(bit / 8));
        assert!(!(run(&flipped, &response) && in_list), "bit {bit}");
    }
    for bit in 0..response.len() * 8 {
        let mut flipped = response.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _ = run(&offer, &flipped);
    }
}
