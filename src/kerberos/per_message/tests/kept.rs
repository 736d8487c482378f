//! The choice of recorded messages that the repository keeps: `test-vectors/mit/messages`, one context a file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::recorded::{octets, one};
use super::*;

fn unhex(text: &str) -> Vec<u8> {
    octets(&Value::from(if text == "-" { "" } else { text }))
}

/// The two sides of the context that these fields describe.
fn sides(fields: &BTreeMap<&str, &str>) -> [Messages; 2] {
    let key = |name: &str| {
        let (etype, octets) = fields.get(name)?.split_once(' ').unwrap();
        Some(EncryptionKey::new(EncryptionType(etype.parse().unwrap()), &unhex(octets)).unwrap())
    };
    let number = |name: &str| fields[name].parse::<u64>().unwrap();
    let flags = ContextFlags::from_bits(fields["flags"].parse().unwrap());
    let side = |role, own, peer| {
        let keys = Keys { initiator_key: key("context-key").unwrap(), acceptor_subkey: key("acceptor-subkey") };
        Messages::new(role, keys, Sequences { own: number(own), peer: number(peer) }, flags)
    };
    [
        side(Role::Initiator, "initiator-sequence", "acceptor-sequence"),
        side(Role::Acceptor, "acceptor-sequence", "initiator-sequence"),
    ]
}

#[test]
fn kept_messages_are_read_and_made_again() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/messages");
    let (mut contexts, mut messages, mut made) = (0, 0, 0);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let fields: BTreeMap<_, _> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        let [mut initiator, mut acceptor] = sides(&fields);
        contexts += 1;
        for line in text.lines().filter(|line| ["> ", "< ", "! "].iter().any(|mark| line.starts_with(mark))) {
            let what = std::format!("{}: {line}", path.display());
            let words: Vec<_> = line.split(' ').collect();
            messages += 1;
            if words[0] == "!" {
                assert_eq!(delivered(&mut acceptor, &words), words[1], "{what}");
                continue;
            }
            let (sender, receiver) =
                if words[0] == ">" { (&mut initiator, &mut acceptor) } else { (&mut acceptor, &mut initiator) };
            made += usize::from(one(sender, receiver, &message(&words), &what));
        }
    }
    std::println!("{contexts} contexts, {messages} messages, {made} made again");
    assert!(contexts >= 20 && messages >= 400 && made >= 200, "{contexts}, {messages}, {made}");
}

/// As the recordings beside the repository have it.
fn message(words: &[&str]) -> Value {
    let empty = |at: usize| if words[at] == "-" { "" } else { words[at] };
    match words[1] {
        "mic" => json!({ "kind": "mic", "msg": empty(2), "token": words[3] }),
        "sealed" | "signed" => {
            json!({ "kind": "wrap", "conf": words[1] == "sealed", "plain": empty(2), "token": words[3] })
        }
        kind => {
            let signed: Vec<_> = words[5].split(',').filter(|octets| *octets != "-").collect();
            json!({ "kind": "wrap_iov", "conf": kind == "sealed-pieces", "plain": empty(2), "header": words[3],
                "data": empty(4), "sign_only": signed })
        }
    }
}

/// The word for what becomes of a token that was repeated, lost, late or damaged.
fn delivered(acceptor: &mut Messages, words: &[&str]) -> &'static str {
    let mut token = unhex(words[4]);
    let verdict = match words[2] {
        "mic" => acceptor.verify_mic(&[&unhex(words[3])], &token),
        _ => acceptor.unwrap(&mut token).map(|_| ()),
    };
    verdict.map_or_else(|error| error.kind(), |()| "taken")
}
