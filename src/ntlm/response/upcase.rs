//! Names in UTF-16 code units, upper-cased one for one as Windows does it (row D24).

use zeroize::Zeroizing;

/// The code units of text in UTF-16, least significant octet first, as messages carry it. A last odd octet is left out:
/// who reads a message refuses it.
pub fn code_units(octets: &[u8]) -> impl Iterator<Item = u16> + Clone {
    octets.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair))
}

/// One code unit in upper case, which is always one code unit.
///
/// Windows' table maps a letter where there is a way back: `ÿ` to `Ÿ`, but neither `ß`, which would be two letters, nor
/// `ı`, `ſ` and `µ`, whose capitals belong to other letters. Halves of a surrogate pair stay as they are. So do Georgian and
/// Cherokee, whose second case came to Unicode when names had long been hashed.
#[must_use]
pub fn upcase(unit: u16) -> u16 {
    match unit {
        0x00..=0x7f => u16::from(u8::try_from(unit).unwrap_or_default().to_ascii_uppercase()),
        // Small final sigma has no capital of its own, and yet is mapped.
        0x03c2 => 0x03a3,
        0x10d0..=0x10ff | 0x13f8..=0x13fd | 0xab70..=0xabbf => unit,
        // Greek with iota subscript: one letter in this table, two by Unicode's full mapping.
        0x1f80..=0x1faf => unit | 8,
        0x1fb3 => 0x1fbc,
        _ => capital(unit).unwrap_or(unit),
    }
}

fn capital(unit: u16) -> Option<u16> {
    let letter = char::from_u32(u32::from(unit))?;
    let capital = only(letter.to_uppercase())?;
    let back = only(capital.to_lowercase())?;
    if back == letter { u16::try_from(u32::from(capital)).ok() } else { None }
}

/// The one letter that there is.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    let first = letters.next()?;
    letters.next().is_none().then_some(first)
}

/// Gives the units to `absorb` as octets, least significant first, many at a time.
pub(super) fn in_octets(units: impl IntoIterator<Item = u16>, mut absorb: impl FnMut(&[u8])) {
    let mut units = units.into_iter();
    let mut buffer = Zeroizing::new([0; 64]);
    loop {
        let mut filled = 0_usize;
        for (pair, unit) in buffer.as_chunks_mut::<2>().0.iter_mut().zip(units.by_ref()) {
            *pair = unit.to_le_bytes();
            filled = filled.saturating_add(2);
        }
        absorb(buffer.get(..filled).unwrap_or_default());
        if filled < buffer.len() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::*;

    fn upcased(text: &str) -> String {
        let units: Vec<u16> = text.encode_utf16().map(upcase).collect();
        String::from_utf16(&units).unwrap()
    }

    #[test]
    fn d24_upper_case_is_one_for_one() {
        assert_eq!(upcased("alice"), "ALICE");
        assert_eq!(upcased("straße"), "STRAßE");
        assert_eq!(upcased("ŉa"), "ŉA");
        assert_eq!(upcased("ﬁx"), "ﬁX");
        assert_eq!(upcased("ıI"), "ıI");
        assert_eq!(upcased("ǆǅ"), "Ǆǅ");
        assert_eq!(upcased("jürgenÿ"), "JÜRGENŸ");
        assert_eq!(upcased("µſ"), "µſ");
        assert_eq!(upcased("σς"), "ΣΣ");
        assert_eq!(upcased("ᾀᾳ"), "ᾈᾼ");
        assert_eq!(upcased("иван"), "ИВАН");
        assert_eq!(upcased("ანა"), "ანა");
        assert_eq!(upcased("日本太郎"), "日本太郎");
        assert_eq!(upcased("𐐨"), "𐐨", "outside the BMP");
        assert_eq!(upcase(0xd800), 0xd800);
    }

    #[test]
    fn octets_come_in_order_whatever_their_number() {
        for count in [0, 1, 31, 32, 33, 64, 100] {
            let mut octets = Vec::new();
            in_octets(0..count, |part| octets.extend_from_slice(part));
            assert!(code_units(&octets).eq(0..count));
        }
    }
}
