//! Authorization data, channel bindings, delegation, the PAC's place.

use negotiate::Fault::{Peer, Policy};
use negotiate::Principal;
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::keytab::KeytabEntry;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Element, Login, Realm, if_relevant};
use negotiate::kerberos::{BindingsFailure, Error};
use negotiate::{Acceptor, BindingsStatus, Rejected};

use crate::support::*;

const PAC: i32 = 128;
const AP_OPTIONS: i32 = 143;
const CLIENT_TARGET: i32 = 144;

/// KERB_AP_OPTIONS_CBT.
const CBT: [u8; 4] = 0x4000u32.to_le_bytes();

/// A PAC with one empty buffer: a frame and nothing in it.
pub(crate) fn pac() -> Vec<u8> {
    [&1u32.to_le_bytes()[..], &[0; 4], &1u32.to_le_bytes(), &0u32.to_le_bytes(), &24u64.to_le_bytes()].concat()
}

fn wrapped(ad_type: i32, ad_data: &[u8]) -> Element {
    if_relevant(&[Element::new(ad_type, ad_data)]).unwrap()
}

fn by_kdc(realm: &Realm, elements: Vec<Element>) -> Login {
    spoilt(realm, |login| login.ticket.authorization_data = elements)
}

fn by_client(realm: &Realm, elements: Vec<Element>) -> Login {
    spoilt(realm, |login| login.authenticator.authorization_data = elements)
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn e16_what_is_unknown_may_be_ignored_only_where_it_says_so() {
    let realm = realm();
    for ad_type in [9999, -1, 0, 5, 64, 65, 141, 142] {
        for make in [by_kdc, by_client] {
            let bare = make(&realm, vec![Element::new(ad_type, b"x")]);
            let rejected = refuses(&plain(&realm), &bare, "critical-authorization-data", Some(60), Peer);
            assert!(matches!(reason(&rejected), Error::CriticalAuthorizationData(found) if *found == ad_type));
            accepted(&plain(&realm), &make(&realm, vec![wrapped(ad_type, b"x")]));
            let behind = vec![wrapped(ad_type, b"x"), Element::new(ad_type, b"x")];
            refuses(&plain(&realm), &make(&realm, behind), "critical-authorization-data", Some(60), Peer);
        }
    }
    // AD-MANDATORY-FOR-KDC is for the KDC (RFC 4120 section 5.2.6.4), AD-KDCIssued may be ignored by whoever does not
    // implement it (section 5.2.6.2). Neither has a place in what a client says.
    for ad_type in [8, 4] {
        accepted(&plain(&realm), &by_kdc(&realm, vec![Element::new(ad_type, b"x")]));
        let by_client = by_client(&realm, vec![Element::new(ad_type, b"x")]);
        refuses(&plain(&realm), &by_client, "critical-authorization-data", Some(60), Peer);
    }
}

#[test]
fn a04_e16_containers_nest_twice_and_no_deeper() {
    let realm = realm();
    let nested = |depth: usize| (0..depth).fold(Element::new(9999, b"x"), |inner, _| if_relevant(&[inner]).unwrap());
    for make in [by_kdc, by_client] {
        for depth in [1, 2] {
            accepted(&plain(&realm), &make(&realm, vec![nested(depth)]));
        }
        for depth in [3, 4, 1000] {
            let rejected = refused(&plain(&realm), &make(&realm, vec![nested(depth)]));
            assert!(matches!(reason(&rejected), Error::Malformed(_)), "{depth}: {rejected}");
        }
        for junk in [&b""[..], b"\x30", b"\x30\x80\x00\x00", b"\x04\x00", b"\x30\x00\x00"] {
            let rejected = refused(&plain(&realm), &make(&realm, vec![Element::new(1, junk)]));
            assert!(matches!(reason(&rejected), Error::Malformed(_)), "{junk:?}: {rejected}");
        }
    }
}

/// What an acceptor with bindings of its own makes of a login.
fn bound(realm: &Realm, login: &Login, required: bool) -> Result<Accepted, Rejected> {
    let mut builder = Acceptor::builder().kerberos(kerberos(realm));
    if required {
        builder = builder.require_channel_bindings();
    }
    let handshake = builder.build().unwrap().begin().channel_bindings(own_bindings());
    finish(handshake.accept(&login.encode().unwrap(), NOW), NOW, &NoReplayCache)
}

pub(crate) fn own_bindings() -> ChannelBindings {
    ChannelBindings::tls_server_end_point_hash(&[0x11; 32])
}

#[test]
fn e12_bindings_match_or_are_refused() {
    let realm = realm();
    let sent = |bindings: [u8; 16], elements: Vec<Element>| {
        spoilt(&realm, |login| {
            login.authenticator.gss.bindings = bindings;
            login.authenticator.authorization_data = elements;
        })
    };
    let right = *own_bindings().hash().as_octets();
    let other = *ChannelBindings::tls_server_end_point_hash(&[0x12; 32]).hash().as_octets();
    let mut one_bit = right;
    one_bit[15] ^= 1;
    let none = [0; 16];
    let aware = || vec![wrapped(AP_OPTIONS, &CBT)];
    for required in [false, true] {
        for elements in [Vec::new, aware] {
            let context = bound(&realm, &sent(right, elements()), required).ok().unwrap().context;
            assert_eq!(context.channel_bindings(), BindingsStatus::Matched);
            for wrong in [other, one_bit, [0xff; 16]] {
                let rejected = refusal(bound(&realm, &sent(wrong, elements()), required));
                assert!(matches!(reason(&rejected), Error::BadBindings(BindingsFailure::Mismatch)));
                assert_eq!(rejected.error.krb_error(), Some(60));
            }
        }
    }
    let rejected = refusal(bound(&realm, &sent(none, aware()), false));
    assert!(matches!(reason(&rejected), Error::BadBindings(BindingsFailure::MissingThoughAware)));
    for elements in [Vec::new, aware] {
        let rejected = refusal(bound(&realm, &sent(none, elements()), true));
        assert!(matches!(reason(&rejected), Error::BadBindings(BindingsFailure::Missing)), "{rejected}");
    }
    let context = bound(&realm, &sent(none, Vec::new()), false).ok().unwrap().context;
    assert_eq!(context.channel_bindings(), BindingsStatus::Absent);
    // Who gives none has none compared.
    let context = accepted(&plain(&realm), &sent(other, aware())).context;
    assert_eq!(context.channel_bindings(), BindingsStatus::NotChecked);
}

#[test]
fn e12_required_bindings_that_the_caller_forgot() {
    let realm = realm();
    let acceptor = Acceptor::builder().kerberos(kerberos(&realm)).require_channel_bindings().build().unwrap();
    refuses(&acceptor, &login(&realm), "no-own-bindings", Some(60), negotiate::Fault::Configuration);
}

#[test]
fn e12_ap_options_are_four_octets() {
    let realm = realm();
    for length in [0, 1, 3, 5, 8] {
        for element in [wrapped(AP_OPTIONS, &vec![0; length]), Element::new(AP_OPTIONS, vec![0; length])] {
            let login = by_client(&realm, vec![element]);
            let rejected = refuses(&plain(&realm), &login, "bad-authorization-data", Some(60), Peer);
            assert!(matches!(reason(&rejected), Error::AuthorizationData(AP_OPTIONS)));
        }
    }
    // Said once is said: what follows does not unsay it.
    let login = by_client(&realm, vec![wrapped(AP_OPTIONS, &CBT), wrapped(AP_OPTIONS, &[0; 4])]);
    assert!(bound(&realm, &login, false).is_err());
}

#[test]
fn e12_a_login_meant_for_another_service_was_relayed() {
    let realm = realm();
    for target in ["HTTP/www.example.test", "http/WWW.EXAMPLE.TEST", "HTTP/www.example.test@EXAMPLE.TEST"] {
        accepted(&plain(&realm), &by_client(&realm, vec![wrapped(CLIENT_TARGET, &utf16(target))]));
    }
    for target in
        ["cifs/www.example.test", "HTTP/www.example.tes", "HTTP/www.example.test/x", "", "HTTP", "@EXAMPLE.TEST"]
    {
        let login = by_client(&realm, vec![wrapped(CLIENT_TARGET, &utf16(target))]);
        let rejected = refuses(&plain(&realm), &login, "client-target", Some(35), Peer);
        assert!(matches!(reason(&rejected), Error::ClientTarget(found) if found == target));
    }
    for octets in [&b"H"[..], b"H\0T", b"\x00\xd8", b"\x00\xdc\x00\xd8"] {
        let login = by_client(&realm, vec![wrapped(CLIENT_TARGET, octets)]);
        refuses(&plain(&realm), &login, "bad-authorization-data", Some(60), Peer);
    }
    // Being in the same keytab, even under the same key, is not enough.
    let other: Principal = "cifs/www.example.test@EXAMPLE.TEST".parse().unwrap();
    let mut keytab = realm.keytab().unwrap();
    keytab.add(KeytabEntry::new(other, 1, NOW, realm.key().duplicate()));
    let login = by_client(&realm, vec![wrapped(CLIENT_TARGET, &utf16("cifs/www.example.test"))]);
    refuses(&acceptor_of(keytab), &login, "client-target", Some(35), Peer);
    // Both must be ours.
    let twice = [wrapped(CLIENT_TARGET, &utf16("HTTP/www.example.test")), wrapped(CLIENT_TARGET, &utf16("cifs/h"))];
    refuses(&plain(&realm), &by_client(&realm, twice.to_vec()), "client-target", Some(35), Peer);
}

#[test]
fn e14_a_delegated_credential_stays_closed() {
    let realm = realm();
    let delegating = |credential: &[u8]| {
        spoilt(&realm, |login| {
            let gss = &mut login.authenticator.gss;
            gss.flags = gss.flags | ContextFlags::DELEGATE;
            gss.delegation = Some(credential.to_vec());
        })
    };
    for garbage in
        [&b""[..], b"garbage", b"\x76", b"\x76\x05junk", b"\x76\x80\x00\x00", b"\x6e\x02\x30\x00", &[0xff; 9000]]
    {
        refuses(&plain(&realm), &delegating(garbage), "bad-delegation", Some(60), Peer);
    }
    // Under whose key it is, nobody has looked: it is handed on as it came, or not at all.
    let credential = b"\x76\x07\x30\x05\xa0\x03\x02\x01\x05";
    let context = accepted(&plain(&realm), &delegating(credential)).context;
    assert_eq!(context.delegated_credential().unwrap().expose(), credential);
    // Without the flag there is none: the octets are extensions, and these are not.
    let unflagged = spoilt(&realm, |login| login.authenticator.gss.delegation = Some(credential.to_vec()));
    refuses(&plain(&realm), &unflagged, "bad-checksum", Some(60), Peer);
    assert!(accepted(&plain(&realm), &login(&realm)).context.delegated_credential().is_none());
}

#[test]
fn f12_a_pac_is_the_kdcs_and_there_is_one() {
    let realm = realm();
    let with_pac = accepted(&plain(&realm), &by_kdc(&realm, vec![wrapped(PAC, &pac())])).context;
    assert_eq!(with_pac.unverified_pac(), Some(&pac()[..]));

    // A client's is its own invention.
    let context = accepted(&plain(&realm), &by_client(&realm, vec![wrapped(PAC, &pac())])).context;
    assert!(context.unverified_pac().is_none());
    let required = acceptor(kerberos(&realm).require_pac());
    refuses(&required, &by_client(&realm, vec![wrapped(PAC, &pac())]), "pac-missing", Some(60), Policy);
    accepted(&required, &by_kdc(&realm, vec![wrapped(PAC, &pac())]));
    refuses(
        &plain(&realm),
        &by_client(&realm, vec![Element::new(PAC, pac())]),
        "critical-authorization-data",
        Some(60),
        Peer,
    );

    let both = if_relevant(&[Element::new(PAC, pac()), Element::new(PAC, pac())]).unwrap();
    for elements in [
        vec![wrapped(PAC, &pac()), wrapped(PAC, &pac())],
        vec![both],
        vec![Element::new(PAC, pac())],
        vec![wrapped(PAC, &pac()), Element::new(PAC, pac())],
    ] {
        refuses(&plain(&realm), &by_kdc(&realm, elements), "bad-authorization-data", Some(60), Peer);
    }
    for length in 0..pac().len() {
        let login = by_kdc(&realm, vec![wrapped(PAC, &pac()[..length])]);
        refuses(&plain(&realm), &login, "bad-pac", Some(60), Peer);
    }
}
