//! Where the parts of variable length lie.
//!
//! ```text
//! message  | fixed part        | gap | value | value | gap | value | trailing |
//! Fields     Len Max Offset ─────────▲
//! ```

#[cfg(test)]
mod exhaustive;

use alloc::vec::Vec;

use super::{Error, Field};

/// Len, MaxLen and BufferOffset of one part ([MS-NLMP] section 2.2.1), as they stand in a message.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Fields {
    /// The length in octets.
    pub len: u16,
    /// The same again, as a rule; it means nothing to the receiver.
    pub max_len: u16,
    /// Octets from the beginning of the message. Of an empty part it may be anything.
    pub buffer_offset: u32,
}

impl Fields {
    const fn from_octets(octets: [u8; 8]) -> Self {
        let [l0, l1, m0, m1, o0, o1, o2, o3] = octets;
        Self {
            len: u16::from_le_bytes([l0, l1]),
            max_len: u16::from_le_bytes([m0, m1]),
            buffer_offset: u32::from_le_bytes([o0, o1, o2, o3]),
        }
    }

    pub(super) const fn to_octets(self) -> [u8; 8] {
        let ([l0, l1], [m0, m1], [o0, o1, o2, o3]) =
            (self.len.to_le_bytes(), self.max_len.to_le_bytes(), self.buffer_offset.to_le_bytes());
        [l0, l1, m0, m1, o0, o1, o2, o3]
    }

    /// Where a part of this length comes to lie.
    fn placed(field: Field, len: usize, offset: usize) -> Result<Self, Error> {
        let (Ok(len), Ok(buffer_offset)) = (u16::try_from(len), u32::try_from(offset)) else {
            return Err(Error::TooLong(field));
        };
        Ok(Self { len, max_len: len, buffer_offset })
    }

    /// One past the last octet; neither wraps nor saturates (row D01).
    fn end(self) -> u64 {
        u64::from(self.buffer_offset).saturating_add(self.len.into())
    }

    /// Whether two parts share an octet.
    fn overlaps(self, other: Self) -> bool {
        self.len != 0
            && other.len != 0
            && u64::from(self.buffer_offset) < other.end()
            && u64::from(other.buffer_offset) < self.end()
    }

    fn range(self) -> Option<core::ops::Range<usize>> {
        Some(usize::try_from(self.buffer_offset).ok()?..usize::try_from(self.end()).ok()?)
    }
}

/// The payload of a message that came, checked.
pub(super) struct Payload<'a, const N: usize> {
    /// The values, in the order of their fields.
    pub values: [&'a [u8]; N],
    /// Where the first value lies, or the end of the message if all are empty: the fixed part ends there, or before.
    pub start: usize,
}

/// Finds the values of a message whose fixed part has `header` octets.
///
/// # Errors
/// [`Error::FieldBounds`] (row D01) and [`Error::FieldOverlap`] (row D02), with the first field that is at fault.
pub(super) fn payload<'a, const N: usize>(
    message: &'a [u8],
    header: usize,
    fields: &[(Field, Fields); N],
) -> Result<Payload<'a, N>, Error> {
    let mut payload = Payload { values: [&[][..]; N], start: message.len() };
    for ((value, (field, at)), index) in payload.values.iter_mut().zip(fields).zip(0..) {
        if at.len == 0 {
            continue;
        }
        let range = at.range().filter(|range| range.start >= header).ok_or(Error::FieldBounds(*field))?;
        payload.start = payload.start.min(range.start);
        *value = message.get(range).ok_or(Error::FieldBounds(*field))?;
        if fields.iter().take(index).any(|(_, earlier)| earlier.overlaps(*at)) {
            return Err(Error::FieldOverlap(*field));
        }
    }
    Ok(payload)
}

/// Of the Unicode texts among a message's fields none begins in the middle of a unit ([MS-NLMP] sections 2.2.1.2 and
/// 2.2.1.3). Their length is looked at when they are read ([`Charset::decode`](super::Charset::decode)): wget says UNICODE
/// and sends OEM, and its message is sound otherwise.
///
/// # Errors
/// [`Error::FieldBounds`] (row D01).
pub(super) fn even(texts: &[(Field, Fields)]) -> Result<(), Error> {
    match texts.iter().find(|(_, at)| at.len != 0 && at.buffer_offset & 1 != 0) {
        Some((field, _)) => Err(Error::FieldBounds(*field)),
        None => Ok(()),
    }
}

