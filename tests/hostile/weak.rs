//! Weak encryption types, keys of the wrong size, checksums that are none.

use negotiate::Fault::{Configuration, Peer, Policy};
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::etype::{ChecksumType, EncryptionType, KeyUsage};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{ChecksumField, ClaimedKey, Element, GssFields, if_relevant};
use negotiate::kerberos::{Details, Error, GssChecksumError};
use negotiate::random::SystemRandom;
use negotiate::{Acceptor, BindingsStatus};

use crate::support::*;

const RC4: EncryptionType = EncryptionType::RC4_HMAC;

/// The types that row B09 names, and some that nobody has.
const WEAK: [i32; 9] = [1, 2, 3, 16, 23, 24, 0, -135, 99];

/// Every type that is taken by default.
pub(crate) fn strong() -> impl Iterator<Item = EncryptionType> {
    EncryptionType::IMPLEMENTED.into_iter().filter(|etype| *etype != RC4)
}

#[test]
fn b04_a_login_without_the_gss_checksum_is_inappropriate() {
    let realm = realm();
    let login = spoilt(&realm, |login| login.authenticator.cksum = ChecksumField::Absent);
    let rejected = refuses(&plain(&realm), &login, "inappropriate-checksum", Some(50), Policy);
    assert!(matches!(reason(&rejected), Error::InappropriateChecksum(None)));
}

#[test]
fn b04_the_compatibility_option_gives_no_services_and_no_bindings() {
    let realm = realm();
    let kerberos = || kerberos(&realm).dangerous().permit_plain_authenticators();
    let login = || spoilt(&realm, |login| login.authenticator.cksum = ChecksumField::Absent);
    let context = accepted(&acceptor(kerberos()), &login()).context;
    assert_eq!(context.flags(), ContextFlags::MUTUAL);
    assert_eq!(context.channel_bindings(), BindingsStatus::NotChecked);

    let strict = Acceptor::builder().kerberos(kerberos()).require_channel_bindings().build().unwrap();
    let handshake = strict.begin().channel_bindings(ChannelBindings::tls_unique(b"finished"));
    let rejected = refusal(finish(handshake.accept(&login().encode().unwrap(), NOW), NOW, &NoReplayCache));
    assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("bad-bindings", Some(60)));
}

#[test]
fn b05_the_layout_of_the_gss_checksum_is_exact() {
    let realm = realm();
    let acceptor = plain(&realm);
    let fields = GssFields::default();
    let sound = fields.to_octets();
    let delegating = GssFields { flags: fields.flags | ContextFlags::DELEGATE, ..fields.clone() }.to_octets();
    let mut hostile: Vec<(Vec<u8>, &str)> = (0..24).map(|length| (sound[..length].to_vec(), "bad-checksum")).collect();
    for length in [0u32, 15, 17, u32::MAX] {
        hostile.push(([&length.to_le_bytes(), &sound[4..]].concat(), "bad-checksum"));
    }
    hostile.push(([&16u32.to_be_bytes(), &sound[4..]].concat(), "bad-checksum"));
    for rest in [&b""[..], b"\x01", b"\x01\x00", b"\x01\x00\x01", b"\x01\x00\x05\x00junk", b"\x02\x00\x00\x00"] {
        hostile.push(([&delegating, rest].concat(), "bad-delegation"));
    }
    for rest in [&b"\0"[..], b"\0\0\0\x01\xff\xff\xff\xff", b"\0\0\0\x01\0\0\0\x01", b"\0\0\0\0\0\0\0\0\0"] {
        hostile.push(([&sound, rest].concat(), "bad-checksum"));
    }
    for (octets, kind) in &hostile {
        let field = ChecksumField::Other(ChecksumType::GSS_API.0, octets.clone());
        refuses(&acceptor, &spoilt(&realm, |login| login.authenticator.cksum = field), kind, Some(60), Peer);
    }
    let truncated = spoilt(&realm, |login| login.authenticator.cksum = ChecksumField::Other(0x8003, Vec::new()));
    let rejected = refused(&acceptor, &truncated);
    assert!(matches!(reason(&rejected), Error::GssChecksum(GssChecksumError::Truncated)));
}

