//! Octets of a peer, made fit for a terminal.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

/// Octets shown of one field.
const SHOWN: usize = 64;

/// Text of whoever sent it: control characters and those that reorder or hide text are spelt out as `\u{1b}`, octets that
/// are not UTF-8 as `\xNN`, and the backslash as `\\` so that nothing can be mistaken for either.
pub(super) fn plain(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    for chunk in octets.utf8_chunks() {
        chunk.valid().chars().for_each(|character| push(&mut text, character));
        for octet in chunk.invalid() {
            let _ = write!(text, "\\x{octet:02x}");
        }
    }
    text
}

/// The same for UTF-16, low octet first, as Windows writes it.
pub(super) fn plain_utf16(octets: &[u8]) -> String {
    let units = octets.chunks(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0xfffd,
    });
    let mut text = String::with_capacity(octets.len().div_ceil(2));
    for character in char::decode_utf16(units) {
        push(&mut text, character.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    text
}

fn push(text: &mut String, character: char) {
    if character == '\\' {
        text.push_str("\\\\");
    } else if character.is_control() || is_formatting(character) {
        text.extend(character.escape_unicode());
    } else {
        text.push(character);
    }
}

/// Zero-width and direction-changing characters, which make one text look like another.
const fn is_formatting(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// Octets in hexadecimal; of a long field the beginning, and how many there are.
pub(super) fn hex(octets: &[u8]) -> String {
    let whole = octets.len() <= SHOWN;
    let shown = if whole { octets } else { octets.get(..SHOWN.div_ceil(2)).unwrap_or_default() };
    let mut text = all_hex(shown);
    if !whole {
        let _ = write!(text, "… ({} octets)", octets.len());
    }
    text
}

/// Octets in hexadecimal, all of them.
pub(super) fn all_hex(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        let _ = write!(text, "{octet:02x}");
    }
    text
}

/// What stands in the place of a secret.
pub(super) fn elided(octets: &[u8]) -> String {
    format!("({} octets, elided)", octets.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a09_nothing_that_a_terminal_obeys_survives() {
        assert_eq!(plain(b"alice"), "alice");
        assert_eq!(plain("zoë".as_bytes()), "zoë");
        assert_eq!(plain(b"\x1b]0;owned\x07"), "\\u{1b}]0;owned\\u{7}");
        assert_eq!(plain("\u{9b}31m\u{202e}x".as_bytes()), "\\u{9b}31m\\u{202e}x");
        assert_eq!(plain(b"a\0b\nc\xff\\"), "a\\u{0}b\\u{a}c\\xff\\\\");
        assert_eq!(plain_utf16(b"a\0\x1b\0\x00\xd8z"), "a\\u{1b}\u{fffd}\u{fffd}");
        for octet in 0..=255u8 {
            assert!(!plain(&[octet]).chars().any(char::is_control), "{octet}");
        }
    }

    #[test]
    fn long_fields_are_cut() {
        assert_eq!(hex(&[0xab; 3]), "ababab");
        assert_eq!(hex(&[0; 65]).len(), 64 + "… (65 octets)".len());
        assert_eq!(elided(&[1, 2]), "(2 octets, elided)");
    }
}