/// How the builder of a message arranged it: what the values do not say. The order of the payload, the octets between
/// its parts and behind them, and what stands in fields that mean nothing.
#[derive(Clone, Copy)]
pub struct Layout<'a, const N: usize> {
    message: &'a [u8],
    fields: [Fields; N],
}

impl<'a, const N: usize> Layout<'a, N> {
    pub(super) fn new(message: &'a [u8], fields: &[(Field, Fields); N]) -> Self {
        Self { message, fields: fields.map(|(_, at)| at) }
    }

    /// Len, MaxLen and BufferOffset of each part, in the order in which the specification has the fields.
    #[must_use]
    pub const fn fields(&self) -> &[Fields; N] {
        &self.fields
    }

    /// Octets of the fixed part.
    pub(super) fn fixed<const L: usize>(&self, offset: usize) -> Option<[u8; L]> {
        self.message.get(offset..)?.first_chunk().copied()
    }

    /// The octets of the message from `done` up to a part, if it has any.
    fn gap(&self, done: usize, at: Fields) -> Option<(&'a [u8], usize)> {
        let range = at.range().filter(|range| !range.is_empty())?;
        Some((self.message.get(done..range.start)?, range.end))
    }
}

impl<const N: usize> core::fmt::Debug for Layout<'_, N> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Layout").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// A message that is being written.
pub(super) struct Writing<const N: usize> {
    octets: Vec<u8>,
    /// How far the fixed part is written.
    at: usize,
    pub fields: [Fields; N],
}

impl<const N: usize> Writing<N> {
    /// Leaves `header` octets for the fixed part and writes the values behind it, in this `order` of indices, or as
    /// `layout` has them. Values that have changed since move those behind them.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub(super) fn payload(
        header: usize,
        values: [(Field, &[u8]); N],
        mut order: [usize; N],
        layout: Option<&Layout<'_, N>>,
    ) -> Result<Self, Error> {
        let length = values.iter().fold(header, |length, (_, value)| length.saturating_add(value.len()));
        let mut octets = Vec::with_capacity(length.max(layout.map_or(0, |layout| layout.message.len())));
        octets.resize(header, 0);
        if let Some(layout) = layout {
            order.sort_by_key(|index| layout.fields.get(*index).map(|at| (at.len == 0, at.buffer_offset)));
        }
        let (mut fields, mut done) = ([Fields::default(); N], header);
        for index in order {
            let (Some((field, value)), Some(at)) = (values.get(index), fields.get_mut(index)) else { continue };
            let was = layout.and_then(|layout| layout.fields.get(index));
            if let Some((gap, end)) = layout.zip(was).and_then(|(layout, was)| layout.gap(done, *was)) {
                octets.extend_from_slice(gap);
                done = end;
            }
            *at = Fields::placed(*field, value.len(), octets.len())?;
            octets.extend_from_slice(value);
            match was {
                Some(was) if was.len == 0 && value.is_empty() => *at = *was,
                Some(was) if was.len == at.len => at.max_len = was.max_len,
                _ => {}
            }
        }
        let trailing = layout.and_then(|layout| layout.message.get(done..)).unwrap_or_default();
        octets.extend_from_slice(trailing);
        Ok(Self { octets, at: 0, fields })
    }

    /// The next octets of the fixed part.
    pub(super) fn put(mut self, part: &[u8]) -> Self {
        let end = self.at.saturating_add(part.len());
        if let Some(place) = self.octets.get_mut(self.at..end) {
            place.copy_from_slice(part);
        }
        self.at = end;
        self
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.octets
    }
}

/// The fixed part of a message that came, read from its beginning.
pub(super) struct Reading<'a>(pub &'a [u8]);

impl Reading<'_> {
    /// # Errors
    /// [`Error::Truncated`] (row D03).
    pub(super) fn octets<const L: usize>(&mut self) -> Result<[u8; L], Error> {
        let (octets, rest) = self.0.split_first_chunk().ok_or(Error::Truncated)?;
        self.0 = rest;
        Ok(*octets)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Error> {
        self.octets().map(u32::from_le_bytes)
    }

    pub(super) fn fields(&mut self, field: Field) -> Result<(Field, Fields), Error> {
        self.octets().map(|octets| (field, Fields::from_octets(octets)))
    }
}
