//! What an established context keeps of NTLM, on either side.

use alloc::string::String;
use alloc::vec::Vec;
use core::any::Any;

use zeroize::Zeroize;

use super::message::{MessageSignature, NegotiateFlags};
use super::response::ExportedSessionKey;
use super::session_security::{Error, Negotiated, Role, SessionSecurity};
use crate::context::{ContextError, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped};
use crate::gss::ContextFlags;
use crate::mechanism::{MechanismContext, MessageProtection};

/// What only an NTLM login knows, from [`Context::details`](crate::Context::details). Names are as the peer sent them: who it
/// is says [`Context::peer`](crate::Context::peer).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Details {
    /// UserName, as it was sent.
    pub user_name: String,
    /// DomainName, as it was sent.
    pub domain_name: String,
    /// Workstation: a label on which nothing may be decided (row D14).
    pub workstation: String,
    /// MsvAvTargetName: the service principal name that the initiator meant to log in to. None where it had the name from a
    /// source that it does not trust.
    pub target_name: Option<String>,
    /// What proved the password.
    pub proof: Proof,
    /// NegotiateFlags in effect: offered and returned (row D17).
    pub flags: NegotiateFlags,
    /// Whether the AUTHENTICATE_MESSAGE had a MIC, which then fitted.
    pub mic: bool,
}

/// What proved the password.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Proof {
    /// NTLMv2.
    NtlmV2,
    /// NTLMv1 with extended session security.
    NtlmV1Extended,
    /// NTLMv1.
    NtlmV1,
    /// LM, which only an initiator can be made to send.
    Lm,
    /// Nothing: an anonymous login.
    Anonymous,
    /// Someone else's word, such as a domain controller's.
    PassThrough,
}

/// An established context's keys.
pub(super) struct Established {
    /// Made with the first signature: most logins are followed by none, and its two key streams cost as much as the rest of
    /// a login.
    security: Option<SessionSecurity>,
    role: Role,
    /// Whether anything may be signed, SPNEGO's offer first.
    signatures: Result<(), Error>,
    /// Whether messages may be protected.
    messages: Result<(), Error>,
    /// Whether message integrity was agreed on.
    agreed: bool,
    confidential: bool,
    signed_offer_due: bool,
    key: ExportedSessionKey,
    details: Details,
}

impl Established {
    /// From the keys and flags of a finished handshake, and what it showed. `weak_keys`: the policy lets messages be
    /// protected under less than extended session security, 128 bits and key exchange (row D27).
    pub(super) fn new(role: Role, key: ExportedSessionKey, details: Details, weak_keys: bool) -> Self {
        let flags = details.flags;
        let negotiated = Negotiated::from_flags(flags.bits());
        let asked = flags.contains(NegotiateFlags::SIGN) || flags.contains(NegotiateFlags::SEAL);
        let messages = match asked {
            _ if key.is_null_session() => Err(Error::NullSession),
            false => Err(Error::NotNegotiated),
            true if !negotiated.is_strong() && !weak_keys => Err(Error::WeakKey),
            true => Ok(()),
        };
        // Without extended session security a signature is a CRC-32 that anybody can make: it protects no offer.
        let signatures = match negotiated.extended_session_security || weak_keys {
            _ if key.is_null_session() => Err(Error::NullSession),
            true => Ok(()),
            false => Err(Error::WeakKey),
        };
        let confidential = flags.contains(NegotiateFlags::SEAL);
        Self {
            security: None,
            role,
            signatures,
            messages,
            agreed: asked,
            confidential,
            signed_offer_due: details.mic,
            key,
            details,
        }
    }

    /// The services of GSS-API that this context has.
    pub(super) fn context_flags(&self) -> ContextFlags {
        let mut flags = ContextFlags::default();
        if self.messages.is_ok() {
            flags = flags | ContextFlags::INTEGRITY | ContextFlags::REPLAY | ContextFlags::SEQUENCE;
            if self.confidential {
                flags = flags | ContextFlags::CONFIDENTIALITY;
            }
        }
        flags
    }

    fn security(&mut self) -> Result<&mut SessionSecurity, Error> {
        self.signatures?;
        match &mut self.security {
            Some(security) => Ok(security),
            none => {
                let negotiated = Negotiated::from_flags(self.details.flags.bits());
                Ok(none.insert(SessionSecurity::dangerous(&self.key, self.role, &negotiated)?))
            }
        }
    }
}

impl MechanismContext for Established {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, crate::Error> {
        Ok(self.security()?.sign(message)?.to_vec())
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), crate::Error> {
        Ok(self.security()?.verify(message, signature)?)
    }

