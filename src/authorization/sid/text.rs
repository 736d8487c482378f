//! The string format of a SID ([MS-DTYP] section 2.4.2.1).

use core::fmt;
use core::str::FromStr;

use super::Sid;

/// A text that is no SID.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadSid;

impl fmt::Display for BadSid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a SID: write it as in S-1-5-21-1111111111-2222222222-3333333333-513")
    }
}

impl core::error::Error for BadSid {}

/// `S-1-5-32-544`; an authority of 2^32 or more in twelve hexadecimal digits.
impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match authority_number(self.authority) {
            number if number > u32::MAX.into() => write!(f, "S-1-0x{number:012X}")?,
            number => write!(f, "S-1-{number}")?,
        }
        self.sub_authorities().iter().try_for_each(|number| write!(f, "-{number}"))
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({self})")
    }
}

/// Reads what [`Display`](fmt::Display) writes, and hexadecimal digits and the letters `S` and `X` in either case.
impl FromStr for Sid {
    type Err = BadSid;

    fn from_str(text: &str) -> Result<Self, BadSid> {
        let mut parts = text.split('-');
        let begins_well = parts.next().is_some_and(|s| s.eq_ignore_ascii_case("S")) && parts.next() == Some("1");
        let authority = parts.next().and_then(authority).filter(|_| begins_well).ok_or(BadSid)?;
        let mut numbers = [0; Sid::MAX_SUB_AUTHORITIES];
        let mut count = 0usize;
        for part in parts {
            *numbers.get_mut(count).ok_or(BadSid)? = decimal(part).ok_or(BadSid)?;
            count = count.saturating_add(1);
        }
        Self::new(authority, numbers.get(..count).unwrap_or_default()).ok_or(BadSid)
    }
}

fn authority_number([a, b, c, d, e, f]: [u8; 6]) -> u64 {
    u64::from_be_bytes([0, 0, a, b, c, d, e, f])
}

fn authority(text: &str) -> Option<[u8; 6]> {
    let number = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.len() == 12 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok()?
        }
        Some(_) => return None,
        None => decimal(text)?.into(),
    };
    let [_, _, authority @ ..] = number.to_be_bytes();
    Some(authority)
}

/// A number below 2^32 in decimal digits, without a sign and without leading zeros.
fn decimal(text: &str) -> Option<u32> {
    let is_plain = text.bytes().all(|digit| digit.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    text.parse().ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn texts_and_back() {
        let longest = alloc::format!("S-1-0xFFFFFFFFFFFF{}", "-4294967295".repeat(15));
        for text in ["S-1-5-32-544", "S-1-0-0", "S-1-5", "S-1-4294967295-1", "S-1-0x000100000000-1", &longest] {
            assert_eq!(text.parse::<Sid>().unwrap().to_string(), text);
        }
        assert_eq!("s-1-0X00000000000f-1".parse::<Sid>().unwrap().to_string(), "S-1-15-1");
    }

    #[test]
    fn what_is_no_sid() {
        let long = alloc::format!("S-1-5{}", "-1".repeat(16));
        let bad =
            ["", "S", "S-1", "S-1-", "S-2-5-1", "S-01-5", "S-1-5-", "S-1-5--1", "S-1-5-+1", "S-1-5-01", "S-1-05-1"];
        let more =
            ["S-1-5-4294967296", "S-1-4294967296-1", "S-1-0x5-1", "S-1-0x+00000000005", "X-1-5-1", "S-1-5-1 ", &long];
        for text in bad.into_iter().chain(more) {
            assert_eq!(text.parse::<Sid>(), Err(BadSid), "{text}");
        }
    }
}
