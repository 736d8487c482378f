//! The cryptography of a login with mutual authentication and nothing else: no parsing, no allocation, no randomness. The
//! service's keys are ready, the session key's are derived for two usages, as the specification has it. `accept.rs` takes it from here.

use std::hint::black_box;

use aes::Aes256;
use aes::cipher::{Array, Block, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use hmac::digest::OutputSizeUser;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};

type Blocks = Vec<Block<Aes256>>;
type Work = Box<dyn FnMut(usize)>;

pub(crate) fn sha1([ticket, authenticator, answer]: [usize; 3], with_fingerprint: bool) -> Work {
    let ready = (Aes256::new(&[1; 32].into()), hmac::<Hmac<Sha1>>(&[2; 32]));
    let mut buffers = [buffer(ticket), buffer(authenticator), buffer(answer), buffer(ticket + authenticator)];
    Box::new(move |_| {
        let [ticket, authenticator, answer, plain] = &mut buffers;
        cbc_decrypt(&ready.0, ticket, plain);
        let ticket_mac = mac(&ready.1, ticket);
        let protocol = Aes256::new(black_box(&[3; 32].into()));
        let (cipher, integrity) = simplified_keys(&protocol);
        cbc_decrypt(&cipher, authenticator, plain);
        let authenticator_mac = mac(&integrity, authenticator);
        let replay = with_fingerprint.then(|| fingerprint(authenticator));
        let (cipher, integrity) = simplified_keys(&protocol);
        let answer_mac = mac(&integrity, answer);
        cbc_encrypt(&cipher, answer);
        black_box((ticket_mac, authenticator_mac, answer_mac, replay));
    })
}

pub(crate) fn sha2([ticket, authenticator, answer]: [usize; 3], with_fingerprint: bool) -> Work {
    let ready = (Aes256::new(&[1; 32].into()), hmac::<Hmac<Sha384>>(&[2; 32]));
    let mut buffers = [buffer(ticket), buffer(authenticator), buffer(answer), buffer(ticket + authenticator)];
    Box::new(move |_| {
        let [ticket, authenticator, answer, plain] = &mut buffers;
        let ticket_mac = mac(&ready.1, ticket);
        cbc_decrypt(&ready.0, ticket, plain);
        let protocol = hmac::<Hmac<Sha384>>(black_box(&[3; 32]));
        let (cipher, integrity) = sha2_keys(&protocol);
        let authenticator_mac = mac(&integrity, authenticator);
        let replay = with_fingerprint.then(|| fingerprint(authenticator));
        cbc_decrypt(&cipher, authenticator, plain);
        let (cipher, integrity) = sha2_keys(&protocol);
        cbc_encrypt(&cipher, answer);
        let answer_mac = mac(&integrity, answer);
        black_box((ticket_mac, authenticator_mac, answer_mac, replay));
    })
}

pub(crate) fn decrypt() -> Work {
    let (cipher, integrity) = (Aes256::new(&[1; 32].into()), hmac::<Hmac<Sha1>>(&[2; 32]));
    let (message, mut plain) = (buffer(1_552), buffer(1_552));
    Box::new(move |_| {
        cbc_decrypt(&cipher, black_box(&message), &mut plain);
        black_box(mac(&integrity, &plain));
    })
}

/// 4,096 rounds of HMAC, two compressions each, for two blocks of output.
pub(crate) fn string_to_key() -> Work {
    Box::new(|_| {
        let mut state = [1; 5];
        (0..16_384).for_each(|_| sha1::block_api::compress(&mut state, black_box(&[[7; 64]])));
        black_box(state);
    })
}

/// A message's blocks; the tag is about the part of a block that ciphertext stealing leaves over.
fn buffer(length: usize) -> Blocks {
    vec![Block::<Aes256>::default(); length / 16]
}

fn hmac<M: Mac + KeyInit>(key: &[u8]) -> M {
    <M as KeyInit>::new_from_slice(key).unwrap()
}

fn mac<M: Mac + Clone + OutputSizeUser>(state: &M, blocks: &Blocks) -> impl Sized + use<M> {
    state.clone().chain_update(Array::slice_as_flattened(blocks)).finalize().into_bytes()
}

/// Into a second buffer, as CBC needs the cipher blocks after they are decrypted.
fn cbc_decrypt(cipher: &Aes256, blocks: &Blocks, plain: &mut Blocks) {
    let plain = plain.split_at_mut(blocks.len()).0;
    cipher.decrypt_blocks_b2b(blocks, plain).unwrap();
    for (block, before) in plain.iter_mut().skip(1).zip(blocks) {
        block.iter_mut().zip(before).for_each(|(octet, before)| *octet ^= before);
    }
}

fn cbc_encrypt(cipher: &Aes256, blocks: &mut Blocks) {
    let mut before = Block::<Aes256>::default();
    for block in blocks {
        block.iter_mut().zip(before).for_each(|(octet, before)| *octet ^= before);
        cipher.encrypt_block(block);
        before = *block;
    }
}

/// Ke and Ki by RFC 3961: two blocks of DR each, then their schedule and keyed state.
fn simplified_keys(protocol: &Aes256) -> (Aes256, Hmac<Sha1>) {
    let derive = |constant: u8| {
        let mut first = Block::<Aes256>::from([constant; 16]);
        protocol.encrypt_block(&mut first);
        let mut second = first;
        protocol.encrypt_block(&mut second);
        let mut key = aes::cipher::Key::<Aes256>::default();
        let (left, right) = key.split_at_mut(16);
        left.copy_from_slice(&first);
        right.copy_from_slice(&second);
        key
    };
    (Aes256::new(&derive(0xaa)), hmac(&derive(0x55)))
}

/// Ke and Ki by RFC 8009: one HMAC each, then their schedule and keyed state.
fn sha2_keys(protocol: &Hmac<Sha384>) -> (Aes256, Hmac<Sha384>) {
    let derive =
        |constant: u8| protocol.clone().chain_update([0, 0, 0, 1, constant, 0, 0, 1, 0]).finalize().into_bytes();
    let cipher = derive(0xaa);
    (Aes256::new_from_slice(cipher.split_at(32).0).unwrap(), hmac(derive(0x55).split_at(24).0))
}

/// What the replay question costs: SHA-256 over key and authenticator, SHA-256 over the client's name.
fn fingerprint(authenticator: &Blocks) -> impl Sized + use<> {
    let hash = Sha256::new_with_prefix([3; 40]).chain_update(Array::slice_as_flattened(authenticator));
    (hash.finalize(), Sha256::digest(b"alice at EXAMPLE.TEST"))
}