    /// The signing key has its full length whatever the others have ([MS-NLMP] section 3.4.5.2), so that this asks less than
    /// the protection of messages does. A null session's key is known to all.
    fn can_sign_offer(&self, _: ContextFlags) -> bool {
        self.agreed && self.signatures.is_ok()
    }

    /// Where no message integrity was agreed on there is no signature to demand (RFC 4178 section 5), and neither MIT krb5 nor
    /// Samba sends one. Nobody in between can have brought that about: the MIC covers the flags.
    fn demands_signed_offer(&self) -> bool {
        self.signed_offer_due && self.agreed && self.signatures.is_ok()
    }

    fn offer_was_signed(&mut self) -> Result<(), crate::Error> {
        Ok(self.security()?.restart_key_streams()?)
    }

    fn messages(&mut self) -> Result<&mut dyn MessageProtection, crate::Error> {
        self.messages?;
        Ok(self)
    }

    /// None where everybody knows it (row D29).
    fn session_key(&self) -> &[u8] {
        if self.key.is_null_session() { &[] } else { self.key.expose() }
    }

    fn details(&self) -> &dyn Any {
        &self.details
    }
}

/// What stands around the data of a token.
const LENGTHS: TokenLengths = TokenLengths { header: MessageSignature::LENGTH, trailer: 0, padding: 0 };

/// A token is the signature and the message behind it ([MS-NLMP] section 3.4.6). It does not say whether it is sealed: where
/// SEAL was agreed on all of them are, and where only SIGN was, none.
impl MessageProtection for Established {
    fn get_mic(&mut self, message: &[&[u8]]) -> Result<Vec<u8>, crate::Error> {
        Ok(self.security()?.sign_pieces(message.iter().copied())?.to_vec())
    }

    fn verify_mic(&mut self, message: &[&[u8]], mic: &[u8]) -> Result<(), crate::Error> {
        Ok(self.security()?.verify_pieces(message.iter().copied(), mic)?)
    }

    fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, crate::Error> {
        let mut token = Vec::with_capacity(message.len().saturating_add(MessageSignature::LENGTH));
        token.extend_from_slice(&[0; MessageSignature::LENGTH]);
        token.extend_from_slice(message);
        let (header, inside) = token.split_at_mut(MessageSignature::LENGTH);
        self.wrap_pieces(&mut [Piece::Data(inside)], TokenParts { header, trailer: &mut [] }, protection)?;
        Ok(token)
    }

    fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, crate::Error> {
        // A token without room for a signature is refused there, so that it ends the context as any other that is wrong.
        let (header, message) = token.split_at_mut(token.len().min(MessageSignature::LENGTH));
        let around = TokenParts { header, trailer: &mut [] };
        let protection = self.unwrap_pieces(&mut [Piece::Data(&mut *message)], around)?;
        Ok(Unwrapped { message, protection })
    }

    fn wrap_size_limit(&self, token: usize, _: Protection) -> usize {
        token.saturating_sub(MessageSignature::LENGTH)
    }

    /// The signature stands in front, whatever the protection and the placement.
    fn wrap_lengths(&self, _: usize, _: Protection, _: Placement) -> Result<TokenLengths, crate::Error> {
        Ok(LENGTHS)
    }

    fn wrap_pieces(
        &mut self,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), crate::Error> {
        if protection == Protection::Confidentiality && !self.confidential {
            return Err(Error::NoConfidentiality.into());
        }
        let TokenParts { header, trailer } = around;
        if (header.len(), trailer.len()) != (LENGTHS.header, LENGTHS.trailer) {
            let (header, trailer) = (header.len(), trailer.len());
            return Err(ContextError::Lengths { needed: LENGTHS, header, trailer }.into());
        }
        let confidential = self.confidential;
        let security = self.security()?;
        let signature = if confidential {
            security.seal_pieces(message)?
        } else {
            security.sign_pieces(message.iter().map(Piece::octets))?
        };
        header.copy_from_slice(&signature);
        Ok(())
    }

    fn unwrap_pieces(&mut self, message: &mut [Piece<'_>], around: TokenParts<'_>) -> Result<Protection, crate::Error> {
        let TokenParts { header, trailer } = around;
        let confidential = self.confidential;
        let security = self.security()?;
        // What is no signature is refused as one that is wrong, and ends the context.
        let signature = if trailer.is_empty() { &*header } else { &[] };
        if confidential {
            security.unseal_pieces(message, signature)?;
            return Ok(Protection::Confidentiality);
        }
        let verdict = security.verify_pieces(message.iter().map(Piece::octets), signature);
        if verdict.is_err() {
            message.iter_mut().filter_map(Piece::data).for_each(Zeroize::zeroize);
        }
        verdict?;
        Ok(Protection::Integrity)
    }
}
