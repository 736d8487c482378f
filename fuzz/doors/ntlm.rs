//! NTLM's messages.

use negotiate::ntlm::message::{
    AuthenticateMessage, AvFlags, AvId, AvPair, AvPairs, ChallengeMessage, ClientChallenge, LmResponse, MAX_AV_PAIRS,
    NegotiateMessage, NtResponse,
};

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

/// `ntlm::message::AvPairs`, and the responses that have such a list in them: no pair is there twice, each is what its value says,
/// and what is written is what was read.
pub fn av_pairs(octets: &[u8]) {
    if let Ok(pairs) = AvPairs::parse(octets) {
        pair_list(&pairs);
    }
    if let Ok(challenge) = ClientChallenge::parse(octets) {
        assert_eq!(challenge.encode(), octets, "written again, it differs");
        pair_list(&challenge.av_pairs);
    }
    match NtResponse::parse(octets) {
        Ok(NtResponse::V2(response)) => {
            assert_eq!([&response.response[..], response.temp].concat(), octets);
            assert_eq!(response.client_challenge.encode(), response.temp, "the client's challenge differs");
        }
        Ok(NtResponse::V1(response)) => assert_eq!(response, octets),
        Ok(NtResponse::None) => assert!(octets.is_empty()),
        Err(error) => assert!(!error.to_string().chars().any(char::is_control), "not a line for a log: {error:?}"),
    }
    if let Ok(LmResponse::Response(response)) = LmResponse::parse(octets) {
        assert_eq!(response, octets);
    }
}

fn pair_list(list: &AvPairs<'_>) {
    let pairs: Vec<_> = list.iter().collect();
    assert!(pairs.len() <= MAX_AV_PAIRS && pairs.len() == list.values().count(), "pairs that nobody checked");
    assert_eq!(AvPairs::encode(pairs.iter().copied(), list.trailing()).as_deref(), Ok(list.octets()), "it differs");
    for (at, (id, value)) in list.values().enumerate() {
        assert_eq!(list.value(id), Some(value), "{id} is there twice");
        assert_eq!(pairs[at], AvPair::new(id, value).unwrap());
    }
    assert_eq!(list.flags() == AvFlags::NONE, list.value(AvId::FLAGS).is_none_or(|value| value == [0; 4]));
    assert_eq!(list.timestamp().is_some(), list.value(AvId::TIMESTAMP).is_some());
    assert_eq!(list.channel_bindings().map(|hash| &hash[..]), list.value(AvId::CHANNEL_BINDINGS));
    assert_eq!(list.target_name().map(|name| name.octets()), list.value(AvId::TARGET_NAME));
    assert!(!format!("{list:?}").chars().any(char::is_control), "not a line for a log");
}
