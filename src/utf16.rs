//! UTF-16, little-endian, as Windows writes text: in NTLM's messages, in PACs. One rule for what is sound, for all readers.

use core::fmt;

/// The code units of octets. A last odd octet is left out: who reads octets of a peer asks [`is_sound`] first.
pub(crate) fn units(octets: &[u8]) -> impl Iterator<Item = u16> + Clone + '_ {
    octets.as_chunks().0.iter().map(|unit| u16::from_le_bytes(*unit))
}

/// Whether octets are whole units, no surrogate stands alone, and no NUL is inside (row D05).
pub(crate) fn is_sound(octets: &[u8]) -> bool {
    // Nearly every text is without surrogates, and that is quickly seen.
    let is_plain = units(octets).fold(true, |plain, unit| plain & (unit != 0) & (unit & 0xf800 != 0xd800));
    let decodes = || char::decode_utf16(units(octets)).all(|char| matches!(char, Ok('\x01'..)));
    octets.as_chunks::<2>().1.is_empty() && (is_plain || decodes())
}

/// The characters of units that are sound.
pub(crate) fn chars(units: impl Iterator<Item = u16>) -> impl Iterator<Item = char> {
    // There is nothing to replace.
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
}

/// Writes characters as `Debug` does a `str`.
pub(crate) fn write_debug(f: &mut fmt::Formatter<'_>, chars: impl Iterator<Item = char>) -> fmt::Result {
    f.write_str("\"")?;
    chars.flat_map(char::escape_debug).try_for_each(|char| fmt::Write::write_char(f, char))?;
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn d05_what_is_sound() {
        let octets = |units: &[u16]| units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>();
        for sound in [&[][..], &[0x41], &[0xd83d, 0xde00], &[0xe000, 0xd7ff, 0xffff]] {
            assert!(is_sound(&octets(sound)), "{sound:x?}");
        }
        for bad in [&[0][..], &[0x41, 0, 0x42], &[0xd800], &[0xdc00], &[0xd83d, 0xde00, 0], &[0xdc00, 0xd800]] {
            assert!(!is_sound(&octets(bad)), "{bad:x?}");
        }
        assert!(!is_sound(b"a") && !is_sound(b"a\0b"));
    }
}
