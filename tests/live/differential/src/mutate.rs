//! DER spoilt at any place, with the lengths around it put right or left wrong. Whoever knows the seed makes the same again.

/// Numbers that look like chance and are the same for the same seed (splitmix64).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`; 0 below 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 16) as usize % bound.max(1)
    }

    /// Once in `n`.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// An element: where it begins, its content, where it ends, and the element that it stands in.
struct Element {
    start: usize,
    content: usize,
    end: usize,
    parent: Option<usize>,
}

/// One to three changes.
pub(crate) fn spoil(octets: &[u8], chance: &mut Chance) -> Vec<u8> {
    let mut spoilt = octets.to_vec();
    for _ in 0..*chance.pick(&[1, 1, 1, 1, 2, 3]) {
        spoilt = if chance.one_in(5) { noise(spoilt, chance) } else { structural(&spoilt, chance) };
    }
    spoilt
}

/// Octets flipped, put in, taken out, or cut off, whatever they mean.
pub(crate) fn noise(mut octets: Vec<u8>, chance: &mut Chance) -> Vec<u8> {
    let at = chance.below(octets.len());
    match chance.below(6) {
        _ if octets.is_empty() => octets.push(chance.next() as u8),
        0 | 1 => octets[at] ^= 1 << chance.below(8),
        2 => octets[at] = chance.next() as u8,
        3 => octets.insert(at, chance.next() as u8),
        4 => drop(octets.remove(at)),
        _ => octets.truncate(at),
    }
    octets
}

/// One element changed.
fn structural(octets: &[u8], chance: &mut Chance) -> Vec<u8> {
    let elements = walk(octets);
    if elements.is_empty() {
        return noise(octets.to_vec(), chance);
    }
    let at = chance.below(elements.len());
    let element = &elements[at];
    let whole = &octets[element.start..element.end];
    let content = &octets[element.content..element.end];
    let tag = octets[element.start];
    let sibling = || elements.iter().find(|other| other.start == element.end && other.parent == element.parent);
    let (mut end, mut new) = (element.end, Vec::new());
    match chance.below(14) {
        0..=3 => new = tlv(tag, &other_content(tag, content, chance)),
        4 => new = tlv(other_tag(tag, chance), content),
        5 => new = with_other_length(tag, content, chance),
        6 => {} // taken out
        7 => new = [whole, whole].concat(),
        8 => match sibling() {
            Some(sibling) => {
                new = [&octets[sibling.start..sibling.end], whole].concat();
                end = sibling.end;
            }
            None => new = content.to_vec(),
        },
        9 => {
            let other = chance.pick(&elements);
            new = octets[other.start..other.end].to_vec();
        }
        10 => new = [&stranger(chance)[..], whole].concat(),
        11 => new = [whole, &stranger(chance)].concat(),
        12 => new = tlv(tag, &[content, &stranger(chance)].concat()),
        _ => new = tlv(*chance.pick(&[0x30, 0xa0, 0xa1, 0x04, 0x31]), whole),
    }
    let right_lengths = !chance.one_in(12);
    replaced(octets, &elements, element.parent, element.start..end, new, right_lengths)
}

/// The whole with other octets in a range, and with the lengths around that put right.
fn replaced(
    octets: &[u8],
    elements: &[Element],
    mut parent: Option<usize>,
    mut range: core::ops::Range<usize>,
    mut new: Vec<u8>,
    right_lengths: bool,
) -> Vec<u8> {
    while let (Some(at), true) = (parent, right_lengths) {
        let around = &elements[at];
        let content = [&octets[around.content..range.start], &new, &octets[range.end..around.end]].concat();
        new = tlv(octets[around.start], &content);
        range = around.start..around.end;
        parent = around.parent;
    }
    [&octets[..range.start], &new, &octets[range.end..]].concat()
}

/// The same with a letter for each octet of a GeneralString that is not ASCII.
pub(crate) fn in_ascii(octets: &[u8]) -> Vec<u8> {
    let mut ascii = octets.to_vec();
    for element in walk(octets).iter().filter(|element| octets[element.start] == 0x1b) {
        ascii[element.content..element.end].iter_mut().filter(|octet| **octet >= 0x80).for_each(|octet| *octet = b'x');
    }
    ascii
}

