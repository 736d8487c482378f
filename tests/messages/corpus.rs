//! The folder of recorded exchanges, and the messages found in its tokens.

use std::fs;
use std::path::PathBuf;

use negotiate::asn1;
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::message::{ApRep, ApReq, EncApRepPart, KrbError};
use negotiate::spnego::message::{NegTokenInit2, NegotiationToken};
use serde_json::Value;

/// A token of a case.
pub(crate) struct Token {
    pub(crate) case: String,
    pub(crate) octets: Vec<u8>,
    pub(crate) decoded: Value,
}

impl Token {
    /// Whether the case is about a token that was deliberately broken.
    pub(crate) fn is_damaged(&self) -> bool {
        self.case.starts_with("damaged-")
    }
}

/// All tokens of `mit/`, or `None` where there is no folder of vectors.
pub(crate) fn tokens() -> Option<Vec<Token>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("NEGOTIATE_VECTORS").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: no folder {}", folder.display());
        return None;
    }
    let mut files: Vec<_> = fs::read_dir(folder.join("mit")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut tokens = Vec::new();
    for path in files {
        let case: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        if !matches!(case["mech"].as_str(), Some("krb5" | "spnego")) {
            continue;
        }
        for token in case["tokens"].as_array().unwrap() {
            tokens.push(Token {
                case: case["id"].as_str().unwrap().to_owned(),
                octets: unhex(&token["hex"]),
                decoded: token["decoded"].clone(),
            });
        }
    }
    assert!(!tokens.is_empty(), "{} is there but holds no case", folder.display());
    Some(tokens)
}

pub(crate) fn unhex(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// A message within a token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Message<'a> {
    pub(crate) kind: Kind,
    pub(crate) octets: &'a [u8],
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    ApReq,
    ApRep,
    KrbError,
    EncApRepPart,
    Spnego,
    SpnegoHint,
}

impl Message<'_> {
    /// Decodes it and encodes what came out.
    pub(crate) fn re_encoded(self) -> Result<Vec<u8>, asn1::Error> {
        match self.kind {
            Kind::ApReq => ApReq::parse(self.octets)?.to_der(),
            Kind::ApRep => ApRep::parse(self.octets)?.to_der(),
            Kind::KrbError => KrbError::parse(self.octets)?.to_der(),
            Kind::EncApRepPart => EncApRepPart::parse(self.octets)?.to_der(),
            Kind::Spnego => NegotiationToken::parse(self.octets)?.to_der(),
            Kind::SpnegoHint => NegTokenInit2::parse_negotiation_token(self.octets)?.to_negotiation_token(),
        }
    }
}

/// The messages in a token, from outside to inside; what is not one of ours (NTLM) is left out.
pub(crate) fn messages_in(token: &[u8]) -> Vec<Message<'_>> {
    let message = |kind, octets| vec![Message { kind, octets }];
    match token {
        [0x60, ..] => match InitialToken::parse(token) {
            Ok(frame) if frame.mechanism == Oid::SPNEGO => messages_in(frame.inner),
            Ok(frame) if frame.mechanism == Oid::NTLMSSP => Vec::new(),
            Ok(frame) => match frame.inner {
                [1, 0, message @ ..] => messages_in(message),
                [2, 0, message @ ..] => messages_in(message),
                [3, 0, message @ ..] => messages_in(message),
                _ => Vec::new(),
            },
            Err(_) => Vec::new(),
        },
        [0x6e, ..] => message(Kind::ApReq, token),
        [0x6f, ..] => message(Kind::ApRep, token),
        [0x7e, ..] => message(Kind::KrbError, token),
        [0xa0 | 0xa1, ..] => {
            let inner = match NegotiationToken::parse(token) {
                Ok(NegotiationToken::NegTokenInit(init)) => init.mech_token,
                Ok(NegotiationToken::NegTokenResp(resp)) => resp.response_token,
                Err(_) if NegTokenInit2::parse_negotiation_token(token).is_ok() => {
                    return message(Kind::SpnegoHint, token);
                }
                Err(_) => None,
            };
            let mut messages = message(Kind::Spnego, token);
            messages.extend(inner.iter().flat_map(|inner| messages_in(inner.0)));
            messages
        }
        _ => Vec::new(),
    }
}
