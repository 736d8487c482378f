//! Lengths in longer forms than need be, which Windows writes into what it keeps to itself.

use alloc::vec::Vec;

use zeroize::Zeroizing;

/// The longest input: no file of tickets comes near it.
const MAX_LENGTH: usize = 1 << 20;

/// An element, as deep as it may stand. Small, because a small message may have many (row A06).
struct Element {
    tag: u8,
    /// Where the content of a primitive element begins; that of a constructed one are elements behind this one.
    begin: u32,
    /// Octets of that content.
    content: u32,
    /// Octets of the content, once all lengths within it are short.
    length: u32,
    /// The constructed element that this one is part of.
    parent: Option<u32>,
}

/// A constructed element that is being read: its place among the elements, and where it ends.
struct Open {
    place: u32,
    end: usize,
}

/// Writes an encoding anew with each length in its shortest form (X.690 section 10.1), and changes nothing else: `None` if it is
/// no series of elements of definite lengths, each within its parent, or too long. What comes of it goes to the strict decoder.
///
/// The result may hold keys, and is wiped.
pub(crate) fn with_shortest_lengths(octets: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut elements = elements(octets)?;
    let mut length = 0u32;
    for place in (0..elements.len()).rev() {
        let element = elements.get(place)?;
        let whole = element.length.checked_add(header_length(element.length))?;
        let sum = match element.parent {
            Some(parent) => &mut elements.get_mut(usize::try_from(parent).ok()?)?.length,
            None => &mut length,
        };
        *sum = sum.checked_add(whole)?;
    }
    let mut shortest = Zeroizing::new(Vec::with_capacity(usize::try_from(length).ok()?));
    for element in &elements {
        shortest.push(element.tag);
        push_length(&mut shortest, element.length);
        let content = octets.get(usize::try_from(element.begin).ok()?..)?;
        shortest.extend_from_slice(content.get(..usize::try_from(element.content).ok()?)?);
    }
    Some(shortest)
}

/// All elements, each in front of what it is made of. No function calls itself for it (row A04).
fn elements(octets: &[u8]) -> Option<Vec<Element>> {
    if octets.len() > MAX_LENGTH {
        return None;
    }
    let (mut elements, mut open, mut at) = (Vec::new(), Vec::<Open>::new(), 0usize);
    while at < octets.len() {
        while open.last().is_some_and(|open| open.end == at) {
            open.pop();
        }
        let within = octets.get(at..open.last().map_or(octets.len(), |open| open.end))?;
        let (tag, content, behind) = element(within)?;
        let is_constructed = tag & CONSTRUCTED != 0;
        let end = at.checked_add(within.len())?.checked_sub(behind.len())?;
        let begin = end.checked_sub(content.len())?;
        let primitive = if is_constructed { 0 } else { u32::try_from(content.len()).ok()? };
        let parent = open.last().map(|open| open.place);
        let place = u32::try_from(elements.len()).ok()?;
        elements.push(Element {
            tag,
            begin: u32::try_from(begin).ok()?,
            content: primitive,
            length: primitive,
            parent,
        });
        at = if is_constructed { begin } else { end };
        if is_constructed && begin < end {
            open.push(Open { place, end });
        }
    }
    Some(elements)
}

/// The bit of a tag that says that the content is elements.
const CONSTRUCTED: u8 = 0x20;

/// The first element: its tag, its content, and what is behind it.
fn element(octets: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = octets.split_first()?;
    let (&first, rest) = rest.split_first()?;
    // A tag number above 30 has more octets; no message here has one.
    if tag & 0x1f == 0x1f {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81..=0x84 => {
            let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = octets.iter().fold(0u32, |length, octet| length.wrapping_shl(8) | u32::from(*octet));
            (usize::try_from(length).ok()?, rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

/// Octets of the tag and of the length in its shortest form.
const fn header_length(content: u32) -> u32 {
    match content {
        0..=0x7f => 2,
        0x80..=0xff => 3,
        0x100..=0xffff => 4,
        _ => 5,
    }
}

/// A length in its shortest form. None here is longer than [`MAX_LENGTH`].
fn push_length(octets: &mut Vec<u8>, length: u32) {
    let [_, a, b, c] = length.to_be_bytes();
    match (a, b, c) {
        (0, 0, c @ 0..=0x7f) => octets.push(c),
        (0, 0, c) => octets.extend_from_slice(&[0x81, c]),
        (0, b, c) => octets.extend_from_slice(&[0x82, b, c]),
        (a, b, c) => octets.extend_from_slice(&[0x83, a, b, c]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortest(octets: &[u8]) -> Option<Vec<u8>> {
        with_shortest_lengths(octets).map(|octets| octets.to_vec())
    }

    #[test]
    fn a13_lengths_become_short_and_nothing_else_changes() {
        let long = b"\x30\x84\0\0\0\x12\x02\x84\0\0\0\x01\x05\xa1\x82\0\x07\x30\x81\x04\x04\x82\0\x00";
        assert_eq!(shortest(long).unwrap(), b"\x30\x09\x02\x01\x05\xa1\x04\x30\x02\x04\x00");
        for same in [&b""[..], b"\x30\x00", b"\x04\x03abc", b"\x30\x03\x02\x01\x05\x04\x00"] {
            assert_eq!(shortest(same).unwrap(), same);
        }
        // What is in an OCTET STRING is nobody's business.
        assert_eq!(shortest(b"\x04\x81\x02\x30\x81").unwrap(), b"\x04\x02\x30\x81");
        for length in [0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000].into_iter().take(if cfg!(miri) { 4 } else { 6 }) {
            let [a, b, c, d] = u32::try_from(length).unwrap().to_be_bytes();
            let long = [&[4, 0x84, a, b, c, d][..], &alloc::vec![7; length]].concat();
            let short = shortest(&long).unwrap();
            assert!(short.len() < long.len() && shortest(&short).unwrap() == short, "{length}");
        }
    }

    #[test]
    fn a01_a02_a04_what_does_not_add_up_is_none() {
        for wrong in [
            &b"\x30"[..],
            b"\x30\x01",
            b"\x30\x80\0\0",
            b"\x30\x85\0\0\0\0\0",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x03\x04\x02a",
            b"\x3f\x22\x00",
            b"\x30\x02\x04\x01a",
        ] {
            assert_eq!(shortest(wrong), None, "{wrong:x?}");
        }
        assert_eq!(shortest(&alloc::vec![0; MAX_LENGTH + 2]), None);
        // As deep as there are octets, on a small stack.
        let deepest = if cfg!(miri) { 100 } else { 30_000u32 };
        let deep: Vec<u8> =
            (0..deepest).rev().flat_map(|inside| [&[0x30, 0x84][..], &(inside * 6).to_be_bytes()].concat()).collect();
        assert!(shortest(&deep).is_some_and(|short| short.len() < deep.len()));
    }
}
