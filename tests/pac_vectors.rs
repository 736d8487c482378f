//! Tickets with PACs of a Samba domain controller: each gets its verdict, and says of the user what Samba's own NDR decoded.
//!
//! The cases are files under `test-vectors/samba`, one case a file; its README tells where they come from. Where the recording
//! leaves the verdict to the acceptor, or this crate judges otherwise, docs/interop.md says so and why, and this test holds
//! that list against what happens.

#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::asn1::{GeneralString, SequenceOf};
use negotiate::gss::ChannelBindings;
use negotiate::kerberos::message::{KerberosTime, PrincipalName};
use negotiate::kerberos::pac::{self, BufferType, Client, KdcSignature, LogonInfo, Pac, VerifiedPac};
use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::random::{Randomness, Unavailable};
use negotiate::{Accept, Acceptor, Authorization, Context, Handshake, Rejected, Sid, Timestamp};

#[derive(Default)]
struct Case {
    name: String,
    fields: BTreeMap<String, String>,
    tokens: Vec<Vec<u8>>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/samba")
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

/// What became of a case, in the words of its first line.
fn words(outcome: &Result<Context, Rejected>) -> String {
    match outcome {
        Ok(_) => "accept".to_owned(),
        Err(rejected) => format!("refuse {}", rejected.error.kind()),
    }
}

impl Case {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    fn text(&self, name: &str) -> &str {
        self.field(name).unwrap_or_else(|| panic!("{}: no {name}", self.name))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.text("now").parse().unwrap())
    }

    fn keytab(&self) -> Keytab {
        Keytab::read(folder().join("keytabs").join(self.text("keytab"))).unwrap()
    }

    /// RC4 is refused by default; the recordings judge everything else about it.
    fn kerberos(&self) -> kerberos::Acceptor {
        let subkey = self.field("acceptor-subkey").map(unhex).unwrap_or_default();
        let sequence: u32 = self.field("acceptor-sequence").map_or(0, |text| text.parse().unwrap());
        let randomness = Recorded([subkey, sequence.to_be_bytes().to_vec()].concat());
        kerberos::Acceptor::new(self.keytab()).dangerous().permit_rc4().randomness(randomness)
    }

    fn judge(&self, kerberos: kerberos::Acceptor, now: Timestamp) -> Result<Context, Rejected> {
        let acceptor = Acceptor::builder().kerberos(kerberos).build().unwrap();
        let cache = MemoryReplayCache::new(Timestamp::UNIX_EPOCH);
        let mut opening = acceptor.begin();
        if let Some(data) = self.field("bindings") {
            opening = opening.channel_bindings(ChannelBindings::application_data(unhex(data)));
        }
        let (mut opening, mut waiting) = (Some(opening), None::<Handshake>);
        for token in &self.tokens {
            let mut step = match waiting.take() {
                Some(handshake) => handshake.accept(token, now)?,
                None => opening.take().unwrap().accept(token, now)?,
            };
            if let Accept::NeedsReplayCheck(check) = step {
                step = check.use_cache(&cache, now)?;
            }
            match step {
                Accept::NeedsToken { next, .. } => waiting = Some(next),
                Accept::Established { context, .. } => return Ok(context),
                other => panic!("{}: {other:?}", self.name),
            }
        }
        panic!("{} wants another token", self.name)
    }

    /// Relative identifiers stand for SIDs of the user's domain.
    fn sid(&self, text: &str) -> Sid {
        let domain: Sid = self.text("domain-sid").parse().unwrap();
        match text.parse() {
            Ok(rid) => domain.with_rid(rid).unwrap(),
            Err(_) => text.parse().unwrap(),
        }
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

/// Rows of the table in docs/interop.md: the case, and what is made of it here.
fn listed() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/interop.md")).unwrap();
    let (_, section) = page.split_once("## PAC").unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (name, rest) = row.split_once('`').unwrap();
        let verdict = rest.split(" | ").nth(2).unwrap().replace(['`', ','], "");
        (name.to_owned(), verdict.trim().to_owned())
    })
    .collect()
}

