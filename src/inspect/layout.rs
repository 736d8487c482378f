//! What is not ASN.1: the frame's inside, GSS-API's checksum, PAC, NTLM, per-message tokens; and what OCTET STRINGs hold.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::ops::Range;

use super::escape::{hex, plain, plain_utf16};
use super::numbers;
use super::schema::{self, Content, Type};
use super::tlv::Tlv;
use super::walk::{Slot, Walk};
use crate::gss::{ContextFlags, Oid};

/// Any token: known by its first octets.
pub(super) fn token<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let of_message = |identifier: &u8| schema::MESSAGES.into_iter().find(|message| message.identifier == *identifier);
    match slot.octets {
        [0x60, ..] => framed(walk, &slot),
        [0x01..=0x03, 0x00, 0x60..=0x7f, ..] => kerberos_token(walk, slot),
        [0x04, 0x04, 0xff | 0x00..=0x07, ..] => mic(walk, &slot),
        [0x05, 0x04, ..] => wrap(walk, &slot),
        _ if slot.octets.starts_with(b"NTLMSSP\0") => ntlm(walk, &slot),
        _ if slot.octets.starts_with(b"NEGOEXTS") => negoex(walk, &slot),
        octets => match octets.first().and_then(of_message) {
            // The alternative's own name says more than that it is a token.
            Some(message) => walk.push(Slot { name: named(&slot, message), holds: message, ..slot }),
            None => unknown(walk, &slot),
        },
    }
}

/// A token keeps the name of its field; where it has none, it is called by its type.
fn named(slot: &Slot<'_>, holds: &'static Type) -> Cow<'static, str> {
    match (&*slot.name, holds.name) {
        ("", "NegTokenInit") => "negTokenInit".into(),
        ("", "NegTokenResp") => "negTokenResp".into(),
        ("", name) => name.into(),
        _ => slot.name.clone(),
    }
}

fn unknown<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "unknown", "token");
    let value = walk.unnamed(slot.octets);
    walk.tree.set_value(node, value);
    walk.tree.flaw(node, slot.range(), "not a token of any kind known here");
}

/// Adds the node of a token whose kind is known by now.
fn add<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>, kind: &'static str, otherwise: &'static str) -> usize {
    let name = if slot.name.is_empty() { otherwise.into() } else { slot.name.clone() };
    walk.tree.add(slot.parent, kind, name, slot.range())
}

/// `InitialContextToken` (RFC 2743 section 3.1).
fn framed<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let node = add(walk, slot, "InitialContextToken", "InitialContextToken");
    let frame = match Tlv::read(slot.octets) {
        Ok(frame) => frame,
        Err(why) => return walk.tree.flaw(node, slot.range(), why),
    };
    let mut at = slot.at.saturating_add(frame.header);
    if let Some(why) = frame.flaw {
        walk.tree.flaw(node, slot.at..at, why);
    }
    if !frame.rest.is_empty() {
        let behind = at.saturating_add(frame.content.len());
        let why = format!("{} octets too many behind the frame", frame.rest.len());
        walk.tree.flaw(node, behind..behind.saturating_add(frame.rest.len()), why);
    }
    let name = match Tlv::read(frame.content) {
        Ok(name) if name.identifier == 0x06 => name,
        _ => return walk.tree.flaw(node, at..slot.range().end, "no mechanism's name, where one must be"),
    };
    let depth = slot.depth.saturating_add(1);
    let (octets, _) = frame.content.split_at_checked(name.len()).unwrap_or_default();
    let inside = |name: &'static str, octets, at, holds| Slot {
        parent: node,
        depth,
        name: name.into(),
        octets,
        at,
        outer: at,
        holds,
        selector: None,
    };
    walk.push(inside("thisMech", octets, at, &schema::OID));
    at = at.saturating_add(name.len());
    let mechanism = Oid::from_octets(name.content);
    let kerberos = [Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::KRB5_USER_TO_USER, Oid::IAKERB].contains(&mechanism);
    let holds = if kerberos { &schema::KERBEROS_TOKEN } else { &schema::TOKEN };
    if name.rest.is_empty() {
        walk.tree.flaw(node, at..at, "no token behind the mechanism's name");
    } else {
        walk.push(inside("", name.rest, at, holds));
    }
}

