//! Authorization data, channel bindings, delegation, the PAC's place.

use negotiate::Fault::{Peer, Policy};
use negotiate::Principal;
use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::{ChannelBindings, ContextFlags};
use negotiate::kerberos::ccache::{self, Credential, Times};
use negotiate::kerberos::etype::{ChecksumType, EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::KeytabEntry;
use negotiate::kerberos::message::{EncryptedData, PrincipalName, Ticket, TicketFlags};
use negotiate::kerberos::pac::{BufferType, KdcSignature};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::testing::{Element, Login, Name, Pac, Realm, User, if_relevant};
use negotiate::kerberos::{BindingsFailure, Ccache, Details, Error};
use negotiate::random::SystemRandom;
use negotiate::{Acceptor, BindingsStatus, Rejected};

use crate::support::*;

const PAC: i32 = 128;
const AP_OPTIONS: i32 = 143;
const CLIENT_TARGET: i32 = 144;

/// KERB_AP_OPTIONS_CBT.
const CBT: [u8; 4] = 0x4000u32.to_le_bytes();

/// A sound PAC for alice's login. It is signed by the service's key; what the ticket signature covers is somewhere else.
fn pac(realm: &Realm) -> Vec<u8> {
    let login = realm.directory_login(&User::new("alice", 1103), NOW).unwrap();
    login.ticket.pac.unwrap().sign(&[]).unwrap()
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

/// A ticket-granting ticket, such as a KDC would give for being passed on. Nobody here can look into it.
fn forwarded(client: &str) -> Credential {
    let components = [&b"krbtgt"[..], b"EXAMPLE.TEST"].map(GeneralString);
    let ticket = Ticket {
        tkt_vno: 5,
        realm: GeneralString(b"EXAMPLE.TEST"),
        sname: PrincipalName { name_type: 2, name_string: SequenceOf::new(&components) },
        enc_part: EncryptedData { etype: 18, kvno: Some(1), cipher: OctetString(&[0x5c; 90]) },
    };
    Credential::new(
        client.parse().unwrap(),
        "krbtgt/EXAMPLE.TEST@EXAMPLE.TEST".parse().unwrap(),
        EncryptionKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[0x31; 32]).unwrap(),
        Times { authtime: NOW, starttime: None, endtime: seconds(3_600), renew_till: None },
        TicketFlags::FORWARDED,
        ticket.to_der().unwrap(),
    )
}

/// A login that delegates what `make` makes of its session key and its subkey.
fn delegating(realm: &Realm, make: impl FnOnce(&EncryptionKey, &EncryptionKey) -> Vec<u8>) -> Login {
    spoilt(realm, |login| {
        let subkey = EncryptionKey::generate(EncryptionType::AES128_CTS_HMAC_SHA1_96, &SystemRandom).unwrap();
        login.authenticator.subkey = Some((&subkey).into());
        let gss = &mut login.authenticator.gss;
        gss.flags = gss.flags | ContextFlags::DELEGATE;
        gss.delegation = Some(make(&login.authenticator.session_key, &subkey));
    })
}

fn sealed(credentials: &[Credential], key: &EncryptionKey) -> Vec<u8> {
    ccache::seal(&credentials.iter().collect::<Vec<_>>(), key, NOW, &SystemRandom).unwrap()
}

#[test]
fn e14_without_being_asked_for_a_delegated_credential_is_passed_over() {
    let realm = realm();
    for garbage in
        [&b""[..], b"garbage", b"\x76", b"\x76\x05junk", b"\x76\x80\x00\x00", b"\x6e\x02\x30\x00", &[0xff; 9000]]
    {
        refuses(&plain(&realm), &delegating(&realm, |_, _| garbage.to_vec()), "bad-delegation", Some(60), Peer);
    }
    let framed = || delegating(&realm, |_, _| b"\x76\x07\x30\x05\xa0\x03\x02\x01\x05".to_vec());
    let sound = || delegating(&realm, |key, _| sealed(&[forwarded("alice@EXAMPLE.TEST")], key));
    for login in [framed(), sound()] {
        let context = accepted(&plain(&realm), &login).context;
        assert!(context.delegated_credential().is_none() && !context.flags().contains(ContextFlags::DELEGATE));
    }
    // Without the flag there is none: the octets are extensions, and these are not.
    let unflagged = spoilt(&realm, |login| login.authenticator.gss.delegation = Some(b"\x76\x02\x30\x00".to_vec()));
    refuses(&plain(&realm), &unflagged, "bad-checksum", Some(60), Peer);
    assert!(accepted(&plain(&realm), &login(&realm)).context.delegated_credential().is_none());
}

#[test]
fn e14_a_delegated_credential_is_opened_by_a_key_of_the_login_and_is_the_clients() {
    let realm = realm();
    let asking = acceptor(kerberos(&realm).accept_delegation());
    let alice = || [forwarded("alice@EXAMPLE.TEST")];
    let cache_of = |login: &Login| {
        let context = accepted(&asking, login).context;
        assert!(context.flags().contains(ContextFlags::DELEGATE));
        Ccache::parse(context.delegated_credential().unwrap().expose()).unwrap()
    };
    let in_the_clear = |_: &EncryptionKey, _: &EncryptionKey| {
        let mut cache = Ccache::new("alice@EXAMPLE.TEST".parse().unwrap());
        alice().into_iter().for_each(|ticket| cache.add(ticket));
        cache.to_kirbi().unwrap().expose().to_vec()
    };
    for login in [
        delegating(&realm, |key, _| sealed(&alice(), key)),
        delegating(&realm, |_, subkey| sealed(&alice(), subkey)),
        delegating(&realm, in_the_clear),
    ] {
        let cache = cache_of(&login);
        let ticket = cache.ticket_granting_ticket().unwrap();
        assert_eq!((cache.client().to_string().as_str(), cache.entries().len()), ("alice@EXAMPLE.TEST", 1));
        assert_eq!(ticket.key().unwrap().expose(), [0x31; 32]);
        assert_eq!(ticket.ticket, alice()[0].ticket);
    }
    let other_key = EncryptionKey::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &SystemRandom).unwrap();
    let framed = b"\x76\x07\x30\x05\xa0\x03\x02\x01\x05".to_vec();
    let setting = |realm: &str| {
        let mut setting = forwarded("alice@EXAMPLE.TEST");
        setting.server = format!("krb5_ccache_conf_data/start_realm@{realm}").parse().unwrap();
        setting
    };
    let many = |count: usize| (0..count).map(|_| forwarded("alice@EXAMPLE.TEST")).collect::<Vec<_>>();
    for login in [
        delegating(&realm, |_, _| framed),
        delegating(&realm, |_, _| sealed(&alice(), &other_key)),
        delegating(&realm, |key, _| sealed(&[forwarded("bob@EXAMPLE.TEST")], key)),
        delegating(&realm, |key, _| sealed(&[forwarded("alice@OTHER.TEST")], key)),
        delegating(&realm, |key, _| sealed(&[forwarded("alice@EXAMPLE.TEST"), forwarded("bob@EXAMPLE.TEST")], key)),
        delegating(&realm, |key, _| sealed(&many(9), key)),
        delegating(&realm, |key, _| sealed(&[setting("X-CACHECONF:")], key)),
        delegating(&realm, |key, _| sealed(&[setting("X-RMED-CONF:")], key)),
        delegating(&realm, |key, _| sealed(&[forwarded("alice@EXAMPLE.TEST"), setting("X-CACHECONF:")], key)),
    ] {
        let rejected = refuses(&asking, &login, "bad-delegation", Some(60), Peer);
        assert!(matches!(reason(&rejected), Error::Delegation(_)), "{rejected}");
    }
    assert_eq!(cache_of(&delegating(&realm, |key, _| sealed(&many(8), key))).entries().len(), 8);
    // Who asks and is given nothing grants nothing.
    let context = accepted(&asking, &login(&realm)).context;
    assert!(context.delegated_credential().is_none() && !context.flags().contains(ContextFlags::DELEGATE));
}

