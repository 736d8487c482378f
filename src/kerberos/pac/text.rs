//! Texts of a PAC.

use core::fmt;

use crate::utf16;

/// Sound UTF-16, little-endian, as it stands in a PAC: no surrogate stands alone, and no NUL is inside.
///
/// To write one, any [`str`] without a NUL will do.
#[derive(Clone, Copy)]
pub struct Text<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    Octets(&'a [u8]),
    Str(&'a str),
}

impl<'a> Text<'a> {
    /// Looks through octets, which are all of the text. `None` if they are not sound.
    #[must_use]
    pub fn from_octets(octets: &'a [u8]) -> Option<Self> {
        utf16::is_sound(octets).then_some(Self(Form::Octets(octets)))
    }

    /// A text to be written. `None` if there is a NUL in it.
    #[must_use]
    pub fn new(text: &'a str) -> Option<Self> {
        (!text.contains('\0')).then_some(Self(Form::Str(text)))
    }

    /// Whether it has no characters.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        match self.0 {
            Form::Octets(octets) => octets.is_empty(),
            Form::Str(text) => text.is_empty(),
        }
    }

    /// Its characters.
    pub fn chars(self) -> impl Iterator<Item = char> + 'a {
        utf16::chars(self.units())
    }

    /// Its UTF-16 units.
    pub fn units(self) -> impl Iterator<Item = u16> + 'a {
        let (octets, text) = match self.0 {
            Form::Octets(octets) => (octets, ""),
            Form::Str(text) => (Default::default(), text),
        };
        utf16::units(octets).chain(text.encode_utf16())
    }

    /// How many octets it takes in UTF-8, at most.
    pub(super) const fn most_octets(self) -> usize {
        match self.0 {
            // A unit of two octets is up to three in UTF-8.
            Form::Octets(octets) => octets.len().saturating_add(octets.len().div_euclid(2)),
            Form::Str(text) => text.len(),
        }
    }
}

/// An RPC_UNICODE_STRING ([MS-DTYP] section 2.3.10).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct UnicodeString<'a> {
    /// Its text. `None` for a null pointer, which means what an empty one means.
    pub text: Option<Text<'a>>,
    /// MaximumLength, in octets; 0 to write one of the text's own length.
    pub maximum_length: u16,
}

impl<'a> UnicodeString<'a> {
    /// The text, empty for a null pointer.
    #[must_use]
    pub fn text(&self) -> Text<'a> {
        self.text.unwrap_or_default()
    }
}

impl<'a> From<Text<'a>> for UnicodeString<'a> {
    fn from(text: Text<'a>) -> Self {
        Self { text: Some(text), maximum_length: 0 }
    }
}

impl Default for Text<'_> {
    fn default() -> Self {
        Self(Form::Str(""))
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.units().eq(other.units())
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.units().eq(other.encode_utf16())
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chars().try_for_each(|char| fmt::Write::write_char(f, char))
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        utf16::write_debug(f, self.chars())
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn f08_only_sound_utf16_is_text() {
        let octets = |units: &[u16]| units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>();
        for bad in [&[0xd800][..], &[0xdc00], &[0x41, 0xd800], &[0xdc00, 0xd800], &[0x41, 0, 0x42], &[0], &[0x41, 0]] {
            assert_eq!(Text::from_octets(&octets(bad)), None, "{bad:x?}");
        }
        assert_eq!(Text::from_octets(b"abc"), None);
        assert_eq!(Text::new("a\0"), None);
        let smile = octets(&[0xd83d, 0xde00]);
        let smile = Text::from_octets(&smile).unwrap();
        assert_eq!(smile.to_string(), "😀");
        assert_eq!(smile, Text::new("😀").unwrap());
        assert!(smile.most_octets() >= "😀".len());
        assert!(Text::from_octets(b"").unwrap().is_empty() && Text::default().is_empty());
    }
}
