//! What curl, wget, Java, Chromium, Firefox, Samba, gss-ntlmssp, impacket, pyspnego and others sent.

use negotiate::ntlm::message::{
    AuthenticateMessage, AvFlags, AvPair, AvPairs, ChallengeMessage, Error, Field, MessageSignature, MessageType,
    NegotiateFlags, NegotiateMessage, NtResponse, Version,
};
use serde_json::Value;

use crate::corpus::{Recorded, messages, unhex};
use crate::{in_own_layout, re_encoded, same_meaning};

/// There is no exception.
#[test]
fn every_message_is_re_encoded_octet_by_octet() {
    let Some(messages) = messages() else { return };
    for message in &messages {
        assert_eq!(re_encoded(&message.octets).as_ref(), Ok(&message.octets), "{}", message.case);
    }
    println!("{} messages", messages.len());
    assert!(messages.len() >= 500);
}

/// What this crate builds of the same values means the same, and is written down again the same.
#[test]
fn every_message_keeps_its_meaning_in_our_layout() {
    let Some(messages) = messages() else { return };
    for Recorded { case, octets, .. } in &messages {
        let ours = in_own_layout(octets).unwrap();
        assert_eq!((re_encoded(&ours), in_own_layout(&ours)), (Ok(ours.clone()), Ok(ours.clone())), "{case}");
        assert!(same_meaning(octets, &ours), "{case}");
    }
}

/// [`NtResponse`], [`AvPairs`] and everything else inside, taken apart and put together.
#[test]
fn every_structure_inside_is_re_encoded_octet_by_octet() {
    let Some(messages) = messages() else { return };
    let (mut challenges, mut v2, mut v1) = (0, 0, 0);
    for Recorded { case, octets, .. } in &messages {
        match MessageType::of(octets).unwrap().unwrap() {
            MessageType::Negotiate => {}
            MessageType::Challenge => {
                let message = ChallengeMessage::parse(octets).unwrap();
                let Some(pairs) = message.meaning().av_pairs().unwrap() else { continue };
                assert_eq!(rebuilt(&pairs), pairs.octets(), "{case}");
                assert!(!pairs.flags().contains(AvFlags::MIC), "{case}");
                challenges += 1;
            }
            MessageType::Authenticate => {
                let message = AuthenticateMessage::parse(octets).unwrap();
                message.meaning().lm_response().unwrap();
                match message.meaning().nt_response().unwrap() {
                    NtResponse::V2(response) => {
                        assert_eq!(response.client_challenge.encode(), response.temp, "{case}");
                        let pairs = response.client_challenge.av_pairs;
                        assert_eq!(rebuilt(&pairs), pairs.octets(), "{case}");
                        v2 += 1;
                    }
                    NtResponse::V1(_) => v1 += 1,
                    NtResponse::None => assert_eq!(case, "smbclient-smbd-anon"),
                }
            }
        }
    }
    println!("{challenges} TargetInfo, {v2} NTLMv2_RESPONSE, {v1} NTLM_RESPONSE");
    assert!(challenges >= 130 && v2 >= 140 && v1 >= 18);
}

fn rebuilt(pairs: &AvPairs<'_>) -> Vec<u8> {
    AvPairs::encode(pairs.iter(), pairs.trailing()).unwrap()
}

/// Held against a decoder that shares nothing with this one.
#[test]
fn every_value_is_what_was_recorded() {
    let Some(messages) = messages() else { return };
    let mut compared = 0;
    for Recorded { case, octets, decoded } in &messages {
        if decoded.is_null() {
            continue;
        }
        compared += 1;
        match MessageType::of(octets).unwrap().unwrap() {
            MessageType::Negotiate => negotiate_is(octets, decoded),
            MessageType::Challenge => challenge_is(case, octets, decoded),
            MessageType::Authenticate => authenticate_is(case, octets, decoded),
        }
    }
    println!("{compared} messages compared");
    assert!(compared >= 490);
}

