//! What a login costs: the whole way from a token to a context, each stage of it, and the primitives underneath.
//!
//! `accept/*` against `primitives/*` is the ratio that says how much is not arithmetic. Both do the same cryptography on
//! messages of the same lengths; the system's random generator, which a login with mutual authentication calls once, is
//! a figure of its own.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, missing_docs, reason = "a benchmark")]

#[allow(dead_code, reason = "of another benchmark, which has more works")]
#[path = "instructions/src/floor.rs"]
mod floor;

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use negotiate::gss::InitialToken;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::{ApReq, Authenticator, EncTicketPart};
use negotiate::kerberos::testing::{Login, Realm};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::random::{Randomness, SystemRandom};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Accept, Acceptor, ReplayCache, ReplayQuestion, Timestamp};

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50).measurement_time(core::time::Duration::from_secs(3));
    targets = whole, keytabs, stages, primitives
}
criterion_main!(benches);

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const SHA1: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;
const SHA2: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA384_192;

fn realm(etype: EncryptionType) -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap().with_etype(etype).unwrap()
}

fn acceptor(keytab: Keytab) -> Acceptor {
    Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build().unwrap()
}

/// With room for every login of a run.
fn cache() -> MemoryReplayCache {
    MemoryReplayCache::with_capacity(NOW, 1 << 24).with_client_quota(u32::MAX)
}

fn login(realm: &Realm) -> Login {
    realm.login("alice", NOW).unwrap()
}

fn take(acceptor: &Acceptor, cache: &MemoryReplayCache, token: &[u8]) -> Accept {
    match acceptor.accept(token, NOW) {
        Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(cache, NOW).unwrap(),
        other => other.unwrap(),
    }
}

/// A fresh token each time, minted beforehand.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("accept");
    for etype in [SHA1, SHA2, EncryptionType::AES128_CTS_HMAC_SHA1_96, EncryptionType::CAMELLIA256_CTS_CMAC] {
        let realm = realm(etype);
        let (acceptor, cache) = (acceptor(realm.keytab().unwrap()), cache());
        let mut measure = |name: &str, mint: &dyn Fn() -> Vec<u8>| {
            group.bench_function(BenchmarkId::new(name, etype), |bencher| {
                bencher.iter_batched_ref(mint, |token| take(&acceptor, &cache, token), BatchSize::LargeInput);
            });
        };
        measure("raw", &|| login(&realm).encode().unwrap());
        measure("SPNEGO", &|| login(&realm).in_spnego().encode().unwrap());
        measure("raw, one way", &|| login(&realm).one_way().encode().unwrap());
        measure("SPNEGO, one way", &|| login(&realm).one_way().in_spnego().encode().unwrap());
    }
    group.finish();
}

/// A keytab of one entry and of 100,000.
fn keytabs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("accept/keytab");
    let realm = realm(SHA1);
    for entries in [1, 100_000] {
        let other = |number: usize| {
            let name = format!("HTTP/host{number}.example.test@EXAMPLE.TEST").parse().unwrap();
            KeytabEntry::new(name, 1, Timestamp::UNIX_EPOCH, realm.key().duplicate())
        };
        let mut keytab = realm.keytab().unwrap();
        keytab.extend((1..entries).map(other));
        let (acceptor, cache) = (acceptor(keytab), cache());
        group.bench_function(BenchmarkId::new("entries", entries), |bencher| {
            let mint = || login(&realm).in_spnego().encode().unwrap();
            bencher.iter_batched_ref(mint, |token| take(&acceptor, &cache, token), BatchSize::LargeInput);
        });
        let mint = || {
            let mut login = login(&realm).in_spnego();
            login.ticket.sname = kerberos::testing::Name::new(2, &["HTTP", "elsewhere"]);
            login.encode().unwrap()
        };
        group.bench_function(BenchmarkId::new("refused, entries", entries), |bencher| {
            bencher.iter_batched_ref(mint, |token| acceptor.accept(token, NOW).is_err(), BatchSize::LargeInput);
        });
    }
    group.finish();
}

fn stages(criterion: &mut Criterion) {
    for etype in [SHA1, SHA2] {
        let realm = realm(etype);
        let login = login(&realm).in_spnego();
        let mut group = criterion.benchmark_group(format!("stage/{etype}"));
        parsing(&mut group, &login.encode().unwrap());
        decrypting(&mut group, &realm, &login);
        replaying(&mut group, &login);
        answering(&mut group, &login);
        group.finish();
    }
    criterion.bench_function("stage/system generator, 96 octets", |bencher| {
        let mut octets = [0; 96];
        bencher.iter(|| SystemRandom.fill(black_box(&mut octets)));
    });
}

