//! The messages of NTLM ([MS-NLMP] section 2.2), as they stand on the wire. Nothing here computes a response or decides.
//!
//! ```text
//! signature, type ── flags ── Fields, Fields, … ── VERSION? ── MIC? ── payload
//!                               Len, MaxLen, BufferOffset ──────────────▲
//! NEGOTIATE_MESSAGE     domain, workstation, both OEM
//! CHALLENGE_MESSAGE     target name, server challenge, target info ── AV_PAIR, AV_PAIR, …, MsvAvEOL
//! AUTHENTICATE_MESSAGE  names, LM response, key, NT response ── proof, NTLMv2_CLIENT_CHALLENGE ── AV_PAIR, …
//! ```
//! A message is two things. [`Challenge`] is its meaning: values that can be written down, in the one layout this crate
//! builds. [`ChallengeMessage`] is a message that came from elsewhere: octets in which every offset has been checked,
//! once, what they mean, and the [`Layout`] its builder chose. Meaning and layout together are the octets again. So with
//! the other two.
//!
//! Whatever a MIC or a proof covers is taken from the octets as they came, never from what was built anew.

mod authenticate;
mod av_pair;
mod av_pairs;
mod challenge;
mod challenge_response;
mod error;
mod fields;

mod flags;
mod negotiate;
mod received;
mod signature;
mod text;
mod version;

pub use crate::time::FileTime;
pub use authenticate::{Authenticate, AuthenticateMessage, Mic};
pub use av_pair::{AvId, AvPair, SingleHostData};
pub use av_pairs::{AvPairs, MAX_AV_PAIRS};
pub use challenge::{Challenge, ChallengeMessage};
pub use challenge_response::{ClientChallenge, LmResponse, LmV2Response, NtResponse, NtlmV2Response};
pub use error::{AvFlaw, Error, Field};
pub use fields::{Fields, Layout};
pub use flags::{AvFlags, NegotiateFlags};
pub use negotiate::{Negotiate, NegotiateMessage};
pub use received::{MessageType, Received};
pub use signature::MessageSignature;
pub use text::{Charset, Utf16};
pub use version::Version;
