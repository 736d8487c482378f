//! The same of NTLM, leg by leg, on both sides.

use super::*;
use negotiate::asn1::OctetString;
use negotiate::gss::{InitialToken, Oid};
use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
use negotiate::spnego::message::{MechTypeList, NegTokenInit, NegTokenResp, NegotiationToken};
use negotiate::{Account, AccountAnswer, Initiate, Initiator, Protection};

/// What a half-open handshake may hold.
const HALF_OPEN: i64 = 16 * 1024;

fn server(accounts: Option<MemoryAccounts>) -> Acceptor {
    let target = TargetInfo::new("web.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
    let ntlm = ntlm::Acceptor::new(target);
    let ntlm = match accounts {
        Some(accounts) => ntlm.accounts(accounts),
        None => ntlm,
    };
    Acceptor::builder().ntlm(ntlm).build().unwrap()
}

fn hash() -> NtHash {
    NtHash::new([7; 16])
}

fn accounts(others: usize) -> MemoryAccounts {
    let mut accounts = MemoryAccounts::new();
    accounts.insert(Account::new("ADEX", "alice"), hash());
    for other in 0..others {
        accounts.insert(Account::new("ADEX", &format!("user{other}")), hash());
    }
    accounts
}

fn client(is_bare: bool) -> Initiator {
    let credential = Credential::with_nt_hash(r"ADEX\alice", hash()).unwrap();
    let builder = Initiator::builder("HTTP@web.ad.example.com".parse().unwrap()).ntlm(credential);
    if is_bare { builder.bare().build().unwrap() } else { builder.build().unwrap() }
}

/// A step, what it came to, and what it cost with everything it returns.
fn step<T>(act: impl FnOnce() -> T) -> (T, AllocationInfo) {
    let mut came = None;
    let cost = measure(|| came = Some(act()));
    (came.unwrap(), cost)
}

/// Every leg of a login: whose, and its cost. The tokens are kept; what a leg uses up is given back in it.
fn legs(is_bare: bool, acceptor: &Acceptor) -> Vec<(&'static str, AllocationInfo)> {
    let initiator = client(is_bare);
    let mut costs = Vec::new();
    let (first, cost) = step(|| initiator.initiate(NOW).unwrap());
    costs.push(("initiator", cost));
    let mut sent = first;
    let mut waits = None;
    loop {
        let (token, next) = match sent {
            Initiate::NeedsToken { token, next } => (token, Some(next)),
            Initiate::Established { token: Some(token), .. } => (token, None),
            Initiate::Established { token: None, .. } => return costs,
        };
        let (told, cost) = match waits.take() {
            None => step(|| acceptor.accept(&token, NOW)),
            Some(next) => step(|| negotiate::Handshake::accept(next, &token, NOW)),
        };
        costs.push(("acceptor", cost));
        let answer = match told.unwrap() {
            Accept::NeedsToken { token, next } => {
                waits = Some(next);
                token
            }
            Accept::Established { token: Some(token), .. } => token,
            Accept::Established { token: None, .. } => return costs,
            other => panic!("{other:?}"),
        };
        let (came, cost) = step(|| next.unwrap().step(&answer, NOW).unwrap());
        costs.push(("initiator", cost));
        sent = came;
    }
}

fn counts(legs: &[(&str, AllocationInfo)]) -> Vec<u64> {
    legs.iter().map(|(_, cost)| cost.count_total).collect()
}

#[test]
fn the_legs_of_an_ntlm_login_make_few_allocations() {
    for (is_bare, most) in [(true, &BARE[..]), (false, &SPNEGO[..])] {
        let acceptor = server(Some(accounts(0)));
        // What is made once for all is not a login's.
        legs(is_bare, &acceptor);
        let legs = legs(is_bare, &acceptor);
        for (side, cost) in &legs {
            println!(
                "bare {is_bare}, {side}: {} allocations, {} octets in all, {} at the peak, {} kept",
                cost.count_total, cost.bytes_total, cost.bytes_max, cost.bytes_current
            );
            assert!(cost.bytes_max <= HALF_OPEN as u64, "{side}: {}", cost.bytes_max);
        }
        let counts = counts(&legs);
        assert!(counts.len() == most.len() && counts.iter().zip(most).all(|(count, most)| count <= most), "{counts:?}");
    }
}

/// What is true today: initiator and acceptor in turn, beginning with the NEGOTIATE_MESSAGE.
const BARE: [u64; 4] = [7, 4, 20, 4];
const SPNEGO: [u64; 5] = [15, 7, 23, 6, 0];

/// Messages after the login: one allocation for what goes out, none for what comes in, which is opened where it stands.
#[test]
fn a_message_allocates_its_token_and_nothing_else() {
    let acceptor = server(Some(accounts(0)));
    let Initiate::NeedsToken { token, next } = client(true).initiate(NOW).unwrap() else { panic!() };
    let Ok(Accept::NeedsToken { token, next: waits }) = acceptor.accept(&token, NOW) else { panic!() };
    let Initiate::Established { token, context: mut ours } = next.step(&token, NOW).unwrap() else { panic!() };
    let Ok(Accept::Established { context: mut theirs, .. }) = waits.accept(&token.unwrap(), NOW) else { panic!() };
    for length in [0, 64, 65_536] {
        let message = vec![7; length];
        let (token, wrapped) = step(|| ours.wrap(&message, Protection::Confidentiality).unwrap());
        let mut token = token;
        let (_, unwrapped) = step(|| assert_eq!(theirs.unwrap(&mut token).unwrap().message, message));
        let (mic, signed) = step(|| theirs.get_mic(&message).unwrap());
        let (_, verified) = step(|| ours.verify_mic(&message, &mic).unwrap());
        let counts = [wrapped, unwrapped, signed, verified].map(|cost| cost.count_total);
        assert_eq!(counts, [1, 0, 1, 0], "{length}");
        assert_eq!(wrapped.bytes_total, 16 + length as u64);
    }
}

#[test]
fn many_accounts_cost_a_login_nothing() {
    let (few, many) = (server(Some(accounts(0))), server(Some(accounts(2_000))));
    for is_bare in [true, false] {
        assert_eq!(counts(&legs(is_bare, &few)), counts(&legs(is_bare, &many)));
    }
}

/// A first token of SPNEGO that offers NTLM and more, with an optimistic NEGOTIATE_MESSAGE.
fn offer(others: &[Oid<'_>], negotiate: &[u8]) -> Vec<u8> {
    let list = [&[Oid::NTLMSSP], others].concat();
    let init = NegTokenInit {
        mech_types: MechTypeList::new(&list).unwrap(),
        req_flags: None,
        mech_token: Some(OctetString(negotiate)),
        mech_list_mic: None,
        extensions: Default::default(),
    };
    let inner = NegotiationToken::NegTokenInit(init).to_der().unwrap();
    InitialToken::encode(Oid::SPNEGO, &[&inner]).unwrap()
}

/// What waits for a peer that may never come back is small, whatever it sent.
#[test]
fn c14_a_half_open_ntlm_handshake_is_small() {
    let acceptor = server(None);
    let Initiate::NeedsToken { token: sound, .. } = client(true).initiate(NOW).unwrap() else { panic!() };
    // As long as it may be: two names that fill it up.
    let mut longest = sound.clone();
    longest.resize(2_048, b'A');
    let far = Oid::from_octets(&[0x2a; 2_000]);
    let many = [far; 31];
    let mut greatest = 0;
    for token in [sound.clone(), longest.clone(), offer(&[], &sound), offer(&[], &longest), offer(&many, &sound)] {
        let (kept, cost) = step(|| acceptor.accept(&token, NOW));
        let kept = kept.map(|step| matches!(step, Accept::NeedsToken { .. }).then_some(step));
        println!("{} octets: {} kept, {} at the peak", token.len(), cost.bytes_current, cost.bytes_max);
        assert!(cost.bytes_current <= HALF_OPEN, "{} octets kept for {}", cost.bytes_current, token.len());
        assert!(cost.bytes_max <= 4 * token.len() as u64 + 4_096, "{} octets for {}", cost.bytes_max, token.len());
        greatest = greatest.max(cost.bytes_current);
        drop(kept);
    }
    println!("at most {greatest} octets a half-open handshake");
    for length in [2_049, 16_384, 65_536] {
        let mut token = sound.clone();
        token.resize(length, 0);
        let cost = measure(|| assert!(acceptor.accept(&token, NOW).is_err()));
        assert!(cost.bytes_max < 1_024 && cost.bytes_current == 0);
    }
}

/// So is one that waits for somebody to find the account, whatever the two messages that it is about.
#[test]
fn c14_a_paused_ntlm_handshake_is_small() {
    let acceptor = server(None);
    let Initiate::NeedsToken { token: mut negotiate, next } = client(true).initiate(NOW).unwrap() else { panic!() };
    negotiate.resize(2_048, 0);
    let (step, first) = step(|| acceptor.accept(&negotiate, NOW).unwrap());
    let Accept::NeedsToken { token: challenge, next: waits } = step else { panic!("{step:?}") };
    let Initiate::Established { token: Some(mut token), .. } = next.step(&challenge, NOW).unwrap() else { panic!() };
    drop(challenge);
    token.resize(5 * 1_024, 0);
    let mut paused = None;
    let second = measure(|| paused = Some(waits.accept(&token, NOW)));
    assert!(matches!(paused, Some(Ok(Accept::NeedsAccount(_)))), "{paused:?}");
    let kept = first.bytes_current + second.bytes_current;
    println!("{kept} octets are kept while it is paused");
    assert!(kept <= HALF_OPEN);
}

/// Nor does a signature of the offer beside the token, of which there is no sound one so long, make it a large one.
#[test]
fn c14_a_long_signature_is_not_kept() {
    let acceptor = server(None);
    let Initiate::NeedsToken { token, next } = client(false).initiate(NOW).unwrap() else { panic!() };
    let Ok(Accept::NeedsToken { token, next: handshake }) = acceptor.accept(&token, NOW) else { panic!() };
    let Initiate::NeedsToken { token, .. } = next.step(&token, NOW).unwrap() else { panic!() };
    let Ok(NegotiationToken::NegTokenResp(response)) = NegotiationToken::parse(&token) else { panic!() };
    let long = vec![0; 60_000];
    let response = NegTokenResp { mech_list_mic: Some(OctetString(&long)), ..response };
    let token = NegotiationToken::NegTokenResp(response).to_der().unwrap();
    let (paused, cost) = step(|| handshake.accept(&token, NOW));
    println!("{} octets more are kept while it is paused", cost.bytes_current);
    assert!(cost.bytes_current <= HALF_OPEN);
    let Ok(Accept::NeedsAccount(query)) = paused else { panic!("{paused:?}") };
    let answer = AccountAnswer::nt_hash(Account::new("ADEX", "alice"), &hash());
    assert_eq!(query.continue_with(answer, NOW).unwrap_err().error.kind(), "bad-mic");
}

/// Lengths, offsets and numbers in all three messages, each octet in turn.
#[test]
fn a06_hostile_ntlm_messages_allocate_by_their_size_and_not_by_their_word() {
    let acceptor = server(Some(accounts(0)));
    for is_bare in [true, false] {
        let initiator = client(is_bare);
        let begin = || match (initiator.initiate(NOW).unwrap(), ()) {
            (Initiate::NeedsToken { token, next }, ()) => (token, next),
            (other, ()) => panic!("{other:?}"),
        };
        let (negotiate, next) = begin();
        let challenged = || match acceptor.accept(&negotiate, NOW).unwrap() {
            Accept::NeedsToken { token, next } => (token, next),
            other => panic!("{other:?}"),
        };
        let (challenge, _) = challenged();
        let authenticate = match next.step(&challenge, NOW).unwrap() {
            Initiate::NeedsToken { token, .. } | Initiate::Established { token: Some(token), .. } => token,
            other => panic!("{other:?}"),
        };
        let mut greatest = [0; 3];
        for token in spoilt(&negotiate) {
            bounded(token.len(), &mut greatest[0], || drop(acceptor.accept(&token, NOW)));
        }
        for token in spoilt(&challenge) {
            let (_, next) = begin();
            bounded(token.len(), &mut greatest[1], || drop(next.step(&token, NOW)));
        }
        for token in spoilt(&authenticate) {
            let (_, waits) = challenged();
            bounded(token.len(), &mut greatest[2], || drop(waits.accept(&token, NOW)));
        }
        println!("bare {is_bare}: at most {greatest:?} allocations");
        assert!(greatest.iter().all(|count| *count <= 64), "{greatest:?}");
    }
}

/// A token, and with each octet of it set to what is great as a length or as an offset; and long ones of one octet.
fn spoilt(sound: &[u8]) -> Vec<Vec<u8>> {
    let mut tokens: Vec<Vec<u8>> = vec![sound.to_vec()];
    for octet in 0..sound.len() {
        for value in [0x00, 0x7f, 0x80, 0xff] {
            let mut token = sound.to_vec();
            token[octet] = value;
            tokens.push(token);
            // The field of two or four octets that begins there.
            let mut token = sound.to_vec();
            token[octet..].iter_mut().take(4).for_each(|octet| *octet = value);
            tokens.push(token);
        }
    }
    let long = |length: usize| {
        let mut token = sound.to_vec();
        token.resize(length, 0xff);
        token
    };
    tokens.extend([2_048, 2_049, 65_535, 65_536, 65_537, 1_000_000].map(long));
    tokens
}

fn bounded(length: usize, greatest: &mut u64, act: impl FnOnce()) {
    let length = length as u64;
    let cost = measure(act);
    assert!(cost.bytes_max <= 4 * length + 4_096, "{} octets for {length}", cost.bytes_max);
    *greatest = cost.count_total.max(*greatest);
}

/// The operator's file: so much a line, and nothing by what stands in it.
#[test]
fn accounts_take_memory_by_their_number() {
    for number in [10u64, 1_000, 10_000] {
        let text: String = (0..number).map(|number| format!("ADEX:user{number}:Passw0rd{number}\n")).collect();
        let (accounts, cost) = step(|| MemoryAccounts::parse(&text).unwrap());
        assert_eq!(accounts.len() as u64, number);
        println!("{number} accounts: {} octets kept, {} at the peak", cost.bytes_current, cost.bytes_max);
        assert!(cost.bytes_current <= 384 * number as i64 + 4_096 && cost.bytes_max <= 512 * number + 4_096);
    }
    let text = "A:b:".repeat(100_000);
    let (_, cost) = step(|| MemoryAccounts::parse(&text).is_err());
    assert!(cost.bytes_max <= 4_096, "{} octets for a password that is none", cost.bytes_max);
}
