//! What every door of the crate promises about hostile octets.
//!
//! One function a door: it takes any octets, and fails by assertion. The fuzz target of the same name runs it on what
//! the fuzzer invents, `tests/corpora.rs` on every file of `corpus/<name>`, so a finding that is kept stays a unit test.

#[path = "doors/acceptor.rs"]
mod acceptor;
#[path = "doors/acceptor_sequence.rs"]
mod acceptor_sequence;
#[path = "doors/accounts_file.rs"]
mod accounts_file;
#[path = "doors/ccache.rs"]
mod ccache;
#[path = "doors/client_handshake.rs"]
mod client_handshake;
#[path = "doors/crossed_logins.rs"]
mod crossed_logins;
#[path = "doors/encrypted_parts.rs"]
mod encrypted_parts;
#[path = "doors/inspect.rs"]
mod inspect;
#[path = "doors/kerberos_initiator.rs"]
mod kerberos_initiator;
#[path = "doors/kerberos_messages.rs"]
mod kerberos_messages;
#[path = "doors/keys.rs"]
mod keys;
#[path = "doors/logins.rs"]
pub mod logins;
#[path = "doors/ntlm.rs"]
mod ntlm;
#[path = "doors/ntlm_initiator.rs"]
mod ntlm_initiator;
#[path = "doors/ntlm_login.rs"]
mod ntlm_login;
#[path = "doors/ntlm_logins.rs"]
pub mod ntlm_logins;
#[path = "doors/pac.rs"]
mod pac;
#[path = "doors/sasl.rs"]
mod sasl;
#[path = "doors/signed_pac.rs"]
pub mod signed_pac;
#[path = "doors/unwrap.rs"]
mod unwrap;

#[path = "mutators/mod.rs"]
pub mod mutators;

pub use acceptor::acceptor;
pub use acceptor_sequence::{acceptor_sequence, count_logins};
pub use accounts_file::accounts_file;
pub use ccache::{ccache, krb_cred};
pub use client_handshake::client_handshake;
pub use crossed_logins::{count_crossed, crossed_logins};
pub use encrypted_parts::{encrypted_parts, gets_in};
pub use inspect::inspect;
pub use kerberos_initiator::{first_token, kerberos_initiator, ticket_logs_in};
pub use keys::{encryption, keytab};
pub use ntlm::{av_pairs, ntlm_message};
pub use ntlm_initiator::{client_logs_in, ntlm_initiator};
pub use ntlm_login::{logs_in, ntlm_login};
pub use pac::{ndr, pac};
pub use sasl::sasl;
pub use signed_pac::{signed_pac, signed_pac_gets_in};
pub use unwrap::{count_messages, unwrap};

use negotiate::Principal;
use negotiate::gss::{ChannelBindings, InitialToken};
use negotiate::http::{Authorization, Challenge, ChallengeData, Credential, MAX_TOKEN, Origin, Proxy, Scheme};
use negotiate::kerberos::message::{
    ApRep, ApReq, Authenticator, AuthorizationData, EncApRepPart, EncTicketPart, KrbCred, KrbError, Ticket,
};
use negotiate::spnego::message::{NegTokenInit2, NegotiationToken};

/// A door: it takes whatever octets come.
pub type Door = fn(&[u8]);

/// Every door by its name, which is also its fuzz target's and its corpus folder's.
pub const DOORS: &[(&str, Door)] = &[
    ("acceptor", acceptor),
    ("acceptor_sequence", acceptor_sequence),
    ("accounts_file", accounts_file),
    ("authorization", authorization),
    ("av_pairs", av_pairs),
    ("ccache", ccache),
    ("certificate", certificate),
    ("challenges", challenges),
    ("client_handshake", client_handshake),
    ("crossed_logins", crossed_logins),
    ("encrypted_parts", encrypted_parts),
    ("encryption", encryption),
    ("initial_token", initial_token),
    ("inspect", inspect),
    ("kerberos_initiator", kerberos_initiator),
    ("kerberos_message", kerberos_message),
    ("keytab", keytab),
    ("krb_cred", krb_cred),
    ("ndr", ndr),
    ("negotiation_token", negotiation_token),
    ("ntlm_initiator", ntlm_initiator),
    ("ntlm_login", ntlm_login),
    ("ntlm_message", ntlm_message),
    ("pac", pac),
    ("principal", principal),
    ("sasl", sasl),
    ("signed_pac", signed_pac),
    ("unwrap", unwrap),
];

