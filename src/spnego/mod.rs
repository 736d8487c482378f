//! The negotiation of a mechanism: SPNEGO (RFC 4178, [MS-SPNG]), and what comes without it (RFC 4559).
//!
//! The acceptor is a machine of one type per state. Its only ways are these:
//!
//! | state | input | next / reply |
//! |---|---|---|
//! | Start | offer without a common mechanism | failed / reject |
//! | Start | offer whose first mechanism is chosen, with its token | as NeedToken with that token |
//! | Start | the same without a token | NeedToken / accept-incomplete, supportedMech |
//! | Start | offer of which another mechanism is chosen | NeedToken, signatures required / request-mic, supportedMech; the token is dropped |
//! | Start | a mechanism's own bare token | that mechanism alone, without SPNEGO |
//! | Start | anything else | failed |
//! | NeedToken, InProgress | token, mechanism goes on | InProgress / accept-incomplete, token |
//! | NeedToken, InProgress | token and signature, mechanism goes on | failed / reject |
//! | NeedToken, InProgress | token, mechanism done, no signature required | established / accept-completed, token |
//! | NeedToken, InProgress | token, mechanism done, signature required, and the initiator has yet to get a token | MicPending / accept-incomplete, token, own signature |
//! | NeedToken, InProgress | token, mechanism done, signature required, and the initiator has all its tokens | failed / reject |
//! | NeedToken, InProgress | token and signature, mechanism done | signature verified: established / accept-completed, token, own signature; else failed / reject |
//! | NeedToken, InProgress | no token | failed / reject |
//! | MicPending | signature alone | signature verified: established / nothing; else failed / reject |
//! | MicPending | anything else | failed / reject |
//! | any | the mechanism refuses | failed / reject, with the mechanism's last word |
//! | after Start | a second offer, supportedMech, request-mic, message 9, an empty or malformed message | failed / reject |
//! | after Start | negState reject | failed |
//! | established, failed | anything | cannot be said: the state was consumed |
//!
//! The signature is the `mechListMIC`. It is required if, and only if, another than the initiator's first mechanism was
//! chosen. The first reply carries supportedMech as the initiator spelt it.

mod acceptor;
mod error;
mod first_token;
mod initiator;
mod mech_list_mic;
pub mod message;
mod offer;
mod reply;
#[cfg(test)]
mod tests;

pub(crate) use acceptor::accept;
pub use error::{Error, Offered};
pub use initiator::InitiatorError;
pub(crate) use initiator::initiate;

/// The longest token that is looked at, in octets. A token with the largest ticket that Windows makes (`MaxTokenSize`,
/// 65,535 at most) fits.
pub(crate) const MAX_TOKEN: usize = 65_536;

/// The most messages from an initiator. The longest known exchange (request-mic, three legs, signatures) has four.
pub(crate) const MAX_ROUNDS: u8 = 8;
