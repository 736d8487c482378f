//! KERB_VALIDATION_INFO and PAC_DEVICE_INFO with one thing wrong (row F08).

use negotiate::kerberos::pac::{BufferType, DeviceInfo, Error, LogonInfo, NdrFlaw, Pac};

use crate::corpus::{public_pacs, samba};
use crate::made::{device_info, logon_info};

fn flaw(octets: &[u8]) -> Option<NdrFlaw> {
    match LogonInfo::parse(octets) {
        Ok(_) => None,
        Err(Error::Ndr { buffer: BufferType::LOGON_INFO, flaw, .. }) => Some(flaw),
        Err(error) => panic!("{error:?}"),
    }
}

/// With four octets changed.
fn with(octets: &[u8], at: usize, value: u32) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[at..at + 4].copy_from_slice(&value.to_le_bytes());
    octets
}

fn number(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets[at..at + 4].try_into().unwrap())
}

// Where things stand in every KERB_VALIDATION_INFO.
const OBJECT_LENGTH: usize = 8;
const TOP: usize = 16;
/// The eight RPC_UNICODE_STRINGs.
const STRINGS: [usize; 8] = [68, 76, 84, 92, 100, 108, 156, 164];
/// The three counts, each with its pointer behind it.
const COUNTS: [usize; 3] = [128, 216, 228];
/// The two SIDs' pointers.
const SIDS: [usize; 2] = [172, 224];
/// The first referent.
const REFERENTS: usize = 236;

#[test]
fn f08_the_headers() {
    let octets = logon_info();
    assert_eq!(flaw(&octets), None);
    for at in 0..4 {
        for value in (0..=255).filter(|value| *value != octets[at]) {
            let mut octets = octets.clone();
            octets[at] = value;
            assert_eq!(flaw(&octets), Some(NdrFlaw::Header), "{value} at {at}");
        }
    }
    // Fillers are ignored ([MS-RPCE] sections 2.2.6.1 and 2.2.6.2).
    assert_eq!((flaw(&with(&octets, 4, 0)), flaw(&with(&octets, 12, u32::MAX))), (None, None));
    let length = number(&octets, OBJECT_LENGTH);
    for wrong in [0, 1, 4, 8, length - 8, length - 4, length + 4, length + 8, 0x7fff_ffff, u32::MAX - 7, u32::MAX] {
        assert_eq!(flaw(&with(&octets, OBJECT_LENGTH, wrong)), Some(NdrFlaw::ObjectLength), "{wrong}");
    }
    assert_eq!(flaw(&with(&octets, TOP, 0)), Some(NdrFlaw::Pointer));
    // A whole unit of padding more is more than padding.
    let longer = [&with(&octets, OBJECT_LENGTH, length + 8)[..], &[0; 8]].concat();
    assert_eq!(flaw(&longer), Some(NdrFlaw::Trailing));
    assert_eq!(flaw(&[&octets[..], &[0]].concat()), Some(NdrFlaw::ObjectLength));
}

#[test]
fn f08_each_count_is_said_twice_and_is_the_same() {
    let octets = logon_info();
    for at in COUNTS {
        let count = number(&octets, at);
        assert!(count > 0);
        for wrong in [0, count - 1, count + 1, 0x1000_0000, 0x2000_0001, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            if wrong != count {
                assert_eq!(flaw(&with(&octets, at, wrong)), Some(NdrFlaw::Count), "{wrong} at {at}");
            }
        }
    }
    // Both the same, and more than there is: 0x20000001 of 8 octets each are 8 octets to a careless multiplication.
    let array = groups_begin(&octets);
    for wrong in [1_000, 0x2000_0001, 0x7fff_ffff, u32::MAX] {
        let both = with(&with(&octets, COUNTS[0], wrong), array, wrong);
        assert_eq!(flaw(&both), Some(NdrFlaw::TooMany), "{wrong}");
    }
    for wrong in [0, 1, u32::MAX] {
        assert_eq!(flaw(&with(&octets, array, wrong)), Some(NdrFlaw::Count), "{wrong}");
    }
}

#[test]
fn f08_each_pointer_is_there_if_what_it_leads_to_is() {
    let octets = logon_info();
    for at in COUNTS {
        assert_eq!(flaw(&with(&octets, at + 4, 0)), Some(NdrFlaw::Pointer), "{at}");
    }
    for at in STRINGS {
        assert_eq!(flaw(&with(&octets, at + 4, 0)), Some(NdrFlaw::Pointer), "{at}");
        // The number of a pointer says nothing.
        assert_eq!(flaw(&with(&octets, at + 4, 1)), None, "{at}");
    }
    // Everything behind a SID that is not there is read as something else.
    for at in SIDS {
        assert!(flaw(&with(&octets, at, 0)).is_some(), "{at}");
    }
    // The pointer of the first of ExtraSids, behind their count.
    let is_array = |octets: &[u8]| octets[..4] == [3, 0, 0, 0] && octets[5..] == [0, 2, 0, 7, 0, 0, 0];
    let array = octets.windows(12).position(is_array).unwrap();
    assert_eq!(flaw(&with(&octets, array + 4, 0)), Some(NdrFlaw::Pointer));
}

