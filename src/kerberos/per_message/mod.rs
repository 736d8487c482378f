//! Signatures over messages of an established context.
//!
//! A context whose key is of a newer encryption type signs by RFC 4121, one of rc4-hmac by RFC 4757; the form is fixed
//! when the context is made, never guessed from a token (row B16).

mod rfc4121;
mod rfc4757;

use alloc::vec::Vec;

use super::error::Error;
use super::etype::{EncryptionKey, EncryptionType};

/// The messages of one context, seen from one of its sides.
pub(crate) struct Messages {
    /// Which side this is.
    role: Role,
    keys: Keys,
    sequences: Sequences,
}

/// The keys that both sides have at the end of the exchange (RFC 4121 section 2).
pub(crate) struct Keys {
    /// The initiator's subkey, or the ticket's session key where it sent none.
    pub(crate) initiator_key: EncryptionKey,
    /// The acceptor's subkey, which both sides use once it is asserted.
    pub(crate) acceptor_subkey: Option<EncryptionKey>,
}

/// The numbers of the next tokens, one more after each (RFC 4121 section 4.2.1). The initiator's first is the
/// authenticator's, the acceptor's the AP-REP's (RFC 4120 section 5.5.2), or the initiator's own where there is none.
pub(crate) struct Sequences {
    /// From this side.
    pub(crate) own: u64,
    /// From the other.
    #[expect(dead_code, reason = "not looked at yet")]
    pub(crate) peer: u64,
}

/// Which side of a context this is, or who made a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Initiator,
    Acceptor,
}

impl Role {
    /// The other side.
    const fn peer(self) -> Self {
        match self {
            Self::Initiator => Self::Acceptor,
            Self::Acceptor => Self::Initiator,
        }
    }
}

impl Keys {
    /// The key of the context.
    fn context_key(&self) -> &EncryptionKey {
        self.acceptor_subkey.as_ref().unwrap_or(&self.initiator_key)
    }
}

impl Messages {
    pub(crate) const fn new(role: Role, keys: Keys, sequences: Sequences) -> Self {
        Self { role, keys, sequences }
    }

    /// The key of the context.
    pub(crate) fn context_key(&self) -> &EncryptionKey {
        self.keys.context_key()
    }

    /// The signature of `message` from this side.
    pub(crate) fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let sequence = self.sequences.own;
        self.sequences.own = sequence.wrapping_add(1);
        if self.is_rfc4757() {
            rfc4757::sign(self.context_key(), self.role, sequence, message)
        } else {
            rfc4121::sign(&self.keys, self.role, sequence, message)
        }
    }

    /// Checks the other side's signature of `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = if self.is_rfc4757() {
            rfc4757::verify(self.context_key(), self.role.peer(), message, signature)
        } else {
            rfc4121::verify(&self.keys, self.role.peer(), message, signature)
        };
        verdict.map(|_sequence| ()).map_err(|Refused| Error::BadSignature)
    }

    fn is_rfc4757(&self) -> bool {
        self.context_key().etype() == EncryptionType::RC4_HMAC
    }
}

/// A token that does not verify. Whatever is wrong with it, the answer is the same.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Refused;
