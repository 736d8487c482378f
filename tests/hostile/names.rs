//! Names: whose ticket, whose service, through whom, from where.

use negotiate::Fault::{Configuration, Peer, Policy};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::TicketFlags;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Name, Realm};
use negotiate::kerberos::{Details, Error, TransitedPolicy};
use negotiate::{Peer as Who, Principal, Timestamp};

use crate::support::*;

/// A keytab where several names share one key, as the names of a Windows machine account do.
fn shared(realm: &Realm, names: &[(&str, u32)]) -> Keytab {
    let entry = |(name, kvno): &(&str, u32)| {
        KeytabEntry::new(name.parse().unwrap(), *kvno, Timestamp::UNIX_EPOCH, realm.key().duplicate())
    };
    names.iter().map(entry).collect()
}

#[test]
fn e01_what_is_in_the_clear_is_a_hint_and_the_keytab_has_the_name() {
    let realm = realm();
    let acceptor = acceptor_of(shared(
        &realm,
        &[("HTTP/www.example.test@EXAMPLE.TEST", 1), ("cifs/www.example.test@EXAMPLE.TEST", 9)],
    ));
    let login = spoilt(&realm, |login| {
        login.ticket.sname = Name::new(-77, &["cifs", "www.example.test"]);
        login.ticket.kvno = Some(3);
    });
    let context = accepted(&acceptor, &login).context;
    assert_eq!(context.acceptor().unwrap().to_string(), "cifs/www.example.test@EXAMPLE.TEST");
    assert_ne!(context.acceptor().unwrap().name_type().0, -77, "the keytab's name type");
    let details = context.details::<Details>().unwrap();
    assert_eq!((details.kvno, details.ticket_kvno), (9, Some(3)));
}

#[test]
fn e01_any_kvno_finds_the_key_unless_told_otherwise() {
    let realm = realm();
    for kvno in [None, Some(0), Some(1), Some(2), Some(0x1_0001), Some(u32::MAX)] {
        let login = spoilt(&realm, |login| login.ticket.kvno = kvno);
        let context = accepted(&plain(&realm), &login).context;
        assert_eq!(context.details::<Details>().unwrap().kvno, 1);
        let strict = acceptor(kerberos(&realm).strict_kvno());
        if kvno == Some(1) {
            accepted(&strict, &login);
        } else {
            let rejected = refused(&strict, &login);
            assert_eq!(rejected.error.krb_error(), Some(44), "{kvno:?}: {rejected}");
        }
    }
}

#[test]
fn e01_the_realm_in_the_clear_has_to_be_the_keytabs() {
    let realm = realm();
    for other in [&b"EXAMPLE.COM"[..], b"example.test", b"", b"EXAMPLE.TEST\0", b"EXAMPLE.TEST."] {
        let login = spoilt(&realm, |login| login.ticket.realm = other.to_vec());
        refuses(&plain(&realm), &login, "not-us", Some(35), Configuration);
    }
}

#[test]
fn e03_tickets_for_other_services_are_not_ours_though_the_key_is() {
    let realm = realm();
    for (service, instance) in
        [("cifs", "www.example.test"), ("HTTP", "other.example.test"), ("host", "www.example.test")]
    {
        let login = spoilt(&realm, |login| login.ticket.sname = Name::new(2, &[service, instance]));
        let rejected = refuses(&plain(&realm), &login, "not-us", Some(35), Configuration);
        assert!(matches!(reason(&rejected), Error::NoKey(_)));
    }
}

#[test]
fn e03_tickets_for_the_kdc_are_refused_even_if_the_keytab_has_them() {
    let realm = realm();
    let names = ["krbtgt/EXAMPLE.TEST", "kadmin/changepw", "kadmin/admin", "kadmin/history"];
    let keytab: Vec<_> = names.iter().map(|name| (format!("{name}@EXAMPLE.TEST"), 1)).collect();
    let keytab: Vec<_> = keytab.iter().map(|(name, kvno)| (name.as_str(), *kvno)).collect();
    let acceptor = acceptor_of(shared(&realm, &keytab));
    for name in names {
        let components: Vec<_> = name.split('/').collect();
        let login = spoilt(&realm, |login| login.ticket.sname = Name::new(2, &components));
        refuses(&acceptor, &login, "not-us", Some(35), Peer);
    }
}

#[test]
fn e03_an_acceptor_answers_to_no_more_than_it_was_told() {
    let realm = realm();
    let names = [("HTTP/www.example.test@EXAMPLE.TEST", 1), ("cifs/www.example.test@EXAMPLE.TEST", 1)];
    let only_http = negotiate::kerberos::Acceptor::new(shared(&realm, &names))
        .principal("HTTP/www.example.test@EXAMPLE.TEST".parse().unwrap());
    let acceptor = acceptor(only_http);
    accepted(&acceptor, &login(&realm));
    let login = spoilt(&realm, |login| login.ticket.sname = Name::new(2, &["cifs", "www.example.test"]));
    let rejected = refuses(&acceptor, &login, "not-us", Some(35), Configuration);
    assert!(rejected.to_string().contains("answers to HTTP/www.example.test@EXAMPLE.TEST:"), "{rejected}");
}

