//! NTLM's messages.

use negotiate::ntlm::message::{AuthenticateMessage, ChallengeMessage, NegotiateMessage, NtResponse};

/// Whatever parses is written in its own layout as it came, and in this crate's layout means the same; what is inside is
/// taken apart without a fall.
pub fn ntlm_message(octets: &[u8]) {
    if let Ok(message) = NegotiateMessage::parse(octets) {
        let meaning = message.meaning();
        assert_eq!(meaning.encode_as(message.layout()).as_deref(), Ok(octets), "NEGOTIATE differs");
    }
    if let Ok(message) = ChallengeMessage::parse(octets) {
        let meaning = message.meaning();
        assert_eq!(meaning.encode_as(message.layout()).as_deref(), Ok(octets), "CHALLENGE differs");
        if let Ok(Some(pairs)) = meaning.av_pairs() {
            assert!(pairs.iter().count() <= 32, "more pairs than may be");
        }
    }
    if let Ok(message) = AuthenticateMessage::parse(octets) {
        let meaning = message.meaning();
        assert_eq!(meaning.encode_as(message.layout()).as_deref(), Ok(octets), "AUTHENTICATE differs");
        if let Ok(NtResponse::V2(response)) = meaning.nt_response() {
            assert_eq!(response.client_challenge.encode(), response.temp, "the client's challenge differs");
        }
        if let Some(mic) = message.mic() {
            assert_eq!(mic.before.len() + mic.value.len() + mic.after.len(), octets.len(), "the MIC has another place");
        }
    }
}
