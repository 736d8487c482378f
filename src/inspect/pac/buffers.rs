//! The buffers that are not NDR.

use alloc::format;
use alloc::string::{String, ToString};

use super::words::{self, flags, named_sid, sid};
use crate::inspect::escape::{hex, plain_utf16};
use crate::inspect::fixed::Fixed;
use crate::inspect::numbers;

/// PAC_CLIENT_INFO ([MS-PAC] section 2.7).
pub(super) fn client_info(fields: &mut Fixed<'_, '_, '_>) {
    fields.take("ClientId", "FILETIME", |octets: &[u8; 8]| words::file_time(*octets));
    let Some(length) = fields.take("NameLength", "USHORT", number) else { return };
    let length = usize::from(u16::from_le_bytes(length));
    if length > fields.octets.len() {
        fields.flaw(fields.remaining(), format!("NameLength is {length}, and {} octets are left", fields.octets.len()));
    }
    text(fields, "Name", fields.at, fields.octets.get(..length).unwrap_or(fields.octets));
}

/// UPN_DNS_INFO ([MS-PAC] section 2.10): lengths and offsets, from the beginning of the buffer.
pub(super) fn upn_dns_info(fields: &mut Fixed<'_, '_, '_>) {
    let (whole, base) = (fields.octets, fields.at);
    let mut parts = [("Upn", 0usize, 0usize), ("DnsDomainName", 0, 0), ("SamName", 0, 0), ("Sid", 0, 0)];
    let mut bits = 0;
    for (index, (name, length, offset)) in parts.iter_mut().enumerate() {
        // The S form has two parts more, behind the flags.
        if index == 2 {
            let Some(octets) =
                fields.take("Flags", "ULONG", |octets| flags(u32::from_le_bytes(*octets), words::UPN_FLAGS))
            else {
                return;
            };
            bits = u32::from_le_bytes(octets);
        }
        if index >= 2 && bits & 2 == 0 {
            break;
        }
        let announced = fields.take(name, "Length, Offset", |octets: &[u8; 4]| {
            let [a, b, c, d] = *octets;
            format!("{} octets at {}", u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
        });
        let Some([a, b, c, d]) = announced else { return };
        (*length, *offset) = (u16::from_le_bytes([a, b]).into(), u16::from_le_bytes([c, d]).into());
    }
    fields.octets = &[];
    for (name, length, offset) in parts.into_iter().filter(|(_, length, _)| *length > 0) {
        let at = base.saturating_add(offset);
        match whole.get(offset..offset.saturating_add(length)) {
            Some(octets) if name == "Sid" => sid_node(fields, name, at, octets),
            Some(octets) => text(fields, name, at, octets),
            None => fields.flaw(at..at.saturating_add(length), format!("{name} would lie outside the buffer")),
        }
    }
}

/// PAC_SIGNATURE_DATA ([MS-PAC] section 2.8).
pub(super) fn signature(fields: &mut Fixed<'_, '_, '_>) {
    let kind = fields.take("SignatureType", "ULONG", |octets: &[u8; 4]| {
        let number = i32::from_le_bytes(*octets);
        let name = numbers::checksum_type(number.into()).unwrap_or("not known here".into());
        format!("{number} ({name})")
    });
    let Some(kind) = kind else { return };
    // HMAC_SHA1_96 of AES has 12 octets, the rest that are in use have 16 or more; two octets behind are the RODC's.
    let length = match i32::from_le_bytes(kind) {
        15 | 16 => 12,
        20 => 24,
        _ => 16,
    };
    let (signature, rest) = fields.octets.split_at_checked(length).unwrap_or((fields.octets, &[]));
    let end = fields.at.saturating_add(signature.len());
    let node = fields.walk.tree.add(fields.node, "UCHAR[]", "Signature", fields.at..end);
    fields.walk.tree.set_value(node, hex(signature));
    (fields.octets, fields.at) = (rest, end);
    if !fields.octets.is_empty() {
        fields.take("RODCIdentifier", "USHORT", number);
    }
}

/// PAC_ATTRIBUTES_INFO ([MS-PAC] section 2.14).
pub(super) fn attributes(fields: &mut Fixed<'_, '_, '_>) {
    fields.take("FlagsLength", "ULONG", |octets: &[u8; 4]| format!("{} bits", u32::from_le_bytes(*octets)));
    fields.take("Flags", "ULONG", |octets| flags(u32::from_le_bytes(*octets), words::PAC_ATTRIBUTES));
}

/// PAC_REQUESTOR ([MS-PAC] section 2.15).
pub(super) fn requestor(fields: &mut Fixed<'_, '_, '_>) {
    let (octets, at) = (fields.octets, fields.at);
    sid_node(fields, "UserSid", at, octets);
}

fn sid_node(fields: &mut Fixed<'_, '_, '_>, name: &'static str, at: usize, octets: &[u8]) {
    let range = at..at.saturating_add(octets.len());
    let node = fields.walk.tree.add(fields.node, "SID", name, range.clone());
    match sid(octets) {
        Some(sid) => fields.walk.tree.set_value(node, named_sid(&sid)),
        None => fields.walk.tree.flaw(node, range, "no SID"),
    }
}

fn text(fields: &mut Fixed<'_, '_, '_>, name: &'static str, at: usize, octets: &[u8]) {
    let node = fields.walk.tree.add(fields.node, "UTF-16", name, at..at.saturating_add(octets.len()));
    fields.walk.tree.set_value(node, plain_utf16(octets));
}

fn number(octets: &[u8; 2]) -> String {
    u16::from_le_bytes(*octets).to_string()
}
