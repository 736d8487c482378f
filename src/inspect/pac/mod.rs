//! The PAC explained: who the user is in Active Directory, buffer by buffer ([MS-PAC]).
//!
//! | to change | see |
//! |---|---|
//! | the head, and which buffer is what | here |
//! | buffers that are not NDR: names, SIDs, signatures | `buffers` |
//! | which fields an NDR structure has | `structures` |
//! | how NDR is read: pointers, arrays, strings | `ndr` |
//! | whether the signature is right | `check` |
//! | what numbers and SIDs are called | `words` |

mod buffers;
mod check;
mod hints;
mod ndr;
mod structures;
mod words;

use alloc::format;
use alloc::string::ToString;

pub(super) use check::check;
pub(super) use hints::of as hints;

use super::fixed::Fixed;
use super::numbers;
use super::walk::{Slot, Walk};

/// The head of a PAC, its buffers, and what is in each ([MS-PAC] sections 2.3 and 2.4).
pub(super) fn explain<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let node = walk.node(&slot);
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    let number = |octets: &[u8; 4]| u32::from_le_bytes(*octets).to_string();
    let Some(count) = fields.take("cBuffers", "ULONG", number) else { return };
    fields.take("Version", "ULONG", number);
    for _ in 0..u32::from_le_bytes(count) {
        let Some((info, rest)) = fields.octets.split_first_chunk::<16>() else {
            return fields.flaw(fields.remaining(), "fewer buffers than cBuffers says");
        };
        if fields.walk.tree.is_full() {
            return;
        }
        buffer(&mut fields, info, &slot);
        (fields.octets, fields.at) = (rest, fields.at.saturating_add(16));
    }
}

/// One PAC_INFO_BUFFER, and the octets that it points to.
fn buffer<'a>(fields: &mut Fixed<'_, 'a, '_>, info: &[u8; 16], slot: &Slot<'a>) {
    let [a, b, c, d, e, f, g, h, offset @ ..] = *info;
    let kind = u32::from_le_bytes([a, b, c, d]);
    let size = usize::try_from(u32::from_le_bytes([e, f, g, h])).unwrap_or(usize::MAX);
    let offset = usize::try_from(u64::from_le_bytes(offset)).unwrap_or(usize::MAX);
    let begin = slot.at.saturating_add(offset);
    let end = begin.saturating_add(size);
    let node = fields.walk.tree.add(fields.node, "PAC_INFO_BUFFER", "Buffer", begin..end);
    let name = numbers::pac_buffer(i64::from(kind)).unwrap_or("a kind not known here".into());
    fields.walk.tree.set_number(node, i64::from(kind));
    fields.walk.tree.set_value(node, format!("type {kind} ({name}), {size} octets"));
    let Some(octets) = offset.checked_add(size).and_then(|end| slot.octets.get(offset..end)) else {
        let why = "it would lie outside the PAC";
        return fields.walk.tree.flaw(node, fields.at..fields.at.saturating_add(16), why);
    };
    content(&mut Fixed::new(fields.walk, node, octets, begin), kind);
}

fn content(fields: &mut Fixed<'_, '_, '_>, kind: u32) {
    match kind {
        1 => ndr::explain(fields, &structures::KERB_VALIDATION_INFO),
        6 | 7 | 16 | 19 => buffers::signature(fields),
        10 => buffers::client_info(fields),
        11 => ndr::explain(fields, &structures::S4U_DELEGATION_INFO),
        12 => buffers::upn_dns_info(fields),
        13 | 15 if !fields.octets.is_empty() => ndr::explain(fields, &structures::CLAIMS_SET_METADATA),
        14 => ndr::explain(fields, &structures::PAC_DEVICE_INFO),
        17 => buffers::attributes(fields),
        18 => buffers::requestor(fields),
        // Credentials are encrypted for the client; what is unknown may be as secret.
        _ => {}
    }
}
