//! Messages that MIT krb5, Heimdal and the JDK protected, of both sides of a context.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::kerberos::etype::EncryptionType;

/// All recordings, where they are beside the repository.
fn recordings() -> Option<Vec<(String, Value)>> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("NEGOTIATE_VECTORS").map_or(beside, PathBuf::from).join("mit");
    if !folder.is_dir() {
        std::println!("skipped: there is no {}", folder.display());
        return None;
    }
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, serde_json::from_str(&text).unwrap())
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let files = paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    Some(files.map(read).collect())
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

pub(super) fn octets(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap())
}

/// The first value of that name, however deep.
fn find<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(fields) => fields.get(name).or_else(|| fields.values().find_map(|value| find(value, name))),
        Value::Array(values) => values.iter().find_map(|value| find(value, name)),
        _ => None,
    }
}

/// The two sides of a recorded context; `None` if its keys are of a type that is not implemented.
fn sides(case: &Value) -> Option<[Messages; 2]> {
    // The JDK and Heimdal do not tell their keys; MIT krb5 does, on whichever side it was.
    let lucid =
        ["acceptor", "initiator"].map(|side| &case[side]["lucid_at_end"]).into_iter().find(|keys| keys.is_object())?;
    let key = |etype: &str, key: &str| {
        let etype = EncryptionType(lucid[etype].as_i64()?.try_into().unwrap());
        EncryptionKey::new(etype, &octets(&lucid[key])).ok()
    };
    let context_key = key("ctx_key_type", "ctx_key")?;
    let tokens = case["tokens"].as_array().unwrap();
    let number = |from: &str| {
        let sent = tokens.iter().filter(|token| token["from"] == from);
        let first = sent.clone().find_map(|token| find(&token["decoded"], "seq_number"))?.as_i64()?;
        let mics = sent.filter(|token| find(&token["decoded"], "mechListMIC").is_some_and(|mic| !mic.is_null()));
        Some(u64::from(first as u32) + mics.count() as u64)
    };
    let initiator = number("initiator").unwrap_or(0);
    let acceptor = number("acceptor").unwrap_or(initiator);
    let flags = ContextFlags::from_bits(
        case["acceptor"]["flags"].as_u64().or(case["initiator"]["flags"].as_u64()).unwrap().try_into().unwrap(),
    );
    let side = |role, own, peer| {
        let acceptor_subkey = key("acceptor_subkey_type", "acceptor_subkey");
        let keys = Keys { initiator_key: context_key.duplicate(), acceptor_subkey };
        Messages::new(role, keys, Sequences { own, peer }, flags)
    };
    Some([side(Role::Initiator, initiator, acceptor), side(Role::Acceptor, acceptor, initiator)])
}

#[test]
fn every_recorded_message_is_read_and_what_is_not_random_is_made_again() {
    let Some(recordings) = recordings() else { return };
    let (mut read, mut made, mut cases) = (0, 0, 0);
    for (name, case) in &recordings {
        let Some(messages) = case["messages"].as_array().filter(|_| case["mech"] != "ntlm") else { continue };
        let Some(sides) = sides(case) else { continue };
        let [mut initiator, mut acceptor] = sides;
        cases += 1;
        for (at, message) in messages.iter().enumerate().filter(|(_, message)| message["error"].is_null()) {
            let (sender, receiver) = match message["dir"].as_str().unwrap() {
                "i2a" => (&mut initiator, &mut acceptor),
                _ => (&mut acceptor, &mut initiator),
            };
            let what = std::format!("{name}, message {at}");
            made += usize::from(one(sender, receiver, message, &what));
            read += 1;
        }
    }
    std::println!("{cases} contexts, {read} messages read, {made} of them made again");
    assert!(read > 0, "no message at all");
}

pub(super) fn one(sender: &mut Messages, receiver: &mut Messages, message: &Value, what: &str) -> bool {
    let sealed = message["conf"] == true;
    let protection = if sealed { Protection::Confidentiality } else { Protection::Integrity };
    match message["kind"].as_str().unwrap() {
        "mic" => {
            let (text, token) = (octets(&message["msg"]), octets(&message["token"]));
            receiver.verify(&[&text], &token).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_eq!(sender.sign(&[&text]).unwrap(), token, "{what}");
            true
        }
        "wrap" => {
            let (text, mut token) = (octets(&message["plain"]), octets(&message["token"]));
            let recorded = not_rotated(token.clone());
            let unwrapped = receiver.unwrap(&mut token).unwrap_or_else(|error| panic!("{what}: {error:?}"));
            assert_eq!(unwrapped, Unwrapped { message: &text, protection }, "{what}");
            let made = sender.wrap(&text, protection).unwrap();
            assert_eq!(made.len(), recorded.len(), "{what}");
            let same = made == recorded;
            assert!(same || sealed || recorded[0] == 0x60, "{what}");
            same
        }
        kind => {
            assert_eq!(kind, "wrap_iov", "{what}");
            in_pieces(sender, receiver, message, protection, what)
        }
    }
}