#[test]
fn f01_f12_every_recorded_ticket_gets_its_verdict() {
    let cases = cases();
    assert!(cases.len() >= 96, "only {} cases", cases.len());
    let (mut otherwise, mut with_pac) = (BTreeMap::new(), 0);
    for case in cases.iter().filter(|case| !case.tokens.is_empty()) {
        let outcome = case.judge(case.kerberos(), case.now());
        let verdict = words(&outcome);
        if verdict != case.text("expect") {
            let why = outcome.as_ref().err().map(ToString::to_string).unwrap_or_default();
            println!("{} expects {:?}: {verdict}: {why}", case.name, case.text("expect"));
            otherwise.insert(case.name.clone(), verdict);
        }
        if let Ok(context) = outcome {
            with_pac += usize::from(context.authorization().is_some());
            compare(case, &context);
        }
    }
    println!("{} cases, {with_pac} with a PAC that was compared, {} judged otherwise", cases.len(), otherwise.len());
    assert!(with_pac >= 45, "{with_pac}");
    assert_eq!(otherwise, listed(), "left: what happens, right: what docs/interop.md says");
}

fn compare(case: &Case, context: &Context) {
    let name = &case.name;
    assert_eq!(context.peer().to_string(), case.text("peer"), "{name}");
    if let Some(key) = case.field("session-key") {
        assert_eq!(context.session_key(), unhex(key), "{name}: session key");
    }
    let Some(authorization) = context.authorization() else {
        assert!(case.field("client-info").is_none(), "{name}: the PAC is lost");
        return;
    };
    sids(case, authorization);
    names(case, authorization);
    account(case, authorization);
    let delegation = authorization
        .delegation()
        .map(|it| [std::slice::from_ref(&it.target), &it.transited_services[..]].concat().join(" "));
    assert_eq!(delegation.as_deref(), case.field("s4u2proxy"), "{name}");
    assert!(authorization.user_claims().is_empty() && authorization.device_claims().is_empty(), "{name}");
}

