//! The MIC token of rc4-hmac contexts (RFC 4757 section 7.2, in the layout of RFC 1964 section 1.2.1).
//!
//! ```text
//! the frame of RFC 2743 section 3.1 with the Kerberos OID around
//!   0..2   TOK_ID     01 01
//!   2..4   SGN_ALG    11 00: HMAC
//!   4..8   Filler     ff ff ff ff
//!   8..16  SND_SEQ    sequence number (big-endian) and direction, under RC4
//!  16..24  SGN_CKSUM  the first 8 octets of the checksum
//! ```

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use rc4::Rc4;
use rc4::cipher::StreamCipher;
use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::{Refused, Role};
use crate::gss::{InitialToken, Oid};
use crate::kerberos::error::Error;
use crate::kerberos::etype::{EncryptionKey, KeyUsage};

const HEADER: [u8; 8] = [0x01, 0x01, 0x11, 0x00, 0xff, 0xff, 0xff, 0xff];

/// The key usage of MIC tokens: 15, whoever signs (RFC 4757 section 7.2).
const MIC_USAGE: KeyUsage = KeyUsage(15);

/// Signs `message`.
pub(super) fn sign(key: &EncryptionKey, role: Role, sequence: u64, message: &[u8]) -> Result<Vec<u8>, Error> {
    let checksum = checksum(key, message);
    let sequence = seal_sequence(key, &checksum, sequence_field(role, sequence));
    Ok(InitialToken::encode(Oid::KRB5, &[&HEADER, &sequence, &checksum])?)
}

/// Checks a signature made by `role` and gives its sequence number.
pub(super) fn verify(key: &EncryptionKey, role: Role, message: &[u8], token: &[u8]) -> Result<u64, Refused> {
    let token = InitialToken::parse(token).map_err(|_| Refused)?;
    let body: &[u8; 24] = token.inner.try_into().map_err(|_| Refused)?;
    let (header, rest) = body.split_first_chunk::<8>().ok_or(Refused)?;
    let (sealed_sequence, given) = rest.split_first_chunk::<8>().ok_or(Refused)?;
    let expected = checksum(key, message);
    let genuine = bool::from(expected.ct_eq(given));
    if token.mechanism != Oid::KRB5 || *header != HEADER || !genuine {
        return Err(Refused);
    }
    // RC4 undoes itself: sealing the sealed field opens it.
    let field = seal_sequence(key, &expected, *sealed_sequence);
    let [s0, s1, s2, s3, ..] = field;
    let sequence = u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
    if field == sequence_field(role, sequence) { Ok(sequence) } else { Err(Refused) }
}

/// The first 8 octets of HMAC-MD5 by RFC 4757 section 4, over header and message.
fn checksum(key: &EncryptionKey, message: &[u8]) -> [u8; 8] {
    let whole = key.for_checksum(MIC_USAGE).checksum(&[&HEADER, message]);
    whole.first_chunk().copied().unwrap_or_default()
}

/// The low 32 bits of the sequence number, then four octets that tell the direction: zeros from the initiator, ones
/// from the acceptor (RFC 1964 section 1.2.1.2). RFC 4757 section 7.2 prints them the other way round, but MIT
/// krb5 and Heimdal keep to the older text.
fn sequence_field(role: Role, sequence: u64) -> [u8; 8] {
    let [_, _, _, _, s0, s1, s2, s3] = sequence.to_be_bytes();
    let direction = match role {
        Role::Initiator => 0x00,
        Role::Acceptor => 0xff,
    };
    [s0, s1, s2, s3, direction, direction, direction, direction]
}

/// RC4 under Kseq = HMAC(HMAC(K, 0), checksum) (RFC 4757 section 7.2).
fn seal_sequence(key: &EncryptionKey, checksum: &[u8; 8], mut field: [u8; 8]) -> [u8; 8] {
    let mut outer = hmac_md5(key.expose(), &0u32.to_le_bytes());
    let mut inner = hmac_md5(&outer, checksum);
    if let Ok(mut cipher) = Rc4::new_from_slice(&inner) {
        cipher.apply_keystream(&mut field);
    }
    outer.zeroize();
    inner.zeroize();
    field
}

fn hmac_md5(key: &[u8], message: &[u8]) -> [u8; 16] {
    // HMAC takes keys of every length (RFC 2104 section 2), so there is nothing to fail.
    Hmac::<Md5>::new_from_slice(key)
        .map(|mac| mac.chain_update(message).finalize().into_bytes().into())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kerberos::etype::EncryptionType;

    #[test]
    fn b08_each_bit_of_message_and_signature_counts() {
        let key = EncryptionKey::new(EncryptionType::RC4_HMAC, &[3; 16]).unwrap();
        let token = sign(&key, Role::Initiator, 7, b"message").unwrap();
        assert_eq!(verify(&key, Role::Initiator, b"message", &token), Ok(7));
        assert_eq!(verify(&key, Role::Acceptor, b"message", &token), Err(Refused), "the other direction");
        assert_eq!(verify(&key, Role::Initiator, b"messagf", &token), Err(Refused));
        for length in 0..token.len() {
            assert_eq!(verify(&key, Role::Initiator, b"message", &token[..length]), Err(Refused), "{length} octets");
        }
        // The number alone is under RC4 without a checksum of its own: a flipped bit of it makes another number.
        let number = token.len() - 16..token.len() - 12;
        for bit in 0..token.len() * 8 {
            let mut flipped = token.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let verdict = verify(&key, Role::Initiator, b"message", &flipped);
            let other_number = number.contains(&(bit / 8)) && verdict.is_ok_and(|sequence| sequence != 7);
            assert!(other_number || verdict == Err(Refused), "bit {bit}");
        }
    }
}
