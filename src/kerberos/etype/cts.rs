//! Cipher block chaining with ciphertext stealing (RFC 3962 section 5), in place, with an initial vector of zero.
//!
//! The last two blocks always change places, and the then last one is cut to the length of the plaintext's; a message
//! of one block is plain CBC.

use cipher::consts::U16;
use cipher::inout::InOut;
use cipher::{
    Array, Block, BlockCipherDecrypt, BlockCipherEncBackend, BlockCipherEncClosure, BlockCipherEncrypt, BlockSizeUser,
};

use super::Error;

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
    let (blocks, last) = split(message)?;
    cipher.encrypt_with_backend(CbcEncrypt { blocks });
    let Some(before_last) = blocks.last_mut().filter(|_| !last.is_empty()) else { return Ok(()) };
    let stolen = *before_last;
    for (octet, plain) in before_last.iter_mut().zip(last.iter()) {
        *octet ^= *plain;
    }
    cipher.encrypt_block(before_last);
    for (octet, stolen) in last.iter_mut().zip(stolen) {
        *octet = stolen;
    }
    Ok(())
}

/// Decrypts `message` where it is.
///
/// # Errors
/// [`Error::TooShort`] for less than a block.
pub(super) fn decrypt<C: BlockCipher>(cipher: &C, message: &mut [u8]) -> Result<(), Error> {
    let (blocks, last) = split(message)?;
    if last.is_empty() {
        cbc_decrypt(cipher, blocks);
        return Ok(());
    }
    let Some((before_last, blocks)) = blocks.split_last_mut() else { return Ok(()) };
    let chain = blocks.last().copied().unwrap_or_default();
    cipher.decrypt_block(before_last);
    // What was cut off the last block of ciphertext is the tail of this one: the plaintext was padded with zeros.
    for (octet, stolen) in before_last.iter_mut().zip(last.iter_mut()) {
        (*octet, *stolen) = (*stolen, *octet ^ *stolen);
    }
    cipher.decrypt_block(before_last);
    xor(before_last, &chain);
    cbc_decrypt(cipher, blocks);
    Ok(())
}

/// The blocks of `message` up to its last, and the last one, of 1 to 16 octets. A single block has no "last".
fn split(message: &mut [u8]) -> Result<(&mut [Block<Aligned>], &mut [u8]), Error> {
    let length = message.len();
    let last = match length {
        0..BLOCK => return Err(Error::TooShort { minimum: BLOCK, actual: length }),
        BLOCK => 0,
        _ => match length % BLOCK {
            0 => BLOCK,
            rest => rest,
        },
    };
    let (blocks, last) = message.split_at_mut(length.saturating_sub(last));
    let (blocks, _) = Array::slice_as_chunks_mut(blocks);
    Ok((blocks, last))
}

/// Names the block size where no cipher is at hand.
struct Aligned;

impl BlockSizeUser for Aligned {
    type BlockSize = U16;
}

/// Chains block to block. As a closure over the backend, so that CPU features are looked up once a message.
struct CbcEncrypt<'a> {
    blocks: &'a mut [Block<Aligned>],
}

impl BlockSizeUser for CbcEncrypt<'_> {
    type BlockSize = U16;
}

impl BlockCipherEncClosure for CbcEncrypt<'_> {
    #[inline(always)]
    fn call<B: BlockCipherEncBackend<BlockSize = U16>>(self, backend: &B) {
        let mut chain = Block::<Aligned>::default();
        for block in self.blocks {
            xor(block, &chain);
            backend.encrypt_block(InOut::from(&mut *block));
            chain = *block;
        }
    }
}

/// Blocks decrypted together: several times what any backend pipelines, and half a KiB of stack.
const RUN: usize = 32;

/// All blocks of a run are independent of each other, so the cipher takes them in parallel.
fn cbc_decrypt<C: BlockCipher>(cipher: &C, blocks: &mut [Block<Aligned>]) {
    let mut chain = Block::<Aligned>::default();
    for run in blocks.chunks_mut(RUN) {
        let mut before = [Block::<Aligned>::default(); RUN];
        let last = run.last().copied().unwrap_or_default();
        for (kept, block) in before.iter_mut().zip(core::iter::once(&chain).chain(run.iter())) {
            *kept = *block;
        }
        cipher.decrypt_blocks(run);
        for (block, before) in run.iter_mut().zip(&before) {
            xor(block, before);
        }
        chain = last;
    }
}

#[inline(always)]
fn xor(block: &mut Block<Aligned>, mask: &Block<Aligned>) {
    for (octet, mask) in block.iter_mut().zip(mask) {
        *octet ^= mask;
    }
}
