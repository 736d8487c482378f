//! aes128-cts-hmac-sha1-96 and aes256-cts-hmac-sha1-96 (RFC 3962).

use aes::cipher::BlockCipherEncrypt;
use cipher::consts::U16;
use cipher::{Block, BlockSizeUser, Key, KeyInit};
use hmac::Hmac;
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use super::pbkdf2::pbkdf2;
use super::simplified::{Purpose, Simplified, derive, n_fold_128};
use super::{KeyUsage, mac};
use crate::secret::SecretBytes;

/// The iteration count without parameters (RFC 3962 section 4).
pub(super) const ITERATIONS: u32 = 4096;

/// The encrypting half of AES, from whose schedule everything is derived.
pub(super) trait Base: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16> {}

impl<C: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16>> Base for C {}

/// Ke and Ki for a usage; `B` is the encrypting half of the cipher `C`.
pub(super) fn cipher_key<B: Base, C: KeyInit<KeySize = B::KeySize>>(
    key: &Key<B>,
    usage: KeyUsage,
) -> Simplified<C, Hmac<Sha1>, 12> {
    let base = B::new(key);
    let encryption = derive(&base, Purpose::Encryption.folded(usage));
    let integrity = derive(&base, Purpose::Integrity.folded(usage));
    Simplified { cipher: C::new(&encryption), mac: mac::hmac(&*integrity) }
}

/// The keyed state of Kc for a usage.
pub(super) fn checksum_key<B: Base>(key: &Key<B>, usage: KeyUsage) -> Hmac<Sha1> {
    mac::hmac(&*derive(&B::new(key), Purpose::Checksum.folded(usage)))
}

/// The pseudo-random function of the simplified profile (RFC 3961 section 5.3): the hash of the input, cut to a
/// block, encrypted under the key derived from "prf".
pub(super) fn prf<B: Base>(key: &Key<B>, input: &[u8]) -> SecretBytes {
    let key = derive(&B::new(key), const { n_fold_128(*b"prf") });
    let mut block = Zeroizing::new(Block::<B>::default());
    for (octet, hash) in block.iter_mut().zip(Sha1::digest(input)) {
        *octet = hash;
    }
    B::new(&key).encrypt_block(&mut block);
    SecretBytes::from(block.as_slice())
}

/// The protocol key for a password and a salt (RFC 3962 section 4).
pub(super) fn string_to_key<B: Base>(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Key<B>> {
    let mut intermediate = Zeroizing::new(Key::<B>::default());
    pbkdf2::<Sha1>(password, salt, iterations, &mut intermediate);
    derive(&B::new(&intermediate), const { n_fold_128(*b"kerberos") })
}
