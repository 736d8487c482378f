//! The file format, and files that break it.

use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::Error;
use negotiate::kerberos::etype::{self, EncryptionType};
use negotiate::kerberos::keytab::Keytab;
use negotiate::kerberos::message::TicketFlags;
use proptest::prelude::*;

use crate::made::{CLIENT, Entry, NOW, at, cache, counted, file, list, name, refused, rich, with_header};

#[test]
fn g01_versions_of_a_cache() {
    assert_eq!(refused(b""), Error::Empty);
    for version in [0, 1, 2, 5, 255] {
        assert_eq!(refused(&[&[5, version][..], &[1, 0, 0, 0], &[0; 40]].concat()), Error::Version(version));
    }
    for octets in [&[5][..], &[4, 5, 0, 0], b"BQQA", b"<html>", &[0; 100]] {
        assert_eq!(refused(octets), Error::NotACcache);
    }
    assert!(refused(&[5, 1, 0, 0]).to_string().contains("0x0501"));
    assert!(refused(&[5, 2, 0, 0]).to_string().contains("0x0502"));
}

/// Heimdal #277: two files that are easily exchanged.
#[test]
fn g01_a_keytab_is_no_cache_and_a_cache_no_keytab() {
    let text = refused(Keytab::new().to_bytes().expose()).to_string();
    assert!(text.contains("this is a keytab"), "{text}");
    let text = Keytab::parse(&rich()).unwrap_err().to_string();
    assert!(text.contains("credential cache"), "{text}");
}

#[test]
fn every_field_is_read_and_written_as_it_was() {
    let octets = rich();
    let cache = Ccache::parse(&octets).unwrap();
    assert_eq!(cache.to_bytes().expose(), octets);
    assert_eq!(cache.client().to_string(), CLIENT);
    assert_eq!(cache.entries().len(), 5);
    let tickets: Vec<_> = cache.credentials().collect();
    let [krbtgt, odd, open] = tickets[..] else { panic!("{cache:?}") };
    assert_eq!(krbtgt.server.to_string(), "krbtgt/EXAMPLE.COM@EXAMPLE.COM");
    assert_eq!((krbtgt.times.starts(), krbtgt.times.endtime), (at(NOW - 3_600), at(NOW + 3_600)));
    assert_eq!(krbtgt.times.renew_till, Some(at(NOW + 86_400)));
    assert!(krbtgt.flags.contains(TicketFlags::FORWARDABLE) && !krbtgt.is_user_to_user());
    assert_eq!(krbtgt.key().unwrap().expose(), [0xa7; 32]);
    assert!(odd.is_user_to_user());
    assert_eq!(odd.second_ticket(), b"second");
    let addresses: Vec<_> = odd.addresses().map(|one| (one.addr_type, one.address.0.to_vec())).collect();
    assert_eq!(addresses, [(2, vec![192, 0, 2, 1]), (24, vec![0; 16])]);
    let data: Vec<_> = odd.authorization_data().map(|one| (one.ad_type, one.ad_data.0)).collect();
    assert_eq!(data, [(1, &b"one"[..]), (-138, b"")]);
    // What was the KDC's to find out is what the KDC found.
    assert_eq!(open.server.to_string(), "HTTP/web.example.com@EXAMPLE.COM");
    assert!(cache.entries().any(|entry| entry.is_removed() && !entry.is_ticket()));
}

#[test]
fn settings_are_listed_beside_the_tickets() {
    let cache = Ccache::parse(&rich()).unwrap();
    let configs: Vec<_> = cache.configs().collect();
    let [pa_type] = configs[..] else { panic!("{configs:?}") };
    assert_eq!((pa_type.key, pa_type.value), (&b"pa_type"[..], &b"2"[..]));
    assert_eq!(pa_type.principal, Some(&b"krbtgt/EXAMPLE.COM@EXAMPLE.COM"[..]));
    assert_eq!(cache.entries().filter(|entry| entry.config().is_some()).count(), 1);
}

