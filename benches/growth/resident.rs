//! The memory of a process that does nothing but accept: nothing in it mints tokens.

use std::fs;
use std::path::Path;

use negotiate::kerberos::testing::{Realm, User};
use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);

/// A keytab, and a file for each token: with a PAC of ten groups, in SPNEGO.
pub(crate) fn mint(count: usize, folder: &str) {
    let folder = Path::new(folder);
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap();
    fs::write(folder.join("keytab"), realm.keytab().unwrap().to_bytes().expose()).unwrap();
    for number in 0..count {
        let mut user = User::new(&format!("user{number}"), 1_105);
        user.groups.extend(2_000..2_009);
        let token = realm.directory_login(&user, NOW).unwrap().in_spnego().encode().unwrap();
        fs::write(folder.join(number.to_string()), token).unwrap();
    }
}

/// Takes them all, and prints what the process holds in the end, and what it held before it read the keytab.
pub(crate) fn run(folder: &str) {
    let folder = Path::new(folder);
    let before = resident();
    let keytab = Keytab::read(folder.join("keytab")).unwrap();
    let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build().unwrap();
    let cache = MemoryReplayCache::new(NOW);
    let mut accepted = 0;
    while let Ok(token) = fs::read(folder.join(accepted.to_string())) {
        let Ok(Accept::NeedsReplayCheck(check)) = acceptor.accept(&token, NOW) else { panic!("not taken") };
        let established = check.use_cache(&cache, NOW);
        assert!(matches!(established, Ok(Accept::Established { .. })));
        accepted += 1;
    }
    let after = resident();
    let gained = after.map(|(what, kib)| (what, kib - before.iter().find(|(name, _)| *name == what).unwrap().1));
    println!("resident after {accepted} logins, KiB: {after:?}; of them gained since the process began: {gained:?}");
}

/// KiB, by the kernel: all, what is the process' own, what is of files (its code).
fn resident() -> [(&'static str, i64); 3] {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    ["VmRSS", "RssAnon", "RssFile"].map(|name| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).unwrap();
        (name, line.trim().trim_end_matches(" kB").parse().unwrap())
    })
}
