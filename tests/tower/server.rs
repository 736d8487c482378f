//! A server of hyper, over TCP, and clients that write octets.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use negotiate::tower::{Connection, Negotiate, NegotiateLayer, OnConnection, Refusal};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, ServiceExt};

use crate::stage::*;

/// Serves as a program with its own loop does, one task for each connection, and says where.
pub(crate) async fn serve(layer: &NegotiateLayer) -> SocketAddr {
    serve_by(layer, || auto::Builder::new(TokioExecutor::new()).http1_only()).await
}

/// `version`: as TLS would have agreed on it, which the loop of docs/howto-axum.md goes by.
async fn serve_by(layer: &NegotiateLayer, version: fn() -> auto::Builder<TokioExecutor>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = layer.layer(whose_service());
    tokio::spawn(async move {
        loop {
            let (stream, peer) = listener.accept().await.unwrap();
            let service = Connection::new().peer_address(peer.ip()).serve(service.clone());
            tokio::spawn(serve_one(stream, service, version()));
        }
    });
    address
}

async fn serve_one(
    stream: TcpStream,
    service: OnConnection<Negotiate<Whose>>,
    mut builder: auto::Builder<TokioExecutor>,
) {
    // What one task of a real server would do: take the body that came, and reset streams that need HTTP/1.1.
    let service = service.map_request(|request: Request<Incoming>| request.map(Body::new));
    let service = tower::util::MapResult::new(service, reset_what_needs_http11);
    builder.http1().timer(TokioTimer::new()).header_read_timeout(Duration::from_millis(500)).max_buf_size(128 * 1024);
    let _disconnected = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service)).await;
}

fn reset_what_needs_http11(
    result: Result<Response<Body>, Infallible>,
) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
    let response = result?;
    let needs_http11 = response.extensions().get::<Refusal>().is_some_and(Refusal::needs_http11);
    if needs_http11 { Err(h2::Error::from(h2::Reason::HTTP_1_1_REQUIRED).into()) } else { Ok(response) }
}

/// A client's TCP connection.
pub(crate) struct Wire(TcpStream);

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self(TcpStream::connect(address).await.unwrap())
    }

    pub(crate) async fn write(&mut self, octets: &str) {
        self.0.write_all(octets.as_bytes()).await.unwrap();
    }

    /// The next response, or nothing if the server closed the connection.
    pub(crate) async fn read(&mut self) -> Option<Seen> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.0.read_u8().await.ok()?);
        }
        let head = String::from_utf8(head).unwrap();
        let field = |line: &str, name: &str| line.strip_prefix(name).map(|value| value.trim().to_owned());
        let length =
            head.lines().find_map(|line| field(line, "content-length:")).map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await.ok()?;
        Some(Seen {
            status: head[9..12].parse().unwrap(),
            offered: head.lines().filter_map(|line| field(line, "www-authenticate:")).collect(),
            body: String::from_utf8(body).unwrap(),
            response: Response::new(()),
        })
    }

    pub(crate) async fn get(&mut self, credential: Option<&str>) -> Seen {
        self.write(&text("GET", credential, "")).await;
        self.read().await.expect("a response")
    }

    pub(crate) async fn log_in(&mut self, carrier: Carrier, user: &str, password: &str) -> Seen {
        let (first, next) = carrier.begin(user, password);
        let seen = self.get(Some(&first)).await;
        let second = carrier.go_on(next, &seen);
        self.get(Some(&second)).await
    }
}

pub(crate) fn text(method: &str, credential: Option<&str>, body: &str) -> String {
    let credential = credential.map_or(String::new(), |line| format!("authorization: {line}\r\n"));
    format!(
        "{method} / HTTP/1.1\r\nhost: server.example.com\r\n{credential}content-length: {}\r\n\r\n{body}",
        body.len()
    )
}

