//! The reader of TLV against X.690, on every small input.
//!
//! What octets there are to try: a tag is compared and nothing else, so the expected one stands for itself and a few stand for all
//! others once all 256 were seen in its place; of a length octet only its borders decide (0x7f, 0x80, the number of octets that
//! follow) and the few lengths that small inputs can have; content is looked at only where a type says so, and there in full.

#![cfg(feature = "kerberos")]
#![allow(unreachable_pub, reason = "a declaration of `sequence!` is a public one")]

use alloc::vec::Vec;
use core::ops::Range;

use super::{BitString, OctetString, SequenceOf, parse, sequence, with_shortest_lengths};
use crate::exhaustive::{around, depth, every, place};

/// One element within `octets[within]`: its tag, where its content lies, and where what follows begins (X.690 sections 8.1 and 10.1).
fn element(octets: &[u8], within: Range<usize>) -> Option<(u8, Range<usize>, usize)> {
    let mut at = within.start;
    let mut next = || (at < within.end).then(|| octets[at]).inspect(|_| at += 1);
    let (tag, first) = (next()?, next()?);
    let length = match first {
        0x80 | 0xff => return None,
        0x81.. => {
            let octets = (0..first & 0x7f).map(|_| next()).collect::<Option<Vec<u8>>>()?;
            let length = octets.iter().fold(0u128, |length, octet| length.saturating_mul(256) + u128::from(*octet));
            // The shortest form only.
            (octets[0] != 0 && length > 0x7f).then_some(length)?
        }
        _ => first.into(),
    };
    let end = u128::try_from(at).unwrap().saturating_add(length);
    (end <= u128::try_from(within.end).unwrap()).then(|| {
        let end = usize::try_from(end).unwrap();
        (tag, at..end, end)
    })
}

/// The content of one element that fills `octets[within]`, if it has this tag.
fn only(octets: &[u8], within: Range<usize>, tag: u8) -> Option<Range<usize>> {
    let (found, content, behind) = element(octets, within.clone())?;
    (found == tag && behind == within.end).then_some(content)
}

/// An INTEGER (X.690 section 8.3): two's complement, the first nine bits not alike.
fn integer(octets: &[u8]) -> Option<i128> {
    let first = *octets.first()?;
    let longer = octets.get(1).is_some_and(|second| first == if second & 0x80 == 0 { 0 } else { 0xff });
    let negative = if first & 0x80 == 0 { 0 } else { -1 };
    (!longer && octets.len() < 16)
        .then(|| octets.iter().fold(negative, |number, octet| number * 256 + i128::from(*octet)))
}

/// A BIT STRING (X.690 sections 8.6.2 and 11.2.1): how many bits of the last octet are unused, and all of those zero.
fn bits(octets: &[u8]) -> Option<(u8, &[u8])> {
    let (unused, octets) = octets.split_first()?;
    let spare = u32::from_be_bytes([0, 0, 0, *octets.last().unwrap_or(&0)]) % (1 << (*unused).min(8));
    let fits = if octets.is_empty() { *unused == 0 } else { *unused < 8 };
    (fits && spare == 0).then_some((*unused, octets))
}

fn agree_on_primitives(octets: &[u8]) {
    let all = 0..octets.len();
    let found = parse::<OctetString<'_>>("", octets).ok();
    assert_eq!(found.map(|found| place(octets, &found).unwrap()), only(octets, all.clone(), 4), "{octets:02x?}");
    let number = only(octets, all.clone(), 2).and_then(|content| integer(&octets[content]));
    let in_32_bits = |number: &i128| i32::try_from(*number).is_ok();
    assert_eq!(parse("", octets).ok(), number.filter(in_32_bits).map(|n| i32::try_from(n).unwrap()), "{octets:02x?}");
    assert_eq!(parse("", octets).ok(), number.and_then(|number| u32::try_from(number).ok()), "{octets:02x?}");
    let model = only(octets, all, 3).and_then(|content| bits(&octets[content]));
    let found = parse::<BitString<'_>>("", octets).ok();
    assert_eq!(found.map(|found| (found.unused_bits(), found.octets())), model, "{octets:02x?}");
}

