//! Session security of a connection: messages arrive in the order in which they were sent.

use rc4::Rc4;

use super::direction::SenderKeys;
use super::keys::Negotiated;
use super::{Error, MessageSignature, Role};
use crate::context::Piece;
use crate::ntlm::response::ExportedSessionKey;

/// Signs and seals what goes out, verifies and unseals what comes in, each message once and in order.
///
/// After a message that does not verify everything is refused, in both directions (row D26).
pub struct SessionSecurity(Option<State>);

#[expect(clippy::large_enum_variant, reason = "the large one is the usual one, and there is one per context")]
enum State {
    /// With extended session security: each direction for itself.
    Extended { outgoing: Direction, incoming: Direction },
    /// Without: one state and one number for both, so the sides must take turns ([MS-NLMP] section 3.4).
    Shared(Direction),
}

struct Direction {
    keys: SenderKeys,
    stream: Rc4,
    /// Of the next message.
    sequence: u32,
}

impl SessionSecurity {
    /// Session security of the side `role`.
    ///
    /// # Errors
    /// * [`Error::WeakKey`] unless extended session security, 128 bits and key exchange were negotiated (row D27).
    /// * [`Error::NullSession`] where nobody logged in (row D29).
    pub fn new(key: &ExportedSessionKey, role: Role, negotiated: &Negotiated) -> Result<Self, Error> {
        if !negotiated.is_strong() {
            return Err(Error::WeakKey);
        }
        Self::dangerous(key, role, negotiated)
    }

    /// The same with whatever was negotiated: keys of 40 or 56 bits, keys that are the same for every login, checksums that
    /// anybody can forge. For peers that know nothing else.
    ///
    /// # Errors
    /// [`Error::NullSession`] where nobody logged in (row D29).
    pub fn dangerous(key: &ExportedSessionKey, role: Role, negotiated: &Negotiated) -> Result<Self, Error> {
        if key.is_null_session() {
            return Err(Error::NullSession);
        }
        let direction = |sender| Direction::new(SenderKeys::new(key, sender, negotiated));
        Ok(Self(Some(if negotiated.extended_session_security {
            State::Extended { outgoing: direction(role), incoming: direction(role.peer()) }
        } else {
            State::Shared(direction(role))
        })))
    }

    /// GSS_GetMIC(): the signature of `message`.
    ///
    /// # Errors
    /// [`Error::Poisoned`], [`Error::SequenceExhausted`].
    pub fn sign(&mut self, message: &[u8]) -> Result<MessageSignature, Error> {
        self.sign_pieces([message])
    }

    /// The same of a message that stands in pieces.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_pieces<'m>(&mut self, message: impl IntoIterator<Item = &'m [u8]>) -> Result<MessageSignature, Error> {
        let Direction { keys, stream, sequence } = self.outgoing()?;
        Ok(keys.sign(stream, next(sequence)?, message))
    }

    /// GSS_Wrap(): encrypts `message` where it stands, and gives the signature that goes with it.
    ///
    /// # Errors
    /// [`Error::Poisoned`], [`Error::SequenceExhausted`]; the message is as it was.
    pub fn seal(&mut self, message: &mut [u8]) -> Result<MessageSignature, Error> {
        self.seal_pieces(&mut [Piece::Data(message)])
    }

    /// GSS_WrapEx() ([MS-NLMP] section 3.4.6): encrypts the data of a message, and gives the signature of all its pieces.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_pieces(&mut self, message: &mut [Piece<'_>]) -> Result<MessageSignature, Error> {
        let Direction { keys, stream, sequence } = self.outgoing()?;
        Ok(keys.seal(stream, next(sequence)?, message))
    }

    /// GSS_VerifyMIC(): checks the other side's signature of `message`.
    ///
    /// # Errors
    /// [`Error::BadSignature`], after which this context is of no use; [`Error::Poisoned`], [`Error::SequenceExhausted`].
    pub fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        self.verify_pieces([message], signature)
    }

    /// The same of a message that stands in pieces.
    ///
    /// # Errors
    /// As [`Self::verify`].
    pub fn verify_pieces<'m>(
        &mut self,
        message: impl IntoIterator<Item = &'m [u8]>,
        signature: &[u8],
    ) -> Result<(), Error> {
        let Direction { keys, stream, sequence } = self.incoming()?;
        let verdict = next(sequence).and_then(|sequence| keys.verify(stream, sequence, message, signature));
        self.poison_if_refused(verdict)
    }

    /// GSS_Unwrap(): decrypts `message` where it stands, and checks its signature. What does not verify is wiped.
    ///
    /// # Errors
    /// [`Error::BadSignature`], after which this context is of no use; [`Error::Poisoned`], [`Error::SequenceExhausted`].
    pub fn unseal(&mut self, message: &mut [u8], signature: &[u8]) -> Result<(), Error> {
        self.unseal_pieces(&mut [Piece::Data(message)], signature)
    }

    /// GSS_UnwrapEx() ([MS-NLMP] section 3.4.7): decrypts the data of a message, and checks the signature of all its pieces.
    ///
    /// # Errors
    /// As [`Self::unseal`].
    pub fn unseal_pieces(&mut self, message: &mut [Piece<'_>], signature: &[u8]) -> Result<(), Error> {
        let Direction { keys, stream, sequence } = self.incoming()?;
        let verdict = next(sequence).and_then(|sequence| keys.unseal(stream, sequence, message, signature));
        self.poison_if_refused(verdict)
    }

    /// Begins the key streams anew, as both sides do once they have exchanged SPNEGO's mechListMIC; the numbers go on at 1.
    ///
    /// # Errors
    /// [`Error::TooLate`] unless each side has signed at most that one message; [`Error::Poisoned`].
    pub fn restart_key_streams(&mut self) -> Result<(), Error> {
        match self.0.as_mut().ok_or(Error::Poisoned)? {
            State::Extended { outgoing, incoming } => {
                if outgoing.sequence > 1 || incoming.sequence > 1 {
                    return Err(Error::TooLate);
                }
                outgoing.restart();
                incoming.restart();
            }
            // Both sides' numbers are one.
            State::Shared(both) => {
                if both.sequence > 2 {
                    return Err(Error::TooLate);
                }
                both.restart();
            }
        }
        Ok(())
    }

    fn outgoing(&mut self) -> Result<&mut Direction, Error> {
        match self.0.as_mut().ok_or(Error::Poisoned)? {
            State::Extended { outgoing: direction, .. } | State::Shared(direction) => Ok(direction),
        }
    }

    fn incoming(&mut self) -> Result<&mut Direction, Error> {
        match self.0.as_mut().ok_or(Error::Poisoned)? {
            State::Extended { incoming: direction, .. } | State::Shared(direction) => Ok(direction),
        }
    }

    fn poison_if_refused(&mut self, verdict: Result<(), Error>) -> Result<(), Error> {
        if verdict == Err(Error::BadSignature) {
            self.0 = None;
        }
        verdict
    }
}

impl Direction {
    fn new(keys: SenderKeys) -> Self {
        Self { stream: keys.key_stream(), keys, sequence: 0 }
    }

    fn restart(&mut self) {
        self.stream = self.keys.key_stream();
    }
}

/// This message's number; the last of all is never given out, so that none comes twice.
fn next(sequence: &mut u32) -> Result<u32, Error> {
    let number = *sequence;
    *sequence = number.checked_add(1).ok_or(Error::SequenceExhausted)?;
    Ok(number)
}

#[cfg(test)]
mod tests;
