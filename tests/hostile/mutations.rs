//! Every prefix and every flipped bit of sound tokens: never a panic, never a login out of a damaged encrypted part.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::message::ApReq;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::{self, Keytab};
use negotiate::spnego::message::NegotiationToken;
use negotiate::{Accept, Acceptor, Timestamp};

use crate::support::*;
use crate::weak::strong;

/// A token that is accepted as it stands.
struct Sound {
    name: String,
    token: Vec<u8>,
    acceptor: Acceptor,
    now: Timestamp,
}

impl Sound {
    /// Whether this token gets as far as the replay question, or beyond.
    fn passes(&self, token: &[u8]) -> bool {
        match self.acceptor.accept(token, self.now) {
            Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(&NoReplayCache, self.now).is_ok(),
            Ok(Accept::Established { .. }) => true,
            // SPNEGO asks for another token: nobody is logged in.
            Ok(_) | Err(_) => false,
        }
    }
}

/// Where the two ciphers lie in a token.
fn encrypted_parts(token: &[u8]) -> Vec<Range<usize>> {
    let InitialToken { mechanism, inner } = InitialToken::parse(token).unwrap();
    let raw = if mechanism == Oid::SPNEGO {
        let NegotiationToken::NegTokenInit(init) = NegotiationToken::parse(inner).unwrap() else { panic!() };
        InitialToken::parse(init.mech_token.unwrap().0).unwrap().inner
    } else {
        inner
    };
    let request = ApReq::parse(&raw[2..]).unwrap();
    let range = |octets: &[u8]| {
        let begin = octets.as_ptr() as usize - token.as_ptr() as usize;
        begin..begin + octets.len()
    };
    vec![range(request.ticket.enc_part.cipher.0), range(request.authenticator.cipher.0)]
}

fn minted() -> Vec<Sound> {
    let mut all = Vec::new();
    for etype in strong() {
        let realm = realm().with_etype(etype).unwrap();
        for (in_spnego, mutual) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut login = login(&realm);
            if !mutual {
                login = login.one_way();
            }
            if in_spnego {
                login = login.in_spnego();
            }
            let name = format!("minted {etype} spnego={in_spnego} mutual={mutual}");
            all.push(Sound { name, token: login.encode().unwrap(), acceptor: plain(&realm), now: NOW });
        }
    }
    all
}

/// The first recorded token that is accepted, of each of these exchanges.
fn recorded() -> Vec<Sound> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit");
    let names = [
        "heimdal-init-aes256-sha1-krb5-nomutual",
        "heimdal-init-aes256-sha2-spnego-mutual",
        "jdk-init-aes128-sha1-spnego-mutual",
        "gokrb5-init-aes256-sha1-spnego",
        "etype-aes256-sha2-krb5-mutual",
        "etype-camellia256-spnego-mutual",
        "deleg-aes256-sha1-spnego",
        "nopac-spnego",
    ];
    names.iter().map(|name| read_case(&folder, name)).collect()
}

fn read_case(folder: &Path, name: &str) -> Sound {
    let file = std::fs::read_to_string(folder.join(format!("{name}.txt"))).unwrap();
    let fields: BTreeMap<_, _> = file.lines().filter_map(|line| line.split_once(": ")).collect();
    let token = file.lines().find_map(|line| line.strip_prefix("> ")).unwrap();
    let keytab: PathBuf = folder.join("keytabs").join(fields["keytab"]);
    Sound {
        name: name.to_owned(),
        token: Base64::decode_vec(token).unwrap(),
        acceptor: acceptor(kerberos::Acceptor::new(Keytab::read(keytab).unwrap())),
        now: Timestamp::from_seconds(fields["now"].parse().unwrap()),
    }
}

#[test]
fn a07_every_prefix_and_every_flipped_bit() {
    let sound: Vec<_> = minted().into_iter().chain(recorded()).collect();
    assert!(sound.len() >= 20);
    let (mut flips, mut passed) = (0, 0);
    for sound in &sound {
        assert!(sound.passes(&sound.token), "{}", sound.name);
        for length in 0..sound.token.len() {
            assert!(!sound.passes(&sound.token[..length]), "{}: a prefix of {length}", sound.name);
        }
        let encrypted = encrypted_parts(&sound.token);
        let mut token = sound.token.clone();
        for bit in 0..token.len() * 8 {
            token[bit / 8] ^= 0x80 >> (bit % 8);
            let is_encrypted = encrypted.iter().any(|part| part.contains(&(bit / 8)));
            let passes = sound.passes(&token);
            assert!(!(passes && is_encrypted), "{}: bit {bit}", sound.name);
            flips += 1;
            passed += usize::from(passes);
            token[bit / 8] ^= 0x80 >> (bit % 8);
        }
    }
    println!("{} tokens, {flips} flipped bits, {passed} of them without effect on what counts", sound.len());
    assert!(passed < flips / 20, "far too many flips go unnoticed");
}

/// The few bits that may change unnoticed are hints: name types, kvno, reserved options, a second mechanism's name.
#[test]
fn e01_bits_that_may_change_change_nothing() {
    for sound in minted() {
        let who = |token: &[u8]| {
            let outcome = take(&sound.acceptor, token, sound.now, &NoReplayCache).ok()?;
            let acceptor = outcome.context.acceptor()?.to_string();
            Some((outcome.context.peer().to_string(), acceptor, outcome.context.flags()))
        };
        let expected = who(&sound.token);
        let mut token = sound.token.clone();
        let encrypted = encrypted_parts(&token);
        for bit in (0..token.len() * 8).filter(|bit| !encrypted.iter().any(|part| part.contains(&(bit / 8)))) {
            token[bit / 8] ^= 0x80 >> (bit % 8);
            if let Ok(Accept::NeedsReplayCheck(_)) = sound.acceptor.accept(&token, sound.now) {
                assert_eq!(who(&token), expected, "{}: bit {bit}", sound.name);
            }
            token[bit / 8] ^= 0x80 >> (bit % 8);
        }
    }
}
