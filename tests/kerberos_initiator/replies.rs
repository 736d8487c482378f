//! Answers that are none: altered, recorded, sent back, of another login, in weak keys (row E13).

use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::etype::{EncryptionType, KeyUsage};
use negotiate::kerberos::message::{
    ApRep, EncApRepPart, EncryptedData, KerbErrorData, KerberosTime, KeyValue, KrbError, Microseconds, PVNO,
    PrincipalName, SequenceNumber, msg_type,
};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, InitiatorError};
use negotiate::{Accept, Error, Fault, Initiate, Timestamp};

use crate::NOW;
use crate::pair::{acceptor, alice, realm, to_service, usual};

/// An initiator that always makes the same login, so that an answer can be tried on it again and again.
struct Zeros;

impl negotiate::random::Randomness for Zeros {
    fn fill(&self, out: &mut [u8]) -> Result<(), negotiate::random::Unavailable> {
        out.fill(0);
        Ok(())
    }
}

/// The same login over and over: a new initiator each time, so that the time is the same too.
struct Again {
    realm: Realm,
    ticket: Vec<u8>,
    cache: std::sync::Arc<negotiate::kerberos::Ccache>,
    dce_style: bool,
}

impl Again {
    fn new(realm: Realm, dce_style: bool) -> Self {
        let cache = realm.ccache("alice", NOW).unwrap();
        let ticket = cache.credentials().next().unwrap().ticket.clone();
        Self { realm, ticket, cache: cache.into(), dce_style }
    }

    fn begin(&self) -> (Vec<u8>, negotiate::initiator::Handshake) {
        let mut kerberos = kerberos::Initiator::new(self.cache.clone()).randomness(Zeros);
        if self.dce_style {
            kerberos = kerberos.dce_style();
        }
        let initiator = to_service(kerberos.dangerous().allow_rc4()).bare().build().unwrap();
        match initiator.initiate(NOW).unwrap() {
            Initiate::NeedsToken { token, next } => (token, next),
            other => panic!("{other:?}"),
        }
    }

    fn answer(&self) -> Vec<u8> {
        match take(&self.realm, &self.begin().0) {
            Accept::Established { token: Some(token), .. } | Accept::NeedsToken { token, .. } => token,
            other => panic!("{other:?}"),
        }
    }

    fn step(&self, token: &[u8]) -> Result<Initiate, Error> {
        self.begin().1.step(token, NOW)
    }
}

/// What an AP-REP says, to be spoilt.
struct Part {
    ctime: i64,
    cusec: i32,
    subkey: Option<(EncryptionType, Vec<u8>)>,
    seq_number: Option<u32>,
}

impl Again {
    /// The login answered by whoever has the session key.
    fn answered(&self, spoil: impl FnOnce(&mut Part)) -> Result<Initiate, Error> {
        let subkey = Some((EncryptionType::AES256_CTS_HMAC_SHA1_96, vec![7; 32]));
        let cusec = i32::try_from(NOW.subsecond_micros()).unwrap();
        let mut part = Part { ctime: NOW.as_seconds(), cusec, subkey, seq_number: Some(1) };
        spoil(&mut part);
        let subkey = part.subkey.as_ref();
        let plaintext = EncApRepPart {
            ctime: KerberosTime::new(Timestamp::from_seconds(part.ctime)).unwrap(),
            cusec: Microseconds(part.cusec),
            subkey: subkey.map(|(etype, key)| KeyValue { keytype: etype.0, keyvalue: OctetString(key) }),
            seq_number: part.seq_number.map(SequenceNumber),
        };
        let key = self.cache.credentials().next().unwrap().key().unwrap();
        let sealed = key.for_encryption(KeyUsage::AP_REP).encrypt(&plaintext.to_der().unwrap(), &Zeros).unwrap();
        let enc_part = EncryptedData { etype: key.etype().0, kvno: None, cipher: OctetString(&sealed) };
        let message = ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part }.to_der().unwrap();
        self.step(&InitialToken::encode(Oid::KRB5, &[&[2, 0], &message]).unwrap())
    }
}

