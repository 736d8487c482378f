//! RC4 under keys of 16 octets.

use cipher::{Key, KeyInit, StreamCipher};
use rc4::Rc4;
use zeroize::Zeroizing;

/// RC4Init() of [MS-NLMP] section 6.
///
/// RC4 repeats its key until it has 256 octets, so 32 octets made of the key twice are the same key, and the crate's
/// constructor for 32 octets has nothing to refuse.
pub(super) fn rc4(key: &[u8; 16]) -> Rc4 {
    let mut twice = Zeroizing::new(Key::<Rc4>::default());
    for (octet, key) in twice.iter_mut().zip(key.iter().cycle()) {
        *octet = *key;
    }
    Rc4::new(&twice)
}

/// RC4K() of [MS-NLMP] section 6: what encrypts also decrypts.
pub(super) fn rc4k(key: &[u8; 16], data: &mut [u8; 16]) {
    rc4(key).apply_keystream(data);
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// RFC 6229 section 2, the key of 128 bits.
    #[test]
    fn rfc6229_of_16_octets() {
        let mut data = [0; 16];
        rc4k(&hex!("0102030405060708090a0b0c0d0e0f10"), &mut data);
        assert_eq!(data, hex!("9ac7cc9a609d1ef7b2932899cde41b97"));
    }
}
