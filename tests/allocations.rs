//! What a login costs in memory: few allocations, little at the peak, and hostile tokens no more than sound ones.
//!
//! Measured with `allocation-counter`, whose allocator counts for each thread by itself.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

#[path = "allocations/kerberos_initiator.rs"]
mod kerberos_initiator;
#[path = "allocations/messages.rs"]
mod messages;
#[cfg(feature = "ntlm")]
#[path = "allocations/ntlm.rs"]
mod ntlm;
#[path = "allocations/resident.rs"]
mod resident;

use allocation_counter::{AllocationInfo, measure};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::testing::{Element, Realm, if_relevant};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);

/// The most allocations that an accepted login may make, with everything it returns: in SPNEGO, and bare.
const ALLOCATIONS: u64 = 11;
const BARE_ALLOCATIONS: u64 = 8;

fn acceptor(keytab: Keytab) -> Acceptor {
    Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build().unwrap()
}

fn realm(etype: EncryptionType) -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap().with_etype(etype).unwrap()
}

/// The whole way of a token, with all it returns dropped at the end. Says whether it was accepted.
fn accept(acceptor: &Acceptor, cache: &MemoryReplayCache, token: &[u8]) -> bool {
    let Ok(Accept::NeedsReplayCheck(check)) = acceptor.accept(token, NOW) else { return false };
    matches!(check.use_cache(cache, NOW), Ok(Accept::Established { .. }))
}

/// What one accepted login costs, after the cache has grown for others.
fn cost(realm: &Realm, acceptor: &Acceptor, tokens: impl Fn() -> Vec<u8>) -> AllocationInfo {
    let cache = MemoryReplayCache::new(NOW);
    for _ in 0..64 {
        assert!(accept(acceptor, &cache, &realm.spnego_token("warm", NOW).unwrap()));
    }
    // The cache's tables grow now and then, by a random hash: what is measured is a login whose entry finds room.
    let costs = (0..33).map(|_| {
        let token = tokens();
        let mut accepted = false;
        let cost = measure(|| accepted = accept(acceptor, &cache, &token));
        assert!(accepted);
        cost
    });
    costs.min_by_key(|cost| cost.count_total).unwrap()
}

#[test]
fn a_login_makes_eleven_allocations_and_a_bare_one_eight() {
    for etype in [
        EncryptionType::AES256_CTS_HMAC_SHA1_96,
        EncryptionType::AES256_CTS_HMAC_SHA384_192,
        EncryptionType::AES128_CTS_HMAC_SHA1_96,
        EncryptionType::AES128_CTS_HMAC_SHA256_128,
    ] {
        let realm = realm(etype);
        let acceptor = acceptor(realm.keytab().unwrap());
        let spnego = cost(&realm, &acceptor, || realm.spnego_token("alice", NOW).unwrap());
        let raw = cost(&realm, &acceptor, || realm.raw_token("alice", NOW).unwrap());
        println!(
            "{etype}: SPNEGO {} allocations, {} octets in all, {} at the peak; raw {}, {}, {}",
            spnego.count_total, spnego.bytes_total, spnego.bytes_max, raw.count_total, raw.bytes_total, raw.bytes_max
        );
        assert!(spnego.count_total <= ALLOCATIONS, "SPNEGO: {}", spnego.count_total);
        assert!(raw.count_total <= BARE_ALLOCATIONS, "raw: {}", raw.count_total);
    }
}

#[test]
fn a_large_keytab_costs_a_login_nothing() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let other = |number: usize| {
        let name = format!("AAA/host{number}.example.test@EXAMPLE.TEST").parse().unwrap();
        KeytabEntry::new(name, 1, Timestamp::UNIX_EPOCH, realm.key().duplicate())
    };
    let mut keytab = realm.keytab().unwrap();
    keytab.extend((0..2_000).map(other));
    let token = || realm.spnego_token("alice", NOW).unwrap();
    // Windows says with each login which service it means, in any case.
    let target: Vec<u8> = "http/WWW.example.test".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let targeted = || {
        let mut login = realm.login("alice", NOW).unwrap();
        login.authenticator.authorization_data = vec![if_relevant(&[Element::new(144, target.clone())]).unwrap()];
        login.encode().unwrap()
    };
    let (small, large) = (acceptor(realm.keytab().unwrap()), acceptor(keytab));
    assert_eq!(cost(&realm, &small, token).count_total, cost(&realm, &large, token).count_total);
    assert_eq!(cost(&realm, &small, targeted).count_total, cost(&realm, &large, targeted).count_total);
}

/// A login whose ticket carries this many octets of authorization data, as large PACs do.
fn heavy(realm: &Realm, octets: usize) -> Vec<u8> {
    let mut login = realm.login("alice", NOW).unwrap().in_spnego();
    login.ticket.authorization_data = vec![if_relevant(&[Element::new(9999, vec![7; octets])]).unwrap()];
    login.encode().unwrap()
}

#[test]
fn a_large_ticket_takes_no_more_than_four_times_its_size() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let acceptor = acceptor(realm.keytab().unwrap());
    for octets in [0, 1_000, 10_000, 60_000] {
        let length = heavy(&realm, octets).len();
        let cost = cost(&realm, &acceptor, || heavy(&realm, octets));
        println!("a token of {length} octets: {} allocations, {} octets at the peak", cost.count_total, cost.bytes_max);
        assert!(cost.bytes_max <= 4 * length as u64 + 4_096);
        assert!(cost.count_total <= ALLOCATIONS);
    }
}

/// Nothing is allocated because a peer says how much is to come: lengths, counts, depths.
#[test]
fn a06_hostile_tokens_allocate_by_their_size_and_not_by_their_word() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let acceptor = acceptor(realm.keytab().unwrap());
    let sound = realm.spnego_token("alice", NOW).unwrap();
    // The key of the keytab gets its schedules with its first ticket.
    assert!(accept(&acceptor, &MemoryReplayCache::new(NOW), &sound));
    let mut tokens: Vec<Vec<u8>> = vec![
        b"\x60\x84\x7f\xff\xff\xff".to_vec(),
        b"\x04\x84\x7f\xff\xff\xff".to_vec(),
        b"\x6e\x84\xff\xff\xff\xff\x30".to_vec(),
        [0x30, 0x80].repeat(30_000),
        [0xa0, 0x80].repeat(30_000),
        vec![0x60; 65_536],
        vec![0; 65_536],
        vec![0xff; 1_000_000],
    ];
    for octet in 0..sound.len() {
        for value in [0x00, 0x7f, 0x80, 0x84, 0xff] {
            let mut token = sound.clone();
            token[octet] = value;
            tokens.push(token);
        }
    }
    let mut greatest = 0;
    for token in &tokens {
        let cost = measure(|| drop(acceptor.accept(token, NOW)));
        assert!(cost.bytes_max <= 4 * token.len() as u64 + 4_096, "{} octets for {}", cost.bytes_max, token.len());
        assert_eq!(cost.count_current, 0, "nothing is left behind");
        greatest = greatest.max(cost.count_total);
    }
    println!("{} hostile tokens, at most {greatest} allocations", tokens.len());
    assert!(greatest <= 64);
}
