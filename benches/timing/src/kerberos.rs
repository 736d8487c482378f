//! Checksums, the integrity of ciphers, the messages of a context, and logins that are wrong.

use negotiate::gss::ContextFlags;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::testing::{Realm, contexts};
use negotiate::random::SystemRandom;
use negotiate::{Acceptor, Protection, Timestamp, kerberos};

use crate::welch::{Experiment, timed};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const SHA1: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

pub fn all(samples: usize) -> Vec<Experiment<'static>> {
    let types = [
        (SHA1, "hmac-sha1-96: checksum, first or last wrong", "aes256-sha1: cipher's tag, first or last wrong"),
        (
            EncryptionType::AES128_CTS_HMAC_SHA256_128,
            "hmac-sha256-128: checksum, first or last wrong",
            "aes128-sha256: cipher's tag, first or last wrong",
        ),
        (
            EncryptionType::AES256_CTS_HMAC_SHA384_192,
            "hmac-sha384-192: checksum, first or last wrong",
            "aes256-sha384: cipher's tag, first or last wrong",
        ),
        (
            EncryptionType::CAMELLIA256_CTS_CMAC,
            "cmac-camellia256: checksum, first or last wrong",
            "camellia256: cipher's tag, first or last wrong",
        ),
    ];
    let mut all = Vec::new();
    for (etype, checksums, ciphers) in types {
        all.extend([checksum(checksums, samples, etype), cipher(ciphers, samples, etype)]);
    }
    let rc4 = EncryptionType::RC4_HMAC;
    all.push(checksum("hmac-md5 (rc4): checksum (also of PACs), first or last wrong", samples, rc4));
    all.push(cipher("rc4-hmac: cipher's tag, first or last wrong", samples, rc4));
    all.push(mic("RFC 4121: MIC (also mechListMIC), first or last wrong", samples, SHA1, 12));
    all.push(unwrap("RFC 4121: sealed message, first or last of the tag wrong", samples, SHA1, 12));
    all.push(mic("RFC 4757: MIC, first or last wrong", samples, rc4, 8));
    all.push(login("login: ticket's tag, first or last wrong", samples, |class, cipher, _| {
        let place = if class { cipher.len() - 1 } else { cipher.len() - 12 };
        cipher[place] ^= 1;
    }));
    all.push(login("login: ticket of another key, or with its tag changed", samples, |class, cipher, other| {
        if class { cipher.copy_from_slice(other) } else { *cipher.last_mut().expect("a tag") ^= 1 }
    }));
    all.push(login("login: ticket changed in front, or in its tag", samples, |class, cipher, _| {
        let place = if class { cipher.len() - 1 } else { 0 };
        cipher[place] ^= 1;
    }));
    all
}

fn key(etype: EncryptionType) -> EncryptionKey {
    EncryptionKey::generate(etype, &SystemRandom).expect("randomness")
}

/// Makes the first or the last octet of the last `length` wrong.
fn spoil(octets: &mut [u8], length: usize, class: bool) {
    let place = if class { octets.len() - 1 } else { octets.len() - length };
    octets[place] ^= 1;
}

fn checksum(name: &'static str, samples: usize, etype: EncryptionType) -> Experiment<'static> {
    let key = key(etype).for_checksum(KeyUsage(17));
    let (mut message, mut given) = ([7u8; 64], Vec::new());
    let once = Box::new(move |class: bool| {
        message[0] = message[0].wrapping_add(1);
        given.clear();
        given.extend_from_slice(&key.checksum(&[&message]));
        let length = given.len();
        spoil(&mut given, length, class);
        timed(4, || key.verify(&[&message], std::hint::black_box(&given)))
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn cipher(name: &'static str, samples: usize, etype: EncryptionType) -> Experiment<'static> {
    let key = key(etype).for_encryption(KeyUsage(2));
    let once = Box::new(move |class: bool| {
        // A new one each time: what a wrong tag decrypts to may well take another time (RC4), but both classes' does.
        let mut given = key.encrypt(&[7; 64], &SystemRandom).expect("randomness");
        // rc4-hmac has its tag of 16 octets in front (RFC 4757 section 5), the others at the end.
        let at_end = key.trailer_len();
        if at_end == 0 {
            given[if class { 15 } else { 0 }] ^= 1
        } else {
            spoil(&mut given, at_end, class)
        }
        timed(1, || key.decrypt_in_place(std::hint::black_box(&mut given)).is_ok())
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn mic(name: &'static str, samples: usize, etype: EncryptionType, length: usize) -> Experiment<'static> {
    let [mut here, mut there] = contexts(etype, ContextFlags::INTEGRITY).expect("randomness");
    let message = [7; 64];
    let once = Box::new(move |class: bool| {
        let mut given = here.get_mic(&message).expect("a MIC");
        spoil(&mut given, length, class);
        timed(1, || there.verify_mic(&message, std::hint::black_box(&given)).is_ok())
    });
    Experiment { name, samples, allowed: 0.0, once }
}

fn unwrap(name: &'static str, samples: usize, etype: EncryptionType, length: usize) -> Experiment<'static> {
    let [mut here, mut there] =
        contexts(etype, ContextFlags::INTEGRITY | ContextFlags::CONFIDENTIALITY).expect("randomness");
    let once = Box::new(move |class: bool| {
        let mut given = here.wrap(&[7; 64], Protection::Confidentiality).expect("a message");
        spoil(&mut given, length, class);
        timed(1, || there.unwrap(std::hint::black_box(&mut given)).is_ok())
    });
    Experiment { name, samples, allowed: 0.0, once }
}

/// The whole way of a login whose ticket was changed; `change` is also given the same ticket under another key.
fn login(name: &'static str, samples: usize, change: impl Fn(bool, &mut [u8], &[u8]) + 'static) -> Experiment<'static> {
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").expect("names");
    let other = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").expect("names");
    let acceptor = kerberos::Acceptor::new(realm.keytab().expect("a keytab"));
    let acceptor = Acceptor::builder().kerberos(acceptor).build().expect("an acceptor");
    let login = realm.login("alice", NOW).expect("a login");
    let (ticket, authenticator) = login.ciphers().expect("ciphers");
    let (foreign, _) = other.login("alice", NOW).and_then(|login| login.ciphers()).expect("ciphers");
    let mut given = ticket.clone();
    let once = Box::new(move |class: bool| {
        given.copy_from_slice(&ticket);
        change(class, &mut given, &foreign);
        let token = login.encode_around(&given, &authenticator).expect("a token");
        timed(1, || acceptor.accept(std::hint::black_box(&token), NOW).is_ok())
    });
    Experiment { name, samples: samples / 2, allowed: 0.01, once }
}
