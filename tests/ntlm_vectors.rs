//! Every recorded NTLM exchange whose password is known: proofs, keys, MICs, and all messages after it, both ways.
#![cfg(feature = "ntlm")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use std::path::PathBuf;

use negotiate::ntlm::response::{Error, KeyExchangeKey, LmHash};
use negotiate::ntlm::response::{
    ExportedSessionKey, NtHash, SessionBaseKey, code_units, lm_v1, verify_ntlmv1, verify_ntlmv1_extended, verify_ntlmv2,
};
use negotiate::ntlm::session_security::{Negotiated, Role, SessionSecurity};
use serde_json::Value;

const UNICODE: u32 = 1;
const SEAL: u32 = 0x20;
const EXTENDED: u32 = 0x0008_0000;

#[derive(Default, Debug)]
struct Counts {
    exchanges: usize,
    refused: usize,
    ntlmv1: usize,
    lm: usize,
    lm_v2: usize,
    mics: usize,
    flips: usize,
    list_mics: usize,
    messages: usize,
}

#[test]
fn d07_d12_d16_d18_recorded_exchanges() {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("no vectors, no folder {}", folder.display());
        return;
    }
    let mut counts = Counts::default();
    for entry in std::fs::read_dir(folder.join("ntlm")).expect("the folder is there, so is this one") {
        let case: Value = serde_json::from_slice(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap();
        if case["password"].is_string() && case["verified"].is_object() {
            exchange(&case, &mut counts);
        }
    }
    println!("{counts:?}");
    assert!(counts.exchanges > 100 && counts.messages > 500 && counts.mics > 50, "{counts:?}");
}

fn exchange(case: &Value, counts: &mut Counts) {
    let (name, verified) = (text(&case["name"]), &case["verified"]);
    let (challenge, authenticate) = (&case["ntlm"]["challenge"], &case["ntlm"]["authenticate"]);
    let account = NtHash::from_password(text(&case["password"])).unwrap();
    let server: [u8; 8] = octets(&challenge["server_challenge"]).try_into().unwrap();
    let (lm, nt) = (octets(&authenticate["lm"]), octets(&authenticate["nt"]));
    let effective = flags(challenge) & flags(authenticate);
    let message = octets(&authenticate["hex"]);
    let unicode = flags(authenticate) & UNICODE != 0;
    let (domain, user) = (units(field(&message, 28), unicode), units(field(&message, 36), unicode));

    let v2 = |account, response: &[u8]| verify_ntlmv2(account, user.clone(), domain.clone(), &server, response);
    let base = if nt.len() > 24 {
        v2(Some(&account), &nt)
    } else if effective & EXTENDED != 0 {
        verify_ntlmv1_extended(Some(&account), &server, lm.first_chunk().unwrap(), &nt)
    } else {
        verify_ntlmv1(Some(&account), &server, &nt)
    };
    // httpntlm claims extended session security that was not offered, and rightly does not use it.
    if verified["ok"] == false && name != "node-httpntlm-toy-noess" {
        assert_eq!(base.map(|_| ()), Err(Error::LogonFailure), "{name}");
        counts.refused += 1;
        return;
    }
    let base = base.unwrap_or_else(|error| panic!("{name}: {error}"));
    counts.exchanges += 1;
    assert_eq!(base.expose()[..], octets(&verified["session_base_key"]), "{name}");
    if nt.len() > 24 {
        for at in 0..nt.len() {
            let mut wrong = nt.clone();
            wrong[at] ^= 1 << (at % 8);
            assert_eq!(v2(Some(&account), &wrong).map(|_| ()), Err(Error::LogonFailure), "{name}");
            counts.flips += 1;
        }
        assert_eq!(v2(None, &nt).map(|_| ()), Err(Error::LogonFailure), "{name}");
    } else {
        counts.ntlmv1 += 1;
        if verified["lm_ok"] == true {
            let hash = LmHash::from_password(text(&case["password"])).unwrap();
            assert_eq!(lm_v1(&hash, &server)[..], lm, "{name}");
            counts.lm += 1;
        }
    }
    if verified["lmv2_ok"] == true {
        let key = account.response_key(user.clone(), domain.clone());
        assert_eq!(key.lm_v2(&server, lm[16..].try_into().unwrap())[..], lm, "{name}");
        counts.lm_v2 += 1;
    }
    if name == "node-httpntlm-toy-noess" {
        return;
    }
    let exported = session_key(verified, &base, &server, &lm, effective, nt.len() > 24, authenticate);
    assert_eq!(exported.expose()[..], octets(&verified["exported_session_key"]), "{name}");
    if verified["mic_present"] == true {
        mic(case, &exported, &message);
        counts.mics += 1;
    }
    // Samba's client claims extended session security that was not offered, and its messages have it.
    let extended = if verified["keys"]["ess"] == true { EXTENDED } else { 0 };
    messages(case, &exported, effective | extended, counts);
}