fn take(realm: &Realm, token: &[u8]) -> Accept {
    match acceptor(realm).accept(token, NOW).unwrap() {
        Accept::NeedsReplayCheck(check) => check.use_cache(&NoReplayCache, NOW).unwrap(),
        other => other,
    }
}

#[test]
fn e13_each_bit_and_each_length_of_an_answer_counts() {
    for etype in EncryptionType::IMPLEMENTED {
        for dce_style in [false, true] {
            let again = Again::new(realm(etype), dce_style);
            let answer = again.answer();
            assert!(matches!(again.step(&answer), Ok(Initiate::Established { .. })));
            for bit in 0..answer.len() * 8 {
                let mut flipped = answer.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let Err(error) = again.step(&flipped) else {
                    // The Kerberos OID that Windows 2000 misspelt is Kerberos too.
                    assert_eq!(InitialToken::parse(&flipped).unwrap().mechanism, Oid::KRB5_MICROSOFT, "bit {bit}");
                    continue;
                };
                assert_eq!(error.krb_error(), Some(46), "bit {bit}: {error}");
                assert_eq!(error.fault(), Fault::Peer, "bit {bit}: {error}");
            }
            for length in 0..answer.len() {
                assert!(again.step(&answer[..length]).is_err(), "{length} octets");
            }
            assert!(again.step(&[&answer[..], b"\0"].concat()).is_err());
        }
    }
}

/// Of another login with the same ticket, of one a microsecond later, of one with another ticket.
#[test]
fn e13_an_answer_to_another_login_is_none() {
    let again = Again::new(usual(), false);
    let initiator = to_service(kerberos::Initiator::new(again.cache.clone())).bare().build().unwrap();
    let logins: Vec<_> = (0..2)
        .map(|_| match initiator.initiate(NOW).unwrap() {
            Initiate::NeedsToken { token, next } => (token, next),
            other => panic!("{other:?}"),
        })
        .collect();
    let answers: Vec<_> = logins
        .iter()
        .map(|(token, _)| match take(&again.realm, token) {
            Accept::Established { token: Some(token), .. } => token,
            other => panic!("{other:?}"),
        })
        .collect();
    // In turn: each login gets the other's.
    for ((_, next), answer) in logins.into_iter().zip(answers.iter().rev()) {
        let error = next.step(answer, NOW).unwrap_err();
        assert_eq!((error.kind(), error.krb_error()), ("other-login", Some(46)));
    }
    let other_ticket = Again::new(usual(), false);
    let error = again.step(&other_ticket.answer()).unwrap_err();
    assert_eq!((error.kind(), error.krb_error()), ("bad-reply", Some(46)));
}

/// Its own token sent back, in each form; and messages that are no answer.
#[test]
fn e13_what_is_no_answer_is_none() {
    for dce_style in [false, true] {
        let again = Again::new(usual(), dce_style);
        let framed = |id: &[u8], message: &[u8]| InitialToken::encode(Oid::KRB5, &[id, message]).unwrap();
        let reflected = again.begin().0;
        let ap_req =
            if dce_style { reflected.clone() } else { InitialToken::parse(&reflected).unwrap().inner[2..].to_vec() };
        let answer = again.answer();
        let ap_rep = if dce_style { answer.clone() } else { InitialToken::parse(&answer).unwrap().inner[2..].to_vec() };
        let wrong_frame = if dce_style { framed(&[2, 0], &ap_rep) } else { ap_rep.clone() };
        for (token, what) in [
            (reflected, "reflected"),
            (framed(&[2, 0], &ap_req), "an AP-REQ under the name of an AP-REP"),
            (framed(&[1, 0], &ap_rep), "an AP-REP under the name of an AP-REQ"),
            (wrong_frame, "in a frame where none is due, or in none"),
            (InitialToken::encode(Oid::NTLMSSP, &[&[2, 0], &ap_rep]).unwrap(), "another mechanism"),
            (framed(&[2, 0], &again.ticket), "a ticket"),
            (framed(&[2], &[]), "half an identifier"),
            (b"NTLMSSP\0\x02\0\0\0".to_vec(), "NTLM"),
            (Vec::new(), "nothing"),
        ] {
            let error = again.step(&token).unwrap_err();
            assert_eq!((error.krb_error(), error.fault()), (Some(46), Fault::Peer), "{what}: {error}");
        }
    }
}