#[test]
fn e04_service_names_match_octet_by_octet() {
    let realm = realm();
    for components in [
        &["HTT", "www.example.test"][..],
        &["HTTPX", "www.example.test"],
        &["http", "www.example.test"],
        &["HTTP", "www.example.test."],
        &["HTTP", "WWW.example.test"],
        &["HTTP", "www.example.tes"],
        &["HTTP", "www.example.test", ""],
        &["HTTP", "www.example.test", "EXAMPLE.TEST"],
        &["HTTP/www.example.test"],
        &["HTTP"],
        &["HTTP", ""],
        &["", "HTTP", "www.example.test"],
        &["HTTP", "www.example.test\0"],
        &[],
    ] {
        let login = spoilt(&realm, |login| login.ticket.sname = Name::new(2, components));
        refuses(&plain(&realm), &login, "not-us", Some(35), Configuration);
    }
}

#[test]
fn e04_hosts_may_be_folded_and_nothing_else() {
    let realm = realm();
    let folding = || acceptor(kerberos(&realm).fold_host_case());
    let named = |components: &[&str]| spoilt(&realm, |login| login.ticket.sname = Name::new(2, components));
    let context = accepted(&folding(), &named(&["HTTP", "WWW.Example.TEST"])).context;
    assert_eq!(context.acceptor(), Some(realm.service()));
    for components in [&["http", "www.example.test"], &["HTTP", "www.example.test."], &["HTTP", "www.\u{212a}"]] {
        refuses(&folding(), &named(components), "not-us", Some(35), Configuration);
    }
    let other_realm = spoilt(&realm, |login| {
        login.ticket.sname = Name::new(2, &["HTTP", "WWW.example.test"]);
        login.ticket.realm = b"example.test".to_vec();
    });
    refuses(&folding(), &other_realm, "not-us", Some(35), Configuration);
}

#[test]
fn e07_ticket_and_authenticator_name_the_same_client() {
    let realm = realm();
    for components in [&["bob"][..], &["Alice"], &["alice", "admin"], &["alice", ""], &["alic"], &["alice\0"], &[]] {
        let login = spoilt(&realm, |login| login.authenticator.cname = Name::new(1, components));
        refuses(&plain(&realm), &login, "client-mismatch", Some(36), Peer);
    }
    for crealm in [&b"example.test"[..], b"EXAMPLE.COM", b"", b"EXAMPLE.TEST\0"] {
        let login = spoilt(&realm, |login| login.authenticator.crealm = crealm.to_vec());
        refuses(&plain(&realm), &login, "client-mismatch", Some(36), Peer);
    }
    let split = spoilt(&realm, |login| {
        login.ticket.cname = Name::new(1, &["a", "b"]);
        login.authenticator.cname = Name::new(1, &["a/b"]);
    });
    refuses(&plain(&realm), &split, "client-mismatch", Some(36), Peer);
    // The name's type is a hint (RFC 4120 section 6.2).
    accepted(&plain(&realm), &spoilt(&realm, |login| login.authenticator.cname.name_type = 10));
}

#[test]
fn a09_names_that_nobody_can_have() {
    let realm = realm();
    let many = ["x"; Principal::MAX_COMPONENTS + 1];
    for components in [&["ali\0ce"][..], &["alice\n"], &["\u{7f}"], &[], &many] {
        let login = spoilt(&realm, |login| {
            login.ticket.cname = Name::new(1, components);
            login.authenticator.cname = Name::new(1, components);
        });
        refuses(&plain(&realm), &login, "bad-name", Some(60), Peer);
    }
    for crealm in [&b""[..], b"\0EXAMPLE.TEST", b"EXAMPLE\r\n"] {
        let login = spoilt(&realm, |login| {
            login.ticket.crealm = crealm.to_vec();
            login.authenticator.crealm = crealm.to_vec();
        });
        refuses(&plain(&realm), &login, "bad-name", Some(60), Peer);
    }
}

#[test]
fn e17_a_peer_is_a_name_and_a_realm_and_nothing_is_stripped() {
    let realm = realm();
    let who = |user: &str| {
        let login = realm.login(user, NOW).unwrap();
        let Who::Kerberos(principal) = accepted(&plain(&realm), &login).context.peer().clone() else { panic!() };
        principal
    };
    let (ours, theirs) = (who("admin"), who("admin@OTHER.TEST"));
    assert_ne!(ours, theirs);
    assert_eq!((ours.to_string(), theirs.to_string()), ("admin@EXAMPLE.TEST".into(), "admin@OTHER.TEST".into()));
    assert_ne!(who("admin"), who("ADMIN"));
    assert_ne!(who("admin"), who("admin/admin"));

    let enterprise = spoilt(&realm, |login| {
        login.ticket.cname = Name::new(10, &["root@EXAMPLE.TEST"]);
        login.authenticator.cname = Name::new(10, &["root@EXAMPLE.TEST"]);
    });
    let context = accepted(&plain(&realm), &enterprise).context;
    let Who::Kerberos(enterprise) = context.peer() else { panic!() };
    assert_ne!(*enterprise, who("root"));
    assert_eq!(enterprise.to_string(), r"root\@EXAMPLE.TEST@EXAMPLE.TEST");
    assert_eq!(enterprise.name_type().0, 10);
}

