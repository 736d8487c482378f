//! aes128-cts-hmac-sha256-128 and aes256-cts-hmac-sha384-192 (RFC 8009).

use cipher::{BlockSizeUser, Key, KeyInit};
use hmac::digest::Output;
use hmac::{Hmac, Mac};
use zeroize::Zeroizing;

use super::cipher_key::{Layout, Sealing};
use super::cts::{self, BLOCK, BlockCipher, Nobody, OverCiphertext};
use super::pbkdf2::{Compression, pbkdf2};
use super::scattered::Scattered;
use super::simplified::Purpose;
use super::{Error, KeyUsage, mac};
use crate::secret::SecretBytes;

/// The iteration count without parameters (RFC 8009 section 4).
pub(super) const ITERATIONS: u32 = 32_768;

/// The keys of one usage: encryption with ciphertext stealing, then the MAC over initial vector and ciphertext, `TAG`
/// octets of it behind the ciphertext (RFC 8009 section 5).
pub(super) struct EncryptThenMac<C, M, const TAG: usize> {
    cipher: C,
    /// Has absorbed the initial vector of zeros.
    mac: M,
}

impl<C: BlockCipher, M: Mac + BlockSizeUser + Clone, const TAG: usize> Sealing for EncryptThenMac<C, M, TAG> {
    fn layout(&self) -> Layout {
        Layout { leader: 0, confounder: BLOCK, trailer: TAG }
    }

    fn seal(&self, message: &mut [u8]) -> Result<(), Error> {
        let (text, tag) = self.layout().split_trailer(message)?;
        let mut signed = OverCiphertext(self.mac.clone());
        cts::encrypt(&self.cipher, text, &mut signed)?;
        mac::finish(signed.0, tag);
        Ok(())
    }

    fn open<'a>(&self, message: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
        let (text, tag) = self.layout().split_trailer(message)?;
        if !mac::verifies(&self.mac, &[text], tag) {
            return Err(Error::Integrity);
        }
        cts::decrypt(&self.cipher, text, &mut Nobody)?;
        self.layout().plaintext(text)
    }

    /// The MAC goes over the ciphertext, and over what is only signed as it stands.
    fn seal_scattered(&self, text: &mut Scattered<'_, '_>, tag: &mut [u8]) -> Result<(), Error> {
        let mut signed = OverCiphertext(self.mac.clone());
        if text.is_all_encrypted() {
            cts::encrypt_scattered(&self.cipher, text, &mut signed)?;
        } else {
            cts::encrypt_scattered(&self.cipher, text, &mut Nobody)?;
            text.signed().for_each(|part| signed.0.update(part));
        }
        mac::finish(signed.0, tag);
        Ok(())
    }

    fn open_scattered(&self, text: &mut Scattered<'_, '_>, tag: &[u8]) -> Result<(), Error> {
        if !mac::verifies_of(&self.mac, text.signed(), tag) {
            return Err(Error::Integrity);
        }
        cts::decrypt_scattered(&self.cipher, text, &mut Nobody)
    }
}

/// Which hash goes with which lengths (RFC 8009 section 5).
pub(super) trait Sizes {
    /// The cipher, and by its key the protocol key.
    type Cipher: BlockCipher + KeyInit;
    /// The hash of everything.
    type Hash: Compression;
    /// Octets of Ki and Kc, and of the tag.
    const MAC_KEY: usize;
    /// Its name, part of the salt.
    const NAME: &'static str;
}

/// Ke and Ki for a usage.
pub(super) fn cipher_key<S: Sizes, const TAG: usize>(
    key: &Key<S::Cipher>,
    usage: KeyUsage,
) -> EncryptThenMac<S::Cipher, Hmac<S::Hash>, TAG> {
    let base = mac::hmac::<S::Hash>(key);
    let mut state = mac_key::<S>(&base, Purpose::Integrity.constant(usage));
    Mac::update(&mut state, &[0; BLOCK]);
    EncryptThenMac {
        cipher: S::Cipher::new(&protocol_key::<S>(&base, &Purpose::Encryption.constant(usage))),
        mac: state,
    }
}

/// The keyed state of Kc for a usage.
pub(super) fn checksum_key<S: Sizes>(key: &Key<S::Cipher>, usage: KeyUsage) -> Hmac<S::Hash> {
    mac_key::<S>(&mac::hmac::<S::Hash>(key), Purpose::Checksum.constant(usage))
}

/// The pseudo-random function (RFC 8009 section 5): as many octets as the hash has.
pub(super) fn prf<S: Sizes>(key: &Key<S::Cipher>, input: &[u8]) -> SecretBytes {
    let base = mac::hmac::<S::Hash>(key);
    let output = kdf::<S>(&base, b"prf", input, <S::Hash as sha2::Digest>::output_size());
    SecretBytes::from(output.as_slice())
}

