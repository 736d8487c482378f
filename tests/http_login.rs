//! Logins over HTTP connections: which request goes on with which handshake, who is logged in, and for how long.
//!
//! Kerberos in DCE style stands for logins of several tokens, three legs without SPNEGO, beside NTLM.
#![cfg(all(feature = "std", feature = "kerberos", feature = "ntlm"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its functions as well"
)]

use negotiate::http::{Challenge, Challenger, Credential, Origin, Proxy};
use negotiate::http_login::{Connection, ConnectionId, Error, HttpAcceptor, HttpVersion, Response};
use negotiate::kerberos::testing::{Login, Realm};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::{self, MemoryAccounts, TargetInfo};
use negotiate::{Accept, Acceptor, Initiate, Initiator, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);
const ONE: ConnectionId = ConnectionId(1);
const TWO: ConnectionId = ConnectionId(2);

/// A server and its clients.
struct Stage {
    realm: Realm,
    acceptor: Acceptor,
    replays: MemoryReplayCache,
}

/// What a client sees of a response: the status, the token for it, and the schemes that are offered otherwise.
#[derive(Debug)]
struct Seen {
    status: u16,
    values: Vec<String>,
    error: Option<negotiate::Error>,
}

impl Seen {
    fn token(&self) -> Vec<u8> {
        let challenge = Challenge::<Origin>::parse(&self.values).next().unwrap().unwrap();
        challenge.token(65_536).unwrap().expect("a token")
    }

    #[track_caller]
    fn is_refused_for(&self, expected: &Error) {
        let error = self.error.as_ref().expect("an error").downcast_ref::<Error>();
        assert_eq!((self.status, error), (401, Some(expected)));
    }
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

    fn logins(&self) -> HttpAcceptor<Origin> {
        HttpAcceptor::new(self.acceptor.clone())
    }

    fn bound(&self) -> Connection<Origin> {
        self.logins().connection_bound().connection(ONE, HttpVersion::Http1)
    }

    /// One request of `from`, over the connection.
    fn request<C: Challenger>(
        &self,
        connection: &mut Connection<C>,
        from: ConnectionId,
        lines: &[String],
        now: Timestamp,
    ) -> Seen {
        let step = connection.receive(from, lines, now).and_then(|step| match step {
            Some(Accept::NeedsReplayCheck(check)) => check.use_cache(&self.replays, now).map(Some),
            other => Ok(other),
        });
        match connection.respond(step) {
            Response::Welcome { field } => {
                assert!(connection.context().is_some());
                Seen { status: 200, values: field.into_iter().map(|(_, value)| value).collect(), error: None }
            }
            Response::Unauthorized { fields, error } => {
                assert!(connection.context().is_none(), "nobody is logged in by a refusal");
                assert!(fields.iter().all(|(name, _)| *name == C::CHALLENGE_FIELD));
                Seen { status: C::STATUS, values: fields.into_iter().map(|(_, value)| value).collect(), error }
            }
        }
    }

    fn send(&self, connection: &mut Connection<Origin>, token: &[u8]) -> Seen {
        self.request(connection, ONE, &[line(token)], NOW)
    }

    fn without(&self, connection: &mut Connection<Origin>) -> Seen {
        self.request(connection, ONE, &[], NOW)
    }

    /// A login of three legs.
    fn login(&self, user: &str) -> Login {
        self.realm.login(user, NOW).unwrap().dce_style()
    }

    /// Its first leg, and what the third has to be then.
    fn begin(&self, connection: &mut Connection<Origin>, user: &str) -> Vec<u8> {
        let login = self.login(user);
        let seen = self.send(connection, &login.encode().unwrap());
        assert_eq!((seen.status, seen.values.len()), (401, 1), "{seen:?}");
        let initiator = login.initiator().unwrap();
        initiator.third_leg(initiator.read(&seen.token()).unwrap().seq_number).unwrap()
    }
}

fn line(token: &[u8]) -> String {
    Credential::<Origin>::new(token.to_vec()).header().1
}

fn name<C: Challenger>(connection: &Connection<C>) -> String {
    connection.context().unwrap().peer().to_string()
}

