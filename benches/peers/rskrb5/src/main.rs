//! The crate rskrb5: `negotiate-peers-rskrb5 [SECTION] DIR` does what `negotiate-peers WHO SECTION DIR` does beside it; all
//! sections without a name.
//!
//! It leaves out: flags and channel bindings, a subkey and a random number in the AP-REP; no Camellia, nor RFC 4757's
//! messages. Its replay cache, in memory, is on, and a PAC is decoded and its server signature verified.

#[path = "../../src/raw_keys.rs"]
mod raw_keys;
#[allow(dead_code)]
#[path = "../../src/seam.rs"]
mod seam;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use rskrb5::ap_req::decode_ap_req;
use rskrb5::crypto::KerberosEtype;
use rskrb5::keytab::{EncryptionKey, Keytab};
use rskrb5::service::{ApRepOptions, ServiceValidator, ValidatedApReq};
use rskrb5::spnego::{Krb5MechToken, MicToken, NegTokenResp, SpnegoToken, WrapToken};

use raw_keys::raw_keys;
use seam::{Tokens, each_work};

const ETYPES: [(&str, i32); 5] = [
    ("aes128-cts-hmac-sha1-96", 17),
    ("aes256-cts-hmac-sha1-96", 18),
    ("aes128-cts-hmac-sha256-128", 19),
    ("aes256-cts-hmac-sha384-192", 20),
    ("rc4-hmac", 23),
];
const SECTIONS: [&str; 6] = ["spnego", "accept", "messages", "decrypt", "string-to-key", "keytab"];
/// Key usages: RFC 4120 section 7.5.1, RFC 4121 section 2.
const TICKET: u32 = 2;
const INITIATOR_SEAL: u32 = 24;
/// A run with many peers takes longer than the usual five minutes.
const SKEW: Duration = Duration::from_secs(3_600);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (sections, dir) = match &arguments[..] {
        [dir] => (&SECTIONS[..], dir),
        [section, dir] => (&[&**section][..], dir),
        _ => panic!("[SECTION] DIR"),
    };
    for section in sections {
        run(section, Path::new(dir));
    }
}

fn run(section: &str, dir: &Path) {
    match section {
        "spnego" => parse(dir),
        "accept" => accepts(dir),
        "messages" => keys(dir).iter().for_each(|(name, _, key)| messages(name, key)),
        "decrypt" => keys(dir).iter().for_each(|(name, etype, key)| decrypt(name, *etype, key)),
        "string-to-key" => keys(dir).iter().for_each(|(name, etype, _)| string_to_key(name, *etype)),
        "keytab" => keytabs(dir),
        _ => {}
    }
}

/// The keys of the types it has.
fn keys(dir: &Path) -> Vec<(&'static str, KerberosEtype, EncryptionKey)> {
    let mut keys = raw_keys(dir);
    let key = |(name, etype)| {
        let value = keys.remove(name).unwrap();
        (name, KerberosEtype::from_etype_id(etype).unwrap(), EncryptionKey { etype, value })
    };
    ETYPES.into_iter().map(key).collect()
}

fn accepts(dir: &Path) {
    let keytab = Keytab::load(dir.join("keytab")).unwrap();
    each_work(dir, |work| {
        // It knows a PAC's checksum of rc4-hmac by no number that anybody writes.
        let is_known_pac = !work.contains("/rc4-hmac/") || work.ends_with("/no-pac");
        if is_known_pac && ETYPES.iter().any(|(name, _)| work.split('/').nth(1) == Some(name)) {
            logins(work, &keytab, Tokens::open(dir, work));
        } else {
            eprintln!("{work}: refused");
        }
    });
}

/// The same logins with other keytabs, which are looked through from the first entry to the last.
fn keytabs(dir: &Path) {
    for count in ["10", "100000"] {
        let keytab = Keytab::load(dir.join(format!("keytab-{count}"))).unwrap();
        let tokens = Tokens::open(dir, "accept/aes256-cts-hmac-sha1-96/spnego/no-pac");
        logins(&format!("keytab/{count}"), &keytab, tokens.take(500));
    }
}

