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

use allocation_counter::{AllocationInfo, measure};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::testing::{Element, Realm, if_relevant};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);

/// The most allocations that an accepted login may make, with everything it returns.
const ALLOCATIONS: u64 = 12;

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
fn a_login_makes_a_dozen_allocations() {
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
        assert!(raw.count_total <= ALLOCATIONS, "raw: {}", raw.count_total);
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

#[cfg(feature = "ntlm")]
mod ntlm_logins {
    use std::sync::Arc;

    use allocation_counter::{AllocationInfo, measure};
    use negotiate::asn1::OctetString;
    use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
    use negotiate::peer::Account;
    use negotiate::spnego::message::{NegTokenResp, NegotiationToken};
    use negotiate::{Accept, Acceptor, AccountAnswer, Handshake, Initiate, Initiator};

    use super::NOW;

    /// The most that a leg may allocate in the mechanism itself: the first one its message, what it is made of, what is
    /// kept, and the handshake; the second the client's three names, the context, and the service's name if it has one.
    const FIRST: u64 = 4;
    const SECOND: u64 = 5;
    /// The most that a handshake may hold while it waits.
    const HALF_OPEN: u64 = 16 * 1024;

    fn acceptor() -> Acceptor {
        let mut accounts = MemoryAccounts::new();
        accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password("Alice-Pw-1").unwrap());
        let target = TargetInfo::new("web.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
        Acceptor::builder().ntlm(ntlm::Acceptor::new(target).accounts(Arc::new(accounts))).build().unwrap()
    }

    fn initiator(bare: bool) -> Initiator {
        let credential = Credential::with_password(r"ADEX\alice", "Alice-Pw-1").unwrap();
        let builder = Initiator::builder("HTTP@web.ad.example.com".parse().unwrap()).ntlm(credential);
        if bare { builder.bare().build().unwrap() } else { builder.build().unwrap() }
    }

    fn first(acceptor: &Acceptor, token: &[u8]) -> (AllocationInfo, Vec<u8>, Handshake) {
        let mut step = None;
        let cost = measure(|| step = Some(acceptor.accept(token, NOW)));
        let Some(Ok(Accept::NeedsToken { token, next })) = step else { panic!("{step:?}") };
        (cost, token, next)
    }

    /// What the two legs of a login cost.
    fn login(acceptor: &Acceptor, initiator: &Initiator) -> [AllocationInfo; 2] {
        let Initiate::NeedsToken { token, next } = initiator.initiate(NOW).unwrap() else { panic!() };
        let (first, token, handshake) = first(acceptor, &token);
        let token = match next.step(&token, NOW).unwrap() {
            Initiate::NeedsToken { token, .. } | Initiate::Established { token: Some(token), .. } => token,
            Initiate::Established { .. } => panic!(),
        };
        let mut step = None;
        let second = measure(|| step = Some(handshake.accept(&token, NOW)));
        assert!(matches!(step, Some(Ok(Accept::Established { .. }))), "{step:?}");
        [first, second]
    }

    #[test]
    fn an_ntlm_login_makes_a_handful_of_allocations_a_leg() {
        let acceptor = acceptor();
        let bare = login(&acceptor, &initiator(true));
        let spnego = login(&acceptor, &initiator(false));
        for (name, legs) in [("bare", &bare), ("SPNEGO", &spnego)] {
            let [one, two] = legs.each_ref().map(|leg| (leg.count_total, leg.bytes_total, leg.bytes_max));
            println!("{name}: {one:?} and {two:?}: allocations, octets in all, octets at the peak");
        }
        let [one, two] = bare;
        assert!(one.count_total <= FIRST && two.count_total <= SECOND, "{} and {}", one.count_total, two.count_total);
        assert!(two.bytes_max < 4_096 && one.bytes_max < 4_096);
    }

    /// A NEGOTIATE_MESSAGE decides how much is kept, and a long one is refused.
    #[test]
    fn a_half_open_ntlm_handshake_is_small() {
        let acceptor = acceptor();
        let Initiate::NeedsToken { token, .. } = initiator(true).initiate(NOW).unwrap() else { panic!() };
        let longest = [&token[..], &vec![0; 2_048 - token.len()]].concat();
        let (cost, _, handshake) = first(&acceptor, &longest);
        println!("{} octets are kept of {}", cost.bytes_current, longest.len());
        assert!(cost.bytes_max <= HALF_OPEN);
        drop(handshake);
        for length in [2_049, 16_384, 65_536] {
            let token = [&token[..], &vec![0; length - token.len()]].concat();
            let cost = measure(|| assert!(acceptor.accept(&token, NOW).is_err()));
            assert!(cost.bytes_max < 1_024 && cost.bytes_current == 0);
        }
    }

    /// So is one that waits for somebody to find the account.
    #[test]
    fn a_paused_ntlm_handshake_is_small() {
        let target = TargetInfo::new("web.ad.example.com").unwrap();
        let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(target)).build().unwrap();
        let Initiate::NeedsToken { token: negotiate, next } = initiator(true).initiate(NOW).unwrap() else { panic!() };
        let negotiate = [&negotiate[..], &vec![0; 2_048 - negotiate.len()]].concat();
        let mut paused = None;
        let mut next = Some(next);
        let cost = measure(|| {
            let (_, token, handshake) = first(&acceptor, &negotiate);
            let token = match next.take().unwrap().step(&token, NOW).unwrap() {
                Initiate::NeedsToken { token, .. } | Initiate::Established { token: Some(token), .. } => token,
                Initiate::Established { .. } => panic!(),
            };
            let longest = [&token[..], &vec![0; 5 * 1024 - token.len()]].concat();
            paused = Some(handshake.accept(&longest, NOW));
        });
        assert!(matches!(paused, Some(Ok(Accept::NeedsAccount(_)))), "{paused:?}");
        println!("{} octets are kept while it is paused", cost.bytes_current);
        assert!(cost.bytes_current <= HALF_OPEN as i64);
    }

    /// Nor does a signature of the offer beside it, of which there is no sound one so long, make it a large one.
    #[test]
    fn c14_a_paused_negotiation_is_small() {
        let target = TargetInfo::new("web.ad.example.com").unwrap();
        let acceptor = Acceptor::builder().ntlm(ntlm::Acceptor::new(target)).build().unwrap();
        let Initiate::NeedsToken { token, next } = initiator(false).initiate(NOW).unwrap() else { panic!() };
        let (_, token, handshake) = first(&acceptor, &token);
        let Initiate::NeedsToken { token, .. } = next.step(&token, NOW).unwrap() else { panic!() };
        let Ok(NegotiationToken::NegTokenResp(response)) = NegotiationToken::parse(&token) else { panic!() };
        let long = vec![0; 60_000];
        let response = NegTokenResp { mech_list_mic: Some(OctetString(&long)), ..response };
        let token = NegotiationToken::NegTokenResp(response).to_der().unwrap();
        let mut paused = None;
        let cost = measure(|| paused = Some(handshake.accept(&token, NOW)));
        println!("{} octets more are kept while it is paused", cost.bytes_current);
        assert!(cost.bytes_current <= HALF_OPEN as i64);
        let Some(Ok(Accept::NeedsAccount(query))) = paused else { panic!("{paused:?}") };
        let account = Account::new("ADEX", "alice");
        let answer = AccountAnswer::nt_hash(account, &NtHash::from_password("Alice-Pw-1").unwrap());
        assert_eq!(query.continue_with(answer, NOW).unwrap_err().error.kind(), "bad-mic");
    }

    /// Lengths and counts in an AUTHENTICATE_MESSAGE size nothing.
    #[test]
    fn a06_hostile_ntlm_messages_allocate_by_their_size_and_not_by_their_word() {
        let (acceptor, initiator) = (acceptor(), initiator(true));
        let Initiate::NeedsToken { token: negotiate, next } = initiator.initiate(NOW).unwrap() else { panic!() };
        let (_, token, _) = first(&acceptor, &negotiate);
        let sound = match next.step(&token, NOW).unwrap() {
            Initiate::NeedsToken { token, .. } | Initiate::Established { token: Some(token), .. } => token,
            Initiate::Established { .. } => panic!(),
        };
        for octet in 0..sound.len() {
            for value in [0x00, 0x7f, 0x80, 0xff] {
                let (_, _, handshake) = first(&acceptor, &negotiate);
                let mut token = sound.clone();
                token[octet] = value;
                let cost = measure(|| drop(handshake.accept(&token, NOW)));
                assert!(cost.bytes_max <= 4 * token.len() as u64 + 4_096, "{} octets", cost.bytes_max);
            }
        }
    }
}