#[test]
fn f12_a_pac_is_the_kdcs_and_there_is_one() {
    let realm = realm();
    let pac = pac(&realm);
    let with_pac = accepted(&plain(&realm), &by_kdc(&realm, vec![wrapped(PAC, &pac)])).context;
    assert_eq!(with_pac.authorization().unwrap().logon_name(), Some("alice"));

    // A client's is its own invention.
    let context = accepted(&plain(&realm), &by_client(&realm, vec![wrapped(PAC, &pac)])).context;
    assert!(context.authorization().is_none());
    let required = acceptor(kerberos(&realm).require_pac());
    refuses(&required, &by_client(&realm, vec![wrapped(PAC, &pac)]), "pac-missing", Some(60), Policy);
    accepted(&required, &by_kdc(&realm, vec![wrapped(PAC, &pac)]));
    refuses(
        &plain(&realm),
        &by_client(&realm, vec![Element::new(PAC, pac.clone())]),
        "critical-authorization-data",
        Some(60),
        Peer,
    );

    let both = if_relevant(&[Element::new(PAC, pac.clone()), Element::new(PAC, pac.clone())]).unwrap();
    for elements in [
        vec![wrapped(PAC, &pac), wrapped(PAC, &pac)],
        vec![both],
        vec![Element::new(PAC, pac.clone())],
        vec![wrapped(PAC, &pac), Element::new(PAC, pac.clone())],
    ] {
        refuses(&plain(&realm), &by_kdc(&realm, elements), "bad-authorization-data", Some(60), Peer);
    }
}

