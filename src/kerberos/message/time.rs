//! KerberosTime (RFC 4120 section 5.2.3).

use core::fmt;
use core::time::Duration;

use der::asn1::GeneralizedTime;
use der::{DecodeValue, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, Writer};

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

    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let position = reader.position();
        let bad_time = |_| Self::TAG.value_error().at(position);
        let time = GeneralizedTime::decode_value(reader, header).map_err(bad_time)?;
        i64::try_from(time.to_unix_duration().as_secs()).map(Self).map_err(|_| Self::TAG.value_error().at(position))
    }
}

impl EncodeValue for KerberosTime {
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::new(15))
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        calendar(self.0)?.encode_value(writer)
    }
}
