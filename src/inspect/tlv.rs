//! Tag, length, value, read with tolerance: what makes no sense is said, and reading goes on where it can.

use alloc::format;
use alloc::string::{String, ToString};

/// One element, cut to what there is.
pub(super) struct Tlv<'a> {
    /// The identifier octet.
    pub(super) identifier: u8,
    /// How many octets tag and length take.
    pub(super) header: usize,
    /// The content, as much as is there.
    pub(super) content: &'a [u8],
    /// What stands behind it.
    pub(super) rest: &'a [u8],
    /// What is wrong with it, though it could be read.
    pub(super) flaw: Option<String>,
}

impl<'a> Tlv<'a> {
    /// Reads one element of DER (X.690 section 8.1), or says why there is none.
    pub(super) fn read(octets: &'a [u8]) -> Result<Self, String> {
        let (identifier, behind) = octets.split_first().ok_or("nothing here, where an element must be")?;
        if identifier & 0x1f == 0x1f {
            return Err(format!("the tag {identifier:#04x} continues: no message has tag numbers above 30"));
        }
        let (first, behind) = behind.split_first().ok_or("the token ends behind a tag: it was cut")?;
        let (length, behind, minimal) = match first {
            0..0x80 => (usize::from(*first), behind, true),
            0x80 => return Err("an indefinite length: that is BER, and DER is required".to_string()),
            0x81..=0x88 => long_length(usize::from(first & 0x7f), behind)?,
            _ => return Err(format!("a length in {} octets: that is no token", first & 0x7f)),
        };
        let header = octets.len().saturating_sub(behind.len());
        let (content, rest) = behind.split_at_checked(length).unwrap_or((behind, &[]));
        let flaw = if content.len() < length {
            Some(format!("its length says {length} octets, but {} are left: cut, or damaged", content.len()))
        } else if !minimal {
            Some("its length takes more octets than needed: that is BER, and DER is required".to_string())
        } else {
            None
        };
        Ok(Self { identifier: *identifier, header, content, rest, flaw })
    }

    /// How many octets it takes.
    pub(super) fn len(&self) -> usize {
        self.header.saturating_add(self.content.len())
    }
}

/// A length in several octets; whether it needs them. A length beyond what a machine can address is cut to that.
fn long_length(count: usize, octets: &[u8]) -> Result<(usize, &[u8], bool), String> {
    let (length, behind) = octets.split_at_checked(count).ok_or("the token ends within a length: it was cut")?;
    let value = length.iter().fold(0u64, |value, octet| (value << 8) | u64::from(*octet));
    let minimal = value >= 0x80 && length.first() != Some(&0);
    Ok((usize::try_from(value).unwrap_or(usize::MAX), behind, minimal))
}

/// An identifier octet in the words of ASN.1.
pub(super) fn tag_name(identifier: u8) -> String {
    let number = identifier & 0x1f;
    match identifier {
        0x01 => "BOOLEAN".to_string(),
        0x02 => "INTEGER".to_string(),
        0x03 => "BIT STRING".to_string(),
        0x04 => "OCTET STRING".to_string(),
        0x05 => "NULL".to_string(),
        0x06 => "OBJECT IDENTIFIER".to_string(),
        0x0a => "ENUMERATED".to_string(),
        0x0c => "UTF8String".to_string(),
        0x18 => "GeneralizedTime".to_string(),
        0x1b => "GeneralString".to_string(),
        0x30 => "SEQUENCE".to_string(),
        0x31 => "SET".to_string(),
        0x60..0x80 => format!("[APPLICATION {number}]"),
        0xa0..0xc0 => format!("[{number}]"),
        _ => format!("tag {identifier:#04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a01_a04_a13_lengths_that_lie() {
        assert!(Tlv::read(b"").is_err());
        assert!(Tlv::read(b"\x30").is_err());
        assert!(Tlv::read(b"\x30\x80\x00\x00").is_err());
        assert!(Tlv::read(b"\x1f\x81\x00").is_err());
        assert!(Tlv::read(b"\x30\x83\x00").is_err());
        assert!(Tlv::read(b"\x30\xff").is_err());
        let cut = Tlv::read(b"\x30\x84\xff\xff\xff\xffab").unwrap();
        assert_eq!((cut.content, cut.rest, cut.flaw.is_some()), (&b"ab"[..], &b""[..], true));
        let long = Tlv::read(b"\x04\x81\x01zy").unwrap();
        assert_eq!((long.content, long.rest, long.flaw.is_some(), long.len()), (&b"z"[..], &b"y"[..], true, 4));
        let huge = Tlv::read(b"\x04\x88\xff\xff\xff\xff\xff\xff\xff\xffz").unwrap();
        assert_eq!(huge.content, b"z");
    }
}
