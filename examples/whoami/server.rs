//! The server: the logins of a connection stay with it, and never meet another's.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use negotiate::http::Origin;
use negotiate::http_login::{self, Connection, ConnectionId, HttpAcceptor, HttpVersion};
use negotiate::kerberos::MemoryReplayCache;
use negotiate::{Accept, Timestamp};
use tokio::net::TcpListener;

use crate::page;

/// How long a client may take for a request's header.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be taken.
const PAUSE: Duration = Duration::from_millis(50);

/// What all connections share.
pub(crate) struct Service {
    logins: HttpAcceptor<Origin>,
    replays: MemoryReplayCache,
    has_keytab: bool,
    connections: AtomicU64,
}

impl Service {
    pub(crate) fn new(logins: HttpAcceptor<Origin>, has_keytab: bool) -> Self {
        let replays = MemoryReplayCache::new(Timestamp::now());
        Self { logins, replays, has_keytab, connections: AtomicU64::new(0) }
    }

    /// Judges one request, and answers it.
    fn answer(
        &self,
        connection: &mut Connection<Origin>,
        id: ConnectionId,
        peer: SocketAddr,
        request: &Request<Incoming>,
    ) -> Response<Full<Bytes>> {
        let now = Timestamp::now();
        let fields = request.headers().get_all(AUTHORIZATION);
        let step = connection.receive(id, fields, now).and_then(|step| match step {
            Some(Accept::NeedsReplayCheck(check)) => check.use_cache(&self.replays, now).map(Some),
            other => Ok(other),
        });
        match (connection.respond(step), connection.context()) {
            (http_login::Response::Welcome { field }, Some(context)) => {
                eprintln!("{peer} is {}, by {}", context.peer(), context.mechanism());
                response(StatusCode::OK, field, page::known(context, self.has_keytab))
            }
            (http_login::Response::Unauthorized { fields, error }, _) => {
                if let Some(error) = error {
                    eprintln!("{peer} refused ({}, {} at fault): {error}", error.kind(), error.fault());
                }
                response(StatusCode::UNAUTHORIZED, fields, page::unknown())
            }
            // Somebody is welcome, and nobody is there.
            _ => response(StatusCode::INTERNAL_SERVER_ERROR, [], page::unknown()),
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
        let service = Arc::clone(&service);
        let id = ConnectionId(service.connections.fetch_add(1, Ordering::Relaxed));
        let connection = service.logins.connection(id, HttpVersion::Http1).peer_address(peer.ip());
        // One request at a time, which the compiler cannot know.
        let connection = Mutex::new(connection);
        let answer = service_fn(move |request| {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let response = service.answer(&mut connection, id, peer, &request);
            async move { Ok::<_, Infallible>(response) }
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

fn response(
    status: StatusCode,
    fields: impl IntoIterator<Item = (&'static str, String)>,
    body: String,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    for (name, value) in fields {
        // A header value of this crate's making is always a legal one.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    response
}
