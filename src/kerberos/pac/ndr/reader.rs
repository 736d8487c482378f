//! The reader.

use core::fmt;

use super::{COMMON_HEADER, STREAM_ALIGNMENT};
use crate::authorization::Sid;
use crate::kerberos::pac::{BufferType, Error, NdrFlaw, Text, UnicodeString};
use crate::time::FileTime;

/// Reads one buffer from front to end. Every step consumes octets, and none allocates (row F08).
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    buffer: BufferType,
    octets: &'a [u8],
    at: usize,
}

/// An RPC_UNICODE_STRING where it stands in a structure ([MS-DTYP] section 2.3.10); its text comes among the referents:
/// [`Reader::string`].
#[derive(Clone, Copy, Debug, Default)]
pub struct StringHeader {
    length: u16,
    maximum_length: u16,
    is_present: bool,
}

/// Where it is; not what it reads, for a key may be in it (row G03).
impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { buffer, octets: _, at } = self;
        f.debug_struct("Reader").field("buffer", buffer).field("at", at).finish_non_exhaustive()
    }
}

impl<'a> Reader<'a> {
    /// Begins with the two headers and the pointer at the top, which must lead somewhere ([MS-RPCE] sections 2.2.6.1 and
    /// 2.2.6.2).
    ///
    /// # Errors
    /// [`Error::Ndr`], of `buffer`.
    pub fn new(buffer: BufferType, octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Self { buffer, octets, at: 0 };
        if reader.octets::<4>()? != COMMON_HEADER {
            return Err(reader.flaw(NdrFlaw::Header));
        }
        reader.u32()?;
        let length = usize::try_from(reader.u32()?).ok();
        reader.u32()?;
        if length.is_none_or(|length| !length.is_multiple_of(STREAM_ALIGNMENT) || length != reader.remaining()) {
            return Err(reader.flaw(NdrFlaw::ObjectLength));
        }
        if reader.pointer()? { Ok(reader) } else { Err(reader.flaw(NdrFlaw::Pointer)) }
    }

    /// An error at this place.
    #[must_use]
    pub const fn flaw(&self, flaw: NdrFlaw) -> Error {
        Error::Ndr { buffer: self.buffer, flaw, at: self.at }
    }

