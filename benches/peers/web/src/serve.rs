//! The service: a page of six octets, for everybody or for who logs in.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use negotiate::http::Origin;
use negotiate::http_login::{self, ConnectionId, HttpAcceptor, HttpVersion};
use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::ntlm::{self, MemoryAccounts, TargetInfo};
use negotiate::tower::{NegotiateLayer, PerConnection};
use negotiate::{Acceptor, Timestamp};
use tokio::net::TcpListener;

use crate::wire::{DOMAIN, PASSWORD, USER};

/// Room for every login of a run; see `tokens`.
const REPLAYS: usize = 1 << 23;

/// `THREADS` (1) of the runtime, `KEYTAB`, `LIFETIME` of a handshake in seconds (30), how many may be `HALF_OPEN` (10,000).
pub(crate) fn run(mode: &str) {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(variable("THREADS").unwrap_or(1)).enable_all();
    runtime.build().unwrap().block_on(async {
        // On a worker, as `tokio::main` does not do it: what accepts connections then is where they are served.
        tokio::spawn(serve(mode.to_owned())).await.unwrap();
    });
}

async fn serve(mode: String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap().port());
    let app = Router::new().route("/", get(async || "hello\n"));
    let logins = match &*mode {
        "open" => return axum::serve(listener, app).await.unwrap(),
        "kerberos" => HttpAcceptor::new(acceptor(Some(keytab()))),
        "ntlm" => HttpAcceptor::new(acceptor(None)).connection_bound().ntlm_scheme(),
        _ => panic!("what? open, kerberos or ntlm"),
    };
    let layer = NegotiateLayer::new(logins)
        .replays(MemoryReplayCache::with_capacity(Timestamp::now(), REPLAYS))
        .half_open_limit(variable("HALF_OPEN").unwrap_or(10_000))
        .on_refusal(|refusal| eprintln!("{refusal}"));
    let half_open = layer.half_open().clone();
    tokio::spawn(shed(layer.clone()));
    let app = app.layer(layer).route("/half-open", get(async move || half_open.len().to_string()));
    // Else axum lays all layers around the route anew with each request. Where it is given the router itself, it does this.
    let app: Router = app.with_state(());
    axum::serve(listener, PerConnection::new(app)).await.unwrap();
}

/// The logins of a file one after the other, as the layer judges them, and no server around it; prints how many, in how many
/// microseconds.
pub(crate) fn accept(file: &str) {
    let logins = HttpAcceptor::<Origin>::new(acceptor(Some(keytab())));
    let replays = MemoryReplayCache::with_capacity(Timestamp::UNIX_EPOCH, REPLAYS);
    let file = std::fs::read_to_string(file).unwrap();
    let fields: Vec<_> = file.lines().map(|token| format!("Negotiate {token}")).collect();
    let begun = Instant::now();
    for field in &fields {
        let mut connection = logins.connection(ConnectionId(0), HttpVersion::Http1);
        let step = connection.receive(ConnectionId(0), [field], Timestamp::now()).unwrap().unwrap();
        let step = pollster(step.answered(&replays, None, Timestamp::now));
        assert!(matches!(connection.respond(step.map(Some)), http_login::Response::Welcome { .. }));
    }
    println!("{} {}", fields.len(), begun.elapsed().as_micros());
}

/// What never waits.
fn pollster<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// What the documentation advises: every few seconds.
async fn shed(layer: NegotiateLayer) {
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        layer.half_open().shed(Timestamp::now());
    }
}

fn keytab() -> Keytab {
    Keytab::read(std::env::var("KEYTAB").unwrap()).unwrap()
}

fn acceptor(keytab: Option<Keytab>) -> Acceptor {
    let builder = Acceptor::builder().handshake_lifetime(Duration::from_secs(variable("LIFETIME").unwrap_or(30)));
    let builder = match keytab {
        Some(keytab) => builder.kerberos(kerberos::Acceptor::new(keytab)),
        None => {
            let accounts = MemoryAccounts::parse(&format!("{DOMAIN}:{USER}:{PASSWORD}\n")).unwrap();
            let target = TargetInfo::new("localhost").unwrap().with_netbios_domain(DOMAIN).unwrap();
            builder.ntlm(ntlm::Acceptor::new(target).accounts(accounts))
        }
    };
    builder.build().unwrap()
}

fn variable<T: std::str::FromStr<Err: std::fmt::Debug>>(name: &str) -> Option<T> {
    std::env::var(name).ok().map(|value| value.parse().unwrap())
}