#[test]
fn who_brings_nothing_is_asked() {
    let stage = Stage::new();
    let seen = stage.without(&mut stage.bound());
    assert_eq!((seen.status, seen.values.as_slice()), (401, &["Negotiate".to_owned()][..]));
    assert!(seen.error.is_none());
    let logins = stage.logins().connection_bound().ntlm_scheme();
    let seen = stage.without(&mut logins.connection(ONE, HttpVersion::Http1));
    assert_eq!(seen.values, ["Negotiate", "NTLM"]);
}

#[test]
fn h01_a_request_of_another_connection_ends_everything() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let third = stage.begin(&mut connection, "alice");
    let seen = stage.request(&mut connection, TWO, &[line(&third)], NOW);
    seen.is_refused_for(&Error::ConnectionMismatch);
    // Nor does the right one go on: whoever mixed up one may have mixed up the other.
    assert_eq!(stage.send(&mut connection, &third).status, 401);

    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    stage.request(&mut connection, TWO, &[], NOW).is_refused_for(&Error::ConnectionMismatch);
    assert_eq!(stage.without(&mut connection).status, 401, "and alice is gone");
}

#[test]
fn h01_a_second_user_is_never_the_first() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    assert_eq!(name(&connection), "alice@EXAMPLE.COM");
    // From the first token of another login on nobody is alice, whatever becomes of it.
    let third = stage.begin(&mut connection, "bob");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    assert_eq!(name(&connection), "bob@EXAMPLE.COM");
    assert_eq!(stage.send(&mut connection, b"nonsense").status, 401);
    assert_eq!(stage.without(&mut connection).status, 401, "bob is not there any more either");
    // A handshake of one connection is unknown to every other.
    let third = stage.begin(&mut stage.bound(), "alice");
    assert_eq!(stage.send(&mut stage.bound(), &third).status, 401);
}

#[test]
fn h02_several_legs_need_a_connection_that_is_bound() {
    let stage = Stage::new();
    let mut connection = stage.logins().connection(ONE, HttpVersion::Http1);
    let first = stage.login("alice").encode().unwrap();
    let seen = stage.send(&mut connection, &first);
    seen.is_refused_for(&Error::NotConnectionBound);
    assert_eq!(seen.values, ["Negotiate"], "no token: nothing is begun");

    // The scheme NTLM is neither offered nor looked at.
    let mut connection = stage.logins().ntlm_scheme().connection(ONE, HttpVersion::Http1);
    assert_eq!(stage.without(&mut connection).values, ["Negotiate"]);
    let seen = stage.request(&mut connection, ONE, &["NTLM TlRMTVNTUAAB".into()], NOW);
    seen.is_refused_for(&Error::NotConnectionBound);
    // Where nobody spoke of it, it is a scheme like others.
    for scheme in ["NTLM", "Basic"] {
        let seen = stage.request(&mut stage.bound(), ONE, &[format!("{scheme} TlRMTVNTUAAB")], NOW);
        seen.is_refused_for(&Error::OtherScheme(scheme.into()));
    }
}

#[test]
fn h02_a_login_of_one_token_is_for_its_request() {
    let stage = Stage::new();
    for logins in [stage.logins(), stage.logins().connection_bound()] {
        let mut connection = logins.connection(ONE, HttpVersion::Http1);
        let login = stage.realm.login("alice", NOW).unwrap().in_spnego();
        assert_eq!(stage.send(&mut connection, &login.encode().unwrap()).status, 200);
        assert_eq!(name(&connection), "alice@EXAMPLE.COM");
        assert_eq!(stage.without(&mut connection).status, 401, "a connection that is kept alive proves nothing");
    }
}

/// Two requests at once, which a server must not have, and one of which brings nothing.
#[test]
fn h01_a_login_of_one_token_welcomes_no_other_request() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let token = stage.realm.login("alice", NOW).unwrap().in_spnego().encode().unwrap();
    let Ok(Some(Accept::NeedsReplayCheck(check))) = connection.receive(ONE, &[line(&token)], NOW) else { panic!() };
    let nothing = connection.receive(ONE, [""; 0], NOW);
    let Response::Welcome { .. } = connection.respond(check.use_cache(&stage.replays, NOW).map(Some)) else { panic!() };
    let Response::Unauthorized { .. } = connection.respond(nothing) else { panic!("welcome") };
    assert!(connection.context().is_none());
}