/// Present and not verifying is never taken for absent.
#[test]
fn f03_a_login_with_a_pac_that_does_not_verify_is_refused() {
    let realm = realm();
    let alice = User::new("alice", 1103);
    let whole = pac(&realm);
    for length in 0..whole.len() {
        let login = by_kdc(&realm, vec![wrapped(PAC, &whole[..length])]);
        let rejected = refused(&plain(&realm), &login);
        assert!(matches!(reason(&rejected), Error::Pac(_)), "{length}: {rejected}");
    }
    let spoilt = |change: fn(&mut Pac)| {
        let mut login = realm.directory_login(&alice, NOW).unwrap();
        change(login.ticket.pac.as_mut().unwrap());
        login
    };
    accepted(&plain(&realm), &spoilt(|_| {}));
    let spoilt_is = |kind, change| refuses(&plain(&realm), &spoilt(change), kind, Some(60), Peer);
    spoilt_is("pac-server-checksum", |pac| {
        pac.signature(BufferType::SERVER_CHECKSUM).unwrap().usage = KeyUsage(16);
    });
    spoilt_is("pac-checksum-type", |pac| {
        pac.signature(BufferType::SERVER_CHECKSUM).unwrap().checksum_type = ChecksumType(7);
    });
    spoilt_is("pac-client-mismatch", |pac| pac.buffer(BufferType::CLIENT_INFO).unwrap()[0] ^= 1);
    spoilt_is("pac-ndr", |pac| pac.buffer(BufferType::LOGON_INFO).unwrap().truncate(16));
    spoilt_is("pac-incomplete", |pac| pac.signatures.retain(|one| one.kind != BufferType::KDC_CHECKSUM));
    let login = spoilt(|pac| pac.buffers.push((BufferType::REQUESTOR_SID, vec![1, 0, 0, 0, 0, 0, 0, 5])));
    refuses(&plain(&realm), &login, "not-us", Some(35), Peer);
    // Two users' in one.
    let mut two = realm.directory_login(&alice, NOW).unwrap();
    let mut administrator = realm.directory_login(&User::new("alice", 500), NOW).unwrap().ticket.pac.unwrap();
    let foreign = administrator.buffer(BufferType::UPN_DNS_INFO).unwrap().clone();
    *two.ticket.pac.as_mut().unwrap().buffer(BufferType::UPN_DNS_INFO).unwrap() = foreign;
    refuses(&plain(&realm), &two, "pac-sid-mismatch", Some(60), Peer);
    // Another login's, with all its signatures.
    let mut stolen = realm.directory_login(&alice, NOW).unwrap();
    stolen.ticket.cname = Name::new(1, &["mallory"]);
    stolen.authenticator.cname = Name::new(1, &["mallory"]);
    refuses(&plain(&realm), &stolen, "pac-client-mismatch", Some(60), Peer);
}

