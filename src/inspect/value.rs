//! Single values in words.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use super::escape::plain;
use super::tlv::Tlv;
use crate::gss::Oid;

/// An INTEGER of up to eight octets.
pub(super) fn integer(content: &[u8]) -> Option<i64> {
    let (first, _) = content.split_first().filter(|_| content.len() <= 8)?;
    let sign = if first & 0x80 == 0 { 0 } else { -1 };
    Some(content.iter().fold(sign, |value: i64, octet| (value << 8) | i64::from(*octet)))
}

/// A KerberosTime as people write it, or what stands there instead.
pub(super) fn time(content: &[u8]) -> Result<String, String> {
    let digits = content.iter().take_while(|octet| octet.is_ascii_digit()).count();
    let text =
        core::str::from_utf8(content).ok().filter(|_| content.len() == 15 && digits == 14 && content.ends_with(b"Z"));
    let piece = |range: core::ops::Range<usize>| text.and_then(|text| text.get(range)).unwrap_or_default();
    let number = |range| piece(range).parse::<u8>().unwrap_or(u8::MAX);
    let in_range = matches!(number(4..6), 1..=12)
        && matches!(number(6..8), 1..=31)
        && number(8..10) < 24
        && number(10..12) < 60
        && number(12..14) < 60;
    if text.is_none() || !in_range {
        return Err(plain(content));
    }
    let [year, month, day] = [0..4, 4..6, 6..8].map(piece);
    let [hour, minute, second] = [8..10, 10..12, 12..14].map(piece);
    Ok(format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

/// An object identifier with the name people know it by.
pub(super) fn oid(content: &[u8]) -> String {
    let oid = Oid::from_octets(content);
    match oid.name() {
        Some(name) => format!("{oid} ({name})"),
        // A made-up name could be 64 KiB of digits.
        None if content.len() > 64 => format!("an OBJECT IDENTIFIER of {} octets", content.len()),
        None => format!("{oid}"),
    }
}

/// A BIT STRING of flags: its first 32 bits, and the names of those that are set.
pub(super) fn bits(content: &[u8], names: &[(u8, &str)]) -> Option<String> {
    let (unused, octets) = content.split_first()?;
    if *unused > 7 || (octets.is_empty() && *unused > 0) {
        return None;
    }
    let first: [u8; 4] = core::array::from_fn(|index| octets.get(index).copied().unwrap_or(0));
    let bits = u32::from_be_bytes(first);
    let mut text = format!("{bits:#010x}");
    let is_set = |number: u8| bits & 0x8000_0000u32.checked_shr(u32::from(number)).unwrap_or(0) != 0;
    for number in (0..32u8).filter(|number| is_set(*number)) {
        let _ = match names.iter().find(|(known, _)| *known == number) {
            Some((_, name)) => write!(text, " {name}"),
            None => write!(text, " bit-{number}"),
        };
    }
    Some(text)
}

/// The components of a PrincipalName, given its fields, as one name.
pub(super) fn principal_name(fields: &[u8]) -> String {
    let mut rest = fields;
    while let Ok(field) = Tlv::read(rest) {
        if field.identifier == 0xa1 {
            return components(field.content);
        }
        rest = field.rest;
    }
    String::new()
}

fn components(list: &[u8]) -> String {
    let mut name = String::new();
    let mut rest = Tlv::read(list).map(|list| list.content).unwrap_or_default();
    while let Ok(component) = Tlv::read(rest) {
        if !name.is_empty() {
            name.push('/');
        }
        // A `/` or `@` of a component's own is told apart from the structure, as MIT krb5 writes it.
        for character in plain(component.content).chars() {
            if matches!(character, '/' | '@') {
                name.push('\\');
            }
            name.push(character);
        }
        rest = component.rest;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a10_integers() {
        assert_eq!(integer(b""), None);
        assert_eq!(integer(b"\x00\xff"), Some(255));
        assert_eq!(integer(b"\xff"), Some(-1));
        assert_eq!(integer(b"\x80\x03"), Some(-32_765));
        assert_eq!(integer(&[0x7f; 8]), Some(0x7f7f_7f7f_7f7f_7f7f));
        assert_eq!(integer(&[0; 9]), None);
    }

    #[test]
    fn a03_times() {
        assert_eq!(time(b"20261122195843Z").unwrap(), "2026-11-22T19:58:43Z");
        for wrong in [
            &b""[..],
            b"20261122195843",
            b"20261322195843Z",
            b"2026112219584\xc3Z",
            b"20261122195860Z",
            b"+0261122195843Z",
        ] {
            assert!(time(wrong).is_err(), "{}", wrong.escape_ascii());
        }
    }

    #[test]
    fn a08_flags() {
        let names = &[(1, "forwardable"), (2, "forwarded")];
        assert_eq!(bits(b"\x00\x40\x00\x00\x01", names).unwrap(), "0x40000001 forwardable bit-31");
        assert_eq!(bits(b"\x05\x20", names).unwrap(), "0x20000000 forwarded");
        assert_eq!(bits(b"\x00", names).unwrap(), "0x00000000");
        assert_eq!(bits(b"\x08\x20", names), None);
        assert_eq!(bits(b"", names), None);
    }

    #[test]
    fn a09_structure_of_names_is_kept() {
        // name-type 1, ("a/b", "c\x1b")
        let fields = b"\xa0\x03\x02\x01\x01\xa1\x0b\x30\x09\x1b\x03a/b\x1b\x02c\x1b";
        assert_eq!(principal_name(fields), "a\\/b/c\\u{1b}");
    }
}
