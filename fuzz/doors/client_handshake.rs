//! A client that logs in over HTTP, and a server that says what it likes.

use std::sync::LazyLock;

use negotiate::http::{Authorization, MAX_TOKEN, Origin, Scheme};
use negotiate::http_login::{ConnectionId, HttpInitiator, HttpVersion, Next, Redirect, Site};
use negotiate::{Accept, Acceptor};

use super::logins::NOW;
use super::ntlm_logins::{ACCEPTORS, HASH, alice};

static SITE: LazyLock<Site> = LazyLock::new(|| "https://web.ad.example.test".parse().unwrap());

/// Both with the one account; the second wants proof, which NTLM has none of.
static LOGINS: LazyLock<[HttpInitiator<Origin>; 2]> = LazyLock::new(|| {
    let logins = || HttpInitiator::new().ntlm(alice()).trust(SITE.clone());
    [logins(), logins().require_mutual()]
});

/// Lines of responses: the first octet of each is how the status is chosen, `!` lets this crate's own server answer, `>` is a
/// redirect, anything else is a field's value. What goes out is one sound token each, under the scheme that was offered, of
/// NTLM, not more than eight; who wants proof sends none; no redirect elsewhere may log in.
pub fn client_handshake(octets: &[u8]) {
    for (logins, strict) in LOGINS.iter().zip([false, true]) {
        let mut handshake = logins.handshake(&SITE, ConnectionId(1), HttpVersion::Http1).unwrap();
        let mut server = Server::default();
        let mut sent = 0;
        for line in octets.split(|octet| *octet == b'\n') {
            let (Some((first, rest)), true) = (line.split_first(), sent <= 8) else { continue };
            let (status, fields) = match first {
                b'!' => server.answer(),
                b'>' => {
                    redirect(logins, rest);
                    continue;
                }
                b'2' => (200, vec![rest.to_vec()]),
                b'5' => (500, vec![rest.to_vec()]),
                _ => (401, rest.split(|octet| *octet == b'\t').map(<[u8]>::to_vec).collect()),
            };
            match handshake.receive(ConnectionId(1), status, &fields, NOW) {
                Ok(Next::Resend { field: (name, value), next }) => {
                    assert!(!strict, "an NTLM response went to who cannot prove itself");
                    assert_eq!((name, status), ("authorization", 401));
                    server.receive(&value);
                    (handshake, sent) = (next, sent + 1);
                }
                Ok(Next::Finished { login }) => {
                    assert!(status != 401 && login.is_some() == (sent > 0));
                    break;
                }
                Ok(Next::NeedsHttp11) => unreachable!("this is HTTP/1.1"),
                Err(error) => {
                    assert!(!error.to_string().contains('\n'));
                    break;
                }
            }
        }
        assert!(sent <= 8);
    }
}

fn redirect(logins: &HttpInitiator<Origin>, location: &[u8]) {
    let Ok(location) = std::str::from_utf8(location) else { return };
    match logins.redirect(&SITE, location) {
        Ok(Redirect::OtherOrigin { site, may_log_in }) => assert!(site != *SITE && !may_log_in),
        Ok(Redirect::SameOrigin) | Err(_) => {}
    }
}

/// This crate's own server.
#[derive(Default)]
struct Server {
    state: Option<negotiate::Handshake>,
    answer: Option<(u16, Vec<Vec<u8>>)>,
}

impl Server {
    fn receive(&mut self, value: &str) {
        let (scheme, token) = match Authorization::<Origin>::parse_with_ntlm([value], MAX_TOKEN) {
            Ok(Authorization::Negotiate(credential)) => (Scheme::Negotiate, credential.into_token()),
            Ok(Authorization::Ntlm(credential)) => (Scheme::Ntlm, credential.into_token()),
            other => unreachable!("{value}: {other:?}"),
        };
        let acceptor: &Acceptor = &ACCEPTORS[0];
        let step = match self.state.take() {
            Some(state) => state.accept(&token, NOW),
            None => acceptor.accept(&token, NOW),
        };
        let step = match step {
            Ok(Accept::NeedsAccount(query)) => {
                let answer = negotiate::AccountAnswer::nt_hash(super::ntlm_logins::account(), &HASH);
                query.continue_with(answer, NOW)
            }
            other => other,
        };
        let field = |token: &[u8]| {
            let header = match scheme {
                Scheme::Ntlm => negotiate::http::Challenge::<Origin>::ntlm_header(Some(token)),
                _ => negotiate::http::Challenge::<Origin>::header(Some(token)),
            };
            header.1.into_bytes()
        };
        self.answer = match step {
            Ok(Accept::NeedsToken { token, next }) => {
                self.state = Some(next);
                Some((401, vec![field(&token)]))
            }
            Ok(Accept::Established { token, .. }) => Some((200, token.iter().map(|token| field(token)).collect())),
            _ => None,
        };
    }

    fn answer(&mut self) -> (u16, Vec<Vec<u8>>) {
        self.answer.take().unwrap_or_else(|| (401, vec![b"Negotiate".to_vec(), b"NTLM".to_vec()]))
    }
}