#[test]
fn e18_nobody_in_particular_is_refused() {
    let realm = realm();
    let anonymous = |crealm: &str, flags: TicketFlags| {
        spoilt(&realm, |login| {
            login.ticket.flags = flags;
            login.ticket.crealm = crealm.as_bytes().to_vec();
            login.authenticator.crealm = crealm.as_bytes().to_vec();
            let name = Name::new(11, &["WELLKNOWN", "ANONYMOUS"]);
            (login.ticket.cname, login.authenticator.cname) = (name.clone(), name);
        })
    };
    let flagged = spoilt(&realm, |login| login.ticket.flags = TicketFlags::ANONYMOUS);
    let in_anonymous_realm = spoilt(&realm, |login| {
        login.ticket.crealm = b"WELLKNOWN:ANONYMOUS".to_vec();
        login.authenticator.crealm = b"WELLKNOWN:ANONYMOUS".to_vec();
    });
    for login in [
        anonymous("WELLKNOWN:ANONYMOUS", TicketFlags::ANONYMOUS),
        anonymous("WELLKNOWN:ANONYMOUS", TicketFlags::default()),
        anonymous("EXAMPLE.TEST", TicketFlags::default()),
        flagged,
        in_anonymous_realm,
    ] {
        refuses(&plain(&realm), &login, "anonymous-refused", Some(60), Policy);
        accepted(&acceptor(kerberos(&realm).dangerous().permit_anonymous()), &login);
    }
}

#[test]
fn e20_a_ticket_limited_to_addresses_comes_from_one_of_them() {
    let realm = realm();
    let limited = spoilt(&realm, |login| {
        login.ticket.caddr = Some(vec![(2, vec![192, 0, 2, 1]), (24, [&[0x20, 1, 0xd, 0xb8][..], &[0; 12]].concat())]);
    });
    let acceptor = plain(&realm);
    let from = |address: &str| {
        let handshake = acceptor.begin().peer_address(address.parse().unwrap());
        finish(handshake.accept(&limited.encode().unwrap(), NOW), NOW, &NoReplayCache)
    };
    for address in ["192.0.2.1", "2001:db8::", "::ffff:192.0.2.1"] {
        assert!(from(address).is_ok(), "{address}");
    }
    for address in ["192.0.2.2", "2001:db8::1", "1.2.0.192"] {
        let rejected = refusal(from(address));
        assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("bad-address", Some(38)), "{address}");
    }
    // Who does not tell the address has none compared.
    accepted(&acceptor, &limited);
    let typed_wrongly = spoilt(&realm, |login| login.ticket.caddr = Some(vec![(24, vec![192, 0, 2, 1])]));
    let handshake = acceptor.begin().peer_address("192.0.2.1".parse().unwrap());
    assert!(finish(handshake.accept(&typed_wrongly.encode().unwrap(), NOW), NOW, &NoReplayCache).is_err());
}

#[test]
fn e11_realms_in_between_need_someone_to_vouch_for_them() {
    let realm = realm();
    let through = |tr_type: i32, contents: &[u8], flags: TicketFlags| {
        spoilt(&realm, |login| {
            login.ticket.tr_type = tr_type;
            login.ticket.transited = contents.to_vec();
            login.ticket.flags = flags;
        })
    };
    let commas = vec![b','; 10_000];
    for contents in [&b"EVIL.TEST"[..], b"A,B", b"A\\", b"/COM/EVIL", b",", b"EVIL.", &commas] {
        let login = through(1, contents, TicketFlags::default());
        refuses(&plain(&realm), &login, "transited-path", Some(51), Policy);
        accepted(&plain(&realm), &through(1, contents, TicketFlags::TRANSITED_POLICY_CHECKED));
    }
    for tr_type in [0, 2, 7, -1] {
        let login = through(tr_type, b"EVIL.TEST", TicketFlags::default());
        refuses(&plain(&realm), &login, "transited-path", Some(17), Peer);
        accepted(&plain(&realm), &through(tr_type, b"", TicketFlags::default()));
    }

    let listed = || acceptor(kerberos(&realm).transited(TransitedPolicy::Realms(vec!["MID.TEST".into()])));
    let checked = TicketFlags::TRANSITED_POLICY_CHECKED;
    accepted(&listed(), &through(1, b"MID.TEST", TicketFlags::default()));
    accepted(&listed(), &through(1, b"", TicketFlags::default()));
    for contents in [&b"EVIL.TEST"[..], b"MID.TEST,EVIL.TEST", b"MID.TEST\\", b"MID.", b"/COM/MID", &commas] {
        refuses(&listed(), &through(1, contents, checked), "transited-path", Some(51), Policy);
    }
}
