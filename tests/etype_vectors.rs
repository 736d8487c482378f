//! Every case of the vectors that MIT krb5's library made: string-to-key, encryption, checksums, PRF, KRB-FX-CF2.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use std::path::PathBuf;
use std::sync::Mutex;

use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage, krb_fx_cf2, string_to_key};
use negotiate::random::{Randomness, Unavailable};
use serde_json::Value;

/// What a case of this type is skipped for.
const DES3: i64 = 16;

#[test]
fn mit_string_to_key() {
    each("string_to_key", |case| {
        let parameters = case["iterations"].as_u64().map(|count| u32::try_from(count).unwrap().to_be_bytes());
        let made = string_to_key(
            etype(case),
            text(case, "password").as_bytes(),
            text(case, "salt").as_bytes(),
            parameters.as_ref().map(|parameters| &parameters[..]),
        );
        assert_eq!(made.unwrap().expose(), octets(case, "key"), "{case}");
    });
}

#[test]
fn mit_encryption_is_opened_and_made_again() {
    each("encrypt", |case| {
        let key = key(case, "key").for_encryption(usage(case));
        let (cipher, plain) = (octets(case, "cipher"), octets(case, "plain"));
        assert_eq!(key.encrypted_len(plain.len()), cipher.len(), "{case}");

        let mut buffer = cipher.clone();
        let plain_at = key.header_len()..cipher.len() - key.trailer_len();
        assert_eq!(key.decrypt_in_place(&mut buffer).unwrap(), plain, "{case}");
        assert_eq!(buffer[plain_at], plain, "where the plaintext stands: {case}");

        // What stands in front of the plaintext now is the confounder that was drawn at random.
        let confounder = buffer[key.header_len() - key.confounder_len()..key.header_len()].to_vec();
        assert_eq!(key.encrypt(&plain, &Drawn::new(&[&confounder])).unwrap(), cipher, "{case}");
    });
}

#[test]
fn mit_checksums() {
    each("checksum", |case| {
        let key = key(case, "key").for_checksum(usage(case));
        let (data, checksum) = (octets(case, "data"), octets(case, "cksum"));
        assert_eq!(i64::from(key.checksum_type().0), case["cktype"].as_i64().unwrap());
        assert_eq!(&*key.checksum(&[&data]), checksum, "{case}");
        let (left, right) = data.split_at(data.len() / 3);
        assert_eq!(&*key.checksum(&[left, &[], right]), checksum, "in parts: {case}");
        key.verify(&[left, right], &checksum).unwrap();
    });
}

#[test]
fn mit_pseudo_random_function() {
    each("prf", |case| {
        assert_eq!(key(case, "key").prf(&octets(case, "in")).expose(), octets(case, "out"), "{case}");
    });
}

#[test]
fn mit_krb_fx_cf2() {
    each("cf2", |case| {
        let pepper = |name| text(case, name).as_bytes();
        let made = krb_fx_cf2(&key(case, "key1"), &key(case, "key2"), pepper("pepper1"), pepper("pepper2"));
        assert_eq!(made.unwrap().expose(), octets(case, "out"), "{case}");
    });
}

/// Runs all cases of a kind, counts them, and fails when there are none where the folder is.
fn each(kind: &str, check: impl Fn(&Value)) {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("{kind}: no vectors, no folder {}", folder.display());
        return;
    }
    let file = std::fs::read(folder.join("mit/crypto.json")).expect("the folder is there, so is the file");
    let vectors: Value = serde_json::from_slice(&file).unwrap();
    let (skipped, cases): (Vec<_>, Vec<_>) =
        vectors[kind].as_array().unwrap().iter().partition(|case| case["etype"] == DES3);
    assert!(!cases.is_empty(), "no case of {kind}");
    cases.iter().for_each(|case| check(case));
    println!("{kind}: {} cases, {} of DES3 skipped, which is not implemented (RFC 8429)", cases.len(), skipped.len());
}

fn etype(case: &Value) -> EncryptionType {
    EncryptionType(case["etype"].as_i64().unwrap().try_into().unwrap())
}

fn usage(case: &Value) -> KeyUsage {
    KeyUsage(case["usage"].as_u64().unwrap().try_into().unwrap())
}

fn key(case: &Value, name: &str) -> EncryptionKey {
    EncryptionKey::new(etype(case), &octets(case, name)).unwrap()
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn octets(case: &Value, name: &str) -> Vec<u8> {
    let pairs = text(case, name).as_bytes().chunks_exact(2);
    assert!(pairs.remainder().is_empty());
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Hands out octets that were drawn before, last first, each once.
struct Drawn(Mutex<Vec<Vec<u8>>>);

impl Drawn {
    fn new(octets: &[&[u8]]) -> Self {
        Self(Mutex::new(octets.iter().map(|octets| octets.to_vec()).collect()))
    }
}

impl Randomness for Drawn {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.copy_from_slice(&self.0.lock().unwrap().pop().ok_or(Unavailable)?);
        Ok(())
    }
}
