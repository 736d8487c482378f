//! Keytabs: hostile files by SECURITY rows G01-G03, and the files of other implementations.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test panics when it fails"
)]

use std::collections::BTreeSet;
use std::path::PathBuf;

use negotiate::kerberos::etype::{self, EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::{Error, Keytab, KeytabEntry, KeytabPrincipal};
use negotiate::{Principal, Timestamp};
use proptest::prelude::*;

const AES256: EncryptionType = EncryptionType::AES256_CTS_HMAC_SHA1_96;

/// A keytab entry as its fields stand in the file.
#[derive(Clone)]
struct Record {
    realm: Vec<u8>,
    components: Vec<Vec<u8>>,
    kvno8: u8,
    timestamp: u32,
    etype: u16,
    key: Vec<u8>,
    trailer: Vec<u8>,
}

impl Record {
    fn new() -> Self {
        let components = [&b"HTTP"[..], b"web.example.com"].map(<[u8]>::to_vec).to_vec();
        Self {
            realm: b"EXAMPLE.COM".to_vec(),
            components,
            kvno8: 3,
            timestamp: 1_795_374_011,
            etype: 18,
            key: vec![0xa7; 32],
            trailer: vec![0, 0, 0, 3],
        }
    }

    fn body(&self) -> Vec<u8> {
        let counted = |octets: &[u8]| [&(octets.len() as u16).to_be_bytes()[..], octets].concat();
        let mut body = (self.components.len() as u16).to_be_bytes().to_vec();
        body.extend(counted(&self.realm));
        self.components.iter().for_each(|component| body.extend(counted(component)));
        body.extend([0, 0, 0, 1]);
        body.extend(self.timestamp.to_be_bytes());
        body.push(self.kvno8);
        body.extend(self.etype.to_be_bytes());
        body.extend(counted(&self.key));
        body.extend(&self.trailer);
        body
    }
}

fn sized(size: i32, octets: &[u8]) -> Vec<u8> {
    [&size.to_be_bytes()[..], octets].concat()
}

fn record(record: &Record) -> Vec<u8> {
    sized(record.body().len() as i32, &record.body())
}

fn file(parts: &[Vec<u8>]) -> Vec<u8> {
    [&[5, 2][..], &parts.concat()].concat()
}

fn refused(octets: &[u8]) -> Error {
    Keytab::parse(octets).unwrap_err()
}

fn web(keytab: &Keytab) -> KeytabPrincipal<'_> {
    find(keytab, "HTTP/web.example.com@EXAMPLE.COM").unwrap()
}

fn find<'k>(keytab: &'k Keytab, name: &str) -> Option<KeytabPrincipal<'k>> {
    let name: Principal = name.parse().unwrap();
    keytab.find(name.realm(), name.components())
}

fn kvnos(keytab: &Keytab, kvno: Option<u32>) -> Vec<u32> {
    web(keytab).candidates(AES256, kvno).map(|key| key.entry().kvno()).collect()
}

#[test]
fn g01_versions() {
    assert_eq!(refused(&[5, 1]), Error::Version(1));
    assert_eq!(refused(&[5, 4, 0, 0]), Error::Version(4));
    assert_eq!(refused(&[5, 3]), Error::Version(3));
    assert_eq!(refused(&[5, 0]), Error::Version(0));
    for octets in [&b""[..], &[5], &[2, 5], &[1, 5, 0, 0], b"BQIAAABV"] {
        assert_eq!(refused(octets), Error::NotAKeytab);
    }
    assert!(refused(&[5, 4]).to_string().contains("credential cache"));
    assert!(refused(&[5, 1]).to_string().contains("ktutil"));
    assert!(Keytab::parse(&[5, 2]).unwrap().is_empty());
}