#[test]
fn both_mechanisms_over_tcp() {
    run(async {
        let stage = Stage::new();
        let address = serve(&stage.layer()).await;
        for carrier in CARRIERS {
            let mut client = Wire::connect(address).await;
            assert_eq!(client.get(None).await.offered, ["Negotiate", "NTLM"]);
            client.log_in(carrier, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            client.get(None).await.is_of(r"ADEX\alice");
            client.get(Some(&stage.ticket("bob"))).await.is_of("bob@EXAMPLE.COM");
        }
    });
}

/// Requests that come in one packet are judged one after the other.
#[test]
fn h01_pipelined_requests_have_each_their_own_turn() {
    run(async {
        let stage = Stage::new();
        let address = serve(&stage.layer()).await;
        let mut client = Wire::connect(address).await;
        let (first, next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        let second = Carrier::Ntlm.go_on(next, &client.get(Some(&first)).await);
        let anonymous = text("GET", None, "");
        client.write(&format!("{}{anonymous}{anonymous}", text("GET", Some(&second), ""))).await;
        for _ in 0..3 {
            client.read().await.unwrap().is_of(r"ADEX\alice");
        }
        // Between the legs, in one packet with what follows it.
        let mut client = Wire::connect(address).await;
        let (first, next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        client.write(&format!("{}{anonymous}", text("GET", Some(&first), ""))).await;
        let seen = client.read().await.unwrap();
        client.read().await.unwrap().is_refused();
        client.get(Some(&Carrier::Ntlm.go_on(next, &seen))).await.is_refused();
        // Two users' tickets, and somebody without.
        let mut client = Wire::connect(address).await;
        let lines = [Some(stage.ticket("alice")), None, Some(stage.ticket("bob")), None];
        client.write(&lines.each_ref().map(|line| text("GET", line.as_deref(), "")).concat()).await;
        client.read().await.unwrap().is_of("alice@EXAMPLE.COM");
        client.read().await.unwrap().is_refused();
        client.read().await.unwrap().is_of("bob@EXAMPLE.COM");
        client.read().await.unwrap().is_refused();
    });
}

/// Browsers send a form with every leg. The connection has to survive that.
#[test]
fn a_body_that_nobody_reads_does_not_cost_the_login() {
    run(async {
        let stage = Stage::new();
        let address = serve(&stage.layer()).await;
        let body = "x".repeat(700_000);
        let mut client = Wire::connect(address).await;
        let (first, next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        client.write(&text("POST", Some(&first), &body)).await;
        let seen = client.read().await.unwrap();
        client.write(&text("POST", Some(&Carrier::Ntlm.go_on(next, &seen)), &body)).await;
        client.read().await.unwrap().is_of(r"ADEX\alice");
        // More than is drained: the connection may end, and nobody is logged in.
        let address = serve(&stage.layer().drained_body(1000)).await;
        let mut client = Wire::connect(address).await;
        let (first, _next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        let request = text("POST", Some(&first), &body);
        let (mut reading, mut writing) = client.0.split();
        let mut octets = Vec::new();
        let writes = async { drop(writing.write_all(request.as_bytes()).await) };
        let reads = tokio::time::timeout(Duration::from_secs(5), reading.read_to_end(&mut octets));
        let (_, read) = tokio::join!(writes, reads);
        assert!(read.is_ok(), "the server waited for all of it");
        assert!(octets.starts_with(b"HTTP/1.1 401"));
    });
}

/// Not more of it than was said is read for nothing.
#[test]
fn c14_a_body_without_end_is_not_read_to_it() {
    struct Endless(Arc<AtomicUsize>);
    impl http_body::Body for Endless {
        type Data = bytes::Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Infallible>>> {
            // An end there has to be, for a test that fails.
            let more = self.0.fetch_add(1, Ordering::Relaxed) < 10_000;
            Poll::Ready(more.then(|| Ok(http_body::Frame::data(bytes::Bytes::from_static(&[b'x'; 1000])))))
        }
    }
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer().drained_body(10_000));
        for (credential, most) in [(Some(Carrier::Ntlm.begin("alice", "x").0), 11), (None, 0)] {
            let read = Arc::new(AtomicUsize::new(0));
            let request = get(credential.as_deref()).map(|_| Body::new(Endless(Arc::clone(&read))));
            client.request(request).await.is_refused();
            assert!(read.load(Ordering::Relaxed) <= most, "{read:?}");
        }
    });
}

/// None of them gets in, none of them stops the others, none makes the server panic.
#[test]
fn slow_and_broken_clients() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        let address = serve(&layer).await;
        let ticket = stage.ticket("alice");
        let whole = text("GET", Some(&ticket), "");
        let mut others = Vec::new();
        // Half a request, cut everywhere in the credential and around it; then silence, or the end.
        for cut in (1..whole.len()).step_by(37) {
            let mut client = Wire::connect(address).await;
            client.write(&whole[..cut]).await;
            if cut % 2 == 0 { others.push(client) } else { drop(client) }
        }
        // Half a token in a whole request, and what is no token at all.
        let middle = ticket.len() / 8 * 4;
        for credential in
            [&ticket[..middle], "Negotiate", "Negotiate ", "Negotiate AAAA", "Negotiate ====", "NTLM TlRMTVNTUAAD", ""]
        {
            let mut client = Wire::connect(address).await;
            client.get(Some(credential)).await.is_refused();
            client.get(None).await.is_refused();
        }
        // Two credentials, in two lines and in one.
        let mut client = Wire::connect(address).await;
        client
            .write(&format!("GET / HTTP/1.1\r\nhost: x\r\nauthorization: {ticket}\r\nauthorization: {ticket}\r\n\r\n"))
            .await;
        client.read().await.unwrap().is_refused();
        client.get(Some(&format!("{ticket}, {ticket}"))).await.is_refused();
        // A megabyte of header.
        for credential in [format!("Negotiate {}", "A".repeat(1 << 20)), "x".repeat(1 << 20)] {
            let mut client = Wire::connect(address).await;
            let request = text("GET", Some(&credential), "");
            let _reset = client.0.write_all(request.as_bytes()).await;
            if let Some(seen) = client.read().await {
                assert_eq!((seen.status, seen.body.as_str()), (431, ""));
            }
        }
        // A token that is too long for the layer, and not for the server.
        let mut client = Wire::connect(address).await;
        client.get(Some(&format!("Negotiate {}", "A".repeat(90_000)))).await.is_refused();
        assert_eq!(stage.refused().last(), Some(&"too-large"));
        // Whoever comes properly is served all the while, by the ticket that was sent in halves.
        Wire::connect(address).await.get(Some(&ticket)).await.is_of("alice@EXAMPLE.COM");
        for mut silent in others {
            let ended =
                tokio::time::timeout(Duration::from_secs(5), silent.read()).await.expect("it is not waited for ever");
            assert!(ended.is_none_or(|seen| seen.status == 408 || seen.status == 400));
        }
    });
}

