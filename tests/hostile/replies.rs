//! What a refused peer is told: as little as helps it.

use negotiate::Rejected;
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::{KerbErrorData, msg_type};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{ClaimedKey, Frame, Login, Name};
use negotiate::kerberos::{Acceptor, ErrorReplies};
use negotiate::spnego::message::NegState;
use negotiate::{Timestamp, gss::InitialToken, gss::Oid};

use crate::support::*;

type Spoil = fn(&mut Login);

/// Faults with their code, and what it becomes where the keytab must not be listed.
const FAULTS: &[(Spoil, i32, i32)] = &[
    (|login| login.pvno = 4, 39, 39),
    (|login| login.msg_type = 15, 40, 40),
    (|login| login.ticket.etype = 3, 60, 60),
    (|login| login.ticket.sname = Name::new(2, &["HTTP", "elsewhere"]), 35, 60),
    (|login| login.ticket.usage = negotiate::kerberos::etype::KeyUsage(3), 31, 60),
    (|login| login.ticket.cipher = Some(vec![0; 4]), 31, 60),
    (|login| login.authenticator.cipher = Some(vec![0; 4]), 31, 60),
    (|login| login.ticket.etype = 17, 44, 60),
    (|login| login.authenticator.cname = Name::new(1, &["mallory"]), 36, 36),
    (|login| login.authenticator.stamp(seconds(-301)).unwrap(), 37, 37),
    (|login| login.ticket.flags = negotiate::kerberos::message::TicketFlags::INVALID, 33, 33),
    (|login| login.ticket.transited = b"X".to_vec(), 51, 51),
    (|login| login.authenticator.cksum = negotiate::kerberos::testing::ChecksumField::Absent, 50, 50),
    (|login| login.ticket.key = ClaimedKey::new(18, b"short"), 60, 60),
];

fn replying(kerberos: Acceptor, replies: ErrorReplies) -> negotiate::Acceptor {
    acceptor(kerberos.error_replies(replies))
}

#[test]
fn replies_are_minimal_unless_asked_otherwise() {
    let realm = realm();
    for (spoil, exact, minimal) in FAULTS {
        for (acceptor, code) in [
            (plain(&realm), *minimal),
            (replying(kerberos(&realm), ErrorReplies::Minimal), *minimal),
            (replying(kerberos(&realm), ErrorReplies::Exact), *exact),
        ] {
            let rejected = refused(&acceptor, &spoilt(&realm, spoil));
            let token = rejected.token.as_ref().unwrap_or_else(|| panic!("no reply: {rejected}"));
            assert_eq!(krb_error(token).error_code, code, "{rejected}");
            assert_eq!(rejected.error.krb_error(), Some(*exact), "the log has the exact one");
        }
        let silent = replying(kerberos(&realm), ErrorReplies::Never);
        assert!(refused(&silent, &spoilt(&realm, spoil)).token.is_none());
    }
}

#[test]
fn a_keytab_cannot_be_listed_by_the_replies() {
    let realm = realm();
    let spoils: [Spoil; 4] = [
        |login| login.ticket.sname = Name::new(2, &["HTTP", "elsewhere"]),
        |login| login.ticket.etype = 17,
        |login| login.ticket.cipher = Some(vec![7; 200]),
        |login| login.ticket.kvno = Some(9),
    ];
    let mut replies: Vec<_> = spoils
        .iter()
        .map(|spoil| {
            let mut login = spoilt(&realm, spoil);
            login.ticket.cipher = Some(vec![7; 200]);
            refused(&plain(&realm), &login).token.unwrap()
        })
        .collect();
    let empty = acceptor_of(Keytab::new());
    assert!(refused(&empty, &login(&realm)).token.is_none(), "it has no name to answer by");
    replies.dedup();
    assert_eq!(replies.len(), 1, "all the same, octet by octet");
}

#[test]
fn a_windows_peer_may_be_told_what_windows_says() {
    let realm = realm();
    let acceptor = replying(kerberos(&realm).kile_errors(), ErrorReplies::Exact);
    let rejected = refused(&acceptor, &spoilt(&realm, |login| login.ticket.cipher = Some(vec![0; 100])));
    assert_eq!(krb_error(&rejected.token.unwrap()).error_code, 41);
}

#[test]
fn only_who_asks_for_mutual_authentication_is_answered() {
    let realm = realm();
    for (spoil, ..) in FAULTS {
        let mut login = login(&realm).one_way();
        spoil(&mut login);
        let rejected = refused(&replying(kerberos(&realm), ErrorReplies::Exact), &login);
        assert!(rejected.token.is_none(), "{rejected}");
    }
}

