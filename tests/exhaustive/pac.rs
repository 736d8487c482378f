//! The table of a PAC ([MS-PAC] sections 2.3 and 2.4): for every way in which up to three buffers can lie in a small one.
//!
//! What is in a buffer is not looked at here. Of sizes and offsets those count that lie within or next to what there is, that are
//! no multiple of 8 by one, and whose sum leaves 32 or 64 bits.

use negotiate::kerberos::pac::{BufferType, Error, MAX_BUFFERS, Pac};

use crate::exhaustive::{depth, place};

#[derive(Clone, Copy, Debug)]
struct Info {
    kind: u32,
    size: u32,
    offset: u64,
}

fn octets(count: u32, version: u32, table: &[Info], length: usize) -> Vec<u8> {
    let mut octets = [count.to_le_bytes(), version.to_le_bytes()].concat();
    for Info { kind, size, offset } in table {
        octets.extend(kind.to_le_bytes().into_iter().chain(size.to_le_bytes()).chain(offset.to_le_bytes()));
    }
    octets.resize(length, 0x77);
    octets
}

/// Where the buffers lie, or what is wrong: of one buffer after the other its bounds, its alignment, and what it has in common
/// with one before it.
fn model(octets: &[u8]) -> Result<Vec<(u32, std::ops::Range<usize>)>, Error> {
    let number = |at: usize, length: usize| {
        let octets = octets.get(at..at + length)?;
        Some(octets.iter().rev().fold(0u128, |number, octet| number * 256 + u128::from(*octet)))
    };
    let (Some(count), Some(version)) = (number(0, 4), number(4, 4)) else { return Err(Error::Truncated) };
    let small = |number: u128| u32::try_from(number).unwrap();
    if version != 0 {
        return Err(Error::Version(small(version)));
    }
    if count == 0 || count > 64 {
        return Err(Error::BufferCount(small(count)));
    }
    let table = 8 + usize::try_from(count).unwrap() * 16;
    if table > octets.len() {
        return Err(Error::Truncated);
    }
    let mut owner = vec![None; octets.len()];
    let mut buffers = Vec::<(u32, std::ops::Range<usize>)>::new();
    for at in (8..table).step_by(16) {
        let kind = small(number(at, 4).unwrap());
        let (size, offset) = (number(at + 4, 4).unwrap(), number(at + 8, 8).unwrap());
        if offset < table as u128 || offset + size > octets.len() as u128 {
            return Err(Error::Bounds(BufferType(kind)));
        }
        if offset % 8 != 0 {
            return Err(Error::Align(BufferType(kind)));
        }
        let place = usize::try_from(offset).unwrap()..usize::try_from(offset + size).unwrap();
        // In the table's order: whichever of those before it is the first to be of its type, or on its octets.
        for (other, _) in &buffers {
            if *other == kind {
                return Err(Error::Duplicate(BufferType(kind)));
            }
            if owner[place.clone()].contains(&Some(*other)) {
                return Err(Error::Overlap(BufferType(*other), BufferType(kind)));
            }
        }
        owner[place.clone()].fill(Some(kind));
        buffers.push((kind, place));
    }
    Ok(buffers)
}

fn agree(octets: &[u8]) {
    let found = Pac::parse(octets).map(|pac| {
        let buffers = pac.buffers().map(|buffer| {
            let place = place(octets, buffer.octets).unwrap();
            assert_eq!(place.start, buffer.offset, "{octets:02x?}");
            (buffer.buffer_type.0, place)
        });
        buffers.collect()
    });
    assert_eq!(found, model(octets), "{octets:02x?}");
}

/// Each size and offset that a buffer can be told to have, in a PAC with this table and so many octets behind it.
fn infos(table: usize, behind: usize, kind: u32) -> Vec<Info> {
    let begin = u64::try_from(8 + 16 * table).unwrap();
    let end = begin + u64::try_from(behind).unwrap();
    let odd =
        [0, begin - 8, begin - 1, begin + 1, end + 8, 1 << 32, (1 << 32) + begin, 1 << 63, u64::MAX - 7, u64::MAX];
    let offsets = (begin..=end).step_by(8).chain(odd);
    offsets.flat_map(|offset| [0, 1, 7, 8, 9, 16, u32::MAX].map(|size| Info { kind, size, offset })).collect()
}

#[test]
fn exhaustive_pacs_of_few_buffers() {
    let mut count = 0;
    let behind = 8 * depth(2, 1);
    for length in 0..behind + 9 {
        for info in infos(1, behind, 1) {
            agree(&octets(1, 0, &[info], 24 + length));
            count += 1;
        }
    }
    for (second, length) in [1, 2].into_iter().flat_map(|kind| [0, behind - 1, behind].map(|length| (kind, length))) {
        for one in infos(2, behind, 1) {
            for other in infos(2, behind, second) {
                agree(&octets(2, 0, &[one, other], 40 + length));
                count += 1;
            }
        }
    }
    // Three that are sound by themselves, and whatever they have in common.
    let sound = |kind| infos(3, behind, kind).into_iter().filter(|info| info.size < 17 && info.offset % 8 == 0);
    for one in sound(1) {
        for two in [1, 2].into_iter().flat_map(sound) {
            for three in [1, 2, 3].into_iter().flat_map(sound).filter(|info| !cfg!(miri) || info.size == 8) {
                agree(&octets(3, 0, &[one, two, three], 56 + behind));
                count += 1;
            }
        }
    }
    println!("{count} PACs");
}

#[test]
fn exhaustive_headers_of_pacs() {
    for length in 0..=8 + 16 * 3 {
        for version in [0, 1, 0x0100_0000, u32::MAX] {
            for count in (0..=4).chain([63, 64, 65, 0x0100_0001, 1 << 28, (1 << 28) + 1, u32::MAX]) {
                agree(&octets(count, version, &[], 8 + 16 * 3)[..length]);
            }
        }
    }
    // As many buffers as there may be, all of them empty at the end.
    for count in 1..=u32::try_from(MAX_BUFFERS).unwrap() + 2 {
        let offset = u64::from(8 + 16 * count);
        let table: Vec<_> = (0..count).map(|kind| Info { kind, size: 0, offset }).collect();
        let whole = octets(count, 0, &table, 8 + 16 * table.len());
        agree(&whole);
        agree(&whole[..whole.len() - 1]);
    }
}
