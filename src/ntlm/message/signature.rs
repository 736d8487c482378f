//! NTLMSSP_MESSAGE_SIGNATURE.

use super::Error;

/// The signature of a message ([MS-NLMP] section 2.2.2.9). Which form it has depends on what was negotiated, and cannot
/// be seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MessageSignature {
    /// Without extended session security (section 2.2.2.9.1).
    Plain {
        /// RandomPad: means nothing to the receiver.
        random_pad: [u8; 4],
        /// Checksum.
        checksum: [u8; 4],
        /// SeqNum, as it stands there: encrypted.
        seq_num: [u8; 4],
    },
    /// With extended session security (section 2.2.2.9.2).
    Extended {
        /// Checksum: encrypted, if keys were exchanged.
        checksum: [u8; 8],
        /// SeqNum.
        seq_num: u32,
    },
}

/// Version: there is no other.
const VERSION: [u8; 4] = [1, 0, 0, 0];

impl MessageSignature {
    /// The octets of a signature.
    pub const LENGTH: usize = 16;

    /// From the octets of a message; `extended` says whether extended session security is in effect.
    ///
    /// # Errors
    /// [`Error::BadMessageSignature`] for another length, or another version than 1 (row D26).
    pub fn parse(octets: &[u8], extended: bool) -> Result<Self, Error> {
        let octets: &[u8; Self::LENGTH] = octets.try_into().map_err(|_| Error::BadMessageSignature)?;
        let (VERSION, [a, b, c, d, e, f, g, h, i, j, k, l]) = halves(octets) else {
            return Err(Error::BadMessageSignature);
        };
        Ok(if extended {
            Self::Extended { checksum: [a, b, c, d, e, f, g, h], seq_num: u32::from_le_bytes([i, j, k, l]) }
        } else {
            Self::Plain { random_pad: [a, b, c, d], checksum: [e, f, g, h], seq_num: [i, j, k, l] }
        })
    }

    /// As it stands in a message.
    #[must_use]
    pub const fn to_octets(self) -> [u8; Self::LENGTH] {
        let ([a, b, c, d, e, f, g, h], [i, j, k, l]) = match self {
            Self::Plain { random_pad: [a, b, c, d], checksum: [e, f, g, h], seq_num } => {
                ([a, b, c, d, e, f, g, h], seq_num)
            }
            Self::Extended { checksum, seq_num } => (checksum, seq_num.to_le_bytes()),
        };
        let [v, w, x, y] = VERSION;
        [v, w, x, y, a, b, c, d, e, f, g, h, i, j, k, l]
    }
}

/// The version, and what is behind it.
const fn halves(octets: &[u8; 16]) -> ([u8; 4], [u8; 12]) {
    let [v, w, x, y, a, b, c, d, e, f, g, h, i, j, k, l] = *octets;
    ([v, w, x, y], [a, b, c, d, e, f, g, h, i, j, k, l])
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// [MS-NLMP] sections 4.2.2.4, 4.2.3.4 and 4.2.4.4.
    #[test]
    fn the_signatures_of_the_examples() {
        let plain = hex!("01000000 45c844e5 09dcd1df 2e459d36");
        let parsed = MessageSignature::parse(&plain, false).unwrap();
        assert_eq!(
            parsed,
            MessageSignature::Plain {
                random_pad: hex!("45c844e5"),
                checksum: hex!("09dcd1df"),
                seq_num: hex!("2e459d36")
            }
        );
        assert_eq!(parsed.to_octets(), plain);
        for (octets, checksum) in [
            (hex!("01000000 ff2aeb52f681793a 00000000"), hex!("ff2aeb52f681793a")),
            (hex!("01000000 7fb38ec5c55d4976 00000000"), hex!("7fb38ec5c55d4976")),
        ] {
            let parsed = MessageSignature::parse(&octets, true).unwrap();
            assert_eq!(parsed, MessageSignature::Extended { checksum, seq_num: 0 });
            assert_eq!(parsed.to_octets(), octets);
        }
    }

    #[test]
    fn d26_a_signature_has_16_octets_and_version_1() {
        let sound = hex!("01000000 7fb38ec5c55d4976 00000000 00");
        for extended in [false, true] {
            for length in [0, 4, 15, 17] {
                assert_eq!(MessageSignature::parse(&sound[..length], extended), Err(Error::BadMessageSignature));
            }
            for bit in 0..32 {
                let mut octets: [u8; 16] = sound[..16].try_into().unwrap();
                octets[bit / 8] ^= 1 << (bit % 8);
                assert_eq!(MessageSignature::parse(&octets, extended), Err(Error::BadMessageSignature));
            }
        }
    }
}