#[test]
fn exhaustive_primitive_elements() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let mut count = every(&all, depth(2, 1), agree_on_primitives);
    // The tags that are read, then all there is; then only what decides, but further.
    for tag in [2, 3, 4] {
        let look = |octets: &[u8]| agree_on_primitives(&[&[tag][..], octets].concat());
        count += every(&all, depth(2, 1), look);
        count += every(&[0, 1, 2, 3, 4, 7, 8, 0x7f, 0x80, 0x81, 0x82, 0xff], depth(5, 3), look);
        // A content of each length that an INTEGER of 32 bits can have, and one more, by all its borders.
        for length in 1..=6 {
            let look = |octets: &[u8]| agree_on_primitives(&[&[tag, length][..], octets].concat());
            count += every(&[0, 1, 0x7f, 0x80, 0xff], depth(6, 3), look);
        }
    }
    std::println!("{count} inputs");
}

/// Each length in each form, over contents that are as long, and one octet shorter and longer.
#[test]
fn exhaustive_lengths() {
    let to: usize = if cfg!(miri) { 3 } else { 300 };
    let lengths = (0..to).chain(0x7e..0x82).chain(0xfe..0x102).chain(0xfffe..0x1_0002);
    for length in lengths.filter(|length| !cfg!(miri) || *length < 0x200) {
        let octets = u64::try_from(length).unwrap().to_be_bytes();
        let mut forms: Vec<Vec<u8>> = (1..=8u8)
            .map(|count| [&[0x80 | count][..], &octets[octets.len() - usize::from(count)..]].concat())
            .collect();
        forms.push(std::vec![octets[7] & 0x7f]);
        for form in forms {
            for content in [length.saturating_sub(1), length, length + 1] {
                agree_on_primitives(&[&[4][..], &form, &std::vec![0x55; content]].concat());
            }
        }
    }
}

sequence! {
    "Sample"
    /// One field of each kind there is.
    #[derive(Debug)]
    pub struct Sample<'a> {
        /// It must be there.
        number: i32 [0],
        /// It may be.
        text: OctetString<'a> [1] OPTIONAL,
        ... extensions > 1,
    }
}

/// What a sample says: its number, where its text lies, and where its extensions do.
type Said = (i128, Option<Range<usize>>, Range<usize>);

fn sample(octets: &[u8]) -> Option<Said> {
    let within = only(octets, 0..octets.len(), 0x30)?;
    let (tag, field, mut at) = element(octets, within.clone())?;
    let number = integer(&octets[only(octets, field, 2)?]).filter(|_| tag == 0xa0)?;
    let mut text = None;
    if let Some((0xa1, field, behind)) = element(octets, at..within.end) {
        (text, at) = (Some(only(octets, field, 4)?), behind);
    }
    let (extensions, mut highest) = (at..within.end, 0xa1);
    while at < within.end {
        let (tag, _, behind) = element(octets, at..within.end)?;
        // Context-specific and constructed, a number above those before it, which ends at 30.
        ((0xa0..=0xbe).contains(&tag) && tag > highest).then_some(())?;
        (highest, at) = (tag, behind);
    }
    i32::try_from(number).is_ok().then_some((number, text, extensions))
}

fn agree_on_samples(octets: &[u8]) {
    let found = Sample::parse(octets).ok();
    let said = found.as_ref().map(|Sample { number, text, extensions }| {
        let extensions = extensions.as_octets();
        // None are nowhere.
        let extensions = (!extensions.is_empty()).then(|| place(octets, extensions).unwrap());
        (i128::from(*number), text.map(|text| place(octets, &text).unwrap()), extensions)
    });
    let model = sample(octets).map(|(number, text, behind)| (number, text, Some(behind).filter(|at| !at.is_empty())));
    assert_eq!(said, model, "{octets:02x?}");
    // There is one encoding of a value.
    found.into_iter().for_each(|found| assert_eq!(found.to_der().unwrap(), octets));
}

