//! Points in time, as an argument: nothing of this crate but [`Timestamp::now`] reads a clock.

mod file_time;

use core::fmt;
use core::time::Duration;

use der::DateTime;

pub use file_time::FileTime;

/// A point in time: microseconds since 1970-01-01T00:00:00Z, the resolution of Kerberos (RFC 4120 section 5.2.4).
///
/// ```
/// use negotiate::Timestamp;
/// let now = Timestamp::from_seconds(1_795_377_519);
/// assert_eq!(now.to_string(), "2026-11-22T19:58:39Z");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Timestamp(i64);

/// Microseconds in a second.
const MICROS: i64 = 1_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(0);

    /// From whole seconds since 1970. Saturates at the ends of the range (about 292,000 years away).
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The system's clock. Only the caller uses it: the crate itself is told the time.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn now() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Self::UNIX_EPOCH.saturating_add(since)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded towards the past.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// The microseconds behind [`Self::as_seconds`], 0 to 999,999.
    #[must_use]
    pub const fn subsecond_micros(self) -> i64 {
        self.0.rem_euclid(MICROS)
    }

    /// Later by `duration`, or the last representable moment.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// Earlier by `duration`, or the first representable moment.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(micros(duration)))
    }

    /// How far two moments are apart, whichever comes first.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        Duration::from_micros(self.0.abs_diff(other.0))
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// RFC 3339 to the second, in UTC; seconds since 1970 where the calendar of `der` ends (before 1970, after 9999).
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = u64::try_from(self.as_seconds()).map(Duration::from_secs);
        match seconds.ok().and_then(|since| DateTime::from_unix_duration(since).ok()) {
            Some(date) => fmt::Display::fmt(&date, f),
            None => write!(f, "{} s since 1970", self.as_seconds()),
        }
    }
}