/// Whoever has only seen the exchange cannot make an answer; who has the service's key, and is at fault, cannot make a weak
/// one.
#[test]
fn e09_e13_a_weaker_subkey_is_refused() {
    let again = Again::new(usual(), false);
    for (etype, length, kind) in [
        (EncryptionType::RC4_HMAC, 16, "weaker-subkey"),
        (EncryptionType::AES128_CTS_HMAC_SHA1_96, 16, "weaker-subkey"),
        (EncryptionType(16), 24, "etype-not-permitted"),
        (EncryptionType::AES256_CTS_HMAC_SHA1_96, 31, "bad-key"),
    ] {
        let error = again.answered(|part| part.subkey = Some((etype, vec![7; length]))).unwrap_err();
        assert_eq!((error.kind(), error.krb_error()), (kind, Some(46)), "{error}");
    }
    for spoil in [
        |part: &mut Part| part.ctime += 1,
        |part: &mut Part| part.ctime -= 1,
        |part: &mut Part| part.cusec += 1,
        |part: &mut Part| part.cusec = 0,
    ] {
        let error = again.answered(spoil).unwrap_err();
        assert_eq!(error.kind(), "other-login");
    }
    for sound in [
        |_: &mut Part| {},
        |part: &mut Part| part.subkey = None,
        |part: &mut Part| part.seq_number = None,
        |part: &mut Part| {
            part.subkey = Some((EncryptionType::AES256_CTS_HMAC_SHA384_192, vec![7; 32]));
        },
    ] {
        again.answered(sound).unwrap();
    }
}

/// By its type: there is no way to step twice, or to go on with a handshake that failed.
#[test]
fn b11_a_step_uses_the_handshake_up() {
    let _: fn(negotiate::initiator::Handshake, &[u8], Timestamp) -> Result<Initiate, Error> =
        negotiate::initiator::Handshake::step;
    let _: fn(negotiate::Handshake, &[u8], Timestamp) -> Result<Accept, negotiate::Rejected> =
        negotiate::Handshake::accept;
    let again = Again::new(usual(), false);
    let (answer, broken) = (again.answer(), b"\x60\x03\x06\x01\x00");
    assert!(again.step(broken).is_err());
    // The same answer is good for a login that is begun anew, and there is no other way.
    assert!(again.step(&answer).is_ok());
}

/// In none of the ways that ask for an answer: in SPNEGO not even where the mechanism is done, before the acceptor has spoken.
#[test]
fn b11_there_is_no_context_before_the_answer() {
    let realm = usual();
    for kerberos in [alice(&realm), alice(&realm).dce_style(), alice(&realm).without_mutual_authentication()] {
        let step = to_service(kerberos).build().unwrap().initiate(NOW).unwrap();
        let Initiate::NeedsToken { next, .. } = step else { panic!("{step:?}") };
        assert!(!format!("{next:?}").contains("ontext"), "{next:?}");
    }
}

fn krb_error(error_code: i32, stime: i64, e_text: Option<&[u8]>, e_data: Option<&[u8]>) -> Vec<u8> {
    let sname = [GeneralString(b"HTTP"), GeneralString(b"www.example.test")];
    KrbError {
        pvno: PVNO,
        msg_type: msg_type::KRB_ERROR,
        ctime: None,
        cusec: None,
        stime: KerberosTime::new(Timestamp::from_seconds(stime)).unwrap(),
        susec: Microseconds(0),
        error_code,
        crealm: None,
        cname: None,
        realm: GeneralString(b"EXAMPLE.TEST"),
        sname: PrincipalName { name_type: 2, name_string: SequenceOf::new(&sname) },
        e_text: e_text.map(GeneralString),
        e_data: e_data.map(OctetString),
    }
    .to_der()
    .unwrap()
}

