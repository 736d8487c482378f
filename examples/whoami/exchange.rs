//! What was said on a connection: requests and responses, kept until they have been shown.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, PROXY_AUTHORIZATION, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, Version};

/// How many exchanges are kept: NTLM takes three, and SPNEGO adds one or two.
const MAX_EXCHANGES: usize = 8;

/// How many octets of header fields are kept: two tokens of the longest kind.
const MAX_OCTETS: usize = 256 << 10;

/// A request, and the response to it.
pub(crate) struct Exchange {
    pub(crate) said: Said,
    pub(crate) answer: Answer,
    /// How long the server took.
    pub(crate) judged_in: Duration,
    /// How long the client took to ask, since the last answer.
    pub(crate) waited: Option<Duration>,
}

/// A request.
pub(crate) struct Said {
    pub(crate) line: String,
    pub(crate) fields: Vec<Field>,
    /// The host that was asked for, and maybe its port.
    pub(crate) host: Option<String>,
    pub(crate) version: Version,
    pub(crate) at: Instant,
}

/// A response.
pub(crate) struct Answer {
    pub(crate) line: String,
    pub(crate) fields: Vec<Field>,
    /// Who it was that asked is known.
    pub(crate) is_welcome: bool,
}

/// A header field.
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Its value is a credential or a challenge, with a token if it has two words.
    pub(crate) is_login: bool,
}

impl Exchange {
    pub(crate) fn credential(&self) -> Option<&Field> {
        self.said.fields.iter().find(|field| field.is_login)
    }

    fn octets(&self) -> usize {
        let fields = self.said.fields.iter().chain(&self.answer.fields);
        fields.map(|field| field.name.len().saturating_add(field.value.len())).sum()
    }
}

impl Said {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let uri = request.uri();
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = uri.authority().map(|host| host.as_str()).or(host).map(str::to_owned);
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let line = format!("{} {path} {:?}", request.method(), request.version());
        let mut fields = fields(request.headers());
        // HTTP/2 has a pseudo-header for it (RFC 9113 section 8.3.1).
        if let Some(host) = host.clone().filter(|_| !request.headers().contains_key(HOST)) {
            fields.insert(0, Field { name: ":authority".to_owned(), value: host, is_login: false });
        }
        Self { line, fields, host, version: request.version(), at: Instant::now() }
    }
}

impl Answer {
    pub(crate) fn of<B>(response: &Response<B>, version: Version, is_welcome: bool) -> Self {
        let status: StatusCode = response.status();
        let line = format!("{version:?} {} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        Self { line, fields: fields(response.headers()), is_welcome }
    }
}

fn fields(headers: &HeaderMap) -> Vec<Field> {
    headers.iter().map(|(name, value)| field(name, value)).collect()
}

fn field(name: &HeaderName, value: &HeaderValue) -> Field {
    let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let is_credential = name == AUTHORIZATION || name == WWW_AUTHENTICATE;
    let scheme = text.split(' ').next().unwrap_or_default();
    let is_ours = scheme.eq_ignore_ascii_case("negotiate") || scheme.eq_ignore_ascii_case("ntlm");
    let value = match name {
        _ if is_credential && is_ours => text,
        // Basic is the password itself.
        &AUTHORIZATION => format!("{scheme} (not shown)"),
        &COOKIE | &SET_COOKIE | &PROXY_AUTHORIZATION => format!("({} octets, not shown)", text.len()),
        _ => text,
    };
    Field { name: name.as_str().to_owned(), value, is_login: is_credential && is_ours }
}

/// The last login of a connection, and what came of it.
#[derive(Default)]
pub(crate) struct History {
    exchanges: VecDeque<Exchange>,
    /// How many of them are the login's, once it is complete.
    login: Option<usize>,
    answered: Option<Instant>,
}

impl History {
    pub(crate) fn exchanges(&self) -> impl DoubleEndedIterator<Item = &Exchange> + ExactSizeIterator {
        self.exchanges.iter()
    }