#[test]
fn a_key_of_an_unknown_type_is_kept_and_refused_when_it_is_used() {
    let cache = Ccache::parse(&rich()).unwrap();
    let odd = cache.credentials().nth(1).unwrap();
    assert_eq!((odd.etype(), odd.expose_key()), (EncryptionType(-138), &[0x5c; 7][..]));
    let error = odd.key().unwrap_err();
    assert!(matches!(&error, Error::Key { error: etype::Error::UnknownEtype(EncryptionType(-138)), .. }), "{error:?}");
    assert!(error.to_string().contains("HTTP/web.example.com@EXAMPLE.COM"), "{error}");
    let mut short = Entry::new("HTTP/web@R");
    short.key.pop();
    let cache = crate::made::cache(&[short]);
    assert!(matches!(
        cache.credentials().next().unwrap().key(),
        Err(Error::Key { error: etype::Error::KeyLength { .. }, .. })
    ));
}

/// The clock of the KDC, as whoever logged in noted it; unknown fields of the header survive.
#[test]
fn the_header() {
    let delta = |octets: [u8; 8]| [&[0, 1, 0, 8][..], &octets].concat();
    for (octets, ahead) in [
        ([0, 0, 0, 7, 0, 0, 0, 9], 7_000_009),
        ([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], -1_000_000),
        ([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], -1_000_001),
        ([0; 8], 0),
    ] {
        let cache = Ccache::parse(&with_header(&delta(octets), &[])).unwrap();
        assert_eq!(cache.kdc_time(at(NOW)).as_micros() - at(NOW).as_micros(), ahead);
    }
    let unknown = [0x77, 0x77, 0, 3, 1, 2, 3];
    let cache = Ccache::parse(&with_header(&unknown, &[])).unwrap();
    assert_eq!(cache.kdc_time(at(NOW)), at(NOW));
    assert_eq!(cache.to_bytes().expose(), with_header(&unknown, &[]));
    for wrong in [&[0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0][..], &[0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0]] {
        assert_eq!(refused(&with_header(wrong, &[])), Error::Field { offset: 4, field: "time offset" });
    }
    for wrong in [&[0][..], &[0, 9, 0], &[0, 9, 0, 2, 1], &[0, 9, 0xff, 0xff]] {
        let error = refused(&with_header(wrong, &[]));
        assert!(matches!(error, Error::Truncated { field: "header field", .. }), "{error:?}");
    }
}

/// Version 3 has no header, and each encryption type twice.
#[test]
fn the_version_before_is_read_too() {
    let mut entry = Entry::new("HTTP/web.example.com@EXAMPLE.COM");
    let new = file(&[entry.clone()]);
    entry.etype = vec![0, 18, 0, 18];
    let old = [&[5, 3][..], &name(CLIENT), &entry.octets()].concat();
    let cache = Ccache::parse(&old).unwrap();
    assert_eq!(cache.credentials().next().unwrap().key().unwrap().expose(), [0xa7; 32]);
    assert_eq!(cache.to_bytes().expose(), new);
}

#[test]
fn g01_damage_is_named_with_its_place() {
    let before = file(&[]).len();
    let spoilt = |change: fn(&mut Entry)| {
        let mut entry = Entry::new("HTTP/web@R");
        change(&mut entry);
        refused(&file(&[entry]))
    };
    let truncated =
        |field| move |error: &Error| matches!(error, Error::Truncated { field: found, .. } if *found == field);
    let all_ones = [0xff; 4];
    for (change, expected) in [
        ((|entry| entry.addresses = vec![0xff; 4]) as fn(&mut Entry), "addresses"),
        (|entry| entry.authdata = vec![0x7f, 0xff, 0xff, 0xff], "authorization data"),
        (|entry| entry.addresses = [&1u32.to_be_bytes()[..], &[0, 2], &[0xff; 4]].concat(), "addresses"),
        (|entry| entry.addresses = [0, 0, 0, 200].into(), "addresses"),
    ] {
        let error = spoilt(change);
        assert!(truncated(expected)(&error), "{expected}: {error:?}");
    }
    for count in [17u32, 0x8000_0000, u32::MAX] {
        let name = [&1u32.to_be_bytes()[..], &count.to_be_bytes(), &counted(b"R"), &[0; 80]].concat();
        let octets = [&[5, 4, 0, 0][..], &name].concat();
        assert_eq!(refused(&octets), Error::BadName { offset: 4 }, "{count}");
    }
    let mut endless = Entry::new("HTTP/web@R").octets();
    let at = endless.len() - 4;
    endless[at..].copy_from_slice(&all_ones);
    let error = refused(&[file(&[]), endless].concat());
    assert_eq!(error, Error::Truncated { offset: before + at, field: "second ticket" });
    assert!(error.to_string().contains(&(before + at).to_string()));
    assert!(matches!(spoilt(|entry| entry.is_skey = 2), Error::Field { field: "is_skey", .. }));
    for wrong in ["HTTP/w\u{7}b@R", "HTTP/web@R\n"] {
        let octets = [file(&[]), name(wrong)].concat();
        let error = refused(&[octets, Entry::new("HTTP/web@R").octets()].concat());
        assert!(matches!(error, Error::BadName { .. } | Error::Truncated { .. }), "{error:?}");
    }
    assert_eq!(spoilt(|entry| entry.client = name("alice@")), Error::BadName { offset: before });
    // A realm that was left open needs a ticket that says it.
    let error = spoilt(|entry| (entry.server, entry.ticket) = (name("HTTP/web@"), b"none".to_vec()));
    assert!(matches!(error, Error::BadName { .. }), "{error:?}");
}

