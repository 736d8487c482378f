//! The walk over AV_PAIRs ([MS-NLMP] section 2.2.2.1).
//!
//! Of an AvId the ten known numbers and one unknown one are told apart, of an AvLen how it compares to what is left and to what its
//! AvId may have; of a value only a text's units count, as NUL, as either half of a pair, or as any other.

use negotiate::ntlm::message::{AvFlaw, AvId, AvPairs, Error, Field, MAX_AV_PAIRS};

use crate::exhaustive::{around, depth, every, place};

/// The pairs, as number and place; or the first thing that is wrong from the front.
fn model(octets: &[u8]) -> Result<Vec<(u16, std::ops::Range<usize>)>, Error> {
    let (mut at, mut pairs) = (0, Vec::<(u16, _)>::new());
    loop {
        let Some(header) = octets.get(at..at + 4) else { return Err(Error::BadAvPair(AvFlaw::NoEol)) };
        let id = u16::from_le_bytes([header[0], header[1]]);
        let place = at + 4..at + 4 + usize::from(u16::from_le_bytes([header[2], header[3]]));
        let value = octets.get(place.clone()).ok_or(Error::BadAvPair(AvFlaw::Overrun(AvId(id))))?;
        let length = Err(Error::BadAvPair(AvFlaw::Length(AvId(id))));
        at = place.end;
        if id == 0 {
            let behind = &octets[at..];
            return match () {
                () if !value.is_empty() => length,
                () if behind.len() > 4 || behind.iter().any(|octet| *octet != 0) => {
                    Err(Error::BadAvPair(AvFlaw::AfterEol))
                }
                () => Ok(pairs),
            };
        }
        if pairs.iter().any(|(other, _)| *other == id) {
            return Err(Error::DuplicateAvPair(AvId(id)));
        }
        match (id, value.len()) {
            (1..=5 | 9, length) if length % 2 == 0 => {
                if !is_text(value) {
                    return Err(Error::BadUtf16(Field::AvPair(AvId(id))));
                }
            }
            (6, 4) | (7, 8) | (8, 48..) | (10, 16) | (11.., _) => {}
            _ => return length,
        }
        if pairs.len() == MAX_AV_PAIRS {
            return Err(Error::BadAvPair(AvFlaw::TooMany));
        }
        pairs.push((id, place));
    }
}

/// RFC 2781 section 2.2, and no NUL.
fn is_text(octets: &[u8]) -> bool {
    let mut units = octets.chunks(2).map(|unit| u32::from(unit[0]) + u32::from(unit[1]) * 256);
    while let Some(unit) = units.next() {
        match unit {
            0 | 0xdc00..=0xdfff => return false,
            0xd800..=0xdbff if !units.next().is_some_and(|low| (0xdc00..=0xdfff).contains(&low)) => return false,
            _ => {}
        }
    }
    true
}

fn agree(octets: &[u8]) {
    let parsed = AvPairs::parse(octets);
    let found = parsed.map(|list| {
        assert_eq!(list.octets(), octets);
        assert_eq!(list.iter().count(), list.values().count(), "{octets:02x?}");
        list.values().map(|(id, value)| (id.0, place(octets, value).unwrap())).collect()
    });
    let model = model(octets);
    if let (Ok(list), Ok(pairs)) = (parsed, &model) {
        let end = pairs.last().map_or(0, |(_, place)| place.end);
        assert_eq!(list.trailing(), octets.len() - end - 4, "{octets:02x?}");
    }
    assert_eq!(found, model, "{octets:02x?}");
}

#[test]
fn exhaustive_av_pairs_as_octets() {
    let mut count = every(&[0, 1, 2, 6], depth(10, 5), agree);
    // One pair of each kind, and each octet of its AvId and AvLen whatever it be.
    for id in 0..=12 {
        for length in [0, 1, 2, 4, 8, 16, 47, 48, 49] {
            let value = vec![0x41; usize::from(length)];
            let sound = [&[id, 0, length, 0][..], &value, &[0; 4]].concat();
            let (header, rest) = sound.split_at(4);
            let others = if cfg!(miri) { &[0][..] } else { &[0, 1, 2, 7, 8, 10, 11, 16, 48, 0xff] };
            count += around(header, others, |header| agree(&[header, rest].concat()));
        }
    }
    println!("{count} lists");
}

/// Lists of whole pairs, of each length that some kind has, with each end.
#[test]
fn exhaustive_av_pairs_in_a_row() {
    let lengths = [0, 1, 2, 4, 8, 16, 48];
    let ids: &[u16] = &[0, 1, 5, 6, 7, 8, 9, 10, 11, 0x100, 0xffff];
    let letters: Vec<(u16, usize)> = ids.iter().flat_map(|id| lengths.map(|length| (*id, length))).collect();
    let letters = if cfg!(miri) { &letters[..10] } else { &letters[..] };
    let numbers: Vec<u8> = (0..u8::try_from(letters.len()).unwrap()).collect();
    let count = every(&numbers, depth(2, 1), |numbers| {
        let mut list = Vec::new();
        for number in numbers {
            let (id, length) = letters[usize::from(*number)];
            list.extend(id.to_le_bytes());
            list.extend(u16::try_from(length).unwrap().to_le_bytes());
            list.resize(list.len() + length, 0x41);
        }
        let end = list.len();
        for behind in 0..=9 {
            list.truncate(end);
            list.resize(end + behind, 0);
            agree(&list);
            // Something in the last octet behind the end.
            if let Some(last) = list[end..].last_mut() {
                *last = 1;
                agree(&list);
            }
        }
    });
    println!("{} lists", count * 20);
}

#[test]
fn exhaustive_av_pairs_of_text() {
    let units: [u16; 8] = [0, 1, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000];
    let numbers: Vec<u8> = (0..8).collect();
    every(&numbers, depth(4, 1), |numbers| {
        let text: Vec<u8> = numbers.iter().flat_map(|number| units[usize::from(*number)].to_le_bytes()).collect();
        let length = u8::try_from(text.len()).unwrap();
        for id in [1, 9, 11] {
            agree(&[&[id, 0, length, 0][..], &text, &[0; 4]].concat());
        }
    });
}

/// As many pairs as a list may have, and one fewer and more.
#[test]
fn exhaustive_counts_of_av_pairs() {
    for count in 0..MAX_AV_PAIRS + 3 {
        let pairs = (0..count).flat_map(|index| [11 + u8::try_from(index).unwrap(), 0, 0, 0]);
        let list: Vec<u8> = pairs.chain([0; 4]).collect();
        agree(&list);
        agree(&list[..list.len() - 4]);
    }
}
