//! The 16 octets in front of each token (RFC 4121 sections 4.2.6.1 and 4.2.6.2).

use super::MessageError;
use crate::context::Protection;

pub(super) const MIC: [u8; 2] = [0x04, 0x04];
const WRAP: [u8; 2] = [0x05, 0x04];
pub(super) const FILLER: u8 = 0xff;
pub(super) const HEADER: usize = 16;

/// Bits of the flags octet (RFC 4121 section 4.2.2).
pub(super) const SENT_BY_ACCEPTOR: u8 = 1;
pub(super) const SEALED: u8 = 2;
pub(super) const ACCEPTOR_SUBKEY: u8 = 4;

/// The header of a Wrap token; `extra` is EC, `rotation` RRC.
#[derive(Clone, Copy)]
pub(super) struct WrapHeader {
    pub(super) flags: u8,
    pub(super) extra: u16,
    pub(super) rotation: u16,
    pub(super) sequence: u64,
}

impl WrapHeader {
    pub(super) fn encode(self) -> [u8; HEADER] {
        header(WRAP, self.flags, self.extra, self.rotation, self.sequence)
    }

    pub(super) fn parse(octets: [u8; HEADER]) -> Result<Self, MessageError> {
        let [t0, t1, flags, filler, e0, e1, r0, r1, s0, s1, s2, s3, s4, s5, s6, s7] = octets;
        if [t0, t1] != WRAP || filler != FILLER {
            return Err(MessageError::Defective);
        }
        let (extra, rotation) = (u16::from_be_bytes([e0, e1]), u16::from_be_bytes([r0, r1]));
        let sequence = u64::from_be_bytes([s0, s1, s2, s3, s4, s5, s6, s7]);
        Ok(Self { flags, extra, rotation, sequence })
    }

    pub(super) const fn protection(self) -> Protection {
        if self.flags & SEALED == 0 { Protection::Integrity } else { Protection::Confidentiality }
    }

    /// As it goes into the checksum of a message that is not sealed.
    pub(super) fn signed(self) -> [u8; HEADER] {
        Self { extra: 0, rotation: 0, ..self }.encode()
    }

    /// As it is encrypted behind a message.
    pub(super) fn encrypted(self) -> [u8; HEADER] {
        Self { rotation: 0, ..self }.encode()
    }

    /// Whether `copy`, which was encrypted, is of this header. RRC may be whatever it was (row B06).
    pub(super) fn is(self, copy: [u8; HEADER]) -> bool {
        Self::parse(copy).is_ok_and(|copy| copy.encrypted() == self.encrypted())
    }
}

/// The header of a token of either kind.
pub(super) fn header(token: [u8; 2], flags: u8, extra: u16, rotation: u16, sequence: u64) -> [u8; HEADER] {
    let ([t0, t1], [e0, e1], [r0, r1]) = (token, extra.to_be_bytes(), rotation.to_be_bytes());
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sequence.to_be_bytes();
    [t0, t1, flags, FILLER, e0, e1, r0, r1, s0, s1, s2, s3, s4, s5, s6, s7]
}