/// A message of DCE style: header | sign-only | data | sign-only.
fn in_pieces(
    sender: &mut Messages,
    receiver: &mut Messages,
    message: &Value,
    protection: Protection,
    what: &str,
) -> bool {
    let plain = octets(&message["plain"]);
    let signed: Vec<_> = message["sign_only"].as_array().unwrap().iter().map(octets).collect();
    let (mut header, mut data) = (octets(&message["header"]), octets(&message["data"]));
    let (recorded, sent) = (header.clone(), data.clone());
    let around = TokenParts { header: &mut header, trailer: &mut [] };
    let found = receiver.unwrap_pieces(&mut pieces(&signed, &mut data), around);
    assert_eq!(found.unwrap_or_else(|error| panic!("{what}: {error:?}")), protection, "{what}");
    assert_eq!(data, plain, "{what}");
    let lengths = sender.lengths(data.len(), protection, Placement::InFront);
    assert_eq!(lengths, TokenLengths { header: recorded.len(), trailer: 0, padding: 0 }, "{what}");
    let mut header = std::vec![0; lengths.header];
    let around = TokenParts { header: &mut header, trailer: &mut [] };
    sender.wrap_pieces(&mut pieces(&signed, &mut data), around, protection).unwrap();
    (header, data) == (recorded, sent)
}

/// What is only signed, and the data between.
fn pieces<'b>(signed: &'b [Vec<u8>], data: &'b mut [u8]) -> Vec<Piece<'b>> {
    let (first, others) = signed.split_at(signed.len().min(1));
    let mut pieces: Vec<_> = first.iter().map(|octets| Piece::SignOnly(octets)).collect();
    pieces.push(Piece::Data(data));
    pieces.extend(others.iter().map(|octets| Piece::SignOnly(octets)));
    pieces
}

/// The same token with RRC 0: Heimdal rotates what it makes.
fn not_rotated(mut token: Vec<u8>) -> Vec<u8> {
    if token[0] == 0x05 {
        let rotation = usize::from(u16::from_be_bytes([token[6], token[7]]));
        let length = token.len() - 16;
        token[16..].rotate_left(rotation % length);
        token[6..8].fill(0);
    }
    token
}

/// What MIT krb5 said of messages that were repeated, lost, late or damaged: it hands out a message with a remark where this
/// crate refuses it, and its words are ours.
#[test]
fn b12_recorded_deliveries_get_mits_verdicts() {
    let Some(recordings) = recordings() else { return };
    let mut count = 0;
    for (name, case) in &recordings {
        let Some(deliveries) = case["deliveries"].as_array() else { continue };
        let Some([_, mut acceptor]) = sides(case) else { continue };
        for delivery in deliveries {
            let mut token = octets(&delivery["token"]);
            let verdict = match delivery["op"].as_str().unwrap() {
                "verify_mic" => acceptor.verify(&[&octets(&delivery["msg"])], &token),
                _ => acceptor.unwrap(&mut token).map(|_| ()).map_err(|error| *error.downcast_ref().unwrap()),
            };
            let what = delivery["what"].as_str().unwrap();
            let text = delivery["text"].as_str().unwrap_or_default();
            let expected = match delivery["major"].as_str().unwrap() {
                "00000000" => None,
                "00000002" => Some(MessageError::Duplicate),
                "00000004" => Some(MessageError::Old),
                "00000008" => Some(MessageError::OutOfOrder),
                "00000010" => Some(MessageError::Gap),
                _ if text.contains("direction") => Some(MessageError::Reflected),
                "00060000" => Some(MessageError::BadSignature),
                "00090000" => Some(MessageError::Defective),
                other => panic!("{name}, {what}: {other}"),
            };
            assert_eq!(verdict.err(), expected, "{name}, {what}");
            count += 1;
        }
    }
    std::println!("{count} deliveries");
    assert!(count > 0);
}
