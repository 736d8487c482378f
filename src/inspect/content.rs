//! What OCTET STRINGs hold.

use alloc::format;
use alloc::string::{String, ToString};
use core::net::{Ipv4Addr, Ipv6Addr};

use super::escape::{hex, plain, plain_utf16};
use super::messages;
use super::schema::Content;
use super::tlv::Tlv;
use super::walk::{Slot, Walk};

/// The content of an OCTET STRING.
pub(super) fn octets<'a>(
    walk: &mut Walk<'a, '_>,
    node: usize,
    slot: &Slot<'a>,
    holds: Content,
    content: &'a [u8],
    at: usize,
) {
    let depth = slot.depth.saturating_add(1);
    let inside = |name, holds| Slot::new(node, depth, name, content, at, holds);
    let selector = slot.selector.unwrap_or(0);
    let structure = match holds {
        Content::Token if !content.is_empty() => Some(inside("", &messages::TOKEN)),
        Content::Checksum => messages::checksum(selector).map(|holds| inside(holds.name, holds)),
        Content::Authorization => messages::authorization(selector).map(|holds| inside(holds.name, holds)),
        Content::ErrorData if is_kerb_error_data(content) => {
            Some(inside(messages::KERB_ERROR_DATA.name, &messages::KERB_ERROR_DATA))
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
