//! Numbers that are not simply Int32 or UInt32 (RFC 4120 section 5.2.4).

use der::{DecodeValue, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, Writer};

/// Microseconds beside a [`KerberosTime`](super::KerberosTime) (RFC 4120 section 5.2.4). The number is kept as it came,
/// so that an error can show it; [`Self::in_range`] is its meaning (row E05).
///
/// ```text
/// Microseconds    ::= INTEGER (0..999999)
///                     -- microseconds
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Microseconds(pub i32);

impl Microseconds {
    /// The number, if it is one of microseconds: 0 to 999,999.
    #[must_use]
    pub fn in_range(self) -> Option<u32> {
        u32::try_from(self.0).ok().filter(|micros| *micros <= 999_999)
    }
}

/// The number of a first message (RFC 4120 section 5.5.1).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SequenceNumber(pub u32);

impl SequenceNumber {
    /// Reads UInt32 and also, leniently, the negative number that has the same 32 bits: old implementations sent it,
    /// and RFC 4120 section 5.5.1 (implementation note) lets it be accepted. No other field may be read so (row A10).
    #[inline]
    fn decode_with_historical_negative_form<'a, R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        if reader.peek_byte().is_some_and(|octet| octet & 0x80 != 0) {
            return i32::decode_value(reader, header).map(|number| Self(number.cast_unsigned()));
        }
        u32::decode_value(reader, header).map(Self)
    }
}

impl FixedTag for Microseconds {
    const TAG: Tag = Tag::Integer;
}

impl<'a> DecodeValue<'a> for Microseconds {
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        i32::decode_value(reader, header).map(Self)
    }
}

impl EncodeValue for Microseconds {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}

impl FixedTag for SequenceNumber {
    const TAG: Tag = Tag::Integer;
}

impl<'a> DecodeValue<'a> for SequenceNumber {
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        Self::decode_with_historical_negative_form(reader, header)
    }
}

impl EncodeValue for SequenceNumber {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}