/// `http::Authorization`: a token is never longer than allowed, and its own header field brings the same token again; a
/// message under the scheme `NTLM` is one of NTLM, and only for who asks for it.
pub fn authorization(octets: &[u8]) {
    ntlm_authorization(octets);
    let Ok(Authorization::Negotiate(credential)) = Authorization::<Origin>::parse([octets], MAX_TOKEN) else { return };
    let token = credential.into_token();
    assert!(token.len() <= MAX_TOKEN && token.len() < octets.len(), "more came out than went in");
    let (_, value) = Credential::<Proxy>::new(token.clone()).header();
    let again = Authorization::<Proxy>::parse([&value], MAX_TOKEN);
    assert!(
        matches!(&again, Ok(Authorization::Negotiate(credential)) if credential.token() == token),
        "refused what this side sends: {value}"
    );
    let tight = token.len().saturating_sub(1);
    assert!(Authorization::<Origin>::parse([octets], tight).is_err(), "the limit does not hold");
}

fn ntlm_authorization(octets: &[u8]) {
    let plain = Authorization::<Origin>::parse([octets], MAX_TOKEN);
    match (plain, Authorization::<Origin>::parse_with_ntlm([octets], MAX_TOKEN)) {
        (Ok(Authorization::OtherScheme(scheme)), Ok(Authorization::Ntlm(credential))) => {
            assert_eq!(scheme, Scheme::Ntlm);
            let message = credential.into_token();
            assert!(message.starts_with(b"NTLMSSP\0") && message.len() <= MAX_TOKEN, "no message of NTLM");
            let (_, value) = Credential::<Proxy>::ntlm(message.clone()).unwrap().header();
            let again = Authorization::<Proxy>::parse_with_ntlm([&value], MAX_TOKEN);
            assert!(matches!(&again, Ok(Authorization::Ntlm(again)) if again.token() == message), "{value}");
        }
        (Ok(Authorization::OtherScheme(Scheme::Ntlm)), Err(_)) => {}
        // Of every other scheme both say the same.
        (Ok(Authorization::Negotiate(one)), Ok(Authorization::Negotiate(other))) => {
            assert_eq!(one.token(), other.token());
        }
        (Ok(Authorization::OtherScheme(one)), Ok(Authorization::OtherScheme(other))) => assert_eq!(one, other),
        (Err(one), Err(other)) => assert_eq!(one, other),
        (one, other) => unreachable!("{one:?}, {other:?}"),
    }
}

/// `http::Challenge`: the walk ends, and what is behind a scheme stays within the field.
pub fn challenges(octets: &[u8]) {
    let mut count = 0usize;
    for challenge in Challenge::<Origin>::parse(octets.split(|octet| *octet == b'\n')) {
        count = count.saturating_add(1);
        assert!(count <= octets.len(), "a walk without end");
        let Ok(challenge) = challenge else { continue };
        let token = challenge.token(MAX_TOKEN);
        if let Ok(Some(token)) = &token {
            let is_ntlm = challenge.scheme == Scheme::Ntlm;
            assert!(!is_ntlm || token.starts_with(b"NTLMSSP\0"), "no message of NTLM");
            let field = if is_ntlm { Challenge::<Proxy>::ntlm_header } else { Challenge::<Proxy>::header };
            let (_, value) = field(Some(token));
            let again = Challenge::<Proxy>::parse([&value]).next().unwrap().unwrap().token(MAX_TOKEN);
            assert_eq!(again.ok().flatten().as_ref(), Some(token), "refused what this side sends: {value}");
        }
        match challenge.data {
            ChallengeData::None => assert_eq!(token, Ok(None)),
            ChallengeData::Token68(text) => {
                assert!(token.is_err() || matches!(&token, Ok(Some(token)) if token.len() < text.len()));
            }
            ChallengeData::Parameters(parameters) => {
                assert!(token.is_err(), "parameters are no token");
                let values: usize = parameters.map(|parameter| parameter.value.len()).sum();
                assert!(values <= octets.len(), "parameters longer than the field");
            }
        }
    }
}

