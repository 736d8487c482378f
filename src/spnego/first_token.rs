//! What a connection begins with: a negotiation, a mechanism's own bare token, or something to name in the log.

use alloc::sync::Arc;

use super::error::Offered;
use super::message::{NegTokenInit, NegotiationToken};
use super::{Error, offer, reply};
use crate::error::Rejected;
use crate::gss::{InitialToken, Oid};
use crate::mechanism::AcceptorMechanism;

/// A first token that somebody here takes.
pub(super) enum FirstToken<'t, 'm> {
    /// RFC 4178 section 4.2.1.
    Offer(NegTokenInit<'t>),
    /// A mechanism's own token without SPNEGO, as RFC 4559 section 4 lets it come.
    Bare(&'m dyn AcceptorMechanism),
}

impl<'t, 'm> FirstToken<'t, 'm> {
    /// Tells the first token's kind. Only who speaks SPNEGO is answered in SPNEGO when refused.
    pub(super) fn read(token: &'t [u8], mechanisms: &'m [Arc<dyn AcceptorMechanism>]) -> Result<Self, Rejected> {
        let frame = InitialToken::parse(token);
        if let Ok(InitialToken { mechanism: Oid::SPNEGO, inner }) = frame {
            return match NegotiationToken::parse(inner) {
                Ok(NegotiationToken::NegTokenInit(init)) => Ok(Self::Offer(init)),
                Ok(NegotiationToken::NegTokenResp(_)) => Err(reply::reject(Error::NotAFirstToken)),
                Err(error) => Err(reply::reject(Error::Malformed(error))),
            };
        }
        match mechanisms.iter().find(|mechanism| mechanism.recognises(token)) {
            Some(mechanism) => Ok(Self::Bare(&**mechanism)),
            None => Err(refuse(token, frame)),
        }
    }
}

/// Names what nobody takes, for the operator.
fn refuse(token: &[u8], frame: Result<InitialToken<'_>, crate::gss::Error>) -> Rejected {
    let error = match (signature(token), frame) {
        (Some(Oid::NTLMSSP), _) => Error::Ntlm(Offered::Bare),
        (Some(_), _) => Error::NegoEx(Offered::Bare),
        (None, Ok(frame)) => framed(frame),
        (None, Err(error)) => match token.first() {
            None => Error::EmptyToken,
            Some(&NEG_TOKEN_INIT | &NEG_TOKEN_RESP) => return reply::reject(Error::NotAFirstToken),
            Some(&KRB_ERROR) => Error::InitiatorError,
            Some(_) if InitialToken::is_framed(token) => Error::Frame(error),
            Some(_) => Error::Unrecognised,
        },
    };
    Rejected::silent(error)
}

fn framed(frame: InitialToken<'_>) -> Error {
    match frame.mechanism {
        Oid::NTLMSSP => Error::Ntlm(Offered::Bare),
        Oid::NEGOEX => Error::NegoEx(Offered::Bare),
        _ if frame.inner.starts_with(TOK_ID_KRB_ERROR) => Error::InitiatorError,
        mechanism => Error::NotEnabled(offer::name(mechanism)),
    }
}

/// The mechanism of a token that says so itself, by its signature or its frame. What follows is not looked at.
pub(super) fn mechanism_of(token: &[u8]) -> Option<Oid<'_>> {
    signature(token).or_else(|| InitialToken::parse(token).ok().map(|frame| frame.mechanism))
}

/// The signatures of [MS-NLMP] section 2.2.1 and [MS-NEGOEX] section 2.2.6.2.
fn signature(token: &[u8]) -> Option<Oid<'static>> {
    match token.first_chunk::<8>()? {
        b"NTLMSSP\0" => Some(Oid::NTLMSSP),
        b"NEGOEXTS" => Some(Oid::NEGOEX),
        _ => None,
    }
}

/// The tag of a `NegTokenInit` among the `NegotiationToken`s (RFC 4178 section 4.2).
pub(super) const NEG_TOKEN_INIT: u8 = 0xa0;
/// The tag of a `NegTokenResp` among the `NegotiationToken`s (RFC 4178 section 4.2).
pub(super) const NEG_TOKEN_RESP: u8 = 0xa1;
/// The tag of a `KRB-ERROR` (RFC 4120 section 5.9.1).
const KRB_ERROR: u8 = 0x7e;
/// The token identifier of a `KRB-ERROR` inside the frame (RFC 4121 section 4.1).
const TOK_ID_KRB_ERROR: &[u8] = b"\x03\x00";