#[test]
fn g01_sizes() {
    let good = record(&Record::new());
    let whole = file(std::slice::from_ref(&good));
    for size in [i32::MAX, 0x0100_0000, -5, i32::MIN, i32::MIN + 1, 5] {
        let octets = file(&[good.clone(), sized(size, b"four")]);
        assert_eq!(refused(&octets), Error::Size { offset: whole.len(), size });
    }
    for trailing in 1..=3 {
        let octets = [&whole[..], &[0; 3][..trailing]].concat();
        assert_eq!(refused(&octets), Error::Truncated { offset: whole.len() });
    }
    // Zero ends the file, with or without something behind it.
    for end in [sized(0, b""), sized(0, &good), sized(0, &[0xff; 7])] {
        let keytab = Keytab::parse(&file(&[good.clone(), end])).unwrap();
        assert_eq!((keytab.len(), keytab.to_bytes().expose()), (1, &whole[..]));
    }
}

#[test]
fn g01_holes() {
    let good = record(&Record::new());
    let hole = sized(-40, &[0; 40]);
    let octets = file(&[hole.clone(), good.clone(), hole.clone(), hole.clone(), good.clone(), hole]);
    let keytab = Keytab::parse(&octets).unwrap();
    assert_eq!(keytab.len(), 2);
    assert_eq!(keytab.to_bytes().expose(), file(&[good.clone(), good]));
    // An entry in a hole that was longer: zeros behind it are no kvno.
    let reused = record(&Record { trailer: vec![0; 20], ..Record::new() });
    let keytab = Keytab::parse(&file(std::slice::from_ref(&reused))).unwrap();
    assert_eq!(keytab.entries().next().unwrap().kvno(), 3);
    assert_eq!(keytab.to_bytes().expose(), file(&[reused]));
}

#[test]
fn g01_fields_beyond_the_record() {
    let body = Record { trailer: vec![], ..Record::new() }.body();
    // Every shorter record lacks something; what follows it in the file does not help.
    for cut in 0..body.len() {
        let octets = file(&[sized(cut as i32, &body[..cut]), record(&Record::new())]);
        match Keytab::parse(&octets) {
            Err(Error::Field { offset: 2, .. }) => {}
            Ok(keytab) => assert_eq!((cut, keytab.len()), (0, 0), "size zero is the end"),
            other => panic!("{cut}: {other:?}"),
        }
    }
    for count in [0u16, 17, 0x7fff, 0x8000, 0xffff] {
        let octets = file(&[sized(body.len() as i32, &[&count.to_be_bytes()[..], &body[2..]].concat())]);
        assert_eq!(refused(&octets), Error::BadName { offset: 2 });
    }
    for count in [3u16, 16] {
        let octets = file(&[sized(body.len() as i32, &[&count.to_be_bytes()[..], &body[2..]].concat())]);
        assert!(matches!(refused(&octets), Error::Field { offset: 2, .. }));
    }
    let key_length = body.len() - 34;
    for length in [33u16, 0x7fff, 0x8000, 0xffff] {
        let mut longer = body.clone();
        longer[key_length..][..2].copy_from_slice(&length.to_be_bytes());
        let octets = file(&[sized(longer.len() as i32, &longer)]);
        assert_eq!(refused(&octets), Error::Field { offset: 2, field: "key" });
    }
}

#[test]
fn g01_names() {
    for realm in [&b""[..], b"A\0B", b"A\nB"] {
        let octets = file(&[record(&Record { realm: realm.to_vec(), ..Record::new() })]);
        assert_eq!(refused(&octets), Error::BadName { offset: 2 });
    }
}

/// All prefixes and all bit flips: an error or a value, and what is a value is written as a keytab that reads the same.
#[test]
fn g01_a07_every_prefix_and_every_bit() {
    let octets = file(&[record(&Record::new()), sized(-9, &[0; 9]), record(&Record { etype: 16, ..Record::new() })]);
    let check = |octets: &[u8]| {
        let Ok(keytab) = Keytab::parse(octets) else { return };
        let written = keytab.to_bytes();
        assert!(written.expose().len() <= octets.len().max(2));
        let again = Keytab::parse(written.expose()).unwrap();
        assert_eq!(again.to_bytes(), written);
    };
    (0..octets.len()).for_each(|length| check(&octets[..length]));
    for bit in 0..octets.len() * 8 {
        let mut flipped = octets.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        check(&flipped);
    }
}

