//! Protocol keys, and what is derived from them.

use alloc::boxed::Box;
use core::fmt;

use ::camellia::{Camellia128, Camellia256};
use aes::{Aes128, Aes128Enc, Aes256, Aes256Enc};
use cipher::Key;
use cmac::Cmac;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::aes_sha2::{Aes128Sha256, Aes256Sha384};
use super::checksum_key::State;
use super::cipher_key::Keys;
use super::rc4_hmac::Octets16;
use super::{
    ChecksumKey, ChecksumType, CipherKey, EncryptionType, Error, KeyUsage, aes_sha1, aes_sha2, camellia, rc4_hmac,
};
use crate::random::Randomness;
use crate::secret::SecretBytes;

/// A protocol key (RFC 3961 section 3): a type and the octets that belong to it, no more and no fewer.
///
/// On the heap so that moving it leaves no copy, wiped when dropped, never printed, compared in constant time.
pub struct EncryptionKey(Box<ProtocolKey>);

/// The octets by type, so that a key of the wrong length does not exist.
pub(super) enum ProtocolKey {
    Aes128Sha1(Key<Aes128>),
    Aes256Sha1(Key<Aes256>),
    Aes128Sha2(Key<Aes128>),
    Aes256Sha2(Key<Aes256>),
    Camellia128(Key<Camellia128>),
    Camellia256(Key<Camellia256>),
    Rc4(Octets16),
}

impl EncryptionKey {
    /// Takes the octets of a key as tickets and keytabs carry them. This is *random-to-key* of RFC 3961 as well: for
    /// all implemented types it takes the octets as they are.
    ///
    /// # Errors
    /// [`Error::UnknownEtype`] if the type is not implemented, [`Error::KeyLength`] if the octets are not as many as
    /// the type's key has (row E08).
    pub fn new(etype: EncryptionType, octets: &[u8]) -> Result<Self, Error> {
        let key = match etype {
            EncryptionType::AES128_CTS_HMAC_SHA1_96 => octets.try_into().map(ProtocolKey::Aes128Sha1),
            EncryptionType::AES256_CTS_HMAC_SHA1_96 => octets.try_into().map(ProtocolKey::Aes256Sha1),
            EncryptionType::AES128_CTS_HMAC_SHA256_128 => octets.try_into().map(ProtocolKey::Aes128Sha2),
            EncryptionType::AES256_CTS_HMAC_SHA384_192 => octets.try_into().map(ProtocolKey::Aes256Sha2),
            EncryptionType::CAMELLIA128_CTS_CMAC => octets.try_into().map(ProtocolKey::Camellia128),
            EncryptionType::CAMELLIA256_CTS_CMAC => octets.try_into().map(ProtocolKey::Camellia256),
            EncryptionType::RC4_HMAC => octets.try_into().map(ProtocolKey::Rc4),
            unknown => return Err(Error::UnknownEtype(unknown)),
        };
        key.map(Self::from).map_err(|_| Error::KeyLength {
            etype,
            expected: etype.key_len().unwrap_or(0),
            actual: octets.len(),
        })
    }

    /// A new random key.
    ///
    /// # Errors
    /// [`Error::UnknownEtype`] if the type is not implemented, [`Error::Randomness`] if there is no randomness.
    pub fn generate(etype: EncryptionType, random: &dyn Randomness) -> Result<Self, Error> {
        let length = etype.key_len().ok_or(Error::UnknownEtype(etype))?;
        let mut octets = Zeroizing::new([0; 32]);
        let octets = octets.get_mut(..length).unwrap_or_default();
        random.fill(octets)?;
        Self::new(etype, octets)
    }

