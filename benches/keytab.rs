//! Looking a key up costs the same in a keytab of 10 entries and in one of 100,000.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark, for which criterion makes functions"
)]

use std::hint::black_box;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::{Principal, Timestamp};

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

fn principal(number: usize) -> Principal {
    format!("HTTP/host{number}.some.example.com@EXAMPLE.COM").parse().unwrap()
}

/// Two types and one kvno for each principal.
fn keytab(entries: usize) -> Keytab {
    (0..entries)
        .map(|number| {
            let etype = [AES256, EncryptionType::AES256_CTS_HMAC_SHA384_192][number % 2];
            let key = EncryptionKey::new(etype, &[number.to_le_bytes()[0]; 32]).unwrap();
            KeytabEntry::new(principal(number / 2), 3, Timestamp::UNIX_EPOCH, key)
        })
        .collect()
}

fn look_up(keytab: &Keytab, name: &Principal, etype: EncryptionType) -> u32 {
    let found = keytab.find(name.realm(), name.components()).unwrap();
    found.candidates(etype, Some(3)).next().unwrap().entry().kvno()
}

fn lookup(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keytab/lookup");
    for entries in [10, 1_000, 100_000] {
        let keytab = keytab(entries);
        let (first, absent) = (principal(0), principal(1_000_000));
        group.bench_function(BenchmarkId::new("one principal", entries), |bencher| {
            bencher.iter(|| look_up(&keytab, black_box(&first), AES256));
        });
        // In an order that no cache foresees; the names themselves come from memory too.
        let names: Vec<_> = (0..entries / 2).map(|number| principal(number * 7_919 % (entries / 2))).collect();
        let mut names = names.iter().cycle();
        group.bench_function(BenchmarkId::new("principals in turn", entries), |bencher| {
            bencher.iter(|| look_up(&keytab, names.next().unwrap(), AES256));
        });
        group.bench_function(BenchmarkId::new("absent", entries), |bencher| {
            bencher.iter(|| keytab.find(black_box(&absent).realm(), absent.components()).is_none());
        });
    }
    group.finish();
}

fn parse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("keytab/parse");
    group.sample_size(10);
    for entries in [10, 100_000] {
        let file = keytab(entries).to_bytes();
        group.bench_function(BenchmarkId::from_parameter(entries), |bencher| {
            bencher.iter_batched(|| (), |()| Keytab::parse(file.expose()).unwrap(), BatchSize::PerIteration);
        });
    }
    group.finish();
}

fn ticket_key(criterion: &mut Criterion) {
    let key = || EncryptionKey::new(AES256, &[7; 32]).unwrap();
    let keytab = || Keytab::from_iter([KeytabEntry::new(principal(0), 3, Timestamp::UNIX_EPOCH, key())]);
    let name = principal(0);
    let key_of = |keytab: &Keytab| {
        let found = keytab.find(name.realm(), name.components()).unwrap();
        black_box(found.candidates(AES256, Some(3)).next().unwrap().ticket_key());
    };
    let mut group = criterion.benchmark_group("keytab/ticket key");
    group.bench_function("first time", |bencher| {
        bencher.iter_batched_ref(keytab, |keytab| key_of(keytab), BatchSize::SmallInput);
    });
    let known = keytab();
    group.bench_function("again", |bencher| bencher.iter(|| key_of(&known)));
    group.finish();
}

criterion_group!(benches, lookup, parse, ticket_key);
criterion_main!(benches);
