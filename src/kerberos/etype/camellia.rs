//! camellia128-cts-cmac and camellia256-cts-cmac (RFC 6803).

use cipher::{Key, KeyInit};
use hmac::Mac;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::simplified::{Purpose, Simplified};
use super::{KeyUsage, mac};
use crate::secret::SecretBytes;

/// The iteration count without parameters (RFC 6803 section 4).
pub(super) const ITERATIONS: u32 = 32_768;

/// CMAC over a cipher.
pub(super) trait CipherMac: Mac + KeyInit + Clone {}

impl<M: Mac + KeyInit + Clone> CipherMac for M {}

/// Ke and Ki for a usage; `M` is CMAC over the cipher `C`.
pub(super) fn cipher_key<M: CipherMac, C: KeyInit<KeySize = M::KeySize>>(
    key: &Key<M>,
    usage: KeyUsage,
) -> Simplified<C, M, 16> {
    let base = new::<M>(key);
    let encryption = derive(&base, &Purpose::Encryption.constant(usage));
    let integrity = derive(&base, &Purpose::Integrity.constant(usage));
    Simplified { cipher: C::new(&encryption), mac: new(&integrity) }
}

/// The keyed state of Kc for a usage.
pub(super) fn checksum_key<M: CipherMac>(key: &Key<M>, usage: KeyUsage) -> M {
    new(&derive(&new::<M>(key), &Purpose::Checksum.constant(usage)))
}

/// The pseudo-random function (RFC 6803 section 6): CMAC under the key derived from "prf".
pub(super) fn prf<M: CipherMac>(key: &Key<M>, input: &[u8]) -> SecretBytes {
    let key = derive(&new::<M>(key), b"prf");
    SecretBytes::from(Zeroizing::new(mac::mac(&new::<M>(&key), &[input])).as_slice())
}

/// The protocol key for a password and a salt (RFC 6803 section 4); `name` is the type's.
pub(super) fn string_to_key<M: CipherMac>(
    name: &str,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Zeroizing<Key<M>> {
    let salt = super::password::salt_with_name(name, salt);
    let mut intermediate = Zeroizing::new(Key::<M>::default());
    super::pbkdf2::pbkdf2::<Sha1>(password, &salt, iterations, &mut intermediate);
    derive(&new::<M>(&intermediate), b"kerberos")
}

/// KDF-FEEDBACK-CMAC of RFC 6803 section 3: each block is the CMAC of the one before, a counter, the constant, a
/// zero, and the length of the key in bits.
fn derive<M: CipherMac>(base: &M, constant: &[u8]) -> Zeroizing<Key<M>> {
    let mut key = Zeroizing::new(Key::<M>::default());
    let bits = u32::try_from(key.len()).unwrap_or(u32::MAX).saturating_mul(8);
    let mut block = Zeroizing::new(hmac::digest::Output::<M>::default());
    for (count, part) in (1u32..).zip(key.chunks_mut(16)) {
        *block = mac::mac(base, &[&block, &count.to_be_bytes(), constant, &[0], &bits.to_be_bytes()]);
        for (octet, derived) in part.iter_mut().zip(block.iter()) {
            *octet = *derived;
        }
    }
    key
}

fn new<M: CipherMac>(key: &Key<M>) -> M {
    <M as KeyInit>::new(key)
}
