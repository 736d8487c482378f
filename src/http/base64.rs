//! Tokens as text: the base64 of RFC 4648 section 4, strict, bounded, and in constant time.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64, Encoding};

use super::Error;

/// The most octets a token may have unless the caller says otherwise: 64 KiB.
///
/// The most that Windows' `MaxTokenSize` can be set to is 65,535; 48,000 is its default, for the sake of HTTP.
pub const MAX_TOKEN: usize = 65_536;

/// The octets that `text` stands for: one allocation, of exactly their number, and none before the length is known to be allowed.
pub(super) fn decode(text: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let length = decoded_len(text);
    if length > limit {
        return Err(Error::TooLarge { limit });
    }
    // White space, whole groups of four and canonical padding (no left-over bits) are checked by `base64ct`; an empty text is not a token.
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return Err(Error::BadBase64);
    }
    let mut octets = vec![0; length];
    match Base64::decode(text, &mut octets) {
        Ok(decoded) if decoded.len() == length => Ok(octets),
        _ => Err(Error::BadBase64),
    }
}

/// How many octets `text` makes if it is sound.
fn decoded_len(text: &[u8]) -> usize {
    let padding = text.iter().rev().take(2).take_while(|octet| **octet == b'=').count();
    text.len().div_ceil(4).saturating_mul(3).saturating_sub(padding)
}

/// How many characters `octets` make.
pub(super) fn encoded_len(octets: &[u8]) -> usize {
    octets.len().div_ceil(3).saturating_mul(4)
}

/// Writes `octets` behind `text`.
pub(super) fn push(text: &mut String, octets: &[u8]) {
    // In pieces of whole groups, so that no second buffer is needed: 768 octets make 1,024 characters, which always fit.
    let mut characters = [0; 1_024];
    for piece in octets.chunks(768) {
        text.push_str(Base64::encode(piece, &mut characters).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648 section 10.
    #[test]
    fn published_vectors() {
        let pairs = [
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (octets, text) in pairs {
            let mut encoded = String::new();
            push(&mut encoded, octets.as_bytes());
            assert_eq!(encoded, text);
            assert_eq!(encoded_len(octets.as_bytes()), text.len());
            assert_eq!(decode(text.as_bytes(), MAX_TOKEN).unwrap(), octets.as_bytes());
        }
    }

    #[test]
    fn h05_lenient_forms() {
        let texts: [&[u8]; 29] = [
            b"",
            b"=",
            b"==",
            b"===",
            b"====",
            b"A",
            b"AA",
            b"AAA",
            b"AAAAA",
            b"A===",
            b"AAA==",
            b"AA==AA==",
            b"QQ=A",
            b"QQ=",
            b"QQ",
            b"QR==",
            b"QUF=",
            b"Q\r\nQ=",
            b"QUFB\r\n",
            b"QUFB\n",
            b" QUFB",
            b"QUFB ",
            b"Q UF",
            b"QU-B",
            b"QU_B",
            b"QU.B",
            b"QU~B",
            b"QU\0B",
            b"QU\xc3\xa9",
        ];
        for text in texts {
            assert_eq!(decode(text, MAX_TOKEN), Err(Error::BadBase64), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn h05_all_four_character_texts_around_the_padding() {
        // Of the last group only canonical forms are sound: 64 of 4,096 second characters for `==`, all others refused.
        let alphabet: Vec<u8> = (0..=255).collect();
        let (mut sound, mut refused) = (0, 0);
        for first in &alphabet {
            for second in &alphabet {
                match decode(&[*first, *second, b'=', b'='], 8) {
                    Ok(octets) => {
                        assert_eq!((octets.len(), octets.capacity()), (1, 1));
                        sound += 1;
                    }
                    Err(error) => {
                        assert_eq!(error, Error::BadBase64);
                        refused += 1;
                    }
                }
            }
        }
        assert_eq!((sound, refused), (256, 65_536 - 256));
    }

    #[test]
    fn h05_length_cap_to_the_octet() {
        for limit in [1, 2, 3, 4, 5, 6, 767, 768, 769, MAX_TOKEN] {
            let octets = vec![0xa5; limit + 1];
            let mut text = String::new();
            push(&mut text, &octets[..limit]);
            assert_eq!(decode(text.as_bytes(), limit).unwrap(), &octets[..limit]);
            text.clear();
            push(&mut text, &octets);
            assert_eq!(decode(text.as_bytes(), limit), Err(Error::TooLarge { limit }));
            // The cap comes before the alphabet.
            assert_eq!(decode(&vec![b'!'; text.len() + 4], limit), Err(Error::TooLarge { limit }));
        }
    }
}
