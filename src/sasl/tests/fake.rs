//! A context whose signature is a sum, and whose seal is an exclusive or.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

use crate::context::{
    BindingsStatus, Context, Facts, Mechanism, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped,
};
use crate::error::{Error, Fault, Reason};
use crate::gss::ContextFlags;
use crate::mechanism::{MechanismContext, MessageProtection};
use crate::peer::{Account, Peer};
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_795_377_523);
pub(super) const UNSIGNED: ContextFlags = ContextFlags::from_bits(0);
pub(super) const SIGNED: ContextFlags =
    ContextFlags::from_bits(ContextFlags::INTEGRITY.bits() | ContextFlags::SEQUENCE.bits());
pub(super) const SEALED: ContextFlags = ContextFlags::from_bits(SIGNED.bits() | ContextFlags::CONFIDENTIALITY.bits());
/// Octets of a token beside its message: in front the kind, the sender, the number; behind the sum.
pub(super) const HEADER: usize = 6;
pub(super) const TRAILER: usize = 8;

/// What the context fails to wrap.
pub(super) const UNWRAPPABLE: &[u8] = b"no";

/// Both sides of a login.
pub(super) fn contexts(flags: ContextFlags) -> [Context; 2] {
    [0, 1].map(|side| {
        let facts = Facts {
            mechanism: Mechanism::Kerberos,
            peer: Peer::Ntlm(Account::new("ADEX", "alice")),
            acceptor: None,
            flags,
            expires_at: None,
            channel_bindings: BindingsStatus::NotChecked,
            delegated_credential: None,
            authorization: None,
        };
        Context::new(facts, Box::new(Fake { side, sent: 0, received: 0 }))
    })
}

struct Fake {
    side: u8,
    sent: u32,
    received: u32,
}

#[derive(Debug)]
pub(super) struct BadToken;

impl fmt::Display for BadToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bad token")
    }
}

impl core::error::Error for BadToken {}

impl Reason for BadToken {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "bad-token"
    }
}

fn sum<'a>(octets: impl IntoIterator<Item = &'a u8>) -> [u8; TRAILER] {
    let step = |sum: u64, octet: &u8| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3);
    octets.into_iter().fold(0xcbf2_9ce4_8422_2325, step).to_be_bytes()
}

impl MechanismContext for Fake {
    fn sign(&mut self, _: &[u8]) -> Result<Vec<u8>, Error> {
        Err(BadToken.into())
    }

    fn verify(&mut self, _: &[u8], _: &[u8]) -> Result<(), Error> {
        Err(BadToken.into())
    }

    fn messages(&mut self) -> Result<&mut dyn MessageProtection, Error> {
        Ok(self)
    }

    fn session_key(&self) -> &[u8] {
        &[]
    }

    fn details(&self) -> &dyn Any {
        &()
    }
}

impl MessageProtection for Fake {
    fn get_mic(&mut self, _: &[&[u8]]) -> Result<Vec<u8>, Error> {
        Err(BadToken.into())
    }

    fn verify_mic(&mut self, _: &[&[u8]], _: &[u8]) -> Result<(), Error> {
        Err(BadToken.into())
    }

    fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, Error> {
        let (mut header, mut trailer, mut message) = ([0; HEADER], [0; TRAILER], message.to_vec());
        let around = TokenParts { header: &mut header, trailer: &mut trailer };
        self.wrap_pieces(&mut [Piece::Data(&mut message)], around, protection)?;
        Ok([&header, &*message, &trailer].concat())
    }

    fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, Error> {
        let length = token.len().checked_sub(HEADER + TRAILER).ok_or(BadToken)?;
        let (header, rest) = token.split_at_mut(HEADER);
        let (message, trailer) = rest.split_at_mut(length);
        let around = TokenParts { header, trailer };
        let protection = self.unwrap_pieces(&mut [Piece::Data(&mut *message)], around)?;
        Ok(Unwrapped { message, protection })
    }

    fn wrap_size_limit(&self, token: usize, _: Protection) -> usize {
        token.saturating_sub(HEADER + TRAILER)
    }

    fn wrap_lengths(&self, _: usize, _: Protection, _: Placement) -> Result<TokenLengths, Error> {
        Ok(TokenLengths { header: HEADER, trailer: TRAILER, padding: 0 })
    }

    fn wrap_pieces(
        &mut self,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), Error> {
        let [Piece::Data(data)] = message else { return Err(BadToken.into()) };
        if **data == *UNWRAPPABLE {
            return Err(BadToken.into());
        }
        let sealed = protection == Protection::Confidentiality;
        if sealed {
            data.iter_mut().for_each(|octet| *octet ^= 0x55);
        }
        around.header[0] = u8::from(sealed);
        around.header[1] = self.side;
        around.header[2..].copy_from_slice(&self.sent.to_be_bytes());
        self.sent += 1;
        around.trailer.copy_from_slice(&sum(around.header.iter().chain(data.iter())));
        Ok(())
    }

    fn unwrap_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, Error> {
        let [Piece::Data(data)] = message else { return Err(BadToken.into()) };
        let numbers = (around.header[1], &around.header[2..]) == (1 - self.side, &self.received.to_be_bytes());
        if !numbers || around.trailer != sum(around.header.iter().chain(data.iter())) {
            return Err(BadToken.into());
        }
        self.received += 1;
        match around.header[0] {
            0 => Ok(Protection::Integrity),
            1 => {
                data.iter_mut().for_each(|octet| *octet ^= 0x55);
                Ok(Protection::Confidentiality)
            }
            _ => Err(BadToken.into()),
        }
    }
}