/// The protocol key for a password and a salt (RFC 8009 section 4).
pub(super) fn string_to_key<S: Sizes>(password: &[u8], salt: &[u8], iterations: u32) -> Zeroizing<Key<S::Cipher>> {
    let salt = super::password::salt_with_name(S::NAME, salt);
    let mut intermediate = Zeroizing::new(Key::<S::Cipher>::default());
    pbkdf2::<S::Hash>(password, &salt, iterations, &mut intermediate);
    protocol_key::<S>(&mac::hmac::<S::Hash>(&*intermediate), b"kerberos")
}

/// A derived key as long as the cipher's.
fn protocol_key<S: Sizes>(base: &Hmac<S::Hash>, label: &[u8]) -> Zeroizing<Key<S::Cipher>> {
    let mut key = Zeroizing::new(Key::<S::Cipher>::default());
    let octets = kdf::<S>(base, label, &[], key.len());
    for (octet, derived) in key.iter_mut().zip(octets.iter()) {
        *octet = *derived;
    }
    key
}

/// The keyed state of a derived Ki or Kc.
fn mac_key<S: Sizes>(base: &Hmac<S::Hash>, label: [u8; 5]) -> Hmac<S::Hash> {
    let octets = kdf::<S>(base, &label, &[], S::MAC_KEY);
    mac::hmac::<S::Hash>(octets.iter().take(S::MAC_KEY))
}

/// KDF-HMAC-SHA2 of RFC 8009 section 3: every key of these types fits into one output of the hash, so there is one
/// round. Returns the whole output, of which the caller takes `octets`.
fn kdf<S: Sizes>(
    base: &Hmac<S::Hash>,
    label: &[u8],
    context: &[u8],
    octets: usize,
) -> Zeroizing<Output<Hmac<S::Hash>>> {
    let bits = u32::try_from(octets).unwrap_or(u32::MAX).saturating_mul(8);
    Zeroizing::new(mac::mac(base, &[&1u32.to_be_bytes(), label, &[0], context, &bits.to_be_bytes()]))
}

/// Type 19.
pub(super) enum Aes128Sha256 {}

impl Sizes for Aes128Sha256 {
    type Cipher = aes::Aes128;
    type Hash = sha2::Sha256;
    const MAC_KEY: usize = 16;
    const NAME: &'static str = "aes128-cts-hmac-sha256-128";
}

/// Type 20.
pub(super) enum Aes256Sha384 {}

impl Sizes for Aes256Sha384 {
    type Cipher = aes::Aes256;
    type Hash = sha2::Sha384;
    const MAC_KEY: usize = 24;
    const NAME: &'static str = "aes256-cts-hmac-sha384-192";
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// RFC 8009 appendix A, sample results for key derivation.
    #[test]
    fn rfc8009_derived_keys() {
        fn derived<S: Sizes>(base: &Key<S::Cipher>, purpose: Purpose, expected: &[u8]) {
            let octets =
                kdf::<S>(&mac::hmac::<S::Hash>(base), &purpose.constant(KeyUsage::TICKET), &[], expected.len());
            assert_eq!(octets[..expected.len()], *expected);
        }
        let base = hex!("3705d96080c17728a0e800eab6e0d23c").into();
        derived::<Aes128Sha256>(&base, Purpose::Checksum, &hex!("b31a018a48f54776f403e9a396325dc3"));
        derived::<Aes128Sha256>(&base, Purpose::Encryption, &hex!("9b197dd1e8c5609d6e67c3e37c62c72e"));
        derived::<Aes128Sha256>(&base, Purpose::Integrity, &hex!("9fda0e56ab2d85e1569a688696c26a6c"));
        let base = hex!("6d404d37faf79f9df0d33568d320669800eb4836472ea8a026d16b7182460c52").into();
        let checksum = hex!("ef5718be86cc84963d8bbb5031e9f5c4ba41f28faf69e73d");
        derived::<Aes256Sha384>(&base, Purpose::Checksum, &checksum);
        let encryption = hex!("56ab22bee63d82d7bc5227f6773f8ea7a5eb1c825160c38312980c442e5c7e49");
        derived::<Aes256Sha384>(&base, Purpose::Encryption, &encryption);
        let integrity = hex!("69b16514e3cd8e56b82010d5c73012b622c4d00ffc23ed1f");
        derived::<Aes256Sha384>(&base, Purpose::Integrity, &integrity);
        assert_eq!((Aes128Sha256::MAC_KEY, Aes256Sha384::MAC_KEY), (16, 24));
    }
}
