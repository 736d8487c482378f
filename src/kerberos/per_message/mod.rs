//! Signatures over messages of an established context.
//!
//! A context whose key is of a newer encryption type signs by RFC 4121, one of rc4-hmac by RFC 4757; the form is fixed
//! when the context is made, never guessed from a token (row B16).

mod rfc4121;
mod rfc4757;

use alloc::vec::Vec;

use super::error::Error;
use super::etype::{EncryptionKey, EncryptionType};

/// The keys and counters of one context, seen from the acceptor.
pub(crate) struct Protection {
    /// The initiator's subkey, or the ticket's session key where it sent none (RFC 4121 section 2).
    pub(crate) initiator_key: EncryptionKey,
    /// The acceptor's subkey, which both sides use once it is asserted (RFC 4121 section 2).
    pub(crate) acceptor_subkey: Option<EncryptionKey>,
    /// The sequence number of the next token from here, one more after each (RFC 4121 section 4.2.1). The first is the
    /// AP-REP's (RFC 4120 section 5.5.2), or the initiator's own where there is none.
    pub(crate) next_sequence: u64,
}

/// Who made a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Initiator,
    Acceptor,
}

impl Protection {
    /// The key of the context.
    pub(crate) fn context_key(&self) -> &EncryptionKey {
        self.acceptor_subkey.as_ref().unwrap_or(&self.initiator_key)
    }

    /// The signature of `message` from the acceptor.
    pub(crate) fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let sequence = self.next_sequence;
        self.next_sequence = sequence.wrapping_add(1);
        if self.is_rfc4757() {
            rfc4757::sign(self.context_key(), Role::Acceptor, sequence, message)
        } else {
            rfc4121::sign(self, Role::Acceptor, sequence, message)
        }
    }

    /// Checks the initiator's signature of `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let verdict = if self.is_rfc4757() {
            rfc4757::verify(self.context_key(), Role::Initiator, message, signature)
        } else {
            rfc4121::verify(self, Role::Initiator, message, signature)
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
