//! Names, in the character set that was negotiated.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::{Error, Field};
use crate::utf16;

/// The character set of the names in a message ([MS-NLMP] section 2.2.2.5, bits A and B).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Charset {
    /// UTF-16, little-endian, without a byte order mark.
    Unicode,
    /// A code page of which the protocol does not say which one it is ([MS-NLMP] section 2.2). What this crate knows of
    /// it is ASCII.
    Oem,
}

impl Charset {
    /// The text behind these octets of `field`.
    ///
    /// # Errors
    /// [`Error::FieldBounds`] for half a UTF-16 unit, [`Error::BadUtf16`] for a surrogate on its own or a NUL (row D05),
    /// [`Error::OemCharacter`] for an octet above 127, or zero.
    pub fn decode(self, octets: &[u8], field: Field) -> Result<String, Error> {
        match self {
            Self::Unicode => Utf16::new(octets, field).map(Utf16::to_text),
            Self::Oem if octets.iter().any(|octet| !matches!(octet, 1..=0x7f)) => Err(Error::OemCharacter(field)),
            Self::Oem => Ok(octets.iter().map(|octet| char::from(*octet)).collect()),
        }
    }

    /// The octets of `text`, which is to be sent as `field`.
    ///
    /// # Errors
    /// [`Error::OemCharacter`] for a text that is not ASCII, [`Error::BadUtf16`] for one with a NUL, [`Error::TooLong`].
    pub fn encode(self, text: &str, field: Field) -> Result<Vec<u8>, Error> {
        // Row D28: the limit comes before the work, and before any doubling. No text has more UTF-16 units than octets.
        if text.len() > usize::from(u16::MAX).saturating_mul(2) {
            return Err(Error::TooLong(field));
        }
        let octets = match self {
            _ if text.contains('\0') => return Err(Error::BadUtf16(field)),
            Self::Unicode => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
            Self::Oem if text.is_ascii() => text.as_bytes().to_vec(),
            Self::Oem => return Err(Error::OemCharacter(field)),
        };
        if octets.len() > u16::MAX.into() { Err(Error::TooLong(field)) } else { Ok(octets) }
    }
}

/// Octets that are sound UTF-16, little-endian: no surrogate stands alone, and no NUL is inside (row D05).
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Utf16<'a>(&'a [u8]);

impl<'a> Utf16<'a> {
    /// Looks through the octets of `field`.
    ///
    /// # Errors
    /// [`Error::FieldBounds`] for half a unit, [`Error::BadUtf16`].
    pub fn new(octets: &'a [u8], field: Field) -> Result<Self, Error> {
        if !octets.as_chunks::<2>().1.is_empty() {
            return Err(Error::FieldBounds(field));
        }
        if utf16::is_sound(octets) { Ok(Self(octets)) } else { Err(Error::BadUtf16(field)) }
    }

    /// The octets, as they came.
    #[must_use]
    pub const fn octets(self) -> &'a [u8] {
        self.0
    }

    /// The text, in one allocation where it is ASCII.
    pub(in crate::ntlm) fn to_text(self) -> String {
        let mut text = String::with_capacity(self.0.len().div_euclid(2));
        text.extend(self.chars());
        text
    }

    /// The characters.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        utf16::chars(utf16::units(self.0))
    }
}

impl fmt::Display for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|char| fmt::Write::write_char(f, char))
    }
}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        utf16::write_debug(f, self.chars())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    const USER: Field = Field::UserName;

    #[test]
    fn d05_only_sound_utf16_is_text() {
        let decode = |units: &[u16]| {
            Charset::Unicode.decode(&units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>(), USER)
        };
        for bad in [&[0xd800][..], &[0xdc00], &[0x41, 0xd800], &[0xdc00, 0xd800], &[0x41, 0, 0x42], &[0]] {
            assert_eq!(decode(bad), Err(Error::BadUtf16(USER)), "{bad:x?}");
        }
        assert_eq!(decode(&[0xd83d, 0xde00]).unwrap(), "😀");
        // No splitting: a name is what it is.
        let text = "A\\b\\c@d\\@e";
        assert_eq!(Charset::Unicode.decode(&Charset::Unicode.encode(text, USER).unwrap(), USER).unwrap(), text);
        assert_eq!(Charset::Unicode.decode(b"abc", USER), Err(Error::FieldBounds(USER)));
    }

    #[test]
    fn d28_the_length_is_limited_before_it_is_doubled() {
        let long = "x".repeat(1 << 20);
        assert_eq!(Charset::Unicode.encode(&long, USER), Err(Error::TooLong(USER)));
        assert_eq!(Charset::Oem.encode(&long, USER), Err(Error::TooLong(USER)));
        assert_eq!(Charset::Unicode.encode(&"x".repeat(32_768), USER), Err(Error::TooLong(USER)));
        assert_eq!(Charset::Unicode.encode(&"x".repeat(32_767), USER).unwrap().len(), 65_534);
    }

    #[test]
    fn oem_is_ascii_or_refused() {
        assert_eq!(Charset::Oem.decode(b"alice", USER).unwrap(), "alice");
        assert_eq!(Charset::Oem.decode(b"j\x81rgen", USER), Err(Error::OemCharacter(USER)));
        assert_eq!(Charset::Oem.decode(b"a\0", USER), Err(Error::OemCharacter(USER)));
        assert_eq!(Charset::Oem.encode("jürgen", USER), Err(Error::OemCharacter(USER)));
        assert_eq!(Charset::Unicode.encode("a\0", USER), Err(Error::BadUtf16(USER)));
        let text = Utf16::new(b"\xfc\0\n\0", USER).unwrap();
        assert_eq!((text.to_string().as_str(), alloc::format!("{text:?}").as_str()), ("ü\n", r#""ü\n""#));
    }
}
