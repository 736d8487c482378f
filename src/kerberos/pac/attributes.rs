//! PAC_ATTRIBUTES_INFO ([MS-PAC] section 2.14).

use alloc::vec::Vec;

use super::{BufferType, Error};

/// How a PAC came to be ([MS-PAC] section 2.14). Only ticket-granting tickets have it.
///
/// ```text
///   0..4   FlagsLength   little-endian, in bits
///   4..    Flags         32 bits at a time, little-endian
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Attributes {
    /// FlagsLength: how many of the flags are defined.
    pub flags_length: u32,
    /// The first 32 of the Flags: more have never been defined.
    pub flags: u32,
}

impl Attributes {
    /// PAC_WAS_REQUESTED: the client asked for a PAC.
    pub const WAS_REQUESTED: u32 = 1;
    /// PAC_WAS_GIVEN_IMPLICITLY: the client neither asked for one nor declined it.
    pub const WAS_GIVEN_IMPLICITLY: u32 = 2;

    /// Reads a buffer of type 17.
    ///
    /// # Errors
    /// [`Error::Length`] if the Flags are not there, or not as many words as FlagsLength says.
    pub fn parse(octets: &[u8]) -> Result<Self, Error> {
        let kind = BufferType::ATTRIBUTES_INFO;
        let (flags_length, flags) = octets.split_first_chunk::<4>().ok_or(Error::Length(kind))?;
        let flags_length = u32::from_le_bytes(*flags_length);
        let (words, []) = flags.as_chunks::<4>() else { return Err(Error::Length(kind)) };
        let first = words.first().ok_or(Error::Length(kind))?;
        let expected = usize::try_from(flags_length.div_ceil(u32::BITS)).map_err(|_| Error::Length(kind))?;
        if words.len() != expected {
            return Err(Error::Length(kind));
        }
        Ok(Self { flags_length, flags: u32::from_le_bytes(*first) })
    }

    /// The buffer, with 32 bits of flags.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [self.flags_length, self.flags].into_iter().flat_map(u32::to_le_bytes).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_samba_writes_them() {
        // From a ticket-granting ticket of Samba 4.17.
        let octets = [2, 0, 0, 0, 2, 0, 0, 0];
        let attributes = Attributes::parse(&octets).unwrap();
        assert_eq!(attributes, Attributes { flags_length: 2, flags: Attributes::WAS_GIVEN_IMPLICITLY });
        assert_eq!(attributes.encode(), octets);
    }

    #[test]
    fn f01_as_many_words_as_bits_need() {
        for length in 0..16 {
            let octets = [[2, 0, 0, 0], [1, 0, 0, 0], [0; 4], [0; 4]].concat();
            assert_eq!(Attributes::parse(&octets[..length]).is_ok(), length == 8, "{length}");
        }
        for (bits, words) in [(0u32, 0), (1, 1), (32, 1), (33, 2), (u32::MAX, 0x0800_0000)] {
            let is_there = |count: usize| {
                let octets = [&bits.to_le_bytes()[..], &[0; 4].repeat(count)].concat();
                Attributes::parse(&octets).is_ok()
            };
            for count in 0..4 {
                assert_eq!(is_there(count), count == words && count > 0, "{bits} bits in {count} words");
            }
        }
    }
}
