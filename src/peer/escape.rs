//! Names as text that neither a terminal nor a log takes for something else.

use core::fmt;

/// Text as it is, `\` before what would read as structure, and octets that are not UTF-8 as `\xNN`.
pub(super) fn write_escaped(f: &mut fmt::Formatter<'_>, part: &[u8], structure: &[char]) -> fmt::Result {
    for chunk in part.utf8_chunks() {
        for character in chunk.valid().chars() {
            if structure.contains(&character) {
                f.write_str("\\")?;
            }
            // Characters that would disturb a terminal or a log (C1 controls, and those that reorder text) are spelt out.
            if character.is_control() || is_formatting(character) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                write!(f, "{character}")?;
            }
        }
        for octet in chunk.invalid() {
            write!(f, "\\x{octet:02x}")?;
        }
    }
    Ok(())
}

/// Characters that do not show, change direction, or look like a space: they make one name look like another. (Unicode's
/// Default_Ignorable_Code_Point, its spaces but for the common one, and the interlinear annotations.)
pub(super) fn is_formatting(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{1680}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}
