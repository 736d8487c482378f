//! Whether an AUTHENTICATE_MESSAGE is to be believed ([MS-NLMP] section 3.2.5.1.2).

mod anonymous;
mod attributes;
mod bindings;
mod challenge;
mod claim;
mod flags;
mod proof;
mod settings;
mod target_name;

pub use settings::{Acceptor, Dangerous};

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::error::Error;
use crate::error::Rejected;
use crate::gss::Oid;
use crate::mechanism::{AcceptorHandshake, AcceptorMechanism, AccountAnswer, Ask, Channel, MechStep, Resume};
use crate::time::Timestamp;
use challenge::Challenged;
use claim::Claim;

impl AcceptorMechanism for Acceptor {
    fn oid(&self) -> Oid<'static> {
        Oid::NTLMSSP
    }

    fn answers_to(&self, oid: Oid<'_>) -> bool {
        oid == Oid::NTLMSSP
    }

    /// By the signature alone: a later message that comes first is then refused as what it is (row D03).
    fn recognises(&self, token: &[u8]) -> bool {
        token.starts_with(b"NTLMSSP\0")
    }

    fn check(&self) -> Result<(), crate::Error> {
        self.settings.check()
    }

    fn accept(&self, channel: &Channel, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        let (token, next) = Challenged::answer(&self.settings, channel, token, now)?;
        Ok(MechStep::Continue { token, next: Box::new(next) })
    }
}

/// The challenge is answered, rightly or not: this state is used up.
impl AcceptorHandshake for Challenged {
    fn accept(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        self.end();
        let claim = examine(&self, token, now)?;
        if claim.is_anonymous() {
            return Ok(admit(claim, AccountAnswer::unknown())?);
        }
        if let Some(accounts) = &self.settings.accounts {
            let answer = accounts.look_up(&claim.question);
            return Ok(admit(claim, answer)?);
        }
        let question = claim.question.into_owned();
        let pending = Pending { challenged: *self, authenticate: token.into(), came: now };
        Ok(MechStep::AskAccount(Ask { question, resume: Box::new(pending) }))
    }
}

/// An AUTHENTICATE_MESSAGE about which only its account is left to ask.
struct Pending {
    challenged: Challenged,
    authenticate: Vec<u8>,
    came: Timestamp,
}

impl Resume<AccountAnswer> for Pending {
    fn resume(self: Box<Self>, answer: AccountAnswer, _now: Timestamp) -> Result<MechStep, Rejected> {
        // As it came through the first time, so it does again: that is cheaper than to keep what came of it.
        let claim = examine(&self.challenged, &self.authenticate, self.came)?;
        Ok(admit(claim, answer)?)
    }
}

/// What can be told without the account, in one order (docs/threats.md, section D): whatever fails ends it.
fn examine<'a>(challenged: &'a Challenged, token: &'a [u8], now: Timestamp) -> Result<Claim<'a>, Error> {
    challenged.check_lifetime(now)?;
    let claim = Claim::read(challenged, token)?;
    flags::check(&claim)?;
    anonymous::check(&claim)?;
    proof::check_kind(&claim)?;
    attributes::check_echo(&claim)?;
    attributes::check_times(&claim, now)?;
    attributes::check_host(&claim)?;
    Ok(claim)
}

/// What it takes the account for. Nothing behind the proof is judged before it, so that only who knows the password learns
/// anything by it.
fn admit(claim: Claim<'_>, answer: AccountAnswer) -> Result<MechStep, Error> {
    let proven = proof::verify(&claim, answer)?;
    let key = proof::session_key(&claim, &proven)?;
    let mic = proof::check_mic(&claim, &key)?;
    let channel_bindings = bindings::compare(&claim)?;
    target_name::check(&claim)?;
    Ok(claim.establish(proven, key, mic, channel_bindings))
}
