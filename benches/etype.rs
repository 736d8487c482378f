//! What the encryption types cost: messages, derivation, passwords, and the primitives underneath as the floor.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark, for which criterion makes functions")]

use std::hint::black_box;

use aes::cipher::{Block, BlockCipherDecrypt, KeyInit};
use aes::{Aes128, Aes256};
use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, Mac};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage, string_to_key};
use negotiate::random::{Randomness, SystemRandom, Unavailable};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

/// The size of a ticket with a PAC, in octets.
const TICKET: usize = 1536;

criterion_group!(benches, floor, decrypt, encrypt, checksum, derive, password);
criterion_main!(benches);

/// The primitives alone, over as many octets: what the types are measured against.
fn floor(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("floor-1536");
    group.throughput(bytes(TICKET));
    let mut blocks = vec![Block::<Aes256>::default(); TICKET / 16];
    let (small, large) = (Aes128::new(&[1; 16].into()), Aes256::new(&[1; 32].into()));
    group.bench_function("aes128-decrypt-blocks", |b| b.iter(|| small.decrypt_blocks(black_box(&mut blocks))));
    group.bench_function("aes256-decrypt-blocks", |b| b.iter(|| large.decrypt_blocks(black_box(&mut blocks))));
    let data = vec![7; TICKET];
    group.bench_function("hmac-sha1", |b| {
        b.iter(|| Hmac::<Sha1>::new_from_slice(&[1; 32]).map(|m| m.chain_update(black_box(&data)).finalize()))
    });
    group.bench_function("hmac-sha256", |b| {
        b.iter(|| Hmac::<Sha256>::new_from_slice(&[1; 32]).map(|m| m.chain_update(black_box(&data)).finalize()))
    });
    group.bench_function("hmac-sha384", |b| {
        b.iter(|| Hmac::<Sha384>::new_from_slice(&[1; 32]).map(|m| m.chain_update(black_box(&data)).finalize()))
    });
    group.finish();
    // 4,096 rounds of HMAC, two compressions each, for two blocks of output.
    criterion.bench_function("floor/16384-sha1-compressions", |b| {
        b.iter(|| {
            let mut state = [1; 5];
            (0..16_384).for_each(|_| sha1::block_api::compress(&mut state, black_box(&[[7; 64]])));
            state
        });
    });
}

fn decrypt(criterion: &mut Criterion) {
    for length in [64, TICKET, 65_536] {
        let mut group = criterion.benchmark_group(format!("decrypt-{length}"));
        group.throughput(bytes(length));
        for etype in EncryptionType::IMPLEMENTED {
            let key = key(etype).for_encryption(KeyUsage::TICKET);
            let message = key.encrypt(&vec![7; length], &Counter).expect("the counter counts");
            group.bench_function(BenchmarkId::from_parameter(etype), |b| {
                b.iter_batched_ref(
                    || message.clone(),
                    |message| key.decrypt_in_place(message).map(|plain| plain.len()).expect("own message"),
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

fn encrypt(criterion: &mut Criterion) {
    for length in [64, TICKET, 65_536] {
        let mut group = criterion.benchmark_group(format!("encrypt-{length}"));
        group.throughput(bytes(length));
        for etype in EncryptionType::IMPLEMENTED {
            let key = key(etype).for_encryption(KeyUsage::TICKET);
            let mut message = vec![7; key.encrypted_len(length)];
            group.bench_function(BenchmarkId::from_parameter(etype), |b| {
                b.iter(|| key.encrypt_in_place(black_box(&mut message), &Counter));
            });
        }
        group.finish();
    }
}

fn checksum(criterion: &mut Criterion) {
    for length in [64, 1024] {
        let mut group = criterion.benchmark_group(format!("checksum-{length}"));
        group.throughput(bytes(length));
        let data = vec![7; length];
        for etype in EncryptionType::IMPLEMENTED {
            let key = key(etype).for_checksum(KeyUsage::ACCEPTOR_SIGN);
            group.bench_function(BenchmarkId::from_parameter(etype), |b| b.iter(|| key.checksum(&[black_box(&data)])));
        }
        group.finish();
    }
}

fn derive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("derive");
    for etype in EncryptionType::IMPLEMENTED {
        let key = key(etype);
        group.bench_function(BenchmarkId::new("for-encryption", etype), |b| {
            b.iter(|| key.for_encryption(black_box(KeyUsage::AP_REP)).etype());
        });
        group.bench_function(BenchmarkId::new("for-checksum", etype), |b| {
            b.iter(|| key.for_checksum(black_box(KeyUsage::AP_REQ_CHECKSUM)).checksum_type());
        });
    }
    group.bench_function("generate", |b| {
        b.iter(|| EncryptionKey::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &SystemRandom));
    });
    group.finish();
}

fn password(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("string-to-key");
    group.sample_size(20);
    for etype in EncryptionType::IMPLEMENTED {
        group.bench_function(BenchmarkId::from_parameter(etype), |b| {
            b.iter(|| string_to_key(etype, black_box(b"password"), b"EXAMPLE.COMraeburn", None));
        });
    }
    group.finish();
}

fn bytes(length: usize) -> Throughput {
    Throughput::Bytes(u64::try_from(length).unwrap_or(u64::MAX))
}

fn key(etype: EncryptionType) -> EncryptionKey {
    let octets = vec![0x5a; etype.key_len().expect("implemented")];
    EncryptionKey::new(etype, &octets).expect("of the right length")
}

/// No randomness at all, so that only the encryption is measured.
struct Counter;

impl Randomness for Counter {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.fill(1);
        Ok(())
    }
}
