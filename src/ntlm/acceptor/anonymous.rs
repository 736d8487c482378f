//! Logins of nobody in particular ([MS-NLMP] section 3.2.5.1.2, row D06).

use super::claim::Claim;
use crate::ntlm::error::Error;
use crate::ntlm::message::{LmResponse, NtResponse};

/// Anonymous is a login without user and responses; one that is half of it is none at all.
pub(super) fn check(claim: &Claim<'_>) -> Result<(), Error> {
    if claim.is_anonymous() {
        return if claim.challenged.settings.allow_anonymous { Ok(()) } else { Err(Error::AnonymousRefused) };
    }
    let named = !claim.question.user.is_empty();
    match (&claim.response, claim.lm_response()) {
        (NtResponse::V1(_) | NtResponse::V2(_), _) if named => Ok(()),
        // Rows D07, D08.
        (NtResponse::None, Some(LmResponse::Response(_))) if named => Err(Error::LmOnly),
        _ => Err(Error::AnonymousMix),
    }
}