#[test]
fn nothing_is_answered_to_what_cannot_be_read() {
    let realm = realm();
    let acceptor = || replying(kerberos(&realm), ErrorReplies::Exact);
    let sound = login(&realm).encode().unwrap();
    let mut tokens = vec![
        spoilt(&realm, |login| login.frame = Frame::Gss(Oid::KRB5, [2, 0])).encode().unwrap(),
        spoilt(&realm, |login| login.frame = Frame::Gss(Oid::IAKERB, [1, 0])).encode().unwrap(),
        InitialToken::encode(Oid::KRB5, &[b"\x01\x00"]).unwrap(),
        InitialToken::encode(Oid::KRB5, &[b"\x01\x00\x6e\x00"]).unwrap(),
        [&sound[..], b"\0"].concat(),
        b"\x60".to_vec(),
        Vec::new(),
    ];
    tokens.extend([1, 20, 60, sound.len() - 1].map(|length| sound[..length].to_vec()));
    for token in tokens {
        let rejected = refusal(take(&acceptor(), &token, NOW, &NoReplayCache));
        assert!(rejected.token.is_none(), "{rejected}");
    }
}

#[test]
fn a_reply_names_this_side_and_never_what_the_ticket_says() {
    let realm = realm();
    let login = spoilt(&realm, |login| {
        login.ticket.sname = Name::new(2, &["evil", "echo.example"]);
        login.ticket.realm = b"ECHO.EXAMPLE".to_vec();
    });
    let rejected = refused(&plain(&realm), &login);
    let token = rejected.token.unwrap();
    let error = krb_error(&token);
    assert!(error.sname.is(error.realm.0, realm.service()));
    assert_eq!((error.pvno, error.msg_type), (5, msg_type::KRB_ERROR));
    assert_eq!(error.stime.with_micros(error.susec), Some(NOW), "the caller's clock");
    assert!(error.ctime.is_none() && error.cusec.is_none());
    assert!(error.crealm.is_none() && error.cname.is_none() && error.e_text.is_none() && error.e_data.is_none());
}

#[test]
fn a_reply_names_only_what_the_acceptor_answers_to() {
    let realm = realm();
    let names = ["AAA/first@EXAMPLE.TEST", "HTTP/www.example.test@EXAMPLE.TEST"];
    let entry = |name: &str| KeytabEntry::new(name.parse().unwrap(), 1, Timestamp::UNIX_EPOCH, realm.key().duplicate());
    let kerberos = Acceptor::new(names.map(entry).into_iter().collect()).principal(names[1].parse().unwrap());
    let rejected = refused(&acceptor(kerberos), &spoilt(&realm, |login| login.ticket.usage.0 = 3));
    let token = rejected.token.unwrap();
    let error = krb_error(&token);
    assert!(error.sname.is(error.realm.0, &names[1].parse().unwrap()));
}

#[test]
fn skew_is_told_so_that_windows_can_set_its_clock() {
    let realm = realm();
    let rejected = refused(&plain(&realm), &spoilt(&realm, |login| login.authenticator.stamp(seconds(-900)).unwrap()));
    let token = rejected.token.unwrap();
    let error = krb_error(&token);
    let data = KerbErrorData::parse(error.e_data.expect("e-data with 37").0).unwrap();
    assert_eq!((data.data_type, data.data_value), (2, None));
    assert_eq!(error.stime.with_micros(error.susec), Some(NOW));
}

#[test]
fn a_replay_is_answered_too() {
    let realm = realm();
    let cache = negotiate::kerberos::MemoryReplayCache::new(Timestamp::UNIX_EPOCH);
    let token = login(&realm).encode().unwrap();
    assert!(take(&plain(&realm), &token, NOW, &cache).is_ok());
    let rejected = refusal(take(&plain(&realm), &token, NOW, &cache));
    assert_eq!(krb_error(&rejected.token.unwrap()).error_code, 34);
    let one_way = login(&realm).one_way().encode().unwrap();
    assert!(take(&plain(&realm), &one_way, NOW, &cache).is_ok());
    assert!(refusal(take(&plain(&realm), &one_way, NOW, &cache)).token.is_none());
}

#[test]
fn within_spnego_the_reply_is_carried_by_a_reject() {
    let realm = realm();
    for (spoil, exact, minimal) in FAULTS {
        let mut login = login(&realm).in_spnego();
        spoil(&mut login);
        let Rejected { error, token } = refused(&plain(&realm), &login);
        assert_eq!(error.krb_error(), Some(*exact));
        let token = token.expect("SPNEGO always answers");
        let response = response(&token);
        assert_eq!(response.neg_state, Some(NegState::Reject));
        assert_eq!(krb_error(response.response_token.unwrap().0).error_code, *minimal);
        assert!(response.mech_list_mic.is_none());
    }
    let rejected = refused(&plain(&realm), &spoilt(&realm, |login| login.pvno = 3).one_way().in_spnego());
    let token = rejected.token.unwrap();
    assert_eq!(response(&token).neg_state, Some(NegState::Reject));
    assert!(response(&token).response_token.is_none());
}
