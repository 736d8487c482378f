//! The house has floors, and a room imports only downwards (src/lib.rs, "How it is built").
//!
//! Reads every file of `src/`, follows each `crate::…`, `super::…` and `self::…` path (in `use` trees and in the middle
//! of code, through re-exports) to the room it ends in, and fails where that room is upstairs, next door behind a wall,
//! or not in the table at all. Comments, strings and `#[cfg(test)]` items do not count.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod house;
mod made_up;
mod module;
mod tokens;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use house::House;

/// The floors of each storey: of the house, and inside the rooms that are large enough to have their own.
/// A room may know its neighbours on the same floor, and everything below.
const FLOORS: &[(&str, &[(&str, u8)])] = &[
    (
        "",
        &[
            ("error", 0),
            ("random", 0),
            ("secret", 0),
            ("time", 0),
            ("utf16", 0),
            ("asn1", 1),
            ("authorization", 1),
            ("gss", 1),
            ("http", 1),
            ("peer", 1),
            ("context", 2),
            ("mechanism", 2),
            ("kerberos", 3),
            ("ntlm", 3),
            ("spnego", 4),
            ("acceptor", 5),
            ("http_login", 5),
            ("initiator", 5),
            ("sasl", 5),
            ("bin", 6),
            ("inspect", 6),
            ("tower", 6),
        ],
    ),
    (
        "kerberos",
        &[
            ("message", 0),
            ("transited", 0),
            ("etype", 1),
            ("gss_checksum", 1),
            ("replay", 1),
            ("ccache", 2),
            ("error", 2),
            ("keytab", 2),
            ("pac", 2),
            ("delegation", 3),
            ("per_message", 3),
            ("established", 3),
            ("acceptor", 4),
            ("initiator", 4),
            ("testing", 5),
        ],
    ),
    (
        "ntlm",
        &[
            ("message", 0),
            ("hmac_md5", 0),
            ("rc4_stream", 0),
            ("response", 1),
            ("session_security", 2),
            ("target_info", 1),
            ("accounts", 2),
            ("credential", 2),
            ("error", 2),
            ("reflection", 2),
            ("established", 3),
            ("acceptor", 4),
            ("initiator", 4),
        ],
    ),
    (
        "spnego",
        &[
            ("message", 0),
            ("error", 1),
            ("first_token", 2),
            ("mech_list_mic", 2),
            ("offer", 2),
            ("reply", 2),
            ("acceptor", 3),
            ("initiator", 3),
        ],
    ),
];

/// Walls: these never name each other, whatever the floors say. Negotiation meets a mechanism only through the seam.
const WALLS: &[(&str, &str)] =
    &[("kerberos", "ntlm"), ("ntlm", "kerberos"), ("spnego", "kerberos"), ("spnego", "ntlm")];

/// Leaves, which get by with what every user of the crate may call.
const LEAVES: &[&str] = &["inspect", "tower", "kerberos::replay::redis"];

#[test]
fn rooms_import_only_downwards() {
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    read_sources(&root, &root, &mut files);
    let house = House::new(&files);
    let (paths, wrongs) = house.inspect();
    println!("{} files, {paths} paths", files.len());
    assert!(files.len() > 30 && paths > 100, "this test no longer sees the house");
    assert!(wrongs.is_empty(), "\n{}", wrongs.join("\n"));
}

fn floors(storey: &[String]) -> Option<&'static [(&'static str, u8)]> {
    FLOORS.iter().find(|(name, _)| *name == storey.join("::")).map(|(_, rooms)| *rooms)
}

fn read_sources(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().components().map(|part| part.as_os_str().to_str().unwrap());
            files.insert(name.collect::<Vec<_>>().join("/"), fs::read_to_string(&path).unwrap());
        }
    }
}
