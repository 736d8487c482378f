//! Both sides against mechanisms that do what their tokens say, and messages put together by hand.

mod both_sides;
mod initiator_rows;
mod initiator_table;
#[cfg(feature = "std")]
mod recorded;
#[cfg(feature = "std")]
mod recorded_replies;
mod rows;
mod scripted;
mod table;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::context::Context;
use crate::error::Rejected;
use crate::gss::{InitialToken, Oid};
use crate::mechanism::{
    AcceptorHandshake, AcceptorMechanism, AccountAnswer, Approach, Channel, InitiatorHandshake, InitiatorMechanism,
    InitiatorStep, MechStep, ReplayVerdict,
};
use crate::peer::Target;
use crate::time::Timestamp;

pub(super) const NOW: Timestamp = Timestamp::from_seconds(1_795_377_523);
pub(super) const UNKNOWN: Oid<'static> = Oid::from_octets(b"\x2b\x06\x01\x04\x01\x86\x8d\x1f\x01");
/// An NTLM NEGOTIATE_MESSAGE, its head.
pub(super) const NTLM_TOKEN: &[u8] = b"NTLMSSP\0\x01\0\0\0\x15\x82\x08\x62";
/// `NegTokenResp { negState reject }`, as MIT krb5 and Heimdal write it.
pub(super) const REJECT: &[u8] = b"\xa1\x07\x30\x05\xa0\x03\x0a\x01\x02";

pub(super) const COMPLETED: Option<u8> = Some(0);
pub(super) const INCOMPLETE: Option<u8> = Some(1);
pub(super) const REQUEST_MIC: Option<u8> = Some(3);

/// Tag, length, content (X.690 section 8.1), by hand: the tests must not believe the room's own encoder.
pub(super) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = alloc::vec![tag];
    match content.len() {
        length @ 0..0x80 => out.push(u8::try_from(length).unwrap()),
        length => {
            let octets: Vec<u8> = length.to_be_bytes().into_iter().skip_while(|octet| *octet == 0).collect();
            out.push(0x80 | u8::try_from(octets.len()).unwrap());
            out.extend(octets);
        }
    }
    out.extend_from_slice(content);
    out
}

fn field(number: u8, tag: u8, content: Option<&[u8]>) -> Vec<u8> {
    content.map_or_else(Vec::new, |content| tlv(0xa0 | number, &tlv(tag, content)))
}

