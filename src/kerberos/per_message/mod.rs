//! Messages of an established context: signed, or sealed.
//!
//! | the context's key is of | tokens are those of | numbers |
//! |---|---|---|
//! | AES, Camellia | [RFC 4121](rfc4121) | 64 bits |
//! | rc4-hmac | [RFC 4757](rfc4757), in the frame of RFC 1964 | 32 bits |
//!
//! The form is fixed when the context is made, never guessed from a token (row B16). A token is checked in this order: its
//! form and direction, its signature, its place in the [order](window).

mod confounders;
mod error;
mod frame;
mod rfc4121;
mod rfc4757;
mod window;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use zeroize::Zeroize;

use self::confounders::Confounders;
pub use self::error::MessageError;
use self::rfc4121::Rfc4121;
use self::rfc4757::Rfc4757;
use self::window::Window;
use super::etype::{EncryptionKey, EncryptionType};
use crate::context::{ContextError, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped};
use crate::gss::ContextFlags;
use crate::mechanism::MessageProtection;
use crate::random::Randomness;

/// The messages of one context, seen from one of its sides.
pub(crate) struct Messages {
    keys: Keys,
    /// What was agreed on.
    flags: ContextFlags,
    outgoing: Outgoing,
    incoming: Window,
    form: Form,
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
    pub(crate) peer: u64,
}

/// Which side of a context this is, or who made a token.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    Initiator,
    Acceptor,
}

/// What a token of this side is made of beside the keys.
struct Outgoing {
    /// The next token's number.
    sequence: u64,
    /// The first number that is not given out: none comes twice.
    end: u64,
    confounders: Confounders,
}

/// What a token was found to be.
struct Opened {
    sequence: u64,
    protection: Protection,
    /// Where in the token the message stands.
    message: Range<usize>,
}

enum Form {
    Rfc4121(Rfc4121),
    Rfc4757(Rfc4757),
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

impl Outgoing {
    /// The next token's number.
    fn next(&mut self) -> Result<u64, MessageError> {
        let number = self.sequence;
        if number == self.end {
            return Err(MessageError::SequenceExhausted);
        }
        self.sequence = number.wrapping_add(1);
        Ok(number)
    }
}

impl Messages {
    /// `flags`: the services that were agreed on, of which DCE_STYLE says how tokens are laid out, REPLAY and SEQUENCE which
    /// are refused.
    pub(crate) fn new(role: Role, keys: Keys, sequences: Sequences, flags: ContextFlags) -> Self {
        let key = keys.context_key();
        let is_rfc4757 = key.etype() == EncryptionType::RC4_HMAC;
        let dce_style = flags.contains(ContextFlags::DCE_STYLE);
        let form = if is_rfc4757 {
            Form::Rfc4757(Rfc4757::new(role, dce_style))
        } else {
            Form::Rfc4121(Rfc4121::new(role, key.etype(), keys.acceptor_subkey.is_some(), dce_style))
        };
        // RFC 4757 makes a key of 32 bits of the number, RFC 4121 has 64.
        let end = if is_rfc4757 { sequences.own.saturating_add(1 << 32) } else { u64::MAX };
        let outgoing = Outgoing { sequence: sequences.own, end, confounders: Confounders::default() };
        let incoming = Window::new(flags, sequences.peer, is_rfc4757);
        Self { keys, flags, outgoing, incoming, form }
    }

    /// Takes confounders from `source` instead of the system's generator.
    pub(crate) fn randomness(mut self, source: Arc<dyn Randomness>) -> Self {
        self.outgoing.confounders = Confounders::from(source);
        self
    }

    /// The key of the context.
    pub(crate) fn context_key(&self) -> &EncryptionKey {
        self.keys.context_key()
    }

    /// Whether messages may be protected: integrity or confidentiality was agreed on. Every recorded initiator (MIT krb5,
    /// Heimdal, the JDK) asks for both, whatever its caller asked for.
    pub(crate) fn permitted(&self) -> Result<(), MessageError> {
        let protects =
            self.flags.contains(ContextFlags::INTEGRITY) || self.flags.contains(ContextFlags::CONFIDENTIALITY);
        protects.then_some(()).ok_or(MessageError::NotNegotiated)
    }

    /// The signature of `message` from this side.
    pub(crate) fn sign(&mut self, message: &[&[u8]]) -> Result<Vec<u8>, MessageError> {
        let sequence = self.outgoing.next()?;
        let key = self.keys.context_key();
        Ok(match &mut self.form {
            Form::Rfc4121(form) => form.sign(key, sequence, message),
            Form::Rfc4757(form) => form.sign(key, sequence, message),
        })
    }

    /// Checks the other side's signature of `message`.
    pub(crate) fn verify(&mut self, message: &[&[u8]], signature: &[u8]) -> Result<(), MessageError> {
        let key = self.keys.context_key();
        let sequence = match &mut self.form {
            Form::Rfc4121(form) => form.verify(key, message, signature),
            Form::Rfc4757(form) => form.verify(key, message, signature),
        }?;
        self.incoming.admit(sequence)
    }

