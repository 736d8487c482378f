//! The acceptor's proof, and the third leg of DCE style.

use negotiate::gss::{ContextFlags, Oid};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::message::ApRep;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Login, Offer};
use negotiate::spnego::message::NegState;
use negotiate::{Accept, Context, Rejected, ReplayVerdict};

use crate::support::*;
use crate::weak::strong;

#[test]
fn e13_the_proof_answers_this_login_and_no_other() {
    for etype in strong() {
        let realm = realm().with_etype(etype).unwrap();
        let (one, two) = (login(&realm), login(&realm));
        let accepted = accepted(&plain(&realm), &one);
        let token = accepted.token.unwrap();
        let answer = one.initiator().unwrap().read(&token).unwrap();
        assert_eq!((answer.ctime, answer.cusec), (one.authenticator.ctime, one.authenticator.cusec));
        let subkey = answer.subkey.unwrap();
        assert_eq!((subkey.etype(), subkey.expose()), (etype, accepted.context.session_key()));
        assert!(answer.seq_number.unwrap() < 0x4000_0000);
        assert!(two.initiator().unwrap().read(&token).is_err());
        // Its own login sent back is no answer.
        assert!(one.initiator().unwrap().read(&one.encode().unwrap()).is_err());
    }
}

#[test]
fn who_does_not_ask_gets_no_proof() {
    let realm = realm();
    let accepted = accepted(&plain(&realm), &login(&realm).one_way());
    assert!(accepted.token.is_none());
    let subkey = accepted.context.session_key().to_vec();
    assert_eq!(subkey.len(), EncryptionType::AES256_CTS_HMAC_SHA1_96.key_len().unwrap());
}

/// Brings a DCE-style login to the point where the third leg is due.
fn second_leg(login: &Login, realm: &negotiate::kerberos::testing::Realm) -> (Vec<u8>, negotiate::acceptor::Handshake) {
    second_leg_of(&plain(realm), login)
}

fn second_leg_of(acceptor: &negotiate::Acceptor, login: &Login) -> (Vec<u8>, negotiate::acceptor::Handshake) {
    let step = acceptor.accept(&login.encode().unwrap(), NOW).unwrap();
    let Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
    match check.use_cache(&NoReplayCache, NOW).unwrap() {
        Accept::NeedsToken { token, next } => (token, next),
        other => panic!("{other:?}"),
    }
}

fn established(step: Result<Accept, Rejected>) -> Context {
    match step.unwrap() {
        Accept::Established { token: None, context } => context,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_dce_style_login_takes_three_legs() {
    for etype in strong() {
        let realm = realm().with_etype(etype).unwrap();
        let login = login(&realm).dce_style();
        let (token, next) = second_leg(&login, &realm);
        assert_eq!(token[0], 0x6f, "a bare AP-REP");
        let initiator = login.initiator().unwrap();
        let answer = initiator.read(&token).unwrap();
        let context = established(next.accept(&initiator.third_leg(answer.seq_number).unwrap(), NOW));
        assert!(context.flags().contains(ContextFlags::DCE_STYLE));
        assert_eq!(context.session_key(), answer.subkey.unwrap().expose());
    }
}

/// Makes a third leg of the login and the second leg.
type Leg = fn(&Login, &[u8]) -> Vec<u8>;

#[test]
fn a_third_leg_that_does_not_answer_the_second_is_refused() {
    let realm = realm();
    let hostile: [Leg; 6] = [
        |login, token| {
            let initiator = login.initiator().unwrap();
            let number = initiator.read(token).unwrap().seq_number.unwrap();
            initiator.third_leg(Some(number ^ 1)).unwrap()
        },
        |login, _| login.initiator().unwrap().third_leg(None).unwrap(),
        // The acceptor's own words, and the first leg's.
        |_, token| token.iter().rev().copied().collect(),
        |login, _| login.encode().unwrap(),
        |_, _| Vec::new(),
        |login, token| {
            let initiator = login.initiator().unwrap();
            let mut leg = initiator.third_leg(initiator.read(token).unwrap().seq_number).unwrap();
            *leg.last_mut().unwrap() ^= 1;
            leg
        },
    ];
    for make in hostile {
        let login = login(&realm).dce_style();
        let (token, next) = second_leg(&login, &realm);
        let rejected = next.accept(&make(&login, &token), NOW).unwrap_err();
        assert!(rejected.error.downcast_ref::<negotiate::kerberos::Error>().is_some());
    }
}

/// An acceptor that always says the same, so that a third leg can be tried on it again and again.
struct Zeros;

impl negotiate::random::Randomness for Zeros {
    fn fill(&self, out: &mut [u8]) -> Result<(), negotiate::random::Unavailable> {
        out.fill(0);
        Ok(())
    }
}

#[test]
fn e13_each_bit_and_each_length_of_a_third_leg_counts() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm().with_etype(etype).unwrap();
        let acceptor = acceptor(kerberos(&realm).randomness(Zeros).dangerous().permit_rc4());
        let login = login(&realm).dce_style();
        let initiator = login.initiator().unwrap();
        let number = initiator.read(&second_leg_of(&acceptor, &login).0).unwrap().seq_number;
        let leg = initiator.third_leg(number).unwrap();
        let take = |leg: &[u8]| second_leg_of(&acceptor, &login).1.accept(leg, NOW);
        established(take(&leg));
        for bit in 0..leg.len() * 8 {
            let mut flipped = leg.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let rejected = take(&flipped).expect_err("taken");
            assert!(rejected.error.downcast_ref::<negotiate::kerberos::Error>().is_some(), "{etype}, bit {bit}");
        }
        for length in 0..leg.len() {
            assert!(take(&leg[..length]).is_err(), "{etype}, {length} octets");
        }
        assert!(take(&[&leg[..], b"\0"].concat()).is_err(), "{etype}, one more");
    }
}

