//! Kerberos and NTLM behind one acceptor, by its front door: SECURITY section C with real NTLM, recorded and made here.

#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

use std::path::PathBuf;

use negotiate::asn1::OctetString;
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::testing::Realm;
use negotiate::ntlm::{self, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::spnego::message::{MechTypeList, NegState, NegTokenInit, NegTokenResp, NegotiationToken};
use negotiate::{
    Accept, Acceptor, AccountAnswer, AccountQuestion, AccountStore, Context, Initiate, Initiator, Mechanism,
    Protection, Rejected, ReplayVerdict, Timestamp, Wrapping, initiator, kerberos,
};
use serde_json::Value;

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_523);
const PASSWORD: &str = "Alice-Pw-1";

/// One account, whatever name is asked for.
struct One(NtHash);

impl AccountStore for One {
    fn look_up(&self, _: &AccountQuestion<'_>) -> AccountAnswer {
        AccountAnswer::nt_hash(Account::new("STORE", "the account"), &self.0)
    }
}

fn ntlm_acceptor() -> ntlm::Acceptor {
    ntlm::Acceptor::new(TargetInfo::new("web.example.com").unwrap())
        .accounts(One(NtHash::from_password(PASSWORD).unwrap()))
}

fn realm() -> Realm {
    Realm::new("EXAMPLE.COM", "HTTP/web.example.com").unwrap()
}

/// NTLM is named first, and yet Kerberos comes first.
fn kerberos_and(realm: &Realm, ntlm: ntlm::Acceptor) -> Acceptor {
    Acceptor::builder().ntlm(ntlm).kerberos(kerberos::Acceptor::new(realm.keytab().unwrap())).build().unwrap()
}

fn both() -> Acceptor {
    kerberos_and(&realm(), ntlm_acceptor())
}

fn only_ntlm() -> Acceptor {
    Acceptor::builder().ntlm(ntlm_acceptor()).build().unwrap()
}

fn credential(name: &str) -> ntlm::Initiator {
    ntlm::Initiator::new(ntlm::Credential::with_password(name, PASSWORD).unwrap())
}

fn initiator() -> Initiator {
    Initiator::builder("HTTP@web.example.com".parse().unwrap()).ntlm(credential(r"EXAMPLE\alice")).build().unwrap()
}

fn sent(step: Initiate) -> (Vec<u8>, initiator::Handshake) {
    match step {
        Initiate::NeedsToken { token, next } => (token, next),
        other => panic!("{other:?}"),
    }
}

/// A step of an acceptor, its questions answered.
fn answered(mut step: Result<Accept, Rejected>) -> Result<Accept, Rejected> {
    while let Ok(Accept::NeedsReplayCheck(check)) = step {
        step = check.continue_with(ReplayVerdict::Fresh, NOW);
    }
    step
}

fn challenged(step: Result<Accept, Rejected>) -> (Vec<u8>, negotiate::Handshake) {
    match answered(step).unwrap() {
        Accept::NeedsToken { token, next } => (token, next),
        other => panic!("{other:?}"),
    }
}

fn established(step: Result<Accept, Rejected>) -> (Option<Vec<u8>>, Context) {
    match answered(step).unwrap() {
        Accept::Established { token, context } => (token, context),
        other => panic!("{other:?}"),
    }
}

fn refused(step: Result<Accept, Rejected>) -> (&'static str, Option<Vec<u8>>) {
    let Rejected { error, token } = answered(step).unwrap_err();
    (error.kind(), token)
}

fn response(octets: &[u8]) -> NegTokenResp<'_> {
    match NegotiationToken::parse(octets).unwrap() {
        NegotiationToken::NegTokenResp(response) => response,
        NegotiationToken::NegTokenInit(_) => panic!("an offer"),
    }
}

fn encoded(response: NegTokenResp<'_>) -> Vec<u8> {
    NegotiationToken::NegTokenResp(response).to_der().unwrap()
}

/// The message with another signature in it, or none.
fn with_mic(message: &[u8], mic: Option<&[u8]>) -> Vec<u8> {
    encoded(NegTokenResp { mech_list_mic: mic.map(OctetString), ..response(message) })
}