#[test]
fn g02_which_kvno_an_entry_has() {
    let kvno = |kvno8, trailer: &[u8]| {
        let octets = file(&[record(&Record { kvno8, trailer: trailer.to_vec(), ..Record::new() })]);
        Keytab::parse(&octets).unwrap().entries().next().unwrap().kvno()
    };
    assert_eq!(kvno(44, &[]), 44);
    assert_eq!(kvno(44, &[0, 0, 1]), 44);
    assert_eq!(kvno(44, &[0, 0, 1, 44]), 300);
    assert_eq!(kvno(44, &[0, 0, 0, 0]), 44);
    assert_eq!(kvno(44, &[0, 0, 1, 44, 0, 0, 0, 7]), 300);
    assert_eq!(kvno(0, &[0x80, 0, 0, 1]), 0x8000_0001);
}

fn keytab_of_kvnos(kvnos: &[(u32, u32)]) -> Keytab {
    let records: Vec<_> = kvnos
        .iter()
        .map(|(kvno, timestamp)| {
            let trailer = kvno.to_be_bytes().to_vec();
            record(&Record { kvno8: trailer[3], timestamp: *timestamp, trailer, ..Record::new() })
        })
        .collect();
    Keytab::parse(&file(&records)).unwrap()
}

#[test]
fn g02_exact_kvno_first_then_low_octet_then_newest() {
    let keytab = keytab_of_kvnos(&[(43, 0), (44, 0), (299, 0), (300, 0), (556, 0)]);
    assert_eq!(kvnos(&keytab, Some(300)), [300, 44, 556, 299, 43]);
    assert_eq!(kvnos(&keytab, Some(44)), [44, 556, 300, 299, 43]);
    assert_eq!(kvnos(&keytab, Some(812)), [44, 556, 300, 299, 43]);
    assert_eq!(kvnos(&keytab, Some(7)), [556, 300, 299, 44, 43]);
    for absent in [None, Some(0)] {
        assert_eq!(kvnos(&keytab, absent), [556, 300, 299, 44, 43]);
    }
    assert_eq!(kvnos(&keytab_of_kvnos(&[(0, 0), (2, 0)]), None), [2, 0]);
}

#[test]
fn g02_ties_go_by_timestamp_then_by_place() {
    let made = |keytab: &Keytab, kvno| -> Vec<_> {
        web(keytab).candidates(AES256, kvno).map(|key| key.entry().created().as_seconds()).collect()
    };
    let keytab = keytab_of_kvnos(&[(5, 10), (5, 30), (5, 20), (4, 99)]);
    assert_eq!(made(&keytab, Some(5)), [30, 20, 10, 99]);
    assert_eq!(made(&keytab, None), [30, 20, 10, 99]);
    let records: Vec<_> = [1, 2].map(|octet| record(&Record { key: vec![octet; 32], ..Record::new() })).into();
    let keytab = Keytab::parse(&file(&records)).unwrap();
    let keys: Vec<_> = web(&keytab).candidates(AES256, Some(3)).map(|key| key.encryption_key().expose()[0]).collect();
    assert_eq!(keys, [2, 1], "what was appended last is the newest");
}

#[test]
fn g02_at_most_eight_candidates() {
    let many: Vec<_> = (1..=30).map(|kvno| (kvno, 0)).collect();
    let keytab = keytab_of_kvnos(&many);
    assert_eq!(kvnos(&keytab, Some(2)), [2, 30, 29, 28, 27, 26, 25, 24]);
    assert_eq!(kvnos(&keytab, None).len(), Keytab::MAX_CANDIDATES);
}

