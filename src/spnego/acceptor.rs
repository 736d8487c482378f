//! The states of an acceptor, and the ways between them: the table in the parent room's documentation.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::first_token::{FirstToken, NEG_TOKEN_INIT, NEG_TOKEN_RESP};
use super::mech_list_mic::{self, Due};
use super::message::{MechTypeList, NegState, NegTokenInit, NegTokenResp, NegotiationToken};
use super::offer::{self, Choice};
use super::reply::{encode, refused_by_mechanism, reject};
use super::{Error, MAX_MIC, MAX_ROUNDS, MAX_TOKEN};
use crate::asn1::{self, OctetString};
use crate::context::Context;
use crate::error::Rejected;
use crate::gss::InitialToken;
use crate::mechanism::{AcceptorHandshake, AcceptorMechanism, Ask, Channel, MechStep, Resume};
use crate::time::Timestamp;

/// Takes the first token of a connection: the state Start.
pub(crate) fn accept(
    mechanisms: &[Arc<dyn AcceptorMechanism>],
    channel: &Channel,
    token: &[u8],
    now: Timestamp,
) -> Result<MechStep, Rejected> {
    check_length(token).map_err(Rejected::silent)?;
    match FirstToken::read(token, mechanisms)? {
        FirstToken::Offer(init) => answer(mechanisms, channel, &init, now),
        FirstToken::Bare(mechanism) if channel.spnego_required => {
            Err(Rejected::silent(Error::NotEnabled(offer::name(mechanism.oid()))))
        }
        FirstToken::Bare(mechanism) => mechanism.accept(channel, token, now),
    }
}

/// A mechanism is chosen, and waits for its first token.
struct NeedToken {
    exchange: Exchange,
    mechanism: Arc<dyn AcceptorMechanism>,
    channel: Channel,
}

/// The mechanism waits for its next token.
struct InProgress {
    exchange: Exchange,
    mechanism: Box<dyn AcceptorHandshake>,
}

/// The mechanism is done, but the initiator's signature of its offer is to come. Until then nobody is logged in (row C05).
struct MicPending {
    exchange: Exchange,
    context: Context,
}

/// The mechanism waits for an answer from outside; the signature that came beside its token waits too.
struct Asked<Answer> {
    exchange: Exchange,
    resume: Box<dyn Resume<Answer>>,
    mic: Option<Vec<u8>>,
}

fn answer(
    mechanisms: &[Arc<dyn AcceptorMechanism>],
    channel: &Channel,
    init: &NegTokenInit<'_>,
    now: Timestamp,
) -> Result<MechStep, Rejected> {
    let choice = offer::choose(&init.mech_types, mechanisms).map_err(reject)?;
    let exchange = Exchange::open(&init.mech_types, &choice)?;
    let need_token =
        |exchange| NeedToken { exchange, mechanism: Arc::clone(choice.mechanism), channel: channel.clone() };
    match (choice.is_first(), init.mech_token, init.mech_list_mic) {
        (true, Some(OctetString(token)), mic) => exchange.begin(&**choice.mechanism, channel, token, octets(mic), now),
        (true, None, None) => need_token(exchange).ask(),
        (true, None, Some(_)) => Err(reject(Error::MicTooEarly)),
        // Row C09: token and signature are the first mechanism's, so they go with it.
        (false, ..) => need_token(exchange).ask(),
    }
}

impl AcceptorHandshake for NeedToken {
    fn accept(mut self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        let response = self.exchange.read(token)?;
        let (token, mic) = mechanism_token(&response).map_err(reject)?;
        self.exchange.begin(&*self.mechanism, &self.channel, token, mic, now)
    }
}

impl NeedToken {
    /// Tells the initiator which mechanism was chosen, and waits for its token.
    fn ask(mut self) -> Result<MechStep, Rejected> {
        let token = self.exchange.reply(NegState::AcceptIncomplete, None, None)?;
        Ok(MechStep::Continue { token, next: Box::new(self) })
    }
}

impl AcceptorHandshake for InProgress {
    fn accept(mut self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        let response = self.exchange.read(token)?;
        let (token, mic) = mechanism_token(&response).map_err(reject)?;
        let step = self.mechanism.accept(token, now).map_err(refused_by_mechanism)?;
        self.exchange.proceed(step, mic)
    }
}

