//! The MIC token of RFC 4121 section 4.2.6.1.
//!
//! ```text
//!   0..2   TOK_ID     04 04
//!   2      Flags      bit 0 SentByAcceptor, bit 1 Sealed (never here), bit 2 AcceptorSubkey
//!   3..8   Filler     ff ff ff ff ff
//!   8..16  SND_SEQ    big-endian
//!  16..n   SGN_CKSUM  over the message, then octets 0..16
//! ```

use alloc::vec::Vec;

use super::{Keys, Refused, Role};
use crate::kerberos::error::Error;
use crate::kerberos::etype::KeyUsage;

const TOK_ID: [u8; 2] = [0x04, 0x04];
const FILLER: [u8; 5] = [0xff; 5];
const HEADER_LENGTH: usize = 16;

/// Bits of the flags octet (RFC 4121 section 4.2.2).
const SENT_BY_ACCEPTOR: u8 = 1;
const ACCEPTOR_SUBKEY: u8 = 4;

/// Signs `message`.
pub(super) fn sign(keys: &Keys, role: Role, sequence: u64, message: &[u8]) -> Result<Vec<u8>, Error> {
    let subkey = if keys.acceptor_subkey.is_some() { ACCEPTOR_SUBKEY } else { 0 };
    let header = header(sender_flag(role) | subkey, sequence);
    let checksum = keys.context_key().for_checksum(usage(role)).checksum(&[message, &header]);
    let mut token = Vec::with_capacity(HEADER_LENGTH.saturating_add(checksum.len()));
    token.extend_from_slice(&header);
    token.extend_from_slice(&checksum);
    Ok(token)
}

/// Checks a signature made by `role` and gives its sequence number.
pub(super) fn verify(keys: &Keys, role: Role, message: &[u8], token: &[u8]) -> Result<u64, Refused> {
    let (given, checksum) = token.split_first_chunk::<HEADER_LENGTH>().ok_or(Refused)?;
    let [_, _, flags, _, _, _, _, _, sequence @ ..] = given;
    let sequence = u64::from_be_bytes(*sequence);
    // The header is rebuilt from what may vary in it; so every other octet is checked, the direction included (B13).
    // RFC 4121 section 4.2.2 would have unknown flags ignored; there are none, and here they are refused.
    if *given != header(sender_flag(role) | (flags & ACCEPTOR_SUBKEY), sequence) {
        return Err(Refused);
    }
    // Once the acceptor has asserted a subkey, everything is signed by it (RFC 4121 section 2), and says so.
    if (flags & ACCEPTOR_SUBKEY != 0) != keys.acceptor_subkey.is_some() {
        return Err(Refused);
    }
    let key = keys.context_key();
    key.for_checksum(usage(role)).verify(&[message, given], checksum).map_err(|_| Refused)?;
    Ok(sequence)
}

fn header(flags: u8, sequence: u64) -> [u8; HEADER_LENGTH] {
    let [a, b] = TOK_ID;
    let [f0, f1, f2, f3, f4] = FILLER;
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_be_bytes();
    [a, b, flags, f0, f1, f2, f3, f4, s0, s1, s2, s3, s4, s5, s6, s7]
}

fn sender_flag(role: Role) -> u8 {
    match role {
        Role::Initiator => 0,
        Role::Acceptor => SENT_BY_ACCEPTOR,
    }
}

/// Key usages of RFC 4121 section 2.
fn usage(role: Role) -> KeyUsage {
    match role {
        Role::Initiator => KeyUsage::INITIATOR_SIGN,
        Role::Acceptor => KeyUsage::ACCEPTOR_SIGN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kerberos::etype::{EncryptionKey, EncryptionType};

    fn key(octet: u8) -> EncryptionKey {
        EncryptionKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[octet; 32]).unwrap()
    }

    fn keys(acceptor_subkey: Option<EncryptionKey>) -> Keys {
        Keys { initiator_key: key(1), acceptor_subkey }
    }

    /// A sound signature with these flags, whoever they say made it.
    fn signed(keys: &Keys, flags: u8) -> Vec<u8> {
        let header = header(flags, 7);
        let checksum = keys.context_key().for_checksum(usage(Role::Initiator)).checksum(&[b"message", &header]);
        [&header[..], &checksum].concat()
    }

    #[test]
    fn b08_each_bit_of_message_and_signature_counts() {
        let keys = keys(Some(key(2)));
        let token = sign(&keys, Role::Initiator, 7, b"message").unwrap();
        assert_eq!(verify(&keys, Role::Initiator, b"message", &token), Ok(7));
        assert_eq!(verify(&keys, Role::Initiator, b"messagf", &token), Err(Refused));
        for bit in 0..token.len() * 8 {
            let mut flipped = token.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verify(&keys, Role::Initiator, b"message", &flipped), Err(Refused), "bit {bit}");
        }
        for length in 0..token.len() {
            assert_eq!(verify(&keys, Role::Initiator, b"message", &token[..length]), Err(Refused), "{length} octets");
        }
    }

    /// Signed with the right key each time: it is the flags that are wrong.
    #[test]
    fn b13_flags_tell_direction_sealing_and_key_or_it_is_no_signature() {
        let (plain, with_subkey) = (keys(None), keys(Some(key(2))));
        assert_eq!(verify(&plain, Role::Initiator, b"message", &signed(&plain, 0)), Ok(7));
        assert_eq!(verify(&with_subkey, Role::Initiator, b"message", &signed(&with_subkey, ACCEPTOR_SUBKEY)), Ok(7));
        for flags in [1, 2, 3, 4, 5, 6, 7, 8, 0xf8] {
            assert_eq!(verify(&plain, Role::Initiator, b"message", &signed(&plain, flags)), Err(Refused), "{flags}");
        }
        for flags in [0, 1, 2, 3, 5, 6, 7, 0xfc] {
            let token = signed(&with_subkey, flags);
            assert_eq!(verify(&with_subkey, Role::Initiator, b"message", &token), Err(Refused), "{flags}");
        }
        let own = sign(&with_subkey, Role::Acceptor, 7, b"message").unwrap();
        assert_eq!(verify(&with_subkey, Role::Initiator, b"message", &own), Err(Refused), "its own, sent back");
    }
}
