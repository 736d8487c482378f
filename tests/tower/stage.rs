//! A realm, accounts, a service that says who it serves, and clients that log in to it.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use negotiate::http::{Challenge, Credential, Origin};
use negotiate::http_login::HttpAcceptor;
use negotiate::kerberos::testing::{Login, Realm};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::{self, MemoryAccounts, TargetInfo};
use negotiate::tower::{Authenticated, Connection, Negotiate, NegotiateLayer, OnConnection};
use negotiate::{Acceptor, Initiate, Initiator, Timestamp};
use tower::{Layer, Service, ServiceExt, service_fn};

pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

thread_local! {
    static CLOCK: Cell<Timestamp> = const { Cell::new(NOW) };
}

/// What the layers of these tests take for the time.
pub(crate) fn clock() -> Timestamp {
    CLOCK.get()
}

pub(crate) fn later(seconds: u64) {
    CLOCK.set(CLOCK.get().saturating_add(Duration::from_secs(seconds)));
}

pub(crate) fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

pub(crate) struct Stage {
    pub(crate) realm: Realm,
    pub(crate) acceptor: Acceptor,
    /// The kinds of what was refused.
    pub(crate) log: Arc<Mutex<Vec<&'static str>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        CLOCK.set(NOW);
        let realm = Realm::new("EXAMPLE.COM", "HTTP/server.example.com").unwrap();
        let accounts = MemoryAccounts::parse("ADEX:alice:Alice-Pw-1\nADEX:bob:Bob-Pw-1\n").unwrap();
        let acceptor = Acceptor::builder()
            .kerberos(kerberos::Acceptor::new(realm.keytab().unwrap()))
            .ntlm(ntlm::Acceptor::new(target()).accounts(accounts))
            .build()
            .unwrap();
        Self { realm, acceptor, log: Arc::default() }
    }

    pub(crate) fn logins(&self) -> HttpAcceptor<Origin> {
        HttpAcceptor::new(self.acceptor.clone())
    }

    /// A layer by these logins, by the clock of the tests, that keeps its log here.
    pub(crate) fn layer_by(&self, logins: HttpAcceptor<Origin>) -> NegotiateLayer {
        let log = Arc::clone(&self.log);
        NegotiateLayer::new(logins)
            .clock(clock)
            .replays(MemoryReplayCache::new(NOW))
            .on_refusal(move |refusal| log.lock().unwrap().push(refusal.error().kind()))
    }

    pub(crate) fn layer(&self) -> NegotiateLayer {
        self.layer_by(self.logins().connection_bound().ntlm_scheme())
    }

    /// What was refused since this was last asked.
    pub(crate) fn refused(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.log.lock().unwrap())
    }

    pub(crate) fn login(&self, user: &str) -> Login {
        self.realm.login(user, clock()).unwrap()
    }

    /// The field of a login by Kerberos.
    pub(crate) fn ticket(&self, user: &str) -> String {
        field(&self.realm.spnego_token(user, clock()).unwrap())
    }
}

pub(crate) fn target() -> TargetInfo {
    TargetInfo::new("server.example.com").unwrap().with_netbios_domain("ADEX").unwrap()
}

pub(crate) fn field(token: &[u8]) -> String {
    Credential::<Origin>::new(token.to_vec()).header().1
}

/// The service inside: says whose the request is.
pub(crate) async fn whose(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let name = request.extensions().get::<Authenticated>().map_or("nobody".to_owned(), |who| who.peer().to_string());
    Ok(Response::new(Body::from(name)))
}

/// A connection to that service through `layer`.
pub(crate) fn connect(layer: &NegotiateLayer) -> Client<OnConnection<Negotiate<Whose>>> {
    Client(Connection::new().serve(layer.layer(whose_service())))
}

pub(crate) type Whose = tower::util::BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

pub(crate) fn whose_service() -> Whose {
    tower::util::BoxCloneSyncService::new(service_fn(whose))
}

/// The client's end of a connection.
#[derive(Clone)]
pub(crate) struct Client<S>(pub(crate) S);

/// What a client sees of a response.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) offered: Vec<String>,
    pub(crate) body: String,
    pub(crate) response: Response<()>,
}

