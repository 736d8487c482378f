//! NDR, read tolerantly: what does not fit is said, and ends the buffer.
//!
//! A structure's pointers come first and what they point to behind it, each followed by what it points to itself. Nothing
//! recurses: what is still to come waits on a stack.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use super::structures::{CLAIMS_SET, Kind, Referent, Sign, Structure};
use super::words::{self, flags, named_sid};
use crate::inspect::escape::{elided, hex, plain_utf16};
use crate::inspect::fixed::Fixed;

/// One type-serialized structure ([MS-RPCE] section 2.2.6): two headers, a pointer, and the structure.
pub(super) fn explain(fields: &mut Fixed<'_, '_, '_>, top: &'static Structure) {
    let mut ndr = Ndr { base: fields.at, fields, pending: Vec::new(), domain: None, unresolved: Vec::new() };
    let _ = ndr.serialized(top);
    if ndr.fields.octets.iter().any(|octet| *octet != 0) || ndr.fields.octets.len() >= 8 {
        let (range, count) = (ndr.fields.remaining(), ndr.fields.octets.len());
        ndr.fields.flaw(range, format!("{count} octets too many behind the structure"));
    }
}

struct Ndr<'f, 'w, 'a, 't> {
    fields: &'f mut Fixed<'w, 'a, 't>,
    /// Where alignment counts from.
    base: usize,
    pending: Vec<Pending>,
    /// The domain that relative identifiers belong to, once it is known, and groups that came before it.
    domain: Option<String>,
    unresolved: Vec<(usize, u32, u32)>,
}

/// What a pointer owes.
struct Pending {
    parent: usize,
    name: Cow<'static, str>,
    referent: Referent,
}

impl Ndr<'_, '_, '_, '_> {
    fn serialized(&mut self, top: &'static Structure) -> Option<()> {
        let fields = &mut *self.fields;
        let common = fields.take("CommonHeader", "RPCE header", |octets: &[u8; 8]| hex(octets))?;
        if !matches!(common, [1, 0x10, 8, 0, ..]) {
            let range = fields.at.saturating_sub(8)..fields.at;
            fields.flaw(range, "not version 1 in little-endian: [MS-RPCE] section 2.2.6.1");
            return None;
        }
        let length = |octets: &[u8; 8]| {
            let [a, b, c, d, ..] = *octets;
            format!("ObjectBufferLength {}", u32::from_le_bytes([a, b, c, d]))
        };
        fields.take("PrivateHeader", "RPCE header", length)?;
        if self.pointer("Pointer")? == 0 {
            return Some(());
        }
        let parent = self.fields.node;
        self.structure(parent, top.name.into(), top)?;
        self.referents(parent)
    }

    /// What the pointers so far point to, the first one's first.
    fn referents(&mut self, home: usize) -> Option<()> {
        let mut stack: Vec<_> = self.pending.drain(..).rev().collect();
        while let Some(next) = stack.pop() {
            if self.fields.walk.tree.is_full() {
                break;
            }
            self.referent(next)?;
            stack.extend(self.pending.drain(..).rev());
        }
        self.fields.node = home;
        Some(())
    }

    /// A structure as a node with its fields below.
    fn structure(&mut self, parent: usize, name: Cow<'static, str>, of: &'static Structure) -> Option<()> {
        self.align(4)?;
        let begin = self.fields.at;
        let size = of.fields.iter().fold(0, |size, (_, kind)| kind.place(size)).next_multiple_of(4);
        let end = begin.saturating_add(size.min(self.fields.octets.len()));
        let node = self.add(parent, of.name, name, begin..end);
        self.fields.node = node;
        of.fields.iter().try_for_each(|(name, kind)| self.field(name, *kind))
    }

    fn field(&mut self, name: &'static str, kind: Kind) -> Option<()> {
        let number = |octets: &[u8; 4]| u32::from_le_bytes(*octets).to_string();
        match kind {
            Kind::UShort => {
                self.align(2)?;
                self.fields.take(name, "USHORT", |octets| u16::from_le_bytes(*octets).to_string())?;
            }
            Kind::ULong => {
                self.align(4)?;
                self.fields.take(name, "ULONG", number)?;
            }
            Kind::Flags(names) => {
                self.align(4)?;
                self.fields.take(name, "ULONG", |octets| flags(u32::from_le_bytes(*octets), names))?;
            }
            Kind::Time => {
                self.align(4)?;
                self.fields.take(name, "FILETIME", |octets| words::file_time(*octets))?;
            }
            Kind::Secret16 => {
                let shown = self.fields.walk.show_keys;
                let say = |octets: &[u8; 16]| match octets {
                    octets if shown || *octets == [0; 16] => hex(octets),
                    octets => elided(octets),
                };
                self.fields.take(name, "USER_SESSION_KEY", say)?;
            }
            Kind::Reserved8 => {
                self.fields.take(name, "ULONG[2]", |octets: &[u8; 8]| hex(octets))?;
            }
            Kind::Text => self.text(name)?,
            Kind::To(referent) => self.to(name, referent)?,
            Kind::ClaimValues => self.claim_values(name)?,
        }
        Some(())
    }

