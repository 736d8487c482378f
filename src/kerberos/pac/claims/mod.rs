//! PAC_CLIENT_CLAIMS_INFO and PAC_DEVICE_CLAIMS_INFO ([MS-PAC] sections 2.11 and 2.13): CLAIMS_SET_METADATA and CLAIMS_SET
//! of [MS-ADTS] section 2.2.18.

mod claims_set;

use alloc::vec::Vec;

use super::ndr::{Reader, Writer};
use super::{BufferType, Error, NdrFlaw};
use crate::authorization::Claim;

/// What is claimed of a user or a device, still encoded: CLAIMS_SET_METADATA ([MS-ADTS] section 2.2.18.8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClaimsInfo<'a> {
    /// Whose claims: PAC_CLIENT_CLAIMS_INFO or PAC_DEVICE_CLAIMS_INFO.
    pub buffer: BufferType,
    /// usCompressionFormat: how `claims_set` is compressed.
    pub compression: ClaimsCompression,
    /// ClaimsSet: an encoded CLAIMS_SET, as it came.
    pub claims_set: &'a [u8],
    /// ulUncompressedClaimsSetSize: how many octets the encoded CLAIMS_SET has when it is not compressed. Not believed.
    pub uncompressed_size: u32,
}

/// How a CLAIMS_SET is compressed ([MS-ADTS] section 2.2.18.4).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ClaimsCompression(pub u16);

impl ClaimsCompression {
    /// COMPRESSION_FORMAT_NONE.
    pub const NONE: Self = Self(0);
    /// COMPRESSION_FORMAT_LZNT1 ([MS-XCA] section 2.5).
    pub const LZNT1: Self = Self(2);
    /// COMPRESSION_FORMAT_XPRESS: LZ77 ([MS-XCA] section 2.3).
    pub const XPRESS: Self = Self(3);
    /// COMPRESSION_FORMAT_XPRESS_HUFF: LZ77 and Huffman ([MS-XCA] section 2.1). Windows takes it for all but small sets.
    pub const XPRESS_HUFFMAN: Self = Self(4);
}

impl<'a> ClaimsInfo<'a> {
    /// Reads a buffer of type 13 or 15.
    ///
    /// # Errors
    /// [`Error::Ndr`].
    pub fn parse(buffer: BufferType, octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(buffer, octets)?;
        let claims_set = reader.counted_pointer()?;
        let compression = ClaimsCompression(reader.u16()?);
        let uncompressed_size = reader.u32()?;
        // usReservedType, which is ignored.
        reader.u16()?;
        let reserved = reader.counted_pointer()?;
        let claims_set = match claims_set {
            Some(length) => reader.array::<1>(length)?.as_flattened(),
            None => &[],
        };
        if let Some(length) = reserved {
            reader.array::<1>(length)?;
        }
        reader.finish()?;
        Ok(Self { buffer, compression, claims_set, uncompressed_size })
    }

    /// The claims; `None` if they are compressed, for nothing here decompresses. Whoever does can read the result with
    /// [`Self::read`].
    ///
    /// # Errors
    /// [`Error::Ndr`].
    pub fn claims(&self) -> Result<Option<Vec<Claim>>, Error> {
        match self.compression {
            ClaimsCompression::NONE => self.read(self.claims_set).map(Some),
            _ => Ok(None),
        }
    }

    /// The claims of a CLAIMS_SET that was decompressed. Claims of types that nobody knows are left out.
    ///
    /// # Errors
    /// [`Error::Ndr`], its place counted from the beginning of the CLAIMS_SET.
    pub fn read(&self, claims_set: &[u8]) -> Result<Vec<Claim>, Error> {
        if claims_set.is_empty() { Ok(Vec::new()) } else { claims_set::read(self.buffer, claims_set) }
    }

    /// The buffer, as it was.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(self.buffer);
        writer.count(self.claims_set.len())?;
        writer.pointer(true);
        writer.u16(self.compression.0);
        writer.u32(self.uncompressed_size);
        // usReservedType, ulReservedFieldSize, ReservedField: nothing (section 2.2.18.8).
        writer.u16(0);
        writer.u32(0);
        writer.pointer(false);
        writer.count(self.claims_set.len())?;
        writer.put(self.claims_set);
        writer.finish()
    }
}

/// A buffer of type 13 or 15 with these claims, not compressed.
///
/// # Errors
/// [`Error::Ndr`] for a text with a NUL, [`Error::TooLong`].
pub fn encode(buffer: BufferType, claims: &[Claim]) -> Result<Vec<u8>, Error> {
    let claims_set = claims_set::encode(buffer, claims)?;
    let uncompressed_size = u32::try_from(claims_set.len()).map_err(|_| Error::TooLong(buffer))?;
    let claims_set = &claims_set[..];
    ClaimsInfo { buffer, compression: ClaimsCompression::NONE, claims_set, uncompressed_size }.encode()
}

/// The error for a text that no PAC can have.
const fn no_text(buffer: BufferType) -> Error {
    Error::Ndr { buffer, flaw: NdrFlaw::Text, at: 0 }
}