/// Whoever says nothing at all, or what could be the beginning of HTTP/2, is not waited for either.
#[test]
fn clients_that_never_begin() {
    run(async {
        let address = serve(&Stage::new().layer()).await;
        for beginning in ["", "P", "PRI * HTTP/2.0\r\n"] {
            let mut client = Wire::connect(address).await;
            client.write(beginning).await;
            let ended = tokio::time::timeout(Duration::from_secs(5), client.read()).await;
            assert!(ended.expect("it is not waited for ever").is_none_or(|seen| seen.status >= 400), "{beginning}");
        }
    });
}

/// HTTP/2 (RFC 9113 section 7): the stream of a login that takes several tokens is reset, the connection goes on.
#[test]
fn h03_http_2_resets_what_needs_http_1() {
    run(async {
        let stage = Stage::new();
        let address = serve_by(&stage.layer(), || auto::Builder::new(TokioExecutor::new()).http2_only()).await;
        let stream = TcpStream::connect(address).await.unwrap();
        let (sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let ask = |credential: Option<String>| {
            let mut sender = sender.clone();
            async move { sender.send_request(get(credential.as_deref())).await }
        };
        assert_eq!(ask(None).await.unwrap().status(), 401);
        for carrier in CARRIERS {
            let error = ask(Some(carrier.begin("alice", "x").0)).await.unwrap_err();
            let reason =
                error.source().and_then(|source| source.downcast_ref::<h2::Error>()).and_then(h2::Error::reason);
            assert_eq!(reason, Some(h2::Reason::HTTP_1_1_REQUIRED), "{carrier:?}: {error:?}");
        }
        // Side by side, each with a ticket of its own or none.
        let (alice, bob, nobody) =
            tokio::join!(ask(Some(stage.ticket("alice"))), ask(Some(stage.ticket("bob"))), ask(None));
        for (response, name) in [(alice, "alice@EXAMPLE.COM"), (bob, "bob@EXAMPLE.COM"), (nobody, "")] {
            let body = http_body_util::BodyExt::collect(response.unwrap().into_body()).await.unwrap().to_bytes();
            assert_eq!(body, name.as_bytes());
        }
    });
}
