//! Messages without their cryptography, and passwords.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use negotiate::asn1::{Extensions, OctetString};
use negotiate::gss::InitialToken;
use negotiate::kerberos::etype::{self, EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::ApReq;
use negotiate::random::SystemRandom;
use negotiate::spnego::message::{NegState, NegTokenResp, NegotiationToken};

use crate::{PASSWORD, report, report_batch, timed};

pub(crate) fn run(dir: &Path) {
    let token = fs::read(dir.join("spnego.token")).unwrap();
    report_batch("spnego/parse", || {
        let framed = InitialToken::parse(black_box(&token)).unwrap();
        let NegotiationToken::NegTokenInit(init) = NegotiationToken::parse(framed.inner).unwrap() else { panic!() };
        black_box(init.mech_token.unwrap());
        let answer = NegTokenResp {
            neg_state: Some(NegState::AcceptCompleted),
            supported_mech: init.mech_types.first(),
            response_token: Some(OctetString(&[7; 156])),
            mech_list_mic: None,
            extensions: Extensions::NONE,
        };
        NegotiationToken::NegTokenResp(answer).to_der().unwrap()
    });
    let request = fs::read(dir.join("ap-req.octets")).unwrap();
    report_batch("ap-req/parse", || ApReq::parse(black_box(&request)).is_ok());
}

pub(crate) fn string_to_key() {
    for kind in EncryptionType::IMPLEMENTED {
        let salt = b"EXAMPLE.TESTalice";
        report(&format!("string-to-key/{kind}"), 15, || {
            timed(|| etype::string_to_key(kind, PASSWORD.as_bytes(), salt, None).unwrap()).0
        });
    }
}

/// 1.5 KB, the key given: not yet derived for its usage.
pub(crate) fn decrypt() {
    for kind in EncryptionType::IMPLEMENTED {
        let key = EncryptionKey::generate(kind, &SystemRandom).unwrap();
        let cipher = key.for_encryption(KeyUsage::TICKET).encrypt(&[7; 1500], &SystemRandom).unwrap();
        report(&format!("decrypt/{kind}"), 5_000, || {
            let mut octets = cipher.clone();
            timed(|| key.for_encryption(KeyUsage::TICKET).decrypt_in_place(&mut octets).unwrap().len()).0
        });
    }
}