    fn text(&mut self, name: &'static str) -> Option<()> {
        self.align(4)?;
        let parent = self.fields.node;
        let octets = self.fields.take(name, "RPC_UNICODE_STRING", |octets: &[u8; 8]| {
            let [a, b, c, d, ..] = *octets;
            format!("Length {}, MaximumLength {}", u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))
        })?;
        if !octets.ends_with(&[0; 4]) {
            self.pending.push(Pending { parent, name: name.into(), referent: Referent::Text });
        }
        Some(())
    }

    fn to(&mut self, name: &'static str, referent: Referent) -> Option<()> {
        let parent = self.fields.node;
        if self.pointer(name)? != 0 {
            self.pending.push(Pending { parent, name: name.into(), referent });
        }
        Some(())
    }

    fn claim_values(&mut self, name: &'static str) -> Option<()> {
        let kind = self.fields.take("switch", "USHORT", |octets| u16::from_le_bytes(*octets).to_string())?;
        self.field("ValueCount", Kind::ULong)?;
        let referent = match u16::from_le_bytes(kind) {
            1 => Referent::Numbers(Sign::Signed),
            2 => Referent::Numbers(Sign::Unsigned),
            3 => Referent::Texts,
            6 => Referent::Numbers(Sign::Boolean),
            _ => {
                self.fields.flaw(self.fields.remaining(), "a claim of a type that [MS-ADTS] does not have");
                return None;
            }
        };
        self.to(name, referent)
    }

    fn pointer(&mut self, name: &'static str) -> Option<u32> {
        self.align(4)?;
        let pointer = self.fields.take(name, "pointer", |octets| match u32::from_le_bytes(*octets) {
            0 => "null".to_string(),
            pointer => format!("{pointer:#010x}"),
        })?;
        Some(u32::from_le_bytes(pointer))
    }

    fn referent(&mut self, Pending { parent, name, referent }: Pending) -> Option<()> {
        self.fields.node = parent;
        self.align(4)?;
        let begin = self.fields.at;
        let count = self.number()?;
        match referent {
            Referent::Sid => self.sid(parent, name, begin, count),
            Referent::Text => self.units(parent, name, begin),
            Referent::Groups => self.groups(parent, name, begin, count),
            Referent::Structures(of) => {
                let node = self.add(parent, "array", name, begin..self.fields.at);
                self.fields.walk.tree.set_value(node, count.to_string());
                (0..count).try_for_each(|index| {
                    if self.fields.walk.tree.is_full() {
                        return None;
                    }
                    self.structure(node, format!("[{index}]").into(), of)
                })
            }
            Referent::Texts => (0..count).try_for_each(|index| {
                self.fields.node = parent;
                if self.fields.walk.tree.is_full() {
                    return None;
                }
                if self.number()? != 0 {
                    self.pending.push(Pending { parent, name: format!("[{index}]").into(), referent: Referent::Text });
                }
                Some(())
            }),
            Referent::Numbers(sign) => self.numbers(parent, count, sign),
            Referent::Octets => self.octets(parent, name, begin, count).map(|_| ()),
            Referent::Claims => self.claims(parent, name, begin, count),
        }
    }

    fn sid(&mut self, parent: usize, name: Cow<'static, str>, begin: usize, count: usize) -> Option<()> {
        let octets = self.split(count.checked_mul(4)?.checked_add(8)?)?;
        let range = begin..self.fields.at;
        let node = self.add(parent, "SID", name.clone(), range.clone());
        let Some(sid) = words::sid(octets) else {
            self.fields.walk.tree.flaw(node, range, "no SID");
            return None;
        };
        self.fields.walk.tree.set_value(node, named_sid(&sid));
        if name != "Sid" {
            for (node, rid, attributes) in core::mem::take(&mut self.unresolved) {
                self.fields.walk.tree.set_value(node, group(&sid, rid, attributes));
            }
            self.domain = Some(sid);
        }
        Some(())
    }

    /// The rest of a conformant and varying array of units: its offset, its length, and they.
    fn units(&mut self, parent: usize, name: Cow<'static, str>, begin: usize) -> Option<()> {
        let _offset = self.number()?;
        let length = self.number()?;
        let octets = self.split(length.checked_mul(2)?)?;
        let node = self.add(parent, "UTF-16", name, begin..self.fields.at);
        let text = octets.strip_suffix(&[0, 0]).filter(|text| text.len().is_multiple_of(2)).unwrap_or(octets);
        self.fields.walk.tree.set_value(node, plain_utf16(text));
        Some(())
    }

    fn groups(&mut self, parent: usize, name: Cow<'static, str>, begin: usize, count: usize) -> Option<()> {
        let octets = self.split(count.checked_mul(8)?)?;
        let array = self.add(parent, "array", name, begin..self.fields.at);
        self.fields.walk.tree.set_value(array, count.to_string());
        let (groups, _) = octets.as_chunks::<8>();
        let mut at = begin.saturating_add(4);
        for (index, [a, b, c, d, attributes @ ..]) in groups.iter().enumerate() {
            if self.fields.walk.tree.is_full() {
                return None;
            }
            let (rid, attributes) = (u32::from_le_bytes([*a, *b, *c, *d]), u32::from_le_bytes(*attributes));
            let end = at.saturating_add(8);
            let node = self.add(array, "GROUP_MEMBERSHIP", format!("[{index}]"), at..end);
            self.fields.walk.tree.set_number(node, rid.into());
            match &self.domain {
                Some(domain) => self.fields.walk.tree.set_value(node, group(domain, rid, attributes)),
                None => self.unresolved.push((node, rid, attributes)),
            }
            at = end;
        }
        Some(())
    }

    fn numbers(&mut self, parent: usize, count: usize, sign: Sign) -> Option<()> {
        self.align(8)?;
        for index in 0..count {
            if self.fields.walk.tree.is_full() {
                return None;
            }
            let begin = self.fields.at;
            let octets = *self.split(8)?.first_chunk::<8>()?;
            let node = self.add(parent, "LONG64", format!("[{index}]"), begin..self.fields.at);
            let number = u64::from_le_bytes(octets);
            let text = match sign {
                Sign::Signed => i64::from_le_bytes(octets).to_string(),
                Sign::Unsigned => number.to_string(),
                Sign::Boolean => if number == 0 { "false" } else { "true" }.to_string(),
            };
            self.fields.walk.tree.set_value(node, text);
        }
        Some(())
    }

    fn octets(&mut self, parent: usize, name: Cow<'static, str>, begin: usize, count: usize) -> Option<usize> {
        let octets = self.split(count)?;
        let node = self.add(parent, "octets", name, begin..self.fields.at);
        self.fields.walk.tree.set_value(node, hex(octets));
        Some(node)
    }

    /// A CLAIMS_SET, serialized on its own within the octets; or compressed, and then left alone.
    fn claims(&mut self, parent: usize, name: Cow<'static, str>, begin: usize, count: usize) -> Option<()> {
        let octets = self.fields.octets.get(..count);
        let at = self.fields.at;
        let node = self.octets(parent, name, begin, count)?;
        let format = self.fields.walk.tree.child(parent, "usCompressionFormat");
        let format = format.and_then(|format| self.fields.walk.tree.node(format)).and_then(|node| node.value.clone());
        match (format.as_deref(), octets) {
            (Some("0"), Some(octets)) => {
                self.fields.walk.tree.set_value(node, format!("({count} octets)"));
                explain(&mut Fixed::new(self.fields.walk, node, octets, at), &CLAIMS_SET);
            }
            _ => {
                let kind = match format.as_deref() {
                    Some("2") => "LZNT1",
                    Some("3") => "XPRESS",
                    Some("4") => "XPRESS with Huffman codes",
                    _ => "an unknown way",
                };
                self.fields.walk.tree.set_value(node, format!("({count} octets, compressed by {kind})"));
            }
        }
        Some(())
    }

    /// A ULONG that only counts.
    fn number(&mut self) -> Option<usize> {
        let octets = *self.split(4)?.first_chunk::<4>()?;
        usize::try_from(u32::from_le_bytes(octets)).ok()
    }

    /// Adds a node, and has those above it reach as far: what a pointer points to lies behind what the pointer is in.
    fn add(
        &mut self,
        parent: usize,
        kind: &'static str,
        name: impl Into<Cow<'static, str>>,
        range: Range<usize>,
    ) -> usize {
        self.fields.walk.tree.stretch(parent, range.end);
        self.fields.walk.tree.add(parent, kind, name, range)
    }

    fn align(&mut self, to: usize) -> Option<()> {
        let from = self.fields.at.saturating_sub(self.base);
        self.split(from.next_multiple_of(to).saturating_sub(from)).map(|_| ())
    }
}

