//! What a person would want to know of an NTLM message.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::find;
use super::names::name;
use crate::inspect::escape::plain_utf16;
use crate::inspect::tree::Tree;
use crate::ntlm::message::{
    Authenticate, AuthenticateMessage, AvFlags, AvPairs, Challenge, ChallengeMessage, NegotiateFlags, NegotiateMessage,
    NtResponse,
};

/// What is to be said of a message, if it is sound enough to say it.
pub(super) fn of(tree: &Tree, token: &[u8]) -> Vec<String> {
    let mut hints = Vec::new();
    let octets = |kind| find(tree, token, kind).map(|(_, octets)| octets);
    if let Some(message) = octets("NEGOTIATE_MESSAGE").and_then(|octets| NegotiateMessage::parse(octets).ok()) {
        offer(message.meaning().flags, &mut hints);
    }
    if let Some(message) = octets("CHALLENGE_MESSAGE").and_then(|octets| ChallengeMessage::parse(octets).ok()) {
        challenge(message.meaning(), &mut hints);
    }
    if let Some(message) = octets("AUTHENTICATE_MESSAGE").and_then(|octets| AuthenticateMessage::parse(octets).ok()) {
        authenticate(message.meaning(), &mut hints);
    }
    hints
}

fn offer(flags: NegotiateFlags, hints: &mut Vec<String>) {
    hints.push(
        "its first message, NEGOTIATE_MESSAGE: what the client can do; who it is comes with the third".to_string(),
    );
    if !flags.contains(NegotiateFlags::UNICODE) {
        hints.push(OEM_ONLY.to_string());
    }
    if !flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) {
        hints.push(
            "extended session security is not offered: an old client, or one that answers with NTLMv1".to_string(),
        );
    }
}

const OEM_ONLY: &str =
    "names are in an OEM code page only, which the protocol does not name: beyond ASCII they will not be understood";

fn challenge(meaning: &Challenge<'_>, hints: &mut Vec<String>) {
    match meaning.av_pairs() {
        Ok(None) => hints.push(
            "no TargetInfo: a response cannot repeat who asked for it, most clients send no MIC, and some do not answer at all"
                .to_string(),
        ),
        Ok(Some(pairs)) if pairs.timestamp().is_none() => {
            hints.push("no MsvAvTimestamp: clients go by their own clock, and most of them send no MIC".to_string());
        }
        _ => {}
    }
    if !meaning.flags.contains(NegotiateFlags::UNICODE) {
        hints.push(OEM_ONLY.to_string());
    }
    if !meaning.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY) {
        hints.push(
            "extended session security is not among the flags: signatures will be of CRC-32, and some clients answer with NTLMv1"
                .to_string(),
        );
    }
}

fn authenticate(meaning: &Authenticate<'_>, hints: &mut Vec<String>) {
    who(meaning, hints);
    if !meaning.flags.contains(NegotiateFlags::UNICODE) {
        hints.push(OEM_ONLY.to_string());
    }
    match meaning.nt_response() {
        Ok(NtResponse::V1(_)) => hints.push(
            "the response is NTLMv1, which falls to a search of its keys, names no service and has neither MIC nor channel \
             bindings: acceptors refuse it by default. Set the client to NTLMv2 (LmCompatibilityLevel 3 or more)"
                .to_string(),
        ),
        Ok(NtResponse::V2(response)) => pairs(&response.client_challenge.av_pairs, hints),
        _ => {}
    }
}

/// User and domain as they were typed, and the machine they were typed at.
fn who(meaning: &Authenticate<'_>, hints: &mut Vec<String>) {
    let charset = meaning.flags.charset().ok();
    let [domain, user, workstation] =
        [meaning.domain_name, meaning.user_name, meaning.workstation].map(|octets| name(octets, charset).text);
    let from = match &*workstation {
        "" => "a machine that does not say its name".to_string(),
        _ => format!("a machine that calls itself {workstation}"),
    };
    let asked = meaning.nt_challenge_response.is_empty() && matches!(meaning.lm_challenge_response, [] | [0]);
    hints.push(match (&*domain, &*user) {
        (_, "") if asked => {
            format!("an anonymous login, from {from}: nobody is proven, and acceptors refuse it by default")
        }
        ("", user) => format!("the login is {user}'s without a domain, from {from}"),
        (domain, user) => format!("the login is {domain}\\{user}'s, from {from}"),
    });
}

fn pairs(pairs: &AvPairs<'_>, hints: &mut Vec<String>) {
    match pairs.target_name() {
        Some(name) if !name.octets().is_empty() => {
            let doubt = if pairs.flags().contains(AvFlags::UNTRUSTED_TARGET_NAME) {
                ", a name that the client has from a source it does not trust"
            } else {
                ""
            };
            hints.push(format!("it was made for {} (MsvAvTargetName){doubt}", plain_utf16(name.octets())));
        }
        _ => hints.push(
            "it does not say for which service it was made (no MsvAvTargetName): another server could relay it"
                .to_string(),
        ),
    }
    if !pairs.flags().contains(AvFlags::MIC) {
        hints.push("no MIC: nobody notices if the flags of the first two messages were changed on the way".to_string());
    }
    match pairs.channel_bindings() {
        Some(hash) if *hash != [0; 16] => {}
        Some(_) => hints.push("no channel bindings (all zero): it is not bound to a TLS channel".to_string()),
        None => hints.push("no channel bindings, not even zeros: the client does not know them".to_string()),
    }
}