type Group<'c> = BenchmarkGroup<'c, WallTime>;

fn parsing(group: &mut Group<'_>, token: &[u8]) {
    let spnego = |token| match NegotiationToken::parse(InitialToken::parse(token).unwrap().inner).unwrap() {
        NegotiationToken::NegTokenInit(init) => init.mech_token.unwrap().0,
        NegotiationToken::NegTokenResp(_) => &[],
    };
    let raw = spnego(token);
    group.bench_function("SPNEGO parse", |bencher| bencher.iter(|| spnego(black_box(token))));
    group.bench_function("AP-REQ parse", |bencher| {
        bencher.iter(|| ApReq::parse(InitialToken::parse(black_box(raw)).unwrap().inner.split_at(2).1).is_ok());
    });
}

fn decrypting(group: &mut Group<'_>, realm: &Realm, login: &Login) {
    let (ticket, authenticator) = login.ciphers().unwrap();
    let ticket_key = realm.key().for_encryption(KeyUsage::TICKET);
    group.bench_function("ticket decrypt and parse", |bencher| {
        bencher.iter_batched_ref(
            || ticket.clone(),
            |buffer| EncTicketPart::parse(ticket_key.decrypt_in_place(buffer).unwrap()).is_ok(),
            BatchSize::SmallInput,
        );
    });
    let session_key = &login.authenticator.session_key;
    group.bench_function("authenticator key", |bencher| {
        bencher.iter(|| black_box(session_key).for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR));
    });
    let authenticator_key = session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
    group.bench_function("authenticator decrypt and parse", |bencher| {
        bencher.iter_batched_ref(
            || authenticator.clone(),
            |buffer| Authenticator::parse(authenticator_key.decrypt_in_place(buffer).unwrap()).is_ok(),
            BatchSize::SmallInput,
        );
    });
}

fn replaying(group: &mut Group<'_>, login: &Login) {
    let (_, authenticator) = login.ciphers().unwrap();
    let alice = "alice@EXAMPLE.TEST".parse().unwrap();
    let session_key = &login.authenticator.session_key;
    let question = |cipher: &[u8]| {
        ReplayQuestion::of(session_key.expose(), cipher, &alice, NOW, NOW, core::time::Duration::from_secs(300))
    };
    group.bench_function("replay question", |bencher| bencher.iter(|| question(black_box(&authenticator))));
    let (cache, mut number) = (cache(), 0u64);
    group.bench_function("replay check", |bencher| {
        let next = || {
            number += 1;
            question(&number.to_le_bytes())
        };
        bencher.iter_batched(next, |question| cache.check_and_insert(&question, NOW), BatchSize::LargeInput);
    });
}

fn answering(group: &mut Group<'_>, login: &Login) {
    let session_key = &login.authenticator.session_key;
    // An initiator's third leg is an AP-REP without a subkey.
    let answer = login.initiator().unwrap();
    group.bench_function("AP-REP key, encode and encrypt", |bencher| {
        bencher.iter(|| answer.third_leg(black_box(Some(7))).unwrap());
    });
    group.bench_function("AP-REP key", |bencher| {
        bencher.iter(|| black_box(session_key).for_encryption(KeyUsage::AP_REP));
    });
    group.bench_function("subkey", |bencher| {
        bencher.iter(|| EncryptionKey::generate(session_key.etype(), &SystemRandom).unwrap());
    });
}

/// How long the three encrypted messages of a login are: ticket, authenticator, AP-REP.
fn lengths(etype: EncryptionType) -> [usize; 3] {
    let realm = realm(etype);
    let login = login(&realm);
    let (ticket, authenticator) = login.ciphers().unwrap();
    let (acceptor, cache) = (acceptor(realm.keytab().unwrap()), cache());
    let Accept::Established { token: Some(token), .. } = take(&acceptor, &cache, &login.encode().unwrap()) else {
        return [0; 3];
    };
    let message = InitialToken::parse(&token).unwrap().inner.split_at(2).1;
    let answer = kerberos::message::ApRep::parse(message).unwrap();
    [ticket.len(), authenticator.len(), answer.enc_part.cipher.0.len()]
}

/// The cryptography of a login with mutual authentication and nothing else.
fn primitives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("primitives");
    for (etype, mut work) in [(SHA1, floor::sha1(lengths(SHA1), true)), (SHA2, floor::sha2(lengths(SHA2), true))] {
        group.bench_function(BenchmarkId::from_parameter(etype), |bencher| bencher.iter(|| work(0)));
    }
    group.finish();
}
