//! KerberosTime (RFC 4120 section 5.2.3).

use core::fmt;
use core::time::Duration;

use der::asn1::GeneralizedTime;
use der::{DateTime, DecodeValue, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, Writer};

use super::Microseconds;
use crate::Timestamp;

/// A time to the second, in UTC, from 1970 to 9999 (RFC 4120 section 5.2.3): on the wire exactly `YYYYMMDDHHMMSSZ`,
/// and a date of the calendar (row A03).
///
/// ```text
/// KerberosTime    ::= GeneralizedTime -- with no fractional seconds
/// ```
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct KerberosTime(i64);

impl KerberosTime {
    /// The second that `time` lies in, or `None` before 1970 and after 9999.
    #[must_use]
    pub fn new(time: Timestamp) -> Option<Self> {
        let seconds = time.as_seconds();
        calendar(seconds).ok().map(|_| Self(seconds))
    }

    /// The beginning of this second.
    #[must_use]
    pub const fn to_timestamp(self) -> Timestamp {
        Timestamp::from_seconds(self.0)
    }

    /// The moment in this second, or `None` if these are no microseconds of a second (row E05).
    #[must_use]
    pub fn with_micros(self, micros: Microseconds) -> Option<Timestamp> {
        micros.in_range().map(|micros| self.to_timestamp().saturating_add(Duration::from_micros(micros.into())))
    }
}

fn calendar(seconds: i64) -> der::Result<GeneralizedTime> {
    GeneralizedTime::from_unix_duration(Duration::from_secs(u64::try_from(seconds)?))
}

/// The seconds since 1970 of a `YYYYMMDDHHMMSSZ`. The calendar is that of `der`. Its own `GeneralizedTime` reads no other
/// text, but then goes back from the seconds to the date, which a ticket with four times would pay for.
#[inline]
fn seconds(text: &[u8; 15]) -> Option<i64> {
    let &[c1, c2, y1, y2, month1, month2, day1, day2, hour1, hour2, minute1, minute2, second1, second2, b'Z'] = text
    else {
        return None;
    };
    let century = u16::from(number(c1, c2)?).checked_mul(100)?;
    let date = DateTime::new(
        century.checked_add(number(y1, y2)?.into())?,
        number(month1, month2)?,
        number(day1, day2)?,
        number(hour1, hour2)?,
        number(minute1, minute2)?,
        number(second1, second2)?,
    );
    i64::try_from(date.ok()?.unix_duration().as_secs()).ok()
}

/// Two decimal digits.
#[inline]
fn number(tens: u8, ones: u8) -> Option<u8> {
    let digit = |octet: u8| octet.checked_sub(b'0').filter(|digit| *digit <= 9);
    digit(tens)?.checked_mul(10)?.checked_add(digit(ones)?)
}

impl fmt::Debug for KerberosTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_timestamp(), f)
    }
}

impl FixedTag for KerberosTime {
    const TAG: Tag = Tag::GeneralizedTime;
}

impl<'a> DecodeValue<'a> for KerberosTime {
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let text = reader.read_slice(header.length())?.try_into().ok();
        text.and_then(seconds).map(Self).ok_or_else(|| reader.error(Self::TAG.value_error()))
    }
}
impl EncodeValue for KerberosTime {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::new(15))
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        calendar(self.0)?.encode_value(writer)
    }
}
