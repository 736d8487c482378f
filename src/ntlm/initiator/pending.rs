//! A login that waits for the CHALLENGE_MESSAGE.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Error;
use super::agreed::Agreed;
use super::answer::{Answer, Nonces, Question, Ties, encode_target_name};
use super::settings::Settings;
use crate::context::{BindingsStatus, Context, Facts, Mechanism};
use crate::gss::BindingsHash;
use crate::mechanism::{InitiatorHandshake, InitiatorStep};
use crate::ntlm::established::{Details, Established};
use crate::ntlm::message::{self, Authenticate, AvId, ChallengeMessage, Charset, Field, NegotiateFlags, Utf16};
use crate::ntlm::reflection::ReflectionGuard;
use crate::ntlm::response::ExportedSessionKey;
use crate::ntlm::session_security::Role;
use crate::peer::{Peer, Target};
use crate::time::Timestamp;

/// Longer than any sound one: two parts of at most 65,535 octets, of which no acceptor fills one (row C14).
pub(super) const MAX_CHALLENGE: usize = 65_536;

/// Between the NEGOTIATE_MESSAGE and the CHALLENGE_MESSAGE.
pub(super) struct Pending {
    pub(super) settings: Arc<Settings>,
    /// The NEGOTIATE_MESSAGE, for the MIC.
    pub(super) negotiate: Vec<u8>,
    pub(super) offered: NegotiateFlags,
    pub(super) target_name: String,
    pub(super) target: Target,
    pub(super) bindings: Option<BindingsHash>,
}

impl InitiatorHandshake for Pending {
    /// Answers the CHALLENGE_MESSAGE ([MS-NLMP] section 3.1.5.1.2), and is done: whether the acceptor takes the answer, the
    /// protocol around it says.
    fn step(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<InitiatorStep, crate::Error> {
        if token.len() > MAX_CHALLENGE {
            return Err(Error::TooLong(token.len()).into());
        }
        let settings = &*self.settings;
        let challenge = ChallengeMessage::parse(token)?;
        let server_challenge = &challenge.meaning().server_challenge;
        let guard = settings.reflection.as_deref();
        if guard.is_some_and(|guard| guard.is_own(server_challenge, now)) {
            return Err(Error::Reflection.into());
        }
        let agreed = Agreed::judge(settings, self.offered, challenge.meaning())?;
        let nonces = Nonces::drawn(&*settings.randomness)?;
        let target_name = encode_target_name(&self.target_name)?;
        let ties = Ties {
            target_name: Utf16::new(&target_name, Field::AvPair(AvId::TARGET_NAME))?,
            bindings: self.bindings.unwrap_or(BindingsHash::ZERO),
            machine_id: *guard.map_or(&nonces.machine_id, ReflectionGuard::machine_id),
        };
        let ties = settings.tie.then_some(ties);
        let question = Question { settings, agreed: &agreed, challenge: server_challenge, nonces: &nonces, ties, now };
        let answer = question.answer()?;
        let (message, key) = self.authenticate(token, &agreed, &answer, nonces.session_key)?;
        Ok(InitiatorStep::Established { token: Some(message), context: self.context(&agreed, &answer, key) })
    }
}

impl Pending {
    /// The AUTHENTICATE_MESSAGE, and the key of the context.
    fn authenticate(
        &self,
        challenge: &[u8],
        agreed: &Agreed<'_>,
        answer: &Answer,
        new: ExportedSessionKey,
    ) -> Result<(Vec<u8>, ExportedSessionKey), crate::Error> {
        let name = self.settings.credential.name();
        let charset = agreed.flags.charset()?;
        let (key, wrapped) = if agreed.flags.contains(NegotiateFlags::KEY_EXCH) {
            let wrapped = answer.key.wrap_session_key(&new);
            (new, Some(wrapped))
        } else {
            (answer.key.exported_session_key(), None)
        };
        let mut authenticate = Authenticate {
            lm_challenge_response: &answer.lm,
            nt_challenge_response: &answer.nt,
            domain_name: &encode(charset, name.domain(), Field::DomainName)?,
            user_name: &encode(charset, name.user(), Field::UserName)?,
            workstation: &encode(charset, &self.settings.workstation, Field::Workstation)?,
            encrypted_random_session_key: wrapped.as_ref().map_or(&[], |octets| &octets[..]),
            flags: agreed.flags,
            version: Some(self.settings.version),
            mic: answer.mic.then_some([0; 16]),
        };
        let mut token = authenticate.encode()?;
        if answer.mic {
            authenticate.mic = Some(key.mic(&[&self.negotiate, challenge, &token]));
            token = authenticate.encode()?;
        }
        Ok((token, key))
    }

    fn context(self, agreed: &Agreed<'_>, answer: &Answer, key: ExportedSessionKey) -> Context {
        let Self { settings, target, target_name, offered, .. } = self;
        let name = settings.credential.name();
        let details = Details {
            user_name: name.user().into(),
            domain_name: name.domain().into(),
            workstation: (*settings.workstation).into(),
            target_name: answer.names_target.then_some(target_name),
            proof: answer.proof,
            flags: agreed.flags & offered,
            mic: answer.mic,
        };
        let established = Established::new(Role::Initiator, key, details, settings.allow_weak_session_security);
        let facts = Facts {
            mechanism: Mechanism::Ntlm,
            peer: Peer::Service(target),
            acceptor: None,
            flags: established.context_flags(),
            expires_at: None,
            // Only the acceptor compares.
            channel_bindings: BindingsStatus::NotChecked,
            delegated_credential: None,
            authorization: None,
        };
        Context::new(facts, Box::new(established))
    }
}

/// A name in the character set that was agreed on.
fn encode(charset: Charset, text: &str, field: Field) -> Result<Vec<u8>, crate::Error> {
    charset.encode(text, field).map_err(|error| match error {
        message::Error::OemCharacter(field) => Error::OemName(field).into(),
        other => other.into(),
    })
}
