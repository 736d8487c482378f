//! What NTLM costs: a login verified, messages sealed, and the primitives underneath as the floor in the same run.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark, for which criterion makes functions")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use negotiate::ntlm::response::{ExportedSessionKey, NtHash, verify_ntlmv2};
use negotiate::ntlm::session_security::{Negotiated, Role, SessionSecurity};
use rc4::{Rc4, StreamCipher};

criterion_group!(benches, login, seal);
criterion_main!(benches);

/// From the NT hash of an account to the key of the context: NTOWFv2, proof, session key, key exchange, MIC.
fn login(criterion: &mut Criterion) {
    let (account, challenge, blob) = (NtHash::new([7; 16]), [1; 8], [2; 280]);
    let (user, domain) = ("alice".encode_utf16(), "ADEX".encode_utf16());
    let key = account.response_key(user.clone(), domain.clone());
    let response = [&key.nt_proof(&challenge, &blob)[..], &blob].concat();
    let messages: [&[u8]; 3] = [&[1; 40], &[2; 174], &[3; 444]];
    criterion.bench_function("ntlmv2/verify", |b| {
        b.iter(|| {
            let base = verify_ntlmv2(Some(&account), user.clone(), domain.clone(), &challenge, black_box(&response))
                .expect("its own");
            let key = base.key_exchange_key().unwrap_session_key(&[9; 16]).expect("of 16 octets");
            key.mic(&messages)
        });
    });
    criterion.bench_function("ntlmv2/floor", |b| {
        b.iter(|| {
            let one = hmac(&[7; 16], &[&[0; 18]]);
            let two = hmac(&one, &[&challenge, black_box(&blob)]);
            let mut key = hmac(&one, &[&two]);
            Rc4::new_from_slice(&two).expect("of 16 octets").apply_keystream(&mut key);
            hmac(&key, &messages)
        });
    });
}

fn seal(criterion: &mut Criterion) {
    let key = ExportedSessionKey::new([5; 16]);
    let mut security =
        SessionSecurity::new(&key, Role::Initiator, &Negotiated::from_flags(0x6008_0000)).expect("strong");
    let (mut stream, mac) = (Rc4::new_from_slice(&[5; 16]).expect("16"), Hmac::<Md5>::new_from_slice(&[5; 16]));
    let mac = mac.expect("16");
    for length in [64, 1024, 65_536] {
        let mut group = criterion.benchmark_group(format!("seal-{length}"));
        group.throughput(Throughput::Bytes(u64::try_from(length).unwrap_or_default()));
        let mut message = vec![7; length];
        group.bench_function("ntlm", |b| b.iter(|| security.seal(black_box(&mut message))));
        group.bench_function("rc4-and-hmac-md5", |b| {
            b.iter(|| {
                stream.apply_keystream(black_box(&mut message));
                mac.clone().chain_update(&message).finalize()
            });
        });
        group.bench_function("rc4", |b| b.iter(|| stream.apply_keystream(black_box(&mut message))));
        group.finish();
    }
}

fn hmac(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut state = Hmac::<Md5>::new_from_slice(key).expect("any length");
    parts.iter().for_each(|part| Mac::update(&mut state, part));
    state.finalize().into_bytes().into()
}
