//! What stands around and in front: frame, mechanism, TOK_ID, versions, options.

use negotiate::Fault::{Peer, Policy};
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::message::ApOptions;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Frame, Offer};
use negotiate::kerberos::{self, Error};

use crate::support::*;

#[test]
fn b03_only_the_token_identifier_of_an_ap_req_begins_a_login() {
    let realm = realm();
    let acceptor = plain(&realm);
    for id in [[2, 0], [0, 1], [1, 1], [4, 4], [5, 4], [0x60, 0x28]] {
        for in_spnego in [false, true] {
            let mut login = spoilt(&realm, |login| login.frame = Frame::Gss(Oid::KRB5, id));
            login.spnego = in_spnego.then(Offer::default);
            let rejected = refuses(&acceptor, &login, "wrong-token-id", None, Peer);
            assert!(matches!(reason(&rejected), Error::WrongTokenId(found) if *found == id));
        }
    }
}

#[test]
fn b03_a_truncated_token_identifier_is_no_header() {
    let acceptor = plain(&realm());
    for inner in [&b""[..], b"\x01"] {
        let token = InitialToken::encode(Oid::KRB5, &[inner]).unwrap();
        let rejected = refusal(take(&acceptor, &token, NOW, &NoReplayCache));
        assert!(matches!(reason(&rejected), Error::Frame(_)), "{rejected:?}");
        assert!(rejected.token.is_none());
    }
}

#[test]
fn b03_other_mechanisms_by_name() {
    let realm = realm();
    let acceptor = plain(&realm);
    for mechanism in [Oid::IAKERB, Oid::KRB5_USER_TO_USER, Oid::from_octets(b"\x2a\x03")] {
        let login = spoilt(&realm, |login| login.frame = Frame::Gss(mechanism, [1, 0]));
        let rejected = refused(&acceptor, &login);
        assert!(rejected.token.is_none(), "nobody can tell what the peer is");
        let name = mechanism.name().map_or_else(|| mechanism.to_string(), ToOwned::to_owned);
        assert!(rejected.to_string().contains(&name), "{rejected}");
    }
}

#[test]
fn b03_both_names_of_kerberos_are_taken() {
    let realm = realm();
    for mechanism in [Oid::KRB5, Oid::KRB5_MICROSOFT] {
        let mut login = spoilt(&realm, |login| login.frame = Frame::Gss(mechanism, [1, 0]));
        accepted(&plain(&realm), &login);
        login.spnego = Some(Offer::of(&[mechanism]));
        accepted(&plain(&realm), &login);
    }
}

#[test]
fn a_login_without_a_frame_is_for_dce_style_only() {
    let realm = realm();
    let rejected =
        refuses(&plain(&realm), &spoilt(&realm, |login| login.frame = Frame::Bare), "bad-header", None, Peer);
    assert!(rejected.token.is_none());
}

#[test]
fn versions_and_message_types_are_looked_at_first() {
    let realm = realm();
    let acceptor = plain(&realm);
    for version in [4, 0, -5, 6, i32::MAX] {
        for (field, login) in [
            ("pvno", spoilt(&realm, |login| login.pvno = version)),
            ("tkt-vno", spoilt(&realm, |login| login.ticket.tkt_vno = version)),
            ("authenticator-vno", spoilt(&realm, |login| login.authenticator.authenticator_vno = version)),
        ] {
            let rejected = refuses(&acceptor, &login, "bad-version", Some(39), Peer);
            let Error::Version { field: found, value } = reason(&rejected) else { panic!("{rejected}") };
            assert_eq!((*found, *value), (field, version));
        }
    }
    for kind in [0, 12, 13, 15, 30, -14] {
        let login = spoilt(&realm, |login| login.msg_type = kind);
        refuses(&acceptor, &login, "bad-message-type", Some(40), Peer);
    }
}

#[test]
fn e15_user_to_user_has_no_ticket_granting_ticket_here() {
    let realm = realm();
    let options = ApOptions::USE_SESSION_KEY.with(ApOptions::MUTUAL_REQUIRED);
    let login = spoilt(&realm, |login| login.ap_options = options);
    refuses(&plain(&realm), &login, "user-to-user", Some(67), Peer);
}

#[test]
fn e15_reserved_options_are_ignored() {
    let realm = realm();
    let everything_else = ApOptions(!ApOptions::USE_SESSION_KEY.0);
    accepted(&plain(&realm), &spoilt(&realm, |login| login.ap_options = everything_else));
}

#[test]
fn a_front_door_without_a_mechanism_is_not_built() {
    let error = negotiate::Acceptor::builder().build().unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&negotiate::acceptor::Error::NoMechanism));
}

#[test]
fn policy_is_not_the_peers_fault() {
    let realm = realm();
    let acceptor = acceptor(kerberos::Acceptor::new(realm.keytab().unwrap()).require_pac());
    refuses(&acceptor, &login(&realm), "pac-missing", Some(60), Policy);
}
