//! A time on the command line.

use negotiate::Timestamp;

/// Reads `SECONDS[.MICROS]` since 1970: the fraction is decimal, and what is finer than a microsecond is cut off.
pub(crate) fn read(text: &str) -> Result<Timestamp, String> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let whole = seconds.parse::<i64>().ok().filter(|_| seconds.starts_with(|c: char| c.is_ascii_digit()));
    let digits = !fraction.is_empty() && fraction.bytes().all(|octet| octet.is_ascii_digit());
    let micros = format!("{fraction:0<6}").get(..6).and_then(|micros| micros.parse::<i64>().ok());
    let (Some(whole), Some(micros), true) = (whole, micros, digits) else {
        return Err("not a time: SECONDS or SECONDS.MICROS since 1970-01-01T00:00:00Z".to_owned());
    };
    Ok(Timestamp::from_micros(whole.saturating_mul(1_000_000).saturating_add(micros)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_fractions() {
        assert_eq!(read("1795377523").unwrap().as_micros(), 1_795_377_523_000_000);
        assert_eq!(read("1795377523.8").unwrap().as_micros(), 1_795_377_523_800_000);
        assert_eq!(read("1795377523.8147488").unwrap().as_micros(), 1_795_377_523_814_748);
        for wrong in ["", ".", "1.", ".5", "-1", "+1", "1.5s", "now", "1.-5"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
