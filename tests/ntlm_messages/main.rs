//! The messages of NTLM: those of [MS-NLMP] section 4.2, everything that was recorded, and what is not sound.

#![cfg(feature = "ntlm")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod corpus;
mod examples;
mod hostile;
mod recorded;

use negotiate::ntlm::message::{AuthenticateMessage, ChallengeMessage, Error, MessageType, NegotiateMessage};

/// Whatever message this is, parsed and written down again.
fn re_encoded(octets: &[u8]) -> Result<Vec<u8>, Error> {
    match MessageType::of(octets)? {
        Some(MessageType::Challenge) => {
            let message = ChallengeMessage::parse(octets)?;
            message.meaning().encode_as(message.layout())
        }
        Some(MessageType::Authenticate) => {
            let message = AuthenticateMessage::parse(octets)?;
            message.meaning().encode_as(message.layout())
        }
        _ => {
            let message = NegotiateMessage::parse(octets)?;
            message.meaning().encode_as(message.layout())
        }
    }
}

/// The same message in this crate's own layout.
fn in_own_layout(octets: &[u8]) -> Result<Vec<u8>, Error> {
    match MessageType::of(octets)? {
        Some(MessageType::Challenge) => ChallengeMessage::parse(octets)?.meaning().encode(),
        Some(MessageType::Authenticate) => AuthenticateMessage::parse(octets)?.meaning().encode(),
        _ => NegotiateMessage::parse(octets)?.meaning().encode(),
    }
}

fn same_meaning(one: &[u8], other: &[u8]) -> bool {
    match MessageType::of(one).unwrap() {
        Some(MessageType::Challenge) => {
            ChallengeMessage::parse(one).unwrap().meaning() == ChallengeMessage::parse(other).unwrap().meaning()
        }
        Some(MessageType::Authenticate) => {
            AuthenticateMessage::parse(one).unwrap().meaning() == AuthenticateMessage::parse(other).unwrap().meaning()
        }
        _ => NegotiateMessage::parse(one).unwrap().meaning() == NegotiateMessage::parse(other).unwrap().meaning(),
    }
}