#[test]
fn a_krb_error_is_explained() {
    let status = [0x33, 0x01, 0, 0xc0, 0, 0, 0, 0, 1, 0, 0, 0];
    let extended = KerbErrorData { data_type: 3, data_value: Some(OctetString(&status)) }.to_der().unwrap();
    let skew = KerbErrorData { data_type: 2, data_value: None }.to_der().unwrap();
    let now = NOW.as_seconds();
    let clocks =
        ["KRB_AP_ERR_SKEW", "its clock says 2026-11-22T20:08:39Z, this side's 2026-11-22T19:58:39Z", "599 s apart"];
    for (message, code, fault, words) in [
        (krb_error(37, now + 600, None, Some(&skew)), 37, Fault::Time, &clocks[..]),
        (krb_error(41, now, None, None), 41, Fault::Peer, &["KRB_AP_ERR_MODIFIED", "another key"]),
        (krb_error(60, now, None, Some(&extended)), 60, Fault::Peer, &["KRB_ERR_GENERIC", "0xc0000133"]),
        (krb_error(4711, now, None, Some(b"junk")), 4711, Fault::Peer, &["error 4711"]),
        (krb_error(60, now, Some(b"look \x1b[31mhere"), None), 60, Fault::Peer, &[r#"it says "look \u{1b}[31mhere""#]),
    ] {
        for framed in [true, false] {
            for dce_style in [true, false] {
                let token = if framed {
                    InitialToken::encode(Oid::KRB5, &[&[3, 0], &message]).unwrap()
                } else {
                    message.clone()
                };
                let error = Again::new(usual(), dce_style).step(&token).unwrap_err();
                assert_eq!((error.kind(), error.krb_error(), error.fault()), ("peer-error", Some(code), fault));
                let text = error.to_string();
                assert!(words.iter().all(|word| text.contains(word)), "{text}");
                assert!(matches!(error.downcast_ref(), Some(InitiatorError::Refused(_))));
            }
        }
    }
}

/// What is not sound costs an error, whatever it claims to be.
#[test]
fn a_krb_error_that_is_none_is_a_bad_answer() {
    let message = krb_error(37, NOW.as_seconds(), None, None);
    let again = Again::new(usual(), false);
    for length in 0..message.len() {
        let token = InitialToken::encode(Oid::KRB5, &[&[3, 0], &message[..length]]).unwrap();
        assert_eq!(again.step(&token).unwrap_err().krb_error(), Some(46), "{length} octets");
    }
    let long = krb_error(60, NOW.as_seconds(), Some(&[b'x'; 60_000]), None);
    let text = again.step(&InitialToken::encode(Oid::KRB5, &[&[3, 0], &long]).unwrap()).unwrap_err().to_string();
    assert!(text.len() < 500, "{text}");
}

/// Our own acceptor's refusal, bare and in SPNEGO.
#[test]
fn the_skew_that_an_acceptor_refuses_is_told() {
    let realm = usual();
    let late = Timestamp::from_seconds(NOW.as_seconds() + 3_000);
    for bare in [true, false] {
        let mut builder = to_service(alice(&realm));
        if bare {
            builder = builder.bare();
        }
        let Initiate::NeedsToken { token, next } = builder.build().unwrap().initiate(NOW).unwrap() else {
            panic!("no token")
        };
        let rejected = acceptor(&realm).accept(&token, late).unwrap_err();
        let error = next.step(&rejected.token.unwrap(), NOW).unwrap_err();
        assert_eq!((error.kind(), error.krb_error(), error.fault()), ("peer-error", Some(37), Fault::Time));
        let Some(InitiatorError::Refused(refusal)) = error.downcast_ref() else { panic!("{error:?}") };
        assert_eq!((refusal.acceptor_time.as_seconds(), refusal.skew().as_secs()), (late.as_seconds(), 2_999));
    }
}
