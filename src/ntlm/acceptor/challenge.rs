//! The challenge, and the handshake that waits for its answer ([MS-NLMP] section 3.2.5.1.1).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::settings::Settings;
use crate::gss::BindingsHash;
use crate::mechanism::Channel;
use crate::ntlm::error::Error;
use crate::ntlm::message::{Challenge, ChallengeMessage, NegotiateFlags, NegotiateMessage, Version};
use crate::ntlm::response::ServerChallenge;
use crate::time::Timestamp;

/// A NEGOTIATE_MESSAGE has 40 octets and two names; every octet of it is kept until the handshake ends.
const MAX_NEGOTIATE: usize = 2048;

/// A handshake that waits for an AUTHENTICATE_MESSAGE.
pub(super) struct Challenged {
    pub(super) settings: Arc<Settings>,
    /// NEGOTIATE_MESSAGE and CHALLENGE_MESSAGE as they went over the wire: what a MIC is over.
    transcript: Vec<u8>,
    /// Where the second begins.
    challenge_at: usize,
    server_challenge: ServerChallenge,
    /// What the NEGOTIATE_MESSAGE has.
    pub(super) asked: NegotiateFlags,
    /// What both messages have: no other flag can be in effect.
    pub(super) offered: NegotiateFlags,
    pub(super) bindings: Option<BindingsHash>,
    pub(super) bindings_required: bool,
    deadline: Timestamp,
}

impl Challenged {
    /// Answers a NEGOTIATE_MESSAGE.
    pub(super) fn answer(
        settings: &Arc<Settings>,
        channel: &Channel,
        token: &[u8],
        now: Timestamp,
    ) -> Result<(Vec<u8>, Self), Error> {
        if token.len() > MAX_NEGOTIATE {
            return Err(Error::TooLong(token.len()));
        }
        let asked = NegotiateMessage::parse(token)?.meaning().flags;
        let message = match &settings.recorded_challenge {
            Some(recorded) => recorded.to_vec(),
            None => build(settings, asked, now)?,
        };
        let (flags, server_challenge) = {
            let meaning = *ChallengeMessage::parse(&message)?.meaning();
            (meaning.flags, meaning.server_challenge)
        };
        let deadline = now.saturating_add(settings.challenge_lifetime);
        if let Some(guard) = &settings.reflection {
            guard.issued(&server_challenge, deadline);
        }
        let challenged = Self {
            settings: Arc::clone(settings),
            transcript: [token, &message].concat(),
            challenge_at: token.len(),
            server_challenge,
            asked,
            offered: asked & flags,
            bindings: channel.bindings.as_ref().map(crate::gss::ChannelBindings::hash),
            bindings_required: channel.bindings_required,
            deadline,
        };
        Ok((message, challenged))
    }

    /// NEGOTIATE_MESSAGE and CHALLENGE_MESSAGE.
    pub(super) fn transcript(&self) -> &[u8] {
        &self.transcript
    }

    /// NEGOTIATE_MESSAGE's flags are in [`Self::offered`]; here is all that the CHALLENGE_MESSAGE says.
    pub(super) fn challenge(&self) -> Result<Challenge<'_>, Error> {
        let octets = self.transcript.get(self.challenge_at..).unwrap_or_default();
        Ok(*ChallengeMessage::parse(octets)?.meaning())
    }

    /// Row D19.
    pub(super) fn check_lifetime(&self, now: Timestamp) -> Result<(), Error> {
        if now > self.deadline { Err(Error::ChallengeExpired) } else { Ok(()) }
    }

    /// The challenge is answered, and no other answer to it is taken.
    pub(super) fn end(&self) {
        if let Some(guard) = &self.settings.reflection {
            guard.answered(&self.server_challenge);
        }
    }
}

/// What is agreed to if it is asked for. LM_KEY and DATAGRAM are not among them (row D17).
const GRANTED: NegotiateFlags = NegotiateFlags::SIGN
    .with(NegotiateFlags::SEAL)
    .with(NegotiateFlags::ALWAYS_SIGN)
    .with(NegotiateFlags::EXTENDED_SESSIONSECURITY)
    .with(NegotiateFlags::IDENTIFY)
    .with(NegotiateFlags::VERSION)
    .with(NegotiateFlags::KEY_128)
    .with(NegotiateFlags::KEY_EXCH)
    .with(NegotiateFlags::KEY_56);

/// A challenge of its own for each handshake.
fn build(settings: &Settings, asked: NegotiateFlags, now: Timestamp) -> Result<Vec<u8>, Error> {
    let target = settings.target.as_ref().map_err(|error| *error)?;
    let charset = if asked.contains(NegotiateFlags::UNICODE) { NegotiateFlags::UNICODE } else { NegotiateFlags::OEM };
    let mut flags = (asked & GRANTED) | charset | NegotiateFlags::NTLM | NegotiateFlags::TARGET_INFO;
    let mut target_name: &[u8] = &[];
    if asked.contains(NegotiateFlags::REQUEST_TARGET) {
        let kind = match target.is_domain() {
            true => NegotiateFlags::TARGET_TYPE_DOMAIN,
            false => NegotiateFlags::TARGET_TYPE_SERVER,
        };
        flags = flags | NegotiateFlags::REQUEST_TARGET | kind;
        target_name = target.name(flags.charset()?);
    }
    let mut server_challenge = ServerChallenge::default();
    settings.randomness.fill(&mut server_challenge)?;
    // Without the flag the room for it stays, all zero ([MS-NLMP] section 2.2.1.2).
    let version = if flags.contains(NegotiateFlags::VERSION) { Version::SENT } else { Version::default() };
    let target_info = target.at(now);
    let message = Challenge { target_name, flags, server_challenge, target_info: &target_info, version: Some(version) };
    Ok(message.encode()?)
}

impl Drop for Challenged {
    /// A handshake that nobody ends is one whose challenge nobody may answer any more.
    fn drop(&mut self) {
        self.end();
    }
}