fn logins(work: &str, keytab: &Keytab, tokens: impl Iterator<Item = Vec<u8>>) {
    let mut validator = ServiceValidator::new(keytab).with_max_clock_skew(SKEW);
    let accept = if work.contains("/raw") { accept_raw } else { accept_spnego };
    let is_mutual = !work.contains("one-way");
    let login = |token: Vec<u8>| {
        let (took, login) = timed(|| accept(&mut validator, &token, is_mutual));
        assert_eq!((&*login.client.realm, &login.client.components[..]), ("EXAMPLE.TEST", &["alice".into()][..]));
        took
    };
    report_all(work, tokens.map(login).collect());
}

/// Whether the client wants an answer rskrb5 does not say.
fn accept_raw(validator: &mut ServiceValidator<'_>, token: &[u8], is_mutual: bool) -> ValidatedApReq {
    let token = Krb5MechToken::decode(token).unwrap();
    let login = validator.validate_ap_req(token.ap_req_bytes().unwrap()).unwrap();
    if is_mutual {
        black_box(answer(&login));
    }
    login
}

fn accept_spnego(validator: &mut ServiceValidator<'_>, token: &[u8], is_mutual: bool) -> ValidatedApReq {
    let offer = SpnegoToken::decode(token).unwrap();
    let login = validator.validate_ap_req(&offer.krb5_ap_req().unwrap()).unwrap();
    let completed = NegTokenResp::accept_completed();
    let completed = if is_mutual { completed.with_response_token(answer(&login)) } else { completed };
    black_box(completed.encode().unwrap());
    login
}

fn answer(login: &ValidatedApReq) -> Vec<u8> {
    let mut confounder = vec![0; KerberosEtype::from_etype_id(login.session_key.etype).unwrap().confounder_len()];
    getrandom::fill(&mut confounder).unwrap();
    let options = ApRepOptions { sequence_number: Some(7), ..ApRepOptions::default() };
    Krb5MechToken::ap_rep(login.build_ap_rep_with_confounder(&confounder, options).unwrap()).encode().unwrap()
}

fn parse(dir: &Path) {
    let offer = fs::read(dir.join("spnego.token")).unwrap();
    report("spnego/parse", 5_000, || {
        let offer = SpnegoToken::decode(&offer).unwrap();
        (offer, NegTokenResp::accept_completed().with_response_token(vec![7; 156]).encode().unwrap())
    });
    let request = fs::read(dir.join("ap-req.octets")).unwrap();
    report("ap-req/parse", 5_000, || decode_ap_req(&request).unwrap());
}

/// The initiator's, with the key given; there is no order, and no context.
fn messages(name: &str, key: &EncryptionKey) {
    if name == "rc4-hmac" {
        return; // RFC 4121's messages with a key of rc4-hmac are none of RFC 4757.
    }
    for size in [64, 1024, 65_536] {
        let (message, rounds) = (vec![7; size], if size > 10_000 { 500 } else { 5_000 });
        let wrap = || WrapToken::new_initiator_sealed(&message[..], key).unwrap().encode().unwrap();
        let wrapped = wrap();
        report(&format!("{name}/wrap-{size}"), rounds, wrap);
        report(&format!("{name}/unwrap-{size}"), rounds, || {
            WrapToken::decode(&wrapped, false).unwrap().decrypt_payload(key, INITIATOR_SEAL).unwrap()
        });
        report(&format!("{name}/mic-{size}"), rounds, || {
            MicToken::new_initiator(&message[..], key).unwrap().encode().unwrap()
        });
    }
}

fn decrypt(name: &str, etype: KerberosEtype, key: &EncryptionKey) {
    let confounder = vec![7; etype.confounder_len()];
    let cipher = etype.encrypt_message_with_confounder(&key.value, &[7; 1500], TICKET, &confounder).unwrap();
    report(&format!("decrypt/{name}"), 5_000, || etype.decrypt_message(&key.value, &cipher, TICKET).unwrap());
}

fn string_to_key(name: &str, etype: KerberosEtype) {
    let (password, salt) = (b"Passw0rd!alice", b"EXAMPLE.TESTalice");
    report(&format!("string-to-key/{name}"), 15, || {
        etype.string_to_key(password, salt, etype.default_s2kparams()).unwrap()
    });
}

/// Prints the median of what `work` took.
fn report<T>(what: &str, rounds: usize, mut work: impl FnMut() -> T) {
    report_all(what, (0..rounds).map(|_| timed(&mut work).0).collect());
}

fn report_all(what: &str, mut times: Vec<Duration>) {
    times.sort();
    println!("{what} {}", times[times.len() / 2].as_nanos());
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let begun = Instant::now();
    let result = black_box(work());
    (begun.elapsed(), result)
}
