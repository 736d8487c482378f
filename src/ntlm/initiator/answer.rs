//! What answers a challenge: the responses, and the key that comes of them.

use alloc::vec::Vec;

use super::Error;
use super::agreed::Agreed;
use super::settings::{Response, Settings};
use crate::gss::BindingsHash;
use crate::ntlm::credential::Secret;
use crate::ntlm::established::Proof;
use crate::ntlm::message::{
    self, AvFlags, AvId, AvPair, AvPairs, Charset, ClientChallenge, Field, FileTime, NegotiateFlags, SingleHostData,
    Utf16,
};
use crate::ntlm::response::{
    ExportedSessionKey, KeyExchangeKey, ServerChallenge, SessionBaseKey, lm_v1, ntlm_v1, ntlm_v1_extended,
};
use crate::random::{Pool, Randomness, Unavailable};
use crate::time::Timestamp;

/// The responses, and the key that comes of them.
pub(super) struct Answer {
    /// LmChallengeResponse.
    pub(super) lm: Vec<u8>,
    /// NtChallengeResponse.
    pub(super) nt: Vec<u8>,
    pub(super) key: KeyExchangeKey,
    pub(super) proof: Proof,
    /// Whether MsvAvFlags inside the response announce a MIC.
    pub(super) mic: bool,
    /// Whether MsvAvTargetName stands inside the response.
    pub(super) names_target: bool,
}

/// What is new in each login.
pub(super) struct Nonces {
    /// ChallengeFromClient.
    pub(super) challenge: [u8; 8],
    /// ExportedSessionKey, if it is the initiator's to choose.
    pub(super) session_key: ExportedSessionKey,
    /// MachineID.
    pub(super) machine_id: [u8; 32],
}

impl Nonces {
    /// Draws all of them in one call of the source.
    pub(super) fn drawn(source: &dyn Randomness) -> Result<Self, Unavailable> {
        let pool = Pool::<56>::drawn(source)?;
        let (mut challenge, mut machine_id) = ([0; 8], [0; 32]);
        pool.fill(&mut challenge)?;
        let session_key = ExportedSessionKey::generate(&pool)?;
        pool.fill(&mut machine_id)?;
        Ok(Self { challenge, session_key, machine_id })
    }
}

/// What an NTLMv2 response is tied to, beside what the acceptor said of itself.
pub(super) struct Ties<'a> {
    /// MsvAvTargetName: the service that is meant.
    pub(super) target_name: Utf16<'a>,
    /// MsvAvChannelBindings; zeros where there is no channel.
    pub(super) bindings: BindingsHash,
    /// MsvAvSingleHost's MachineID.
    pub(super) machine_id: [u8; 32],
}

/// The service principal name as it goes into a pair.
pub(super) fn encode_target_name(name: &str) -> Result<Vec<u8>, message::Error> {
    Charset::Unicode.encode(name, Field::AvPair(AvId::TARGET_NAME))
}

/// A challenge, and all that its answer is made of.
pub(super) struct Question<'a> {
    pub(super) settings: &'a Settings,
    pub(super) agreed: &'a Agreed<'a>,
    pub(super) challenge: &'a ServerChallenge,
    pub(super) nonces: &'a Nonces,
    pub(super) ties: Option<Ties<'a>>,
    pub(super) now: Timestamp,
}