/// The acceptor's own AP-REP has the same form and key, and the sequence number that is due.
#[test]
fn a_reflected_second_leg_is_no_third_leg() {
    let realm = realm();
    let login = login(&realm).dce_style();
    let (token, next) = second_leg(&login, &realm);
    let rejected = next.accept(&token, NOW).unwrap_err();
    assert_eq!(rejected.error.kind(), "bad-third-leg");

    // Nor with a kvno, which is not part of what is encrypted.
    let (token, next) = second_leg(&crate::support::login(&realm).dce_style(), &realm);
    let mut message = ApRep::parse(&token).unwrap();
    message.enc_part.kvno = Some(1);
    assert_eq!(next.accept(&message.to_der().unwrap(), NOW).unwrap_err().error.kind(), "bad-third-leg");
}

#[test]
fn a_handshake_has_its_time() {
    let realm = realm();
    let login = login(&realm).dce_style();
    let (token, next) = second_leg(&login, &realm);
    let initiator = login.initiator().unwrap();
    let leg = initiator.third_leg(initiator.read(&token).unwrap().seq_number).unwrap();
    let rejected = next.accept(&leg, seconds(31)).unwrap_err();
    assert_eq!(rejected.error.kind(), "handshake-expired");
}

#[test]
fn an_answer_that_comes_too_late_is_none() {
    let realm = realm();
    let ask = || match plain(&realm).accept(&login(&realm).encode().unwrap(), NOW).unwrap() {
        Accept::NeedsReplayCheck(check) => check,
        step => panic!("{step:?}"),
    };
    assert!(ask().continue_with(ReplayVerdict::Fresh, seconds(30)).is_ok());
    let rejected = ask().continue_with(ReplayVerdict::Fresh, seconds(31)).unwrap_err();
    assert_eq!(rejected.error.kind(), "handshake-expired");
}

#[test]
fn signatures_of_the_offer_go_both_ways_and_must_verify() {
    for etype in strong() {
        let realm = realm().with_etype(etype).unwrap();
        // Kerberos is the second choice: signatures are due.
        let offer = Offer::of(&[Oid::NEGOEX, Oid::KRB5]);
        for spoil in [None, Some(0), Some(2), Some(8), Some(16), Some(20)] {
            let login = login(&realm);
            let initiator = login.initiator().unwrap();
            let step = plain(&realm).accept(&offer.encode(Some(b"NEGOEXTS")).unwrap(), NOW).unwrap();
            let Accept::NeedsToken { token, next } = step else { panic!("{step:?}") };
            assert_eq!(response(&token).neg_state, Some(NegState::RequestMic));

            let step = next.accept(&answer(Some(&login.encode().unwrap()), None), NOW).unwrap();
            let Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
            let step = check.use_cache(&NoReplayCache, NOW).unwrap();
            let Accept::NeedsToken { token, next } = step else { panic!("{step:?}") };
            let reply = response(&token);
            let ap_rep = initiator.read(reply.response_token.unwrap().0).unwrap();
            let list = offer.mech_type_list().unwrap();
            assert!(initiator.is_acceptors_mic(&ap_rep, &list, reply.mech_list_mic.unwrap().0));

            let mut mic = initiator.mic(Some(&ap_rep), &list);
            if let Some(octet) = spoil {
                mic[octet] ^= 0x10;
            }
            let step = next.accept(&answer(None, Some(&mic)), NOW);
            assert_eq!(step.is_ok(), spoil.is_none(), "{spoil:?}");
        }
    }
}

fn answer(token: Option<&[u8]>, mic: Option<&[u8]>) -> Vec<u8> {
    use negotiate::asn1::OctetString;
    use negotiate::spnego::message::{NegTokenResp, NegotiationToken};
    let response = NegTokenResp {
        response_token: token.map(OctetString),
        mech_list_mic: mic.map(OctetString),
        ..NegTokenResp::default()
    };
    NegotiationToken::NegTokenResp(response).to_der().unwrap()
}