/// TOK_ID and what it announces (RFC 4121 section 4.1, RFC 1964 section 1.1).
pub(super) fn kerberos_token<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let Some((id, message)) = slot.octets.split_first_chunk::<2>() else {
        return walk.tree.flaw(slot.parent, slot.range(), "the token ends within TOK_ID");
    };
    let behind = slot.at.saturating_add(2);
    let node = walk.tree.add(slot.parent, "TOK_ID", "TOK_ID", slot.outer..behind);
    let announces = match id {
        [0x01, 0x00] => "KRB_AP_REQ",
        [0x02, 0x00] => "KRB_AP_REP",
        [0x03, 0x00] => "KRB_ERROR",
        [0x04, 0x00] => "KERB_TGT_REQUEST, user-to-user",
        [0x04, 0x01] => "KERB_TGT_REPLY, user-to-user",
        [0x05, 0x01] => "IAKERB_PROXY",
        [0x01, 0x01] => "MIC of RFC 1964 or RFC 4757",
        [0x02, 0x01] => "Wrap of RFC 1964 or RFC 4757",
        [0x01, 0x02] => "context deletion",
        _ => "not known",
    };
    walk.tree.set_value(node, format!("{} ({announces})", hex(id)));
    let known = schema::MESSAGES.into_iter().find(|known| message.first() == Some(&known.identifier));
    let expected = match id {
        [0x01, 0x00] => Some(&schema::AP_REQ),
        [0x02, 0x00] => Some(&schema::AP_REP),
        [0x03, 0x00] => Some(&schema::KRB_ERROR),
        _ => None,
    };
    match (expected, known) {
        (Some(expected), Some(known)) if expected.identifier != known.identifier => {
            let why = format!("TOK_ID announces {}, but {} follows", expected.name, known.name);
            walk.tree.flaw(node, slot.range(), why);
        }
        (None, _) if announces == "not known" => walk.tree.flaw(node, slot.outer..behind, "no such TOK_ID"),
        _ => {}
    }
    match known.or(expected) {
        Some(holds) => {
            walk.push(Slot { name: holds.name.into(), octets: message, at: behind, outer: behind, holds, ..slot })
        }
        None => {
            let rest = walk.tree.add(slot.parent, "octets", "message", behind..slot.range().end);
            walk.tree.set_value(rest, hex(message));
        }
    }
}

/// Fields of fixed width, one behind the other.
struct Fixed<'w, 'a, 't> {
    walk: &'w mut Walk<'a, 't>,
    node: usize,
    octets: &'a [u8],
    at: usize,
}

impl<'w, 'a, 't> Fixed<'w, 'a, 't> {
    fn new(walk: &'w mut Walk<'a, 't>, node: usize, octets: &'a [u8], at: usize) -> Self {
        Self { walk, node, octets, at }
    }

    /// The next octets as a field of this name, or the remark that they are not there.
    fn take<const N: usize>(
        &mut self,
        name: &'static str,
        kind: &'static str,
        say: impl FnOnce(&[u8; N]) -> String,
    ) -> Option<[u8; N]> {
        let range = self.at..self.at.saturating_add(self.octets.len().min(N));
        let Some((field, rest)) = self.octets.split_first_chunk::<N>() else {
            self.walk.tree.flaw(
                self.node,
                range,
                format!("{} octets are left for {name}, which has {N}", self.octets.len()),
            );
            self.octets = &[];
            return None;
        };
        let node = self.walk.tree.add(self.node, kind, name, range.clone());
        self.walk.tree.set_value(node, say(field));
        (self.octets, self.at) = (rest, range.end);
        Some(*field)
    }

    /// What is left, as one field.
    fn rest(&mut self, name: &'static str, kind: &'static str, say: impl FnOnce(&[u8]) -> String) {
        let node = self.walk.tree.add(self.node, kind, name, self.remaining());
        self.walk.tree.set_value(node, say(self.octets));
        self.octets = &[];
    }

    fn remaining(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.octets.len())
    }

    fn flaw(&mut self, range: Range<usize>, why: impl Into<String>) {
        self.walk.tree.flaw(self.node, range, why);
    }
}

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
    let slot = Slot {
        parent: fields.node,
        depth,
        name: "Deleg".into(),
        octets: credential,
        at: fields.at,
        outer: fields.at,
        holds: &schema::KRB_CRED,
        selector: None,
    };
    fields.walk.push(slot);
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

/// Elements of authorization data that are no ASN.1 ([MS-KILE] sections 2.2.5 and 3.2.5.8).
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