    /// A new one. It belongs to the login that goes on, begins one, or profits from one that is complete.
    pub(crate) fn push(&mut self, mut exchange: Exchange) {
        exchange.waited = self.answered.map(|answered| exchange.said.at.saturating_duration_since(answered));
        let profits = exchange.answer.is_welcome && exchange.credential().is_none();
        match self.login {
            // Of those that profit, the last one is enough.
            Some(length) if profits => self.exchanges.truncate(length),
            Some(_) => (self.login, self.exchanges) = (None, VecDeque::new()),
            None => {}
        }
        let completes = exchange.answer.is_welcome && self.login.is_none();
        self.exchanges.push_back(exchange);
        self.make_room();
        if completes {
            self.login = Some(self.exchanges.len());
        }
        self.answered = Some(Instant::now());
    }

    fn make_room(&mut self) {
        while self.exchanges.len() > 1 && (self.exchanges.len() > MAX_EXCHANGES || self.octets() > MAX_OCTETS) {
            self.exchanges.pop_front();
            self.login = self.login.map(|length| length.saturating_sub(1));
        }
    }

    fn octets(&self) -> usize {
        self.exchanges.iter().map(Exchange::octets).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(credential: Option<&str>, status: u16) -> Exchange {
        let mut request =
            Request::builder().uri("/x?y").header("host", "web.example.com:8080").header("cookie", "secret");
        if let Some(credential) = credential {
            request = request.header("authorization", credential);
        }
        let response = Response::builder().status(status).header("www-authenticate", "Negotiate").body(()).unwrap();
        let said = Said::of(&request.body(()).unwrap());
        let answer = Answer::of(&response, Version::HTTP_11, status == 200);
        Exchange { said, answer, judged_in: Duration::ZERO, waited: None }
    }

    fn lengths(history: &History) -> (usize, Option<usize>) {
        (history.exchanges.len(), history.login)
    }

    #[test]
    fn a_request_is_told_as_it_came_without_what_is_nobodys_business() {
        let exchange = exchange(Some("Basic YTpi"), 401);
        assert_eq!(exchange.said.line, "GET /x?y HTTP/1.1");
        assert_eq!(exchange.answer.line, "HTTP/1.1 401 Unauthorized");
        assert_eq!(exchange.said.host.as_deref(), Some("web.example.com:8080"));
        let values: Vec<_> = exchange.said.fields.iter().map(|field| field.value.as_str()).collect();
        assert_eq!(values, ["web.example.com:8080", "(6 octets, not shown)", "Basic (not shown)"]);
        assert!(exchange.credential().is_none());
    }

    #[test]
    fn a_login_is_kept_until_another_begins() {
        let mut history = History::default();
        history.push(exchange(None, 401));
        history.push(exchange(Some("NTLM TlRM"), 401));
        history.push(exchange(Some("NTLM TlRM"), 200));
        assert_eq!(lengths(&history), (3, Some(3)));
        // NTLM's later requests bring nothing.
        history.push(exchange(None, 200));
        history.push(exchange(None, 200));
        assert_eq!(lengths(&history), (4, Some(3)));
        history.push(exchange(Some("Negotiate YII="), 200));
        assert_eq!(lengths(&history), (1, Some(1)));
        history.push(exchange(None, 401));
        assert_eq!(lengths(&history), (1, None));
    }

    #[test]
    fn a_client_cannot_make_it_grow() {
        let mut history = History::default();
        (0..100).for_each(|_| history.push(exchange(None, 401)));
        assert_eq!(history.exchanges.len(), MAX_EXCHANGES);
        let long = format!("Negotiate {}", "A".repeat(100 << 10));
        (0..100).for_each(|_| history.push(exchange(Some(&long), 401)));
        assert_eq!(history.exchanges.len(), 2);
        assert!(history.octets() <= MAX_OCTETS);
    }
}