/// The same with another first octet in INTEGERs below zero.
pub(crate) fn without_minus(octets: &[u8]) -> Vec<u8> {
    let mut positive = octets.to_vec();
    for element in walk(octets).iter().filter(|element| octets[element.start] == 0x02) {
        if element.content < element.end && positive[element.content] & 0x80 != 0 {
            positive[element.content] = positive[element.content] & 0x3f | 0x40;
        }
    }
    positive
}

/// The same with one octet for each number of an OBJECT IDENTIFIER.
pub(crate) fn with_small_arcs(octets: &[u8]) -> Vec<u8> {
    let mut small = octets.to_vec();
    for element in walk(octets).iter().filter(|element| octets[element.start] == 0x06) {
        small[element.content..element.end].iter_mut().for_each(|octet| *octet &= 0x7f);
    }
    small
}

/// The same without those fields of the outermost SEQUENCE that have this tag or a higher one.
pub(crate) fn without_fields(octets: &[u8], first: u8) -> Vec<u8> {
    let mut shorter = octets.to_vec();
    loop {
        let elements = walk(&shorter);
        // Behind the tag of the choice, and the SEQUENCE.
        let extra = elements
            .iter()
            .rposition(|element| element.parent == Some(1) && (first..=0xbe).contains(&shorter[element.start]));
        let Some(extra) = extra.map(|extra| &elements[extra]) else { return shorter };
        shorter = replaced(&shorter, &elements, extra.parent, extra.start..extra.end, Vec::new(), true);
    }
}

/// All elements, also those within an OCTET STRING that holds one. What is no DER has none.
fn walk(octets: &[u8]) -> Vec<Element> {
    let mut found = Vec::new();
    let mut open = vec![(0, octets.len(), None)];
    while let Some((mut start, end, parent)) = open.pop() {
        while start < end {
            let Some((content, inner_end)) = header(&octets[..end], start) else { break };
            let number = found.len();
            found.push(Element { start, content, end: inner_end, parent });
            let is_one = header(&octets[..inner_end], content).is_some_and(|(_, last)| last == inner_end);
            if octets[start] & 0x20 != 0 || (octets[start] == 0x04 && is_one) {
                open.push((content, inner_end, Some(number)));
            }
            start = inner_end;
        }
    }
    found
}

/// Where the content of the element at `start` begins and ends.
fn header(octets: &[u8], start: usize) -> Option<(usize, usize)> {
    let (content, length) = match *octets.get(start + 1)? {
        short @ 0..=0x7f => (start + 2, usize::from(short)),
        0x81 => (start + 3, usize::from(*octets.get(start + 2)?)),
        0x82 => (start + 4, usize::from(*octets.get(start + 2)?) << 8 | usize::from(*octets.get(start + 3)?)),
        _ => return None,
    };
    (octets[start] & 0x1f != 0x1f && content + length <= octets.len()).then_some((content, content + length))
}

/// An element.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let header = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [&header, content].concat()
}

/// A length that is wrong, or right in a form that DER does not have.
fn with_other_length(tag: u8, content: &[u8], chance: &mut Chance) -> Vec<u8> {
    let length = content.len();
    let (high, low) = ((length >> 8) as u8, length as u8);
    let octets = match chance.below(8) {
        0 => vec![low.wrapping_add(1) & 0x7f],
        1 => vec![low.wrapping_sub(1) & 0x7f],
        2 => vec![0x80],
        3 => vec![0x81, low],
        4 => vec![0x82, high, low],
        5 => vec![0x83, 0, high, low],
        6 => vec![0x84, 0xff, 0xff, 0xff, 0xff],
        _ => vec![0x85, 0, 0, 0, high, low],
    };
    [&[tag][..], &octets, content].concat()
}

