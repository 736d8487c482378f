//! Layouts within messages that are not ASN.1: GSS-API's checksum, the head of a PAC.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use super::escape::hex;
use super::fixed::Fixed;
use super::walk::{Slot, Walk};
use super::{messages, numbers};
use crate::gss::ContextFlags;

/// The checksum of type 0x8003 that is none (RFC 4121 section 4.1.1).
pub(super) fn gss_checksum<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let node = walk.node(&slot);
    let depth = slot.depth.saturating_add(1);
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    let length = fields.take("Lgth", "octets", |octets: &[u8; 4]| u32::from_le_bytes(*octets).to_string());
    if length.is_some_and(|length| length != [16, 0, 0, 0]) {
        fields.flaw(slot.at..slot.at.saturating_add(4), "Lgth must be 16");
    }
    fields.take("Bnd", "octets", |octets: &[u8; 16]| {
        if octets == &[0; 16] {
            return "zero: no channel bindings".to_string();
        }
        format!("{} (MD5 of the channel bindings)", hex(octets))
    });
    let flags = fields.take("Flags", "octets", |octets: &[u8; 4]| flag_names(u32::from_le_bytes(*octets)));
    let flags = ContextFlags::from_bits(flags.map_or(0, u32::from_le_bytes));
    if flags.contains(ContextFlags::DELEGATE) {
        delegation(&mut fields, depth);
    }
    extensions(&mut fields);
}

fn flag_names(bits: u32) -> String {
    let mut text = format!("{bits:#x}");
    for name in ContextFlags::from_bits(bits).names() {
        let _ = write!(text, " {name}");
    }
    text
}

fn delegation(fields: &mut Fixed<'_, '_, '_>, depth: usize) {
    let number = |octets: &[u8; 2]| u16::from_le_bytes(*octets).to_string();
    if fields.take("DlgOpt", "octets", number).is_none() {
        return;
    }
    let Some(length) = fields.take("Dlgth", "octets", number) else { return };
    let length = usize::from(u16::from_le_bytes(length));
    let (credential, rest) = match fields.octets.split_at_checked(length) {
        Some(parts) => parts,
        None => {
            let why = format!("Dlgth says {length} octets, but {} are left", fields.octets.len());
            fields.flaw(fields.remaining(), why);
            (fields.octets, &[][..])
        }
    };
    fields.walk.push(Slot::new(fields.node, depth, "Deleg", credential, fields.at, &messages::KRB_CRED));
    fields.at = fields.at.saturating_add(credential.len());
    fields.octets = rest;
}

/// Extensions: type and length in four octets each, high octet first (RFC 6542 section 3.1).
fn extensions(fields: &mut Fixed<'_, '_, '_>) {
    let number = |octets: &[u8; 4]| u32::from_be_bytes(*octets).to_string();
    while !fields.octets.is_empty() && !fields.walk.tree.is_full() {
        let both = fields
            .take("extension type", "octets", number)
            .and_then(|_| fields.take("extension length", "octets", number));
        let Some(length) = both else { return };
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        let Some((extension, rest)) = fields.octets.split_at_checked(length) else {
            return fields.flaw(fields.remaining(), "the extension is longer than what is left");
        };
        let node =
            fields.walk.tree.add(fields.node, "octets", "extension", fields.at..fields.at.saturating_add(length));
        let value = fields.walk.unnamed(extension);
        fields.walk.tree.set_value(node, value);
        (fields.octets, fields.at) = (rest, fields.at.saturating_add(length));
    }
}

/// The head of a PAC and the kinds of its buffers ([MS-PAC] sections 2.3 and 2.4).
pub(super) fn pac<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
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
        pac_buffer(&mut fields, info, &slot);
        (fields.octets, fields.at) = (rest, fields.at.saturating_add(16));
    }
}

fn pac_buffer(fields: &mut Fixed<'_, '_, '_>, info: &[u8; 16], slot: &Slot<'_>) {
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
    if end > slot.range().end {
        fields.walk.tree.flaw(node, fields.at..fields.at.saturating_add(16), "it would lie outside the PAC");
    }
}
<<<<<<< HEAD
=======

/// NTLM is only named ([MS-NLMP] section 2.2.1).
fn ntlm<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "NTLMSSP", "NTLM message");
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    fields.take("Signature", "octets", |octets: &[u8; 8]| plain(octets));
    let number = fields.take("MessageType", "ULONG", |octets: &[u8; 4]| {
        let number = u32::from_le_bytes(*octets);
        match numbers::ntlm_message(i64::from(number)) {
            Some(name) => format!("{number} ({name})"),
            None => number.to_string(),
        }
    });
    if !fields.octets.is_empty() {
        fields.rest("message", "octets", |octets| format!("({} octets)", octets.len()));
    }
    if let Some(number) = number {
        walk.tree.set_number(node, i64::from(u32::from_le_bytes(number)));
    }
}

