//! The NTLM initiator: the examples of [MS-NLMP] section 4.2, every recorded challenge, its policies, and what is not sound.

#![cfg(feature = "ntlm")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod examples;
mod hostile;
#[cfg(feature = "std")]
mod loopback;
mod made;
mod policies;
mod recorded;

use negotiate::ntlm::message::{AuthenticateMessage, Challenge, ChallengeMessage, NegotiateFlags, NegotiateMessage};
use negotiate::ntlm::{self, Credential};
use negotiate::random::{Randomness, Unavailable};
use negotiate::{Context, Error, Initiate, Initiator, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
/// What most tests log in to.
pub(crate) const TARGET: &str = "HTTP@web.ad.example.com";

/// ChallengeFromClient, ExportedSessionKey and MachineID, all 56 octets in one go.
pub(crate) struct Fixed;

pub(crate) const CLIENT_CHALLENGE: [u8; 8] = [0xaa; 8];
pub(crate) const SESSION_KEY: [u8; 16] = [0x55; 16];
pub(crate) const MACHINE_ID: [u8; 32] = [0x33; 32];

impl Randomness for Fixed {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        assert_eq!(out.len(), 56);
        out.copy_from_slice(&[&CLIENT_CHALLENGE[..], &SESSION_KEY, &MACHINE_ID].concat());
        Ok(())
    }
}

/// Alice, by password.
pub(crate) fn alice() -> ntlm::Initiator {
    ntlm::Initiator::new(Credential::with_password(r"ADEX\alice", "Alice-Pw-1").unwrap()).randomness(Fixed)
}

/// What a bare login came to.
#[derive(Debug)]
pub(crate) struct Login {
    pub(crate) negotiate: Vec<u8>,
    pub(crate) authenticate: Vec<u8>,
    pub(crate) context: Context,
}

impl Login {
    pub(crate) fn message(&self) -> AuthenticateMessage<'_> {
        AuthenticateMessage::parse(&self.authenticate).unwrap()
    }

    pub(crate) fn details(&self) -> &ntlm::Details {
        self.context.details().unwrap()
    }
}

/// A bare login with this challenge.
pub(crate) fn bare(initiator: impl Into<ntlm::Initiator>, challenge: &[u8], now: Timestamp) -> Result<Login, Error> {
    let builder = Initiator::builder(TARGET.parse().unwrap()).ntlm(initiator).bare();
    answer(&builder.build()?, challenge, now)
}

/// The answer of one that is bare.
pub(crate) fn answer(initiator: &Initiator, challenge: &[u8], now: Timestamp) -> Result<Login, Error> {
    let Initiate::NeedsToken { token: negotiate, next } = initiator.initiate(now)? else { panic!("no answer needed") };
    assert_eq!(NegotiateMessage::parse(&negotiate).unwrap().meaning().encode().unwrap(), negotiate);
    let Initiate::Established { token, context } = next.step(challenge, now)? else { panic!("a third token") };
    Ok(Login { negotiate, authenticate: token.unwrap(), context })
}

/// The same challenge with other flags and another TargetInfo.
pub(crate) fn changed(
    challenge: &[u8],
    flags: impl FnOnce(NegotiateFlags) -> NegotiateFlags,
    target_info: Option<&[u8]>,
) -> Vec<u8> {
    let meaning = *ChallengeMessage::parse(challenge).unwrap().meaning();
    let target_info = target_info.unwrap_or(meaning.target_info);
    Challenge { flags: flags(meaning.flags), target_info, ..meaning }.encode().unwrap()
}

/// Why it was given up.
pub(crate) fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ntlm::InitiatorError {
    *outcome.unwrap_err().downcast_ref::<ntlm::InitiatorError>().expect("the initiator's own error")
}
