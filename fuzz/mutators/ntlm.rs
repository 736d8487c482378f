//! Changes to messages of NTLM that leave offsets and lengths right ([MS-NLMP] section 2.2.1), or only one of them wrong.

use super::{Anyhow, Chance, edited};

/// Where the three messages have their fields (Len, MaxLen, BufferOffset) and their flags.
const LAYOUTS: [(&[usize], usize); 3] = [(&[16, 24], 12), (&[12, 40], 20), (&[12, 20, 28, 36, 44, 52], 60)];

/// The pairs in a NTLMv2_CLIENT_CHALLENGE stand behind so many octets of the response (sections 2.2.2.8 and 2.2.2.7).
const PAIRS_IN_RESPONSE: usize = 44;

/// AV_PAIRs that some reader asks for: flags, a time, bindings, a name, the end, and one of no known id.
const PAIRS: [(u16, &[u8]); 8] = [
    (6, b"\x02\0\0\0"),
    (6, b"\x07\0\0\0"),
    (7, b"\0\0\0\0\0\0\0\0"),
    (10, &[0; 16]),
    (9, b"H\0T\0T\0P\0/\0w\0"),
    (1, b""),
    (0, b""),
    (77, b"what"),
];

/// Changes the message in `octets[..size]`, and says how long it is then. `anyhow` is the fuzzer's own way with octets.
pub fn mutate(octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| {
        let mut changed = octets.to_vec();
        let all = (0..=chance.below(2)).all(|_| change(&mut changed, chance, anyhow).is_some());
        all.then_some(changed)
    })
}

/// The same for a list of pairs, for an NTLMv2_CLIENT_CHALLENGE, and for an NTLMv2_RESPONSE, whichever it looks like.
pub fn mutate_pairs(octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| {
        let skip = [PAIRS_IN_RESPONSE - 16, PAIRS_IN_RESPONSE]
            .into_iter()
            .find(|skip| octets.get(skip - 28..).is_some_and(|octets| octets.starts_with(&[1, 1, 0, 0])));
        let (before, list) = octets.split_at_checked(skip.unwrap_or(0))?;
        Some([before, &pair_list(list, chance, anyhow)?].concat())
    })
}

fn change(message: &mut Vec<u8>, chance: &mut Chance, anyhow: Anyhow) -> Option<()> {
    let kind = *message.strip_prefix(b"NTLMSSP\0")?.first()?;
    let (fields, flags) = LAYOUTS.get(usize::from(kind).checked_sub(1)?)?;
    let at = fields[chance.below(fields.len())];
    let field = Field::read(message, at)?;
    match chance.below(10) {
        0 => *message.get_mut(flags + chance.below(4))? ^= 1 << chance.below(8),
        1 => {
            // A field on the place of another.
            let other: [u8; 8] = message.get(fields[chance.below(fields.len())]..)?.first_chunk().copied()?;
            message.get_mut(at..at + 8)?.copy_from_slice(&other);
        }
        2 => {
            let by = [1, 2, 0xff, 0xfe, 0x80][chance.below(5)];
            let octet = message.get_mut(at + [0, 2, 4, 5][chance.below(4)])?;
            *octet = octet.wrapping_add(by);
        }
        3 => {
            let other = Field::read(message, fields[chance.below(fields.len())])?;
            let content = message.get(other.place())?.to_vec();
            field.replace(message, fields, &content)?;
        }
        4 => field.replace(message, fields, &[])?,
        5 => {
            let mut content = message.get(field.place())?.to_vec();
            edited(&mut content, anyhow);
            field.replace(message, fields, &content)?;
        }
        _ => pairs(message, kind, fields, chance, anyhow)?,
    }
    Some(())
}

/// Changes the list of pairs that the message has.
fn pairs(message: &mut Vec<u8>, kind: u8, fields: &[usize], chance: &mut Chance, anyhow: Anyhow) -> Option<()> {
    let (at, skip) = match kind {
        2 => (40, 0),
        3 => (20, PAIRS_IN_RESPONSE),
        _ => return None,
    };
    let field = Field::read(message, at)?;
    let content = message.get(field.place())?;
    let (before, list) = content.split_at_checked(skip)?;
    let content = [before, &pair_list(list, chance, anyhow)?].concat();
    field.replace(message, fields, &content)
}

/// Changes a list of pairs.
fn pair_list(mut list: &[u8], chance: &mut Chance, anyhow: Anyhow) -> Option<Vec<u8>> {
    let mut pairs = Vec::new();
    while let Some((&[i0, i1, l0, l1], rest)) = list.split_first_chunk() {
        let (value, rest) = rest.split_at_checked(u16::from_le_bytes([l0, l1]).into())?;
        pairs.push((u16::from_le_bytes([i0, i1]), value.to_vec()));
        list = rest;
    }
    let at = chance.below(pairs.len());
    let (id, value) = PAIRS[chance.below(PAIRS.len())];
    match chance.below(8) {
        _ if pairs.is_empty() => pairs.push((id, value.to_vec())),
        0 => drop(pairs.remove(at)),
        1 => pairs.insert(at, pairs[at].clone()),
        2 => {
            let with = chance.below(pairs.len());
            pairs.swap(at, with);
        }
        3 => pairs.insert(at, (id, value.to_vec())),
        4 => pairs[at] = (id, value.to_vec()),
        5 => pairs[at].0 = chance.below(14).to_le_bytes()[0].into(),
        _ => edited(&mut pairs[at].1, anyhow),
    }
    let mut out = Vec::new();
    for (id, value) in pairs {
        out.extend(id.to_le_bytes());
        out.extend(u16::try_from(value.len()).ok()?.to_le_bytes());
        out.extend(value);
    }
    out.extend(list);
    Some(out)
}

/// A field, and where it is.
struct Field {
    at: usize,
    length: usize,
    offset: usize,
}

impl Field {
    fn read(message: &[u8], at: usize) -> Option<Self> {
        let &[l0, l1, _, _, o0, o1, o2, o3] = message.get(at..)?.first_chunk()?;
        let (length, offset) =
            (u16::from_le_bytes([l0, l1]).into(), usize::try_from(u32::from_le_bytes([o0, o1, o2, o3])).ok()?);
        Some(Self { at, length, offset })
    }

    fn place(&self) -> std::ops::Range<usize> {
        self.offset..self.offset.saturating_add(self.length)
    }

    /// Puts this in, and moves what lies behind.
    fn replace(&self, message: &mut Vec<u8>, fields: &[usize], content: &[u8]) -> Option<()> {
        let place = self.place();
        message.get(place.clone())?;
        let length = u16::try_from(content.len()).ok()?.to_le_bytes();
        for at in fields {
            let Some(other) = Self::read(message, *at) else { continue };
            if *at != self.at && other.offset >= place.end && other.offset > self.offset {
                let moved = u32::try_from(other.offset - self.length + content.len()).ok()?;
                message.get_mut(at + 4..at + 8)?.copy_from_slice(&moved.to_le_bytes());
            }
        }
        message.get_mut(self.at..self.at + 2)?.copy_from_slice(&length);
        message.get_mut(self.at + 2..self.at + 4)?.copy_from_slice(&length);
        message.splice(place, content.iter().copied());
        Some(())
    }
}