impl<'a> Ndr<'_, '_, 'a, '_> {
    /// The next octets, or the remark that they are not there.
    fn split(&mut self, count: usize) -> Option<&'a [u8]> {
        let Some((octets, rest)) = self.fields.octets.split_at_checked(count) else {
            let (range, left) = (self.fields.remaining(), self.fields.octets.len());
            self.fields.flaw(range, format!("{left} octets are left where {count} should be"));
            self.fields.octets = &[];
            return None;
        };
        (self.fields.octets, self.fields.at) = (rest, self.fields.at.saturating_add(count));
        Some(octets)
    }
}

impl Kind {
    /// The size of a structure with this field added.
    fn place(self, size: usize) -> usize {
        let (align, octets) = match self {
            Self::UShort => (2, 2),
            Self::ULong | Self::Flags(_) | Self::To(_) => (4, 4),
            Self::Time | Self::Text | Self::Reserved8 => (4, 8),
            Self::Secret16 => (1, 16),
            Self::ClaimValues => (2, 10),
        };
        size.next_multiple_of(align).saturating_add(octets)
    }
}

fn group(domain: &str, rid: u32, attributes: u32) -> String {
    format!("{}, attributes {}", named_sid(&format!("{domain}-{rid}")), flags(attributes, words::GROUP_ATTRIBUTES))
}