impl AcceptorHandshake for MicPending {
    fn accept(mut self: Box<Self>, token: &[u8], _now: Timestamp) -> Result<MechStep, Rejected> {
        let response = self.exchange.read(token)?;
        let mic = match (response.response_token, response.mech_list_mic) {
            (None, Some(OctetString(mic))) => mic,
            (None, None) => return Err(reject(Error::MicRequired)),
            (Some(_), _) => return Err(reject(Error::UnexpectedField("responseToken"))),
        };
        mech_list_mic::verify(&mut self.context, &self.exchange.mech_types, mic).map_err(reject)?;
        mech_list_mic::exchanged(&mut self.context).map_err(reject)?;
        // Both sides are done and know it: there is nothing left to say (RFC 4178 section 5 b I).
        Ok(MechStep::Established { token: None, context: self.context.carried_by_spnego() })
    }
}

impl<Answer> Resume<Answer> for Asked<Answer> {
    fn resume(self: Box<Self>, answer: Answer, now: Timestamp) -> Result<MechStep, Rejected> {
        let step = self.resume.resume(answer, now).map_err(refused_by_mechanism)?;
        self.exchange.proceed(step, self.mic.as_deref())
    }
}

/// The mechanism's token in the middle of a negotiation, and the signature that came with it.
fn mechanism_token<'t>(response: &NegTokenResp<'t>) -> Result<(&'t [u8], Option<&'t [u8]>), Error> {
    match (response.response_token, response.mech_list_mic) {
        // Row C02.
        (Some(OctetString([])), _) | (None, None) => Err(Error::EmptyToken),
        (Some(OctetString(token)), mic) => Ok((token, octets(mic))),
        (None, Some(_)) => Err(Error::MicTooEarly),
    }
}

fn octets(field: Option<OctetString<'_>>) -> Option<&[u8]> {
    field.map(|OctetString(octets)| octets)
}

/// What every state after the first carries on.
struct Exchange {
    /// The initiator's `MechTypeList` as it came: what the signatures are over.
    mech_types: Vec<u8>,
    /// The chosen one's place in the list, until the initiator was told: only the first reply says it (RFC 4178 section 4.2.2).
    untold: Option<usize>,
    /// Whether the signatures must be exchanged, whatever the mechanism says to it.
    mic_required: bool,
    /// How many messages came from the initiator (row C14).
    rounds: u8,
}

impl Exchange {
    fn open(offer: &MechTypeList<'_>, choice: &Choice<'_>) -> Result<Self, Rejected> {
        let mech_types = offer.to_der().map_err(|error| reject(Error::Malformed(error)))?;
        Ok(Self { mech_types, untold: Some(choice.index), mic_required: choice.mic_required, rounds: 1 })
    }