#[test]
fn g02_other_types_and_unusable_keys_are_no_candidates() {
    let records = [(18, 32), (17, 16), (16, 24), (18, 31), (18, 0), (99, 32), (0xff80, 16), (3, 8)];
    let records: Vec<_> = records
        .into_iter()
        .map(|(etype, length)| record(&Record { etype, key: vec![1; length], ..Record::new() }))
        .collect();
    let octets = file(&records);
    let keytab = Keytab::parse(&octets).unwrap();
    assert_eq!((keytab.len(), keytab.skipped().count()), (8, 6));
    let count = |etype| web(&keytab).candidates(EncryptionType(etype), Some(3)).count();
    assert_eq!([18, 17, 16, 99, -128, 3, 23].map(count), [1, 1, 0, 0, 0, 0, 0]);
    assert_eq!(keytab.to_bytes().expose(), octets);
    let reasons: Vec<_> = keytab.skipped().map(|entry| *entry.unusable().unwrap()).collect();
    assert_eq!(reasons[0], etype::Error::UnknownEtype(EncryptionType(16)));
    assert_eq!(reasons[1], etype::Error::KeyLength { etype: AES256, expected: 32, actual: 31 });
    assert_eq!(reasons[4], etype::Error::UnknownEtype(EncryptionType(-128)));
    assert_eq!(
        web(&keytab).to_string(),
        "etype -128 kvno 3 (unusable); des-cbc-md5 kvno 3 (unusable); des3-cbc-sha1-kd kvno 3 (unusable); \
         aes128-cts-hmac-sha1-96 kvno 3; aes256-cts-hmac-sha1-96 kvno 3 (unusable), 3 (unusable), 3; \
         etype 99 kvno 3 (unusable)"
    );
}

#[test]
fn g03_nothing_of_a_key_is_printed() {
    let usable = Record { key: (0xa0..0xc0).collect(), ..Record::new() };
    let unusable = Record { etype: 16, key: (0xc0..0xd8).collect(), trailer: (0xd8..0xe0).collect(), ..Record::new() };
    let keytab = Keytab::parse(&file(&[record(&usable), record(&unusable)])).unwrap();
    let key = web(&keytab).candidates(AES256, None).next().unwrap();
    let printed = format!("{keytab:?} {key:?} {:?} {:#?} {}", web(&keytab), keytab.entries().last(), web(&keytab));
    assert!(printed.contains("HTTP/web.example.com@EXAMPLE.COM") && printed.contains("kvno: 3"));
    for octet in 0xa0..0xe0_u8 {
        assert!(!printed.contains(&format!("{octet}")) && !printed.to_lowercase().contains(&format!("{octet:02x}, ")));
    }
}

#[test]
fn e04_names_are_exact_and_similar_ones_are_named() {
    let entry = |name: &str| {
        let key = EncryptionKey::new(AES256, &[1; 32]).unwrap();
        KeytabEntry::new(name.parse().unwrap(), 1, Timestamp::UNIX_EPOCH, key)
    };
    let keytab: Keytab =
        ["HTTP/Web@EXAMPLE.COM", "HTTP/web@EXAMPLE.COM", "host/a/b@R", r"host/a\/b@R", "LDAP/dc@EXAMPLE.COM"]
            .map(entry)
            .into_iter()
            .collect();
    for name in ["HTTP/Web@EXAMPLE.COM", "HTTP/web@EXAMPLE.COM", "host/a/b@R", r"host/a\/b@R"] {
        assert_eq!(find(&keytab, name).unwrap().name().to_string(), name);
    }
    let others = ["HTT/Web@EXAMPLE.COM", "HTTPX/web@EXAMPLE.COM", "HTTP/web.@EXAMPLE.COM", "HTTP@EXAMPLE.COM"];
    let similar = |name: &str| {
        let name: Principal = name.parse().unwrap();
        keytab.find_similar(name.realm(), name.components()).map(|found| found.name().to_string())
    };
    for name in others {
        assert!(find(&keytab, name).is_none() && similar(name).is_none(), "{name}");
    }
    assert!(find(&keytab, "ldap/DC@example.com").is_none());
    assert_eq!(similar("ldap/DC@example.com").as_deref(), Some("LDAP/dc@EXAMPLE.COM"));
    assert_eq!(similar("HTTP/web@EXAMPLE.COM").as_deref(), Some("HTTP/Web@EXAMPLE.COM"), "another one than itself");
    assert_eq!(similar("LDAP/dc@EXAMPLE.COM"), None);
    assert_eq!(keytab.principals().count(), 5);
    assert!(find(&Keytab::new(), "HTTP/web@EXAMPLE.COM").is_none());
}