#[test]
fn b05_unknown_extensions_and_flags_are_passed_over() {
    let realm = realm();
    let login = spoilt(&realm, |login| {
        login.authenticator.gss.extensions = vec![(0, Vec::new()), (7, b"octets".to_vec())];
        login.authenticator.gss.flags =
            ContextFlags::from_bits(u32::MAX).without(ContextFlags::DELEGATE | ContextFlags::DCE_STYLE);
    });
    let flags = accepted(&plain(&realm), &login).context.flags();
    assert_eq!(flags.bits() & 0x8000_0000, 0, "nothing unknown is granted");
}

#[test]
fn b09_weak_types_are_refused_wherever_they_stand() {
    let realm = realm();
    let acceptor = plain(&realm);
    for etype in WEAK {
        let key = || ClaimedKey::new(etype, &[7; 16]);
        for (what, login) in [
            ("ticket", spoilt(&realm, |login| login.ticket.etype = etype)),
            ("authenticator", spoilt(&realm, |login| login.authenticator.etype = etype)),
            ("session key", spoilt(&realm, |login| login.ticket.key = key())),
            ("subkey", spoilt(&realm, |login| login.authenticator.subkey = Some(key()))),
        ] {
            // Generic on the wire; what it was is for the log (SECURITY section 2a, step 5).
            let rejected = refuses(&acceptor, &login, "etype-not-permitted", Some(60), Policy);
            let Error::EtypeNotPermitted { what: found, etype: number } = reason(&rejected) else { panic!() };
            assert_eq!((*found, number.0), (what, etype));
        }
    }
}

#[test]
fn b09_rc4_is_refused_though_the_key_is_there_and_taken_behind_its_door() {
    let rc4 = realm().with_etype(RC4).unwrap();
    refuses(&plain(&rc4), &login(&rc4), "etype-not-permitted", Some(60), Policy);
    let opened = acceptor(kerberos(&rc4).dangerous().permit_rc4());
    let context = accepted(&opened, &login(&rc4)).context;
    assert_eq!(context.details::<Details>().unwrap().ticket_etype, RC4);

    // Strong ticket, weak session key: the KDC's compromise, and ours only if we said so.
    let aes = realm();
    let weak_session = login(&aes).with_session_etype(RC4).unwrap();
    refuses(&plain(&aes), &weak_session, "etype-not-permitted", Some(60), Policy);
    accepted(&acceptor(kerberos(&aes).dangerous().permit_rc4()), &weak_session);
}

#[test]
fn b09_every_strong_type_is_taken() {
    for ticket in strong() {
        let realm = realm().with_etype(ticket).unwrap();
        for session in strong() {
            let login = login(&realm).with_session_etype(session).unwrap();
            let details = *accepted(&plain(&realm), &login).context.details::<Details>().unwrap();
            assert_eq!((details.ticket_etype, details.context_etype), (ticket, session));
        }
    }
}

/// Also row E10: what is unkeyed proves nothing.
#[test]
fn b15_e10_no_checksum_but_gss_apis_own() {
    let realm = realm();
    for cksumtype in [1, 2, 7, 8, 14, 15, 16, 19, 20, -138, 0, 0x8002, 0x8004] {
        for octets in [&[][..], &[0; 4], &[0; 12], &[0; 16], &GssFields::default().to_octets()] {
            let field = ChecksumField::Other(cksumtype, octets.to_vec());
            let login = spoilt(&realm, |login| login.authenticator.cksum = field);
            let rejected = refuses(&plain(&realm), &login, "inappropriate-checksum", Some(50), Policy);
            assert!(matches!(reason(&rejected), Error::InappropriateChecksum(Some(kind)) if *kind == cksumtype));
        }
    }
}

