//! What makes and checks the signatures of one direction, or of both where they share one state.

use cipher::StreamCipher;
use rc4::Rc4;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::crc32::crc32;
use super::keys::{Negotiated, SealKey, sign_key};
use super::{Error, MessageSignature, Role};
use crate::context::Piece;
use crate::ntlm::hmac_md5::HmacMd5;
use crate::ntlm::rc4_stream::rc4;
use crate::ntlm::response::ExportedSessionKey;

/// The keys of one sender; without extended session security, of both.
pub(super) struct SenderKeys {
    seal: SealKey,
    mac: Mac,
}

enum Mac {
    /// [MS-NLMP] section 3.4.4.2; whether RC4 goes over the checksum.
    Extended(HmacMd5, bool),
    /// [MS-NLMP] section 3.4.4.1.
    Crc32,
}

/// A checksum before RC4 goes over it.
enum Checksum {
    Extended([u8; 8], bool),
    Crc32([u8; 4]),
}

impl SenderKeys {
    pub(super) fn new(key: &ExportedSessionKey, sender: Role, negotiated: &Negotiated) -> Self {
        let mac = if negotiated.extended_session_security {
            Mac::Extended(HmacMd5::new(&Zeroizing::new(sign_key(key, sender))), negotiated.key_exchange)
        } else {
            Mac::Crc32
        };
        Self { seal: SealKey::new(key, sender, negotiated), mac }
    }

    /// RC4Init() with the sealing key.
    pub(super) fn key_stream(&self) -> Rc4 {
        rc4(self.seal.expose())
    }

    /// RC4Init() with the sealing key of one datagram.
    pub(super) fn datagram_key_stream(&self, sequence: u32) -> Rc4 {
        rc4(self.seal.of_datagram(sequence).expose())
    }

    /// MAC(): the signature of a message that stands in `parts`, for which the key stream goes on by some octets.
    pub(super) fn sign<'m>(
        &self,
        stream: &mut Rc4,
        sequence: u32,
        parts: impl IntoIterator<Item = &'m [u8]>,
    ) -> MessageSignature {
        let checksum = self.checksum(sequence, parts);
        Self::signature(stream, sequence, checksum)
    }

    /// Checks the signature of a message that stands in `parts`, in constant time.
    pub(super) fn verify<'m>(
        &self,
        stream: &mut Rc4,
        sequence: u32,
        parts: impl IntoIterator<Item = &'m [u8]>,
        signature: &[u8],
    ) -> Result<(), Error> {
        let expected = self.sign(stream, sequence, parts);
        let mut given: MessageSignature = signature.try_into().map_err(|_| Error::BadSignature)?;
        if let Mac::Crc32 = self.mac {
            let ([_, _, _, _, p0, p1, p2, p3, ..], [_, _, _, _, g0, g1, g2, g3, ..]) = (expected, &mut given);
            // RandomPad, which the receiver ignores.
            (*g0, *g1, *g2, *g3) = (p0, p1, p2, p3);
        }
        if bool::from(expected.ct_eq(&given)) { Ok(()) } else { Err(Error::BadSignature) }
    }

    /// SEAL(): encrypts the data of a message, and signs all of what it was.
    pub(super) fn seal(&self, stream: &mut Rc4, sequence: u32, pieces: &mut [Piece<'_>]) -> MessageSignature {
        let checksum = self.checksum(sequence, pieces.iter().map(Piece::octets));
        for data in pieces.iter_mut().filter_map(Piece::data) {
            stream.apply_keystream(data);
        }
        Self::signature(stream, sequence, checksum)
    }

    /// Decrypts the data of a message and checks the signature of all of it; what does not verify is wiped.
    pub(super) fn unseal(
        &self,
        stream: &mut Rc4,
        sequence: u32,
        pieces: &mut [Piece<'_>],
        signature: &[u8],
    ) -> Result<(), Error> {
        for data in pieces.iter_mut().filter_map(Piece::data) {
            stream.apply_keystream(data);
        }
        let verdict = self.verify(stream, sequence, pieces.iter().map(Piece::octets), signature);
        if verdict.is_err() {
            pieces.iter_mut().filter_map(Piece::data).for_each(Zeroize::zeroize);
        }
        verdict
    }

    fn checksum<'m>(&self, sequence: u32, parts: impl IntoIterator<Item = &'m [u8]>) -> Checksum {
        match &self.mac {
            Mac::Extended(sign, encrypted) => {
                let mut mac = sign.clone();
                mac.update(&sequence.to_le_bytes());
                parts.into_iter().for_each(|part| mac.update(part));
                let [m0, m1, m2, m3, m4, m5, m6, m7, ..] = mac.finish();
                Checksum::Extended([m0, m1, m2, m3, m4, m5, m6, m7], *encrypted)
            }
            Mac::Crc32 => Checksum::Crc32(crc32(parts).to_le_bytes()),
        }
    }

    /// NTLMSSP_MESSAGE_SIGNATURE, version 1.
    fn signature(stream: &mut Rc4, sequence: u32, checksum: Checksum) -> MessageSignature {
        let [s0, s1, s2, s3] = sequence.to_le_bytes();
        let (encrypted, mut fields) = match checksum {
            Checksum::Extended([c0, c1, c2, c3, c4, c5, c6, c7], encrypted) => {
                (if encrypted { 8 } else { 0 }, [c0, c1, c2, c3, c4, c5, c6, c7, s0, s1, s2, s3])
            }
            // RandomPad, Checksum, SeqNum. The text sets RandomPad to zero in the end; the example of section 4.2.2.4
            // and Samba leave what RC4 made of it.
            Checksum::Crc32([c0, c1, c2, c3]) => (12, [0, 0, 0, 0, c0, c1, c2, c3, s0, s1, s2, s3]),
        };
        stream.apply_keystream(fields.split_at_mut(encrypted).0);
        let [f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11] = fields;
        [1, 0, 0, 0, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11]
    }
}
