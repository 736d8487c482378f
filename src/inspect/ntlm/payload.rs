//! The payload of a message: the parts that its Fields announce, in the order of the octets, and what lies between.

use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

use crate::inspect::escape::{elided, hex};
use crate::inspect::fixed::Fixed;

/// Len, MaxLen and BufferOffset of a part, and where they stand.
pub(super) struct Announced {
    name: &'static str,
    fields: Range<usize>,
    len: usize,
    offset: usize,
}

/// A part of the payload.
pub(super) struct Part<'a> {
    pub(super) name: &'static str,
    /// As much of it as there is.
    pub(super) octets: &'a [u8],
    /// Where it begins in the token.
    pub(super) at: usize,
    /// How long it should be.
    pub(super) announced: usize,
    fields: Range<usize>,
    offset: usize,
}

impl Part<'_> {
    pub(super) fn range(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.octets.len())
    }
}

/// The next Fields structure ([MS-NLMP] section 2.2.1), and the part it announces.
pub(super) fn part(fields: &mut Fixed<'_, '_, '_>, name: &'static str, of: &'static str) -> Option<Announced> {
    let begin = fields.at;
    let octets = fields.take(name, "Fields", |octets: &[u8; 8]| {
        let (len, max_len, offset) = numbers(*octets);
        format!("Len {len}, MaxLen {max_len}, BufferOffset {offset}")
    })?;
    let (len, _, offset) = numbers(octets);
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    Some(Announced { name: of, fields: begin..fields.at, len: len.into(), offset })
}

const fn numbers(octets: [u8; 8]) -> (u16, u16, u32) {
    let [l0, l1, m0, m1, o0, o1, o2, o3] = octets;
    (u16::from_le_bytes([l0, l1]), u16::from_le_bytes([m0, m1]), u32::from_le_bytes([o0, o1, o2, o3]))
}

/// All parts of a message that are not empty.
pub(super) struct Payload<'a> {
    message: &'a [u8],
    /// Where the message begins in the token.
    base: usize,
    /// Where the fixed part ends without what may follow the flags.
    fixed: usize,
    parts: Vec<Part<'a>>,
}

impl<'a> Payload<'a> {
    /// Finds the parts; `fields` stands behind what every fixed part of this message has.
    pub(super) fn new(message: &'a [u8], fields: &Fixed<'_, 'a, '_>, announced: &[Announced]) -> Self {
        let fixed = message.len().saturating_sub(fields.octets.len());
        let base = fields.at.saturating_sub(fixed);
        let parts = announced.iter().filter(|part| part.len > 0).map(|part| {
            let end = part.offset.saturating_add(part.len).min(message.len());
            let octets = message.get(part.offset..end).unwrap_or_default();
            Part {
                name: part.name,
                octets,
                at: base.saturating_add(part.offset.min(message.len())),
                announced: part.len,
                fields: part.fields.clone(),
                offset: part.offset,
            }
        });
        let mut parts: Vec<_> = parts.collect();
        parts.sort_by_key(|part| part.offset);
        Self { message, base, fixed, parts }
    }

    /// The octets of a part; none if it is not there, or only in parts.
    pub(super) fn octets(&self, name: &str) -> &'a [u8] {
        let whole = |part: &&Part<'a>| part.name == name && part.octets.len() == part.announced;
        self.parts.iter().find(whole).map_or(&[], |part| part.octets)
    }

    /// How many octets there are between the fixed part and the first part of the payload.
    pub(super) fn room(&self) -> usize {
        let start = self.parts.first().map_or(self.message.len(), |part| part.offset.min(self.message.len()));
        start.saturating_sub(self.fixed)
    }

    /// Has each part explained, names the octets that belong to none, and remarks what cannot be.
    pub(super) fn explain<'w, 't>(
        self,
        fields: &mut Fixed<'w, 'a, 't>,
        mut explain: impl FnMut(&mut Fixed<'w, 'a, 't>, &Part<'a>),
    ) {
        let mut done = fields.at.saturating_sub(self.base);
        for part in &self.parts {
            let end = part.offset.saturating_add(part.announced);
            if end > self.message.len() {
                let why =
                    format!("{} would end at octet {end} of a message that has {}", part.name, self.message.len());
                fields.flaw(part.fields.clone(), why);
            }
            if part.offset < done {
                let why = format!("{} begins at octet {} of the message, which is not its own", part.name, part.offset);
                fields.flaw(part.fields.clone(), why);
            }
            self.unused(fields, done..part.offset);
            if !part.octets.is_empty() {
                explain(fields, part);
            }
            done = done.max(end);
        }
        self.unused(fields, done..self.message.len());
        fields.octets = &[];
    }

    /// Octets between the parts, or behind them. A damaged message may have its responses there.
    fn unused(&self, fields: &mut Fixed<'_, '_, '_>, range: Range<usize>) {
        let range = range.start..range.end.min(self.message.len());
        let Some(octets) = self.message.get(range.clone()).filter(|octets| !octets.is_empty()) else { return };
        let begin = self.base.saturating_add(range.start);
        let end = begin.saturating_add(octets.len());
        let node = fields.walk.tree.add(fields.node, "octets", "unused", begin..end);
        let shown = fields.walk.show_keys || octets.iter().all(|octet| *octet == 0);
        fields.walk.tree.set_value(node, if shown { hex(octets) } else { elided(octets) });
    }
}
