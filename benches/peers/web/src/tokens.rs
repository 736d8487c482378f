//! Tickets without a KDC.

use std::fs::{self, File};
use std::io::{BufWriter, Write};

use negotiate::Timestamp;
use negotiate::http::{Credential, Origin};
use negotiate::kerberos::Keytab;
use negotiate::kerberos::testing::Realm;

const REALM: &str = "EXAMPLE.TEST";
const SERVICE: &str = "HTTP/localhost";

/// Of how many users, in turn: a replay cache gives each a part of its room.
const USERS: usize = 1_000;

pub(crate) fn keytab(file: &str) {
    let realm = Realm::new(REALM, SERVICE).unwrap();
    fs::write(file, realm.keytab().unwrap().to_bytes().expose()).unwrap();
}

pub(crate) fn mint(keytab: &str, count: usize, file: &str) {
    let keytab = Keytab::read(keytab).unwrap();
    let key = keytab.entries().next().unwrap().key().unwrap().encryption_key().duplicate();
    let realm = Realm::new(REALM, SERVICE).unwrap().with_key(key);
    let mut file = BufWriter::new(File::create(file).unwrap());
    for number in 0..count {
        let token = realm.spnego_token(&format!("user{}", number % USERS), Timestamp::now()).unwrap();
        let (_, field) = Credential::<Origin>::new(token).header();
        writeln!(file, "{}", field.strip_prefix("Negotiate ").unwrap()).unwrap();
    }
    file.flush().unwrap();
}
