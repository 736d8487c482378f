//! Recorded acceptors' replies, taken by the initiator: with mechanisms that repeat what the recorded ones said, it must say what
//! the recorded initiators said, and end as they did.

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;

use super::recorded::{Leg, cases, folder, inner, is_negotiation, legs, offer, response};
use super::scripted::{Toy, context_with};
use super::{UNKNOWN, Went, answer, open};
use crate::error::Error;
use crate::gss::{ContextFlags, Oid};
use crate::mechanism::{
    Approach, InitiatorHandshake, InitiatorMechanism, InitiatorStep, MechanismContext, MessageProtection,
};
use crate::spnego::message::{NegState, NegotiationToken};
use crate::time::Timestamp;

/// A mechanism that repeats the recorded initiator's tokens and signature.
#[derive(Clone)]
struct Repeats {
    name: Oid<'static>,
    says: Vec<Vec<u8>>,
    hears: Vec<Vec<u8>>,
    mech_types: Vec<u8>,
    own: Option<Vec<u8>>,
    theirs: Option<Vec<u8>>,
}

impl Repeats {
    fn next(mut self: Box<Self>) -> InitiatorStep {
        let token = (!self.says.is_empty()).then(|| self.says.remove(0));
        match token {
            Some(token) if !self.says.is_empty() || !self.hears.is_empty() => {
                InitiatorStep::Continue { token, next: self }
            }
            token => {
                InitiatorStep::Established { token, context: context_with(ContextFlags::INTEGRITY, b"alice", self) }
            }
        }
    }
}

impl InitiatorMechanism for Repeats {
    fn oid(&self) -> Oid<'static> {
        self.name
    }

    fn initiate(&self, _: &Approach, _: Timestamp) -> Result<InitiatorStep, Error> {
        Ok(Box::new(self.clone()).next())
    }
}

impl InitiatorHandshake for Repeats {
    fn step(mut self: Box<Self>, token: &[u8], _: Timestamp) -> Result<InitiatorStep, Error> {
        if self.hears.is_empty() || self.hears.remove(0) != token {
            return Err(Toy.into());
        }
        Ok(self.next())
    }
}

impl MechanismContext for Repeats {
    fn sign(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        assert_eq!(message, self.mech_types);
        self.own.take().ok_or_else(|| Toy.into())
    }

    fn verify(&mut self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        assert_eq!(message, self.mech_types);
        if self.theirs.as_deref() == Some(signature) { Ok(()) } else { Err(Toy.into()) }
    }

    /// NTLM whose AUTHENTICATE_MESSAGE leaves room for a MIC ([MS-NLMP] section 2.2.1.3), which all but impacket's have.
    fn demands_signed_offer(&self) -> bool {
        self.name == Oid::NTLMSSP && self.own.is_some()
    }

    fn messages(&mut self) -> Result<&mut dyn MessageProtection, Error> {
        Err(Toy.into())
    }

    fn session_key(&self) -> &[u8] {
        b"key"
    }

    fn details(&self) -> &dyn Any {
        &()
    }
}

/// Reads the mechanisms' part out of a recording: the chosen one, and others that have but a first token.
fn mechanisms(legs: &[Leg]) -> Vec<Arc<dyn InitiatorMechanism>> {
    let NegotiationToken::NegTokenInit(init) = inner(&legs[0].octets) else { panic!("no offer") };
    let optimistic = init.mech_token.map(|token| token.to_vec());
    let rest = || legs[1..].iter().map(|leg| (leg.initiator, response(&leg.octets)));
    let chosen = rest().find_map(|(_, response)| response.supported_mech);
    let chosen = chosen.unwrap_or_else(|| init.mech_types.first().unwrap());
    let tokens =
        |from| rest().filter(move |(initiator, _)| *initiator == from).filter_map(|(_, resp)| resp.response_token);
    let mic = |from| rest().filter(move |(initiator, _)| *initiator == from).find_map(|(_, resp)| resp.mech_list_mic);
    let repeats = |(index, name): (usize, Oid<'_>)| {
        let first = if index == 0 { optimistic.clone() } else { None };
        let is_chosen = name == chosen || (index == 0 && name == Oid::KRB5 && chosen == Oid::KRB5_MICROSOFT);
        let others = tokens(true).map(|token| token.to_vec()).filter(|_| is_chosen);
        let hears = tokens(false).map(|token| token.to_vec());
        let known = [Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::NTLMSSP, Oid::NEGOEX, Oid::IAKERB, UNKNOWN];
        Repeats {
            name: known.into_iter().find(|known| *known == name).unwrap_or(Oid::KRB5_USER_TO_USER),
            says: first.into_iter().chain(others).collect(),
            hears: if is_chosen { hears.collect() } else { Vec::from([Vec::new()]) },
            mech_types: init.mech_types.to_der().unwrap(),
            own: mic(true).map(|mic| mic.to_vec()),
            theirs: mic(false).map(|mic| mic.to_vec()),
        }
    };
    init.mech_types
        .iter()
        .enumerate()
        .map(repeats)
        .map(|one| -> Arc<dyn InitiatorMechanism> { Arc::new(one) })
        .collect()
}

