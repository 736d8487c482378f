//! Logins made by hand, by somebody who knows the password: whatever is changed in them, the proof is made again.

use std::sync::Arc;

use negotiate::gss::ChannelBindings;
use negotiate::ntlm::message::{
    Authenticate, AvId, ChallengeMessage, Charset, Field, Negotiate, NegotiateFlags, Version,
};
use negotiate::ntlm::response::{ExportedSessionKey, ServerChallenge, ntlm_v1, ntlm_v1_extended};
use negotiate::ntlm::{self, MemoryAccounts, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::{Accept, Acceptor, Context, Handshake, Rejected, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
pub(crate) const PASSWORD: &str = "Alice-Pw-1";
pub(crate) const KEY: [u8; 16] = [0x55; 16];

pub(crate) fn accounts() -> MemoryAccounts {
    let mut accounts = MemoryAccounts::new();
    accounts.insert(Account::new("ADEX", "alice"), NtHash::from_password(PASSWORD).unwrap());
    accounts.insert(Account::new("ADEX", "nopassword"), NtHash::from_password("").unwrap());
    accounts
}

pub(crate) fn ntlm() -> ntlm::Acceptor {
    let target = TargetInfo::new("web.ad.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
    ntlm::Acceptor::new(target).accounts(Arc::new(accounts()))
}

/// What the MIC of a login is.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mic {
    Right,
    Zero,
    Flipped,
    /// The message has no room for one.
    Cut,
}

/// A login, with everything that goes into it.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) returned: NegotiateFlags,
    pub(crate) user: String,
    pub(crate) domain: String,
    pub(crate) workstation: String,
    pub(crate) password: String,
    /// Of the response: the challenge's, and what a client adds.
    pub(crate) pairs: Vec<(AvId, Vec<u8>)>,
    pub(crate) time: u64,
    pub(crate) lm: Vec<u8>,
    /// Instead of the response that the password makes.
    pub(crate) nt: Option<Vec<u8>>,
    pub(crate) version: u8,
    pub(crate) encrypted_key: Option<Vec<u8>>,
    pub(crate) mic: Mic,
    pub(crate) challenge: ServerChallenge,
    pub(crate) negotiate: Vec<u8>,
    pub(crate) challenge_message: Vec<u8>,
    /// When it arrives.
    pub(crate) at: Timestamp,
}

/// What Windows offers.
pub(crate) const OFFERED: NegotiateFlags = NegotiateFlags::from_bits(0xe208_8237);
/// MsvAvFlags with a MIC announced.
const MIC: [u8; 4] = [2, 0, 0, 0];

impl Login {
    /// Takes the first leg and prepares the second as Windows would do it.
    pub(crate) fn begin(acceptor: &Acceptor, bindings: Option<&ChannelBindings>) -> (Self, Handshake) {
        Self::begin_with(acceptor, bindings, OFFERED)
    }

    pub(crate) fn begin_with(
        acceptor: &Acceptor,
        bindings: Option<&ChannelBindings>,
        offered: NegotiateFlags,
    ) -> (Self, Handshake) {
        let version = Some(Version::SENT);
        let negotiate = Negotiate { flags: offered, version, ..Negotiate::default() }.encode().unwrap();
        let opening = acceptor.begin();
        let opening = match bindings {
            Some(bindings) => opening.channel_bindings(bindings.clone()),
            None => opening,
        };
        let Accept::NeedsToken { token, next } = opening.accept(&negotiate, NOW).unwrap() else { panic!() };
        let message = ChallengeMessage::parse(&token).unwrap();
        let pairs = message.meaning().av_pairs().unwrap().unwrap();
        let time = pairs.timestamp().unwrap().0;
        let mut pairs: Vec<_> = pairs.values().map(|(id, value)| (id, value.to_vec())).collect();
        pairs.push((AvId::FLAGS, MIC.to_vec()));
        let login = Self {
            returned: offered & message.meaning().flags,
            user: "alice".into(),
            domain: "ADEX".into(),
            workstation: "CLIENT".into(),
            password: PASSWORD.into(),
            pairs,
            time,
            lm: vec![0; 24],
            nt: None,
            version: 1,
            encrypted_key: None,
            mic: Mic::Right,
            challenge: message.meaning().server_challenge,
            negotiate,
            challenge_message: token.clone(),
            at: NOW,
        };
        (login, next)
    }

    pub(crate) fn set(&mut self, id: AvId, value: &[u8]) {
        match self.pairs.iter_mut().find(|(known, _)| *known == id) {
            Some((_, old)) => *old = value.to_vec(),
            None => self.pairs.push((id, value.to_vec())),
        }
    }

    pub(crate) fn remove(&mut self, id: AvId) {
        self.pairs.retain(|(known, _)| *known != id);
    }

    /// NtChallengeResponse, by the password: NTLMv2.
    pub(crate) fn response(&self) -> (Vec<u8>, [u8; 16]) {
        let mut temp = vec![self.version, 1, 0, 0, 0, 0, 0, 0];
        temp.extend(self.time.to_le_bytes());
        temp.extend([0xaa; 8]);
        temp.extend([0; 4]);
        for (id, value) in &self.pairs {
            temp.extend(id.0.to_le_bytes());
            temp.extend(u16::try_from(value.len()).unwrap().to_le_bytes());
            temp.extend(value);
        }
        temp.extend([0; 8]);
        let key = NtHash::from_password(&self.password)
            .unwrap()
            .response_key(self.user.encode_utf16(), self.domain.encode_utf16());
        let proof = key.nt_proof(&self.challenge, &temp);
        ([&proof[..], &temp].concat(), *key.session_base_key(&proof).expose())
    }

    pub(crate) fn lm_v2(&self) -> Vec<u8> {
        let hash = NtHash::from_password(&self.password).unwrap();
        let key = hash.response_key(self.user.encode_utf16(), self.domain.encode_utf16());
        key.lm_v2(&self.challenge, &[0xaa; 8]).to_vec()
    }

    pub(crate) fn ntlm_v1(&self) -> Vec<u8> {
        ntlm_v1(&NtHash::from_password(&self.password).unwrap(), &self.challenge).to_vec()
    }

    pub(crate) fn ntlm_v1_extended(&self) -> Vec<u8> {
        ntlm_v1_extended(&NtHash::from_password(&self.password).unwrap(), &self.challenge, &[0xaa; 8]).to_vec()
    }

    /// The AUTHENTICATE_MESSAGE.
    pub(crate) fn authenticate(&self) -> Vec<u8> {
        let (response, base) = self.response();
        let response = self.nt.clone().unwrap_or(response);
        let base = negotiate::ntlm::response::SessionBaseKey::new(base).key_exchange_key();
        let exchanged = self.returned.contains(NegotiateFlags::KEY_EXCH);
        let exported = if exchanged { ExportedSessionKey::new(KEY) } else { base.exported_session_key() };
        let wrapped = if exchanged { base.wrap_session_key(&exported).to_vec() } else { Vec::new() };
        let text = |text: &str| {
            let charset = self.returned.charset().unwrap_or(Charset::Unicode);
            charset.encode(text, Field::UserName).unwrap()
        };
        let (user, domain, workstation) = (text(&self.user), text(&self.domain), text(&self.workstation));
        let room = (self.mic != Mic::Cut).then_some([0; 16]);
        let message = Authenticate {
            lm_challenge_response: &self.lm,
            nt_challenge_response: &response,
            domain_name: &domain,
            user_name: &user,
            workstation: &workstation,
            encrypted_random_session_key: self.encrypted_key.as_deref().unwrap_or(&wrapped),
            flags: self.returned,
            version: room.map(|_| Version::SENT),
            mic: room,
        };
        let mut octets = message.encode().unwrap();
        if matches!(self.mic, Mic::Right | Mic::Flipped) {
            let mut mic = exported.mic(&[&self.negotiate, &self.challenge_message, &octets]);
            mic[15] ^= u8::from(self.mic == Mic::Flipped);
            octets[72..88].copy_from_slice(&mic);
        }
        octets
    }

    pub(crate) fn finish(&self, handshake: Handshake) -> Result<Context, Rejected> {
        match handshake.accept(&self.authenticate(), self.at)? {
            Accept::Established { context, token: None } => Ok(context),
            other => panic!("{other:?}"),
        }
    }
}

/// A login in which something is changed, on an acceptor.
pub(crate) fn attempt(ntlm: ntlm::Acceptor, change: impl FnOnce(&mut Login)) -> Result<Context, Rejected> {
    let acceptor = Acceptor::builder().ntlm(ntlm).build().unwrap();
    let (mut login, handshake) = Login::begin(&acceptor, None);
    change(&mut login);
    login.finish(handshake)
}

/// The kind of its refusal, or `in`. A refused peer is told nothing.
pub(crate) fn kind(outcome: Result<Context, Rejected>) -> &'static str {
    match outcome {
        Ok(_) => "in",
        Err(rejected) => {
            assert!(rejected.token.is_none());
            assert!(!rejected.error.to_string().contains(PASSWORD));
            rejected.error.kind()
        }
    }
}

pub(crate) fn refused(change: impl FnOnce(&mut Login)) -> &'static str {
    kind(attempt(ntlm(), change))
}
