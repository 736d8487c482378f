//! The crate picky-krb, of which sspi is built: messages and cryptography. It has no acceptor, and of the types here the two of RFC
//! 3962 only.

use std::fs;
use std::path::Path;

use picky_asn1::wrapper::{ExplicitContextTag0, ExplicitContextTag1, ExplicitContextTag2, OctetStringAsn1, Optional};
use picky_asn1_der::{self as der, Asn1RawDer};
use picky_krb::constants::key_usages::TICKET_REP;
use picky_krb::crypto::CipherSuite;
use picky_krb::gss_api::{ApplicationTag0, GssApiNegInit, NegTokenTarg, NegTokenTarg1};
use picky_krb::messages::ApReq;

use crate::raw_keys::raw_keys;
use crate::{PASSWORD, report, report_batch, timed};

const SUITES: [(&str, CipherSuite); 2] = [
    ("aes256-cts-hmac-sha1-96", CipherSuite::Aes256CtsHmacSha196),
    ("aes128-cts-hmac-sha1-96", CipherSuite::Aes128CtsHmacSha196),
];

pub(crate) fn run(section: &str, dir: &Path) {
    match section {
        "spnego" => parse(dir),
        "decrypt" => decrypt(dir),
        "string-to-key" => strings_to_keys(),
        _ => {}
    }
}

fn parse(dir: &Path) {
    let offer = fs::read(dir.join("spnego.token")).unwrap();
    report_batch("spnego/parse", || {
        let offer: ApplicationTag0<GssApiNegInit> = der::from_bytes(&offer).unwrap();
        let offer = offer.0.neg_token_init.0;
        let mechanism = offer.mech_types.0.unwrap().0.0.remove(0);
        let answer = NegTokenTarg1::from(NegTokenTarg {
            neg_result: Optional::from(Some(ExplicitContextTag0::from(Asn1RawDer(vec![0x0a, 1, 0])))),
            supported_mech: Optional::from(Some(ExplicitContextTag1::from(mechanism))),
            response_token: Optional::from(Some(ExplicitContextTag2::from(OctetStringAsn1::from(vec![7; 156])))),
            mech_list_mic: Optional::from(None),
        });
        (offer.mech_token.0.unwrap(), der::to_vec(&answer).unwrap())
    });
    let request = fs::read(dir.join("ap-req.octets")).unwrap();
    report_batch("ap-req/parse", || der::from_bytes::<ApReq>(&request).unwrap());
}

fn decrypt(dir: &Path) {
    let keys = raw_keys(dir);
    for (etype, suite) in SUITES {
        let (cipher, key) = (suite.cipher(), &keys[etype]);
        let message = cipher.encrypt(key, TICKET_REP, &[7; 1500]).unwrap();
        report(&format!("decrypt/{etype}"), 5_000, || timed(|| cipher.decrypt(key, TICKET_REP, &message).unwrap()).0);
    }
}

fn strings_to_keys() {
    for (etype, suite) in SUITES {
        let cipher = suite.cipher();
        let make = || cipher.generate_key_from_password(PASSWORD.as_bytes(), b"EXAMPLE.TESTalice").unwrap();
        report(&format!("string-to-key/{etype}"), 15, || timed(make).0);
    }
}
