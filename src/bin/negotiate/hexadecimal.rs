//! Octets as hexadecimal digits.

use std::fmt::Write;

use negotiate::ntlm::NtHash;

/// Reads pairs of digits; colons between them are passed over, as `openssl` prints fingerprints.
pub(crate) fn read(text: &str) -> Result<Vec<u8>, String> {
    let digit = |character: char| character.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Option<Vec<u8>> = text.chars().filter(|character| *character != ':').map(digit).collect();
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((high << 4) | low),
        _ => None,
    };
    let octets: Option<Vec<u8>> = digits.and_then(|digits| digits.chunks(2).map(pair).collect());
    octets.ok_or_else(|| "not pairs of hexadecimal digits".to_owned())
}

/// Reads an NT hash. What was given is not repeated, as clap would: it may be the hash with one digit too many.
pub(crate) fn nt_hash(digits: &str) -> Result<NtHash, &'static str> {
    let octets = read(digits).ok().and_then(|octets| octets.try_into().ok());
    octets.map(NtHash::new).ok_or("an NT hash has 32 hexadecimal digits")
}

/// Writes pairs of digits.
pub(crate) fn write(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len().saturating_mul(2));
    for octet in octets {
        let _ = write!(text, "{octet:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs() {
        assert_eq!(read("00:fF1a").unwrap(), [0, 0xff, 0x1a]);
        assert_eq!(write(&[0, 0xff, 0x1a]), "00ff1a");
        assert!(read("0").is_err());
        assert!(read("zz").is_err());
    }
}