#[test]
fn b15_a_plain_checksum_is_of_the_session_keys_type_and_usage_or_refused() {
    let realm = realm();
    let acceptor = acceptor(kerberos(&realm).dangerous().permit_plain_authenticators());
    let with = |usage, cksumtype: Option<i32>, part: &[u8]| {
        spoilt(&realm, |login| {
            let key = login.authenticator.session_key.for_checksum(usage);
            let octets = key.checksum(&[part]).to_vec();
            login.authenticator.cksum = ChecksumField::Other(cksumtype.unwrap_or(key.checksum_type().0), octets);
        })
    };
    accepted(&acceptor, &with(KeyUsage::AP_REQ_CHECKSUM, None, b""));
    for (usage, cksumtype, part) in [
        (KeyUsage(11), None, &b""[..]),
        (KeyUsage(6), None, b""),
        (KeyUsage::AP_REQ_CHECKSUM, None, b"other data"),
        (KeyUsage::AP_REQ_CHECKSUM, Some(15), b""),
        (KeyUsage::AP_REQ_CHECKSUM, Some(7), b""),
        (KeyUsage::AP_REQ_CHECKSUM, Some(-138), b""),
    ] {
        refuses(&acceptor, &with(usage, cksumtype, part), "inappropriate-checksum", Some(50), Policy);
    }
    for (cksumtype, octets) in [(1, &[0; 4][..]), (7, &[0; 16]), (16, &[]), (16, &[0; 11]), (16, &[0; 13])] {
        let field = ChecksumField::Other(cksumtype, octets.to_vec());
        let login = spoilt(&realm, |login| login.authenticator.cksum = field);
        refuses(&acceptor, &login, "inappropriate-checksum", Some(50), Policy);
    }
}

#[test]
fn e08_keys_have_the_length_of_their_type() {
    for etype in strong() {
        let realm = realm().with_etype(etype).unwrap();
        let right = etype.key_len().unwrap();
        for length in [0, 1, 15, 16, 17, 24, 31, 32, 33, 64].into_iter().filter(|length| *length != right) {
            let key = || ClaimedKey::new(etype.0, &vec![7; length]);
            for (what, login) in [
                ("session key", spoilt(&realm, |login| login.ticket.key = key())),
                ("subkey", spoilt(&realm, |login| login.authenticator.subkey = Some(key()))),
            ] {
                let rejected = refuses(&plain(&realm), &login, "bad-key", Some(60), Peer);
                assert!(matches!(reason(&rejected), Error::Key { what: found, .. } if *found == what));
            }
        }
    }
}

#[test]
fn e08_short_ciphertexts_are_no_messages() {
    for etype in EncryptionType::IMPLEMENTED {
        let realm = realm().with_etype(etype).unwrap();
        let acceptor = acceptor(kerberos(&realm).dangerous().permit_rc4());
        let shortest = realm.key().for_encryption(KeyUsage::TICKET).encrypted_len(0);
        for length in 0..=shortest + 1 {
            let cipher = || Some(vec![0x5a; length]);
            let ticket = spoilt(&realm, |login| login.ticket.cipher = cipher());
            refuses(&acceptor, &ticket, "key-does-not-fit", Some(31), Configuration);
            let authenticator = spoilt(&realm, |login| login.authenticator.cipher = cipher());
            refuses(&acceptor, &authenticator, "bad-authenticator", Some(31), Peer);
        }
    }
}

#[test]
fn e08_an_empty_plaintext_is_no_ticket_and_no_authenticator() {
    let realm = realm();
    let empty = |key: &negotiate::kerberos::etype::EncryptionKey, usage| {
        key.for_encryption(usage).encrypt(b"", &SystemRandom).unwrap()
    };
    let ticket = spoilt(&realm, |login| login.ticket.cipher = Some(empty(realm.key(), KeyUsage::TICKET)));
    assert!(matches!(reason(&refused(&plain(&realm), &ticket)), Error::Malformed(_)));
    let authenticator = spoilt(&realm, |login| {
        let key = &login.authenticator.session_key;
        login.authenticator.cipher = Some(empty(key, KeyUsage::AP_REQ_AUTHENTICATOR));
    });
    assert!(matches!(reason(&refused(&plain(&realm), &authenticator)), Error::Malformed(_)));
}