fn flags_are(flags: NegotiateFlags, decoded: &Value) {
    assert_eq!(u64::from(flags.bits()), decoded["flags"].as_u64().unwrap());
    assert_eq!(flags.names().collect::<Vec<_>>().len(), decoded["flag_names"].as_array().unwrap().len());
    assert!(flags.names().eq(decoded["flag_names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap())));
}

fn octets_are(octets: &[u8], decoded: &Value) {
    assert_eq!(octets, unhex(decoded.as_str().unwrap()));
}

fn negotiate_is(octets: &[u8], decoded: &Value) {
    let message = NegotiateMessage::parse(octets).unwrap();
    let meaning = message.meaning();
    flags_are(meaning.flags, decoded);
    assert_eq!(meaning.domain_name, decoded["domain"].as_str().unwrap().as_bytes());
    assert_eq!(meaning.workstation, decoded["workstation"].as_str().unwrap().as_bytes());
    if meaning.flags.contains(NegotiateFlags::VERSION) {
        octets_are(&meaning.version.map(Version::to_octets).unwrap(), &Value::from(hex(&octets[32..40])));
    }
}

fn challenge_is(case: &str, octets: &[u8], decoded: &Value) {
    let message = ChallengeMessage::parse(octets).unwrap();
    let meaning = message.meaning();
    flags_are(meaning.flags, decoded);
    octets_are(&meaning.server_challenge, &decoded["server_challenge"]);
    assert_eq!(meaning.decode_target_name().unwrap(), decoded["target_name"].as_str().unwrap(), "{case}");
    match meaning.av_pairs().unwrap() {
        Some(pairs) => pairs_are(pairs, &decoded["target_info"]),
        None => assert!(meaning.target_info.is_empty(), "{case}"),
    }
}

fn authenticate_is(case: &str, octets: &[u8], decoded: &Value) {
    let message = AuthenticateMessage::parse(octets).unwrap();
    let meaning = message.meaning();
    flags_are(meaning.flags, decoded);
    octets_are(meaning.lm_challenge_response, &decoded["lm"]);
    octets_are(meaning.nt_challenge_response, &decoded["nt"]);
    octets_are(meaning.encrypted_random_session_key, &decoded["enc_session_key"]);
    if case.starts_with("wget") {
        // It says Unicode and sends OEM: the message is sound, its names are not (row D01).
        assert!(meaning.flags.contains(NegotiateFlags::UNICODE));
        assert_eq!(meaning.user_name, b"alice");
        assert_eq!(meaning.decode_user_name(), Err(Error::FieldBounds(Field::UserName)));
        return;
    }
    if case == "curl-jurgen-samba" {
        // UTF-8 where OEM was negotiated; Samba refused it, too.
        assert_eq!(meaning.user_name, "jürgen".as_bytes());
        assert_eq!(meaning.decode_user_name(), Err(Error::OemCharacter(Field::UserName)));
        return;
    }
    assert_eq!(meaning.decode_domain_name().unwrap(), decoded["domain"].as_str().unwrap(), "{case}");
    assert_eq!(meaning.decode_user_name().unwrap(), decoded["user"].as_str().unwrap(), "{case}");
    assert_eq!(meaning.decode_workstation().unwrap(), decoded["workstation"].as_str().unwrap(), "{case}");
    let NtResponse::V2(response) = meaning.nt_response().unwrap() else { return };
    let blob = &decoded["blob"];
    octets_are(response.response, &decoded["nt_proof"]);
    octets_are(&response.client_challenge.challenge_from_client, &blob["client_challenge"]);
    assert_eq!(response.client_challenge.time_stamp.0, blob["timestamp"].as_u64().unwrap());
    assert_eq!(
        u64::try_from(response.client_challenge.av_pairs.trailing()).unwrap(),
        blob["trailing"].as_u64().unwrap()
    );
    pairs_are(response.client_challenge.av_pairs, &blob["avs"]);
    if response.client_challenge.av_pairs.flags().contains(AvFlags::MIC) {
        let mic = message.announced_mic().unwrap();
        assert_eq!(mic.before.len(), if meaning.version.is_some() { 72 } else { 64 }, "{case}");
        assert_eq!(mic.before.len() + 16 + mic.after.len(), octets.len());
    }
}

fn pairs_are(pairs: AvPairs<'_>, decoded: &Value) {
    let decoded = decoded.as_array().unwrap();
    assert_eq!(pairs.iter().count(), decoded.len());
    for (pair, decoded) in pairs.iter().zip(decoded) {
        assert_eq!(u64::from(pair.id().0), decoded["id"].as_u64().unwrap());
        let value = &decoded["value"];
        match pair {
            AvPair::Flags(flags) => assert_eq!(u64::from(flags.bits()), value.as_u64().unwrap()),
            AvPair::Timestamp(time) => assert_eq!(time.0, value.as_u64().unwrap()),
            AvPair::ChannelBindings(hash) => octets_are(hash, value),
            AvPair::SingleHost(data) => octets_are(data.machine_id, &Value::from(&value.as_str().unwrap()[32..])),
            AvPair::NbComputerName(text)
            | AvPair::NbDomainName(text)
            | AvPair::DnsComputerName(text)
            | AvPair::DnsDomainName(text)
            | AvPair::DnsTreeName(text)
            | AvPair::TargetName(text) => assert_eq!(text.to_string(), value.as_str().unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

/// Every signature of the recorded signed and sealed messages.
#[test]
fn every_signature_is_re_encoded_octet_by_octet() {
    let Some(tokens) = crate::corpus::per_message_tokens() else { return };
    for (case, token) in &tokens {
        let signature = token.get(..16).unwrap_or_else(|| panic!("{case}"));
        for extended in [false, true] {
            assert_eq!(MessageSignature::parse(signature, extended).unwrap().to_octets(), signature, "{case}");
        }
    }
    println!("{} signatures", tokens.len());
    assert!(tokens.len() >= 500);
}

/// The facts about real initiators on which the reading of AUTHENTICATE_MESSAGE rests.
#[test]
fn what_the_initiators_do_where_the_specification_leaves_them_room() {
    let Some(messages) = messages() else { return };
    let find = |case: &str, number: MessageType| {
        let wanted = |message: &&Recorded| message.case == case && MessageType::of(&message.octets) == Ok(Some(number));
        messages.iter().find(wanted).unwrap().octets.clone()
    };
    let curl = find("curl-toy-full", MessageType::Authenticate);
    let message = AuthenticateMessage::parse(&curl).unwrap();
    let claimed = NegotiateFlags::VERSION | NegotiateFlags::KEY_EXCH;
    assert!(message.meaning().flags.contains(claimed), "curl claims both and sends neither");
    assert!(message.meaning().version.is_none() && message.meaning().encrypted_random_session_key.is_empty());
    assert_eq!(message.mic(), None);
    let negotiate = find("curl-toy-full", MessageType::Negotiate);
    let meaning = *NegotiateMessage::parse(&negotiate).unwrap().meaning();
    assert_eq!((negotiate.len(), meaning.flags.contains(NegotiateFlags::UNICODE)), (32, false));
    let chromium = find("chromium-samba", MessageType::Authenticate);
    let message = AuthenticateMessage::parse(&chromium).unwrap();
    assert!(!message.meaning().flags.contains(NegotiateFlags::VERSION), "Chromium leaves room for it all the same");
    assert_eq!(message.announced_mic().unwrap().before.len(), 72);
    let axios = find("node-axios-ntlm-toy-full", MessageType::Negotiate);
    let meaning = *NegotiateMessage::parse(&axios).unwrap().meaning();
    assert_eq!((meaning.domain_name, meaning.version), (&b"ADEX"[..], None), "names where VERSION would be");
    assert!(!meaning.flags.contains(NegotiateFlags::OEM_DOMAIN_SUPPLIED));
    let anonymous = find("smbclient-smbd-anon", MessageType::Authenticate);
    assert!(AuthenticateMessage::parse(&anonymous).unwrap().mic().is_some());
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