    /// What may be made: sealed messages only where they were agreed on.
    fn may_make(&self, protection: Protection) -> Result<(), MessageError> {
        match protection {
            Protection::Confidentiality if !self.flags.contains(ContextFlags::CONFIDENTIALITY) => {
                Err(MessageError::NoConfidentiality)
            }
            _ => Ok(()),
        }
    }

    fn lengths(&self, data: usize, protection: Protection, placement: Placement) -> TokenLengths {
        match &self.form {
            Form::Rfc4121(form) => form.lengths(protection, placement),
            Form::Rfc4757(form) => form.lengths(data),
        }
    }

    /// The placement that has header and trailer of these lengths.
    fn placement(
        &self,
        data: usize,
        protection: Protection,
        around: &TokenParts<'_>,
    ) -> Result<Placement, ContextError> {
        let (header, trailer) = (around.header.len(), around.trailer.len());
        let fits = |placement: &Placement| {
            let lengths = self.lengths(data, protection, *placement);
            (lengths.header, lengths.trailer) == (header, trailer)
        };
        [Placement::Around, Placement::InFront].into_iter().find(fits).ok_or_else(|| {
            let needed = self.lengths(data, protection, Placement::Around);
            ContextError::Lengths { needed, header, trailer }
        })
    }

    fn open(&mut self, token: &mut [u8]) -> Result<Opened, MessageError> {
        let key = self.keys.context_key();
        let opened = match &mut self.form {
            Form::Rfc4121(form) => form.unwrap(key, token),
            Form::Rfc4757(form) => form.unwrap(key, token),
        }?;
        self.incoming.admit(opened.sequence)?;
        Ok(opened)
    }

    fn open_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, MessageError> {
        let key = self.keys.context_key();
        let (sequence, protection) = match &mut self.form {
            Form::Rfc4121(form) => form.unwrap_pieces(key, message, around),
            Form::Rfc4757(form) => form.unwrap_pieces(key, message, around),
        }?;
        self.incoming.admit(sequence)?;
        Ok(protection)
    }
}

impl MessageProtection for Messages {
    fn get_mic(&mut self, message: &[&[u8]]) -> Result<Vec<u8>, crate::Error> {
        Ok(self.sign(message)?)
    }

    fn verify_mic(&mut self, message: &[&[u8]], mic: &[u8]) -> Result<(), crate::Error> {
        Ok(self.verify(message, mic)?)
    }

    fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, crate::Error> {
        self.may_make(protection)?;
        let sequence = self.outgoing.next()?;
        let (key, confounders) = (self.keys.context_key(), &mut self.outgoing.confounders);
        Ok(match &mut self.form {
            Form::Rfc4121(form) => form.wrap(key, confounders, sequence, message, protection),
            Form::Rfc4757(form) => form.wrap(key, confounders, sequence, message, protection),
        }?)
    }

    fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, crate::Error> {
        match self.open(token) {
            Ok(Opened { protection, message, .. }) => {
                Ok(Unwrapped { message: token.get(message).unwrap_or_default(), protection })
            }
            Err(error) => {
                token.zeroize();
                Err(error.into())
            }
        }
    }

    fn wrap_size_limit(&self, token: usize, protection: Protection) -> usize {
        match &self.form {
            Form::Rfc4121(form) => {
                let TokenLengths { header, trailer, .. } = form.lengths(protection, Placement::Around);
                token.saturating_sub(header.saturating_add(trailer))
            }
            Form::Rfc4757(form) => form.wrap_size_limit(token),
        }
    }

    fn wrap_lengths(
        &self,
        data: usize,
        protection: Protection,
        placement: Placement,
    ) -> Result<TokenLengths, crate::Error> {
        Ok(self.lengths(data, protection, placement))
    }

    fn wrap_pieces(
        &mut self,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), crate::Error> {
        self.may_make(protection)?;
        let placement = self.placement(data_of(message), protection, &around)?;
        let sequence = self.outgoing.next()?;
        let (key, confounders) = (self.keys.context_key(), &mut self.outgoing.confounders);
        Ok(match &mut self.form {
            Form::Rfc4121(form) => {
                form.wrap_pieces(key, confounders, sequence, message, around, (protection, placement))
            }
            Form::Rfc4757(form) => form.wrap_pieces(key, confounders, sequence, message, around, protection),
        }?)
    }

    fn unwrap_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, crate::Error> {
        let verdict = self.open_pieces(message, around);
        if verdict.is_err() {
            message.iter_mut().filter_map(Piece::data).for_each(Zeroize::zeroize);
        }
        Ok(verdict?)
    }
}

/// How many octets of data there are in these pieces.
fn data_of(message: &[Piece<'_>]) -> usize {
    let data = message.iter().filter(|piece| matches!(piece, Piece::Data(_)));
    data.fold(0, |sum, piece| sum.saturating_add(piece.octets().len()))
}

#[cfg(test)]
mod tests;
