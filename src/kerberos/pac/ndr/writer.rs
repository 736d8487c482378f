//! The writer.

use alloc::vec::Vec;

use super::{COMMON_HEADER, HEADERS_LENGTH, STREAM_ALIGNMENT};
use crate::authorization::Sid;
use crate::kerberos::pac::{BufferType, Error, Text, UnicodeString};
use crate::time::FileTime;

/// Writes one buffer from front to end, as Windows and Samba do.
#[derive(Debug)]
pub struct Writer {
    buffer: BufferType,
    octets: Vec<u8>,
    next_referent: u32,
}

/// The first referent identifier, and how much is between two: nobody demands it, and everybody does it.
const FIRST_REFERENT: u32 = 0x0002_0000;
const REFERENT_STEP: u32 = 4;

impl Writer {
    /// Begins with the two headers and the pointer at the top.
    #[must_use]
    pub fn new(buffer: BufferType) -> Self {
        let mut writer = Self { buffer, octets: Vec::new(), next_referent: FIRST_REFERENT };
        writer.put(&COMMON_HEADER);
        // Filler ([MS-RPCE] section 2.2.6.1).
        writer.put(&[0xcc; 4]);
        // ObjectBufferLength, which is known at the end, and Filler ([MS-RPCE] section 2.2.6.2).
        writer.put(&[0; 8]);
        writer.pointer(true);
        writer
    }

    /// Octets as they are.
    pub fn put(&mut self, octets: &[u8]) {
        self.octets.extend_from_slice(octets);
    }

    /// Zeros up to a multiple of `alignment`.
    pub fn align(&mut self, alignment: usize) {
        if let Some(length) = self.octets.len().checked_next_multiple_of(alignment) {
            self.octets.resize(length, 0);
        }
    }

    /// USHORT.
    pub fn u16(&mut self, value: u16) {
        self.align(2);
        self.put(&value.to_le_bytes());
    }

    /// ULONG.
    pub fn u32(&mut self, value: u32) {
        self.align(4);
        self.put(&value.to_le_bytes());
    }

    /// ULONG64.
    pub fn u64(&mut self, value: u64) {
        self.align(8);
        self.put(&value.to_le_bytes());
    }

    /// FILETIME.
    pub fn file_time(&mut self, time: FileTime) {
        self.align(4);
        self.put(&time.0.to_le_bytes());
    }

    /// A pointer, null or not.
    pub fn pointer(&mut self, is_present: bool) {
        if is_present {
            self.u32(self.next_referent);
            self.next_referent = self.next_referent.wrapping_add(REFERENT_STEP);
        } else {
            self.u32(0);
        }
    }

    /// A count and the pointer to as many elements; `None` for none, and a null pointer.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn counted_pointer(&mut self, count: Option<usize>) -> Result<(), Error> {
        self.count(count.unwrap_or_default())?;
        self.pointer(count.is_some());
        Ok(())
    }

    /// How many elements there are.
    ///
    /// # Errors
    /// [`Error::TooLong`] for 2^32 and more.
    pub fn count(&mut self, count: usize) -> Result<(), Error> {
        self.u32(u32::try_from(count).map_err(|_| self.too_long())?);
        Ok(())
    }

    /// An RPC_UNICODE_STRING's part of a structure.
    ///
    /// # Errors
    /// [`Error::TooLong`] for more than 65,534 octets.
    pub fn string_header(&mut self, string: &UnicodeString<'_>) -> Result<(), Error> {
        let units = string.text.map_or(0, |text| text.units().count());
        let length = u16::try_from(units.saturating_mul(2)).map_err(|_| self.too_long())?;
        self.align(4);
        self.u16(length);
        self.u16(string.maximum_length.max(length));
        self.pointer(string.text.is_some());
        Ok(())
    }

    /// The text of an RPC_UNICODE_STRING.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn string(&mut self, string: &UnicodeString<'_>) -> Result<(), Error> {
        let Some(text) = string.text else { return Ok(()) };
        let count = text.units().count();
        self.count(count.max(usize::from(string.maximum_length).div_euclid(2)))?;
        self.u32(0);
        self.count(count)?;
        text.units().for_each(|unit| self.u16(unit));
        Ok(())
    }

    /// The elements of a conformant array.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn array<const N: usize>(&mut self, elements: &[[u8; N]]) -> Result<(), Error> {
        self.count(elements.len())?;
        self.put(elements.as_flattened());
        Ok(())
    }

    /// A text with a NUL behind it (`[string]` in IDL).
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn terminated_text(&mut self, text: Text<'_>) -> Result<(), Error> {
        let count = text.units().count().saturating_add(1);
        self.count(count)?;
        self.u32(0);
        self.count(count)?;
        text.units().chain([0]).for_each(|unit| self.u16(unit));
        Ok(())
    }

    /// An RPC_SID.
    pub fn sid(&mut self, sid: &Sid) {
        let mut octets = sid.to_octets();
        let count = octets.clone().nth(1).unwrap_or_default();
        self.u32(count.into());
        self.octets.extend(&mut octets);
    }

    /// The end.
    ///
    /// # Errors
    /// [`Error::TooLong`] for 2^32 octets and more.
    pub fn finish(mut self) -> Result<Vec<u8>, Error> {
        self.align(STREAM_ALIGNMENT);
        let length = self.octets.len().saturating_sub(HEADERS_LENGTH);
        let length = u32::try_from(length).map_err(|_| self.too_long())?.to_le_bytes();
        if let Some(place) = self.octets.get_mut(8..12) {
            place.copy_from_slice(&length);
        }
        Ok(self.octets)
    }

    const fn too_long(&self) -> Error {
        Error::TooLong(self.buffer)
    }
}