    /// The type.
    #[must_use]
    pub const fn etype(&self) -> EncryptionType {
        match *self.0 {
            ProtocolKey::Aes128Sha1(_) => EncryptionType::AES128_CTS_HMAC_SHA1_96,
            ProtocolKey::Aes256Sha1(_) => EncryptionType::AES256_CTS_HMAC_SHA1_96,
            ProtocolKey::Aes128Sha2(_) => EncryptionType::AES128_CTS_HMAC_SHA256_128,
            ProtocolKey::Aes256Sha2(_) => EncryptionType::AES256_CTS_HMAC_SHA384_192,
            ProtocolKey::Camellia128(_) => EncryptionType::CAMELLIA128_CTS_CMAC,
            ProtocolKey::Camellia256(_) => EncryptionType::CAMELLIA256_CTS_CMAC,
            ProtocolKey::Rc4(_) => EncryptionType::RC4_HMAC,
        }
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        match &*self.0 {
            ProtocolKey::Aes128Sha1(key) | ProtocolKey::Aes128Sha2(key) => key,
            ProtocolKey::Aes256Sha1(key) | ProtocolKey::Aes256Sha2(key) => key,
            ProtocolKey::Camellia128(key) | ProtocolKey::Rc4(key) => key,
            ProtocolKey::Camellia256(key) => key,
        }
    }

    /// A second copy, made by name because each copy is one more place to guard.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self::from(match &*self.0 {
            ProtocolKey::Aes128Sha1(key) => ProtocolKey::Aes128Sha1(*key),
            ProtocolKey::Aes256Sha1(key) => ProtocolKey::Aes256Sha1(*key),
            ProtocolKey::Aes128Sha2(key) => ProtocolKey::Aes128Sha2(*key),
            ProtocolKey::Aes256Sha2(key) => ProtocolKey::Aes256Sha2(*key),
            ProtocolKey::Camellia128(key) => ProtocolKey::Camellia128(*key),
            ProtocolKey::Camellia256(key) => ProtocolKey::Camellia256(*key),
            ProtocolKey::Rc4(key) => ProtocolKey::Rc4(*key),
        })
    }

    /// Derives the keys that encrypt for `usage` (Ke and Ki, RFC 3961 section 5.3).
    #[must_use]
    pub fn for_encryption(&self, usage: KeyUsage) -> CipherKey {
        let keys = match &*self.0 {
            ProtocolKey::Aes128Sha1(key) => Keys::Aes128Sha1(aes_sha1::cipher_key::<Aes128Enc, _>(key, usage)),
            ProtocolKey::Aes256Sha1(key) => Keys::Aes256Sha1(aes_sha1::cipher_key::<Aes256Enc, _>(key, usage)),
            ProtocolKey::Aes128Sha2(key) => Keys::Aes128Sha2(aes_sha2::cipher_key::<Aes128Sha256, 16>(key, usage)),
            ProtocolKey::Aes256Sha2(key) => Keys::Aes256Sha2(aes_sha2::cipher_key::<Aes256Sha384, 24>(key, usage)),
            ProtocolKey::Camellia128(key) => Keys::Camellia128(camellia::cipher_key(key, usage)),
            ProtocolKey::Camellia256(key) => Keys::Camellia256(camellia::cipher_key(key, usage)),
            ProtocolKey::Rc4(key) => Keys::Rc4(rc4_hmac::cipher_key(key, usage)),
        };
        CipherKey::new(self.etype(), keys)
    }

    /// Derives the key that makes checksums for `usage` (Kc, RFC 3961 section 5.3).
    #[must_use]
    pub fn for_checksum(&self, usage: KeyUsage) -> ChecksumKey {
        let state = match &*self.0 {
            ProtocolKey::Aes128Sha1(key) => State::HmacSha1(aes_sha1::checksum_key::<Aes128Enc>(key, usage)),
            ProtocolKey::Aes256Sha1(key) => State::HmacSha1(aes_sha1::checksum_key::<Aes256Enc>(key, usage)),
            ProtocolKey::Aes128Sha2(key) => State::HmacSha256(aes_sha2::checksum_key::<Aes128Sha256>(key, usage)),
            ProtocolKey::Aes256Sha2(key) => State::HmacSha384(aes_sha2::checksum_key::<Aes256Sha384>(key, usage)),
            ProtocolKey::Camellia128(key) => State::Camellia128(camellia::checksum_key(key, usage)),
            ProtocolKey::Camellia256(key) => State::Camellia256(camellia::checksum_key(key, usage)),
            ProtocolKey::Rc4(key) => State::Rc4(rc4_hmac::checksum_key(key, usage)),
        };
        ChecksumKey::new(self.checksum_type(), state)
    }

    /// The pseudo-random function of the key's type (RFC 3961 section 3): 16, 20, 32 or 48 octets.
    #[must_use]
    pub fn prf(&self, input: &[u8]) -> SecretBytes {
        match &*self.0 {
            ProtocolKey::Aes128Sha1(key) => aes_sha1::prf::<Aes128Enc>(key, input),
            ProtocolKey::Aes256Sha1(key) => aes_sha1::prf::<Aes256Enc>(key, input),
            ProtocolKey::Aes128Sha2(key) => aes_sha2::prf::<Aes128Sha256>(key, input),
            ProtocolKey::Aes256Sha2(key) => aes_sha2::prf::<Aes256Sha384>(key, input),
            ProtocolKey::Camellia128(key) => camellia::prf::<Cmac<Camellia128>>(key, input),
            ProtocolKey::Camellia256(key) => camellia::prf::<Cmac<Camellia256>>(key, input),
            ProtocolKey::Rc4(key) => rc4_hmac::prf(key, input),
        }
    }

    const fn checksum_type(&self) -> ChecksumType {
        match *self.0 {
            ProtocolKey::Aes128Sha1(_) => ChecksumType::HMAC_SHA1_96_AES128,
            ProtocolKey::Aes256Sha1(_) => ChecksumType::HMAC_SHA1_96_AES256,
            ProtocolKey::Aes128Sha2(_) => ChecksumType::HMAC_SHA256_128_AES128,
            ProtocolKey::Aes256Sha2(_) => ChecksumType::HMAC_SHA384_192_AES256,
            ProtocolKey::Camellia128(_) => ChecksumType::CMAC_CAMELLIA128,
            ProtocolKey::Camellia256(_) => ChecksumType::CMAC_CAMELLIA256,
            ProtocolKey::Rc4(_) => ChecksumType::HMAC_MD5,
        }
    }
}

