//! HMAC-MD5 as a state that has absorbed its key: cloned for each message, never keyed again.

use cipher::{Key, KeyInit};
use hmac::{Hmac, Mac};
use md5::Md5;
use zeroize::Zeroizing;

/// An HMAC-MD5 state that has absorbed a key.
#[derive(Clone)]
pub(super) struct HmacMd5(Hmac<Md5>);

impl HmacMd5 {
    /// Absorbs the key, which is shorter than a block of MD5, so zeros follow it (RFC 2104 section 2).
    pub(super) fn new(key: &[u8; 16]) -> Self {
        let mut block = Zeroizing::new(Key::<Hmac<Md5>>::default());
        for (octet, key) in block.iter_mut().zip(key) {
            *octet = *key;
        }
        Self(Hmac::new(&block))
    }

    /// One more part of the message.
    pub(super) fn update(&mut self, part: &[u8]) {
        Mac::update(&mut self.0, part);
    }

    /// The MAC of what was absorbed.
    pub(super) fn finish(self) -> [u8; 16] {
        self.0.finalize().into_bytes().into()
    }

    /// The MAC of all `parts`, one behind the other.
    pub(super) fn mac(&self, parts: &[&[u8]]) -> [u8; 16] {
        let mut state = self.clone();
        for part in parts {
            state.update(part);
        }
        state.finish()
    }
}