/// NegoEx is only named (draft-zhu-negoex section 4).
fn negoex<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "NEGOEXTS", "NegoEx message");
    walk.tree.set_value(node, format!("({} octets)", slot.octets.len()));
}

/// A MIC token (RFC 4121 section 4.2.6.1).
fn mic<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "MIC token", "MIC token");
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    fields.take("TOK_ID", "octets", |octets: &[u8; 2]| format!("{} (MIC token of RFC 4121)", hex(octets)));
    fields.take("Flags", "octets", per_message_flags);
    fields.take("Filler", "octets", |octets: &[u8; 5]| hex(octets));
    fields.take("SND_SEQ", "octets", |octets: &[u8; 8]| u64::from_be_bytes(*octets).to_string());
    fields.rest("SGN_CKSUM", "octets", hex);
}

/// A Wrap token (RFC 4121 section 4.2.6.2).
fn wrap<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "Wrap token", "Wrap token");
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    let number = |octets: &[u8; 2]| u16::from_be_bytes(*octets).to_string();
    fields.take("TOK_ID", "octets", |octets: &[u8; 2]| format!("{} (Wrap token of RFC 4121)", hex(octets)));
    fields.take("Flags", "octets", per_message_flags);
    fields.take("Filler", "octets", |octets: &[u8; 1]| hex(octets));
    fields.take("EC", "octets", number);
    fields.take("RRC", "octets", number);
    fields.take("SND_SEQ", "octets", |octets: &[u8; 8]| u64::from_be_bytes(*octets).to_string());
    fields.rest("Data", "octets", |octets| format!("({} octets)", octets.len()));
}

/// RFC 4121 section 4.2.2.
fn per_message_flags(octets: &[u8; 1]) -> String {
    let mut text = format!("0x{}", hex(octets));
    for (bit, name) in [(1, "SentByAcceptor"), (2, "Sealed"), (4, "AcceptorSubkey")] {
        if octets.iter().any(|flags| flags & bit != 0) {
            let _ = write!(text, " {name}");
        }
    }
    text
}

/// The content of an OCTET STRING.
pub(super) fn octets<'a>(
    walk: &mut Walk<'a, '_>,
    node: usize,
    slot: &Slot<'a>,
    holds: Content,
    content: &'a [u8],
    at: usize,
) {
    let inside = |name: &'static str, holds| Slot {
        parent: node,
        depth: slot.depth.saturating_add(1),
        name: name.into(),
        octets: content,
        at,
        outer: at,
        holds,
        selector: None,
    };
    let selector = slot.selector.unwrap_or(0);
    let structure = match holds {
        Content::Token if !content.is_empty() => Some(inside("", &schema::TOKEN)),
        Content::Checksum => schema::checksum(selector).map(|holds| inside(holds.name, holds)),
        Content::Authorization => schema::authorization(selector).map(|holds| inside(holds.name, holds)),
        Content::ErrorData if is_kerb_error_data(content) => {
            Some(inside(schema::KERB_ERROR_DATA.name, &schema::KERB_ERROR_DATA))
        }
        _ => None,
    };
    if let Some(structure) = structure {
        return walk.push(structure);
    }
    let value = match holds {
        Content::Cipher => format!("({} octets)", content.len()),
        Content::Key => walk.key(content),
        Content::Text => plain(content),
        Content::Address => address(selector, content),
        Content::Authorization => authorization(selector, content),
        _ => hex(content),
    };
    walk.tree.set_value(node, if content.is_empty() { "(empty)".to_string() } else { value });
}

/// `SEQUENCE { data-type [1] …`, which METHOD-DATA and TYPED-DATA do not begin with ([MS-KILE] section 2.2.2).
fn is_kerb_error_data(content: &[u8]) -> bool {
    Tlv::read(content).is_ok_and(|tlv| tlv.identifier == 0x30 && tlv.content.first() == Some(&0xa1))
}

/// RFC 4120 section 7.5.3.
fn address(address_type: i64, octets: &[u8]) -> String {
    match address_type {
        2 => <[u8; 4]>::try_from(octets).map(|octets| Ipv4Addr::from(octets).to_string()),
        24 => <[u8; 16]>::try_from(octets).map(|octets| Ipv6Addr::from(octets).to_string()),
        20 => Ok(plain(octets)),
        _ => return hex(octets),
    }
    .unwrap_or_else(|_| hex(octets))
}

/// Elements of authorization data that are no ASN.1 ([MS-KILE] section 3.2.5.8).
fn authorization(ad_type: i64, octets: &[u8]) -> String {
    match (ad_type, octets) {
        (143, [a, b, c, d]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            let bound = if bits & 0x4000 == 0 { "" } else { " KERB_AP_OPTIONS_CBT: the client knows channel bindings" };
            format!("{bits:#x}{bound}")
        }
        (144, _) => plain_utf16(octets),
        _ => hex(octets),
    }
}
>>>>>>> main