#[test]
fn ticket_key_is_key_usage_2_and_derived_once() {
    let keytab = Keytab::parse(&file(&[record(&Record::new())])).unwrap();
    let key = web(&keytab).candidates(AES256, Some(3)).next().unwrap();
    let plain = b"enc-ticket-part";
    let sealer = EncryptionKey::new(AES256, &[0xa7; 32]).unwrap().for_encryption(KeyUsage::TICKET);
    let mut message = sealer.encrypt(plain, &negotiate::random::SystemRandom).unwrap();
    assert_eq!(key.ticket_key().decrypt_in_place(&mut message).unwrap(), plain);
    let again = web(&keytab).candidates(AES256, Some(3)).next().unwrap();
    assert!(std::ptr::eq(key.ticket_key(), again.ticket_key()));
}

#[test]
fn added_removed_merged() {
    let entry = |name: &str, kvno, octet| {
        let key = EncryptionKey::new(AES256, &[octet; 32]).unwrap();
        KeytabEntry::new(name.parse().unwrap(), kvno, Timestamp::from_seconds(1_000), key)
    };
    let mut keytab = Keytab::new();
    keytab.add(entry("HTTP/web@R", 300, 1));
    keytab.add(entry("host/web@R", 1, 2));
    let octets = keytab.to_bytes();
    assert_eq!(Keytab::parse(octets.expose()).unwrap().to_bytes(), octets);
    assert_eq!(
        find(&Keytab::parse(octets.expose()).unwrap(), "HTTP/web@R").unwrap().to_string(),
        format!("{AES256} kvno 300")
    );
    let other: Keytab =
        [entry("HTTP/web@R", 300, 1), entry("HTTP/web@R", 301, 3), entry("HTTP/web@R", 300, 9)].into_iter().collect();
    assert_eq!(keytab.merge(other), 2);
    assert_eq!(find(&keytab, "HTTP/web@R").unwrap().to_string(), format!("{AES256} kvno 301, 300, 300"));
    assert_eq!(keytab.retain(|entry| entry.kvno() != 300), 2);
    assert_eq!((keytab.len(), find(&keytab, "host/web@R").is_some()), (2, true));
    assert_eq!(keytab.retain(|_| false), 2);
    assert!(keytab.is_empty() && find(&keytab, "host/web@R").is_none());
}

