//! An AUTHENTICATE_MESSAGE, as far as it is understood, and the context that comes of it.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;

use super::challenge::Challenged;
use super::proof::Proven;
use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::mechanism::{AccountQuestion, MechStep};
use crate::ntlm::error::Error;
use crate::ntlm::established::{Details, Established, Proof};
use crate::ntlm::message::{
    AuthenticateMessage, AvPairs, Challenge, Charset, Field, LmResponse, NegotiateFlags, NtResponse, NtlmV2Response,
};
use crate::ntlm::response::ExportedSessionKey;
use crate::ntlm::session_security::Role;
use crate::peer::{Account, Peer};

/// Longer than any sound one: recorded ones have fewer than 500 octets. While somebody is asked for the account, the message
/// and copies of its parts are kept, 16 KiB at most (row C14).
const MAX_AUTHENTICATE: usize = 5 * 1024;

/// What an AUTHENTICATE_MESSAGE says, beside the challenge that it answers.
pub(super) struct Claim<'a> {
    pub(super) challenged: &'a Challenged,
    pub(super) challenge: Challenge<'a>,
    pub(super) message: AuthenticateMessage<'a>,
    /// Offered and returned: what is in effect (row D17).
    pub(super) flags: NegotiateFlags,
    pub(super) response: NtResponse<'a>,
    /// Whom it is for, and what proves it.
    pub(super) question: AccountQuestion<'a>,
}

impl<'a> Claim<'a> {
    /// Reads a message (rows D01 to D05, D07, D10).
    pub(super) fn read(challenged: &'a Challenged, octets: &'a [u8]) -> Result<Self, Error> {
        if octets.len() > MAX_AUTHENTICATE {
            return Err(Error::TooLong(octets.len()));
        }
        let message = AuthenticateMessage::parse(octets)?;
        let challenge = challenged.challenge()?;
        let meaning = message.meaning();
        let response = meaning.nt_response()?;
        let charset = charset(challenged, &message, &response)?;
        let question = AccountQuestion {
            user: charset.decode(meaning.user_name, Field::UserName)?,
            domain: charset.decode(meaning.domain_name, Field::DomainName)?,
            workstation: charset.decode(meaning.workstation, Field::Workstation)?,
            server_challenge: challenge.server_challenge,
            nt_response: Cow::Borrowed(meaning.nt_challenge_response),
            lm_response: Cow::Borrowed(meaning.lm_challenge_response),
        };
        let flags = challenged.offered & meaning.flags;
        Ok(Self { challenged, challenge, flags, response, question, message })
    }

    /// The NTLMv2 response, if it is one.
    pub(super) const fn v2(&self) -> Option<&NtlmV2Response<'a>> {
        match &self.response {
            NtResponse::V2(response) => Some(response),
            NtResponse::None | NtResponse::V1(_) => None,
        }
    }

    /// The attributes inside an NTLMv2 response.
    pub(super) fn attributes(&self) -> Option<AvPairs<'a>> {
        self.v2().map(|response| response.client_challenge.av_pairs)
    }

    /// LmChallengeResponse; `None` for one that is of no form, which nobody looks at (row D07).
    pub(super) fn lm_response(&self) -> Option<LmResponse<'a>> {
        self.message.meaning().lm_response().ok()
    }

    /// Whether nobody in particular logs in (row D06): no user, no NT response, and an LM response that says so.
    pub(super) fn is_anonymous(&self) -> bool {
        let says_so = matches!(self.lm_response(), Some(LmResponse::None | LmResponse::Anonymous));
        self.question.user.is_empty() && self.response == NtResponse::None && says_so
    }

    /// Who it claims to be.
    pub(super) fn account(&self) -> Account {
        Account::new(&self.question.domain, &self.question.user)
    }

    /// The service it is meant for, if it says so: Samba's client without one sends an empty name.
    pub(super) fn target_name(&self) -> Option<String> {
        let name = self.attributes()?.target_name()?;
        (!name.octets().is_empty()).then(|| name.to_text())
    }

    /// The end: who it is says the store, what was sent is told beside it (row D25).
    pub(super) fn establish(
        self,
        proven: Proven,
        key: ExportedSessionKey,
        mic: bool,
        channel_bindings: BindingsStatus,
    ) -> MechStep {
        let target_name = self.target_name();
        let AccountQuestion { user, domain, workstation, .. } = self.question;
        let details = Details {
            user_name: user,
            domain_name: domain,
            workstation,
            target_name,
            proof: proven.proof,
            flags: self.flags,
            mic,
        };
        let weak = self.challenged.settings.allow_weak_session_security;
        let established = Established::new(Role::Acceptor, key, details, weak);
        let facts = Facts {
            mechanism: Mechanism::Ntlm,
            peer: if proven.proof == Proof::Anonymous { Peer::Anonymous } else { Peer::Ntlm(proven.account) },
            acceptor: None,
            flags: established.context_flags(),
            expires_at: None,
            channel_bindings,
            delegated_credential: None,
            authorization: None,
        };
        MechStep::Established { token: None, context: Context::new(facts, Box::new(established)) }
    }
}

/// The character set of the names: the one that the message itself says. But wget, with NTLMv1, says Unicode that it did
/// not offer, and sends ASCII; the same from curl is Unicode, in which ASCII has zeros. That NTLMv1 is refused is told later.
fn charset(
    challenged: &Challenged,
    message: &AuthenticateMessage<'_>,
    response: &NtResponse<'_>,
) -> Result<Charset, Error> {
    let meaning = message.meaning();
    let unasked = matches!(response, NtResponse::V1(_)) && !challenged.asked.contains(NegotiateFlags::UNICODE);
    let ascii = |text: &[u8]| text.iter().all(|octet| matches!(octet, 1..=0x7f));
    if unasked && [meaning.user_name, meaning.domain_name, meaning.workstation].into_iter().all(ascii) {
        return Ok(Charset::Oem);
    }
    Ok(meaning.flags.charset()?)
}
