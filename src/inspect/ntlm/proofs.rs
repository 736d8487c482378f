//! Whether the responses are made with this password, and the keys that come of it ([MS-NLMP] sections 3.3 and 3.4.5.1).
//!
//! The acceptor's own functions refuse an empty password; here it is a password like any other.

use alloc::string::{String, ToString};

use subtle::ConstantTimeEq;

use super::login::Login;
use crate::ntlm::message::{LmResponse, NegotiateFlags, NtResponse, NtlmV2Response};
use crate::ntlm::response::{
    Error, ExportedSessionKey, KeyExchangeKey, LmHash, NtHash, ResponseKey, ServerChallenge, SessionBaseKey, lm_v1,
    ntlm_v1, ntlm_v1_extended,
};

/// What a password is, hashed both ways.
pub(super) struct Account {
    nt: NtHash,
    lm: Option<LmHash>,
}

impl Account {
    pub(super) fn from_password(password: &str) -> Result<Self, Error> {
        Ok(Self { nt: NtHash::from_password(password)?, lm: LmHash::from_password(password).ok() })
    }

    pub(super) fn from_nt_hash(hash: &NtHash) -> Self {
        Self { nt: hash.duplicate(), lm: None }
    }
}

/// What NtChallengeResponse is, if it is right.
#[derive(Clone, Copy)]
pub(super) enum Scheme {
    V2,
    V1,
    V1Extended,
}

/// What came of comparing LmChallengeResponse.
pub(super) enum Lm {
    /// Nothing to compare.
    None,
    V2(bool),
    V1(bool),
    /// The octets of the NTLM response.
    SameAsNt,
    /// Without the password, or with one that has no LM hash.
    NoLmHash,
}

impl Account {
    /// NTOWFv2 of this login.
    fn response_key(&self, login: &Login<'_>) -> ResponseKey {
        let meaning = login.authenticate.meaning();
        self.nt.response_key(login.units(meaning.user_name), login.units(meaning.domain_name))
    }

    /// Compares NtChallengeResponse; NTLMv1 in the form that was negotiated, then in the other one.
    pub(super) fn nt_response(&self, login: &Login<'_>) -> Option<(Scheme, SessionBaseKey)> {
        let challenge = login.challenge.meaning().server_challenge;
        match &login.nt {
            NtResponse::None => None,
            NtResponse::V2(NtlmV2Response { response, temp, .. }) => {
                let key = self.response_key(login);
                let proof = key.nt_proof(&challenge, temp);
                is(&proof, response).then(|| (Scheme::V2, key.session_base_key(&proof)))
            }
            NtResponse::V1(response) => {
                let extended = || {
                    is(&ntlm_v1_extended(&self.nt, &challenge, &client_challenge(login)?), response)
                        .then_some(Scheme::V1Extended)
                };
                let plain = || is(&ntlm_v1(&self.nt, &challenge), response).then_some(Scheme::V1);
                let scheme = if login.flags().contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) {
                    extended().or_else(plain)
                } else {
                    plain().or_else(extended)
                };
                Some((scheme?, self.nt.session_base_key()))
            }
        }
    }

    /// Compares LmChallengeResponse.
    pub(super) fn lm_response(&self, login: &Login<'_>) -> Lm {
        let challenge: ServerChallenge = login.challenge.meaning().server_challenge;
        let Ok(lm) = login.authenticate.meaning().lm_response() else { return Lm::None };
        let (LmResponse::Response(octets), None) = (lm, lm.as_client_challenge()) else { return Lm::None };
        match (&login.nt, lm.as_v2(), &self.lm) {
            (NtResponse::V2(_), Some(response), _) => {
                Lm::V2(is(&self.response_key(login).lm_v2(&challenge, response.challenge_from_client), octets))
            }
            (NtResponse::V1(nt), ..) if *nt == octets => Lm::SameAsNt,
            (_, _, Some(hash)) => Lm::V1(is(&lm_v1(hash, &challenge), octets)),
            _ => Lm::NoLmHash,
        }
    }

    /// KXKEY, and then ExportedSessionKey; or why it cannot be computed.
    pub(super) fn session_key(
        &self,
        login: &Login<'_>,
        scheme: Scheme,
        base: &SessionBaseKey,
    ) -> Result<ExportedSessionKey, String> {
        let lm = || self.lm.as_ref().ok_or("it comes of the LM hash, which needs the password");
        let lm_response = || login.authenticate.meaning().lm_challenge_response.first_chunk().ok_or("no LM response");
        let key = match scheme {
            Scheme::V1Extended => {
                let client = client_challenge(login).ok_or("no challenge of the client")?;
                base.extended_key_exchange_key(&login.challenge.meaning().server_challenge, &client)
            }
            Scheme::V1 if login.flags().contains(NegotiateFlags::LM_KEY) => lm()?.key_exchange_key(lm_response()?),
            Scheme::V1 if login.flags().contains(NegotiateFlags::REQUEST_NON_NT_SESSION_KEY) => {
                lm()?.non_nt_key_exchange_key()
            }
            Scheme::V1 | Scheme::V2 => base.key_exchange_key(),
        };
        exported(login, &key)
    }
}

/// The session key that was sent, or the key exchange key where none was: curl announces one and sends none.
pub(super) fn exported(login: &Login<'_>, key: &KeyExchangeKey) -> Result<ExportedSessionKey, String> {
    let encrypted = login.authenticate.meaning().encrypted_random_session_key;
    if encrypted.is_empty() || !login.flags().contains(NegotiateFlags::KEY_EXCH) {
        return Ok(key.exported_session_key());
    }
    key.unwrap_session_key(encrypted).map_err(|error| error.to_string())
}

/// The first 8 octets of the LM response ([MS-NLMP] section 3.3.1).
fn client_challenge(login: &Login<'_>) -> Option<[u8; 8]> {
    login.authenticate.meaning().lm_challenge_response.first_chunk().copied()
}

fn is<const N: usize>(made: &[u8; N], sent: &[u8; N]) -> bool {
    made[..].ct_eq(&sent[..]).into()
}
