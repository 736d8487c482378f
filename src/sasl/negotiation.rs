//! The two messages behind a `GSSAPI` login: what the server offers, what the client chooses (RFC 4752 sections 3.1 and 3.2).
//!
//! ```text
//! offer  = bit-mask of layers, 1 octet | longest token that the server takes, 3 octets
//! choice = bit of the layer, 1 octet   | longest token that the client takes, 3 octets | authorization identity, UTF-8
//! ```
//! Both travel in a token of `GSS_Wrap` that is signed and not sealed.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{Error, Layer, Layers};
use crate::context::{Context, Protection};

/// The longest message that is taken, wrapped: as long as any token of a login.
const MAX_MESSAGE: usize = 65_536;

/// What the server offers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Offer {
    pub(super) layers: Layers,
    pub(super) size: u32,
}

/// What the client chooses.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Choice {
    pub(super) layer: Layer,
    pub(super) size: u32,
    pub(super) authorization_identity: Option<Box<str>>,
}

impl Offer {
    /// The size is 0 where no layer is offered.
    pub(super) fn encode(self) -> [u8; 4] {
        let any = self.layers.iter().any(|layer| layer != Layer::None);
        head(self.layers, if any { self.size } else { 0 })
    }

    /// Without a layer the size is to be 0; the JDK's server sends one all the same, and nobody uses it.
    pub(super) fn parse(message: &[u8]) -> Result<Self, Error> {
        let [bits, size @ ..] = message else { return Err(Error::BadOffer { length: 0 }) };
        let size = be24(size).ok_or(Error::BadOffer { length: message.len() })?;
        Ok(Self { layers: Layers::from_bits(*bits), size })
    }
}

impl Choice {
    pub(super) fn encode(&self) -> Vec<u8> {
        let size = if self.layer == Layer::None { 0 } else { self.size };
        let mut message = head([self.layer].into_iter().collect(), size).to_vec();
        message.extend_from_slice(self.authorization_identity.as_deref().unwrap_or_default().as_bytes());
        message
    }

    /// `offered` is what the server has offered before.
    ///
    /// One layer is chosen, of those. Integrity and confidentiality together are confidentiality, where both were offered:
    /// so clients say it that please Active Directory (Cyrus' `ad_compat`). Without a layer the size is to be 0; clients of
    /// older JDKs send one all the same, and nobody uses it.
    pub(super) fn parse(message: &[u8], offered: Layers) -> Result<Self, Error> {
        let Some((head, identity)) = message.split_at_checked(4) else {
            return Err(Error::BadChoice { length: message.len() });
        };
        let [bits, size @ ..] = head else { return Err(Error::BadChoice { length: message.len() }) };
        let chosen = Layers::from_bits(*bits);
        let both: Layers = [Layer::Integrity, Layer::Confidentiality].into_iter().collect();
        let layer = match (chosen.strongest(), chosen.iter().count()) {
            (Some(layer), 1) => layer,
            (Some(layer), _) if chosen == both && offered.and(both) == both => layer,
            _ => return Err(Error::NotOneLayer { bits: *bits }),
        };
        if chosen.bits() != *bits {
            return Err(Error::NotOneLayer { bits: *bits });
        }
        if !offered.contains(layer) {
            return Err(Error::LayerNotOffered { layer });
        }
        let size = be24(size).ok_or(Error::BadChoice { length: message.len() })?;
        Ok(Self { layer, size, authorization_identity: identity_of(identity)? })
    }
}

/// "The remaining octets [are] the authorization identity … UTF-8, not NUL-terminated"; RFC 4422 section 3.4.1 has no NUL in it.
fn identity_of(octets: &[u8]) -> Result<Option<Box<str>>, Error> {
    match core::str::from_utf8(octets) {
        Ok("") => Ok(None),
        Ok(text) => checked(text).map(|text| Some(text.into())),
        Err(_) => Err(Error::BadAuthorizationIdentity),
    }
}

/// An authorization identity without what disturbs a log, or ends a string of C before its end.
pub(super) fn checked(text: &str) -> Result<&str, Error> {
    if text.chars().any(char::is_control) { Err(Error::BadAuthorizationIdentity) } else { Ok(text) }
}

fn head(layers: Layers, size: u32) -> [u8; 4] {
    let [_, size @ ..] = size.to_be_bytes();
    let [a, b, c] = size;
    [layers.bits(), a, b, c]
}

fn be24(octets: &[u8]) -> Option<u32> {
    let [a, b, c] = *octets else { return None };
    Some(u32::from_be_bytes([0, a, b, c]))
}

/// The token that carries a message of the negotiation.
pub(super) fn wrap(context: &mut Context, message: &[u8]) -> Result<Vec<u8>, crate::Error> {
    context.wrap(message, Protection::Integrity)
}

/// The message in the other side's token, if it is signed and not sealed.
pub(super) fn unwrap(context: &mut Context, token: &[u8]) -> Result<Vec<u8>, crate::Error> {
    if token.len() > MAX_MESSAGE {
        return Err(Error::MessageTooLong { length: token.len(), limit: MAX_MESSAGE }.into());
    }
    let mut token = token.to_vec();
    let unwrapped = context.unwrap(&mut token)?;
    if unwrapped.protection != Protection::Integrity {
        return Err(Error::SealedNegotiation.into());
    }
    Ok(unwrapped.message.to_vec())
}
