//! Where values lie, against a map of who owns which octet, for every way in which three fields can lie in a small message.
//!
//! A field's octets are never looked at here, so messages differ by their length alone; of lengths and offsets those count that are
//! within the message or next to it, and those whose sum leaves 16, 32 or 64 bits.

use alloc::vec;

use super::*;
use crate::exhaustive::{depth, place};

const NAMES: [Field; 3] = [Field::DomainName, Field::UserName, Field::Workstation];

/// Values as places; or the field at fault, and whether it is for sharing octets.
fn model(length: usize, header: usize, fields: [Fields; 3]) -> Result<[core::ops::Range<usize>; 3], Error> {
    let mut owner = vec![None; length];
    owner[..header.min(length)].fill(Some(Field::TargetInfo));
    let mut places = [const { 0..0 }; 3];
    for ((name, at), found) in NAMES.into_iter().zip(fields).zip(&mut places) {
        let (start, len) = (usize::try_from(at.buffer_offset).unwrap(), usize::from(at.len));
        if len == 0 {
            continue;
        }
        let octets = start..start.checked_add(len).unwrap();
        let owned = owner.get(octets.clone()).ok_or(Error::FieldBounds(name))?.to_vec();
        // Within the fixed part it is out of its bounds, whatever else is there.
        if octets.start < header {
            return Err(Error::FieldBounds(name));
        }
        if owned.iter().any(Option::is_some) {
            return Err(Error::FieldOverlap(name));
        }
        owner[octets.clone()].fill(Some(name));
        *found = octets;
    }
    Ok(places)
}

#[test]
fn exhaustive_fields() {
    let reach = u32::try_from(depth(5, 3)).unwrap();
    let lengths: vec::Vec<u16> = (0..=3).chain([u16::MAX]).collect();
    let offsets: vec::Vec<u32> = (0..=reach + 1).chain([u32::MAX - 1, u32::MAX, 1 << 31]).collect();
    let fields: vec::Vec<Fields> = lengths
        .iter()
        .flat_map(|len| offsets.iter().map(|at| Fields { len: *len, max_len: !*len, buffer_offset: *at }))
        .collect();
    let mut count = 0;
    for (header, length) in [(0, 0), (0, reach), (1, reach), (2, reach), (2, reach - 1)] {
        let (header, length) = (usize::try_from(header).unwrap(), usize::try_from(length).unwrap());
        let message = vec![0xaa; length];
        for one in &fields {
            for two in &fields {
                for three in &fields {
                    let fields = [*one, *two, *three];
                    let named: [_; 3] = core::array::from_fn(|index| (NAMES[index], fields[index]));
                    let found = payload(&message, header, &named);
                    let model = model(length, header, fields);
                    count += 1;
                    match (found, model) {
                        (Ok(found), Ok(places)) => {
                            let lies = |index: usize| match found.values[index] {
                                [] => 0..0,
                                value => place(&message, value).unwrap(),
                            };
                            assert_eq!(core::array::from_fn(lies), places, "{fields:?} in {length} behind {header}");
                            let filled = places.iter().filter(|place| !place.is_empty());
                            let start = filled.map(|place| place.start).min().unwrap_or(length);
                            assert_eq!(found.start, start, "{fields:?} in {length} behind {header}");
                        }
                        (found, model) => {
                            assert_eq!(found.err(), model.err(), "{fields:?} in {length} behind {header}");
                        }
                    }
                }
            }
        }
    }
    std::println!("{count} messages");
}
