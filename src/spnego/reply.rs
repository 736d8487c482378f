//! What goes back to the initiator.

use alloc::vec::Vec;

use super::Error;
use super::message::{NegState, NegTokenResp, NegotiationToken};
use crate::asn1::{self, OctetString};
use crate::error::Rejected;
use crate::gss::Oid;

/// Refuses in SPNEGO's words.
pub(super) fn reject(error: Error) -> Rejected {
    Rejected { error: error.into(), token: rejection(None) }
}

/// A mechanism's refusal, its last word inside SPNEGO's. There is no second mechanism to be tried (row C16).
pub(super) fn refused_by_mechanism(rejected: Rejected) -> Rejected {
    let Rejected { error, token } = rejected;
    Rejected { error, token: rejection(token.as_deref()) }
}

fn rejection(mechanism_token: Option<&[u8]>) -> Option<Vec<u8>> {
    encode(NegState::Reject, None, mechanism_token, None).ok()
}

/// Encodes a reply. A mechanism's empty token is none: a field without octets would tell the initiator nothing.
pub(super) fn encode(
    state: NegState,
    mechanism: Option<Oid<'_>>,
    token: Option<&[u8]>,
    mic: Option<&[u8]>,
) -> Result<Vec<u8>, asn1::Error> {
    let response = NegTokenResp {
        neg_state: Some(state),
        supported_mech: mechanism,
        response_token: token.filter(|token| !token.is_empty()).map(OctetString),
        mech_list_mic: mic.map(OctetString),
        ..NegTokenResp::default()
    };
    NegotiationToken::NegTokenResp(response).to_der()
}
