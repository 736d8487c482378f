//! Channel bindings against certificates that OpenSSL made and hashed, and against what MIT krb5, Heimdal, the JDK and Samba put on the wire.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use negotiate::gss::{AddressType, BindingsHash, CertificateError, ChannelBindings};
use serde_json::Value;

/// Certificate, and the digest that `openssl dgst` makes of it (the hash function is in the comment).
#[rustfmt::skip]
const DIGESTS: [(&str, &str); 22] = [
        ("rsa-md5", "97a3313a6645f03a247f5ffa9c1be9323b9bf30992298470044c53bec8643fe9"), // sha256
        ("rsa-sha1", "0e9fc5ba95fa7c9db4a6431086369bebf396ebd2feddd50da5e31581049f982a"), // sha256
        ("rsa-sha224", "85c8c2e22d845bf8952233d3a54d64fbcf6320cb1c99bc818cb2bafa"), // sha224
        ("rsa-sha256", "4898a2109107e5182733027d03a9faaf4fa92b3c68c410572de23cac8134cea5"), // sha256
        ("rsa-sha384", "1eba166cc131e5527b2e1a6a5eeab6c5f3da89a55855f17467ff3f156c2575daa8a272241ad6c6f2152b9d69f3f82dac"), // sha384
        ("rsa-sha512", "128b82adcc770b51b21bcce19f6d7140b7da5af8efc3e522b3d7982aec949ff584d62d8a5ad7b67c9168da45b27e0fc6f58cf317bf27646f84d389b9ea645eac"), // sha512
        ("rsa-sha512-256", "2bfb25a8c49146cb2a73999b01f64b99fba0f678ff29cfd54f9f9cb2d73abde1"), // sha512-256
        ("ecdsa-sha1", "c802e0a482f6729e50b576934abe43eb2e2197c69b028cdb61d0f3dc5d21cc00"), // sha256
        ("ecdsa-sha224", "7eaa455cc23eb0e30ed19fdae894945c7b7c431a162103b0e756a17b"), // sha224
        ("ecdsa-sha256", "e3eae7762e6c34ea5614c8afe8870a397de5851ac37ecf9d8b78d866f58e2d37"), // sha256
        ("ecdsa-sha384", "b6003a4cbc9cfec8e41fb1a1a3009c2b684c351b15df1d182b6a7a92a28158d6081f5e0f771eb31dbc6541889ce257cb"), // sha384
        ("ecdsa-sha512", "3d2a6ce46937c65b7b5331b5076739e41d31d0f8663b94635e9d5cc3ab2b007144f9459e18c8aeb730e5b31fd2e3ec2b608bc21b42c7cc8bb6979628353f4003"), // sha512
        ("dsa-sha256", "62a4a424d28493e172ef76a351ec754a5f986a5b9c26e7f3f2d123f1a04e53e1"), // sha256
        ("pss-sha1", "f126e3151b6ae945f2a654156c70cc172419ea3e5335ef42c62a5ac5c3acd2f0"), // sha256
        ("pss-sha256", "203a1b738819f7a1dfb14a7268d6c343166fb1648983f40d13b58edf429a70f5"), // sha256
        ("pss-sha384", "4829be73e1f0b3903fe05a52d6e556fcb5f222662e36fe4b06e8989852707a9e8235acf4c0a7d14a6f38a13c94cc96f0"), // sha384
        ("pss-sha512", "d1183c20b91a1ff15fb9a7d6d28ac14639df6edc857f6359efd3c6812adcbc709c2ed47cc895c98ce6a2bc32795a86dd745eca9a9cce9508f9714987be8d8795"), // sha512
        ("pss-key-sha256", "193b2959f1d30a34502b85f26e884836e31c82f66ed8f1d80ab8c4919c2c665a"), // sha256
        ("leaf-p256-by-rsa-sha384", "9024ca2a8dbab34593c40c47009369637a0f589b64a4507cb151328948648926d67002eef125138fe3998a650840034e"), // sha384
        ("leaf-rsa-by-ecdsa-sha256", "8e5b12183495828e77716608620978c82582946800cc779ecd84226727c9b7fb"), // sha256
        ("leaf-rsa-by-ecdsa-sha384", "491e3419d7a79ec7773be2141c1169173444ac54649d442f8ba01b9c25f7a23a9372133cce20949ded0ca4ed8c37d3e8"), // sha384
        ("leaf-ed25519-by-rsa-sha512", "43f154afcb3122207524669d2cc43833882e76747c84d144b5d53ed57dfe80472a69d374a5c914b9c184f0a2cbcf9e546d84e2d9007609da9c68703b881d405f"), // sha512
];

/// Certificates without a binding, and the signature algorithm the refusal names; none where it has two hash functions.
const UNDEFINED: [(&str, Option<&str>); 6] = [
    ("ed25519", Some("1.3.101.112")),
    ("ed448", Some("1.3.101.113")),
    ("leaf-rsa-by-ed25519", Some("1.3.101.112")),
    // RFC 5929 would have it hashed with SHA3-256, which this crate does not have.
    ("rsa-sha3-256", Some("2.16.840.1.101.3.4.3.14")),
    ("pss-mixed-sha1-mgf1-sha256", None),
    ("pss-mixed-sha256-mgf1-sha1", None),
];

