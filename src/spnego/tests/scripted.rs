//! A mechanism that does what its tokens say, and signs with a toy.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::error::{Error, Fault, Reason, Rejected};
use crate::gss::{ContextFlags, InitialToken, Oid};
use crate::mechanism::{
    AcceptorHandshake, AcceptorMechanism, Approach, Ask, Channel, InitiatorHandshake, InitiatorMechanism,
    InitiatorStep, MechStep, MechanismContext, MessageProtection, ReplayQuestion, ReplayVerdict, Resume,
};
use crate::peer::{NameType, Peer, Principal};
use crate::time::Timestamp;

/// Token -> what the mechanism does: `more` goes on, `done` is done, `last` is done and answers, `blank` with no octets; `fail`
/// refuses with a last word, `hush` with one of no octets, `quiet` with none; `ask ` before any of them asks the replay cache first; ` unsigned`, ` demands` (a signed
/// offer) and ` guest` behind `done` and `last` change the context.
struct Scripted {
    names: &'static [Oid<'static>],
}

/// Kerberos by both its names.
pub(super) fn kerberos() -> Arc<dyn AcceptorMechanism> {
    Arc::new(Scripted { names: &[Oid::KRB5, Oid::KRB5_MICROSOFT] })
}

/// As if NTLM were there.
pub(super) fn ntlm() -> Arc<dyn AcceptorMechanism> {
    Arc::new(Scripted { names: &[Oid::NTLMSSP] })
}

impl AcceptorMechanism for Scripted {
    fn oid(&self) -> Oid<'static> {
        self.names[0]
    }

    fn answers_to(&self, oid: Oid<'_>) -> bool {
        self.names.contains(&oid)
    }

    fn recognises(&self, token: &[u8]) -> bool {
        InitialToken::parse(token).is_ok_and(|frame| frame.mechanism == self.oid())
            || (self.oid() == Oid::NTLMSSP && token.starts_with(b"NTLMSSP\0"))
    }

    fn check(&self) -> Result<(), crate::Error> {
        Ok(())
    }

    fn accept(&self, _: &Channel, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        AcceptorHandshake::accept(Box::new(Waiting), token, now)
    }
}

struct Waiting;

impl AcceptorHandshake for Waiting {
    fn accept(self: Box<Self>, token: &[u8], _: Timestamp) -> Result<MechStep, Rejected> {
        let script = InitialToken::parse(token).map_or(token, |frame| frame.inner);
        play(&String::from_utf8_lossy(script))
    }
}

struct Paused(String);

impl Resume<ReplayVerdict> for Paused {
    fn resume(self: Box<Self>, answer: ReplayVerdict, _: Timestamp) -> Result<MechStep, Rejected> {
        if answer == ReplayVerdict::Fresh { play(&self.0) } else { play("fail") }
    }
}

fn play(script: &str) -> Result<MechStep, Rejected> {
    if let Some(rest) = script.strip_prefix("ask ") {
        return Ok(MechStep::AskReplay(Ask { question: question(), resume: Box::new(Paused(rest.into())) }));
    }
    let (word, rest) = script.split_once(' ').unwrap_or((script, ""));
    match word {
        "more" => Ok(MechStep::Continue { token: b"next".to_vec(), next: Box::new(Waiting) }),
        "done" => Ok(MechStep::Established { token: None, context: context(rest, Side::Acceptor) }),
        "last" => Ok(MechStep::Established { token: Some(b"final".to_vec()), context: context(rest, Side::Acceptor) }),
        "blank" => Ok(MechStep::Established { token: Some(Vec::new()), context: context(rest, Side::Acceptor) }),
        "fail" => Err(Rejected { error: Toy.into(), token: Some(b"word".to_vec()) }),
        "hush" => Err(Rejected { error: Toy.into(), token: Some(Vec::new()) }),
        _ => Err(Rejected::silent(Toy)),
    }
}

pub(super) fn question() -> ReplayQuestion {
    ReplayQuestion {
        fingerprint: [7; 16],
        client: 7,
        stamped: super::NOW,
        timely_until: super::NOW,
        expires: super::NOW,
    }
}

/// An initiator's mechanism, which does what the acceptor's tokens say: `more` goes on, `done` is done, `last` is done and
/// answers, `fail` refuses. In a loop with the acceptor's, `next` has it say its last word and `final` has it be done.
#[derive(Clone, Copy)]
pub(super) struct Initiating {
    pub(super) name: Oid<'static>,
    /// Its first token.
    pub(super) first: &'static str,
    /// Whether it is done with that.
    pub(super) done: bool,
    /// What is special about the context, on both sides.
    pub(super) about: &'static str,
}

