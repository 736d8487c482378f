//! SIGNKEY and SEALKEY ([MS-NLMP] sections 3.4.5.2 and 3.4.5.3).

use md5::{Digest, Md5};
use zeroize::Zeroize;

use crate::ntlm::response::ExportedSessionKey;

/// Which side of the context one is on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Role {
    /// The client.
    Initiator,
    /// The server.
    Acceptor,
}

impl Role {
    pub(super) const fn peer(self) -> Self {
        match self {
            Self::Initiator => Self::Acceptor,
            Self::Acceptor => Self::Initiator,
        }
    }
}

/// How much of the session key a sealing key is made of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KeyStrength {
    /// 40 bits: neither flag was negotiated.
    Bits40,
    /// 56 bits: NTLMSSP_NEGOTIATE_56 alone.
    Bits56,
    /// 128 bits: NTLMSSP_NEGOTIATE_128.
    Bits128,
}

/// What both sides agreed on, as far as messages are concerned.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(clippy::struct_excessive_bools, reason = "flags of the protocol, each for itself")]
pub struct Negotiated {
    /// NTLMSSP_NEGOTIATE_EXTENDED_SESSIONSECURITY.
    pub extended_session_security: bool,
    /// NTLMSSP_NEGOTIATE_KEY_EXCH.
    pub key_exchange: bool,
    /// NTLMSSP_NEGOTIATE_LM_KEY.
    pub lm_key: bool,
    /// NTLMSSP_NEGOTIATE_DATAGRAM.
    pub datagram: bool,
    /// NTLMSSP_NEGOTIATE_56, which LM_KEY looks at whatever else was negotiated.
    pub bits_56: bool,
    /// Of the sealing keys under extended session security.
    pub strength: KeyStrength,
}

impl Negotiated {
    /// From NegotiateFlags ([MS-NLMP] section 2.2.2.5): those that were offered *and* returned (row D17).
    #[must_use]
    pub const fn from_flags(effective: u32) -> Self {
        Self {
            extended_session_security: effective & 0x0008_0000 != 0,
            key_exchange: effective & 0x4000_0000 != 0,
            lm_key: effective & 0x0000_0080 != 0,
            datagram: effective & 0x0000_0040 != 0,
            bits_56: effective & 0x8000_0000 != 0,
            strength: if effective & 0x2000_0000 != 0 {
                KeyStrength::Bits128
            } else if effective & 0x8000_0000 != 0 {
                KeyStrength::Bits56
            } else {
                KeyStrength::Bits40
            },
        }
    }

    /// Whether messages may be protected under it without asking for weakness (row D27).
    #[must_use]
    pub const fn is_strong(&self) -> bool {
        self.extended_session_security && self.key_exchange && matches!(self.strength, KeyStrength::Bits128)
    }
}

/// A sealing key: 16 octets, or 8 that RC4 repeats.
pub(super) struct SealKey {
    octets: [u8; 16],
    short: bool,
}

impl SealKey {
    /// SEALKEY() for messages of `sender`.
    pub(super) fn new(key: &ExportedSessionKey, sender: Role, negotiated: &Negotiated) -> Self {
        let [k0, k1, k2, k3, k4, k5, k6, ..] = *key.expose();
        if !negotiated.extended_session_security {
            return match (negotiated.lm_key || negotiated.datagram, negotiated.bits_56) {
                (false, _) => Self { octets: *key.expose(), short: false },
                (true, false) => Self::short([k0, k1, k2, k3, k4, 0xe5, 0x38, 0xb0]),
                (true, true) => Self::short([k0, k1, k2, k3, k4, k5, k6, 0xa0]),
            };
        }
        let part: &[u8] = match negotiated.strength {
            KeyStrength::Bits128 => key.expose(),
            KeyStrength::Bits56 => &[k0, k1, k2, k3, k4, k5, k6],
            KeyStrength::Bits40 => &[k0, k1, k2, k3, k4],
        };
        let constant: &[u8] = match sender {
            Role::Initiator => b"session key to client-to-server sealing key magic constant\0",
            Role::Acceptor => b"session key to server-to-client sealing key magic constant\0",
        };
        Self { octets: md5(part, constant), short: false }
    }

    /// For RC4, to which a key of 8 octets and the same twice over are one.
    pub(super) const fn expose(&self) -> &[u8; 16] {
        &self.octets
    }

    /// SealingKey' of one datagram ([MS-NLMP] section 3.4).
    pub(super) fn of_datagram(&self, sequence: u32) -> Self {
        let (half, _) = self.octets.split_at(8);
        let key = if self.short { half } else { &self.octets };
        Self { octets: md5(key, &sequence.to_le_bytes()), short: false }
    }

    fn short(octets: [u8; 8]) -> Self {
        let mut key = Self { octets: [0; 16], short: true };
        for half in key.octets.as_chunks_mut::<8>().0 {
            *half = octets;
        }
        key
    }
}

impl Drop for SealKey {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

/// SIGNKEY() for messages of `sender`, under extended session security.
pub(super) fn sign_key(key: &ExportedSessionKey, sender: Role) -> [u8; 16] {
    md5(
        key.expose(),
        match sender {
            Role::Initiator => b"session key to client-to-server signing key magic constant\0",
            Role::Acceptor => b"session key to server-to-client signing key magic constant\0",
        },
    )
}

fn md5(key: &[u8], constant: &[u8]) -> [u8; 16] {
    Md5::new().chain_update(key).chain_update(constant).finalize().into()
}
