//! Changes to a list of records: an octet of what it is, two of the length, the content. Lengths stay right.

use super::{Anyhow, Chance, edited};

/// Changes the records in `octets[skip..size]`, and says how long all is then. `anyhow` is the fuzzer's own way with octets.
pub fn mutate(skip: usize, octets: &mut [u8], size: usize, room: usize, seed: u32, anyhow: Anyhow) -> usize {
    super::mutate(octets, size, room, seed, anyhow, |octets, chance| {
        let (before, records) = octets.split_at_checked(skip)?;
        Some([before, &changed(records, chance, anyhow)?].concat())
    })
}

fn changed(mut octets: &[u8], chance: &mut Chance, anyhow: Anyhow) -> Option<Vec<u8>> {
    let mut records = Vec::new();
    while let Some((&[kind, high, low], rest)) = octets.split_first_chunk() {
        let (content, rest) = rest.split_at_checked(u16::from_be_bytes([high, low]).into())?;
        records.push((kind, content.to_vec()));
        octets = rest;
    }
    let at = chance.below(records.len());
    match chance.below(8) {
        _ if records.is_empty() => return None,
        0 => drop(records.remove(at)),
        1 => records.insert(at, records[at].clone()),
        2 => {
            let with = chance.below(records.len());
            records.swap(at, with);
        }
        3 => records[at].0 = chance.below(20).to_le_bytes()[0],
        _ => edited(&mut records[at].1, anyhow),
    }
    let mut out = Vec::new();
    for (kind, content) in records {
        out.push(kind);
        out.extend(u16::try_from(content.len()).ok()?.to_be_bytes());
        out.extend(content);
    }
    out.extend(octets);
    Some(out)
}