#[test]
fn f11_a_domain_in_which_every_ticket_has_a_pac() {
    let realm = realm();
    let required = acceptor(kerberos(&realm).require_pac());
    refuses(&required, &login(&realm), "pac-missing", Some(60), Policy);
    let alice = realm.directory_login(&User::new("alice", 1103), NOW).unwrap();
    let context = accepted(&required, &alice).context;
    let sid = context.authorization().unwrap().user_sid().unwrap();
    assert_eq!(sid.to_string(), "S-1-5-21-1-2-3-1103");
    // One that does not verify is as good as none, and refused for what it is.
    let mut forged = realm.directory_login(&User::new("alice", 500), NOW).unwrap();
    forged.ticket.pac.as_mut().unwrap().signature(BufferType::SERVER_CHECKSUM).unwrap().usage = KeyUsage(3);
    refuses(&required, &forged, "pac-server-checksum", Some(60), Peer);
}

#[test]
fn f07_a_kdc_that_is_no_domain_controller() {
    let realm = realm();
    let mut of_mit = login(&realm);
    of_mit.ticket.pac = Some(Pac::of_mit(&of_mit.ticket, realm.krbtgt_key()).unwrap());
    let context = accepted(&acceptor(kerberos(&realm).require_pac()), &of_mit).context;
    let authorization = context.authorization().unwrap();
    assert!(authorization.user_sid().is_none() && authorization.group_sids().len() == 0);
    assert!(accepted(&plain(&realm), &login(&realm)).context.authorization().is_none());
}

#[test]
fn f10_a_key_of_krbtgt_tells_what_the_services_key_cannot() {
    let realm = realm();
    let user = User::new("alice", 1103);
    let states = |acceptor: &Acceptor, login: &Login| {
        let context = accepted(acceptor, login).context;
        let states = context.details::<Details>().unwrap().kdc_signatures.unwrap();
        [states.kdc, states.ticket, states.extended]
    };
    let sound = realm.directory_login(&user, NOW).unwrap();
    assert_eq!(states(&plain(&realm), &sound), [KdcSignature::Unverified; 3]);
    let with_key = acceptor(kerberos(&realm).krbtgt_key(realm.krbtgt_key()));
    assert_eq!(states(&with_key, &sound), [KdcSignature::Verified; 3]);
    let context = accepted(&plain(&realm), &login(&realm)).context;
    assert_eq!(context.details::<Details>().unwrap().kdc_signatures, None);
    // Who has stolen the service's key writes what pleases them, and only this tells.
    for kind in [BufferType::KDC_CHECKSUM, BufferType::TICKET_CHECKSUM, BufferType::EXTENDED_KDC_CHECKSUM] {
        let mut silver = realm.directory_login(&User::new("alice", 500), NOW).unwrap();
        silver.ticket.pac.as_mut().unwrap().signature(kind).unwrap().key = realm.key().duplicate();
        assert_eq!(states(&plain(&realm), &silver), [KdcSignature::Unverified; 3]);
        refuses(&with_key, &silver, "pac-kdc-checksum", Some(60), Peer);
    }
    // A key of rc4-hmac is a weak one here too.
    let rc4 = EncryptionKey::new(EncryptionType::RC4_HMAC, &[7; 16]).unwrap();
    let built = Acceptor::builder().kerberos(kerberos(&realm).krbtgt_key(&rc4)).build();
    assert_eq!(built.unwrap_err().kind(), "etype-not-permitted");
}
