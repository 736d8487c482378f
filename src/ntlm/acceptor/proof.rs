//! The response, the keys that come of it, and the MIC ([MS-NLMP] section 3.2.5.1.2).

use alloc::boxed::Box;

use super::claim::Claim;
use crate::mechanism::{AccountAnswer, AccountVerdict};
use crate::ntlm::error::Error;
use crate::ntlm::established::Proof;
use crate::ntlm::message::{AvFlags, LmResponse, NegotiateFlags, NtResponse};
use crate::ntlm::response::{
    ClientChallenge, Error as ResponseError, ExportedSessionKey, NtHash, SessionBaseKey, verify_ntlmv1,
    verify_ntlmv1_extended, verify_ntlmv2,
};
use crate::peer::Account;

/// A response that was right.
pub(super) struct Proven {
    /// Whose it is, by the name that the store has.
    pub(super) account: Account,
    pub(super) proof: Proof,
    base: SessionBaseKey,
}

/// By its length alone a response is NTLMv1 or NTLMv2 (row D07), and NTLMv1 is refused unless told otherwise.
pub(super) fn check_kind(claim: &Claim<'_>) -> Result<(), Error> {
    match claim.response {
        NtResponse::V1(_) if !claim.challenged.settings.allow_ntlmv1 => Err(Error::NtlmV1Refused),
        _ => Ok(()),
    }
}

/// The password is the account's. Whatever else is right, this is always compared (row D12), and takes as long for a user
/// that nobody knows (row D23).
pub(super) fn verify(claim: &Claim<'_>, answer: AccountAnswer) -> Result<Proven, Error> {
    if claim.is_anonymous() {
        let account = Account::new("", "");
        return Ok(Proven { account, proof: Proof::Anonymous, base: SessionBaseKey::null_session() });
    }
    let failure = |error| Error::of_response(error, || claim.account());
    match answer.0 {
        AccountVerdict::NtHash(account, hash) => {
            let (proof, base) = compare(claim, Some(&NtHash::new(*hash))).map_err(failure)?;
            Ok(Proven { account, proof, base })
        }
        AccountVerdict::Verified(account, key) => {
            let base = SessionBaseKey::new(*key);
            // Row D29: everybody has this key, so the response proved nothing.
            if base.is_null_session() && !claim.challenged.settings.allow_guests {
                return Err(Error::GuestRefused(Box::new(claim.account())));
            }
            Ok(Proven { account, proof: Proof::PassThrough, base })
        }
        AccountVerdict::Unknown => Err(nobodys(claim)),
        AccountVerdict::Refused => {
            let _as_long = nobodys(claim);
            Err(Error::AccountRefused(Box::new(claim.account())))
        }
        AccountVerdict::Unavailable => Err(Error::StoreUnavailable),
    }
}

/// The failure of a user that nobody knows, after the same work.
fn nobodys(claim: &Claim<'_>) -> Error {
    let error = compare(claim, None).map_or_else(|error| error, |_| ResponseError::LogonFailure);
    Error::of_response(error, || claim.account())
}

fn compare(claim: &Claim<'_>, account: Option<&NtHash>) -> Result<(Proof, SessionBaseKey), ResponseError> {
    let question = &claim.question;
    let challenge = &question.server_challenge;
    let response = &question.nt_response;
    match (claim.response, extended(claim)?) {
        (NtResponse::V1(_), Some(client)) => {
            verify_ntlmv1_extended(account, challenge, client, response).map(|base| (Proof::NtlmV1Extended, base))
        }
        (NtResponse::V1(_), None) => verify_ntlmv1(account, challenge, response).map(|base| (Proof::NtlmV1, base)),
        _ => {
            let (user, domain) = (question.user.encode_utf16(), question.domain.encode_utf16());
            verify_ntlmv2(account, user, domain, challenge, response).map(|base| (Proof::NtlmV2, base))
        }
    }
}

/// The client's challenge, where NTLMv1 goes with extended session security. That is told by the flags in effect, not by
/// what the client claims: httpntlm claims it and does not do it.
fn extended<'a>(claim: &Claim<'a>) -> Result<Option<&'a ClientChallenge>, ResponseError> {
    match claim.response {
        NtResponse::V1(_) if claim.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) => {
            let client = claim.lm_response().and_then(LmResponse::as_client_challenge);
            client.map(Some).ok_or(ResponseError::LogonFailure)
        }
        _ => Ok(None),
    }
}

/// The session key: exchanged if that is in effect, and then of 16 octets; else the one that the response proves (row D18).
/// gss-ntlmssp sends 16 octets where none are due, and does not use them either.
pub(super) fn session_key(claim: &Claim<'_>, proven: &Proven) -> Result<ExportedSessionKey, Error> {
    let failure = |error| Error::of_response(error, || claim.account());
    let key = match extended(claim).map_err(failure)? {
        Some(client) => proven.base.extended_key_exchange_key(&claim.question.server_challenge, client),
        None => proven.base.key_exchange_key(),
    };
    let sent = claim.message.meaning().encrypted_random_session_key;
    match sent.len() {
        _ if claim.flags.contains(NegotiateFlags::KEY_EXCH) => key.unwrap_session_key(sent).map_err(failure),
        0 | 16 => Ok(key.exported_session_key()),
        length => Err(Error::SessionKeyLength(length)),
    }
}

/// The MIC, if the proven response announces one: then it is there, and over the three messages as they went over the wire
/// (rows D09, D11, D16). Returns whether it was.
pub(super) fn check_mic(claim: &Claim<'_>, key: &ExportedSessionKey) -> Result<bool, Error> {
    // Anybody can make a null session's, and a guest's is under the key of a password that nobody here knows.
    let announced = !key.is_null_session()
        && claim.attributes().is_some_and(|attributes| attributes.flags().contains(AvFlags::MIC));
    if !announced {
        return if claim.challenged.settings.require_mic { Err(Error::MicRequired) } else { Ok(false) };
    }
    let mic = claim.message.announced_mic()?;
    key.verify_mic(claim.challenged.transcript(), &[], claim.message.octets(), mic.before.len())
        .map_err(|_| Error::MicMismatch)?;
    Ok(true)
}
