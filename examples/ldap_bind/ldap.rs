//! LDAP's messages (RFC 4511), as many as are needed.

use std::error::Error;

use negotiate::sasl::Mechanism;
use rasn::ber;
use rasn_ldap::{
    AttributeValueAssertion, AuthenticationChoice, BindRequest, BindResponse, Filter, LdapMessage, ProtocolOp,
    ResultCode, SaslCredentials, SearchRequest, SearchRequestDerefAliases, SearchRequestScope, SearchResultDone,
};

/// The longest message that is read: nobody is made to set aside more because a peer says so.
const LIMIT: usize = 1 << 20;

/// `SaslCredentials` inside a bind: the mechanism's name and its response (section 4.2).
pub(crate) fn bind(mechanism: Mechanism, response: Vec<u8>) -> ProtocolOp {
    let credentials = SaslCredentials::new(mechanism.name().into(), Some(response.into()));
    ProtocolOp::BindRequest(BindRequest::new(3, "".into(), AuthenticationChoice::Sasl(credentials)))
}

/// The entries below `base` with this attribute of this value, with some of their attributes.
pub(crate) fn search(base: &str, (attribute, value): &(String, String), wanted: &[String]) -> ProtocolOp {
    let assertion = AttributeValueAssertion::new(attribute.as_str().into(), value.clone().into_bytes().into());
    ProtocolOp::SearchRequest(SearchRequest::new(
        base.into(),
        SearchRequestScope::WholeSubtree,
        SearchRequestDerefAliases::NeverDerefAliases,
        0,
        0,
        false,
        Filter::EqualityMatch(assertion),
        wanted.iter().map(|name| name.as_str().into()).collect(),
    ))
}

/// What a bind came to: its challenge, and whether it is done (section 4.2.2).
pub(crate) fn bound(response: BindResponse) -> Result<(Vec<u8>, bool), Box<dyn Error>> {
    let BindResponse { result_code, diagnostic_message, server_sasl_creds, .. } = response;
    let challenge = server_sasl_creds.unwrap_or_default().to_vec();
    match result_code {
        ResultCode::Success => Ok((challenge, true)),
        ResultCode::SaslBindInProgress => Ok((challenge, false)),
        other => Err(format!("the server refuses the login: {other:?} {}", diagnostic_message.0).into()),
    }
}

pub(crate) fn searched(SearchResultDone(result): SearchResultDone) -> Result<(), Box<dyn Error>> {
    match result.result_code {
        ResultCode::Success => Ok(()),
        other => Err(format!("the server refuses the search: {other:?} {}", result.diagnostic_message.0).into()),
    }
}

pub(crate) fn encode(message: &LdapMessage) -> Result<Vec<u8>, Box<dyn Error>> {
    ber::encode(message).map_err(|error| error.to_string().into())
}

pub(crate) fn decode(octets: &[u8]) -> Result<LdapMessage, Box<dyn Error>> {
    ber::decode(octets).map_err(|error| format!("the server sends no LDAP: {error}").into())
}

/// How long the message is that begins here, if that much of it has arrived: tag and length of X.690 section 8.1.3.
pub(crate) fn length(arrived: &[u8]) -> Result<Option<usize>, Box<dyn Error>> {
    let (header, content) = match arrived {
        [_, short @ 0..=0x7f, ..] => (2, usize::from(*short)),
        [_, long @ 0x81..=0x84, rest @ ..] => {
            let count = usize::from(long & 0x7f);
            let Some((length, _)) = rest.split_at_checked(count) else { return Ok(None) };
            (count.saturating_add(2), length.iter().fold(0, |sum: usize, octet| (sum << 8) | usize::from(*octet)))
        }
        [_, _, ..] => return Err("the server sends no LDAP".into()),
        _ => return Ok(None),
    };
    let whole =
        Some(content).filter(|content| *content <= LIMIT).ok_or("the server sends a message of more than 1 MiB")?;
    Ok(Some(whole.saturating_add(header)))
}
