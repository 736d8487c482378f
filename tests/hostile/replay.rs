//! Row E02: the cases of SECURITY section 2a-R, from the acceptor's side.

use std::sync::atomic::{AtomicUsize, Ordering};

use negotiate::kerberos::MemoryReplayCache;
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::ApOptions;
use negotiate::kerberos::replay;
use negotiate::kerberos::testing::{Name, Offer, Realm};
use negotiate::{Accept, Fault, Rejected, ReplayCache, ReplayQuestion, ReplayVerdict, Timestamp};

use crate::support::*;

fn cache() -> MemoryReplayCache {
    MemoryReplayCache::new(seconds(-3600))
}

#[track_caller]
fn is_replay(outcome: Result<Accepted, Rejected>) {
    let rejected = refusal(outcome);
    let error = &rejected.error;
    assert_eq!((error.kind(), error.krb_error(), error.fault()), ("replay", Some(34), Fault::Time), "{error}");
    assert!(matches!(reason(&rejected), negotiate::kerberos::Error::Replay(replay::Error::Replayed)));
}

#[test]
fn e02_the_same_token_twice() {
    let realm = realm();
    let (acceptor, cache) = (plain(&realm), cache());
    for login in [login(&realm), login(&realm).one_way(), login(&realm).in_spnego()] {
        let token = login.encode().unwrap();
        assert!(take(&acceptor, &token, NOW, &cache).is_ok());
        for later in [0, 1, 299, 300] {
            is_replay(take(&acceptor, &token, seconds(later), &cache));
        }
    }
}

#[test]
fn e02_nothing_around_the_authenticator_makes_it_new() {
    let realm = realm();
    let names = ["HTTP/www.example.test@EXAMPLE.TEST", "cifs/www.example.test@EXAMPLE.TEST", "HTTP/www@OTHER.TEST"];
    let entry =
        |name: &&str| KeytabEntry::new(name.parse().unwrap(), 1, Timestamp::UNIX_EPOCH, realm.key().duplicate());
    let acceptor = acceptor_of(names.iter().map(entry).collect::<Keytab>());
    let cache = cache();
    let mut login = login(&realm);
    let (ticket, authenticator) = login.ciphers().unwrap();
    assert!(take(&acceptor, &login.encode_around(&ticket, &authenticator).unwrap(), NOW, &cache).is_ok());

    let again = |login: &negotiate::kerberos::testing::Login| {
        is_replay(take(&acceptor, &login.encode_around(&ticket, &authenticator).unwrap(), NOW, &cache));
    };
    login.ticket.sname = Name::new(2, &["cifs", "www.example.test"]);
    again(&login);
    login.ticket.sname.name_type = 77;
    again(&login);
    login.ticket.sname = Name::new(2, &["HTTP", "www"]);
    login.ticket.realm = b"OTHER.TEST".to_vec();
    again(&login);
    for kvno in [None, Some(0), Some(7), Some(u32::MAX)] {
        login.ticket.kvno = kvno;
        again(&login);
    }
    for options in [ApOptions::default(), ApOptions(0x9fff_ffff), ApOptions::MUTUAL_REQUIRED] {
        login.ap_options = options;
        again(&login);
    }
    login.frame = negotiate::kerberos::testing::Frame::Gss(negotiate::gss::Oid::KRB5_MICROSOFT, [1, 0]);
    again(&login);
    login.spnego = Some(Offer::of(&[negotiate::gss::Oid::KRB5_MICROSOFT, negotiate::gss::Oid::NTLMSSP]));
    again(&login);
}

/// The same session key wrapped in another ticket: only who has the service's key can do this, and it gains nothing.
#[test]
fn e02_another_ticket_around_the_same_authenticator_is_a_replay() {
    let realm = realm();
    let (acceptor, cache) = (plain(&realm), cache());
    let login = login(&realm);
    let (ticket, authenticator) = login.ciphers().unwrap();
    let (other_ticket, _) = login.ciphers().unwrap();
    assert_ne!(ticket, other_ticket);
    assert!(take(&acceptor, &login.encode_around(&ticket, &authenticator).unwrap(), NOW, &cache).is_ok());
    is_replay(take(&acceptor, &login.encode_around(&other_ticket, &authenticator).unwrap(), NOW, &cache));
}

