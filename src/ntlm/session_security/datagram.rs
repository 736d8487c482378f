//! Session security without a connection: each message brings its number, and its key is made with it.

use super::direction::SenderKeys;
use super::keys::Negotiated;
use super::{Error, MessageSignature, Role};
use crate::context::Piece;
use crate::ntlm::response::ExportedSessionKey;

/// Protects messages that may get lost and arrive in any order ([MS-NLMP] section 3.4). The application numbers them, gives
/// no number twice, and remembers which it has seen.
pub struct DatagramSecurity {
    outgoing: SenderKeys,
    incoming: SenderKeys,
    confidential: bool,
}

impl DatagramSecurity {
    /// Session security of the side `role`.
    ///
    /// # Errors
    /// As [`SessionSecurity::new`](super::SessionSecurity::new).
    pub fn new(key: &ExportedSessionKey, role: Role, negotiated: &Negotiated) -> Result<Self, Error> {
        if !negotiated.is_strong() {
            return Err(Error::WeakKey);
        }
        Self::dangerous(key, role, negotiated)
    }

    /// The same with whatever was negotiated, as [`SessionSecurity::dangerous`](super::SessionSecurity::dangerous).
    ///
    /// # Errors
    /// [`Error::NullSession`] where nobody logged in (row D29).
    pub fn dangerous(key: &ExportedSessionKey, role: Role, negotiated: &Negotiated) -> Result<Self, Error> {
        if key.is_null_session() {
            return Err(Error::NullSession);
        }
        Ok(Self {
            outgoing: SenderKeys::new(key, role, negotiated),
            incoming: SenderKeys::new(key, role.peer(), negotiated),
            confidential: negotiated.extended_session_security,
        })
    }

    /// The signature of the message with this number.
    #[must_use]
    pub fn sign(&self, sequence: u32, message: &[u8]) -> MessageSignature {
        self.outgoing.sign(&mut self.outgoing.datagram_key_stream(sequence), sequence, [message])
    }

    /// Checks the other side's signature of the message with this number.
    ///
    /// # Errors
    /// [`Error::BadSignature`].
    pub fn verify(&self, sequence: u32, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.incoming.verify(&mut self.incoming.datagram_key_stream(sequence), sequence, [message], signature)
    }

    /// Encrypts the message with this number where it stands, and gives its signature.
    ///
    /// # Errors
    /// [`Error::NoConfidentiality`] without extended session security.
    pub fn seal(&self, sequence: u32, message: &mut [u8]) -> Result<MessageSignature, Error> {
        self.confidential.then_some(()).ok_or(Error::NoConfidentiality)?;
        let pieces = &mut [Piece::Data(message)];
        Ok(self.outgoing.seal(&mut self.outgoing.datagram_key_stream(sequence), sequence, pieces))
    }

    /// Decrypts the message with this number where it stands, and checks its signature. What does not verify is wiped.
    ///
    /// # Errors
    /// [`Error::BadSignature`]; [`Error::NoConfidentiality`] without extended session security.
    pub fn unseal(&self, sequence: u32, message: &mut [u8], signature: &[u8]) -> Result<(), Error> {
        self.confidential.then_some(()).ok_or(Error::NoConfidentiality)?;
        let pieces = &mut [Piece::Data(message)];
        self.incoming.unseal(&mut self.incoming.datagram_key_stream(sequence), sequence, pieces, signature)
    }
}