    /// How many octets are left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.octets.len().saturating_sub(self.at)
    }

    /// What is left.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// The end: nothing is left but padding, whose content is ignored ([MS-RPCE] section 2.2.6.2).
    ///
    /// # Errors
    /// [`NdrFlaw::Trailing`].
    pub const fn finish(self) -> Result<(), Error> {
        if self.remaining() < STREAM_ALIGNMENT { Ok(()) } else { Err(self.flaw(NdrFlaw::Trailing)) }
    }

    /// Passes over octets up to a multiple of `alignment`, counted from the top.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn align(&mut self, alignment: usize) -> Result<(), Error> {
        // The headers are 16 octets: what is aligned in the buffer is aligned behind them.
        let next = self.at.checked_next_multiple_of(alignment).filter(|next| *next <= self.octets.len());
        self.at = next.ok_or(self.flaw(NdrFlaw::Truncated))?;
        Ok(())
    }

    /// This many octets, wherever they begin.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], Error> {
        let (taken, _) = self.rest().split_at_checked(length).ok_or(self.flaw(NdrFlaw::Truncated))?;
        self.at = self.at.saturating_add(length);
        Ok(taken)
    }

    /// An array of octets whose length the structure fixes.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn octets<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        self.chunk().copied()
    }

    /// As [`Self::octets`], left where they are.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn chunk<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (taken, _) = self.rest().split_first_chunk().ok_or(self.flaw(NdrFlaw::Truncated))?;
        self.at = self.at.saturating_add(N);
        Ok(taken)
    }

    /// USHORT, at a multiple of 2.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn u16(&mut self) -> Result<u16, Error> {
        self.align(2)?;
        self.octets().map(u16::from_le_bytes)
    }

    /// ULONG, at a multiple of 4.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.align(4)?;
        self.octets().map(u32::from_le_bytes)
    }

    /// ULONG64, at a multiple of 8.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.align(8)?;
        self.octets().map(u64::from_le_bytes)
    }

    /// FILETIME: two ULONG, the lower half first ([MS-DTYP] section 2.3.3).
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn file_time(&mut self) -> Result<FileTime, Error> {
        self.align(4)?;
        self.octets().map(|octets| FileTime(u64::from_le_bytes(octets)))
    }

    /// A pointer: whether it leads somewhere. What it leads to comes later; which referent identifier the writer gave it
    /// says nothing, for none of these structures shares a referent.
    ///
    /// # Errors
    /// [`NdrFlaw::Truncated`].
    pub fn pointer(&mut self) -> Result<bool, Error> {
        Ok(self.u32()? != 0)
    }

    /// A count and the pointer to as many elements: the count, if there is an array.
    ///
    /// # Errors
    /// [`NdrFlaw::Pointer`] for elements without a place; [`NdrFlaw::Truncated`].
    pub fn counted_pointer(&mut self) -> Result<Option<u32>, Error> {
        let count = self.u32()?;
        match self.pointer()? {
            true => Ok(Some(count)),
            false if count == 0 => Ok(None),
            false => Err(self.flaw(NdrFlaw::Pointer)),
        }
    }

    /// The elements of a conformant array, `N` octets each, whose count was said before and is said again.
    ///
    /// # Errors
    /// [`NdrFlaw::Count`] if the two differ, [`NdrFlaw::TooMany`] for more than the rest of the octets holds.
    pub fn array<const N: usize>(&mut self, count: u32) -> Result<&'a [[u8; N]], Error> {
        if self.u32()? != count {
            return Err(self.flaw(NdrFlaw::Count));
        }
        self.elements(count)
    }

    /// A conformant array of ULONG64, as [`Self::array`].
    ///
    /// # Errors
    /// As [`Self::array`].
    pub fn u64_array(&mut self, count: u32) -> Result<&'a [[u8; 8]], Error> {
        if self.u32()? != count {
            return Err(self.flaw(NdrFlaw::Count));
        }
        self.align(8)?;
        self.elements(count)
    }

    fn elements<const N: usize>(&mut self, count: u32) -> Result<&'a [[u8; N]], Error> {
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(N));
        let length = length.filter(|length| *length <= self.remaining()).ok_or(self.flaw(NdrFlaw::TooMany))?;
        Ok(self.take(length)?.as_chunks().0)
    }

    /// An RPC_UNICODE_STRING's part of a structure ([MS-DTYP] section 2.3.10).
    ///
    /// # Errors
    /// [`NdrFlaw::Count`] for half a UTF-16 unit, or a text that is longer than its place; [`NdrFlaw::Pointer`] for one
    /// that is nowhere; [`NdrFlaw::Truncated`].
    pub fn string_header(&mut self) -> Result<StringHeader, Error> {
        self.align(4)?;
        let (length, maximum_length) = (self.u16()?, self.u16()?);
        let is_present = self.pointer()?;
        if !length.is_multiple_of(2) || length > maximum_length {
            return Err(self.flaw(NdrFlaw::Count));
        }
        if length != 0 && !is_present {
            return Err(self.flaw(NdrFlaw::Pointer));
        }
        Ok(StringHeader { length, maximum_length, is_present })
    }

    /// The text of an RPC_UNICODE_STRING: a conformant and varying array of UTF-16 units, counted by what its header says.
    ///
    /// # Errors
    /// [`NdrFlaw::Count`] if the counts differ, or the text does not begin at 0; [`NdrFlaw::Text`];
    /// [`NdrFlaw::Truncated`].
    pub fn string(&mut self, header: StringHeader) -> Result<UnicodeString<'a>, Error> {
        let mut string = UnicodeString { text: None, maximum_length: header.maximum_length };
        if !header.is_present {
            return Ok(string);
        }
        let (maximum, offset, actual) = (self.u32()?, self.u32()?, self.u32()?);
        let halves = |octets: u16| u32::from(octets).div_euclid(2);
        if maximum != halves(header.maximum_length) || offset != 0 || actual != halves(header.length) {
            return Err(self.flaw(NdrFlaw::Count));
        }
        let octets = self.take(header.length.into())?;
        string.text = Some(Text::from_octets(octets).ok_or(self.flaw(NdrFlaw::Text))?);
        Ok(string)
    }

    /// A text that ends with a NUL (`[string]` in IDL): a conformant and varying array of UTF-16 units, the NUL counted.
    ///
    /// # Errors
    /// As [`Self::string`].
    pub fn terminated_text(&mut self) -> Result<Text<'a>, Error> {
        let (maximum, offset, actual) = (self.u32()?, self.u32()?, self.u32()?);
        if offset != 0 || actual > maximum {
            return Err(self.flaw(NdrFlaw::Count));
        }
        let length = usize::try_from(actual).ok().and_then(|actual| actual.checked_mul(2));
        let octets = self.take(length.ok_or(self.flaw(NdrFlaw::TooMany))?)?;
        let text = octets.strip_suffix(&[0, 0]).and_then(Text::from_octets);
        text.ok_or(self.flaw(NdrFlaw::Text))
    }

    /// An RPC_SID ([MS-DTYP] section 2.4.2.3), whose count of sub-authorities is said twice.
    ///
    /// # Errors
    /// [`NdrFlaw::Count`] if the counts differ, [`NdrFlaw::Sid`], [`NdrFlaw::Truncated`].
    pub fn sid(&mut self) -> Result<Sid, Error> {
        let count = self.u32()?;
        let said = self.rest().get(1).ok_or(self.flaw(NdrFlaw::Truncated))?;
        if u32::from(*said) != count {
            return Err(self.flaw(NdrFlaw::Count));
        }
        let length = usize::from(*said).saturating_mul(4).saturating_add(8);
        let octets = self.take(length)?;
        Sid::from_octets(octets).ok_or(self.flaw(NdrFlaw::Sid))
    }
}
