//! Proofs, MICs and signatures of NTLM.

use negotiate::ntlm::response::{
    ExportedSessionKey, NtHash, ntlm_v1, ntlm_v1_extended, verify_ntlmv1, verify_ntlmv1_extended, verify_ntlmv2,
};
use negotiate::ntlm::session_security::{Negotiated, Role, SessionSecurity};

use crate::welch::{Experiment, timed};

const CHALLENGE: [u8; 8] = [1; 8];
const BLOB: [u8; 280] = [2; 280];
/// MD4 of nothing: the hash of the empty password.
const EMPTY: [u8; 16] =
    [0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31, 0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0];

pub fn all(samples: usize) -> Vec<Experiment<'static>> {
    vec![
        v2("NTLMv2: proof, first or last wrong", samples, |class| (Some(account()), place(class))),
        v2("NTLMv2: known user or none, wrong proof", samples, |class| (class.then(account), 0)),
        v2("NTLMv2: known user or one without a password, wrong proof", samples, |class| {
            (Some(if class { account() } else { NtHash::new(EMPTY) }), 0)
        }),
        v2("NTLMv2: hash nearly that of no password, first or last differs", samples, |class| {
            let mut hash = EMPTY;
            hash[place(class)] ^= 1;
            (Some(NtHash::new(hash)), 0)
        }),
        v1("NTLMv1: response, first or last wrong", samples, |class| (Some(account()), if class { 23 } else { 0 })),
        v1("NTLMv1: known user or none", samples, |class| (class.then(account), 0)),
        v1_extended("NTLMv1 extended: response, first or last wrong", samples),
        mic("NTLM: MIC of AUTHENTICATE, first or last wrong", samples),
        signature("NTLM: signature of a message, first or last wrong", samples, 0x6008_0000, [4, 11]),
        signature("NTLM: sequence number of a signature, first or last wrong", samples, 0x6008_0000, [12, 15]),
        signature("NTLM: plain signature (CRC32), first or last wrong", samples, 0, [8, 11]),
    ]
}

fn account() -> NtHash {
    NtHash::new([7; 16])
}

fn place(class: bool) -> usize {
    if class { 15 } else { 0 }
}

/// Which account there is for a class, and which octet of the response is wrong.
type Which = fn(bool) -> (Option<NtHash>, usize);

fn v2(name: &'static str, samples: usize, which: Which) -> Experiment<'static> {
    let names = || ("alice".encode_utf16(), "ADEX".encode_utf16());
    let (user, domain) = names();
    let sound = [&account().response_key(user, domain).nt_proof(&CHALLENGE, &BLOB)[..], &BLOB].concat();
    let mut given = sound.clone();
    let once = Box::new(move |class: bool| {
        given.copy_from_slice(&sound);
        let (account, wrong) = which(class);
        given[wrong] ^= 1;
        let (user, domain) = names();
        timed(2, || {
            let account = std::hint::black_box(account.as_ref());
            verify_ntlmv2(account, user.clone(), domain.clone(), &CHALLENGE, std::hint::black_box(&given)).is_ok()
        })
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn v1(name: &'static str, samples: usize, which: Which) -> Experiment<'static> {
    let sound = ntlm_v1(&account(), &CHALLENGE);
    let once = Box::new(move |class: bool| {
        let (mut given, (account, wrong)) = (sound, which(class));
        given[wrong] ^= 1;
        timed(2, || {
            verify_ntlmv1(std::hint::black_box(account.as_ref()), &CHALLENGE, std::hint::black_box(&given)).is_ok()
        })
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn v1_extended(name: &'static str, samples: usize) -> Experiment<'static> {
    let (account, client) = (account(), [3; 8]);
    let sound = ntlm_v1_extended(&account, &CHALLENGE, &client);
    let once = Box::new(move |class: bool| {
        let mut given = sound;
        given[if class { 23 } else { 0 }] ^= 1;
        timed(2, || verify_ntlmv1_extended(Some(&account), &CHALLENGE, &client, std::hint::black_box(&given)).is_ok())
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn mic(name: &'static str, samples: usize) -> Experiment<'static> {
    let key = ExportedSessionKey::new([9; 16]);
    let (negotiate, challenge, mut sound) = ([1; 40], [2; 174], vec![3; 444]);
    sound[72..88].fill(0);
    let mic = key.mic(&[&negotiate, &challenge, &sound]);
    sound[72..88].copy_from_slice(&mic);
    let mut given = sound.clone();
    let once = Box::new(move |class: bool| {
        given.copy_from_slice(&sound);
        given[72 + place(class)] ^= 1;
        timed(1, || key.verify_mic(&negotiate, &challenge, std::hint::black_box(&given), 72).is_ok())
    });
    Experiment { name, samples, allowed: 0.0, once }
}

/// A context is over once a signature was wrong, so each sample has its own.
fn signature(name: &'static str, samples: usize, flags: u32, wrong: [usize; 2]) -> Experiment<'static> {
    let message = [7; 64];
    let side = move |role| {
        let (key, negotiated) = (ExportedSessionKey::new([5; 16]), Negotiated::from_flags(flags));
        Box::new(SessionSecurity::dangerous(&key, role, &negotiated).expect("a key"))
    };
    let sound = side(Role::Initiator).sign(&message).expect("a signature");
    let once = Box::new(move |class: bool| {
        let (mut security, mut given) = (side(Role::Acceptor), sound);
        given[wrong[usize::from(class)]] ^= 1;
        timed(1, || security.verify(&message, std::hint::black_box(&given)).is_ok())
    });
    Experiment { name, samples: samples / 2, allowed: 0.0, once }
}