fn sids(case: &Case, authorization: &Authorization) {
    let name = &case.name;
    assert_eq!(authorization.user_sid(), Some(case.sid(case.text("user"))), "{name}");
    assert_eq!(authorization.primary_group_sid(), Some(case.sid(case.text("primary-group"))), "{name}");
    let mut seen = BTreeSet::new();
    let ours: Vec<String> =
        authorization.group_sids().map(|sid| sid.to_string()).filter(|sid| seen.insert(sid.clone())).collect();
    // The user and the primary group are in front, whether the domain controller lists that group among the others or not.
    let front = [case.sid(case.text("user")), case.sid(case.text("primary-group"))];
    let others = case.text("sids").split(' ').map(|sid| case.sid(sid)).filter(|sid| !front.contains(sid));
    let mut theirs: Vec<String> = front.into_iter().chain(others).map(|sid| sid.to_string()).collect();
    // The recorded list ends before the resource groups.
    if let Some((domain, groups)) = case.field("resource-groups").and_then(|text| text.split_once(' ')) {
        let rids = groups.split(' ').map(|group| group.split_once(':').unwrap().0);
        let added: Vec<_> = rids.map(|rid| format!("{domain}-{rid}")).filter(|sid| !theirs.contains(sid)).collect();
        theirs.extend(added);
    }
    assert_eq!(ours, theirs, "{name}: every SID, in order");
    for group in authorization.groups() {
        assert_eq!(authorization.is_member(&group.sid), group.attributes.grants(), "{name}: {}", group.sid);
    }
    let stranger = case.sid("4242424");
    assert!(!authorization.is_member(&stranger), "{name}");
    // The attributes of each group, from the three lists.
    let listed = |field, skip| {
        case.field(field).into_iter().flat_map(|text: &str| text.split(' ').skip(skip)).collect::<Vec<_>>()
    };
    let resource = case.field("resource-groups").map(|text| text.split(' ').next().unwrap().parse::<Sid>().unwrap());
    let with_domain = |entry: &str, domain: Option<Sid>| {
        let (sid, attributes) = entry.rsplit_once(':').unwrap();
        let attributes = attributes
            .strip_prefix("0x")
            .map_or_else(|| attributes.parse(), |hex| u32::from_str_radix(hex, 16))
            .unwrap();
        let sid = domain.map_or_else(|| case.sid(sid), |domain| domain.with_rid(sid.parse().unwrap()).unwrap());
        (sid, attributes)
    };
    let primary = case.sid(case.text("primary-group"));
    let expected =
        listed("groups", 0).into_iter().map(|entry| with_domain(entry, None)).filter(|(sid, _)| *sid != primary);
    let expected = expected.chain(listed("extra-sids", 0).into_iter().map(|entry| with_domain(entry, None)));
    let expected = expected.chain(listed("resource-groups", 1).into_iter().map(|entry| with_domain(entry, resource)));
    let ours = authorization.groups().skip(2).map(|group| (group.sid, group.attributes.0));
    assert_eq!(ours.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{name}: attributes");
}

fn names(case: &Case, authorization: &Authorization) {
    let name = &case.name;
    let both = [
        (authorization.logon_name(), "account-name"),
        (authorization.full_name(), "full-name"),
        (authorization.logon_script(), "logon-script"),
        (authorization.profile_path(), "profile-path"),
        (authorization.home_directory(), "home-directory"),
        (authorization.home_directory_drive(), "home-drive"),
        (authorization.logon_server(), "logon-server"),
        (authorization.logon_domain(), "logon-domain"),
        (authorization.upn(), "upn"),
        (authorization.dns_domain(), "dns-domain"),
        (authorization.sam_name(), "sam-name"),
    ];
    for (ours, field) in both {
        assert_eq!(ours, case.field(field), "{name}: {field}");
    }
}

fn account(case: &Case, authorization: &Authorization) {
    let (name, account) = (&case.name, authorization.account());
    let hex = |field| u32::from_str_radix(case.text(field).strip_prefix("0x").unwrap(), 16).unwrap();
    assert_eq!((account.control, account.user_flags), (hex("account-control"), hex("user-flags")), "{name}");
    let counts = format!("logon {}, bad password {}", account.logon_count, account.bad_password_count);
    assert_eq!(counts, case.text("counts"), "{name}");
    let times = [
        account.logon_time,
        account.logoff_time,
        account.kick_off_time,
        account.password_last_set,
        account.password_can_change,
        account.password_must_change,
    ];
    let recorded: Vec<_> = case.text("times").split(' ').map(|text| from_nt_time(text.parse().unwrap())).collect();
    assert_eq!(times[..], recorded, "{name}");
}

/// 100 nanoseconds since 1601; 0 is not set, the largest is never.
fn from_nt_time(ticks: i64) -> Option<Timestamp> {
    (ticks != 0 && ticks != i64::MAX).then(|| Timestamp::from_micros(ticks / 10 - 11_644_473_600_000_000))
}

#[test]
fn f11_tickets_without_a_pac() {
    let mut without = 0;
    for case in cases() {
        if case.field("pac") != Some("none") {
            continue;
        }
        assert!(case.judge(case.kerberos(), case.now()).unwrap().authorization().is_none(), "{}", case.name);
        let verdict = words(&case.judge(case.kerberos().require_pac(), case.now()));
        assert_eq!(verdict, "refuse pac-missing", "{}", case.name);
        without += 1;
    }
    assert!(without >= 2, "{without}");
}

#[test]
fn f10_the_key_of_krbtgt_tells_who_really_signed() {
    let keytab = Keytab::read(folder().join("keytabs/krbtgt.keytab")).unwrap();
    let krbtgt = keytab.entries().find_map(|entry| entry.key()).unwrap();
    let (mut right, mut wrong) = (0, 0);
    for case in cases().iter().filter(|case| !case.tokens.is_empty() && case.field("signatures").is_some()) {
        let Ok(without) = case.judge(case.kerberos(), case.now()) else { continue };
        let signatures = without.details::<kerberos::Details>().unwrap().kdc_signatures.unwrap();
        assert_eq!(signatures.kdc, KdcSignature::Unverified, "{}", case.name);
        let outcome = case.judge(case.kerberos().krbtgt_key(krbtgt.encryption_key()), case.now());
        let recorded = |which: &str| case.text("signatures").split(' ').find_map(|text| text.strip_prefix(which));
        let is_forged = ["kdc=", "ticket=", "full="].iter().any(|which| recorded(which) == Some("wrong"));
        assert_eq!(is_forged, case.field("with-krbtgt").is_some(), "{}", case.name);
        if is_forged {
            assert_eq!(words(&outcome), "refuse pac-kdc-checksum", "{}", case.name);
            wrong += 1;
            continue;
        }
        let context = outcome.unwrap_or_else(|rejected| panic!("{}: {rejected}", case.name));
        let signatures = context.details::<kerberos::Details>().unwrap().kdc_signatures.unwrap();
        for (ours, which) in [(signatures.kdc, "kdc="), (signatures.ticket, "ticket="), (signatures.extended, "full=")]
        {
            let expected = recorded(which).map_or(KdcSignature::Absent, |_| KdcSignature::Verified);
            assert_eq!(ours, expected, "{}: {which}", case.name);
        }
        right += 1;
    }
    println!("{right} signed by the KDC, {wrong} only by somebody with the service's key");
    assert!(right >= 40 && wrong == 2, "{right} {wrong}");
}

#[test]
fn e03_the_pac_of_a_ticket_granting_ticket() {
    let mut count = 0;
    for case in cases().iter().filter(|case| case.tokens.is_empty()) {
        let octets = Base64::decode_vec(case.text("pac")).unwrap();
        let (pac, keytab) = (Pac::parse(&octets).unwrap(), case.keytab());
        let key = keytab.entries().find_map(|entry| entry.key()).unwrap();
        let (name, realm) = case.text("client").split_once('@').unwrap();
        let authtime = KerberosTime::new(Timestamp::from_seconds(case.text("authtime").parse().unwrap())).unwrap();
        let component = [GeneralString(name.as_bytes())];
        let cname = PrincipalName { name_type: 1, name_string: SequenceOf::new(&component) };
        let client = Client { cname, crealm: realm.as_bytes(), authtime };
        let refused = VerifiedPac::verify(&pac, key.pac_key(), &client).map(|_| ());
        assert_eq!(refused, Err(pac::Error::TicketGrantingTicket), "{}", case.name);
        // What is in it is what Samba says, though it is nobody's login.
        let info = LogonInfo::parse(pac.find(BufferType::LOGON_INFO).unwrap().octets).unwrap();
        assert_eq!(info.user_id.to_string(), case.text("user"), "{}", case.name);
        let groups =
            info.group_ids.unwrap().iter().map(|group| format!("{}:{}", group.relative_id, group.attributes.0));
        assert_eq!(groups.collect::<Vec<_>>().join(" "), case.text("groups"), "{}", case.name);
        let requestor = pac.find(BufferType::REQUESTOR_SID).unwrap();
        assert_eq!(Sid::from_octets(requestor.octets), Some(case.text("requester").parse().unwrap()), "{}", case.name);
        count += 1;
    }
    assert_eq!(count, 4);
}

#[test]
fn e11_a_short_ticket_expires() {
    let case = cases().into_iter().find(|case| case.name == "alice-web-short").unwrap();
    let end = Timestamp::from_seconds(case.text("ends").parse().unwrap());
    assert_eq!(case.judge(case.kerberos(), case.now()).unwrap().expires_at(), Some(end));
}

/// Every token of the recordings' own folder, where that is at hand, is one of the cases here.
#[test]
fn no_recording_is_left_out() {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("no vectors, no folder {}", folder.display());
        return;
    }
    let here: BTreeSet<Vec<u8>> = cases().into_iter().flat_map(|case| case.tokens).collect();
    let mut recorded = 0;
    for entry in std::fs::read_dir(folder.join("samba")).unwrap() {
        let Ok(octets) = std::fs::read(entry.unwrap().path()) else { continue };
        let Ok(case) = serde_json::from_slice::<serde_json::Value>(&octets) else { continue };
        for leg in case["legs"].as_array().into_iter().flatten().filter(|leg| leg["from"] == "initiator") {
            assert!(here.contains(&unhex(leg["hex"].as_str().unwrap())), "{}", case["name"]);
            recorded += 1;
        }
    }
    println!("{recorded} recorded tokens, all of them here");
    assert!(recorded >= 90, "{recorded}");
}
