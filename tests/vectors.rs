//! Recorded exchanges of real initiators, judged again: the same verdict, the same peer, the same key.
//!
//! The cases are files under `test-vectors/mit`, one case a file; its README tells where they come from. Where this crate
//! deliberately judges otherwise, docs/interop.md says so and why, and this test holds that list against what happens.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::gss::{AddressType, ChannelBindings};
use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::random::{Randomness, Unavailable};
use negotiate::{Accept, Acceptor, Context, Handshake, Rejected, Timestamp};

/// One recorded exchange.
#[derive(Default)]
struct Case {
    name: String,
    fields: BTreeMap<String, String>,
    /// The initiator's tokens, in order.
    tokens: Vec<Vec<u8>>,
}

/// What became of it.
enum Outcome {
    Established(Box<Context>),
    /// All tokens are used up, and another is wanted.
    WantsMore,
    Refused(Rejected),
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit")
}

fn cases() -> Vec<Case> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
        .iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .map(|path| read(path))
        .collect()
}

fn read(path: &Path) -> Case {
    let mut case = Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..Case::default() };
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(token) = line.strip_prefix("> ") {
            case.tokens.push(Base64::decode_vec(token).unwrap());
        } else if let Some((name, value)) = line.split_once(": ") {
            case.fields.insert(name.to_owned(), value.to_owned());
        } else {
            assert!(line.starts_with("< "), "{}: {line}", case.name);
        }
    }
    case
}

impl Case {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.field("now").unwrap().parse().unwrap())
    }

    /// The recorded acceptor's choices instead of chance, so that the initiator's later tokens fit.
    fn randomness(&self) -> Recorded {
        let subkey =
            self.field("acceptor-subkey").map(|text| unhex(text.split_once(' ').unwrap().1)).unwrap_or_default();
        let sequence: u32 = self.field("acceptor-sequence").map_or(0, |text| text.parse().unwrap());
        Recorded([subkey, sequence.to_be_bytes().to_vec()].concat())
    }

    fn bindings(&self) -> Option<ChannelBindings> {
        let parts: Vec<_> = self.field("bindings")?.split(' ').collect();
        let octets = |text: &str| if text == "-" { Vec::new() } else { unhex(text) };
        Some(ChannelBindings {
            initiator_addrtype: AddressType(parts[0].parse().unwrap()),
            initiator_address: octets(parts[1]),
            acceptor_addrtype: AddressType(parts[2].parse().unwrap()),
            acceptor_address: octets(parts[3]),
            application_data: octets(parts[4]),
        })
    }

    fn acceptor(&self) -> Acceptor {
        let keytab = Keytab::read(folder().join("keytabs").join(self.field("keytab").unwrap())).unwrap();
        // RC4 is refused by default; the recordings judge everything else about it.
        let mut kerberos = kerberos::Acceptor::new(keytab).dangerous().permit_rc4().randomness(self.randomness());
        if let Some(principal) = self.field("principal") {
            kerberos = kerberos.principal(principal.parse().unwrap());
        }
        Acceptor::builder().kerberos(kerberos).build().unwrap()
    }

    fn run(&self) -> Outcome {
        let now = self.now();
        let cache = MemoryReplayCache::new(Timestamp::UNIX_EPOCH);
        let mut opening = self.acceptor().begin();
        if let Some(bindings) = self.bindings() {
            opening = opening.channel_bindings(bindings);
        }
        let (mut opening, mut waiting) = (Some(opening), None::<Handshake>);
        for token in &self.tokens {
            let mut step = match waiting.take() {
                Some(handshake) => handshake.accept(token, now),
                None => opening.take().unwrap().accept(token, now),
            };
            if let Ok(Accept::NeedsReplayCheck(check)) = step {
                step = check.use_cache(&cache, now);
            }
            match step {
                Ok(Accept::NeedsToken { next, .. }) => waiting = Some(next),
                Ok(Accept::Established { context, .. }) => return Outcome::Established(Box::new(context)),
                Ok(other) => panic!("{}: {other:?}", self.name),
                Err(rejected) => return Outcome::Refused(rejected),
            }
        }
        Outcome::WantsMore
    }
}

struct Recorded(Vec<u8>);

impl Randomness for Recorded {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        let recorded = self.0.iter().copied().chain(std::iter::repeat(0x5a));
        out.iter_mut().zip(recorded).for_each(|(octet, recorded)| *octet = recorded);
        Ok(())
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The cases that docs/interop.md lists as judged otherwise: rows of its first table, with the name in back ticks first.
fn listed_deviations() -> BTreeSet<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/interop.md")).unwrap();
    let (kerberos, _ntlm) = page.split_once("## NTLM").unwrap();
    let rows = kerberos.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_recorded_exchange_gets_its_verdict() {
    let cases = cases();
    assert!(cases.len() >= 370, "only {} cases", cases.len());
    let mut deviations = BTreeSet::new();
    let mut established = 0;
    for case in &cases {
        let outcome = case.run();
        let accepted = matches!(outcome, Outcome::Established(_));
        if accepted != (case.field("expect").unwrap() == "accept") {
            let why = match &outcome {
                Outcome::Established(context) => context.peer().to_string(),
                Outcome::WantsMore => "wants another token".to_owned(),
                Outcome::Refused(rejected) => format!("{}: {rejected}", rejected.error.kind()),
            };
            println!("{} ({}) expects {:?}: {why}", case.name, case.field("basis").unwrap_or(""), case.field("expect"));
            deviations.insert(case.name.clone());
        } else if let Outcome::Established(context) = outcome {
            compare(case, &context);
            established += 1;
        }
    }
    println!("{} recorded exchanges, {established} established, {} judged otherwise", cases.len(), deviations.len());
    let listed = listed_deviations();
    assert_eq!(deviations, listed, "left: what happens, right: what docs/interop.md says");
}

/// Who it was, and the key that the recorded acceptor came to.
fn compare(case: &Case, context: &Context) {
    if let Some(peer) = case.field("peer") {
        assert_eq!(context.peer().to_string(), peer, "{}", case.name);
    }
    let details = context.details::<kerberos::Details>().unwrap();
    let recorded_etype =
        case.field("acceptor-subkey").map(|text| text.split_once(' ').unwrap().0.parse::<i32>().unwrap());
    // Where both sides could choose, this acceptor takes the strongest type of the initiator's list, MIT's the first.
    let same_choice = recorded_etype.is_none_or(|etype| etype == details.context_etype.0);
    if let (Some(key), true) = (case.field("session-key"), same_choice) {
        assert_eq!(context.session_key(), unhex(key), "{}: session key", case.name);
    }
    if let Some(flags) = case.field("flags") {
        // GSS_C_PROT_READY_FLAG (0x80) and GSS_C_TRANS_FLAG (0x100) speak of MIT's API, and GSS_C_DELEG_POLICY_FLAG
        // (0x8000) and GSS_C_CHANNEL_BOUND_FLAG (0x800) are never on the wire. MIT decrypts the delegated credential, here
        // it is carried as it came, and so the flag (0x1) is not granted.
        let recorded = flags.parse::<u32>().unwrap() & !0x8981;
        let ours = context.flags().bits() & !0x800;
        assert_eq!(ours, recorded, "{}: flags {ours:#x}, recorded {recorded:#x}", case.name);
    }
}