#[test]
fn unreadable_file_is_named() {
    let error = Keytab::read("no/such.keytab").unwrap_err();
    assert!(error.to_string().contains("no/such.keytab"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn g01_any_octets(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Keytab::parse(&octets);
        let _ = Keytab::parse(&file(&[octets]));
    }

    /// The index against a walk over all entries.
    #[test]
    fn lookup_agrees_with_a_walk(
        entries in proptest::collection::vec((0..20u32, 0..3usize, 0..600u32, 0..3i64), 0..80),
        wanted in 0..600u32,
    ) {
        let etypes = [AES256, EncryptionType::AES128_CTS_HMAC_SHA1_96, EncryptionType::RC4_HMAC];
        let keytab: Keytab = entries.iter().map(|(host, etype, kvno, made)| {
            let key = EncryptionKey::new(etypes[*etype], &vec![1; etypes[*etype].key_len().unwrap()]).unwrap();
            KeytabEntry::new(format!("HTTP/h{host}@R").parse().unwrap(), *kvno, Timestamp::from_seconds(*made), key)
        }).collect();
        for host in 0..20 {
            for (number, etype) in etypes.into_iter().enumerate() {
                let mut walk: Vec<_> = entries
                    .iter()
                    .enumerate()
                    .filter(|(_, (h, e, ..))| *h == host && *e == number)
                    .map(|(position, (.., kvno, made))| {
                        let low = kvno % 256 == wanted % 256 && (*kvno).min(wanted) < 256;
                        (*kvno == wanted && wanted != 0, low && wanted != 0, *kvno, *made, position)
                    })
                    .collect();
                walk.sort_unstable();
                let walk: Vec<_> = walk.into_iter().rev().take(8).map(|(.., kvno, made, _)| (kvno, made)).collect();
                let found: Vec<_> = find(&keytab, &format!("HTTP/h{host}@R"))
                    .map(|found| {
                        let keys = found.candidates(etype, Some(wanted));
                        keys.map(|key| (key.entry().kvno(), key.entry().created().as_seconds())).collect()
                    })
                    .unwrap_or_default();
                prop_assert_eq!(found, walk);
            }
        }
    }
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

fn json(path: PathBuf) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn vectors_mit_keytabs_read_as_said_and_written_alike() {
    let Some(folder) = vectors() else { return };
    let (mut files, mut entries) = (0, 0);
    for (name, expected) in json(folder.join("mit/keytabs.json")).as_object().unwrap() {
        let octets = std::fs::read(folder.join("mit/keytabs").join(name)).unwrap();
        let keytab = Keytab::parse(&octets).unwrap();
        assert_eq!(keytab.to_bytes().expose(), octets, "{name}");
        let expected = expected.as_array().unwrap();
        assert_eq!(keytab.len(), expected.len());
        for (entry, expected) in keytab.entries().zip(expected) {
            assert_eq!(entry.principal().to_string(), expected["principal"].as_str().unwrap());
            assert_eq!(i64::from(entry.principal().name_type().0), expected["name_type"]);
            assert_eq!(entry.created().as_seconds(), expected["timestamp"]);
            assert_eq!(i64::from(entry.kvno()), expected["kvno"], "{name}");
            assert_eq!(i64::from(entry.etype().0), expected["etype"]);
            assert_eq!(hex(entry.expose_key()), expected["key"].as_str().unwrap());
            assert_eq!(entry.unusable().is_some(), entry.etype().0 == 16);
            entries += 1;
        }
        files += 1;
    }
    println!("{files} keytabs of MIT krb5, {entries} entries");
    assert!(files >= 20);
}

/// Keytabs of Samba, Kerberos.NET, Kerby, minikerberos and gokrb5, some with octets behind the kvno.
#[test]
fn vectors_keytabs_of_others_read_and_written_alike() {
    let Some(folder) = vectors() else { return };
    let folders = [
        "../lab/samba/keytabs",
        "public/kerberos.net/data",
        "public/kerby",
        "public/minikerberos/keytab",
        "public/gokrb5",
    ];
    let (mut files, mut compared) = (0, 0);
    let mut etypes = BTreeSet::new();
    for found in folders.iter().filter_map(|name| std::fs::read_dir(folder.join(name)).ok()).flatten() {
        let path = found.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "keytab") {
            continue;
        }
        let octets = std::fs::read(&path).unwrap();
        let keytab = Keytab::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(keytab.to_bytes().expose(), octets, "{}", path.display());
        etypes.extend(keytab.entries().map(|entry| entry.etype().0));
        files += 1;
        let expected = path.with_extension("keytab.expected.json");
        if expected.exists() {
            for (entry, expected) in keytab.entries().zip(json(expected).as_array().unwrap()) {
                let kvno = expected["kvno32"].as_u64().filter(|kvno| *kvno != 0).or(expected["kvno8"].as_u64());
                assert_eq!(Some(u64::from(entry.kvno())), kvno);
                assert_eq!(hex(entry.expose_key()), expected["key"].as_str().unwrap());
                assert_eq!(entry.principal().realm(), expected["realm"].as_str().unwrap().as_bytes());
                assert_eq!(entry.principal().components().count(), expected["name"].as_array().unwrap().len());
                compared += 1;
            }
        }
    }
    println!("{files} keytabs of others, {compared} entries compared, etypes {etypes:?}");
    assert!(files > 0, "the vectors' folder is there, and no keytab in it");
}
