//! What every peer works on: keys, keytabs, and fresh tokens. The seam between the programs here, said in README.md.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::message::ApRep;
use negotiate::kerberos::testing::{Frame, Login, Realm, User};
use negotiate::random::SystemRandom;
use negotiate::{Accept, Acceptor, Timestamp, gss::InitialToken};

use super::here::accept::{cache, permissive};

const REALM: &str = "EXAMPLE.TEST";
const SERVICE: &str = "HTTP/www.example.test";

/// The types of service keys. The first two come in every form, the others in those that people use.
const ETYPES: [EncryptionType; 6] = [
    EncryptionType::AES256_CTS_HMAC_SHA1_96,
    EncryptionType::AES256_CTS_HMAC_SHA384_192,
    EncryptionType::AES128_CTS_HMAC_SHA1_96,
    EncryptionType::AES128_CTS_HMAC_SHA256_128,
    EncryptionType::CAMELLIA256_CTS_CMAC,
    EncryptionType::RC4_HMAC,
];
const FRAMINGS: [&str; 4] = ["raw", "spnego", "raw-one-way", "spnego-one-way"];
const PACS: [(&str, Option<u32>); 4] =
    [("no-pac", None), ("groups-0", Some(0)), ("groups-10", Some(10)), ("groups-200", Some(200))];

/// How long the tokens are that are only parsed.
const PARSED: usize = 2048;

/// Everything, with `count` tokens a file.
pub(crate) fn mint(dir: &Path, count: usize) {
    fs::create_dir_all(dir).unwrap();
    let realms = ETYPES.map(|etype| Realm::new(REALM, SERVICE).unwrap().with_etype(etype).unwrap());
    let keytab: Keytab = realms.iter().map(entry).collect();
    write(dir, "keytab", keytab.to_bytes().expose());
    write(dir, "keys", realms.iter().map(key_line).collect::<String>().as_bytes());
    write(dir, "krb5.conf", CONFIGURATION.as_bytes());
    for entries in [10, 100_000] {
        write(dir, &format!("keytab-{entries}"), among_others(&realms[0], entries).to_bytes().expose());
    }
    let acceptor = permissive(keytab);
    for (index, realm) in realms.iter().enumerate() {
        for framing in FRAMINGS {
            for (pac, groups) in PACS {
                let is_usual = !framing.ends_with("one-way") && matches!(groups, None | Some(10));
                if index < 2 || is_usual {
                    let work = format!("accept/{}/{framing}/{pac}", ETYPES[index]);
                    tokens(dir, &work, count, &acceptor, || login(realm, framing, groups));
                }
            }
        }
    }
    write(dir, "spnego.token", &long(|groups| login(&realms[0], "spnego", Some(groups)).encode().unwrap()));
    let bare = |groups| {
        let mut login = login(&realms[0], "raw", Some(groups));
        login.frame = Frame::Bare;
        login.encode().unwrap()
    };
    write(dir, "ap-req.octets", &long(bare));
}

/// For peers in C. Nobody is asked for anything.
const CONFIGURATION: &str = "\
[libdefaults]
 default_realm = EXAMPLE.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
 allow_rc4 = true
 allow_weak_crypto = true
 clockskew = 3600
";

fn login(realm: &Realm, framing: &str, groups: Option<u32>) -> Login {
    let now = Timestamp::now();
    let login = match groups {
        None => realm.login("alice", now),
        Some(groups) => {
            let mut alice = User::new("alice", 1103);
            alice.groups.extend(2_000..2_000 + groups);
            realm.directory_login(&alice, now)
        }
    };
    let login = login.unwrap();
    let login = if framing.ends_with("one-way") { login.one_way() } else { login };
    if framing.starts_with("spnego") { login.in_spnego() } else { login }
}

/// WORK.tokens, and WORK.lengths: how long ticket, authenticator, AP-REP (0 if there is none) and PAC are, for the floor.
fn tokens(dir: &Path, work: &str, count: usize, acceptor: &Acceptor, login: impl Fn() -> Login) {
    let path = dir.join(work);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = BufWriter::new(File::create(path.with_extension("tokens")).unwrap());
    for _ in 0..count {
        let token = login().encode().unwrap();
        file.write_all(&u32::try_from(token.len()).unwrap().to_be_bytes()).unwrap();
        file.write_all(&token).unwrap();
    }
    file.flush().unwrap();
    // A token of SPNEGO is as long within as one without.
    let mut one = login();
    one.spnego = None;
    let (ticket, authenticator) = one.ciphers().unwrap();
    let pac = one.ticket.pac.as_ref().map_or(0, |pac| pac.sign(&[]).unwrap().len());
    let answer = answer(acceptor, &one.encode().unwrap());
    let lengths = format!("{} {} {answer} {pac}\n", ticket.len(), authenticator.len());
    fs::write(path.with_extension("lengths"), lengths).unwrap();
}

/// How long the cipher of the AP-REP is.
fn answer(acceptor: &Acceptor, token: &[u8]) -> usize {
    let now = Timestamp::now();
    let step = match acceptor.accept(token, now).unwrap() {
        Accept::NeedsReplayCheck(check) => check.use_cache(&cache(), now).unwrap(),
        other => other,
    };
    let Accept::Established { token: Some(token), .. } = step else { return 0 };
    let framed = InitialToken::parse(&token).unwrap();
    ApRep::parse(&framed.inner[2..]).unwrap().enc_part.cipher.0.len()
}

/// The first token of at least [`PARSED`] octets: groups are put in until it is.
fn long(token: impl Fn(u32) -> Vec<u8>) -> Vec<u8> {
    (0..).map(token).find(|token| token.len() >= PARSED).unwrap()
}

fn entry(realm: &Realm) -> KeytabEntry {
    KeytabEntry::new(realm.service().clone(), realm.kvno(), Timestamp::UNIX_EPOCH, realm.key().duplicate())
}

fn key_line(realm: &Realm) -> String {
    let key: String = realm.key().expose().iter().map(|octet| format!("{octet:02x}")).collect();
    format!("{} {key} {}\n", realm.key().etype(), realm.service())
}

/// A keytab with the service in the middle of others, each with a key of its own: some peers try one after the other.
fn among_others(realm: &Realm, entries: usize) -> Keytab {
    let other = |number: usize| {
        let name = format!("HTTP/host{number}.example.test@{REALM}").parse().unwrap();
        let key = EncryptionKey::generate(realm.key().etype(), &SystemRandom).unwrap();
        KeytabEntry::new(name, realm.kvno(), Timestamp::UNIX_EPOCH, key)
    };
    (1..entries / 2).map(other).chain([entry(realm)]).chain((entries / 2..entries).map(other)).collect()
}

fn write(dir: &Path, name: &str, octets: &[u8]) {
    fs::write(dir.join(name), octets).unwrap();
}
