//! The recorded exchanges: in the folder that `NEGOTIATE_VECTORS` names, or beside the repository.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// One message of a recorded exchange.
pub(crate) struct Recorded {
    /// The exchange's name.
    pub case: String,
    pub octets: Vec<u8>,
    /// What an independent decoder read in it; null where the exchange has only the octets.
    pub decoded: Value,
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "{text}");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn folder() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    std::env::var_os("NEGOTIATE_VECTORS").map_or_else(beside, PathBuf::from).join("ntlm")
}

/// Every NTLM message, once for each exchange it occurs in; `None` where there is no such folder.
pub(crate) fn messages() -> Option<Vec<Recorded>> {
    let folder = folder();
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    let mut messages = Vec::new();
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let case = path.file_stem().unwrap().to_string_lossy().into_owned();
        let decoded = ["negotiate", "challenge", "authenticate"].into_iter().map(|kind| &file["ntlm"][kind]);
        let legs = file["legs"].as_array().into_iter().flatten();
        for (entry, decoded) in decoded.map(|entry| (entry, true)).chain(legs.map(|entry| (entry, false))) {
            let Some(hex) = entry["hex"].as_str() else { continue };
            let octets = unhex(hex);
            let known = messages.iter().any(|known: &Recorded| known.case == case && known.octets == octets);
            if octets.starts_with(b"NTLMSSP\0") && !known {
                let decoded = if decoded { entry.clone() } else { Value::Null };
                messages.push(Recorded { case: case.clone(), octets, decoded });
            }
        }
    }
    assert!(!messages.is_empty(), "{} is there, and has no message", folder.display());
    Some(messages)
}

/// Every signed or sealed message: the exchange's name, and the token.
pub(crate) fn per_message_tokens() -> Option<Vec<(String, Vec<u8>)>> {
    let folder = folder();
    if !folder.is_dir() {
        println!("skipped: there is no {}", folder.display());
        return None;
    }
    let mut tokens = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if file["verified"].is_null() {
            continue;
        }
        for message in file["messages"].as_array().into_iter().flatten() {
            let Some(token) = message["token"].as_str() else { continue };
            tokens.push((path.display().to_string(), unhex(token)));
        }
    }
    Some(tokens)
}
