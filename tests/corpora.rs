//! What the fuzzer has learnt, as unit tests: every file of `fuzz/corpus/` through the door it was kept for.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::unwrap_used, reason = "tests may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "../fuzz/doors.rs"]
#[allow(unreachable_pub, reason = "it is public where the fuzz targets use it")]
mod doors;

use doors::DOORS;
use doors::logins::{KEPT, fresh_login, kept_login};

/// Files up to this many octets also run with each single bit flipped.
const FLIPPED: usize = 512;

/// What a campaign found and kept for the next one, in a corpus folder.
const FOUND: &str = "found";

#[test]
fn every_corpus_file_keeps_its_doors_promise() {
    for (name, door) in DOORS {
        let files = seeds(name);
        assert!(!files.is_empty(), "the corpus of {name} is empty");
        for file in &files {
            // Seen only when the door fails: which file it was.
            println!("{}", file.display());
            let octets = fs::read(file).unwrap();
            door(&octets);
            (0..octets.len()).for_each(|length| door(&octets[..length]));
            if octets.len() <= FLIPPED {
                each_bit_flipped(octets, *door);
            }
        }
        println!("{name}: {} files", files.len());
    }
}

/// What the fuzzer found on its way is changed enough already.
#[test]
fn what_campaigns_found_keeps_its_doors_promise() {
    for (name, door) in DOORS {
        let folder = corpus(name).join(FOUND);
        let files = if folder.exists() { entries(&folder) } else { Vec::new() };
        for file in &files {
            println!("{}", file.display());
            door(&fs::read(file).unwrap());
        }
        assert!(files.len() <= 60, "{name}: {} files", files.len());
    }
}

fn each_bit_flipped(mut octets: Vec<u8>, door: doors::Door) {
    for at in 0..octets.len() {
        for bit in 0..8 {
            octets[at] ^= 1 << bit;
            door(&octets);
            octets[at] ^= 1 << bit;
        }
    }
}

#[test]
fn every_door_has_a_target_and_a_corpus() {
    let doors: BTreeSet<String> = DOORS.iter().map(|(name, _)| (*name).into()).collect();
    let names = |folder: &str| -> BTreeSet<String> {
        entries(&fuzz().join(folder)).iter().map(|path| path.file_stem().unwrap().to_str().unwrap().into()).collect()
    };
    assert_eq!(names("fuzz_targets"), doors);
    assert_eq!(names("corpus"), doors);
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let (_, targets) = manifest.split_once("[[bin]]").unwrap();
    let listed = targets.lines().filter_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"').map(String::from));
    assert_eq!(listed.collect::<BTreeSet<_>>(), doors);
}

/// A sequence that gets nobody in would keep its promise by doing nothing.
#[test]
fn sequences_that_are_to_log_in_do() {
    type Count = fn(&[u8]) -> usize;
    let sequences: [(&str, Count); 2] =
        [("acceptor_sequence", doors::count_logins), ("crossed_logins", doors::count_crossed)];
    for (name, count) in sequences {
        let files = seeds(name);
        let logins = files.iter().filter(|file| file.file_name().unwrap().to_string_lossy().starts_with("one_login_"));
        let counts: Vec<_> = logins.map(|file| (file, count(&fs::read(file).unwrap()))).collect();
        assert!(counts.len() >= 9 && counts.iter().all(|(_, count)| *count == 1), "{counts:#?}");
    }
    assert_eq!(doors::count_crossed(&fs::read(corpus("crossed_logins").join("three_logins_in_turn")).unwrap()), 3);
    for name in ["challenges_crossed", "response_once_more", "authenticator_once_more"] {
        let octets = fs::read(corpus("crossed_logins").join(name)).unwrap();
        assert_eq!(doors::count_crossed(&octets), usize::from(name != "challenges_crossed"), "{name}");
    }
}