/// The `MechTypeList` alone: what the signatures are over.
pub(super) fn mech_types(names: &[Oid<'_>]) -> Vec<u8> {
    tlv(0x30, &names.iter().flat_map(|name| tlv(0x06, name.as_octets())).collect::<Vec<_>>())
}

pub(super) fn init(names: &[Oid<'_>], token: Option<&[u8]>, mic: Option<&[u8]>) -> Vec<u8> {
    let fields = [tlv(0xa0, &mech_types(names)), field(2, 0x04, token), field(3, 0x04, mic)].concat();
    InitialToken::encode(Oid::SPNEGO, &[&tlv(0xa0, &tlv(0x30, &fields))]).unwrap()
}

pub(super) fn resp(state: Option<u8>, mech: Option<Oid<'_>>, token: Option<&[u8]>, mic: Option<&[u8]>) -> Vec<u8> {
    let fields = [
        field(0, 0x0a, state.as_ref().map(core::slice::from_ref)),
        field(1, 0x06, mech.map(Oid::as_octets)),
        field(2, 0x04, token),
        field(3, 0x04, mic),
    ]
    .concat();
    tlv(0xa1, &tlv(0x30, &fields))
}

pub(super) fn raw(mechanism: Oid<'_>, inner: &[u8]) -> Vec<u8> {
    InitialToken::encode(mechanism, &[inner]).unwrap()
}

/// What a step came to, with the questions answered.
pub(super) enum Came {
    More(Vec<u8>, Box<dyn AcceptorHandshake>),
    Established(Option<Vec<u8>>, Context),
    Refused(String, Option<Vec<u8>>),
}

impl Came {
    pub(super) fn of(mut step: Result<MechStep, Rejected>) -> Self {
        loop {
            step = match step {
                Ok(MechStep::AskReplay(ask)) => ask.resume.resume(ReplayVerdict::Fresh, NOW),
                Ok(MechStep::AskAccount(ask)) => ask.resume.resume(AccountAnswer::unknown(), NOW),
                Ok(MechStep::Continue { token, next }) => return Self::More(token, next),
                Ok(MechStep::Established { token, context }) => return Self::Established(token, context),
                Err(Rejected { error, token }) => return Self::Refused(error.kind().into(), token),
            }
        }
    }

    pub(super) fn more(self) -> (Vec<u8>, Box<dyn AcceptorHandshake>) {
        match self {
            Self::More(token, next) => (token, next),
            Self::Established(..) => panic!("established"),
            Self::Refused(kind, _) => panic!("refused: {kind}"),
        }
    }

    pub(super) fn established(self) -> (Option<Vec<u8>>, Context) {
        match self {
            Self::Established(token, context) => (token, context),
            Self::More(token, _) => panic!("goes on with {token:x?}"),
            Self::Refused(kind, _) => panic!("refused: {kind}"),
        }
    }

    pub(super) fn refused(self) -> (String, Option<Vec<u8>>) {
        match self {
            Self::Refused(kind, token) => (kind, token),
            Self::More(token, _) => panic!("goes on with {token:x?}"),
            Self::Established(..) => panic!("established"),
        }
    }
}

/// What an initiator's step came to.
pub(super) enum Went {
    More(Vec<u8>, Box<dyn InitiatorHandshake>),
    Established(Option<Vec<u8>>, Context),
    Refused(String),
}

impl Went {
    pub(super) fn of(step: Result<InitiatorStep, crate::Error>) -> Self {
        match step {
            Ok(InitiatorStep::Continue { token, next }) => Self::More(token, next),
            Ok(InitiatorStep::Established { token, context }) => Self::Established(token, context),
            Err(error) => Self::Refused(error.kind().into()),
        }
    }

    pub(super) fn more(self) -> (Vec<u8>, Box<dyn InitiatorHandshake>) {
        match self {
            Self::More(token, next) => (token, next),
            Self::Established(..) => panic!("established"),
            Self::Refused(kind) => panic!("refused: {kind}"),
        }
    }

    pub(super) fn established(self) -> (Option<Vec<u8>>, Context) {
        match self {
            Self::Established(token, context) => (token, context),
            Self::More(token, _) => panic!("goes on with {token:x?}"),
            Self::Refused(kind) => panic!("refused: {kind}"),
        }
    }

    pub(super) fn refused(self) -> String {
        match self {
            Self::Refused(kind) => kind,
            Self::More(token, _) => panic!("goes on with {token:x?}"),
            Self::Established(..) => panic!("established"),
        }
    }
}

pub(super) fn approach() -> Approach {
    Approach { target: Target::new("HTTP", "web.example.com").unwrap(), bindings: None }
}

/// An initiator's first step.
pub(super) fn open(mechanisms: &[Arc<dyn InitiatorMechanism>]) -> Went {
    Went::of(super::initiate(mechanisms.to_vec(), &approach(), NOW))
}

/// An initiator's later step.
pub(super) fn answer(state: Box<dyn InitiatorHandshake>, token: &[u8]) -> Went {
    Went::of(state.step(token, NOW))
}

/// The first step in the form of the others.
struct Start(Vec<Arc<dyn AcceptorMechanism>>);

impl AcceptorHandshake for Start {
    fn accept(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        super::accept(&self.0, &Channel::default(), token, now)
    }
}

pub(super) fn begin(mechanisms: Vec<Arc<dyn AcceptorMechanism>>) -> Box<dyn AcceptorHandshake> {
    Box::new(Start(mechanisms))
}

/// One step of an acceptor that has the scripted Kerberos only.
pub(super) fn first(token: &[u8]) -> Came {
    Came::of(begin(alloc::vec![scripted::kerberos()]).accept(token, NOW))
}

pub(super) fn then(state: Box<dyn AcceptorHandshake>, token: &[u8]) -> Came {
    Came::of(state.accept(token, NOW))
}