impl Initiating {
    pub(super) fn shared(self) -> Arc<dyn InitiatorMechanism> {
        Arc::new(self)
    }

    /// The word that has the acceptor's side be done.
    fn last_word(self) -> Vec<u8> {
        alloc::format!("done {}", self.about).into_bytes()
    }

    fn established(self, token: Option<Vec<u8>>) -> InitiatorStep {
        InitiatorStep::Established { token, context: context(self.about, Side::Initiator) }
    }
}

impl InitiatorMechanism for Initiating {
    fn oid(&self) -> Oid<'static> {
        self.name
    }

    fn initiate(&self, _: &Approach, _: Timestamp) -> Result<InitiatorStep, Error> {
        let token = alloc::format!("{} {}", self.first, self.about).trim_end().as_bytes().to_vec();
        Ok(match self.first {
            "fail" => return Err(Toy.into()),
            _ if self.done => self.established(Some(token)),
            _ => InitiatorStep::Continue { token, next: Box::new(*self) },
        })
    }
}

impl InitiatorHandshake for Initiating {
    fn step(self: Box<Self>, token: &[u8], _: Timestamp) -> Result<InitiatorStep, Error> {
        Ok(match token {
            b"more" => InitiatorStep::Continue { token: b"next".to_vec(), next: self },
            b"done" | b"final" => self.established(None),
            b"blank" => self.established(Some(Vec::new())),
            b"last" => self.established(Some(b"final".to_vec())),
            b"next" => self.established(Some(self.last_word())),
            _ => return Err(Toy.into()),
        })
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Acceptor,
    Initiator,
}

fn context(about: &str, side: Side) -> Context {
    let flags = if about == "unsigned" { ContextFlags::MUTUAL } else { ContextFlags::INTEGRITY };
    let name = if about == "guest" { &b"guest"[..] } else { b"alice" };
    context_with(flags, name, Box::new(ToySignatures { side, demands: about == "demands", restarts: Restarts(0) }))
}

pub(super) fn context_with(flags: ContextFlags, name: &[u8], protection: Box<dyn MechanismContext>) -> Context {
    let peer = Principal::new(b"EXAMPLE.COM", NameType::PRINCIPAL, [name]).unwrap();
    let facts = Facts {
        mechanism: Mechanism::Kerberos,
        peer: Peer::Kerberos(peer),
        acceptor: None,
        flags,
        expires_at: None,
        channel_bindings: BindingsStatus::NotChecked,
        delegated_credential: None,
        authorization: None,
    };
    Context::new(facts, protection)
}

/// Signs with a checksum anyone can compute (FNV-1a), one for each direction.
struct ToySignatures {
    side: Side,
    demands: bool,
    restarts: Restarts,
}

/// How often a context was told that its offer is signed.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Restarts(pub(super) u8);

impl MechanismContext for ToySignatures {
    fn messages(&mut self) -> Result<&mut dyn MessageProtection, Error> {
        Err(Toy.into())
    }

    fn session_key(&self) -> &[u8] {
        b"key"
    }

    fn details(&self) -> &dyn Any {
        &self.restarts
    }

    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        Ok(if self.side == Side::Acceptor { acceptor_mic(message) } else { initiator_mic(message) })
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let expected = if self.side == Side::Acceptor { initiator_mic(message) } else { acceptor_mic(message) };
        if signature == expected { Ok(()) } else { Err(Toy.into()) }
    }

    fn demands_signed_offer(&self) -> bool {
        self.demands
    }

    fn offer_was_signed(&mut self) -> Result<(), Error> {
        self.restarts.0 += 1;
        Ok(())
    }
}

pub(super) fn acceptor_mic(message: &[u8]) -> Vec<u8> {
    signature(b"acceptor", message)
}

pub(super) fn initiator_mic(message: &[u8]) -> Vec<u8> {
    signature(b"initiator", message)
}

fn signature(side: &[u8], message: &[u8]) -> Vec<u8> {
    let sum = side
        .iter()
        .chain(message)
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, octet| (sum ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3));
    sum.to_be_bytes().to_vec()
}

/// The toy's only error.
#[derive(Debug)]
pub(super) struct Toy;

impl fmt::Display for Toy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the toy does not like it")
    }
}

impl core::error::Error for Toy {}

impl Reason for Toy {
    fn fault(&self) -> Fault {
        Fault::Time
    }

    fn kind(&self) -> &'static str {
        "toy"
    }
}
