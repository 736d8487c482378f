//! Tokens by their first octets: the frame, what stands in it, and those of other mechanisms.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use super::escape::{hex, plain};
use super::fixed::Fixed;
use super::schema::Type;
use super::tlv::Tlv;
use super::walk::{Slot, Walk};
use super::{messages, numbers};
use crate::gss::Oid;

/// Any token: known by its first octets.
pub(super) fn token<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let of_message = |identifier: &u8| messages::MESSAGES.into_iter().find(|message| message.identifier == *identifier);
    match slot.octets {
        [0x60, ..] => framed(walk, &slot),
        [0x01..=0x03, 0x00, 0x60..=0x7f, ..] => unframed(walk, slot),
        [0x04, 0x04, 0xff | 0x00..=0x07, ..] => mic(walk, &slot),
        // A Wrap token begins likewise, but has 0xff where a cache has the length of its header, 0 or 12 as everyone writes it.
        [0x05, 0x04, 0x00, 0x00 | 0x0c, ..] | [0x05, 0x03, 0x00, ..] => {
            file(walk, &slot, "credential cache", "a credential cache, and no token: `negotiate ccache list` reads it");
        }
        [0x05, 0x02, ..] => file(walk, &slot, "keytab", "a keytab, and no token: `negotiate keytab list` reads it"),
        [0x05, 0x04, ..] => wrap(walk, &slot),
        _ if slot.octets.starts_with(b"NTLMSSP\0") => ntlm(walk, &slot),
        #[cfg(feature = "ntlm")]
        [0x01, 0x00, 0x00, 0x00, rest @ ..] if rest.len() >= 12 => {
            let node = add(walk, &slot, "NTLMSSP_MESSAGE_SIGNATURE", "NTLMSSP_MESSAGE_SIGNATURE");
            super::ntlm::signature(walk, &slot, node);
        }
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

/// A file with keys in it, of which nothing is shown.
fn file<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>, kind: &'static str, why: &'static str) {
    let node = add(walk, slot, kind, "file");
    walk.tree.set_value(node, format!("({} octets)", slot.octets.len()));
    walk.tree.flaw(node, slot.range(), why);
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
    walk.push(Slot::new(node, depth, "thisMech", octets, at, &messages::OID));
    at = at.saturating_add(name.len());
    let mechanism = Oid::from_octets(name.content);
    let kerberos = [Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::KRB5_USER_TO_USER, Oid::IAKERB].contains(&mechanism);
    let holds = if kerberos { &messages::KERBEROS_TOKEN } else { &messages::TOKEN };
    if name.rest.is_empty() {
        walk.tree.flaw(node, at..at, "no token behind the mechanism's name");
    } else {
        walk.push(Slot::new(node, depth, "", name.rest, at, holds));
    }
}

/// What should stand within a frame, and stands alone.
fn unframed<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let node = add(walk, &slot, "innerContextToken", "innerContextToken");
    kerberos_token(walk, Slot { parent: node, depth: slot.depth.saturating_add(1), ..slot });
}

/// TOK_ID and what it announces (RFC 4121 section 4.1, RFC 1964 section 1.1).
pub(super) fn kerberos_token<'a>(walk: &mut Walk<'a, '_>, slot: Slot<'a>) {
    let Some((id, message)) = slot.octets.split_first_chunk::<2>() else {
        return walk.tree.flaw(slot.parent, slot.range(), "the token ends within TOK_ID");
    };
    let behind = slot.at.saturating_add(2);
    let node = walk.tree.add(slot.parent, "TOK_ID", "TOK_ID", slot.outer..behind);
    match numbers::token_id(*id) {
        Some(name) => walk.tree.set_value(node, format!("{} ({name})", hex(id))),
        None => {
            walk.tree.set_value(node, hex(id));
            walk.tree.flaw(node, slot.outer..behind, "no such TOK_ID");
        }
    }
    let follows = messages::MESSAGES.into_iter().find(|known| message.first() == Some(&known.identifier));
    let announced = announced(*id);
    if let (Some(announced), Some(follows)) = (announced, follows)
        && announced.identifier != follows.identifier
    {
        let why = format!("TOK_ID announces {}, but {} follows", announced.name, follows.name);
        walk.tree.flaw(node, slot.outer..behind, why);
    }
    match follows.or(announced) {
        Some(holds) => walk.push(Slot::new(slot.parent, slot.depth, holds.name, message, behind, holds)),
        None => {
            let rest = walk.tree.add(slot.parent, "octets", "message", behind..slot.range().end);
            walk.tree.set_value(rest, hex(message));
        }
    }
}

/// The message that a TOK_ID announces, where it has a table.
const fn announced(id: [u8; 2]) -> Option<&'static Type> {
    match id {
        [0x01, 0x00] => Some(&messages::AP_REQ),
        [0x02, 0x00] => Some(&messages::AP_REP),
        [0x03, 0x00] => Some(&messages::KRB_ERROR),
        _ => None,
    }
}

/// The kinds of nodes that messages of NTLM get ([MS-NLMP] section 2.2.1); the last one is for any other number.
pub(super) const NTLM_MESSAGES: [&str; 4] =
    ["NEGOTIATE_MESSAGE", "CHALLENGE_MESSAGE", "AUTHENTICATE_MESSAGE", "NTLMSSP"];

/// A message of NTLM. Without the feature `ntlm` it is only named.
fn ntlm<'a>(walk: &mut Walk<'a, '_>, slot: &Slot<'a>) {
    let [negotiate, challenge, authenticate, other] = NTLM_MESSAGES;
    let kind = match slot.octets {
        [_, _, _, _, _, _, _, _, 1, 0, 0, 0, ..] => negotiate,
        [_, _, _, _, _, _, _, _, 2, 0, 0, 0, ..] => challenge,
        [_, _, _, _, _, _, _, _, 3, 0, 0, 0, ..] => authenticate,
        _ => other,
    };
    let node = add(walk, slot, kind, "NTLM message");
    let mut fields = Fixed::new(walk, node, slot.octets, slot.at);
    fields.take("Signature", "octets", |octets: &[u8; 8]| plain(octets));
    let number = fields.take("MessageType", "ULONG", |octets: &[u8; 4]| {
        let number = u32::from_le_bytes(*octets);
        match numbers::ntlm_message(i64::from(number)) {
            Some(name) => format!("{number} ({name})"),
            None => number.to_string(),
        }
    });
    #[cfg(feature = "ntlm")]
    if let Some(number) = number {
        super::ntlm::message(&mut fields, slot.octets, u32::from_le_bytes(number));
    }
    if number.is_some() && !fields.octets.is_empty() {
        fields.rest("message", "octets", |octets| format!("({} octets)", octets.len()));
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