/// KRB-FX-CF2 (RFC 6113 section 5.1): a key of the first one's type, made of two keys and a word for each.
///
/// # Errors
/// None for keys that exist; the result is as long as its type wants it.
pub fn krb_fx_cf2(
    key1: &EncryptionKey,
    key2: &EncryptionKey,
    pepper1: &[u8],
    pepper2: &[u8],
) -> Result<EncryptionKey, Error> {
    let mut octets = Zeroizing::new([0; 32]);
    let octets = octets.get_mut(..key1.expose().len()).unwrap_or_default();
    for (key, pepper) in [(key1, pepper1), (key2, pepper2)] {
        xor_prf_plus(key, pepper, octets);
    }
    EncryptionKey::new(key1.etype(), octets)
}

/// PRF+ (RFC 6113 section 5.1): the pseudo-random octets of counter and pepper, for counters from 1 on; XORed into
/// `octets` until those are full.
fn xor_prf_plus(key: &EncryptionKey, pepper: &[u8], octets: &mut [u8]) {
    let mut rest = octets;
    let mut input = Zeroizing::new([&[0], pepper].concat());
    while !rest.is_empty() {
        if let Some(counter) = input.first_mut() {
            *counter = counter.wrapping_add(1);
        }
        let random = key.prf(&input);
        let (now, later) = rest.split_at_mut(random.expose().len().min(rest.len()));
        for (octet, random) in now.iter_mut().zip(random.expose()) {
            *octet ^= *random;
        }
        rest = later;
    }
}

impl From<ProtocolKey> for EncryptionKey {
    fn from(key: ProtocolKey) -> Self {
        Self(Box::new(key))
    }
}

impl Drop for ProtocolKey {
    fn drop(&mut self) {
        match self {
            Self::Aes128Sha1(key) | Self::Aes128Sha2(key) => key.zeroize(),
            Self::Aes256Sha1(key) | Self::Aes256Sha2(key) => key.zeroize(),
            Self::Camellia128(key) | Self::Rc4(key) => key.zeroize(),
            Self::Camellia256(key) => key.zeroize(),
        }
    }
}

/// The types are compared as they are, the octets in constant time.
impl PartialEq for EncryptionKey {
    fn eq(&self, other: &Self) -> bool {
        self.etype() == other.etype() && self.expose().ct_eq(other.expose()).into()
    }
}

impl Eq for EncryptionKey {}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(_) = self;
        write!(f, "EncryptionKey({}, ..)", self.etype())
    }
}
