//! Logins over HTTP from the client's side: against this crate's own server, and against servers that are up to something.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

mod hostile;
mod logins;
mod redirects;

use negotiate::http::{Challenge, Challenger, Origin, Proxy};
use negotiate::http_login::{
    BindingsPolicy, ClientError, ClientHandshake, ClientLogin, Connection, ConnectionId, HttpAcceptor, HttpInitiator,
    HttpVersion, Next, Response, Site,
};
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
use negotiate::{Accept, Acceptor, Error, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ONE: ConnectionId = ConnectionId(1);
const TWO: ConnectionId = ConnectionId(2);
const SITE: &str = "https://server.example.com";

/// A server, and what its clients have.
struct Stage {
    realm: Realm,
    acceptor: Acceptor,
    replays: MemoryReplayCache,
}

impl Stage {
    fn new() -> Self {
        let realm = Realm::new("EXAMPLE.COM", "HTTP/server.example.com").unwrap();
        let accounts = MemoryAccounts::parse("ADEX:alice:Alice-Pw-1\nADEX:bob:Bob-Pw-1\n").unwrap();
        let target = TargetInfo::new("server.example.com").unwrap().with_netbios_domain("ADEX").unwrap();
        let acceptor = Acceptor::builder()
            .kerberos(kerberos::Acceptor::new(realm.keytab().unwrap()))
            .ntlm(ntlm::Acceptor::new(target).accounts(accounts))
            .build()
            .unwrap();
        Self { realm, acceptor, replays: MemoryReplayCache::new(NOW) }
    }

    fn server<C: Challenger>(&self) -> HttpAcceptor<C> {
        HttpAcceptor::new(self.acceptor.clone()).connection_bound().ntlm_scheme()
    }

    fn ticket(&self) -> kerberos::Initiator {
        kerberos::Initiator::new(self.realm.ccache("alice", NOW).unwrap())
    }

    /// One request at the server: status, and the values of the field.
    fn request<C: Challenger>(&self, connection: &mut Connection<C>, lines: &[String]) -> (u16, Vec<String>) {
        let step = connection.receive(connection.id(), lines, NOW).and_then(|step| match step {
            Some(Accept::NeedsReplayCheck(check)) => check.use_cache(&self.replays, NOW).map(Some),
            other => Ok(other),
        });
        match connection.respond(step) {
            Response::Welcome { field } => (200, field.into_iter().map(|(_, value)| value).collect()),
            Response::Unauthorized { fields, .. } => (C::STATUS, fields.into_iter().map(|(_, value)| value).collect()),
        }
    }

    /// A whole login.
    fn login<C: Challenger>(
        &self,
        handshake: ClientHandshake<C>,
        connection: &mut Connection<C>,
    ) -> (Vec<u16>, Result<Option<ClientLogin<C>>, Error>) {
        let mut statuses = Vec::new();
        let (mut lines, mut handshake) = (Vec::new(), handshake);
        loop {
            let (status, values) = self.request(connection, &lines);
            statuses.push(status);
            let id = handshake.connection();
            match handshake.receive(id, status, &values, NOW) {
                Ok(Next::Resend { field: (name, value), next }) => {
                    assert_eq!(name, C::CREDENTIALS_FIELD);
                    (lines, handshake) = (vec![value], next);
                }
                Ok(Next::Finished { login }) => return (statuses, Ok(login)),
                Ok(Next::NeedsHttp11) => panic!("HTTP/1.1"),
                Err(error) => return (statuses, Err(error)),
            }
        }
    }
}

fn site() -> Site {
    SITE.parse().unwrap()
}

fn alice() -> Credential {
    Credential::with_password(r"ADEX\alice", "Alice-Pw-1").unwrap()
}

/// Logins for the server of the tests.
fn logins() -> HttpInitiator<Origin> {
    HttpInitiator::new().trust(site())
}

fn begin(logins: &HttpInitiator<Origin>) -> ClientHandshake<Origin> {
    logins.handshake(&site(), ONE, HttpVersion::Http1).unwrap()
}

fn begin_proxy(logins: &HttpInitiator<Proxy>) -> ClientHandshake<Proxy> {
    logins.handshake(&"http://server.example.com:3128".parse().unwrap(), ONE, HttpVersion::Http1)
}

#[track_caller]
fn refused<T>(result: Result<T, Error>) -> ClientError {
    let error = result.err().expect("given up");
    assert!(!error.to_string().is_empty());
    error.downcast_ref::<ClientError>().unwrap_or_else(|| panic!("{error}")).clone()
}

/// The value of the field to send again with, and the state that waits.
#[track_caller]
fn resent(next: Result<Next<Origin>, Error>) -> (String, ClientHandshake<Origin>) {
    match next {
        Ok(Next::Resend { field: (_, value), next }) => (value, next),
        other => panic!("{other:?}"),
    }
}

fn negotiate(token: &[u8]) -> String {
    Challenge::<Origin>::header(Some(token)).1
}
