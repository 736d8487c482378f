//! The keys of `mint` for peers that take no keytab.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// By the names of their types.
pub(crate) fn raw_keys(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let lines = fs::read_to_string(dir.join("keys")).unwrap();
    lines.lines().map(key).collect()
}

fn key(line: &str) -> (String, Vec<u8>) {
    let words: Vec<&str> = line.split(' ').collect();
    let octet = |at| u8::from_str_radix(&words[1][at..at + 2], 16).unwrap();
    (words[0].into(), (0..words[1].len()).step_by(2).map(octet).collect())
}
