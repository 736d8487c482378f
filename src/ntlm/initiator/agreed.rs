//! What a CHALLENGE_MESSAGE makes of the offer, and whether that is enough.

use super::Error;
use super::settings::{Response, Settings};
use crate::ntlm::message::{self, AvId, AvPairs, Challenge, FileTime, NegotiateFlags};

/// What both sides agree on, and what the acceptor says of itself.
pub(super) struct Agreed<'a> {
    /// NegotiateFlags of the AUTHENTICATE_MESSAGE.
    pub(super) flags: NegotiateFlags,
    /// TargetInfo.
    pub(super) target_info: Option<AvPairs<'a>>,
    /// MsvAvTimestamp. If it is there, the login has a MIC.
    pub(super) timestamp: Option<FileTime>,
}

impl<'a> Agreed<'a> {
    /// Judges a CHALLENGE_MESSAGE.
    ///
    /// # Errors
    /// What is wrong with its TargetInfo (rows D04, D05, D10); why it is not enough ([`Error`]).
    pub(super) fn judge(
        settings: &Settings,
        offered: NegotiateFlags,
        challenge: &Challenge<'a>,
    ) -> Result<Self, crate::Error> {
        only_what_was_offered(offered, challenge.flags)?;
        let target_info = target_info(challenge)?;
        let timestamp = target_info.as_ref().and_then(AvPairs::timestamp);
        let missing_name = missing_name(target_info.as_ref());
        if settings.answers_with_v2() {
            settings.tied_to_the_server(target_info.is_some(), timestamp, missing_name)?;
        }
        let mut flags = effective(offered, challenge.flags);
        if settings.credential.is_anonymous() {
            // Its keys are everybody's (row D29).
            flags = flags.without(PROTECTION) | NegotiateFlags::ANONYMOUS;
        }
        if settings.answers_with_v2() && missing_name.is_some() && !settings.allow_weak_session_security {
            // [MS-NLMP] section 3.1.5.1.2: without these names no signing or sealing.
            flags = flags.without(PROTECTION);
        }
        if flags & PROTECTION == NegotiateFlags::NONE {
            // [MS-NLMP] section 3.1.5.1.2: nothing to exchange a key for.
            flags = flags.without(NegotiateFlags::KEY_EXCH);
        }
        settings.protected_as_required(flags)?;
        Ok(Self { flags, target_info, timestamp })
    }
}

const PROTECTION: NegotiateFlags = NegotiateFlags::SIGN.with(NegotiateFlags::SEAL);
const STRENGTH: NegotiateFlags =
    NegotiateFlags::EXTENDED_SESSIONSECURITY.with(NegotiateFlags::KEY_128).with(NegotiateFlags::KEY_EXCH);

/// Row D17. An acceptor adds what it says of itself; nothing else.
fn only_what_was_offered(offered: NegotiateFlags, chosen: NegotiateFlags) -> Result<(), Error> {
    let of_itself = NegotiateFlags::TARGET_TYPE_DOMAIN
        | NegotiateFlags::TARGET_TYPE_SERVER
        | NegotiateFlags::TARGET_INFO
        | NegotiateFlags::VERSION;
    let unasked = chosen.without(offered).without(of_itself);
    if unasked == NegotiateFlags::NONE { Ok(()) } else { Err(Error::NotOffered(unasked)) }
}

/// What is in effect: offered and chosen, one character set, and what this side says of its own message.
fn effective(offered: NegotiateFlags, chosen: NegotiateFlags) -> NegotiateFlags {
    let flags = offered & chosen | chosen & NegotiateFlags::TARGET_INFO;
    let flags = flags | NegotiateFlags::REQUEST_TARGET | NegotiateFlags::VERSION;
    if flags.contains(NegotiateFlags::UNICODE) { flags.without(NegotiateFlags::OEM) } else { flags }
}

/// The pairs of a TargetInfo; a field without octets is none, whatever its flag says.
fn target_info<'a>(challenge: &Challenge<'a>) -> Result<Option<AvPairs<'a>>, message::Error> {
    if challenge.target_info.is_empty() { Ok(None) } else { challenge.av_pairs() }
}

/// One of the two names that [MS-NLMP] section 3.1.5.1.2 wants for signing and sealing, if it is not there.
fn missing_name(target_info: Option<&AvPairs<'_>>) -> Option<AvId> {
    let has = |id: &AvId| target_info.is_some_and(|pairs| pairs.value(*id).is_some());
    [AvId::NB_COMPUTER_NAME, AvId::NB_DOMAIN_NAME].into_iter().find(|id| !has(id))
}

impl Settings {
    fn answers_with_v2(&self) -> bool {
        self.response == Response::V2 && !self.credential.is_anonymous()
    }

    /// Whether an NTLMv2 response will be tied to the server, the channel and the messages, or need not be.
    fn tied_to_the_server(
        &self,
        target_info: bool,
        timestamp: Option<FileTime>,
        missing_name: Option<AvId>,
    ) -> Result<(), Error> {
        match missing_name {
            _ if self.allow_no_target_info => {}
            _ if !target_info => return Err(Error::NoTargetInfo),
            Some(id) if self.ask != NegotiateFlags::NONE => return Err(Error::NoServerName(id)),
            _ => {}
        }
        if timestamp.is_none() && target_info && !self.allow_no_timestamp {
            return Err(Error::NoTimestamp);
        }
        Ok(())
    }

    /// Row D27: whether messages will be protected as they must be.
    fn protected_as_required(&self, flags: NegotiateFlags) -> Result<(), Error> {
        let strength = if self.allow_weak_session_security { NegotiateFlags::NONE } else { STRENGTH };
        let missing = (self.require | strength).without(flags);
        if self.require == NegotiateFlags::NONE || missing == NegotiateFlags::NONE {
            Ok(())
        } else {
            Err(Error::NoProtection(missing))
        }
    }
}
