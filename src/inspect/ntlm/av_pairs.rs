//! Lists of AV_PAIR ([MS-NLMP] section 2.2.2.1).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::inspect::escape::{hex, plain_utf16};
use crate::inspect::fixed::Fixed;
use crate::ntlm::message::{AvFlags, AvId, AvPair, FileTime, SingleHostData};

/// Pairs whose number is remembered, to find those that are there twice.
const REMEMBERED: usize = 32;

/// Explains the pairs up to MsvAvEOL, and the octets behind it. `fields` has nothing else.
pub(super) fn explain(fields: &mut Fixed<'_, '_, '_>) {
    let mut seen = Vec::new();
    while !fields.walk.tree.is_full() {
        let Some((&[i, d, l, n], behind)) = fields.octets.split_first_chunk() else {
            return fields.flaw(fields.remaining(), "the list ends without MsvAvEOL");
        };
        let (id, length) = (AvId(u16::from_le_bytes([i, d])), usize::from(u16::from_le_bytes([l, n])));
        let (value, rest, cut) = match behind.split_at_checked(length) {
            Some((value, rest)) => (value, rest, false),
            None => (behind, &[][..], true),
        };
        let end = fields.at.saturating_add(4).saturating_add(value.len());
        let node = fields.walk.tree.add(fields.node, "AV_PAIR", id.to_string(), fields.at..end);
        if cut {
            let why = format!("AvLen says {length} octets, but {} are left", value.len());
            fields.walk.tree.flaw(node, fields.at..end, why);
        }
        pair(fields, node, id, value);
        if seen.contains(&id) {
            fields.walk.tree.flaw(node, fields.at..end, "this pair is there twice");
        } else if seen.len() < REMEMBERED {
            seen.push(id);
        }
        (fields.octets, fields.at) = (rest, end);
        if id == AvId::EOL {
            return behind_the_end(fields);
        }
        if cut {
            return;
        }
    }
}

fn pair(fields: &mut Fixed<'_, '_, '_>, node: usize, id: AvId, value: &[u8]) {
    let tree = &mut *fields.walk.tree;
    let range = fields.at..fields.at.saturating_add(4).saturating_add(value.len());
    if id == AvId::EOL {
        if !value.is_empty() {
            tree.set_value(node, hex(value));
            tree.flaw(node, range, "MsvAvEOL has no octets");
        }
        return;
    }
    match AvPair::new(id, value) {
        Ok(pair) => tree.set_value(node, in_words(&pair)),
        Err(why) => {
            let text = (AvId::NB_COMPUTER_NAME..=AvId::DNS_TREE_NAME).contains(&id) || id == AvId::TARGET_NAME;
            tree.set_value(node, if text { plain_utf16(value) } else { hex(value) });
            tree.flaw(node, range, why.to_string());
        }
    }
}

/// What a pair says.
fn in_words(pair: &AvPair<'_>) -> String {
    match pair {
        AvPair::NbComputerName(text)
        | AvPair::NbDomainName(text)
        | AvPair::DnsComputerName(text)
        | AvPair::DnsDomainName(text)
        | AvPair::DnsTreeName(text)
        | AvPair::TargetName(text) => plain_utf16(text.octets()),
        AvPair::Flags(flags) => av_flags(*flags),
        AvPair::Timestamp(time) => file_time(*time),
        AvPair::SingleHost(SingleHostData { size, z4, custom_data, machine_id, rest }) => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} octets more", rest.len()) };
            format!("Size {size}, Z4 {z4}, CustomData {}, MachineID {}{more}", hex(*custom_data), hex(*machine_id))
        }
        AvPair::ChannelBindings(hash) if **hash == [0; 16] => "all zero: none".to_string(),
        AvPair::ChannelBindings(hash) => format!("{} (MD5 of the channel bindings)", hex(*hash)),
        AvPair::Other(_, value) => hex(value),
    }
}

/// FILETIME in words, and its number, for a response must repeat it to the last 100 nanoseconds.
pub(super) fn file_time(time: FileTime) -> String {
    format!("{time} ({})", time.0)
}

fn av_flags(flags: AvFlags) -> String {
    let mut text = format!("{:#010x}", flags.bits());
    for name in flags.names() {
        text.push(' ');
        text.push_str(name);
    }
    text
}

/// Nothing, or the zero octets that end `temp` in section 3.3.2.
fn behind_the_end(fields: &mut Fixed<'_, '_, '_>) {
    if fields.octets.is_empty() {
        return;
    }
    let range = fields.remaining();
    if fields.octets.len() > 4 || fields.octets.iter().any(|octet| *octet != 0) {
        fields.flaw(range, "behind MsvAvEOL there may be four zero octets and nothing else");
    }
    fields.rest("Z(4)", "octets", hex);
}
