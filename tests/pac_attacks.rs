//! Attacks on what is made of a PAC besides the verdict: what is printed, what `inspect` says of it, what it costs.
#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(clippy::panic, clippy::unwrap_used, reason = "tests may panic")]

use std::fmt::Debug;

use allocation_counter::measure;
use negotiate::authorization::GroupAttributes;
use negotiate::inspect::{Explanation, Options, explain};
use negotiate::kerberos::etype::{EncryptionType, KeyUsage};
use negotiate::kerberos::pac::{
    BufferType, ClientInfo, CredentialsInfo, DelegationInfo, DeviceInfo, DomainGroups, ExtraSids, GroupMemberships,
    LogonInfo, Pac, SidAndAttributes, Text, UnicodeString, UserSessionKey,
};
use negotiate::kerberos::testing::{Element, Realm, if_relevant};
use negotiate::time::FileTime;
use negotiate::{Acceptor, Sid, Timestamp, kerberos};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
/// AD-WIN2K-PAC.
const PAC: i32 = 128;
const SECRET: [u8; 16] = *b"\xd1\x07\xe9\xb3\xc5\xf1\x8d\x77\xa3\xfb\x95\xc7\xdf\x6d\xbb\x83";

fn realm() -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap()
}

#[track_caller]
fn shows_no_secret(what: &str, value: &dyn Debug) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let run = format!("{},{},{}", SECRET[4], SECRET[5], SECRET[6]);
        assert!(!text.contains(&run), "{what}: {text}");
    }
}

/// UserSessionKey is a key, and so may credentials be: whoever prints the structures around them prints neither.
#[test]
fn g03_a_pac_that_is_printed_shows_no_secret() {
    let extra = [SidAndAttributes { sid: Sid::CLAIMS_VALID, attributes: GroupAttributes::USUAL }];
    let info = LogonInfo {
        user_session_key: UserSessionKey(&SECRET),
        extra_sids: Some(ExtraSids::new(&extra)),
        ..LogonInfo::default()
    };
    let logon_info = info.encode().unwrap();
    shows_no_secret("LogonInfo", &LogonInfo::parse(&logon_info).unwrap());
    let octets = [&[0, 0, 0, 0, 18, 0, 0, 0][..], &SECRET].concat();
    let credentials = CredentialsInfo::parse(&octets).unwrap();
    shows_no_secret("CredentialsInfo", &credentials);
    let buffers = [(BufferType::LOGON_INFO, &logon_info[..]), (BufferType::CREDENTIAL_INFO, &octets)];
    let pac = Pac::encode(&buffers).unwrap();
    let pac = Pac::parse(&pac).unwrap();
    shows_no_secret("Pac", &pac);
    pac.buffers().for_each(|buffer| shows_no_secret("Buffer", &buffer));
    // What is printed instead can be read.
    assert!(format!("{:?}", LogonInfo::parse(&logon_info).unwrap()).contains("S-1-5-21-0-0-0-497"));
    let groups = [(Sid::CLAIMS_VALID, GroupMemberships::default())];
    let device = DeviceInfo { domain_groups: Some(DomainGroups::new(&groups)), ..DeviceInfo::default() };
    let device = device.encode().unwrap();
    let device = format!("{:?}", DeviceInfo::parse(&device).unwrap());
    assert!(device.contains("S-1-5-21-0-0-0-497") && !device.contains("Reader"), "{device}");
}

/// A login with this PAC, made by someone who has the service's key; how it is explained; whether it is accepted.
fn judged(realm: &Realm, pacs: &[Vec<u8>]) -> (Explanation, bool) {
    let mut login = realm.login("alice", NOW).unwrap();
    let elements: Vec<_> = pacs.iter().map(|pac| Element::new(PAC, pac.clone())).collect();
    login.ticket.authorization_data = vec![if_relevant(&elements).unwrap()];
    let token = login.encode().unwrap();
    let keytab = realm.keytab().unwrap();
    let explanation = explain(&token, &Options::new().keytab(&keytab));
    let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(realm.keytab().unwrap())).build().unwrap();
    let accepted = acceptor.begin().accept(&token, NOW).is_ok();
    (explanation, accepted)
}

