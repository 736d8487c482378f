//! What every state of an initiator carries on, and what it does with the acceptor's answers.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{InProgress, InitiatorError, LastWord, parse_response};
use crate::asn1::{self, OctetString};
use crate::context::Context;
use crate::error::Error;
use crate::gss::Oid;
use crate::mechanism::{Approach, InitiatorHandshake, InitiatorMechanism, InitiatorStep};
use crate::spnego::message::{MechTypeList, NegState, NegTokenResp};
use crate::spnego::{MAX_ROUNDS, offer, reply};
use crate::time::Timestamp;

/// What every state after the offer carries on.
pub(super) struct Exchange {
    mechanisms: Vec<Arc<dyn InitiatorMechanism>>,
    approach: Approach,
    /// The `MechTypeList` as it was sent: what the signatures are over.
    mech_types: Vec<u8>,
    /// Whether the signatures must be exchanged: another than the first mechanism was chosen, or the acceptor asked for them.
    mic_required: bool,
    /// How many messages came from the acceptor (row C14).
    rounds: u8,
}

impl Exchange {
    pub(super) fn open(
        mechanisms: Vec<Arc<dyn InitiatorMechanism>>,
        approach: &Approach,
        offer: MechTypeList<'_>,
    ) -> Result<Self, InitiatorError> {
        let mech_types = offer.to_der().map_err(InitiatorError::Offer)?;
        Ok(Self { mechanisms, approach: approach.clone(), mech_types, mic_required: false, rounds: 0 })
    }