/// The same for logins by NTLM, from both sides, and for those of a ticket's owner: what is named for getting in does, and
/// nothing else.
#[test]
fn logins_that_are_to_get_in_do() {
    type Side = fn(&[u8]) -> bool;
    let sides: [(&str, Side, usize); 4] = [
        ("ntlm_login", doors::logs_in, 8),
        ("ntlm_initiator", doors::client_logs_in, 8),
        ("kerberos_initiator", doors::ticket_logs_in, 8),
        ("signed_pac", doors::signed_pac_gets_in, 6),
    ];
    for (name, gets_in, least) in sides {
        let files = seeds(name);
        let is_meant_to = |file: &PathBuf| file.file_name().unwrap().to_string_lossy().starts_with("in_");
        let wrong: Vec<_> =
            files.iter().filter(|file| gets_in(&fs::read(file).unwrap()) != is_meant_to(file)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(files.iter().filter(|file| is_meant_to(file)).count() >= least);
    }
}

/// A change that left nothing to read would be no better than chance. Of 2,000 changes, those that are left to the fuzzer are none
/// here, as its way is not to be had.
#[test]
fn changed_messages_can_often_be_read() {
    use doors::mutators::{Anyhow, ntlm, records, tlv};
    use negotiate::kerberos::message::{EncApRepPart, EncTicketPart};
    use negotiate::ntlm::message::{AuthenticateMessage, AvPairs};
    use negotiate::spnego::message::NegotiationToken;

    type Change = fn(&mut [u8], usize, usize, u32, Anyhow) -> usize;
    type Judge<'a> = &'a dyn Fn(&[u8]) -> bool;
    let ticket = |octets: &[u8]| {
        let (length, parts) = octets.split_first_chunk()?;
        parts.get(..usize::from(u16::from_be_bytes(*length) & 0x7fff)).map(|part| EncTicketPart::parse(part).is_ok())
    };
    let buffers: Change = |octets, size, room, seed, anyhow| records::mutate(1, octets, size, room, seed, anyhow);
    let changes: [(&str, Change, Judge<'_>); 6] = [
        ("negotiation_token/init_of_mit", tlv::whole, &|octets| NegotiationToken::parse(octets).is_ok()),
        ("kerberos_initiator/in_subkey", tlv::behind_an_octet, &|octets| EncApRepPart::parse(&octets[1..]).is_ok()),
        ("encrypted_parts/usual", tlv::pair, &|octets| ticket(octets) == Some(true)),
        ("ntlm_message/chromium-samba_authenticate", ntlm::mutate, &|octets| {
            AuthenticateMessage::parse(octets).is_ok()
        }),
        ("av_pairs/target_info", ntlm::mutate_pairs, &|octets| AvPairs::parse(octets).is_ok()),
        ("signed_pac/in_each_buffer", buffers, &doors::signed_pac_gets_in),
    ];
    for (seed, change, can_be_read) in changes {
        let octets = fs::read(fuzz().join("corpus").join(seed)).unwrap();
        let (mut changed, mut read) = (0, 0);
        for number in 0..2_000 {
            let mut room = [&octets[..], &[0; 4_096]].concat();
            let length = room.len();
            let size = change(&mut room, octets.len(), length, number, |_, size, _| size);
            changed += usize::from(room[..size] != octets);
            read += usize::from(room[..size] != octets && can_be_read(&room[..size]));
        }
        println!("{seed}: {changed} changed, {read} of them to be read");
        assert!(changed > 500 && read * 12 > changed, "{seed}: {changed} changed, {read} of them to be read");
    }
}

/// The answers that are kept are to the login that the door makes today.
#[test]
fn kept_answers_are_to_the_login_that_is_made() {
    for (name, choice) in [("in_bare", 0), ("in_spnego", 1), ("in_dce", 2), ("in_sha2", 0x24)] {
        let step = doors::logins::ACCEPTOR.accept(&doors::first_token(choice), doors::logins::NOW).unwrap();
        let negotiate::Accept::NeedsReplayCheck(check) = step else { unreachable!("{name}: {step:?}") };
        let step = check.continue_with(negotiate::ReplayVerdict::Fresh, doors::logins::NOW).unwrap();
        let (negotiate::Accept::Established { token: Some(answer), .. }
        | negotiate::Accept::NeedsToken { token: answer, .. }) = step
        else {
            unreachable!("{name}: {step:?}")
        };
        let kept = fs::read(fuzz().join("corpus/kerberos_initiator").join(name)).unwrap();
        assert_eq!(kept, [&[choice], &answer[..]].concat(), "{name}");
    }
}

/// Messages arrive under every strength.
#[test]
fn messages_after_an_ntlm_login_arrive() {
    let talk = fs::read(fuzz().join("corpus/unwrap/talk_00")).unwrap();
    for strength in 0..32 {
        assert_eq!(doors::count_messages(&[&[strength], &talk[1..]].concat()), 4, "{strength:#x}");
    }
}

/// So they do in a Kerberos context of each type.
#[test]
fn messages_after_a_kerberos_login_arrive() {
    for number in 0..7 {
        for name in ["ordered", "dce"] {
            let talk = fs::read(fuzz().join(format!("corpus/unwrap/kerberos_{name}_{number}"))).unwrap();
            assert_eq!(doors::count_messages(&talk), 12, "{name}, {number}");
        }
    }
}

/// Behind the encryption too, the fuzzer begins with what is sound.
#[test]
fn parts_that_are_sound_get_in() {
    for name in ["usual", "dce", "bound_and_delegated", "windows", "far_away"] {
        let octets = fs::read(fuzz().join("corpus/encrypted_parts").join(name)).unwrap();
        assert!(doors::gets_in(&octets), "{name}");
        assert!(!doors::gets_in(&octets[..octets.len() - 1]), "{name}, cut");
    }
}

/// The kept logins are what is minted today, but for the octets of chance.
#[test]
fn kept_logins_are_as_minted() {
    for (number, kept) in (0..).zip(&KEPT) {
        assert_eq!(fresh_login(number).encode().unwrap().len(), kept.token.len(), "{}", kept.name);
        assert_eq!(kept_login(number).encode().unwrap(), kept.token, "{}", kept.name);
    }
}

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn corpus(name: &str) -> PathBuf {
    fuzz().join("corpus").join(name)
}

/// The files that are named for what they are.
fn seeds(name: &str) -> Vec<PathBuf> {
    entries(&corpus(name)).into_iter().filter(|path| !path.ends_with(FOUND)).collect()
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}
