//! DES with keys of seven octets ([MS-NLMP] section 6), for LM and NTLMv1 only.

use ::des::Des;
use cipher::{BlockCipherEncrypt, Key, KeyInit};
use zeroize::Zeroizing;

/// DES(K, D).
pub(super) fn des(key: &[u8; 7], data: &[u8; 8]) -> [u8; 8] {
    let mut block = (*data).into();
    Des::new(&spread(key)).encrypt_block(&mut block);
    block.into()
}

/// DESL(K, D): the key in three parts, the last of them two octets and zeros.
pub(super) fn desl(key: &[u8; 16], data: &[u8; 8]) -> [u8; 24] {
    let mut padded = Zeroizing::new([0; 21]);
    for (octet, key) in padded.iter_mut().zip(key) {
        *octet = *key;
    }
    let mut response = [0; 24];
    for (part, seven) in response.as_chunks_mut::<8>().0.iter_mut().zip(padded.as_chunks::<7>().0) {
        *part = des(seven, data);
    }
    response
}

/// 56 bits, seven to an octet; the lowest bit is for parity, which nobody looks at.
fn spread(key: &[u8; 7]) -> Zeroizing<Key<Des>> {
    let [k0, k1, k2, k3, k4, k5, k6] = *key;
    let mut bits = u64::from_be_bytes([0, k0, k1, k2, k3, k4, k5, k6]);
    let mut spread = Zeroizing::new(Key::<Des>::default());
    for octet in spread.iter_mut().rev() {
        let [.., low] = bits.to_be_bytes();
        *octet = low << 1;
        bits >>= 7;
    }
    spread
}