impl Question<'_> {
    /// Answers as the settings want it.
    ///
    /// # Errors
    /// [`Error::NoLmHash`]; [`message::Error`] where the acceptor's pairs and this side's do not fit into one list.
    pub(super) fn answer(&self) -> Result<Answer, crate::Error> {
        let Some(secret) = self.settings.credential.secret() else { return Ok(Answer::anonymous()) };
        match self.settings.response {
            Response::V2 => Ok(self.v2(secret)?),
            Response::V1 if self.agreed.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) => {
                Ok(Answer::v1_extended(secret, self.challenge, &self.nonces.challenge))
            }
            Response::V1 => Ok(Answer::v1(secret, self.challenge)),
            Response::V1AndLm => Ok(Answer::v1_and_lm(secret, self.challenge)?),
        }
    }

    /// [MS-NLMP] section 3.3.2.
    fn v2(&self, secret: &Secret) -> Result<Answer, message::Error> {
        let Self { settings, agreed, challenge, nonces, ties, now } = self;
        let name = settings.credential.name();
        let key = secret.nt.response_key(name.user().encode_utf16(), name.domain().encode_utf16());
        let mic = agreed.timestamp.is_some();
        let pairs = pairs(agreed.target_info.as_ref(), ties.as_ref(), mic)?;
        let client_challenge = ClientChallenge {
            time_stamp: agreed.timestamp.unwrap_or(FileTime::from_timestamp(*now)),
            challenge_from_client: nonces.challenge,
            av_pairs: AvPairs::parse(&pairs)?,
        };
        let temp = client_challenge.encode();
        let proof = key.nt_proof(challenge, &temp);
        // Section 3.1.5.1.2: no LMv2 response for an acceptor with a clock.
        let lm = if mic { [0; 24] } else { key.lm_v2(challenge, &nonces.challenge) };
        Ok(Answer {
            lm: lm.to_vec(),
            nt: [&proof[..], &temp].concat(),
            key: key.session_base_key(&proof).key_exchange_key(),
            proof: Proof::NtlmV2,
            mic,
            names_target: agreed.target_info.is_some() && ties.is_some(),
        })
    }
}

impl Answer {
    /// [MS-NLMP] section 3.3.1, with extended session security.
    fn v1_extended(secret: &Secret, challenge: &ServerChallenge, client: &[u8; 8]) -> Self {
        let nt = ntlm_v1_extended(&secret.nt, challenge, client).to_vec();
        let key = secret.nt.session_base_key().extended_key_exchange_key(challenge, client);
        let lm = [&client[..], &[0; 16]].concat();
        Self { lm, nt, key, proof: Proof::NtlmV1Extended, mic: false, names_target: false }
    }

    /// [MS-NLMP] section 3.3.1, where NoLMResponseNTLMv1 is TRUE.
    fn v1(secret: &Secret, challenge: &ServerChallenge) -> Self {
        let nt = ntlm_v1(&secret.nt, challenge).to_vec();
        let key = secret.nt.session_base_key().key_exchange_key();
        Self { lm: nt.clone(), nt, key, proof: Proof::NtlmV1, mic: false, names_target: false }
    }

    /// [MS-NLMP] section 3.3.1, where NoLMResponseNTLMv1 is FALSE.
    fn v1_and_lm(secret: &Secret, challenge: &ServerChallenge) -> Result<Self, Error> {
        let lm = secret.lm.as_ref().ok_or(Error::NoLmHash)?;
        Ok(Self { lm: lm_v1(lm, challenge).to_vec(), ..Self::v1(secret, challenge) })
    }

    /// [MS-NLMP] section 3.3.2: the special case.
    fn anonymous() -> Self {
        let key = SessionBaseKey::null_session().key_exchange_key();
        let (lm, nt) = ([0].to_vec(), Vec::new());
        Self { lm, nt, key, proof: Proof::Anonymous, mic: false, names_target: false }
    }
}

/// AvPairs of an NTLMv2_CLIENT_CHALLENGE: the acceptor's, each as it came (row D13), but for those that are the initiator's
/// to say. They stand there once, and say what this side says (row D10, CVE-2019-1166). Without TargetInfo there are none.
fn pairs(target_info: Option<&AvPairs<'_>>, ties: Option<&Ties<'_>>, mic: bool) -> Result<Vec<u8>, message::Error> {
    let Some(target_info) = target_info else { return AvPairs::encode([], 0) };
    let theirs = target_info.iter().filter(|pair| !is_the_initiators(pair.id()));
    let flags = mic.then_some(AvPair::Flags(AvFlags::MIC));
    let Some(Ties { target_name, bindings, machine_id }) = ties else {
        return AvPairs::encode(theirs.chain(flags), TRAILING);
    };
    let host = SingleHostData { size: SingleHostData::SIZE, z4: 0, custom_data: &[0; 8], machine_id, rest: &[] };
    let tied =
        [AvPair::SingleHost(host), AvPair::ChannelBindings(bindings.as_octets()), AvPair::TargetName(*target_name)];
    AvPairs::encode(theirs.chain(flags).chain(tied), TRAILING)
}

/// Z(4) of [MS-NLMP] section 3.3.2.
const TRAILING: usize = 4;

fn is_the_initiators(id: AvId) -> bool {
    matches!(id, AvId::FLAGS | AvId::SINGLE_HOST | AvId::TARGET_NAME | AvId::CHANNEL_BINDINGS)
}
