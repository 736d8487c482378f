//! What a login costs: the whole way from a token to a context, each stage of it, and the primitives underneath.
//!
//! `accept/*` against `primitives/*` is the ratio that says how much is not arithmetic. Both do the same cryptography on
//! messages of the same lengths; the system's random generator, which a login with mutual authentication calls once, is
//! a figure of its own.

#![allow(clippy::arithmetic_side_effects, clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, criterion_group, criterion_main};
use hmac::digest::OutputSizeUser;
use hmac::{Hmac, Mac};
use negotiate::gss::InitialToken;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::{ApReq, Authenticator, EncTicketPart};
use negotiate::kerberos::testing::{Login, Realm};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::random::{Randomness, SystemRandom};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Accept, Acceptor, ReplayCache, ReplayQuestion, Timestamp};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};

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

/// The cryptography of a login with mutual authentication and nothing else: no parsing, no allocation, no randomness.
/// The service's keys are ready, the session key's are derived for two usages, as the specification has it.
fn primitives(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("primitives");
    let [ticket, authenticator, answer] = lengths(SHA1);
    let ready = (Aes256::new(&[1; 32].into()), hmac::<Hmac<Sha1>>(&[2; 32]));
    group.bench_function(BenchmarkId::from_parameter(SHA1), |bencher| {
        let mut buffers = [buffer(ticket), buffer(authenticator), buffer(answer), buffer(ticket + authenticator)];
        bencher.iter(|| {
            let [ticket, authenticator, answer, plain] = &mut buffers;
            cbc_decrypt(&ready.0, ticket, plain);
            let ticket_mac = mac(&ready.1, ticket);
            let protocol = Aes256::new(black_box(&[3; 32].into()));
            let (cipher, integrity) = simplified_keys(&protocol);
            cbc_decrypt(&cipher, authenticator, plain);
            let authenticator_mac = mac(&integrity, authenticator);
            let replay = fingerprint(authenticator);
            let (cipher, integrity) = simplified_keys(&protocol);
            let answer_mac = mac(&integrity, answer);
            cbc_encrypt(&cipher, answer);
            (ticket_mac, authenticator_mac, answer_mac, replay)
        });
    });
    let [ticket, authenticator, answer] = lengths(SHA2);
    let ready = (Aes256::new(&[1; 32].into()), hmac::<Hmac<Sha384>>(&[2; 32]));
    group.bench_function(BenchmarkId::from_parameter(SHA2), |bencher| {
        let mut buffers = [buffer(ticket), buffer(authenticator), buffer(answer), buffer(ticket + authenticator)];
        bencher.iter(|| {
            let [ticket, authenticator, answer, plain] = &mut buffers;
            let ticket_mac = mac(&ready.1, ticket);
            cbc_decrypt(&ready.0, ticket, plain);
            let protocol = hmac::<Hmac<Sha384>>(black_box(&[3; 32]));
            let (cipher, integrity) = sha2_keys(&protocol);
            let authenticator_mac = mac(&integrity, authenticator);
            let replay = fingerprint(authenticator);
            cbc_decrypt(&cipher, authenticator, plain);
            let (cipher, integrity) = sha2_keys(&protocol);
            cbc_encrypt(&cipher, answer);
            let answer_mac = mac(&integrity, answer);
            (ticket_mac, authenticator_mac, answer_mac, replay)
        });
    });
    group.finish();
}

type Blocks = Vec<Block<Aes256>>;

/// A message's blocks; the tag is about the part of a block that ciphertext stealing leaves over.
fn buffer(length: usize) -> Blocks {
    vec![Block::<Aes256>::default(); length / 16]
}

fn hmac<M: Mac + KeyInit>(key: &[u8]) -> M {
    <M as KeyInit>::new_from_slice(key).unwrap()
}

fn mac<M: Mac + Clone + OutputSizeUser>(state: &M, blocks: &Blocks) -> impl Sized + use<M> {
    state.clone().chain_update(blocks.as_flattened_octets()).finalize().into_bytes()
}

trait Flattened {
    fn as_flattened_octets(&self) -> &[u8];
}

impl Flattened for Blocks {
    fn as_flattened_octets(&self) -> &[u8] {
        aes::cipher::Array::slice_as_flattened(self)
    }
}

/// Into a second buffer, as CBC needs the cipher blocks after they are decrypted.
fn cbc_decrypt(cipher: &Aes256, blocks: &Blocks, plain: &mut Blocks) {
    let plain = plain.split_at_mut(blocks.len()).0;
    cipher.decrypt_blocks_b2b(blocks, plain).unwrap();
    for (block, before) in plain.iter_mut().skip(1).zip(blocks) {
        block.iter_mut().zip(before).for_each(|(octet, before)| *octet ^= before);
    }
}

fn cbc_encrypt(cipher: &Aes256, blocks: &mut Blocks) {
    let mut before = Block::<Aes256>::default();
    for block in blocks {
        block.iter_mut().zip(before).for_each(|(octet, before)| *octet ^= before);
        cipher.encrypt_block(block);
        before = *block;
    }
}

/// Ke and Ki by RFC 3961: two blocks of DR each, then their schedule and keyed state.
fn simplified_keys(protocol: &Aes256) -> (Aes256, Hmac<Sha1>) {
    let derive = |constant: u8| {
        let mut first = Block::<Aes256>::from([constant; 16]);
        protocol.encrypt_block(&mut first);
        let mut second = first;
        protocol.encrypt_block(&mut second);
        let mut key = aes::cipher::Key::<Aes256>::default();
        let (left, right) = key.split_at_mut(16);
        left.copy_from_slice(&first);
        right.copy_from_slice(&second);
        key
    };
    (Aes256::new(&derive(0xaa)), hmac(&derive(0x55)))
}

/// Ke and Ki by RFC 8009: one HMAC each, then their schedule and keyed state.
fn sha2_keys(protocol: &Hmac<Sha384>) -> (Aes256, Hmac<Sha384>) {
    let derive =
        |constant: u8| protocol.clone().chain_update([0, 0, 0, 1, constant, 0, 0, 1, 0]).finalize().into_bytes();
    let cipher = derive(0xaa);
    (Aes256::new_from_slice(cipher.split_at(32).0).unwrap(), hmac(derive(0x55).split_at(24).0))
}

/// What the replay question costs: SHA-256 over key and authenticator, SHA-256 over the client's name.
fn fingerprint(authenticator: &Blocks) -> impl Sized + use<> {
    let hash = Sha256::new_with_prefix([3; 40]).chain_update(authenticator.as_flattened_octets());
    (hash.finalize(), Sha256::digest(b"alice at EXAMPLE.TEST"))
}
