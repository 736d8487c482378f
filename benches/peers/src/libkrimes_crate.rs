//! The crate libkrimes, a client: aes256-cts-hmac-sha1-96 and no other type, no acceptor, no door to decrypt alone.

use std::path::Path;

use kerbcore::{Enctype, KerberosKey};
use libkrimes::proto::{DerivedKey, EncryptedData};
use rasn_kerberos::{
    EncAsRepPart, EncKdcRepPart, EncryptionKey, KerberosFlags, KerberosTime, PrincipalName, TicketFlags,
};

use crate::raw_keys::raw_keys;
use crate::{report, timed};

const ETYPE: &str = "aes256-cts-hmac-sha1-96";
const AS_REP: u32 = 3; // the key usage, RFC 4120 section 7.5.1

pub(crate) fn run(section: &str, dir: &Path) {
    match section {
        "decrypt" => decrypt(raw_keys(dir).remove(ETYPE).unwrap()),
        "string-to-key" => string_to_key(),
        _ => {}
    }
}

/// With the decoding of what comes out, an EncASRepPart that a long name fills to 1.5 KB.
fn decrypt(key: Vec<u8>) {
    let data = KerberosKey::new(Enctype::Aes256CtsHmacSha1_96, key.clone()).unwrap().encrypt(AS_REP, &long_part());
    let key = DerivedKey::Aes256CtsHmacSha196 { k: key.try_into().unwrap(), i: 4_096, s: String::new(), kvno: 1 };
    let message = EncryptedData::Aes256CtsHmacSha196 { kvno: None, data };
    report(&format!("decrypt/{ETYPE}"), 5_000, || timed(|| message.decrypt_enc_kdc_rep(&key).unwrap()).0);
}

fn long_part() -> Vec<u8> {
    let text = |text: &str| text.as_bytes().to_vec().try_into().unwrap();
    let time = || rasn::der::decode::<KerberosTime>(b"\x18\x0f20261122193000Z").unwrap();
    let part = EncAsRepPart(EncKdcRepPart {
        key: EncryptionKey { r#type: 18, value: vec![7; 32].into() },
        last_req: Vec::new(),
        nonce: 7,
        key_expiration: None,
        flags: TicketFlags(KerberosFlags::repeat(false, 32)),
        auth_time: time(),
        start_time: None,
        end_time: time(),
        renew_till: None,
        srealm: text("EXAMPLE.TEST"),
        sname: PrincipalName { r#type: 2, string: vec![text("HTTP"), text(&"w".repeat(1_370))] },
        caddr: None,
        encrypted_pa_data: None,
    });
    rasn::der::encode(&part).unwrap()
}

/// A quarter of what 16,384 iterations take: it makes no fewer. Nor is a password of fewer than 16 letters taken.
fn string_to_key() {
    report(&format!("string-to-key/{ETYPE}"), 15, || {
        let make = || DerivedKey::new_aes256_cts_hmac_sha1_96("Passw0rd!alice..", "EXAMPLE.TESTalice", Some(16_384), 1);
        timed(|| make().unwrap()).0 / 4
    });
}