#[test]
fn h02_a_login_of_several_is_for_its_connection() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    for _ in 0..3 {
        let seen = stage.without(&mut connection);
        assert_eq!((seen.status, seen.values.len()), (200, 0));
        assert_eq!(name(&connection), "alice@EXAMPLE.COM");
    }
    // Until the ticket ends.
    let end = connection.context().unwrap().expires_at().unwrap();
    assert_eq!(stage.request(&mut connection, ONE, &[], end).status, 401);
    assert_eq!(stage.without(&mut connection).status, 401, "once gone, always gone");
}

#[test]
fn h03_http_2_takes_single_tokens_only() {
    let stage = Stage::new();
    let logins = stage.logins().connection_bound().ntlm_scheme();
    let connection = || logins.connection(ONE, HttpVersion::Http2OrLater);
    let seen = stage.send(&mut connection(), &stage.login("alice").encode().unwrap());
    seen.is_refused_for(&Error::NeedsHttp11);
    let seen = stage.request(&mut connection(), ONE, &["NTLM TlRMTVNTUAAB".into()], NOW);
    seen.is_refused_for(&Error::NeedsHttp11);
    let offered = stage.without(&mut connection()).values;
    assert_eq!(offered, ["Negotiate", "NTLM"], "curl and Firefox go over to HTTP/1.1 when they read NTLM here");
    let seen = stage.request(&mut connection(), ONE, &["NTLM TlRMTVNTUAAB".into()], NOW);
    assert_eq!(seen.values, ["Negotiate"], "who tried it over HTTP/2 would only try again");
    let login = stage.realm.login("alice", NOW).unwrap().in_spnego();
    assert_eq!(stage.send(&mut connection(), &login.encode().unwrap()).status, 200);
}

#[test]
fn h05_tokens_have_a_limit() {
    let stage = Stage::new();
    let login = stage.realm.spnego_token("alice", NOW).unwrap();
    for (limit, status) in [(login.len(), 200), (login.len() - 1, 401)] {
        let mut connection = stage.logins().max_token(limit).connection(ONE, HttpVersion::Http1);
        let seen = stage.send(&mut connection, &login);
        assert_eq!(seen.status, status);
        assert!(seen.error.is_none_or(|error| error.kind() == "too-large"));
    }
}

#[test]
fn h06_a_proxys_fields_are_not_the_servers() {
    let stage = Stage::new();
    let logins: HttpAcceptor<Proxy> = HttpAcceptor::new(stage.acceptor.clone()).connection_bound();
    let mut connection = logins.connection(ONE, HttpVersion::Http1);
    let seen = stage.request(&mut connection, ONE, &[], NOW);
    assert_eq!((seen.status, seen.values.as_slice()), (407, &["Negotiate".to_owned()][..]));
}

#[test]
fn h07_a_request_without_the_next_leg_ends_the_handshake() {
    let stage = Stage::new();
    let between: [&[String]; 5] = [
        &[],
        &["Basic YWxpY2U6c2VzYW1l".into()],
        &["Negotiate".into()],
        &["Negotiate !!!".into()],
        &["Negotiate QUFB".into(), "Negotiate QUFB".into()],
    ];
    for lines in between {
        let mut connection = stage.bound();
        let third = stage.begin(&mut connection, "alice");
        assert_eq!(stage.request(&mut connection, ONE, lines, NOW).status, 401);
        assert_eq!(stage.send(&mut connection, &third).status, 401, "{lines:?}");
    }
    // Nor can a leg come twice, or a leg of another scheme go on.
    let mut connection = stage.logins().connection_bound().ntlm_scheme().connection(ONE, HttpVersion::Http1);
    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.request(&mut connection, ONE, &["NTLM TlRMTVNTUAAD".into()], NOW).status, 401);
    assert_eq!(stage.send(&mut connection, &third).status, 401);
    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    assert_eq!(stage.send(&mut connection, &third).status, 401);
}

/// What carries NTLM's messages over HTTP.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Carrier {
    Ntlm,
    RawNegotiate,
    Spnego,
}

const CARRIERS: [Carrier; 3] = [Carrier::Ntlm, Carrier::RawNegotiate, Carrier::Spnego];

