//! The crate kerbcore: an acceptor put together from its parts, as its documentation does, with the service's raw key.
//!
//! It leaves out: a keytab, the check that the ticket is for this service, flags and channel bindings, the PAC (skipped), a subkey or a random
//! number in the AP-REP; no Camellia. Its replay cache, in memory, is on, and verifies the time.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

use kerbcore::acceptor::{HashSetReplayCache, build_ap_rep, parse_ap_req, verify_ap_req_full};
use kerbcore::client::AP_OPTS_MUTUAL_REQUIRED;
use kerbcore::gss;
use kerbcore::spnego::{NegState, NegTokenInit, NegTokenResp};
use kerbcore::{Enctype, KerberosKey};

use crate::raw_keys::raw_keys;
use crate::seam::{Tokens, each_work};
use crate::{PASSWORD, SIZES, report, report_all, report_batch, rounds, timed};

const TICKET: u32 = 2; // the key usage, RFC 4120 section 7.5.1
const SKEW: u64 = 3_600; // a run with many peers takes longer than the usual five minutes

pub(crate) fn run(section: &str, dir: &Path) {
    match section {
        "spnego" => parse(dir),
        "accept" => accepts(dir),
        "messages" => messages(dir),
        "decrypt" => decrypt(dir),
        "string-to-key" => strings_to_keys(dir),
        _ => {}
    }
}

/// The keys of the types it has.
fn keys(dir: &Path) -> Vec<(String, KerberosKey)> {
    let known = |(name, key): (String, Vec<u8>)| {
        let etype = match &*name {
            "aes128-cts-hmac-sha1-96" => Enctype::Aes128CtsHmacSha1_96,
            "aes256-cts-hmac-sha1-96" => Enctype::Aes256CtsHmacSha1_96,
            "aes128-cts-hmac-sha256-128" => Enctype::Aes128CtsHmacSha256_128,
            "aes256-cts-hmac-sha384-192" => Enctype::Aes256CtsHmacSha384_192,
            "rc4-hmac" => Enctype::Rc4Hmac,
            _ => return None,
        };
        Some((name, KerberosKey::new(etype, key).unwrap()))
    };
    raw_keys(dir).into_iter().filter_map(known).collect()
}

fn accepts(dir: &Path) {
    let keys = keys(dir);
    each_work(dir, |work| {
        let Some((_, key)) = keys.iter().find(|(etype, _)| work.split('/').nth(1) == Some(etype)) else {
            return eprintln!("{work}: refused");
        };
        let mut cache = HashSetReplayCache::new();
        let accept = if work.contains("/spnego") { accept_spnego } else { accept_raw };
        let tokens = Tokens::open(dir, work);
        report_all(work, tokens.map(|token| timed(|| accept(key, &mut cache, &token)).0).collect());
    });
}

fn accept_spnego(key: &KerberosKey, cache: &mut HashSetReplayCache, token: &[u8]) -> Vec<u8> {
    let offer = NegTokenInit::parse(token).unwrap();
    let answer = accept_raw(key, cache, offer.mech_token.as_deref().unwrap());
    let answer = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        supported_mech: offer.mech_types.into_iter().next(),
        response_token: (!answer.is_empty()).then_some(answer),
        mech_list_mic: None,
    };
    answer.encode()
}

/// The answer, empty if none is wanted.
fn accept_raw(key: &KerberosKey, cache: &mut HashSetReplayCache, token: &[u8]) -> Vec<u8> {
    let (id, message) = gss::parse_initial_context_token(token).unwrap();
    assert_eq!(id, gss::TOK_ID_AP_REQ);
    let request = parse_ap_req(&message).unwrap();
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let (login, ticket) = verify_ap_req_full(&request, key, SKEW, now, cache).unwrap();
    assert_eq!(
        (&*login.client_realm, &login.client_principal.name_string[..]),
        ("EXAMPLE.TEST", &["alice".into()][..])
    );
    if request.ap_options & AP_OPTS_MUTUAL_REQUIRED == 0 {
        return Vec::new();
    }
    let session_key = KerberosKey::from_i32(ticket.key.keytype, ticket.key.keyvalue.clone()).unwrap();
    gss::initial_context_token(gss::TOK_ID_AP_REP, &build_ap_rep(&session_key, &login.authenticator, None, Some(7)))
}

fn parse(dir: &Path) {
    let offer = fs::read(dir.join("spnego.token")).unwrap();
    report_batch("spnego/parse", || {
        let offer = NegTokenInit::parse(&offer).unwrap();
        let answer = NegTokenResp {
            neg_state: Some(NegState::AcceptCompleted),
            supported_mech: offer.mech_types.into_iter().next(),
            response_token: Some(vec![7; 156]),
            mech_list_mic: None,
        };
        (offer.mech_token.unwrap(), answer.encode())
    });
    let request = fs::read(dir.join("ap-req.octets")).unwrap();
    report_batch("ap-req/parse", || parse_ap_req(&request).unwrap());
}

/// With the keys given; there is no order, and no context.
fn messages(dir: &Path) {
    for (etype, key) in keys(dir) {
        if etype == "rc4-hmac" {
            continue; // Its messages of RFC 4121 are none of RFC 4757.
        }
        for size in SIZES {
            let message = vec![7; size];
            let wrapped = gss::wrap(&key, 1, &message, true, true);
            report(&format!("{etype}/wrap-{size}"), rounds(size), || {
                timed(|| gss::wrap(&key, 1, &message, true, true)).0
            });
            let unwrap = || timed(|| gss::unwrap(&key, &wrapped).unwrap().len()).0;
            report(&format!("{etype}/unwrap-{size}"), rounds(size), unwrap);
            report(&format!("{etype}/mic-{size}"), rounds(size), || {
                timed(|| gss::get_mic(&key, 1, &message, true, true)).0
            });
        }
    }
}

fn decrypt(dir: &Path) {
    for (etype, key) in keys(dir) {
        let cipher = key.encrypt(TICKET, &[7; 1500]);
        report(&format!("decrypt/{etype}"), 5_000, || timed(|| key.decrypt(TICKET, &cipher).unwrap()).0);
    }
}

fn strings_to_keys(dir: &Path) {
    for (etype, key) in keys(dir) {
        let iterations = if etype.contains("sha1-") { 4_096 } else { 32_768 };
        let make = || KerberosKey::string_to_key(key.enctype(), PASSWORD, b"EXAMPLE.TESTalice", iterations);
        report(&format!("string-to-key/{etype}"), 15, || timed(make).0);
    }
}