#[test]
fn e02_through_spnego_and_raw_it_is_one_login() {
    let realm = realm();
    let acceptor = plain(&realm);
    for spnego_first in [true, false] {
        let cache = cache();
        let raw = login(&realm).encode().unwrap();
        let spnego = Offer::default().encode(Some(&raw)).unwrap();
        let (first, second) = if spnego_first { (&spnego, &raw) } else { (&raw, &spnego) };
        assert!(take(&acceptor, first, NOW, &cache).is_ok());
        is_replay(take(&acceptor, second, NOW, &cache));
    }
}

#[test]
fn e02_acceptors_that_share_a_memory_share_what_they_saw() {
    let realm = realm();
    let cache = cache();
    let token = login(&realm).encode().unwrap();
    assert!(take(&plain(&realm), &token, NOW, &cache).is_ok());
    is_replay(take(&plain(&realm), &token, NOW, &cache));
}

#[test]
fn e02_of_many_threads_with_one_token_exactly_one_gets_in() {
    let realm = realm();
    let acceptor = plain(&realm);
    for _ in 0..20 {
        let (cache, token) = (cache(), login(&realm).encode().unwrap());
        let (ready, won) = (std::sync::Barrier::new(4), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    ready.wait();
                    if take(&acceptor, &token, NOW, &cache).is_ok() {
                        won.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(won.into_inner(), 1);
    }
}

#[test]
fn e02_a_clock_that_runs_ahead_gains_nothing() {
    let realm = realm();
    let (acceptor, cache) = (plain(&realm), cache());
    let login = spoilt(&realm, |login| login.authenticator.stamp(seconds(SKEW_SECONDS - 1)).unwrap());
    let token = login.encode().unwrap();
    assert!(take(&acceptor, &token, NOW, &cache).is_ok());
    for later in [1, 299, 301, 450, 598, 599] {
        is_replay(take(&acceptor, &token, seconds(later), &cache));
        cache.purge(seconds(later));
        is_replay(take(&acceptor, &token, seconds(later), &cache));
    }
    assert_eq!(refusal(take(&acceptor, &token, seconds(600), &cache)).error.kind(), "skew");
}

#[test]
fn e02_a_clock_set_back_over_what_was_forgotten_vouches_for_nobody() {
    let realm = realm();
    let (acceptor, cache) = (plain(&realm), cache());
    let token = login(&realm).encode().unwrap();
    assert!(take(&acceptor, &token, NOW, &cache).is_ok());
    let an_hour_on = realm.login("bob", seconds(3600)).unwrap().encode().unwrap();
    assert!(take(&acceptor, &an_hour_on, seconds(3600), &cache).is_ok());
    cache.purge(seconds(3600));
    for token in [token, realm.login("carol", NOW).unwrap().encode().unwrap()] {
        let rejected = refusal(take(&acceptor, &token, NOW, &cache));
        assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("clock-stepped-back", Some(37)));
    }
}

#[test]
fn e02_a_full_memory_refuses_and_forgets_nobody() {
    let realm = realm();
    let acceptor = plain(&realm);
    let cache = MemoryReplayCache::with_capacity(seconds(-3600), 8).with_client_quota(1000);
    let tokens: Vec<_> = (0..8).map(|_| login(&realm).encode().unwrap()).collect();
    for token in &tokens {
        assert!(take(&acceptor, token, NOW, &cache).is_ok());
    }
    let rejected = refusal(take(&acceptor, &login(&realm).encode().unwrap(), NOW, &cache));
    assert_eq!((rejected.error.kind(), rejected.error.fault()), ("replay-cache-full", Fault::Configuration));
    for token in &tokens {
        is_replay(take(&acceptor, token, NOW, &cache));
    }
    // When they have expired there is room again.
    assert!(take(&acceptor, &realm.raw_token("alice", seconds(3600)).unwrap(), seconds(3600), &cache).is_ok());
}

#[test]
fn e02_one_client_does_not_take_all_the_room() {
    let realm = realm();
    let acceptor = plain(&realm);
    let cache = MemoryReplayCache::with_capacity(seconds(-3600), 1000).with_client_quota(3);
    for _ in 0..3 {
        assert!(take(&acceptor, &login(&realm).encode().unwrap(), NOW, &cache).is_ok());
    }
    let rejected = refusal(take(&acceptor, &login(&realm).encode().unwrap(), NOW, &cache));
    assert_eq!((rejected.error.kind(), rejected.error.fault()), ("replay-client-quota", Fault::Policy));
    assert!(take(&acceptor, &realm.raw_token("bob", NOW).unwrap(), NOW, &cache).is_ok());
}

#[test]
fn e02_a_new_memory_does_not_vouch_for_what_was_before_it() {
    let realm = realm();
    let cache = MemoryReplayCache::new(NOW);
    let before = spoilt(&realm, |login| login.authenticator.stamp(seconds(-1)).unwrap());
    let rejected = refusal(take(&plain(&realm), &before.encode().unwrap(), NOW, &cache));
    assert_eq!((rejected.error.kind(), rejected.error.krb_error()), ("replay-before-memory", Some(34)));
    assert!(take(&plain(&realm), &login(&realm).encode().unwrap(), NOW, &cache).is_ok());
}

#[test]
fn e02_two_authenticators_of_one_microsecond_are_two() {
    let realm = realm();
    let (acceptor, cache) = (plain(&realm), cache());
    let login = login(&realm);
    let (ticket, _) = login.ciphers().unwrap();
    for _ in 0..3 {
        let (_, authenticator) = login.ciphers().unwrap();
        assert!(take(&acceptor, &login.encode_around(&ticket, &authenticator).unwrap(), NOW, &cache).is_ok());
    }
}

/// Counts what it is asked.
#[derive(Default)]
struct Counting(AtomicUsize);

impl ReplayCache for Counting {
    fn check_and_insert(&self, _: &ReplayQuestion, _: Timestamp) -> ReplayVerdict {
        self.0.fetch_add(1, Ordering::Relaxed);
        ReplayVerdict::Fresh
    }
}

#[test]
fn e02_a_login_that_fails_a_check_is_not_remembered() {
    let realm = realm();
    let (counting, memory) = (Counting::default(), cache());
    let spoils: [fn(&mut negotiate::kerberos::testing::Login); 6] = [
        |login| login.authenticator.stamp(seconds(-400)).unwrap(),
        |login| login.authenticator.cname = Name::new(1, &["mallory"]),
        |login| login.authenticator.gss.extensions = vec![(1, vec![0; 3])],
        |login| login.authenticator.cksum = negotiate::kerberos::testing::ChecksumField::Absent,
        |login| login.authenticator.subkey = Some(negotiate::kerberos::testing::ClaimedKey::new(23, &[0; 16])),
        |login| login.ticket.transited = b"ELSEWHERE".to_vec(),
    ];
    for (index, spoil) in spoils.into_iter().enumerate() {
        let token = spoilt(&realm, spoil).encode().unwrap();
        let verdict = take(&plain(&realm), &token, NOW, &counting);
        assert_eq!(verdict.is_ok(), index == 2, "extensions alone are no fault");
        let _ = take(&plain(&realm), &token, NOW, &memory);
    }
    assert_eq!(counting.0.into_inner(), 1);
    assert_eq!(memory.usage().entries, 1);
}

#[test]
fn e02_the_question_is_asked_once_and_outlives_the_token() {
    let realm = realm();
    let counting = Counting::default();
    let token = login(&realm).in_spnego().encode().unwrap();
    let step = plain(&realm).accept(&token, NOW).unwrap();
    drop(token);
    let Accept::NeedsReplayCheck(check) = step else { panic!("{step:?}") };
    let question = *check.question();
    assert_eq!(question.stamped(), NOW);
    assert_eq!(question.expires(), seconds(SKEW_SECONDS));
    assert!(matches!(check.use_cache(&counting, NOW), Ok(Accept::Established { .. })));
    assert_eq!(counting.0.into_inner(), 1);
}

#[test]
fn e02_what_is_asked_is_the_same_for_a_repetition_and_for_nothing_else() {
    let realm = realm();
    let question = |realm: &Realm, token: &[u8]| {
        let Ok(Accept::NeedsReplayCheck(check)) = plain(realm).accept(token, NOW) else { panic!() };
        *check.question()
    };
    let token = login(&realm).encode().unwrap();
    let first = question(&realm, &token);
    assert_eq!(first, question(&realm, &token));
    assert_ne!(first.fingerprint(), question(&realm, &login(&realm).encode().unwrap()).fingerprint());
    assert_eq!(first.client(), question(&realm, &login(&realm).encode().unwrap()).client());
    assert_ne!(first.client(), question(&realm, &realm.raw_token("bob", NOW).unwrap()).client());
}