impl Carrier {
    fn line(self, token: Vec<u8>) -> String {
        match self {
            Self::Ntlm => Credential::<Origin>::ntlm(token).unwrap().header().1,
            _ => line(&token),
        }
    }

    fn initiator(self, user: &str, password: &str) -> Initiator {
        let credential = ntlm::Credential::with_password(user, password).unwrap();
        let builder = Initiator::builder("HTTP@server.example.com".parse().unwrap()).ntlm(credential);
        if self == Self::Spnego { builder } else { builder.bare() }.build().unwrap()
    }
}

impl Stage {
    fn with_ntlm(&self) -> Connection<Origin> {
        self.logins().connection_bound().ntlm_scheme().connection(ONE, HttpVersion::Http1)
    }

    /// The first leg, and what the second has to be then.
    fn challenged(&self, connection: &mut Connection<Origin>, carrier: Carrier, user: &str, password: &str) -> String {
        let Initiate::NeedsToken { token, next } = carrier.initiator(user, password).initiate(NOW).unwrap() else {
            panic!("no token")
        };
        let seen = self.request(connection, ONE, &[carrier.line(token)], NOW);
        assert_eq!((seen.status, seen.values.len()), (401, 1), "{seen:?}");
        let scheme = if carrier == Carrier::Ntlm { "NTLM " } else { "Negotiate " };
        assert!(seen.values[0].starts_with(scheme), "the answer goes under the scheme of the question: {seen:?}");
        match next.step(&seen.token(), NOW).unwrap() {
            Initiate::Established { token: Some(token), .. } | Initiate::NeedsToken { token, .. } => {
                carrier.line(token)
            }
            Initiate::Established { token: None, .. } => panic!("no token"),
        }
    }
}

#[test]
fn ntlm_logs_in_a_connection() {
    let stage = Stage::new();
    for carrier in CARRIERS {
        let mut connection = stage.with_ntlm();
        for (user, password, peer) in
            [(r"ADEX\alice", "Alice-Pw-1", r"ADEX\alice"), (r"ADEX\BOB", "Bob-Pw-1", r"ADEX\bob")]
        {
            let second = stage.challenged(&mut connection, carrier, user, password);
            let seen = stage.request(&mut connection, ONE, &[second], NOW);
            assert_eq!(seen.status, 200, "{carrier:?}: {seen:?}");
            // Bare NTLM has no last word, SPNEGO has.
            assert_eq!(seen.values.len(), usize::from(carrier == Carrier::Spnego), "{seen:?}");
            assert_eq!(name(&connection), peer);
            assert_eq!(stage.without(&mut connection).status, 200);
            assert_eq!(name(&connection), peer);
        }
    }
}

#[test]
fn a_wrong_password_may_try_again() {
    let stage = Stage::new();
    for carrier in CARRIERS {
        let mut connection = stage.with_ntlm();
        let second = stage.challenged(&mut connection, carrier, r"ADEX\alice", "Bob-Pw-1");
        let seen = stage.request(&mut connection, ONE, &[second], NOW);
        assert_eq!((seen.status, seen.error.as_ref().unwrap().kind()), (401, "logon-failure"), "{carrier:?}");
        // Both schemes are offered anew; SPNEGO's last word goes with the first.
        assert_eq!(seen.values[1], "NTLM");
        assert_eq!(seen.values[0] == "Negotiate", carrier != Carrier::Spnego, "{seen:?}");
        let second = stage.challenged(&mut connection, carrier, r"ADEX\alice", "Alice-Pw-1");
        assert_eq!(stage.request(&mut connection, ONE, &[second], NOW).status, 200);
    }
}