/// go-krb5 7abc25d, and whatever else a length can do: no panic, no other octets than those of the file.
#[test]
fn g01_a07_every_prefix_and_every_bit_of_a_cache() {
    let octets = rich();
    let (mut sound, mut refusals) = (0, 0);
    for length in 0..octets.len() {
        match Ccache::parse(&octets[..length]) {
            Ok(cache) => assert_eq!(cache.to_bytes().expose(), &octets[..length]),
            Err(error) => {
                assert!(!error.to_string().contains(char::is_control));
                refusals += 1;
            }
        }
    }
    assert!(octets.len() - refusals <= 6, "cut between entries it is a cache, and nowhere else");
    for bit in 0..octets.len() * 8 {
        let mut flipped = octets.clone();
        flipped[bit / 8] ^= 0x80 >> (bit % 8);
        match Ccache::parse(&flipped) {
            Ok(cache) => {
                assert!(flipped[1] == 3 || cache.to_bytes().expose() == flipped, "bit {bit}");
                sound += 1;
            }
            Err(_) => refusals += 1,
        }
    }
    println!("{sound} flips are other caches, {refusals} prefixes and flips are refused");
    assert!(refusals > 1_000);
}

/// Row A06: 4 times the file and 4 KiB, whatever it says of itself.
#[test]
fn a06_a_cache_allocates_by_its_size_and_not_by_its_word() {
    let smallest = {
        let mut entry = Entry::new("a@R");
        (entry.client, entry.server) = (name("a@R"), name("a@R"));
        (entry.key, entry.ticket) = (Vec::new(), Vec::new());
        entry
    };
    let mut files = vec![rich(), file(&vec![smallest; 500]), file(&vec![Entry::new("HTTP/web@R"); 50])];
    let sound = rich();
    for at in 0..sound.len() - 4 {
        let mut octets = sound.clone();
        octets[at..at + 4].copy_from_slice(&[0xff; 4]);
        files.push(octets.clone());
        octets[at..at + 4].copy_from_slice(&[0x7f, 0xff, 0xff, 0xff]);
        files.push(octets);
    }
    for octets in &files {
        let cost = allocation_counter::measure(|| drop(Ccache::parse(octets)));
        let bound = 4 * octets.len() as u64 + 4_096;
        assert!(cost.bytes_max <= bound, "{} octets for {}", cost.bytes_max, octets.len());
        assert_eq!(cost.count_current, 0, "nothing is left behind");
    }
}

#[test]
fn g03_a_cache_prints_no_key() {
    let cache = cache(&[Entry::new("HTTP/web@R")]);
    let ticket = cache.credentials().next().unwrap();
    let shown = format!("{cache:?} {ticket:?} {:?}", ticket.key().unwrap());
    assert!(shown.contains("HTTP/web@R"), "{shown}");
    for secret in ["a7a7", "A7A7", "167, 167", "xa7"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert_eq!(format!("{:?}", cache.to_bytes()), "SecretBytes(..)");
    let shown = format!("{:?}", Ccache::parse(&rich()).unwrap().configs().collect::<Vec<_>>());
    assert!(shown.contains("pa_type") && !shown.contains('2'), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn g01_any_octets_of_a_cache(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Ccache::parse(&octets);
        let _ = Ccache::parse(&[file(&[]), octets.clone()].concat());
        let _ = Ccache::parse(&[&[5, 4, 0, 0][..], &octets].concat());
        let _ = list(&[(0, &octets)]);
    }
}