impl<S, B> Client<S>
where
    S: Service<Request<Body>, Response = Response<B>> + Clone,
    S::Error: std::fmt::Debug,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    pub(crate) async fn request(&self, request: Request<Body>) -> Seen {
        let (parts, body) = self.0.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let fields = parts.headers.get_all(WWW_AUTHENTICATE).iter().map(|value| value.to_str().unwrap().to_owned());
        Seen {
            status: parts.status.as_u16(),
            offered: fields.collect(),
            body: String::from_utf8(body.to_vec()).unwrap(),
            response: Response::from_parts(parts, ()),
        }
    }

    /// A GET with this credential, or none.
    pub(crate) async fn get(&self, credential: Option<&str>) -> Seen {
        self.request(get(credential)).await
    }

    /// The first leg by NTLM, and what the second has to be then.
    pub(crate) async fn challenged(&self, carrier: Carrier, user: &str, password: &str) -> String {
        let (first, next) = carrier.begin(user, password);
        let seen = self.get(Some(&first)).await;
        assert_eq!((seen.status, seen.offered.len()), (401, 1), "{seen:?}");
        carrier.go_on(next, &seen)
    }

    /// Both legs.
    pub(crate) async fn log_in(&self, carrier: Carrier, user: &str, password: &str) -> Seen {
        let second = self.challenged(carrier, user, password).await;
        self.get(Some(&second)).await
    }
}

pub(crate) fn get(credential: Option<&str>) -> Request<Body> {
    let request = Request::get("http://server.example.com/");
    let request = credential.into_iter().fold(request, |request, line| request.header(AUTHORIZATION, line));
    request.body(Body::empty()).unwrap()
}

impl Seen {
    #[track_caller]
    pub(crate) fn is_of(&self, name: &str) {
        assert_eq!((self.status, self.body.as_str()), (200, name), "{self:?}");
    }

    /// 401, and nobody's name in it.
    #[track_caller]
    pub(crate) fn is_refused(&self) {
        assert_eq!((StatusCode::UNAUTHORIZED.as_u16(), self.body.as_str()), (self.status, ""), "{self:?}");
    }

    pub(crate) fn token(&self) -> Vec<u8> {
        let challenge = Challenge::<Origin>::parse(&self.offered).next().unwrap().unwrap();
        challenge.token(65_536).unwrap().expect("a token")
    }
}

/// What carries NTLM's messages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Carrier {
    Ntlm,
    Raw,
    Spnego,
}

pub(crate) const CARRIERS: [Carrier; 3] = [Carrier::Ntlm, Carrier::Raw, Carrier::Spnego];

impl Carrier {
    fn line(self, token: Vec<u8>) -> String {
        match self {
            Self::Ntlm => Credential::<Origin>::ntlm(token).unwrap().header().1,
            _ => field(&token),
        }
    }

    pub(crate) fn begin(self, user: &str, password: &str) -> (String, negotiate::initiator::Handshake) {
        self.begin_with(user, password, None)
    }

    pub(crate) fn begin_with(
        self,
        user: &str,
        password: &str,
        bindings: Option<negotiate::gss::ChannelBindings>,
    ) -> (String, negotiate::initiator::Handshake) {
        let credential = ntlm::Credential::with_password(user, password).unwrap();
        let builder = Initiator::builder("HTTP@server.example.com".parse().unwrap()).ntlm(credential);
        let builder = if self == Self::Spnego { builder } else { builder.bare() };
        let builder = bindings.into_iter().fold(builder, |builder, bindings| builder.channel_bindings(bindings));
        let Initiate::NeedsToken { token, next } = builder.build().unwrap().initiate(clock()).unwrap() else {
            panic!("no token")
        };
        (self.line(token), next)
    }

    pub(crate) fn go_on(self, next: negotiate::initiator::Handshake, seen: &Seen) -> String {
        match next.step(&seen.token(), clock()).unwrap() {
            Initiate::Established { token: Some(token), .. } | Initiate::NeedsToken { token, .. } => self.line(token),
            Initiate::Established { token: None, .. } => panic!("no token"),
        }
    }
}