fn other_tag(tag: u8, chance: &mut Chance) -> u8 {
    match chance.below(6) {
        0 => tag.wrapping_add(1),
        1 => tag.wrapping_sub(1),
        2 => tag ^ 0x20,
        3 => tag ^ 0xc0,
        4 => 0x1f | tag,
        _ => *chance.pick(&[0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x18, 0x1b, 0x30, 0xa0, 0x60, 0x00]),
    }
}

/// An element that nobody expects.
fn stranger(chance: &mut Chance) -> Vec<u8> {
    let all: [&[u8]; 7] =
        [&[0x05, 0], &[0], &[0, 0], &[0xa9, 3, 2, 1, 0], &[0x1f, 0x81, 0, 0], &[0x30, 0], &[0xaf, 0x80, 0, 0]];
    chance.pick(&all).to_vec()
}

/// Contents that have gone wrong somewhere, by the type they stand in.
const INTEGERS: [&[u8]; 22] = [
    &[],
    &[0],
    &[1],
    &[5],
    &[23],
    &[0x7f],
    &[0xff],
    &[0x80],
    &[0, 0],
    &[0, 1],
    &[0xff, 0xff],
    &[0, 0x80],
    &[0xff, 0x7f],
    &[0x0f, 0x42, 0x3f],
    &[0x0f, 0x42, 0x40],
    &[0x7f, 0xff, 0xff, 0xff],
    &[0x80, 0, 0, 0],
    &[0, 0x80, 0, 0, 0],
    &[0, 0xff, 0xff, 0xff, 0xff],
    &[1, 0, 0, 0, 0],
    &[0xff, 0, 0, 0, 0],
    &[1, 2, 3, 4, 5, 6, 7, 8, 9],
];
const TIMES: [&[u8]; 14] = [
    b"",
    b"19700101000000Z",
    b"19691231235959Z",
    b"20380119031408Z",
    b"20370101000000Z",
    b"99991231235959Z",
    b"00000101000000Z",
    b"20260230120000Z",
    b"20261301000000Z",
    b"20261127175960Z",
    b"20261127170000",
    b"20261127170000.5Z",
    b"20261127170000+0000",
    b"202611271700Z",
];
const BITS: [&[u8]; 11] = [
    &[],
    &[0],
    &[0, 0, 0, 0, 0],
    &[0, 0xff, 0xff, 0xff, 0xff],
    &[0, 0x20, 0, 0, 0],
    &[0, 1, 0, 0, 0],
    &[8, 0, 0, 0, 0],
    &[7, 0x80],
    &[7, 0xff],
    &[0, 0x40],
    &[0, 0x40, 0, 0, 0, 0, 0, 0, 1],
];
const TEXTS: [&[u8]; 9] =
    [b"", b"alice", b"EXAMPLE.TEST", b"krbtgt", b"A\0B", b"a/b@c", b"\xc3\xa9", b"\xff", b"WELLKNOWN:ANONYMOUS"];
const OIDS: [&[u8]; 10] = [
    &[],
    b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02",
    b"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02",
    b"\x2b\x06\x01\x05\x05\x02",
    b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a",
    b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e",
    b"\x2b\x06\x01\x05\x02\x05",
    b"\x2b\x05\x01\x05\x02",
    b"\x2a\x80\x01",
    b"\x2a\x86\x48\x86",
];

/// Other content of the same type: what its own rules are about.
fn other_content(tag: u8, content: &[u8], chance: &mut Chance) -> Vec<u8> {
    if chance.one_in(3) {
        return noise(content.to_vec(), chance);
    }
    let known: &[&[u8]] = match tag {
        0x02 => &INTEGERS,
        0x0a => &[&[0], &[1], &[2], &[3], &[4], &[0, 1], &[0xff], &[]],
        0x18 => &TIMES,
        0x03 => &BITS,
        0x06 => &OIDS,
        0x1b => &TEXTS,
        _ => {
            return match chance.below(4) {
                0 => Vec::new(),
                1 => content[..chance.below(content.len())].to_vec(),
                2 => [content, &[0]].concat(),
                _ => [content, content].concat(),
            };
        }
    };
    let other = *chance.pick(known);
    if chance.one_in(6) && tag == 0x1b { content.to_ascii_lowercase() } else { other.to_vec() }
}