    /// Takes the acceptor's next message.
    pub(super) fn read<'t>(&mut self, token: &'t [u8]) -> Result<NegTokenResp<'t>, InitiatorError> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MAX_ROUNDS {
            return Err(InitiatorError::TooManyRounds);
        }
        parse_response(token)
    }

    /// Takes a message that is not the first, and checks what is for the first alone (RFC 4178 section 4.2.2, row C03).
    pub(super) fn read_later<'t>(&mut self, token: &'t [u8]) -> Result<NegTokenResp<'t>, InitiatorError> {
        let response = self.read(token)?;
        if response.supported_mech.is_some() {
            return Err(InitiatorError::UnexpectedField("supportedMech"));
        }
        if response.neg_state == Some(NegState::RequestMic) {
            return Err(InitiatorError::BadNegState);
        }
        Ok(response)
    }

    /// Which of the offers was chosen (row C03). RFC 4178 section 4.2.2 has the first reply say it; where it does not, as with
    /// some acceptors of Java, there is only the mechanism whose token was sent.
    pub(super) fn chosen(&self, response: &NegTokenResp<'_>) -> Result<usize, InitiatorError> {
        let Some(name) = response.supported_mech else { return Ok(0) };
        let place = self.mechanisms.iter().position(|mechanism| is_same(mechanism.oid(), name));
        place.ok_or_else(|| InitiatorError::MechNotOffered(offer::name(name)))
    }

    pub(super) fn require_mic(&mut self) {
        self.mic_required = true;
    }

    /// Another than the first mechanism was chosen: it begins anew, and the signatures must be exchanged (row C04). Windows
    /// Server 2003 says accept-incomplete instead of request-mic here; that changes nothing.
    pub(super) fn restart(
        mut self,
        chosen: usize,
        response: &NegTokenResp<'_>,
        now: Timestamp,
    ) -> Result<InitiatorStep, Error> {
        refuse_reject(response)?;
        check_unfinished(response)?;
        // The token that an answer could be to was another mechanism's.
        if response.response_token.is_some() {
            return Err(InitiatorError::UnexpectedField("responseToken").into());
        }
        self.mic_required = true;
        let mechanism = self.mechanisms.get(chosen).map(Arc::clone).ok_or(InitiatorError::NothingToOffer)?;
        match mechanism.initiate(&self.approach, now)? {
            InitiatorStep::Continue { token, next } => self.send(&token, next),
            InitiatorStep::Established { token, context } => self.send_last(&token.unwrap_or_default(), context),
        }
    }

    /// Gives the mechanism its next token.
    pub(super) fn go_on(
        self,
        mechanism: Box<dyn InitiatorHandshake>,
        response: &NegTokenResp<'_>,
        now: Timestamp,
    ) -> Result<InitiatorStep, Error> {
        let token = match (response.neg_state, response.response_token) {
            (Some(NegState::Reject), Some(OctetString(word))) if !word.is_empty() => {
                // The mechanism's last word tells more than SPNEGO's, if it is an error. It is believed in nothing else.
                return Err(mechanism.step(word, now).err().unwrap_or_else(|| InitiatorError::PeerRejected.into()));
            }
            (Some(NegState::Reject), _) => return Err(InitiatorError::PeerRejected.into()),
            (Some(NegState::AcceptCompleted), None) => return Err(InitiatorError::CompletedEarly.into()),
            (_, None | Some(OctetString([]))) => return Err(InitiatorError::EmptyToken.into()),
            (_, Some(OctetString(token))) => token,
        };
        match mechanism.step(token, now)? {
            InitiatorStep::Continue { token, next } => {
                check_unfinished(response)?;
                self.send(&token, next)
            }
            InitiatorStep::Established { token: Some(token), context } if !token.is_empty() => {
                check_unfinished(response)?;
                self.send_last(&token, context)
            }
            InitiatorStep::Established { context, .. } => self.finish(context, false, response),
        }
    }

    fn send(self, token: &[u8], mechanism: Box<dyn InitiatorHandshake>) -> Result<InitiatorStep, Error> {
        let token = encode(NegState::AcceptIncomplete, Some(token), None)?;
        Ok(InitiatorStep::Continue { token, next: Box::new(InProgress { exchange: self, mechanism }) })
    }

    /// RFC 4178 section 5 c: the mechanism's last token is this side's, and the signature belongs beside it.
    fn send_last(self, token: &[u8], mut context: Context) -> Result<InitiatorStep, Error> {
        let signed = self.is_mic_required(&mut context)?;
        let mic = if signed { Some(self.sign(&mut context)?) } else { None };
        let token = encode(NegState::AcceptIncomplete, Some(token), mic.as_deref())?;
        let next = Box::new(LastWord { exchange: self, context, signed });
        Ok(InitiatorStep::Continue { token, next })
    }

    /// The acceptor's answer after the mechanism was done.
    pub(super) fn last_word(
        self,
        context: Context,
        signed: bool,
        response: &NegTokenResp<'_>,
    ) -> Result<InitiatorStep, Error> {
        refuse_reject(response)?;
        if response.response_token.is_some() {
            return Err(InitiatorError::UnexpectedField("responseToken").into());
        }
        self.finish(context, signed, response)
    }

    /// The mechanism is done on both sides: what is left are the signatures of the offer. `signed`: this side's is sent.
    fn finish(self, mut context: Context, signed: bool, response: &NegTokenResp<'_>) -> Result<InitiatorStep, Error> {
        let required = self.is_mic_required(&mut context)?;
        let completed = response.neg_state == Some(NegState::AcceptCompleted);
        let Some(OctetString(mic)) = response.mech_list_mic else {
            return match (required, completed) {
                // RFC 4178 section 5 b IV and c I: without exception, also where this side's own was sent.
                (true, _) => Err(InitiatorError::MicRequired.into()),
                (false, true) => established(None, context),
                (false, false) => Err(InitiatorError::NotCompleted.into()),
            };
        };
        context.signatures().verify(&self.mech_types, mic).map_err(InitiatorError::BadMic)?;
        match (signed, completed) {
            (true, true) => {
                context.signatures().offer_was_signed()?;
                established(None, context)
            }
            (true, false) => Err(InitiatorError::NotCompleted.into()),
            // The acceptor is done without this side's signature; that the list arrived whole is shown by its own.
            (false, true) => established(None, context),
            // Sections 5 b I and c IV.
            (false, false) => {
                let own = self.sign(&mut context)?;
                context.signatures().offer_was_signed()?;
                established(Some(encode(NegState::AcceptCompleted, None, Some(&own))?), context)
            }
        }
    }

    fn is_mic_required(&self, context: &mut Context) -> Result<bool, InitiatorError> {
        let required = self.mic_required || context.signatures().demands_signed_offer();
        // Row C06: a signature that protects nothing does not count.
        if required && !context.can_sign_offer() { Err(InitiatorError::MicUnavailable) } else { Ok(required) }
    }

    fn sign(&self, context: &mut Context) -> Result<Vec<u8>, InitiatorError> {
        context.signatures().sign(&self.mech_types).map_err(InitiatorError::CannotSign)
    }
}

fn established(token: Option<Vec<u8>>, context: Context) -> Result<InitiatorStep, Error> {
    Ok(InitiatorStep::Established { token, context: context.carried_by_spnego() })
}

fn refuse_reject(response: &NegTokenResp<'_>) -> Result<(), InitiatorError> {
    if response.neg_state == Some(NegState::Reject) { Err(InitiatorError::PeerRejected) } else { Ok(()) }
}

/// Refuses an answer that speaks of an end while this side still has a token to send.
fn check_unfinished(response: &NegTokenResp<'_>) -> Result<(), InitiatorError> {
    if response.neg_state == Some(NegState::AcceptCompleted) {
        return Err(InitiatorError::CompletedEarly);
    }
    if response.mech_list_mic.is_some() {
        return Err(InitiatorError::MicTooEarly);
    }
    Ok(())
}

/// Kerberos has two names (SECURITY 2c, [MS-SPNG] section 3.1.5.2), and acceptors answer one with the other.
fn is_same(offered: Oid<'_>, named: Oid<'_>) -> bool {
    let kerberos = [Oid::KRB5, Oid::KRB5_MICROSOFT];
    offered == named || (kerberos.contains(&offered) && kerberos.contains(&named))
}

fn encode(state: NegState, token: Option<&[u8]>, mic: Option<&[u8]>) -> Result<Vec<u8>, InitiatorError> {
    reply::encode(state, None, token, mic).map_err(|error: asn1::Error| InitiatorError::Offer(error))
}