#[test]
fn h10_every_signature_algorithm() {
    for (name, digest) in DIGESTS {
        let bindings = ChannelBindings::tls_server_end_point(&certificate(name)).unwrap();
        let expected = [b"tls-server-end-point:".to_vec(), octets(digest)].concat();
        assert_eq!(bindings.application_data, expected, "{name}");
        assert_eq!(bindings, ChannelBindings::tls_server_end_point_hash(&octets(digest)), "{name}");
    }
    for (name, algorithm) in UNDEFINED {
        let expected = match algorithm {
            Some(algorithm) => CertificateError::Undefined { algorithm: algorithm.into() },
            None => CertificateError::SeveralHashFunctions,
        };
        assert_eq!(ChannelBindings::tls_server_end_point(&certificate(name)), Err(expected), "{name}");
    }
    let folder = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let files = folder.filter(|path| path.extension().is_some_and(|extension| extension == "der")).count();
    assert_eq!(files, DIGESTS.len() + UNDEFINED.len(), "each certificate of the folder is in one of the tables");
}

#[test]
fn h10_cut_and_flipped_certificates() {
    for name in ["ecdsa-sha256", "pss-sha384", "ed25519", "leaf-p256-by-rsa-sha384"] {
        let mut der = certificate(name);
        let sound = ChannelBindings::tls_server_end_point(&der);
        for length in 0..der.len() {
            let cut = ChannelBindings::tls_server_end_point(der.get(..length).unwrap());
            assert_eq!(cut, Err(CertificateError::Malformed), "{name} cut to {length}");
        }
        for position in 0..der.len() * 8 {
            flip(&mut der, position);
            let flipped = ChannelBindings::tls_server_end_point(&der);
            assert!(flipped.is_err() || flipped != sound, "{name}, bit {position}");
            flip(&mut der, position);
        }
        assert_eq!(ChannelBindings::tls_server_end_point(&der), sound);
    }
}

/// Every set of bindings recorded with an exchange hashes to what the recording library says.
#[test]
fn recorded_bindings() {
    let Some(cases) = recorded_cases() else { return };
    let mut checked = 0;
    for (path, case) in &cases {
        for side in ["initiator", "acceptor"] {
            let recorded = case.pointer(&format!("/channel_bindings/{side}")).filter(|bindings| bindings.is_object());
            let Some(recorded) = recorded else { continue };
            assert_eq!(bindings(recorded).hash(), hash(recorded, "md5"), "{}, {side}", path.display());
            checked += 1;
        }
        if let Some(data) = case.get("channel_binding_application_data").and_then(Value::as_str) {
            let bindings = ChannelBindings::application_data(octets(data));
            assert_eq!(bindings.hash(), hash(case, "channel_binding_gss_md5"), "{}", path.display());
            checked += 1;
        }
    }
    println!("{checked} recorded bindings of {} cases", cases.len());
    assert!(checked >= 60, "only {checked} recorded bindings: is the folder whole?");
}

fn bindings(recorded: &Value) -> ChannelBindings {
    let number = |name| AddressType(recorded.get(name).and_then(Value::as_u64).unwrap().try_into().unwrap());
    ChannelBindings {
        initiator_addrtype: number("initiator_addrtype"),
        initiator_address: octets(text(recorded, "initiator_address")),
        acceptor_addrtype: number("acceptor_addrtype"),
        acceptor_address: octets(text(recorded, "acceptor_address")),
        application_data: octets(text(recorded, "application_data")),
    }
}

fn hash(recorded: &Value, name: &str) -> BindingsHash {
    BindingsHash::from_octets(octets(text(recorded, name)).try_into().unwrap())
}

fn text<'a>(recorded: &'a Value, name: &str) -> &'a str {
    recorded.get(name).and_then(Value::as_str).unwrap()
}

/// The recorded exchanges with MIT krb5 and Samba, where they are at hand.
fn recorded_cases() -> Option<Vec<(PathBuf, Value)>> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("0 cases: there is no folder {}", folder.display());
        return None;
    }
    let files = ["mit", "samba"].iter().flat_map(|group| std::fs::read_dir(folder.join(group)).unwrap());
    let paths = files.map(|entry| entry.unwrap().path());
    let cases = paths.filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(|path| {
        let case = serde_json::from_slice(&std::fs::read(&path).unwrap());
        let case = case.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, case)
    });
    Some(cases.collect())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/certificates")
}

fn certificate(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name).with_extension("der")).unwrap()
}

fn octets(hexadecimal: &str) -> Vec<u8> {
    let digits = hexadecimal.as_bytes().chunks(2);
    digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn flip(octets: &mut [u8], position: usize) {
    *octets.get_mut(position / 8).unwrap() ^= 1 << (position % 8);
}
