//! FILETIME.

use core::fmt;

use super::Timestamp;

/// FILETIME ([MS-DTYP] section 2.3.3): units of 100 nanoseconds since 1601-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FileTime(pub u64);

/// 1970-01-01T00:00:00Z.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
/// Units in a microsecond.
const PER_MICRO: i64 = 10;

impl FileTime {
    /// The same moment, to the microsecond; the year 1601 if it was before.
    #[must_use]
    pub const fn from_timestamp(time: Timestamp) -> Self {
        match UNIX_EPOCH.checked_add_signed(time.as_micros().saturating_mul(PER_MICRO)) {
            Some(units) => Self(units),
            None => Self(0),
        }
    }

    /// The same moment, rounded to the microsecond towards 1970.
    #[must_use]
    pub fn to_timestamp(self) -> Timestamp {
        let units = i64::try_from(self.0.abs_diff(UNIX_EPOCH)).unwrap_or(i64::MAX);
        let micros = units.wrapping_div(PER_MICRO);
        Timestamp::from_micros(if self.0 < UNIX_EPOCH { micros.saturating_neg() } else { micros })
    }
}

impl fmt::Display for FileTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_timestamp(), f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn d20_times_from_1601_to_the_end_of_the_range() {
        let now = Timestamp::from_micros(1_795_374_419_148_518);
        assert_eq!(FileTime::from_timestamp(now).0, 134_398_480_191_485_180);
        assert_eq!(FileTime(134_398_480_191_485_184).to_timestamp(), now);
        assert_eq!(FileTime(0).to_timestamp().as_seconds(), -11_644_473_600);
        assert_eq!(FileTime::from_timestamp(Timestamp::from_micros(i64::MIN)), FileTime(0));
        assert_eq!(FileTime(UNIX_EPOCH).to_string(), "1970-01-01T00:00:00Z");
        let _ = FileTime(u64::MAX).to_timestamp();
    }
}