    /// Takes the initiator's next message, which can only be a `NegTokenResp`, and checks what all states forbid in it.
    fn read<'t>(&mut self, token: &'t [u8]) -> Result<NegTokenResp<'t>, Rejected> {
        self.rounds = self.rounds.saturating_add(1);
        if self.rounds > MAX_ROUNDS {
            return Err(reject(Error::TooManyRounds));
        }
        let response = parse_response(token).map_err(reject)?;
        match response.neg_state {
            // An initiator that gave up waits for no answer.
            Some(NegState::Reject) => return Err(Rejected::silent(Error::PeerRejected)),
            Some(NegState::RequestMic) => return Err(reject(Error::BadNegState)),
            Some(NegState::AcceptCompleted | NegState::AcceptIncomplete) | None => {}
        }
        if response.supported_mech.is_some() {
            return Err(reject(Error::UnexpectedField("supportedMech")));
        }
        Ok(response)
    }

    /// Gives the mechanism its first token.
    fn begin(
        self,
        mechanism: &dyn AcceptorMechanism,
        channel: &Channel,
        token: &[u8],
        mic: Option<&[u8]>,
        now: Timestamp,
    ) -> Result<MechStep, Rejected> {
        if token.is_empty() {
            return Err(reject(Error::EmptyToken));
        }
        offer::check_belongs(token, mechanism).map_err(reject)?;
        let step = mechanism.accept(channel, token, now).map_err(refused_by_mechanism)?;
        self.proceed(step, mic)
    }

    /// Goes on after the mechanism's step. `mic`: the signature that came beside its token.
    fn proceed(mut self, step: MechStep, mic: Option<&[u8]>) -> Result<MechStep, Rejected> {
        match (step, mic) {
            (MechStep::AskReplay(ask), mic) => Ok(MechStep::AskReplay(self.pause(ask, mic))),
            (MechStep::AskAccount(ask), mic) => Ok(MechStep::AskAccount(self.pause(ask, mic))),
            (MechStep::Continue { .. }, Some(_)) => Err(reject(Error::MicTooEarly)),
            (MechStep::Continue { token, next: mechanism }, None) => {
                let token = self.reply(NegState::AcceptIncomplete, Some(&token), None)?;
                Ok(MechStep::Continue { token, next: Box::new(InProgress { exchange: self, mechanism }) })
            }
            (MechStep::Established { token, context }, mic) => {
                // An empty token is none: it would not have the initiator speak once more.
                self.finish(token.as_deref().filter(|token| !token.is_empty()), context, mic)
            }
        }
    }

    fn pause<Question, Answer: 'static>(self, ask: Ask<Question, Answer>, mic: Option<&[u8]>) -> Ask<Question, Answer> {
        // Row C14: one that is longer cannot be right, and neither can what is kept of it.
        let mic = mic.map(|mic| Vec::from(mic.get(..MAX_MIC).unwrap_or(mic)));
        let resume = Box::new(Asked { exchange: self, resume: ask.resume, mic });
        Ask { question: ask.question, resume }
    }

    /// The mechanism is done: what is left are the signatures of the offer.
    fn finish(mut self, token: Option<&[u8]>, mut context: Context, mic: Option<&[u8]>) -> Result<MechStep, Rejected> {
        let required = self.mic_required || context.signatures().demands_signed_offer();
        // Before the first reply, the initiator had no way to know that it has to sign.
        let more_to_come = token.is_some() || self.untold.is_some();
        let due = mech_list_mic::due(required, context.can_sign_offer(), mic, more_to_come).map_err(reject)?;
        if let Due::Verify(mic) = due {
            mech_list_mic::verify(&mut context, &self.mech_types, mic).map_err(reject)?;
        }
        let own = match due {
            Due::Nothing => None,
            Due::Verify(_) | Due::Await => Some(mech_list_mic::sign(&mut context, &self.mech_types).map_err(reject)?),
        };
        if due == Due::Await {
            let token = self.reply(NegState::AcceptIncomplete, token, own.as_deref())?;
            return Ok(MechStep::Continue { token, next: Box::new(MicPending { exchange: self, context }) });
        }
        if own.is_some() {
            mech_list_mic::exchanged(&mut context).map_err(reject)?;
        }
        let token = self.reply(NegState::AcceptCompleted, token, own.as_deref())?;
        Ok(MechStep::Established { token: Some(token), context: context.carried_by_spnego() })
    }

    /// A reply; the first one names the mechanism as the initiator spelt it, and asks for signatures where they are
    /// required (RFC 4178 section 4.2.2), which no later one does.
    fn reply(&mut self, state: NegState, token: Option<&[u8]>, mic: Option<&[u8]>) -> Result<Vec<u8>, Rejected> {
        let untold = self.untold.take();
        let asks = untold.is_some() && self.mic_required && state == NegState::AcceptIncomplete;
        let state = if asks { NegState::RequestMic } else { state };
        asn1::parse("MechTypeList", &self.mech_types)
            .map(|offer: MechTypeList<'_>| untold.and_then(|index| offer.iter().nth(index)))
            .and_then(|mechanism| encode(state, mechanism, token, mic))
            .map_err(|error| reject(Error::Malformed(error)))
    }
}

fn parse_response(token: &[u8]) -> Result<NegTokenResp<'_>, Error> {
    check_length(token)?;
    match token.first() {
        None => Err(Error::EmptyToken),
        Some(&(NEG_TOKEN_INIT | NEG_TOKEN_RESP)) => match NegotiationToken::parse(token) {
            Ok(NegotiationToken::NegTokenResp(response)) if response == NegTokenResp::default() => {
                Err(Error::EmptyToken)
            }
            Ok(NegotiationToken::NegTokenResp(response)) => Ok(response),
            Ok(NegotiationToken::NegTokenInit(_)) => Err(Error::SecondInit),
            Err(error) => Err(Error::Malformed(error)),
        },
        Some(_) if InitialToken::is_framed(token) => Err(Error::SecondInit),
        Some(_) => Err(Error::NotAResponse),
    }
}

/// Row C14.
const fn check_length(token: &[u8]) -> Result<(), Error> {
    if token.len() > MAX_TOKEN { Err(Error::TokenTooLarge(token.len())) } else { Ok(()) }
}