/// Buffers in their order, duplicates and all, the last server signature made over them with zeros in every 6 and 7.
fn silver(realm: &Realm, kinds: &[u32], trailing: usize) -> Vec<u8> {
    let login = realm.login("alice", NOW).unwrap();
    let client_id = FileTime::from_timestamp(login.ticket.authtime.to_timestamp());
    let client_info = ClientInfo { client_id, name: Text::new("alice").unwrap() }.encode().unwrap();
    let blank = [&16u32.to_le_bytes()[..], &[0; 12], &vec![0; trailing]].concat();
    let contents = kinds.iter().map(|kind| if *kind == 10 { &client_info } else { &blank });
    let (mut table, mut content) = (Vec::new(), Vec::new());
    let begin = kinds.len().checked_mul(16).unwrap().checked_add(8).unwrap();
    let mut server = 0..0;
    for (kind, octets) in kinds.iter().zip(contents) {
        let offset = begin.checked_add(content.len()).unwrap();
        if *kind == 6 {
            server = offset.checked_add(4).unwrap()..offset.checked_add(16).unwrap();
        }
        table.extend(kind.to_le_bytes());
        table.extend(u32::try_from(octets.len()).unwrap().to_le_bytes());
        table.extend(u64::try_from(offset).unwrap().to_le_bytes());
        content.extend_from_slice(octets);
        content.resize(content.len().next_multiple_of(8), 0);
    }
    let count = u32::try_from(kinds.len()).unwrap().to_le_bytes();
    let mut pac = [&count[..], &[0; 4], &table, &content].concat();
    let checksum = realm.key().for_checksum(KeyUsage::PAC_SIGNATURE).checksum(&[&pac]);
    if let Some(place) = pac.get_mut(server) {
        place.copy_from_slice(&checksum);
    }
    pac
}

/// `inspect` is no judge, but where it says that a signature is right, it must be one that an acceptor takes.
#[test]
fn f02_f04_inspect_calls_no_signature_right_that_an_acceptor_refuses() {
    let realm = realm();
    assert_eq!(realm.key().etype(), EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let right = |explanation: &Explanation| explanation.to_string().contains("right: by the key");
    let (explanation, accepted) = judged(&realm, &[silver(&realm, &[10, 6, 7], 0)]);
    assert!(right(&explanation) && explanation.is_sound() && accepted, "{explanation}");
    for (what, kinds, trailing) in [
        ("two server signatures", &[10, 6, 7, 6][..], 0),
        ("two names", &[10, 10, 6, 7], 0),
        ("a longer signature", &[10, 6, 7], 4),
        ("an unknown buffer twice", &[10, 6, 7, 99, 99], 0),
    ] {
        let (explanation, accepted) = judged(&realm, &[silver(&realm, kinds, trailing)]);
        assert!(!accepted, "{what}");
        assert!(!right(&explanation) && !explanation.is_sound(), "{what}: {explanation}");
    }
    let sound = silver(&realm, &[10, 6, 7], 0);
    let (explanation, accepted) = judged(&realm, &[sound.clone(), sound]);
    assert!(!accepted && !explanation.is_sound(), "{explanation}");
}

/// As many server signatures as the table holds: each was computed over a copy of the whole ticket.
#[test]
fn f01_inspect_takes_no_longer_for_many_signatures() {
    let realm = realm();
    let kinds: Vec<u32> = [10, 7].into_iter().chain([6; 1_500]).collect();
    let octets = silver(&realm, &kinds, 0);
    let begun = std::time::Instant::now();
    let mut total = 0;
    let cost = measure(|| {
        let (explanation, _) = judged(&realm, std::slice::from_ref(&octets));
        total = usize::from(explanation.is_sound());
    });
    println!("{} octets: {:?}, {} octets allocated", octets.len(), begun.elapsed(), cost.bytes_total);
    let most = u64::try_from(octets.len()).unwrap().checked_mul(300).unwrap();
    assert!(cost.bytes_total < most, "{} octets allocated for {}", cost.bytes_total, octets.len());
}

/// A list of services with nothing in it: 8 octets each on the wire.
#[test]
fn a06_a_list_of_services_costs_what_it_says() {
    let info =
        DelegationInfo { target: UnicodeString::default(), transited_services: vec![UnicodeString::default(); 7_000] };
    let octets = info.encode().unwrap();
    let cost = measure(|| drop(DelegationInfo::parse(&octets).unwrap()));
    let most = u64::try_from(octets.len()).unwrap().checked_mul(4).unwrap();
    println!("{} octets: {} at most, {} in all", octets.len(), cost.bytes_max, cost.bytes_total);
    assert!(cost.bytes_max <= most, "{} octets for {}", cost.bytes_max, octets.len());
}
