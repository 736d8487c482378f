//! The negotiation of a mechanism: SPNEGO (RFC 4178, [MS-SPNG]), and what comes without it (RFC 4559).
//!
//! Each side is a machine of one type per state. The acceptor's only ways are these:
//!
//! | state | input | next / reply |
//! |---|---|---|
//! | Start | offer without a common mechanism | failed / reject |
//! | Start | offer whose first mechanism is chosen, with its token | as NeedToken with that token |
//! | Start | the same without a token | NeedToken / *ask*, supportedMech |
//! | Start | offer of which another mechanism is chosen | NeedToken, signatures required / request-mic, supportedMech; the token is dropped |
//! | Start | a mechanism's own bare token | that mechanism alone, without SPNEGO; failed if SPNEGO is required |
//! | Start | anything else | failed |
//! | NeedToken, InProgress | token, mechanism goes on | InProgress / *ask*, token |
//! | NeedToken, InProgress | token and signature, mechanism goes on | failed / reject |
//! | NeedToken, InProgress | token, mechanism done, no signature required | established / accept-completed, token |
//! | NeedToken, InProgress | token, mechanism done, signature required, and the initiator has yet to get a token or the first reply | MicPending / *ask*, token, own signature |
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
//! *ask* is request-mic in the first reply if signatures are required, else accept-incomplete. The first reply carries
//! supportedMech as the initiator spelt it.
//!
//! The initiator's:
//!
//! | state | input | next / message |
//! |---|---|---|
//! | (start) | | Offered / the list, the first mechanism's token |
//! | Offered | the choice of another mechanism, no token, no signature | as InProgress, signatures required / that mechanism's first token |
//! | Offered | the choice of a mechanism that was not offered | failed |
//! | Offered | the first mechanism's choice, or none | as InProgress or LastWord; with request-mic signatures are required |
//! | InProgress | token, mechanism goes on | InProgress / token |
//! | InProgress | token, mechanism done and has a last token | LastWord / token; own signature if required |
//! | InProgress | token, mechanism done | as LastWord with what came beside the token |
//! | InProgress | no token; signature or accept-completed before the mechanism is done | failed |
//! | LastWord | accept-completed, no signature, none required | established / nothing |
//! | LastWord | signature that verifies, own one sent, accept-completed | established / nothing |
//! | LastWord | signature that verifies, own one not sent | established / accept-completed, own signature; nothing if the acceptor is done already |
//! | LastWord | anything else | failed |
//! | after Offered | supportedMech, request-mic | failed |
//! | any | negState reject, message 9, an empty or malformed message, a bare token | failed |
//!
//! The signature is the `mechListMIC`. It is required (RFC 4178 section 5) where another than the initiator's first mechanism was
//! chosen; of an acceptor also where it would rather have had another one and there were several to choose from; of an
//! initiator also where it is asked for; of both where the mechanism demands it, as NTLM does once its AUTHENTICATE_MESSAGE
//! has a MIC. What it is over is the list as it went over the wire.

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

/// How much of the signature of an offer is kept while an answer from outside is awaited, in octets: NTLM's has 16, Kerberos' 40 at
/// most (RFC 4121 section 4.2.6.1).
pub(crate) const MAX_MIC: usize = 256;

/// The most messages from an initiator. The longest known exchange (request-mic, three legs, signatures) has four.
pub(crate) const MAX_ROUNDS: u8 = 8;
