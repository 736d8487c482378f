//! Caches that others wrote.

use std::fs;
use std::path::{Path, PathBuf};

use negotiate::Timestamp;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::{Credential, Error};
use negotiate::kerberos::message::Ticket;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/ccache")
}

fn vectors() -> Option<PathBuf> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.exists() {
        println!("no vectors at {}: skipped", folder.display());
        return None;
    }
    Some(folder)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "json"));
    files.sort();
    files
}

/// Read, and written as it was.
fn there_and_back(path: &Path) -> Ccache {
    let octets = fs::read(path).unwrap();
    let cache = Ccache::parse(&octets).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(cache.to_bytes().expose(), octets, "{}", path.display());
    cache
}

/// A ticket is for whom the cache says, and its key can be used or is of a type that has no implementation.
fn is_sound(credential: &Credential) {
    let ticket = Ticket::parse(&credential.ticket).unwrap();
    let named = ticket.sname.to_principal(ticket.realm.0).unwrap();
    assert_eq!(named.components().next(), credential.server.components().next());
    assert!(credential.key().is_ok() || matches!(credential.etype().0, 1 | 3 | 16), "{credential:?}");
    assert!(credential.times.starts() < credential.times.endtime);
}

fn all_there_and_back(folder: &Path, least: usize) {
    let (mut caches, mut tickets, mut configs) = (0, 0, 0);
    for path in files(folder) {
        let cache = there_and_back(&path);
        cache.credentials().for_each(is_sound);
        caches += 1;
        tickets += cache.credentials().count();
        configs += cache.configs().count();
        assert_eq!(cache.entries().len(), cache.credentials().count() + cache.configs().count(), "{}", path.display());
    }
    println!("{caches} caches of MIT krb5 with {tickets} tickets and {configs} settings");
    assert!(caches >= least && tickets >= caches, "the folder is there, but hardly any cache in it");
}

#[test]
fn kept_caches_of_mit_are_written_as_they_were() {
    all_there_and_back(&kept(), 6);
}

#[test]
fn vectors_caches_of_mit_are_written_as_they_were() {
    let Some(folder) = vectors() else { return };
    all_there_and_back(&folder.join("mit/ccache"), 300);
}