#[test]
fn exhaustive_sequences() {
    let mut count = 0;
    let borders = [0, 1, 2, 3, 4, 5, 0x30, 0x7f, 0x80, 0x81, 0xa0, 0xa1, 0xa2, 0xbe, 0xbf, 0xff];
    for sound in [
        &b"\x30\x05\xa0\x03\x02\x01\x05"[..],
        b"\x30\x09\xa0\x03\x02\x01\x05\xa1\x02\x04\x00",
        b"\x30\x0e\xa0\x03\x02\x01\x05\xa1\x03\x04\x01\x61\xa2\x00\xa5\x00",
        b"\x30\x0a\xa0\x04\x02\x02\x01\x05\xbe\x02\x01\x02",
    ] {
        agree_on_samples(sound);
        assert!(Sample::parse(sound).is_ok(), "{sound:02x?}");
        count += around(sound, if cfg!(miri) { &borders[..1] } else { &borders }, agree_on_samples);
    }
    // All contents of a SEQUENCE, as long as they are.
    for length in 0..8 {
        let look = |octets: &[u8]| agree_on_samples(&[&[0x30, length][..], octets].concat());
        count += every(&[0, 1, 2, 3, 4, 0x80, 0xa0, 0xa1], depth(5, 3), look);
        let look = |octets: &[u8]| agree_on_samples(&[&[0x30, length + 5, 0xa0, 3, 2, 1, 7][..], octets].concat());
        count += every(&[0, 1, 2, 3, 4, 0xa0, 0xa1, 0xa2], depth(5, 3), look);
    }
    std::println!("{count} inputs");
}

fn list(octets: &[u8]) -> Option<Vec<Range<usize>>> {
    let within = only(octets, 0..octets.len(), 0x30)?;
    let (mut at, mut found) = (within.start, Vec::new());
    while at < within.end {
        let (tag, content, behind) = element(octets, at..within.end)?;
        found.push(content);
        (tag == 4).then_some(())?;
        at = behind;
    }
    Some(found)
}

#[test]
fn exhaustive_lists() {
    for length in 0..9 {
        every(&[0, 1, 2, 4, 0x80, 0x81], depth(6, 4), |octets| {
            let octets = [&[0x30, length][..], octets].concat();
            let found = parse::<SequenceOf<'_, OctetString<'_>>>("", &octets).ok();
            let places = found.map(|found| found.iter().map(|text| place(&octets, &text).unwrap()).collect());
            assert_eq!(places, list(&octets), "{octets:02x?}");
            assert_eq!(found.map(|found| found.len()), list(&octets).map(|list| list.len()), "{octets:02x?}");
        });
    }
}

/// The same elements with lengths in their shortest form, by a function that calls itself.
fn shortened(octets: &[u8]) -> Option<Vec<u8>> {
    let (mut rest, mut short) = (octets, Vec::new());
    while let [tag, first, behind @ ..] = rest {
        let count = if *first < 0x80 { 0 } else { usize::from(*first - 0x80) };
        if tag % 32 == 31 || (*first >= 0x80 && !(1..=4).contains(&count)) {
            return None;
        }
        let length = behind.get(..count)?.iter().fold(0usize, |length, octet| length * 256 + usize::from(*octet));
        let length = if count == 0 { usize::from(*first) } else { length };
        let content = behind[count..].get(..length)?;
        let content = if tag & 0x20 == 0 { content.to_vec() } else { shortened(content)? };
        // No content here is longer than a length of one octet can say.
        short.extend([*tag, u8::try_from(content.len()).ok().filter(|length| *length < 0x80).unwrap()]);
        short.extend(content);
        rest = &behind[count + length..];
    }
    rest.is_empty().then_some(short)
}

#[test]
fn exhaustive_lengths_in_long_forms() {
    let all: Vec<u8> = (0..=u8::MAX).collect();
    let look = |octets: &[u8]| {
        let found = with_shortest_lengths(octets).map(|octets| octets.to_vec());
        assert_eq!(found, shortened(octets), "{octets:02x?}");
    };
    let mut count = every(&all, depth(2, 1), look);
    count += every(&[0, 1, 2, 4, 0x30, 0x80, 0x81, 0x82], depth(6, 4), look);
    let sound = b"\x30\x81\x0b\x04\x82\x00\x01\x61\xa0\x03\x30\x81\x00";
    count += around(sound, if cfg!(miri) { &[0] } else { &[0, 1, 3, 0x1f, 0x30, 0x80, 0x81, 0x84, 0x85, 0xff] }, look);
    std::println!("{count} inputs");
}
