//! The primitives alone, over octets of the lengths that a login between two of this crate has.

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rc4::{Rc4, StreamCipher};

use crate::{SIZES, report, rounds, timed};

/// Lengths of the three messages and of what the proof is over.
const MESSAGES: [usize; 3] = [40, 174, 444];
const TEMP: usize = 268;

pub(crate) fn run() {
    let messages = MESSAGES.map(|length| vec![7; length]);
    let temp = vec![5; TEMP];
    report("ntlm/login", 20_000, || timed(|| login(&messages, &temp)).0);
    let (mut stream, mac) = (rc4(&[5; 16]), Hmac::<Md5>::new_from_slice(&[5; 16]).unwrap());
    for size in SIZES {
        let mut message = vec![7; size];
        let mut seal = || {
            timed(|| {
                let mac = mac.clone().chain_update([0; 4]).chain_update(&message).finalize().into_bytes();
                stream.apply_keystream(&mut message);
                mac
            })
            .0
        };
        report(&format!("ntlm/wrap-{size}"), rounds(size), &mut seal);
        report(&format!("ntlm/unwrap-{size}"), rounds(size), &mut seal);
    }
}

/// NTOWFv2, NTProofStr, SessionBaseKey, the exchanged key and the MIC: what a login is judged by. The keys of the messages
/// after it, which this crate derives with the first of them, are in nobody's first message here.
fn login(messages: &[Vec<u8>], temp: &[u8]) -> [u8; 16] {
    let key = hmac(&[7; 16], &[&[0; 18]]);
    let proof = hmac(&key, &[&[1; 8], temp]);
    let base = hmac(&key, &[&proof]);
    let mut exported = [9; 16];
    rc4(&base).apply_keystream(&mut exported);
    hmac(&exported, &[&messages[0], &messages[1], &messages[2]])
}

fn hmac(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    let mut state = Hmac::<Md5>::new_from_slice(key).unwrap();
    parts.iter().for_each(|part| Mac::update(&mut state, part));
    state.finalize().into_bytes().into()
}

fn rc4(key: &[u8; 16]) -> Rc4 {
    Rc4::new_from_slice(key).unwrap()
}
