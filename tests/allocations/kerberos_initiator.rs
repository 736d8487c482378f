//! The same of whoever logs in by a ticket.

use super::*;
use negotiate::{Initiate, Initiator};

/// The most allocations of a first token, with everything it returns; and of the answer to it.
const FIRST: u64 = 24;
const ANSWER: u64 = 10;

#[test]
fn a_login_by_a_ticket_makes_few_allocations() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let acceptor = acceptor(realm.keytab().unwrap());
    for is_bare in [true, false] {
        let kerberos = kerberos::Initiator::new(realm.ccache("alice", NOW).unwrap());
        let builder = Initiator::builder("HTTP/www.example.test".parse().unwrap()).kerberos(kerberos);
        let initiator = if is_bare { builder.bare().build() } else { builder.build() }.unwrap();
        let cache = MemoryReplayCache::new(NOW);
        let mut begun = None;
        let first = measure(|| begun = Some(initiator.initiate(NOW).unwrap()));
        let Some(Initiate::NeedsToken { token, next }) = begun else { panic!("{begun:?}") };
        let Ok(Accept::NeedsReplayCheck(check)) = acceptor.accept(&token, NOW) else { panic!("refused") };
        let Ok(Accept::Established { token: Some(answer), .. }) = check.use_cache(&cache, NOW) else {
            panic!("refused")
        };
        let mut ended = None;
        let second = measure(|| ended = Some(next.step(&answer, NOW).unwrap()));
        assert!(matches!(ended, Some(Initiate::Established { .. })), "{ended:?}");
        println!(
            "bare {is_bare}: {} allocations, {} octets at the peak for the token of {}; {}, {} for the answer",
            first.count_total,
            first.bytes_max,
            token.len(),
            second.count_total,
            second.bytes_max
        );
        assert!(first.count_total <= FIRST && second.count_total <= ANSWER);
        assert!(first.bytes_max <= 4 * token.len() as u64 + 4_096);
    }
}

/// Whatever a server answers, it costs by its size and not by its word.
#[test]
fn a06_hostile_answers_allocate_by_their_size() {
    let realm = realm(EncryptionType::AES256_CTS_HMAC_SHA1_96);
    let kerberos = kerberos::Initiator::new(realm.ccache("alice", NOW).unwrap());
    let builder = Initiator::builder("HTTP/www.example.test".parse().unwrap()).kerberos(kerberos);
    let initiator = builder.bare().build().unwrap();
    for answer in [
        b"\x60\x84\x7f\xff\xff\xff".to_vec(),
        b"\x7e\x84\xff\xff\xff\xff\x30".to_vec(),
        [0x30, 0x80].repeat(30_000),
        vec![0x60; 65_536],
        vec![0x7e; 1_000_000],
    ] {
        let Initiate::NeedsToken { next, .. } = initiator.initiate(NOW).unwrap() else { panic!("no token") };
        let cost = measure(|| drop(next.step(&answer, NOW)));
        assert!(cost.bytes_max <= 4 * answer.len() as u64 + 4_096, "{} octets for {}", cost.bytes_max, answer.len());
    }
}
