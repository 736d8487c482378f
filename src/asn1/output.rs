//! Where values are written to, and what stands in front of each.

use alloc::vec::Vec;

use der::{EncodeValue, ErrorKind, FixedTag, Length, Tag, Writer};

use super::input::octet_of;

/// A vector to write to: `der` itself writes to slices only, which must be filled with zeros first.
pub(crate) struct Output<'v>(pub(crate) &'v mut Vec<u8>);

impl Writer for Output<'_> {
    #[inline]
    fn write(&mut self, octets: &[u8]) -> der::Result<()> {
        self.0.extend_from_slice(octets);
        Ok(())
    }

    #[inline]
    fn write_byte(&mut self, octet: u8) -> der::Result<()> {
        self.0.push(octet);
        Ok(())
    }
}

/// Room to write to, of which what is left is kept.
#[cfg(feature = "kerberos")]
pub(super) struct Place<'p>(pub(super) &'p mut [u8]);

#[cfg(feature = "kerberos")]
impl Writer for Place<'_> {
    #[inline]
    fn write(&mut self, octets: &[u8]) -> der::Result<()> {
        let (place, left) =
            core::mem::take(&mut self.0).split_at_mut_checked(octets.len()).ok_or(ErrorKind::Overlength)?;
        place.copy_from_slice(octets);
        self.0 = left;
        Ok(())
    }
}

/// The length of an element with this much content.
#[inline]
pub(crate) fn element_length(content: Length) -> der::Result<Length> {
    let header: u8 = match u32::from(content) {
        0..0x80 => 2,
        0x80..0x100 => 3,
        0x100..0x1_0000 => 4,
        0x1_0000..0x100_0000 => 5,
        0x100_0000.. => 6,
    };
    Length::from(header) + content
}

/// Writes a tag, whose number is at most 30, and a length in its shortest form (X.690 section 10.1). What `der` writes, in one
/// piece.
#[inline]
pub(crate) fn write_header(writer: &mut impl Writer, tag: Tag, length: Length) -> der::Result<()> {
    let octet = octet_of(tag);
    match u32::from(length).to_be_bytes() {
        [0, 0, 0, short @ 0..0x80] => writer.write(&[octet, short]),
        [0, 0, 0, a] => writer.write(&[octet, 0x81, a]),
        [0, 0, a, b] => writer.write(&[octet, 0x82, a, b]),
        [0, a, b, c] => writer.write(&[octet, 0x83, a, b, c]),
        [a, b, c, d] => writer.write(&[octet, 0x84, a, b, c, d]),
    }
}

/// Writes a value, whose content is of this length, with its tag.
#[inline]
pub(crate) fn write_element<T: EncodeValue + FixedTag>(
    writer: &mut impl Writer,
    value: &T,
    length: Length,
) -> der::Result<()> {
    write_header(writer, T::TAG, length)?;
    value.encode_value(writer)
}
