//! Encryption under the keys of one usage.

use alloc::vec::Vec;
use core::fmt;

use ::camellia::{Camellia128, Camellia256};
use aes::{Aes128, Aes256};
use cmac::Cmac;
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::aes_sha2::EncryptThenMac;
use super::rc4_hmac::Rc4Hmac;
use super::scattered::Scattered;
use super::simplified::Simplified;
use super::{EncryptionType, Error};
use crate::random::Randomness;

/// The keys of one usage, ready to encrypt and decrypt: cipher schedules expanded, MAC states keyed.
///
/// About a KiB, on the stack unless you box it; wiped when dropped, like everything in this room.
///
/// An encrypted message is [`header_len`](Self::header_len) octets (the confounder, and RC4's tag), the
/// plaintext's octets, and [`trailer_len`](Self::trailer_len) octets (the other types' tag); no type pads.
pub struct CipherKey {
    etype: EncryptionType,
    keys: Keys,
}

/// Derived keys by algorithm.
pub(super) enum Keys {
    Aes128Sha1(Simplified<Aes128, Hmac<Sha1>, 12>),
    Aes256Sha1(Simplified<Aes256, Hmac<Sha1>, 12>),
    Aes128Sha2(EncryptThenMac<Aes128, Hmac<Sha256>, 16>),
    Aes256Sha2(EncryptThenMac<Aes256, Hmac<Sha384>, 24>),
    Camellia128(Simplified<Camellia128, Cmac<Camellia128>, 16>),
    Camellia256(Simplified<Camellia256, Cmac<Camellia256>, 16>),
    Rc4(Rc4Hmac),
}

impl CipherKey {
    pub(super) const fn new(etype: EncryptionType, keys: Keys) -> Self {
        Self { etype, keys }
    }

    /// The type of the protocol key this one was derived from.
    #[must_use]
    pub const fn etype(&self) -> EncryptionType {
        self.etype
    }

    /// Octets of an encrypted message in front of the plaintext.
    #[must_use]
    pub fn header_len(&self) -> usize {
        self.sealing().layout().header()
    }

    /// Octets of an encrypted message behind the plaintext.
    #[must_use]
    pub fn trailer_len(&self) -> usize {
        self.sealing().layout().trailer
    }

    /// Octets of the random block at the end of the header.
    #[must_use]
    pub fn confounder_len(&self) -> usize {
        self.sealing().layout().confounder
    }

    /// Octets of the message that `plaintext_len` octets become.
    #[must_use]
    pub fn encrypted_len(&self, plaintext_len: usize) -> usize {
        self.sealing().layout().minimum().saturating_add(plaintext_len)
    }

    /// Verifies and decrypts `message` where it is, and returns the plaintext in it, without the confounder.
    ///
    /// After a failure the content of `message` is unspecified, and nothing of it may be used.
    ///
    /// # Errors
    /// [`Error::TooShort`] if there is no room for confounder and tag; [`Error::Integrity`] if the message does not
    /// verify, compared in constant time.
    pub fn decrypt_in_place<'a>(&self, message: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
        self.sealing().open(message)
    }

    /// Encrypts the plaintext in `message` where it is; header and trailer around it are overwritten.
    ///
    /// # Errors
    /// [`Error::TooShort`] if there is no room for header and trailer; [`Error::Randomness`] if there is no confounder.
    pub fn encrypt_in_place(&self, message: &mut [u8], random: &dyn Randomness) -> Result<(), Error> {
        let sealing = self.sealing();
        random.fill(sealing.layout().confounder(message)?)?;
        sealing.seal(message)
    }

    /// Encrypts a copy of `plaintext`.
    ///
    /// # Errors
    /// [`Error::Randomness`] if there is no confounder.
    pub fn encrypt(&self, plaintext: &[u8], random: &dyn Randomness) -> Result<Vec<u8>, Error> {
        let layout = self.sealing().layout();
        let mut message = Vec::with_capacity(layout.minimum().saturating_add(plaintext.len()));
        message.resize(layout.header(), 0);
        message.extend_from_slice(plaintext);
        message.resize(message.len().saturating_add(layout.trailer), 0);
        self.encrypt_in_place(&mut message, random)?;
        Ok(message)
    }

    /// Encrypts a message whose confounder is in its place already.
    pub(crate) fn seal(&self, message: &mut [u8]) -> Result<(), Error> {
        self.sealing().seal(message)
    }

    /// Encrypts a text where its parts stand, and writes its tag, as many octets as [`Self::tag_len`] says. The text begins
    /// with the confounder, which is in its place already; what is only signed is in the MAC and stays as it is.
    pub(crate) fn seal_scattered(&self, text: &mut Scattered<'_, '_>, tag: &mut [u8]) -> Result<(), Error> {
        self.sealing().seal_scattered(text, tag)
    }

    /// Verifies and decrypts a text where its parts stand. After a failure its content is unspecified: wipe it.
    pub(crate) fn open_scattered(&self, text: &mut Scattered<'_, '_>, tag: &[u8]) -> Result<(), Error> {
        if tag.len() != self.tag_len() {
            return Err(Error::Integrity);
        }
        self.sealing().open_scattered(text, tag)
    }

    /// Octets of the tag, wherever the type puts it.
    pub(crate) fn tag_len(&self) -> usize {
        let Layout { leader, trailer, .. } = self.sealing().layout();
        leader.saturating_add(trailer)
    }

    fn sealing(&self) -> &dyn Sealing {
        match &self.keys {
            Keys::Aes128Sha1(keys) => keys,
            Keys::Aes256Sha1(keys) => keys,
            Keys::Aes128Sha2(keys) => keys,
            Keys::Aes256Sha2(keys) => keys,
            Keys::Camellia128(keys) => keys,
            Keys::Camellia256(keys) => keys,
            Keys::Rc4(keys) => keys,
        }
    }
}