#[test]
fn key_usages_keep_messages_apart() {
    let realm = realm();
    let acceptor = plain(&realm);
    for usage in (0..=30).chain([1024]).map(KeyUsage) {
        if usage != KeyUsage::TICKET {
            let login = spoilt(&realm, |login| login.ticket.usage = usage);
            refuses(&acceptor, &login, "key-does-not-fit", Some(31), Configuration);
        }
        // 7 is a TGS-REQ's authenticator.
        if usage != KeyUsage::AP_REQ_AUTHENTICATOR {
            let login = spoilt(&realm, |login| login.authenticator.usage = usage);
            refuses(&acceptor, &login, "bad-authenticator", Some(31), Peer);
        }
    }
}

#[test]
fn the_authenticator_is_under_the_session_key_and_no_other() {
    let realm = realm();
    let login = spoilt(&realm, |login| login.authenticator.session_key = realm.key().duplicate());
    refuses(&plain(&realm), &login, "bad-authenticator", Some(31), Peer);
    // The type it claims must be the session key's, also where both are permitted.
    let login = spoilt(&realm, |login| login.authenticator.etype = 20);
    refuses(&plain(&realm), &login, "bad-authenticator", Some(31), Peer);
}

#[test]
fn e09_the_acceptors_subkey_is_the_strongest_common_and_never_weaker() {
    let realm = realm();
    let offered = |etypes: &[i32], inside: bool| {
        let list: Vec<u8> = etypes.iter().flat_map(|etype| [2, 1, *etype as u8]).collect();
        let element = Element::new(129, [&[0x30, list.len() as u8][..], &list].concat());
        let element = if inside { if_relevant(&[element]).unwrap() } else { element };
        spoilt(&realm, |login| login.authenticator.authorization_data = vec![element])
    };
    let chosen = |login| accepted(&plain(&realm), &login).context.details::<Details>().unwrap().context_etype.0;
    for (etypes, expected) in [
        (&[23, 18][..], 18),
        (&[20, 18], 20),
        (&[18, 20, 17], 20),
        (&[17], 18),
        (&[23], 18),
        (&[23, 16, 3, 1], 18),
        (&[], 18),
        (&[99, 20], 20),
    ] {
        assert_eq!(chosen(offered(etypes, true)), expected, "{etypes:?}");
    }
    for junk in [&b""[..], b"\x30", b"\x30\x01\x02", b"\x04\x01\x12", b"\x30\x03\x02\x01\x12\x00"] {
        let element = if_relevant(&[Element::new(129, junk)]).unwrap();
        let login = spoilt(&realm, |login| login.authenticator.authorization_data = vec![element]);
        assert!(matches!(reason(&refused(&plain(&realm), &login)), Error::Malformed(_)), "{junk:?}");
    }
}

#[test]
fn e09_an_acceptors_subkey_is_fresh_each_time() {
    let realm = realm();
    let keys: Vec<_> = (0..8).map(|_| accepted(&plain(&realm), &login(&realm)).context).collect();
    for (index, one) in keys.iter().enumerate() {
        assert!(keys[..index].iter().all(|other| other.session_key() != one.session_key()));
    }
}

/// Whoever holds an AES session key has no business with an RC4 subkey, whatever the operator permits.
#[test]
fn e09_a_subkey_is_no_way_down_to_rc4() {
    let realm = realm();
    let weak = spoilt(&realm, |login| login.authenticator.subkey = Some(ClaimedKey::new(23, &[1; 16])));
    let permissive = acceptor(kerberos(&realm).dangerous().permit_rc4());
    refuses(&permissive, &weak, "etype-not-permitted", Some(60), Policy);
}
