//! Channel bindings ([MS-NLMP] section 3.2.5.1.2, row D21).

use subtle::ConstantTimeEq;

use super::claim::Claim;
use crate::context::BindingsStatus;
use crate::ntlm::error::{BindingsFailure, Error};

/// Compares the two sides' channel bindings. Zeros are not the same as none: they say that the client knows of bindings,
/// and sees no channel. Chromium sends them over plain HTTP, where this side has none either and nothing is compared.
pub(super) fn compare(claim: &Claim<'_>) -> Result<BindingsStatus, Error> {
    let (own, required) = (claim.challenged.bindings.as_ref(), claim.challenged.bindings_required);
    let Some(own) = own else {
        return if required { Err(Error::NoOwnBindings) } else { Ok(BindingsStatus::NotChecked) };
    };
    let sent = claim.attributes().and_then(|attributes| attributes.channel_bindings());
    let failure = match sent {
        Some(sent) if bool::from(own.as_octets().ct_eq(sent)) => return Ok(BindingsStatus::Matched),
        Some([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]) => BindingsFailure::NoChannel,
        Some(_) => BindingsFailure::Mismatch,
        None if required => BindingsFailure::Missing,
        None => return Ok(BindingsStatus::Absent),
    };
    Err(Error::BadBindings(failure))
}
