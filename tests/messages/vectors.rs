//! Every token of the recorded exchanges.

use negotiate::Timestamp;
use negotiate::asn1::{GeneralString, SequenceOf};
use negotiate::kerberos::message::{ApReq, KrbError, PrincipalName};
use negotiate::spnego::message::{NegTokenInit2, NegotiationToken};
use serde_json::Value;

use crate::corpus::{Kind, Message, Token, messages_in, tokens, unhex};

/// What is decoded and encoded again is what came. There is no exception among the sound tokens; of the damaged ones
/// those that decode at all must come out as they went in, too.
#[test]
fn every_token_is_re_encoded_octet_by_octet() {
    let Some(tokens) = tokens() else { return };
    let (mut messages, mut refused) = (0, Vec::new());
    for token in &tokens {
        let found = messages_in(&token.octets);
        assert!(token.is_damaged() || !found.is_empty() || is_not_ours(token), "{}: no message in it", token.case);
        for message in found {
            messages += 1;
            match message.re_encoded() {
                Ok(octets) => assert_eq!(octets, message.octets, "{} {:?}", token.case, message.kind),
                Err(error) if token.is_damaged() => refused.push(format!("{}: {error}", token.case)),
                Err(error) => panic!("{} {:?}: {error}", token.case, message.kind),
            }
        }
    }
    println!("{} tokens, {messages} messages, refused: {refused:#?}", tokens.len());
    assert!(messages >= tokens.len());
}

/// NTLM under the name of another mechanism.
fn is_not_ours(token: &Token) -> bool {
    token.octets.starts_with(b"NTLMSSP\0")
}

#[test]
fn every_clear_field_is_what_was_recorded() {
    let Some(tokens) = tokens() else { return };
    let mut compared = 0;
    for token in &tokens {
        for message in messages_in(&token.octets) {
            compared += usize::from(match message.kind {
                Kind::ApReq => is_recorded_ap_req(message, &token.decoded["ap_req"]),
                Kind::KrbError => is_recorded_krb_error(message, &token.decoded["krb_error"]),
                Kind::Spnego => is_recorded_spnego(message, &token.decoded["spnego"], &token.case),
                Kind::SpnegoHint => is_recorded_hint(message, &token.decoded["spnego"]),
                Kind::ApRep | Kind::EncApRepPart => false,
            });
        }
    }
    println!("{compared} messages compared");
    assert!(compared >= 600);
}

fn is_recorded_ap_req(message: Message<'_>, decoded: &Value) -> bool {
    if decoded.is_null() {
        return false;
    }
    let ap_req = ApReq::parse(message.octets).unwrap();
    let ticket = ap_req.ticket;
    let service = ticket.sname.to_principal(&ticket.realm).unwrap();
    assert_eq!(format!("{:08x}", ap_req.ap_options.0), decoded["ap_options"]);
    assert_eq!(service.to_string(), decoded["service"]);
    assert!(ticket.sname.is(&ticket.realm, &service));
    assert_eq!(ticket.sname.name_type, decoded["service_name_type"]);
    assert_eq!(ticket.enc_part.etype, decoded["ticket_etype"]);
    assert_eq!(serde_json::to_value(ticket.enc_part.kvno).unwrap(), decoded["ticket_kvno"]);
    assert_eq!(ap_req.authenticator.etype, decoded["authenticator_etype"]);
    true
}

fn is_recorded_krb_error(message: Message<'_>, decoded: &Value) -> bool {
    let error = KrbError::parse(message.octets).unwrap();
    assert_eq!(error.stime.to_timestamp(), Timestamp::from_seconds(decoded["stime"].as_i64().unwrap()));
    assert_eq!(error.susec.0, decoded["susec"]);
    assert_eq!(error.error_code, decoded["error_code"]);
    assert_eq!(&*error.realm, decoded["realm"].as_str().unwrap().as_bytes());
    let components = strings(&decoded["sname"]["components"]);
    let components: Vec<_> = components.iter().map(|component| GeneralString(component.as_bytes())).collect();
    assert_eq!(error.sname, PrincipalName { name_type: 0, name_string: SequenceOf::new(&components) });
    true
}

fn is_recorded_spnego(message: Message<'_>, decoded: &Value, case: &str) -> bool {
    if decoded.is_null() || !decoded["undecodable"].is_null() || case.starts_with("damaged-") {
        return false;
    }
    match NegotiationToken::parse(message.octets).unwrap() {
        NegotiationToken::NegTokenInit(init) => {
            assert_eq!(decoded["type"], "NegTokenInit");
            let mechanisms: Vec<_> = init.mech_types.iter().map(|mechanism| mechanism.to_string()).collect();
            assert_eq!(mechanisms, strings(&decoded["mechTypes"]), "{case}");
            // Row C04: what the MIC is computed over are the octets received.
            assert_eq!(init.mech_types.to_der().unwrap(), unhex(&decoded["mechTypes_der"]));
            let flags = init.req_flags.map(|flags| {
                let octets: String = flags.octets().iter().map(|octet| format!("{octet:02x}")).collect();
                format!("03{:02x}{:02x}{octets}", flags.octets().len() + 1, flags.unused_bits())
            });
            assert_eq!(flags.as_deref(), decoded["reqFlags"].as_str());
            is_recorded_mic(init.mech_list_mic.as_deref(), decoded);
        }
        NegotiationToken::NegTokenResp(resp) => {
            assert_eq!(decoded["type"], "NegTokenResp");
            let state = resp
                .neg_state
                .map(|state| ["accept-completed", "accept-incomplete", "reject", "request-mic"][state as usize]);
            assert_eq!(state, decoded["negState"].as_str());
            let mechanism = resp.supported_mech.map(|mechanism| mechanism.to_string());
            assert_eq!(mechanism.as_deref(), decoded["supportedMech"].as_str());
            is_recorded_mic(resp.mech_list_mic.as_deref(), decoded);
        }
    }
    true
}

fn is_recorded_mic(mic: Option<&[u8]>, decoded: &Value) {
    let recorded = decoded["mechListMIC"].is_string().then(|| unhex(&decoded["mechListMIC"]));
    assert_eq!(mic, recorded.as_deref());
}

fn is_recorded_hint(message: Message<'_>, decoded: &Value) -> bool {
    let hint = NegTokenInit2::parse_negotiation_token(message.octets).unwrap();
    assert_eq!(hint.neg_hints.unwrap().to_der().unwrap(), unhex(&decoded["negHints"]));
    true
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}