fn offer(names: &[Oid<'static>], token: Option<&[u8]>) -> Vec<u8> {
    let init = NegTokenInit {
        mech_types: MechTypeList::new(names).unwrap(),
        req_flags: None,
        mech_token: token.map(OctetString),
        mech_list_mic: None,
        extensions: Default::default(),
    };
    let inner = NegotiationToken::NegTokenInit(init).to_der().unwrap();
    InitialToken::encode(Oid::SPNEGO, &[&inner]).unwrap()
}

const LIST: [Oid<'static>; 2] = [Oid::KRB5, Oid::NTLMSSP];

/// Messages in both directions, the first of which come right after the signatures: the key streams must have begun anew.
fn talk(mut one: Context, mut other: Context) {
    assert_eq!(one.session_key(), other.session_key());
    for (round, protection) in [Protection::Confidentiality; 3].into_iter().enumerate() {
        for text in [format!("there {round}"), format!("and back {round}")] {
            let mut token = one.wrap(text.as_bytes(), protection).unwrap();
            assert_eq!(other.unwrap(&mut token).unwrap().message, text.as_bytes());
            core::mem::swap(&mut one, &mut other);
        }
    }
}

#[test]
fn ntlm_between_both_sides() {
    for acceptor in [both(), only_ntlm()] {
        let (token, next) = sent(initiator().initiate(NOW).unwrap());
        let (token, handshake) = challenged(acceptor.accept(&token, NOW));
        assert_eq!(response(&token).neg_state, Some(NegState::AcceptIncomplete));
        assert_eq!(response(&token).supported_mech, Some(Oid::NTLMSSP));
        let (token, next) = sent(next.step(&token, NOW).unwrap());
        assert!(response(&token).mech_list_mic.is_some());
        let (token, theirs) = established(handshake.accept(&token, NOW));
        let token = token.unwrap();
        assert_eq!(response(&token).neg_state, Some(NegState::AcceptCompleted));
        let Initiate::Established { token: None, context: own } = next.step(&token, NOW).unwrap() else { panic!() };
        assert_eq!((own.mechanism(), own.wrapping()), (Mechanism::Ntlm, Wrapping::Spnego));
        assert_eq!((theirs.mechanism(), theirs.wrapping()), (Mechanism::Ntlm, Wrapping::Spnego));
        talk(own, theirs);
    }
}

/// NTLM's last token and its signature, and where to go on with them.
fn last_token() -> (Vec<u8>, negotiate::Handshake, initiator::Handshake) {
    let (token, next) = sent(initiator().initiate(NOW).unwrap());
    let (token, handshake) = challenged(both().accept(&token, NOW));
    let (token, next) = sent(next.step(&token, NOW).unwrap());
    (token, handshake, next)
}

#[test]
fn c04_ntlm_whose_authenticate_message_has_a_mic_must_sign_the_list() {
    let (token, handshake, _) = last_token();
    assert_eq!(refused(handshake.accept(&with_mic(&token, None), NOW)).0, "mic-required");
    let (token, handshake, next) = last_token();
    let reply = established(handshake.accept(&token, NOW)).0.unwrap();
    assert_eq!(next.step(&with_mic(&reply, None), NOW).unwrap_err().kind(), "mic-required");
    for bit in (0..128).step_by(5) {
        let flip = |message: &[u8]| {
            let mut mic = response(message).mech_list_mic.unwrap().to_vec();
            mic[bit / 8] ^= 1 << (bit % 8);
            with_mic(message, Some(&mic))
        };
        let (token, handshake, _) = last_token();
        assert_eq!(refused(handshake.accept(&flip(&token), NOW)).0, "bad-mic", "bit {bit}");
        let (token, handshake, next) = last_token();
        let reply = established(handshake.accept(&token, NOW)).0.unwrap();
        assert_eq!(next.step(&flip(&reply), NOW).unwrap_err().kind(), "bad-mic", "bit {bit}");
    }
}

#[test]
fn c15_neither_a_copy_of_the_token_nor_ones_own_signature_is_one() {
    let (token, handshake, _) = last_token();
    let copy = response(&token).response_token.unwrap();
    assert_eq!(refused(handshake.accept(&with_mic(&token, Some(&copy)), NOW)).0, "bad-mic");
    let (token, handshake, next) = last_token();
    let own = response(&token).mech_list_mic.unwrap();
    let reply = established(handshake.accept(&token, NOW)).0.unwrap();
    assert_eq!(next.step(&with_mic(&reply, Some(&own)), NOW).unwrap_err().kind(), "bad-mic");
}

/// What an initiator offers is one thing, what arrives another.
#[test]
fn c04_a_changed_offer_is_found_out() {
    let lists: [&[Oid<'static>]; 4] = [
        &[Oid::NTLMSSP, Oid::KRB5],
        &[Oid::NTLMSSP, Oid::NEGOEX],
        &[Oid::NTLMSSP, Oid::NTLMSSP],
        &[Oid::NTLMSSP, Oid::KRB5_MICROSOFT, Oid::KRB5],
    ];
    for list in lists {
        for acceptor in [both(), only_ntlm()] {
            let (token, next) = sent(initiator().initiate(NOW).unwrap());
            let NegotiationToken::NegTokenInit(init) =
                NegotiationToken::parse(InitialToken::parse(&token).unwrap().inner).unwrap()
            else {
                panic!()
            };
            let (reply, handshake) = challenged(acceptor.accept(&offer(list, init.mech_token.as_deref()), NOW));
            let (token, _) = sent(next.step(&reply, NOW).unwrap());
            assert_eq!(refused(handshake.accept(&token, NOW)).0, "bad-mic", "{list:?}");
        }
    }
}

/// NTLM as somebody's second choice: the AUTHENTICATE_MESSAGE in answer to a challenge, and the context to sign with.
fn second_choice(acceptor: &Acceptor, mechanism: ntlm::Initiator) -> (Vec<u8>, Context, negotiate::Handshake) {
    let bare = Initiator::builder("HTTP@web.example.com".parse().unwrap()).ntlm(mechanism).bare().build().unwrap();
    let (reply, handshake) = challenged(acceptor.accept(&offer(&LIST, Some(b"a token of Kerberos")), NOW));
    assert_eq!(response(&reply).neg_state, Some(NegState::RequestMic));
    assert_eq!(response(&reply).response_token, None);
    let (token, next) = sent(bare.initiate(NOW).unwrap());
    let (reply, handshake) = challenged(handshake.accept(&message(&token, None), NOW));
    let token = response(&reply).response_token.unwrap();
    match next.step(&token, NOW).unwrap() {
        Initiate::Established { token: Some(token), context } => (token, context, handshake),
        other => panic!("{other:?}"),
    }
}

fn message(token: &[u8], mic: Option<&[u8]>) -> Vec<u8> {
    let (response_token, mech_list_mic) = (Some(OctetString(token)), mic.map(OctetString));
    encoded(NegTokenResp { response_token, mech_list_mic, ..NegTokenResp::default() })
}

#[test]
fn c04_ntlm_as_the_second_choice_signs_the_whole_list() {
    let signed = |list: &[Oid<'static>]| {
        let (token, mut context, handshake) = second_choice(&only_ntlm(), credential("alice"));
        let mic = context.get_mic(&MechTypeList::new(list).unwrap().to_der().unwrap()).unwrap();
        handshake.accept(&message(&token, Some(&mic)), NOW)
    };
    let (reply, context) = established(signed(&LIST));
    assert!(response(&reply.unwrap()).mech_list_mic.is_some());
    assert_eq!(context.mechanism(), Mechanism::Ntlm);
    assert_eq!(refused(signed(&[Oid::NTLMSSP])).0, "bad-mic");
    assert_eq!(refused(signed(&[Oid::NTLMSSP, Oid::KRB5])).0, "bad-mic");
}

#[test]
fn c06_ntlm_as_the_second_choice_without_sign() {
    for mic in [None, Some(&[1; 16][..])] {
        let (token, _, handshake) = second_choice(&only_ntlm(), credential("alice").without_message_protection());
        assert_eq!(refused(handshake.accept(&message(&token, mic), NOW)).0, "mic-unavailable");
    }
}

/// With NTLM alone there is nothing that could have been removed by the initiator's own account, and without SIGN nothing to
/// sign with: LDAP inside TLS logs in so.
#[test]
fn ntlm_alone_without_sign_needs_no_signature() {
    let builder = Initiator::builder("LDAP@web.example.com".parse().unwrap());
    let initiator = builder.ntlm(credential("alice").without_message_protection()).build().unwrap();
    let (token, next) = sent(initiator.initiate(NOW).unwrap());
    let (token, handshake) = challenged(both().accept(&token, NOW));
    let (token, next) = sent(next.step(&token, NOW).unwrap());
    assert_eq!(response(&token).mech_list_mic, None);
    let (token, mut context) = established(handshake.accept(&token, NOW));
    let Initiate::Established { .. } = next.step(&token.unwrap(), NOW).unwrap() else { panic!() };
    assert!(context.get_mic(b"message").is_err());
}

#[test]
fn c07_a_guest_is_no_exception() {
    for name in ["guest", "Guest", r"\guest", r"EXAMPLE\GUEST"] {
        let (token, _, handshake) = second_choice(&only_ntlm(), credential(name));
        assert_eq!(refused(handshake.accept(&message(&token, None), NOW)).0, "mic-required");
    }
}

/// Whoever stands in between offers NTLM alone, and then nothing at all: takes the login out of the negotiation, without
/// the signature of the list that it was made for.
#[test]
fn c04_a_login_that_was_taken_out_of_its_negotiation() {
    let realm = realm();
    let builder = || {
        let kerberos = kerberos::Acceptor::new(realm.keytab().unwrap());
        Acceptor::builder().kerberos(kerberos).ntlm(ntlm_acceptor().require_mic())
    };
    let login = |acceptor: &Acceptor| {
        let (offer, next) = sent(initiator().initiate(NOW).unwrap());
        let NegotiationToken::NegTokenInit(init) =
            NegotiationToken::parse(InitialToken::parse(&offer).unwrap().inner).unwrap()
        else {
            panic!()
        };
        let Accept::NeedsToken { token, next: handshake } = acceptor.accept(init.mech_token.unwrap().0, NOW)? else {
            panic!()
        };
        let reply = NegTokenResp {
            neg_state: Some(NegState::AcceptIncomplete),
            supported_mech: Some(Oid::NTLMSSP),
            response_token: Some(OctetString(&token)),
            ..NegTokenResp::default()
        };
        let (token, _) = sent(next.step(&encoded(reply), NOW).unwrap());
        let response = response(&token);
        assert!(response.mech_list_mic.is_some());
        handshake.accept(response.response_token.unwrap().0, NOW)
    };
    // The login itself is sound, and nothing in it tells where it came from.
    let (_, context) = established(login(&builder().build().unwrap()));
    assert_eq!(context.wrapping(), Wrapping::Raw);
    let closed = builder().require_spnego().build().unwrap();
    assert_eq!(refused(login(&closed)), ("not-enabled", None));
    assert_eq!(refused(closed.accept(&realm.raw_token("alice", NOW).unwrap(), NOW)).0, "not-enabled");
    assert!(matches!(closed.accept(&realm.spnego_token("alice", NOW).unwrap(), NOW), Ok(Accept::NeedsReplayCheck(_))));
}

/// A ticket that fails is the end, though NTLM is enabled and stands in the list.
#[test]
fn c16_a_failed_ticket_is_not_followed_by_a_challenge() {
    let realm = realm();
    let acceptor = kerberos_and(&realm, ntlm_acceptor());
    let token = realm.raw_token("alice", NOW).unwrap();
    let (_, context) = established(acceptor.accept(&offer(&LIST, Some(&token)), NOW));
    assert_eq!(context.mechanism(), Mechanism::Kerberos);
    for at in [token.len() - 1, token.len() - 200, token.len() / 2] {
        let mut spoilt = token.clone();
        spoilt[at] ^= 1;
        let (_, reply) = refused(acceptor.accept(&offer(&LIST, Some(&spoilt)), NOW));
        let reply = reply.unwrap();
        assert_eq!(response(&reply).neg_state, Some(NegState::Reject));
        assert!(!reply.windows(7).any(|window| window == b"NTLMSSP"));
    }
}

#[test]
fn c09_an_ntlm_token_in_the_place_of_kerberos() {
    let (token, _) = sent(initiator().initiate(NOW).unwrap());
    let NegotiationToken::NegTokenInit(init) =
        NegotiationToken::parse(InitialToken::parse(&token).unwrap().inner).unwrap()
    else {
        panic!()
    };
    assert_eq!(refused(both().accept(&offer(&LIST, init.mech_token.as_deref()), NOW)).0, "mech-mismatch");
}

#[test]
fn bare_ntlm_goes_to_ntlm() {
    let bare = Initiator::builder("HTTP@web.example.com".parse().unwrap()).ntlm(credential("alice")).bare();
    let (token, next) = sent(bare.build().unwrap().initiate(NOW).unwrap());
    let (token, handshake) = challenged(both().accept(&token, NOW));
    assert!(token.starts_with(b"NTLMSSP\0"));
    let Initiate::Established { token: Some(token), context: own } = next.step(&token, NOW).unwrap() else { panic!() };
    let (reply, theirs) = established(handshake.accept(&token, NOW));
    assert_eq!((reply, theirs.wrapping()), (None, Wrapping::Raw));
    talk(own, theirs);
    // Where it is not enabled, the log hears why it came.
    let kerberos = Acceptor::builder().kerberos(kerberos::Acceptor::new(realm().keytab().unwrap())).build().unwrap();
    assert_eq!(refused(kerberos.accept(b"NTLMSSP\0\x01\0\0\0", NOW)), ("ntlm", None));
}

fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default().as_bytes();
    text.chunks_exact(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// gss-ntlmssp's, Samba's, pyspnego's and impacket's exchanges, whole: NTLM's proof, its MIC, and the signature of the list. The
/// acceptor would rather have Kerberos, which none of them offers.
#[test]
fn c04_recorded_exchanges_of_ntlm_inside_spnego() {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no folder with recorded exchanges");
        return;
    }
    let mut played = 0;
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("ntlm")).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for file in files {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        let case: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let spnego = name.starts_with("spnego-") || name.contains("smbclient-smbd");
        if !spnego || case["verified"]["ok"] != true {
            continue;
        }
        play(&name, &case);
        played += 1;
    }
    println!("{played} recorded exchanges of NTLM inside SPNEGO");
    assert!(played >= 13, "{played}");
}

fn play(name: &str, case: &Value) {
    let legs: Vec<Vec<u8>> = case["legs"].as_array().unwrap().iter().map(|leg| unhex(&leg["hex"])).collect();
    let now = Timestamp::from_seconds(case["captured_at"].as_f64().unwrap() as i64);
    let acceptor = || {
        let ntlm = ntlm::Acceptor::new(TargetInfo::new("web.ad.example.com").unwrap());
        let ntlm = ntlm.accounts(One(NtHash::from_password(case["password"].as_str().unwrap()).unwrap()));
        kerberos_and(&realm(), ntlm.dangerous().replay_challenge(&unhex(&case["ntlm"]["challenge"]["hex"])).unwrap())
    };
    let begun = || match acceptor().accept(&legs[0], now).unwrap() {
        Accept::NeedsToken { token, next } => (token, next),
        other => panic!("{name}: {other:?}"),
    };
    let (token, handshake) = begun();
    if case["acceptor"].as_str().unwrap().starts_with("pyspnego") {
        // pyspnego asks for signatures of an offer of one.
        assert_eq!(response(&token).response_token, response(&legs[1]).response_token, "{name}");
    } else {
        assert_eq!(token, legs[1], "{name}");
    }
    let (token, context) = established(handshake.accept(&legs[2], now));
    if let Some(last) = legs.get(3) {
        assert_eq!(token.as_ref(), Some(last), "{name}");
    }
    assert_eq!(context.session_key(), unhex(&case["verified"]["exported_session_key"]), "{name}");
    let Some(mic) = response(&legs[2]).mech_list_mic else {
        // impacket's, whose AUTHENTICATE_MESSAGE has no MIC either.
        assert_eq!((name, case["verified"]["mic_present"].as_bool()), ("impacket-smbclient-smbd", Some(false)));
        return;
    };
    assert_eq!(refused(begun().1.accept(&with_mic(&legs[2], None), now)).0, "mic-required", "{name}");
    for bit in 0..mic.len() * 8 {
        let mut flipped = mic.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (kind, _) = refused(begun().1.accept(&with_mic(&legs[2], Some(&flipped)), now));
        assert_eq!(kind, "bad-mic", "{name}: bit {bit}");
    }
}