#[test]
fn f08_each_text_is_as_long_as_it_is_said_to_be() {
    let octets = logon_info();
    let with16 = |at: usize, value: u16| {
        let mut octets = octets.clone();
        octets[at..at + 2].copy_from_slice(&value.to_le_bytes());
        octets
    };
    for at in STRINGS {
        let length = u16::from_le_bytes([octets[at], octets[at + 1]]);
        for wrong in [0, 1, length - 1, length - 2, length + 1, length + 2, 0xfffe, 0xffff] {
            if wrong != length {
                assert_eq!(flaw(&with16(at, wrong)), Some(NdrFlaw::Count), "{wrong} at {at}");
            }
        }
        for wrong in [0, length - 2, length + 2, 0xffff] {
            assert_eq!(flaw(&with16(at + 2, wrong)), Some(NdrFlaw::Count), "maximum {wrong} at {at}");
        }
    }
    // maximum count, offset, actual count of the first text, and what is in it
    for at in [REFERENTS, REFERENTS + 4, REFERENTS + 8] {
        for wrong in [1, 4, 6, 0x7fff_ffff, 0x8000_0000, u32::MAX] {
            assert_eq!(flaw(&with(&octets, at, wrong)), Some(NdrFlaw::Count), "{wrong} at {at}");
        }
    }
    for wrong in [0, 0x0041_0000, 0x0041_d800, 0xd800_dc00] {
        assert_eq!(flaw(&with(&octets, REFERENTS + 12, wrong)), Some(NdrFlaw::Text), "{wrong:x}");
    }
}

#[test]
fn f08_each_sid_has_at_most_fifteen_sub_authorities() {
    let octets = logon_info();
    let sids = (0..octets.len() - 12).filter(|at| {
        // The count, Revision, the count again, and the upper half of the authority.
        let count = octets[*at + 5];
        octets[*at..*at + 5] == [count, 0, 0, 0, 1] && octets[*at + 6..*at + 11] == [0; 5] && count > 0
    });
    let sids: Vec<_> = sids.collect();
    assert_eq!(sids.len(), 5);
    for at in sids {
        for revision in [0, 2, 255] {
            let mut octets = octets.clone();
            octets[at + 4] = revision;
            assert_eq!(flaw(&octets), Some(NdrFlaw::Sid), "{revision} at {at}");
        }
        for count in [16, 17, 255] {
            let mut octets = octets.clone();
            octets[at + 5] = count;
            assert_eq!(flaw(&octets), Some(NdrFlaw::Count), "{count} at {at}");
            octets[at] = count;
            // Not enough octets, or too many for a SID.
            assert!(matches!(flaw(&octets), Some(NdrFlaw::Sid | NdrFlaw::Truncated)), "{count} at {at}");
        }
    }
}

#[test]
fn f08_no_more_sids_than_any_ticket_has() {
    let [fine, too_many] = [4_096, 4_097].map(|count| {
        let sid = negotiate::Sid::BUILTIN_USERS;
        let attributes = negotiate::authorization::GroupAttributes::USUAL;
        let sids = vec![negotiate::kerberos::pac::SidAndAttributes { sid, attributes }; count];
        let extra_sids = Some(negotiate::kerberos::pac::ExtraSids::new(&sids));
        LogonInfo { extra_sids, ..LogonInfo::default() }.encode().unwrap()
    });
    assert_eq!((flaw(&fine), flaw(&too_many)), (None, Some(NdrFlaw::TooMany)));
}

/// An error or a value, whatever octet is changed and wherever it ends; and a value is written down again and read again.
#[test]
fn f08_every_octet_flipped_and_every_prefix() {
    let mut streams = vec![logon_info(), device_info()];
    let recorded = samba().into_iter().flatten().map(|(name, octets, _)| (name, octets));
    let windows = public_pacs().into_iter().flatten().take(1);
    let names = ["alice-web-aes256", "forged-ndr-resource-groups", "forged-ndr-extra-sids", "silver-impacket"];
    let pacs: Vec<_> = recorded.filter(|(name, _)| names.contains(&name.as_str())).chain(windows).collect();
    for (_, octets) in &pacs {
        let logon_info = Pac::parse(octets).unwrap().find(BufferType::LOGON_INFO).unwrap().octets;
        streams.push(logon_info.to_vec());
    }
    let (mut refused, mut read) = (0, 0);
    let mut try_it = |octets: &[u8]| {
        if let Ok(info) = LogonInfo::parse(octets) {
            assert_eq!(LogonInfo::parse(&info.encode().unwrap()).unwrap(), info);
            read += 1;
        } else if let Ok(info) = DeviceInfo::parse(octets) {
            assert_eq!(DeviceInfo::parse(&info.encode().unwrap()).unwrap(), info);
            read += 1;
        } else {
            refused += 1;
        }
    };
    for stream in &streams {
        for at in 0..stream.len() {
            for bits in [0x01, 0x02, 0x04, 0x80, 0xff] {
                let mut octets = stream.clone();
                octets[at] ^= bits;
                try_it(&octets);
            }
            try_it(&stream[..at]);
            // Cut, and the length right.
            if let Some(length) = at.checked_sub(16) {
                try_it(&with(&stream[..at], OBJECT_LENGTH, length as u32));
            }
        }
    }
    for (_, octets) in &pacs {
        for at in 0..octets.len() {
            for bits in [0x01, 0x80, 0xff] {
                let mut octets = octets.clone();
                octets[at] ^= bits;
                if let Ok(pac) = Pac::parse(&octets) {
                    assert_eq!(pac.buffers().count(), pac.buffers().filter(|b| b.offset % 8 == 0).count());
                }
            }
            // Nothing but padding may be missing.
            assert!(Pac::parse(&octets[..at]).is_err() || octets[at..].iter().all(|octet| *octet == 0), "{at}");
        }
    }
    println!("{} streams, {} PACs: {refused} refused, {read} read", streams.len(), pacs.len());
    assert!(refused > 1_000 && read > 1_000);
}

/// Where the array of GroupIds begins, behind six texts.
fn groups_begin(octets: &[u8]) -> usize {
    let mut at = REFERENTS;
    for _ in 0..6 {
        at += 12 + 2 * number(octets, at + 8) as usize;
        at = at.next_multiple_of(4);
    }
    at
}