/// What is read and written again is the same octets, or, behind `about`, is written the same ever after: numbers in their
/// historical form, flags beyond the known 32 and a standard's extensions are not kept as they came.
macro_rules! there_and_back {
    ($octets:expr, about $message:ty: $read:ident $write:ident) => {
        if let Ok(message) = <$message>::$read($octets) {
            let written = message.$write().unwrap_or_default();
            assert!(written.len() <= $octets.len().saturating_add(8), "{}: it grew", stringify!($message));
            let again = <$message>::$read(&written).and_then(|message| message.$write());
            assert_eq!(again.ok(), Some(written), "{}: written again, it differs", stringify!($message));
        }
    };
    ($octets:expr, $message:ty: $read:ident $write:ident) => {
        if let Ok(message) = <$message>::$read($octets) {
            let written = message.$write().ok();
            assert_eq!(written.as_deref(), Some($octets), "{}: written again, it differs", stringify!($message));
        }
    };
}

/// `kerberos::message`: each message reads back as the same one; authorization data is walked to its end.
pub fn kerberos_message(octets: &[u8]) {
    there_and_back!(octets, about ApReq<'_>: parse to_der);
    there_and_back!(octets, Ticket<'_>: parse to_der);
    there_and_back!(octets, about EncTicketPart<'_>: parse to_der);
    there_and_back!(octets, about Authenticator<'_>: parse to_der);
    there_and_back!(octets, ApRep<'_>: parse to_der);
    there_and_back!(octets, about EncApRepPart<'_>: parse to_der);
    there_and_back!(octets, KrbCred<'_>: parse to_der);
    there_and_back!(octets, KrbError<'_>: parse to_der);
    there_and_back!(octets, AuthorizationData<'_>: parse to_der);
    if let Ok(data) = AuthorizationData::parse(octets) {
        assert!(data.walk().count() <= octets.len(), "a walk without end");
    }
}

/// `spnego::message`: an initiator's token, an acceptor's, and Microsoft's first one read back as the same.
pub fn negotiation_token(octets: &[u8]) {
    there_and_back!(octets, about NegotiationToken<'_>: parse to_der);
    there_and_back!(octets, about NegTokenInit2<'_>: parse_negotiation_token to_negotiation_token);
}

/// `gss::InitialToken`: one reading of a frame, so what is read and written again is the same octets.
pub fn initial_token(octets: &[u8]) {
    let Ok(token) = InitialToken::parse(octets) else { return };
    assert!(InitialToken::is_framed(octets), "a token was read that has no frame");
    assert!(token.inner.len() < octets.len(), "the inner token reaches beyond the outer one");
    let shown = token.mechanism.to_string();
    assert!(shown.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b'?')), "{shown:?}");
    let again = InitialToken::encode(token.mechanism, &[token.inner]);
    assert_eq!(again.as_deref(), Ok(octets), "written again, the frame differs");
}

/// `peer::Principal`: no two names share a text form, and none carries a control character into a log.
pub fn principal(octets: &[u8]) {
    let Ok(text) = core::str::from_utf8(octets) else { return };
    let Ok(name) = text.parse::<Principal>() else { return };
    let shown = name.to_string();
    assert!(!shown.chars().any(char::is_control), "a control character in {shown:?}");
    assert!((1..=Principal::MAX_COMPONENTS).contains(&name.components().count()));
    if shown.contains(r"\u{") {
        // Spelt out for the reader's eyes only; that form is not read back.
        return;
    }
    assert_eq!(shown.parse::<Principal>().as_ref(), Ok(&name), "another name behind {shown:?}");
}

/// `ChannelBindings::tls_server_end_point`: a hash of a known length over one whole certificate, or a reason that can be read.
pub fn certificate(octets: &[u8]) {
    match ChannelBindings::tls_server_end_point(octets) {
        Ok(bindings) => {
            let hash = bindings.application_data.strip_prefix(b"tls-server-end-point:");
            assert!(hash.is_some_and(|hash| matches!(hash.len(), 28 | 32 | 48 | 64)), "not a hash: {bindings:?}");
            let more = ChannelBindings::tls_server_end_point(&[octets, &[0]].concat());
            assert!(more.is_err(), "a certificate, and something behind it");
        }
        Err(error) => assert!(!error.to_string().chars().any(char::is_control), "not a line for a log: {error:?}"),
    }
}
