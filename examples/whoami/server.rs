//! The server: one handshake per connection, never shared between two.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use negotiate::acceptor::Handshake;
use negotiate::http::{Authorization, Challenge, MAX_TOKEN, Origin};
use negotiate::kerberos::MemoryReplayCache;
use negotiate::{Accept, Acceptor, Context, Rejected, Timestamp};
use tokio::net::TcpListener;

use crate::page;

/// How long a client may take for a request's header.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(crate) struct Service {
    acceptor: Acceptor,
    replays: MemoryReplayCache,
}

/// What one connection keeps between its requests.
#[derive(Default)]
struct Connection {
    unfinished: Mutex<Option<Handshake>>,
}

/// What a request came to.
enum Verdict {
    /// 401, with the token of a handshake that goes on or was refused, if there is one.
    Challenge(Option<Vec<u8>>),
    /// 200.
    Welcome { token: Option<Vec<u8>>, context: Box<Context> },
}

impl Service {
    pub(crate) fn new(acceptor: Acceptor) -> Self {
        Self { acceptor, replays: MemoryReplayCache::new(Timestamp::now()) }
    }

    /// Judges one request of a connection.
    fn judge(&self, connection: &Connection, peer: SocketAddr, request: &Request<Incoming>) -> Verdict {
        // Whatever this request brings, the handshake that waited is taken out: a request without its next token ends it.
        let waiting = connection.unfinished.lock().unwrap_or_else(PoisonError::into_inner).take();
        let token = match Authorization::<Origin>::parse(request.headers().get_all(AUTHORIZATION), MAX_TOKEN) {
            Ok(Authorization::Negotiate(credential)) => credential.into_token(),
            Ok(Authorization::OtherScheme(scheme)) => {
                eprintln!("{peer} refused: it came with {}, and only Negotiate is spoken here", scheme.name());
                return Verdict::Challenge(None);
            }
            Ok(_) => return Verdict::Challenge(None),
            Err(error) => {
                eprintln!("{peer} refused: {error}");
                return Verdict::Challenge(None);
            }
        };
        match self.step(waiting, peer, &token) {
            Ok(Accept::Established { token, context }) => {
                eprintln!("{peer} is {}", context.peer());
                Verdict::Welcome { token, context: Box::new(context) }
            }
            Ok(Accept::NeedsToken { token, next }) => {
                *connection.unfinished.lock().unwrap_or_else(PoisonError::into_inner) = Some(next);
                Verdict::Challenge(Some(token))
            }
            Ok(_) => Verdict::Challenge(None),
            Err(Rejected { error, token }) => {
                eprintln!("{peer} refused ({}, {} at fault): {error}", error.kind(), error.fault());
                Verdict::Challenge(token)
            }
        }
    }

    /// One step, with the replay question answered from memory.
    fn step(&self, waiting: Option<Handshake>, peer: SocketAddr, token: &[u8]) -> Result<Accept, Rejected> {
        let now = Timestamp::now();
        let step = match waiting {
            Some(handshake) => handshake.accept(token, now)?,
            None => self.acceptor.begin().peer_address(peer.ip()).accept(token, now)?,
        };
        match step {
            Accept::NeedsReplayCheck(check) => check.use_cache(&self.replays, now),
            other => Ok(other),
        }
    }
}

/// Takes connections for ever.
pub(crate) async fn serve(listener: TcpListener, service: Arc<Service>) -> Infallible {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(connection) => connection,
            Err(error) => {
                // Mostly: too many open files. It passes; a server that ends does not come back.
                eprintln!("no connection taken: {error}");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (service, connection) = (Arc::clone(&service), Arc::new(Connection::default()));
        let answer = service_fn(move |request| {
            let verdict = service.judge(&connection, peer, &request);
            async move { Ok::<_, Infallible>(respond(verdict)) }
        });
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .serve_connection(TokioIo::new(stream), answer);
            if let Err(error) = connection.await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

fn respond(verdict: Verdict) -> Response<Full<Bytes>> {
    let (status, token, body) = match verdict {
        Verdict::Challenge(token) => (StatusCode::UNAUTHORIZED, Some(token), page::unknown()),
        Verdict::Welcome { token, context } => (StatusCode::OK, token.map(Some), page::known(&context)),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    // A header value of this crate's making is always a legal one.
    if let Some(Ok(value)) = token.map(|token| HeaderValue::from_str(&Challenge::<Origin>::header(token.as_deref()).1))
    {
        headers.insert(WWW_AUTHENTICATE, value);
    }
    response
}