/// Plays the acceptor's side of a recording. What the initiator says must be what was recorded; `negState` and `reqFlags`, which
/// not all of them write, aside. Returns how it ended.
fn replay(name: &str, legs: &[Leg]) -> Result<(), String> {
    let (token, mut state) = open(&mechanisms(legs)).more();
    assert_eq!(offer(&token).to_der(), offer(&legs[0].octets).to_der(), "{name}");
    let (NegotiationToken::NegTokenInit(said), NegotiationToken::NegTokenInit(recorded)) =
        (inner(&token), inner(&legs[0].octets))
    else {
        panic!("{name}")
    };
    if (said.mech_token, said.mech_list_mic) != (recorded.mech_token, recorded.mech_list_mic) {
        return Err("begins otherwise".into());
    }
    let mut replies = legs.iter().skip(1);
    while let Some(leg) = replies.next() {
        assert!(!leg.initiator, "{name}");
        let token = match answer(state, &leg.octets) {
            Went::More(token, next) => {
                state = next;
                token
            }
            Went::Established(Some(token), _) => {
                let Some(leg) = replies.next() else { return Err("has a signature to say".into()) };
                let recorded = response(&leg.octets);
                return if response(&token).mech_list_mic == recorded.mech_list_mic {
                    Ok(())
                } else {
                    Err("signs otherwise".into())
                };
            }
            Went::Established(None, _) => return if replies.next().is_none() { Ok(()) } else { Err("early".into()) },
            Went::Refused(kind) => return Err(kind),
        };
        let Some(recorded) = replies.next() else { return Err("has more to say".into()) };
        let (said, recorded) = (response(&token), response(&recorded.octets));
        if (said.response_token, said.mech_list_mic) != (recorded.response_token, recorded.mech_list_mic) {
            return Err("says otherwise".into());
        }
    }
    Err("waits for more".to_string())
}

/// Where it ends otherwise than the recording, and why:
const OTHERWISE: [(&str, &str); 8] = [
    // The recorded initiator offers without a first token.
    ("spnego-heimdalacc-no-optimistic-mutual", "begins otherwise"),
    // The recorded initiator did not sign, though it was asked to: there is no signature to repeat.
    ("spnego-heimdalacc-ntlm-first-nomic-nomutual", "cannot-sign"),
    ("spnego-ntlm-first-nomic-mutual", "cannot-sign"),
    // Heimdal 7.8 takes another mechanism than the first and signs nothing (RFC 4178 section 5 b IV).
    ("spnego-heimdalacc-ntlm-first-mutual", "mic-required"),
    ("spnego-heimdalacc-ntlm-first-badmic-mutual", "mic-required"),
    ("spnego-heimdalacc-ntlm-first-nomic-mutual", "mic-required"),
    // The acceptor's last word was not recorded, or it had none.
    ("smbclient-smbd-badpw", "waits for more"),
    ("spnego-samba-to-pyspnego", "waits for more"),
];

/// MIT krb5, Heimdal, gss-ntlmssp, Samba, pyspnego and their initiators: gokrb5, the JDK, curl, browsers, impacket and themselves.
#[test]
fn c04_recorded_acceptors() {
    let (mut established, mut refused, mut otherwise) = (0, 0, 0);
    for name in ["mit", "ntlm"] {
        let Some(folder) = folder(name) else {
            std::println!("skipped: no folder with recorded exchanges");
            return;
        };
        for (name, case) in cases(&folder).filter(|(_, case)| is_negotiation(case)) {
            let legs = legs(&case);
            let last = legs.last().filter(|leg| !leg.initiator).map(|leg| response(&leg.octets));
            let ending = replay(&name, &legs);
            if let Some((_, expected)) = OTHERWISE.iter().find(|(known, _)| *known == name) {
                assert_eq!(ending, Err((*expected).into()), "{name}");
                otherwise += 1;
            } else if last.is_some_and(|last| last.neg_state == Some(NegState::Reject)) {
                // One was spoilt in the initiator's very last message: RFC 4178 section 5 b I has it be done with that.
                let done_before = name == "spnego-ntlm-first-badmic-mutual";
                assert_eq!(ending, if done_before { Ok(()) } else { Err("peer-rejected".into()) }, "{name}");
                refused += 1;
            } else {
                assert_eq!(ending, Ok(()), "{name}");
                established += 1;
            }
        }
    }
    std::println!("{established} recorded acceptors end in a login, {refused} in a reject, {otherwise} otherwise");
    assert!(established > 100 && refused > 0, "the folders are there, but too few exchanges are in them");
}