impl fmt::Debug for CipherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { etype, keys: _ } = self;
        f.debug_struct("CipherKey").field("etype", etype).finish_non_exhaustive()
    }
}

/// A profile of RFC 3961: protects a message in place, its confounder already in its place.
pub(super) trait Sealing {
    /// What stands around the plaintext.
    fn layout(&self) -> Layout;

    /// Encrypts and authenticates a message with room for header and trailer.
    fn seal(&self, message: &mut [u8]) -> Result<(), Error>;

    /// Verifies and decrypts a message, and returns its plaintext.
    fn open<'a>(&self, message: &'a mut [u8]) -> Result<&'a mut [u8], Error>;

    /// The same as [`Self::seal`] where the parts of a text stand, confounder first, the tag apart.
    fn seal_scattered(&self, text: &mut Scattered<'_, '_>, tag: &mut [u8]) -> Result<(), Error>;

    /// The same as [`Self::open`] where the parts of a text stand, confounder first, the tag apart and as long as it is.
    fn open_scattered(&self, text: &mut Scattered<'_, '_>, tag: &[u8]) -> Result<(), Error>;
}

/// Octets that stand around a plaintext.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    /// A tag in front of everything.
    pub(super) leader: usize,
    /// Random octets, encrypted with the plaintext.
    pub(super) confounder: usize,
    /// A tag behind everything.
    pub(super) trailer: usize,
}

impl Layout {
    const fn header(self) -> usize {
        self.leader.saturating_add(self.confounder)
    }

    const fn minimum(self) -> usize {
        self.header().saturating_add(self.trailer)
    }

    /// The length check that comes before everything else (row E08).
    const fn check(self, message: &[u8]) -> Result<(), Error> {
        if message.len() < self.minimum() {
            return Err(Error::TooShort { minimum: self.minimum(), actual: message.len() });
        }
        Ok(())
    }

    fn confounder(self, message: &mut [u8]) -> Result<&mut [u8], Error> {
        self.check(message)?;
        message.get_mut(self.leader..self.header()).ok_or(Error::Integrity)
    }

    /// Cuts a message in front of its trailer.
    pub(super) fn split_trailer(self, message: &mut [u8]) -> Result<(&mut [u8], &mut [u8]), Error> {
        self.check(message)?;
        Ok(message.split_at_mut(message.len().saturating_sub(self.trailer)))
    }

    /// Cuts a message behind its leader.
    pub(super) fn split_leader(self, message: &mut [u8]) -> Result<(&mut [u8], &mut [u8]), Error> {
        self.check(message)?;
        Ok(message.split_at_mut(self.leader))
    }

    /// What is behind the confounder, in a message without leader and trailer.
    pub(super) fn plaintext(self, text: &mut [u8]) -> Result<&mut [u8], Error> {
        text.get_mut(self.confounder..).ok_or(Error::Integrity)
    }
}
