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

/// Caches of Kerby's tests for each encryption type, and of gokrb5, minikerberos and impacket; what each says of itself
/// stands beside it.
#[test]
fn vectors_caches_of_others_are_read() {
    let Some(folder) = vectors() else { return };
    let public = folder.join("public");
    let (mut caches, mut keys) = (0, 0);
    let expected: serde_json::Value =
        serde_json::from_slice(&fs::read(public.join("kerby/ccache_tickets.json")).unwrap()).unwrap();
    for (name, tickets) in expected.as_object().unwrap() {
        let cache = there_and_back(&public.join("kerby").join(name));
        assert_eq!(cache.credentials().count(), tickets.as_array().unwrap().len(), "{name}");
        for (ours, theirs) in cache.credentials().zip(tickets.as_array().unwrap()) {
            is_sound(ours);
            assert_eq!(ours.client.to_string(), theirs["client"]);
            assert_eq!(ours.server.to_string(), theirs["server"]);
            assert_eq!(i64::from(ours.etype().0), theirs["session_key"]["etype"]);
            assert_eq!(hex(ours.expose_key()), theirs["session_key"]["key"].as_str().unwrap());
            assert_eq!(hex(&ours.ticket), theirs["ticket_hex"].as_str().unwrap());
            keys += 1;
        }
        caches += 1;
    }
    // Its header says that it has one octet, and has twelve: MIT krb5 refuses it as well.
    let wrong = Ccache::parse(&fs::read(public.join("minikerberos/ccache/test.ccache1")).unwrap()).unwrap_err();
    assert_eq!(wrong, Error::Truncated { offset: 4, field: "header field" });
    for name in ["impacket/ccache-v4", "minikerberos/ccache/administrator.ccache"] {
        there_and_back(&public.join(name)).credentials().for_each(is_sound);
        caches += 1;
    }
    for (name, version) in [("impacket/ccache-v1", 1), ("impacket/ccache-v2", 2)] {
        assert_eq!(Ccache::parse(&fs::read(public.join(name)).unwrap()).unwrap_err(), Error::Version(version));
    }
    // Version 3, and the message made of it.
    let old = Ccache::read(public.join("impacket/ccache-v3")).unwrap();
    old.credentials().for_each(is_sound);
    let of_kirbi = Ccache::from_kirbi(&fs::read(public.join("impacket/ccache-v3-kirbi")).unwrap()).unwrap();
    assert_eq!(ticket_and_key(&old), ticket_and_key(&of_kirbi));
    println!("{caches} caches of others, {keys} keys compared");
    assert!(caches >= 9 && keys >= 7);
}

fn ticket_and_key(cache: &Ccache) -> (Vec<u8>, Vec<u8>) {
    let ticket = cache.credentials().next().unwrap();
    (ticket.ticket.clone(), ticket.expose_key().to_vec())
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// mimikatz's and impacket's `.kirbi` files.
#[test]
fn vectors_kirbi_of_others_are_read_and_written_again() {
    let Some(folder) = vectors() else { return };
    let public = folder.join("public");
    let mut paths = files(&public.join("minikerberos/kirbi"));
    paths.extend(["ccache-v3-kirbi", "ccache-v4-kirbi"].map(|name| public.join("impacket").join(name)));
    for path in &paths {
        let octets = fs::read(path).unwrap();
        let cache = Ccache::from_kirbi(&octets).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        cache.credentials().for_each(is_sound);
        let again = Ccache::from_kirbi(cache.to_kirbi().unwrap().expose()).unwrap();
        assert_eq!(again.to_bytes(), cache.to_bytes(), "{}", path.display());
    }
    let of_kirbi = Ccache::from_kirbi(&fs::read(public.join("impacket/ccache-v4-kirbi")).unwrap()).unwrap();
    assert_eq!(ticket_and_key(&of_kirbi), ticket_and_key(&Ccache::read(public.join("impacket/ccache-v4")).unwrap()));
    println!("{} messages in the clear", paths.len());
    assert!(paths.len() >= 15);
}

/// Real tickets are found by what a program would ask for, in the time in which they are good.
#[test]
fn recorded_tickets_are_found() {
    let cache = there_and_back(&kept().join("multi-HTTP-server"));
    let ticket = cache.credentials().last().unwrap();
    let (service, host) = ("HTTP", "server.example.com");
    let found = |target: &str, at| cache.find(&target.parse().unwrap(), at);
    let (starts, ends) = (ticket.times.starts(), ticket.times.endtime);
    let begun = Timestamp::from_seconds(starts.as_seconds() + 1);
    for target in [format!("{service}@{host}"), format!("{service}/{}", host.to_uppercase())] {
        assert_eq!(found(&target, begun).unwrap().ticket, ticket.ticket);
    }
    assert!(matches!(found("HTTP@server.example.com", ends), Err(Error::Expired { .. })));
    assert!(matches!(found("HTTP@elsewhere.example.com", begun), Err(Error::NoTicket(_))));
    assert!(cache.ticket_granting_ticket().is_some());
}

/// Each setting of MIT krb5, made anew, stands in its file octet for octet.
#[test]
fn settings_are_written_as_mit_writes_them() {
    let mut count = 0;
    for path in files(&kept()) {
        let file = fs::read(&path).unwrap();
        let mut cache = Ccache::parse(&file).unwrap();
        let before = cache.to_bytes().expose().len();
        let empty = Ccache::new(cache.client().clone());
        for setting in Ccache::parse(&file).unwrap().configs() {
            let key = std::str::from_utf8(setting.key).unwrap();
            let about = setting.principal.map(|text| std::str::from_utf8(text).unwrap().parse().unwrap());
            let mut alone = Ccache::new(empty.client().clone());
            alone.set_config(key, about.as_ref(), setting.value).unwrap();
            let octets = alone.to_bytes();
            let entry = &octets.expose()[empty.to_bytes().expose().len()..];
            assert!(file.windows(entry.len()).any(|window| window == entry), "{}: {setting:?}", path.display());
            // In the place of the one that was there.
            cache.set_config(key, about.as_ref(), setting.value).unwrap();
            count += 1;
        }
        assert_eq!(cache.to_bytes().expose().len(), before, "{}", path.display());
    }
    assert!(count >= 6, "{count} settings");
}
