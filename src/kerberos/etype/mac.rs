//! MACs as states that have absorbed their key: cloned for each message, never keyed again.

use cipher::{Key, KeyInit};
use hmac::digest::Output;
use hmac::{EagerHash, Hmac, Mac};
use zeroize::Zeroizing;

/// An HMAC state that has absorbed a key of at most one block of the hash: all keys of Kerberos are (RFC 2104 pads
/// with zeros). An octet beyond the block would be left out.
pub(super) fn hmac<'a, D: EagerHash>(key: impl IntoIterator<Item = &'a u8>) -> Hmac<D> {
    let mut block = Zeroizing::new(Key::<Hmac<D>>::default());
    for (octet, key) in block.iter_mut().zip(key) {
        *octet = *key;
    }
    Hmac::new(&block)
}

/// The MAC of all `parts`, one behind the other.
pub(super) fn mac<M: Mac + Clone>(state: &M, parts: &[&[u8]]) -> Output<M> {
    absorb(state, parts).finalize().into_bytes()
}

/// Compares the leading octets of the MAC of all `parts` with `tag`, in constant time.
pub(super) fn verifies<M: Mac + Clone>(state: &M, parts: &[&[u8]], tag: &[u8]) -> bool {
    absorb(state, parts).verify_truncated_left(tag).is_ok()
}

fn absorb<M: Mac + Clone>(state: &M, parts: &[&[u8]]) -> M {
    let mut state = state.clone();
    for part in parts {
        Mac::update(&mut state, part);
    }
    state
}
