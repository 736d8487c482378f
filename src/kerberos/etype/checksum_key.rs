//! Keyed checksums under the key of one usage.

use core::fmt;
use core::ops::Deref;

use ::camellia::{Camellia128, Camellia256};
use cmac::Cmac;
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::rc4_hmac::Rc4Checksum;
use super::{ChecksumType, Error, mac};

/// The key of one usage, ready to make and verify checksums of its type: the MAC state has absorbed it.
pub struct ChecksumKey {
    checksum_type: ChecksumType,
    state: State,
}

/// Keyed states by algorithm.
pub(super) enum State {
    HmacSha1(Hmac<Sha1>),
    HmacSha256(Hmac<Sha256>),
    HmacSha384(Hmac<Sha384>),
    Camellia128(Cmac<Camellia128>),
    Camellia256(Cmac<Camellia256>),
    Rc4(Rc4Checksum),
}

impl ChecksumKey {
    pub(super) const fn new(checksum_type: ChecksumType, state: State) -> Self {
        Self { checksum_type, state }
    }

    /// The type of the checksums this key makes: the one that goes with the protocol key's type.
    #[must_use]
    pub const fn checksum_type(&self) -> ChecksumType {
        self.checksum_type
    }

    /// Octets of a checksum.
    #[must_use]
    pub const fn checksum_len(&self) -> usize {
        match self.state {
            // 96 bits (RFC 3962 section 7).
            State::HmacSha1(_) => 12,
            // 128 bits (RFC 8009 section 6, RFC 6803 section 5, RFC 4757 section 4).
            State::HmacSha256(_) | State::Camellia128(_) | State::Camellia256(_) | State::Rc4(_) => 16,
            // 192 bits (RFC 8009 section 6).
            State::HmacSha384(_) => 24,
        }
    }

    /// The checksum of all `parts`, one behind the other.
    #[must_use]
    pub fn checksum(&self, parts: &[&[u8]]) -> Checksum {
        self.checksum_of(parts.iter().copied())
    }

    /// The same of however many parts.
    pub(crate) fn checksum_of<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> Checksum {
        match &self.state {
            State::HmacSha1(state) => self.cut(&mac::mac_of(state, parts)),
            State::HmacSha256(state) => self.cut(&mac::mac_of(state, parts)),
            State::HmacSha384(state) => self.cut(&mac::mac_of(state, parts)),
            State::Camellia128(state) => self.cut(&mac::mac_of(state, parts)),
            State::Camellia256(state) => self.cut(&mac::mac_of(state, parts)),
            State::Rc4(state) => self.cut(&state.checksum(parts)),
        }
    }

    /// Verifies `checksum` over all `parts`, in constant time.
    ///
    /// # Errors
    /// [`Error::ChecksumLength`] if it has not the length of its type, [`Error::Checksum`] if it is another.
    pub fn verify(&self, parts: &[&[u8]], checksum: &[u8]) -> Result<(), Error> {
        self.verify_of(parts.iter().copied(), checksum)
    }

    /// The same of however many parts.
    pub(crate) fn verify_of<'p>(&self, parts: impl Iterator<Item = &'p [u8]>, checksum: &[u8]) -> Result<(), Error> {
        if checksum.len() != self.checksum_len() {
            return Err(Error::ChecksumLength { expected: self.checksum_len(), actual: checksum.len() });
        }
        let verifies = match &self.state {
            State::HmacSha1(state) => mac::verifies_of(state, parts, checksum),
            State::HmacSha256(state) => mac::verifies_of(state, parts, checksum),
            State::HmacSha384(state) => mac::verifies_of(state, parts, checksum),
            State::Camellia128(state) => mac::verifies_of(state, parts, checksum),
            State::Camellia256(state) => mac::verifies_of(state, parts, checksum),
            State::Rc4(state) => state.verifies(parts, checksum),
        };
        if verifies { Ok(()) } else { Err(Error::Checksum) }
    }

    fn cut(&self, whole: &[u8]) -> Checksum {
        let mut octets = [0; Checksum::MAX];
        for (octet, whole) in octets.iter_mut().zip(whole) {
            *octet = *whole;
        }
        Checksum { octets, length: self.checksum_len() }
    }
}

impl fmt::Debug for ChecksumKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { checksum_type, state: _ } = self;
        f.debug_struct("ChecksumKey").field("checksum_type", checksum_type).finish_non_exhaustive()
    }
}

/// A checksum that was made, as octets without an allocation. It is no secret; the one to compare a peer's with is
/// never made, see [`ChecksumKey::verify`].
#[derive(Clone, Copy, Debug)]
pub struct Checksum {
    octets: [u8; Self::MAX],
    length: usize,
}

impl Checksum {
    /// Octets of the longest type's, hmac-sha384-192-aes256.
    const MAX: usize = 24;
}

impl Deref for Checksum {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.octets.get(..self.length).unwrap_or_default()
    }
}

impl AsRef<[u8]> for Checksum {
    fn as_ref(&self) -> &[u8] {
        self
    }
}
