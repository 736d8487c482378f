//! The states of an initiator, and the ways between them: the table in the parent room's documentation.

mod error;
mod exchange;

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

pub use error::InitiatorError;
use exchange::Exchange;

use super::first_token::mechanism_of;
use super::message::{MechTypeList, NegState, NegTokenInit, NegTokenResp, NegotiationToken};
use super::{MAX_TOKEN, offer};
use crate::asn1::{Extensions, OctetString};
use crate::context::Context;
use crate::error::Error;
use crate::gss::{InitialToken, Oid};
use crate::mechanism::{Approach, InitiatorHandshake, InitiatorMechanism, InitiatorStep};
use crate::time::Timestamp;

/// Makes the first token of a connection: the offer of `mechanisms`, best first, with the first one's token in it.
///
/// Each of them has what a login takes: the front door has left out those that have not. One that cannot begin for another
/// reason ends it, and once there is a token no other is tried but by the acceptor's choice (row C16).
///
/// # Errors
/// [`InitiatorError::NothingToOffer`], and what the first mechanism has to say.
pub(crate) fn initiate(
    mechanisms: Vec<Arc<dyn InitiatorMechanism>>,
    approach: &Approach,
    now: Timestamp,
) -> Result<InitiatorStep, Error> {
    let first = mechanisms.first().ok_or(InitiatorError::NothingToOffer)?;
    let names: Vec<Oid<'static>> = mechanisms.iter().map(|mechanism| mechanism.oid()).collect();
    let mech_types = MechTypeList::new(&names).map_err(InitiatorError::Offer)?;
    let (mech_token, mechanism) = match first.initiate(approach, now)? {
        InitiatorStep::Continue { token, next } => (Some(token), First::Going(next)),
        InitiatorStep::Established { token, context } => (token, First::Done(Box::new(context))),
    };
    let token = encode_offer(mech_types, mech_token.as_deref())?;
    let exchange = Exchange::open(mechanisms, approach, mech_types)?;
    Ok(InitiatorStep::Continue { token, next: Box::new(Offered { exchange, mechanism }) })
}

/// RFC 4178 section 4.2.1. `reqFlags` is left out, as it recommends.
fn encode_offer(mech_types: MechTypeList<'_>, mech_token: Option<&[u8]>) -> Result<Vec<u8>, InitiatorError> {
    let init = NegTokenInit {
        mech_types,
        req_flags: None,
        mech_token: mech_token.map(OctetString),
        mech_list_mic: None,
        extensions: Extensions::default(),
    };
    let inner = NegotiationToken::NegTokenInit(init).to_der().map_err(InitiatorError::Offer)?;
    InitialToken::encode(Oid::SPNEGO, &[&inner]).map_err(InitiatorError::Frame)
}

/// The offer is made; the first reply tells which mechanism was chosen.
struct Offered {
    exchange: Exchange,
    mechanism: First,
}

/// The first mechanism, whose token went with the offer.
enum First {
    Going(Box<dyn InitiatorHandshake>),
    /// It needs no answer, as Kerberos without mutual authentication.
    Done(Box<Context>),
}

/// A mechanism is chosen, and waits for its next token.
struct InProgress {
    exchange: Exchange,
    mechanism: Box<dyn InitiatorHandshake>,
}

/// The mechanism is done; what is left is the acceptor's last word, and its signature. Until then nobody is logged in.
struct LastWord {
    exchange: Exchange,
    context: Context,
    /// Whether this side's signature went with the mechanism's last token.
    signed: bool,
}

impl InitiatorHandshake for Offered {
    fn step(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<InitiatorStep, Error> {
        let Self { mut exchange, mechanism } = *self;
        let response = exchange.read(token)?;
        let chosen = exchange.chosen(&response)?;
        if response.neg_state == Some(NegState::RequestMic) {
            exchange.require_mic();
        }
        match mechanism {
            _ if chosen != 0 => exchange.restart(chosen, &response, now),
            First::Going(mechanism) => exchange.go_on(mechanism, &response, now),
            First::Done(context) => exchange.last_word(*context, false, &response),
        }
    }
}

impl InitiatorHandshake for InProgress {
    fn step(mut self: Box<Self>, token: &[u8], now: Timestamp) -> Result<InitiatorStep, Error> {
        let response = self.exchange.read_later(token)?;
        self.exchange.go_on(self.mechanism, &response, now)
    }
}

impl InitiatorHandshake for LastWord {
    fn step(mut self: Box<Self>, token: &[u8], _now: Timestamp) -> Result<InitiatorStep, Error> {
        let response = self.exchange.read_later(token)?;
        self.exchange.last_word(self.context, self.signed, &response)
    }
}

/// Decodes what an acceptor may say after an offer: a `NegTokenResp` and nothing else.
///
/// Microsoft's `NegTokenInit2` comes before an offer or not at all, and its hints steer nothing (row C11).
fn parse_response(token: &[u8]) -> Result<NegTokenResp<'_>, InitiatorError> {
    // Row C14.
    if token.len() > MAX_TOKEN {
        return Err(InitiatorError::TokenTooLarge(token.len()));
    }
    match token.first() {
        None => Err(InitiatorError::EmptyToken),
        Some(&super::first_token::NEG_TOKEN_RESP) => match NegotiationToken::parse(token) {
            // Row C02.
            Ok(NegotiationToken::NegTokenResp(response)) if response == NegTokenResp::default() => {
                Err(InitiatorError::EmptyToken)
            }
            Ok(NegotiationToken::NegTokenResp(response)) => Ok(response),
            Ok(NegotiationToken::NegTokenInit(_)) => Err(InitiatorError::NotAResponse),
            Err(error) => Err(InitiatorError::Malformed(error)),
        },
        // RFC 4178 has no way from an offer to a bare token, and what would come of it has an unsigned list of mechanisms.
        Some(_) => Err(match mechanism_of(token) {
            Some(name) if name != Oid::SPNEGO => InitiatorError::Bare(offer::name(name)),
            _ => InitiatorError::NotAResponse,
        }),
    }
}
