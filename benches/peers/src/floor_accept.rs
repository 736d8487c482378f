//! The cryptography of a login, nothing else, over octets of the real lengths: by RustCrypto, which this crate uses too.
//!
//! The service's keys are ready, the session key's are derived once for each usage, the PAC's server signature is made. Nothing is
//! parsed, copied, allocated or remembered; libcrypto_accept.c does the same by OpenSSL.

use std::hint::black_box;
use std::path::Path;

use aes::cipher::{Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Aes256};
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use crate::seam::{Lengths, each_work};
use crate::{report, timed};

pub(crate) fn run(dir: &Path) {
    each_work(dir, |work| {
        let lengths = Lengths::read(dir, work);
        match work.split('/').nth(1).unwrap_or_default() {
            "aes256-cts-hmac-sha1-96" => measure::<Sha1Login<Aes256>>(work, &lengths),
            "aes128-cts-hmac-sha1-96" => measure::<Sha1Login<Aes128>>(work, &lengths),
            "aes256-cts-hmac-sha384-192" => measure::<Sha2Login<Aes256, Hmac<Sha384>>>(work, &lengths),
            "aes128-cts-hmac-sha256-128" => measure::<Sha2Login<Aes128, Hmac<Sha256>>>(work, &lengths),
            // By libcrypto alone.
            _ => {}
        }
    });
}

/// How one kind of encryption types makes keys, and in which order it encrypts and signs does not matter here.
trait Kind {
    type Cipher: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit;
    type Mac: Mac + KeyInit + Clone;
    /// The keys of a usage out of the session key's octets, made ready first.
    fn session() -> Self;
    fn keys(&self, usage: u8) -> (Self::Cipher, Self::Mac);
    /// What signs a PAC.
    fn checksum_key(&self) -> Self::Mac {
        self.keys(17).1
    }
}

struct Sha1Login<C>(C);

impl<C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit> Kind for Sha1Login<C> {
    type Cipher = C;
    type Mac = Hmac<Sha1>;

    fn session() -> Self {
        Self(C::new(black_box(&Default::default())))
    }

    /// Ke and Ki by RFC 3961: as many blocks of DR as the key is long, each the cipher of the one before.
    fn keys(&self, usage: u8) -> (C, Hmac<Sha1>) {
        let derive = |constant: u8| {
            let mut key = aes::cipher::Key::<C>::default();
            let mut block = Block::<C>::default();
            block[0] = constant ^ usage;
            for part in key.chunks_mut(16) {
                self.0.encrypt_block(&mut block);
                part.copy_from_slice(&block);
            }
            key
        };
        (C::new(&derive(0xaa)), <Hmac<Sha1> as KeyInit>::new_from_slice(&derive(0x55)).unwrap())
    }
}

struct Sha2Login<C, M>(M, core::marker::PhantomData<C>);

impl<C, M> Kind for Sha2Login<C, M>
where
    C: BlockCipherEncrypt + BlockCipherDecrypt + KeyInit,
    M: Mac + KeyInit + Clone,
{
    type Cipher = C;
    type Mac = M;

    fn session() -> Self {
        Self(<M as KeyInit>::new_from_slice(black_box(&[3; 32][..C::key_size()])).unwrap(), core::marker::PhantomData)
    }

    /// Ke and Ki by RFC 8009: one HMAC each.
    fn keys(&self, usage: u8) -> (C, M) {
        let derive = |constant: u8| {
            self.0.clone().chain_update([0, 0, 0, 1, 0, 0, 0, usage, constant, 0, 0, 1, 0]).finalize().into_bytes()
        };
        let cipher = derive(0xaa);
        let mac_key = M::output_size() / 2;
        (
            C::new_from_slice(&cipher[..C::key_size()]).unwrap(),
            <M as KeyInit>::new_from_slice(&derive(0x55)[..mac_key]).unwrap(),
        )
    }
}

fn measure<K: Kind>(work: &str, lengths: &Lengths) {
    let (ticket_key, ticket_mac) = K::session().keys(2);
    let pac_key = K::session().checksum_key();
    let mut ticket = blocks::<K>(lengths.ticket);
    let mut authenticator = blocks::<K>(lengths.authenticator);
    let mut answer = blocks::<K>(lengths.answer);
    let mut plain = blocks::<K>(lengths.ticket + lengths.authenticator);
    let pac = vec![5; lengths.pac];
    report(work, 3_000, || {
        timed(|| {
            cbc_decrypt::<K>(&ticket_key, &mut ticket, &mut plain);
            let ticket_tag = tag(&ticket_mac, octets::<K>(&ticket));
            let pac_tag = (!pac.is_empty()).then(|| tag(&pac_key, &pac));
            let session = K::session();
            let (cipher, mac) = session.keys(11);
            cbc_decrypt::<K>(&cipher, &mut authenticator, &mut plain);
            let authenticator_tag = tag(&mac, octets::<K>(&authenticator));
            let answer_tag = (!answer.is_empty()).then(|| {
                let (cipher, mac) = session.keys(12);
                let tag = tag(&mac, octets::<K>(&answer));
                cbc_encrypt::<K>(&cipher, &mut answer);
                tag
            });
            (ticket_tag, pac_tag, authenticator_tag, answer_tag)
        })
        .0
    });
}

type Blocks<K> = Vec<Block<<K as Kind>::Cipher>>;

/// A message's blocks; the tag is about the part of a block that ciphertext stealing leaves over.
fn blocks<K: Kind>(length: usize) -> Blocks<K> {
    vec![Block::<K::Cipher>::default(); length / 16]
}

fn octets<K: Kind>(blocks: &Blocks<K>) -> &[u8] {
    Array::slice_as_flattened(blocks)
}

fn tag<M: Mac + Clone>(state: &M, octets: &[u8]) -> impl Sized + use<M> {
    state.clone().chain_update(octets).finalize().into_bytes()
}

/// Into a second buffer, as CBC needs the cipher blocks after they are decrypted.
fn cbc_decrypt<K: Kind>(cipher: &K::Cipher, blocks: &mut Blocks<K>, plain: &mut Blocks<K>) {
    let plain = &mut plain[..blocks.len()];
    cipher.decrypt_blocks_b2b(blocks, plain).unwrap();
    for (block, before) in plain.iter_mut().skip(1).zip(&*blocks) {
        block.iter_mut().zip(before).for_each(|(octet, before)| *octet ^= before);
    }
}

fn cbc_encrypt<K: Kind>(cipher: &K::Cipher, blocks: &mut Blocks<K>) {
    let mut before = Block::<K::Cipher>::default();
    for block in blocks {
        block.iter_mut().zip(&before).for_each(|(octet, before)| *octet ^= before);
        cipher.encrypt_block(block);
        before = block.clone();
    }
}
