//! CRC-32, which NTLM without extended session security takes for a checksum ([MS-NLMP] section 6).

/// The CRC-32 of IEEE 802.3 over all `parts`, one behind the other: the polynomial reflected, ones before and after.
pub(super) fn crc32<'m>(parts: impl IntoIterator<Item = &'m [u8]>) -> u32 {
    !parts.into_iter().flatten().fold(u32::MAX, |crc, octet| {
        (0..8).fold(crc ^ u32::from(*octet), |crc, _| if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xedb8_8320 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value() {
        assert_eq!(crc32([&b"123456789"[..]]), 0xcbf4_3926);
        assert_eq!(crc32([&b"1234"[..], b"", b"56789"]), 0xcbf4_3926);
        assert_eq!(crc32([]), 0);
    }
}
