//! The primitive types, as octets that are borrowed.

use core::fmt;
use core::ops::Deref;

use der::{DecodeValue, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, Writer};

macro_rules! octets {
    ($(#[$meta:meta])* $name:ident, $tag:expr) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
        pub struct $name<'a>(pub &'a [u8]);

        impl Deref for $name<'_> {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                self.0
            }
        }

        impl FixedTag for $name<'_> {
            const TAG: Tag = $tag;
        }

        impl<'a> DecodeValue<'a> for $name<'a> {
            type Error = Error;

            #[inline]
            fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
                reader.read_slice(header.length()).map(Self)
            }
        }

        impl EncodeValue for $name<'_> {
            #[inline]
            fn value_len(&self) -> der::Result<Length> {
                Length::try_from(self.0.len())
            }

            #[inline]
            fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
                writer.write(self.0)
            }
        }
    };
}

octets! {
    /// An OCTET STRING.
    OctetString, Tag::OctetString
}

octets! {
    /// A GeneralString: KerberosString and Realm. RFC 4120 section 5.2.1 wants IA5, everyone sends UTF-8, so these are
    /// octets of which nothing is assumed (row A09).
    GeneralString, Tag::GeneralString
}

impl fmt::Debug for OctetString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for GeneralString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// A BIT STRING.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BitString<'a> {
    unused: u8,
    octets: &'a [u8],
}

impl<'a> BitString<'a> {
    /// The bits, from the highest of the first octet; the last [`Self::unused_bits`] of them are zero and do not count.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// How many bits of the last octet do not count, 0 to 7.
    #[must_use]
    pub const fn unused_bits(&self) -> u8 {
        self.unused
    }

    /// The first 32 bits, bit 0 being the highest of the number. Leniency (row A08): missing bits are zero and further
    /// ones are ignored, although RFC 4120 section 5.2.8 has senders give 32 at least, and this version knows no more.
    #[must_use]
    pub fn first_32_bits(&self) -> u32 {
        let mut bits = [0; 4];
        bits.iter_mut().zip(self.octets).for_each(|(bit, octet)| *bit = *octet);
        u32::from_be_bytes(bits)
    }
}

impl FixedTag for BitString<'_> {
    const TAG: Tag = Tag::BitString;
}

impl<'a> DecodeValue<'a> for BitString<'a> {
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let (&unused, octets) =
            reader.read_slice(header.length())?.split_first().ok_or_else(|| reader.error(Self::TAG.length_error()))?;
        // X.690 sections 8.6.2 and 11.2.1: 0 to 7 unused bits, all zero; none in the empty string.
        let mask = 0xff_u8.checked_shl(unused.into()).map(|used| !used);
        match (mask, octets.last()) {
            (Some(mask), Some(last)) if last & mask == 0 => {}
            (Some(0), None) => {}
            _ => return Err(reader.error(Self::TAG.value_error())),
        }
        Ok(Self { unused, octets })
    }
}

impl EncodeValue for BitString<'_> {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.octets.len())? + Length::ONE
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write_byte(self.unused)?;
        writer.write(self.octets)
    }
}
