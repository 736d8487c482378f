//! A response beside the challenge that it answers.

use alloc::vec::Vec;

use crate::ntlm::message::{
    AuthenticateMessage, AvFlags, AvId, ChallengeMessage, Charset, Error, NegotiateFlags, NtResponse,
};
use crate::ntlm::response::code_units;

/// The last two messages of a login.
pub(super) struct Login<'a> {
    pub(super) challenge: ChallengeMessage<'a>,
    pub(super) authenticate: AuthenticateMessage<'a>,
    pub(super) nt: NtResponse<'a>,
}

/// How the pairs of the challenge came back.
pub(super) enum Echo {
    /// There were none.
    NoPairs,
    /// All of them.
    Whole(usize),
    /// These are missing, or were changed.
    Broken(Vec<AvId>),
}

impl<'a> Login<'a> {
    /// Reads an AUTHENTICATE_MESSAGE, strictly: what a receiver refuses cannot be checked.
    pub(super) fn new(challenge: ChallengeMessage<'a>, authenticate: &'a [u8]) -> Result<Self, Error> {
        let authenticate = AuthenticateMessage::parse(authenticate)?;
        let nt = authenticate.meaning().nt_response()?;
        Ok(Self { challenge, authenticate, nt })
    }

    /// What both sides have said: httpntlm claims extended session security that was not offered, and rightly does not
    /// use it.
    pub(super) fn flags(&self) -> NegotiateFlags {
        self.challenge.meaning().flags & self.authenticate.meaning().flags
    }

    /// A null session ([MS-NLMP] section 3.2.5.1.2).
    pub(super) fn is_anonymous(&self) -> bool {
        let meaning = self.authenticate.meaning();
        meaning.user_name.is_empty()
            && meaning.nt_challenge_response.is_empty()
            && matches!(meaning.lm_challenge_response, [] | [0])
    }

    /// The units that a name is hashed as. In OEM one octet is one unit, as curl has it.
    pub(super) fn units(&self, name: &[u8]) -> Vec<u16> {
        match self.authenticate.meaning().flags.charset() {
            Ok(Charset::Unicode) => code_units(name).collect(),
            _ => name.iter().map(|octet| u16::from(*octet)).collect(),
        }
    }

    /// Whether MsvAvFlags announces a MIC.
    pub(super) fn announces_mic(&self) -> bool {
        matches!(&self.nt, NtResponse::V2(nt) if nt.client_challenge.av_pairs.flags().contains(AvFlags::MIC))
    }

    /// Whether each pair of TargetInfo came back as it was; to MsvAvFlags a client may add (row D13).
    pub(super) fn echo(&self) -> Result<Option<Echo>, Error> {
        let NtResponse::V2(nt) = &self.nt else { return Ok(None) };
        let Some(sent) = self.challenge.meaning().av_pairs()? else { return Ok(Some(Echo::NoPairs)) };
        let back = nt.client_challenge.av_pairs;
        let is_back = |id: AvId, value: &[u8]| match id {
            AvId::FLAGS => back.flags().contains(sent.flags()),
            _ => back.value(id) == Some(value),
        };
        let broken: Vec<_> = sent.values().filter(|(id, value)| !is_back(*id, value)).map(|(id, _)| id).collect();
        Ok(Some(match broken[..] {
            [] => Echo::Whole(sent.values().count()),
            _ => Echo::Broken(broken),
        }))
    }
}
