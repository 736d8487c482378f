//! Where the recorded PACs are, outside of this repository.

use std::path::{Path, PathBuf};
use std::{env, fs};

use negotiate::kerberos::pac::Pac;
use serde_json::Value;

/// The folder of recorded things, if there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    let given = env::var_os("NEGOTIATE_VECTORS").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"));
    if folder.is_dir() {
        return Some(folder);
    }
    println!("0 cases: no {}", folder.display());
    None
}

/// The cases of Samba with a PAC: name, octets, and what Samba's NDR made of them.
pub(crate) fn samba() -> Option<Vec<(String, Vec<u8>, Value)>> {
    let mut cases = Vec::new();
    for path in files(&folder()?.join("samba")) {
        let Ok(Value::Object(mut case)) = serde_json::from_str(&fs::read_to_string(path).unwrap()) else { continue };
        let pac = case.remove("pac").unwrap_or_default();
        if let Some(raw) = pac["raw"].as_str() {
            let name = case["name"].as_str().unwrap().to_owned();
            cases.push((name, unhex(raw).unwrap(), pac));
        }
    }
    assert!(cases.len() > 80, "{} cases", cases.len());
    Some(cases)
}

/// Octets in hexadecimal or base64 anywhere in the data of other projects' tests: file and place, and octets.
pub(crate) fn public() -> Option<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for folder in fs::read_dir(folder()?.join("public")).unwrap() {
        for path in files(&folder.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if let Ok(value) = serde_json::from_str(&fs::read_to_string(&path).unwrap_or_default()) {
                strings(&name, &value, &mut found);
            }
        }
    }
    assert!(!found.is_empty());
    found.sort();
    found.dedup_by(|one, other| one.1 == other.1);
    Some(found)
}

/// The PACs among them.
pub(crate) fn public_pacs() -> Option<Vec<(String, Vec<u8>)>> {
    let mut pacs = public()?;
    pacs.retain(|(_, octets)| Pac::parse(octets).is_ok());
    Some(pacs)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect()
}

fn strings(place: &str, value: &Value, found: &mut Vec<(String, Vec<u8>)>) {
    match value {
        Value::String(text) if text.len() >= 64 => {
            found.extend(unhex(text).or_else(|| unbase64(text)).map(|octets| (place.to_owned(), octets)));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(index, value)| strings(&format!("{place}/{index}"), value, found));
        }
        Value::Object(values) => {
            values.iter().for_each(|(name, value)| strings(&format!("{place}/{name}"), value, found));
        }
        _ => {}
    }
}

pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16).map(|digit| digit as u8)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn unbase64(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut octets, mut bits, mut count) = (Vec::new(), 0u32, 0);
    for char in text.trim_end_matches('=').chars() {
        bits = bits << 6 | ALPHABET.find(char)? as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            octets.push((bits >> count) as u8);
        }
    }
    Some(octets)
}