#[test]
fn h01_ntlm_goes_on_where_it_began() {
    let stage = Stage::new();
    for carrier in CARRIERS {
        let (mut one, mut two) = (stage.with_ntlm(), stage.with_ntlm());
        let second = stage.challenged(&mut one, carrier, r"ADEX\alice", "Alice-Pw-1");
        let _other = stage.challenged(&mut two, carrier, r"ADEX\alice", "Alice-Pw-1");
        assert_eq!(stage.request(&mut two, ONE, &[second], NOW).status, 401, "another challenge");
    }
    // Under another scheme it is another login, even if the octets would fit.
    let mut connection = stage.with_ntlm();
    let second = stage.challenged(&mut connection, Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1");
    let second = second.replace("NTLM ", "Negotiate ");
    assert_eq!(stage.request(&mut connection, ONE, &[second], NOW).status, 401);
}

#[test]
fn h02_h03_ntlm_needs_a_bound_connection_of_http_1() {
    let stage = Stage::new();
    for carrier in CARRIERS {
        for (logins, version, error) in [
            (stage.logins().ntlm_scheme(), HttpVersion::Http1, Error::NotConnectionBound),
            (stage.logins().ntlm_scheme().connection_bound(), HttpVersion::Http2OrLater, Error::NeedsHttp11),
        ] {
            let mut connection = logins.connection(ONE, version);
            let Initiate::NeedsToken { token, .. } = carrier.initiator("alice", "x").initiate(NOW).unwrap() else {
                panic!("no token")
            };
            let seen = stage.request(&mut connection, ONE, &[carrier.line(token)], NOW);
            seen.is_refused_for(&error);
            assert_eq!(seen.values, ["Negotiate"], "{carrier:?}: no challenge, and no scheme that would fail again");
        }
    }
}

#[test]
fn h07_ntlm_starts_anew_after_anything_in_between() {
    let stage = Stage::new();
    for carrier in CARRIERS {
        let mut connection = stage.with_ntlm();
        let second = stage.challenged(&mut connection, carrier, r"ADEX\alice", "Alice-Pw-1");
        assert_eq!(stage.without(&mut connection).status, 401);
        let seen = stage.request(&mut connection, ONE, std::slice::from_ref(&second), NOW);
        assert_eq!(seen.status, 401, "{carrier:?}");
        // Nor is a leg good twice.
        let second = stage.challenged(&mut connection, carrier, r"ADEX\alice", "Alice-Pw-1");
        assert_eq!(stage.request(&mut connection, ONE, std::slice::from_ref(&second), NOW).status, 200);
        assert_eq!(stage.request(&mut connection, ONE, &[second], NOW).status, 401);
        assert_eq!(stage.without(&mut connection).status, 401);
    }
}

#[test]
fn h08_the_proof_goes_with_the_success() {
    let stage = Stage::new();
    let login = stage.realm.login("alice", NOW).unwrap();
    let seen = stage.send(&mut stage.bound(), &login.encode().unwrap());
    assert_eq!((seen.status, seen.values.len()), (200, 1));
    assert!(login.initiator().unwrap().read(&seen.token()).is_ok());
}

#[test]
fn a_question_nobody_answered_is_a_refusal() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let token = stage.realm.spnego_token("alice", NOW).unwrap();
    let step = connection.receive(ONE, &[line(&token)], NOW);
    assert!(matches!(step, Ok(Some(Accept::NeedsReplayCheck(_)))));
    let Response::Unauthorized { error: Some(error), .. } = connection.respond(step) else { panic!("welcome") };
    assert_eq!(error.kind(), "question");
    assert!(connection.context().is_none());
    // And one whose answer never comes leaves nobody.
    let third = stage.begin(&mut connection, "alice");
    assert_eq!(stage.send(&mut connection, &third).status, 200);
    let _ = connection.receive(ONE, &[line(&token)], NOW);
    assert!(connection.context().is_none());
    assert_eq!(stage.without(&mut connection).status, 401);
}

/// A server that lets two requests of a connection run at once has it wrong, but gives nobody another's name.
#[test]
fn h01_requests_that_overtake_each_other_share_nothing() {
    let stage = Stage::new();
    let mut connection = stage.bound();
    let token = stage.realm.spnego_token("alice", NOW).unwrap();
    let first = connection.receive(ONE, &[line(&token)], NOW);
    let second = connection.receive::<str>(ONE, [], NOW);
    let Ok(Some(Accept::NeedsReplayCheck(check))) = first else { panic!("{first:?}") };
    let first = connection.respond(check.use_cache(&stage.replays, NOW).map(Some));
    assert!(matches!(first, Response::Welcome { .. }));
    assert!(matches!(connection.respond(second), Response::Unauthorized { .. }), "alice's, not the second one's");
    assert!(connection.context().is_none());
}

#[test]
fn what_a_server_keeps_is_send_and_sync() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<HttpAcceptor<Origin>>();
    is_shared::<Connection<Proxy>>();
}