fn session_key(
    verified: &Value,
    base: &SessionBaseKey,
    server: &[u8; 8],
    lm: &[u8],
    effective: u32,
    v2: bool,
    authenticate: &Value,
) -> ExportedSessionKey {
    let key: KeyExchangeKey = if v2 || effective & EXTENDED == 0 {
        base.key_exchange_key()
    } else {
        base.extended_key_exchange_key(server, lm.first_chunk().unwrap())
    };
    assert_eq!(key.expose()[..], octets(&verified["key_exchange_key"]));
    if verified["key_exch"] == true {
        key.unwrap_session_key(&octets(&authenticate["enc_session_key"])).unwrap()
    } else {
        key.exported_session_key()
    }
}

fn mic(case: &Value, key: &ExportedSessionKey, authenticate: &[u8]) {
    let first = octets(&case["ntlm"]["negotiate"]["hex"]);
    let second = octets(&case["ntlm"]["challenge"]["hex"]);
    let at = usize::try_from(case["ntlm"]["authenticate"]["mic_offset"].as_u64().unwrap()).unwrap();
    assert_eq!(key.verify_mic(&first, &second, authenticate, at), Ok(()), "{}", case["name"]);
    for bit in 0..128 {
        let mut wrong = authenticate.to_vec();
        wrong[at + bit / 8] ^= 1 << (bit % 8);
        assert_eq!(key.verify_mic(&first, &second, &wrong, at), Err(Error::MicMismatch));
    }
}

/// Both sides make and check all messages, in the order in which they were recorded.
fn messages(case: &Value, key: &ExportedSessionKey, effective: u32, counts: &mut Counts) {
    let negotiated = Negotiated::from_flags(effective);
    let side = |role| SessionSecurity::dangerous(key, role, &negotiated).unwrap();
    let mut sides = [side(Role::Initiator), side(Role::Acceptor)];
    // Without extended session security the recorded sides did not read each other, but for the ping-pong ones.
    let alone = case["message_model"].as_str().is_some_and(|model| model.starts_with("NO ESS"));
    let mut others = [side(Role::Initiator), side(Role::Acceptor)];
    if let Some(checks) = case["mech_list_mic_checks"].as_array() {
        let list = octets(&case["mech_list_der"]);
        for check in checks {
            let sender = usize::from(check[0] == "acceptor");
            assert_eq!(sides[sender].sign(&list).unwrap()[..], octets(&check[1]), "{}", case["name"]);
            assert_eq!(sides[1 - sender].verify(&list, &octets(&check[1])), Ok(()), "{}", case["name"]);
            counts.list_mics += 1;
        }
        sides.iter_mut().for_each(|side| side.restart_key_streams().unwrap());
    }
    for message in case["messages"].as_array().into_iter().flatten() {
        let sender = usize::from(message["sender"] == "acceptor");
        let [initiator, acceptor] = &mut sides;
        let (from, to) = if sender == 0 { (initiator, acceptor) } else { (acceptor, initiator) };
        // The second pair of states serves what the acceptor sends.
        let [first, second] = &mut others;
        let (from, to) = if alone && sender == 1 { (second, first) } else { (from, to) };
        let (plain, token) = (octets(&message["plain"]), octets(&message["token"]));
        // gss-ntlmssp sends RandomPad as zeros, Samba as RC4 left it, as we do.
        let padded = |made: &[u8]| {
            let mut made = made.to_vec();
            if effective & EXTENDED == 0 {
                made[4..8].copy_from_slice(&token[4..8]);
            }
            made
        };
        if message["op"] == "mic" {
            assert_eq!(padded(&from.sign(&plain).unwrap()), token, "{}", case["name"]);
            assert_eq!(to.verify(&plain, &token), Ok(()), "{}", case["name"]);
        } else if effective & SEAL == 0 {
            let (signature, text) = token.split_at(16);
            assert_eq!((&padded(&from.sign(&plain).unwrap())[..], &plain[..]), (signature, text), "{}", case["name"]);
            assert_eq!(to.verify(text, signature), Ok(()), "{}", case["name"]);
        } else {
            let mut sealed = plain.clone();
            let signature = from.seal(&mut sealed).unwrap();
            assert_eq!(padded(&[&signature[..], &sealed].concat()), token, "{}", case["name"]);
            let (signature, text) = token.split_at(16);
            let mut text = text.to_vec();
            assert_eq!(to.unseal(&mut text, signature), Ok(()), "{}", case["name"]);
            assert_eq!(text, plain);
        }
        counts.messages += 1;
    }
}

/// The octets that a field of the fixed part points to.
fn field(message: &[u8], at: usize) -> &[u8] {
    let length = usize::from(u16::from_le_bytes(message[at..at + 2].try_into().unwrap()));
    let begin = u32::from_le_bytes(message[at + 4..at + 8].try_into().unwrap()) as usize;
    &message[begin..begin + length]
}

fn units(octets: &[u8], unicode: bool) -> Vec<u16> {
    if unicode { code_units(octets).collect() } else { octets.iter().map(|octet| u16::from(*octet)).collect() }
}

fn flags(message: &Value) -> u32 {
    message["flags"].as_u64().unwrap().try_into().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn octets(value: &Value) -> Vec<u8> {
    let pairs = text(value).as_bytes().chunks_exact(2);
    assert!(pairs.remainder().is_empty());
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
