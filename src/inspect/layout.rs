//! The layout within messages that is not ASN.1: GSS-API's checksum.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use super::escape::hex;
use super::fixed::Fixed;
use super::messages;
use super::walk::{Slot, Walk};
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

/// Extensions: type and length in four octets each, high octet first (RFC 4121 section 4.1.1.1, RFC 6542 section 3).
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
