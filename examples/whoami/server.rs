//! The server: connections are taken, bounded in every way, and each has its own logins.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use negotiate::Timestamp;
use negotiate::tower::{Connection, NegotiateLayer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{interval, sleep, timeout};

use crate::app;
use crate::recorder::{Recorder, Seen, Site};
use crate::tls::Tls;

/// How long a client may take for TLS's handshake, for its first request, and for each request's header.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait when no connection can be taken, and how often unfinished logins are looked through.
const PAUSE: Duration = Duration::from_millis(50);
const SHEDDING: Duration = Duration::from_secs(5);

/// How many connections there may be at once.
const MAX_CONNECTIONS: usize = 256;

/// The longest header: a token of 64 KiB takes 88 in base64, and there are other fields.
const MAX_HEADER: usize = 128 << 10;
const MAX_HEADER_LIST: u32 = 128 << 10;

/// What all connections share.
pub(crate) struct Server {
    pub(crate) tls: Option<Tls>,
    pub(crate) site: Arc<Site>,
    app: Router,
    logins: NegotiateLayer,
    http: Builder<TokioExecutor>,
}

type Failure = Box<dyn Error + Send + Sync>;

impl Server {
    pub(crate) fn new(logins: NegotiateLayer, site: Site, tls: Option<Tls>) -> Self {
        let mut http = Builder::new(TokioExecutor::new());
        http.http1().timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(MAX_HEADER);
        http.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEADER_LIST).keep_alive_interval(PATIENCE);
        Self { tls, site: Arc::new(site), app: app::routes(&logins), logins, http }
    }

    /// Takes connections for ever.
    pub(crate) async fn serve(self: Arc<Self>, listener: TcpListener) -> Infallible {
        tokio::spawn(shed(self.logins.clone()));
        let room = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let place = Arc::clone(&room).acquire_owned().await;
            let (stream, peer) = match listener.accept().await {
                Ok(connection) => connection,
                Err(error) => {
                    // Mostly: too many open files. It passes; a server that ends does not come back.
                    eprintln!("no connection taken: {error}");
                    sleep(PAUSE).await;
                    continue;
                }
            };
            let server = Arc::clone(&self);
            tokio::spawn(async move {
                if let Err(error) = server.connection(stream, peer).await {
                    eprintln!("{peer}: {error}");
                }
                drop(place);
            });
        }
    }

    async fn connection(&self, stream: TcpStream, peer: SocketAddr) -> Result<(), Failure> {
        let connection = Connection::new().peer_address(peer.ip());
        match &self.tls {
            Some(tls) => {
                let (stream, bindings) = timeout(PATIENCE, tls.accept(stream)).await??;
                let version = match stream.get_ref().1.protocol_version() {
                    Some(rustls::ProtocolVersion::TLSv1_3) => "TLS 1.3",
                    _ => "TLS 1.2",
                };
                self.requests(stream, connection.channel_bindings(bindings), self.seen(peer, Some(version))).await
            }
            None => self.requests(stream, connection, self.seen(peer, None)).await,
        }
    }

    fn seen(&self, peer: SocketAddr, tls: Option<&'static str>) -> Arc<Seen> {
        Arc::new(Seen::new(Arc::clone(&self.site), peer, tls))
    }

    /// HTTP/1.1 or HTTP/2, whichever the client begins.
    async fn requests<I>(&self, stream: I, connection: Connection, seen: Arc<Seen>) -> Result<(), Failure>
    where
        I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = connection.serve(Recorder::new(self.app.clone(), Arc::clone(&seen)));
        let serving = self.http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        asks_in_time(serving, &seen).await
    }
}

/// hyper waits for a header's end, but for ever until it knows which version of HTTP it is.
async fn asks_in_time(serving: impl Future<Output = Result<(), Failure>>, seen: &Seen) -> Result<(), Failure> {
    let mut serving = pin!(serving);
    match timeout(PATIENCE, &mut serving).await {
        Ok(ended) => ended,
        Err(_) if seen.has_asked() => serving.await,
        Err(_) => Err("connected, and asked for nothing".into()),
    }
}

/// Gives back what unfinished logins take whose time is up.
async fn shed(logins: NegotiateLayer) {
    let mut ticks = interval(SHEDDING);
    loop {
        ticks.tick().await;
        logins.half_open().shed(Timestamp::now());
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use clap::Parser;
    use negotiate::http::{Credential, Origin};
    use negotiate::{Initiate, Initiator, Target, ntlm};

    use super::*;
    use crate::logins::{PASSWORD, USER, alice, layer};
    use crate::options::Options;

    fn first_message() -> Vec<u8> {
        let credential = ntlm::Credential::with_password(USER, PASSWORD).unwrap();
        let target = Target::new("HTTP", "localhost").unwrap();
        let initiator = Initiator::builder(target).ntlm(credential).build().unwrap();
        match initiator.initiate(Timestamp::now()).unwrap() {
            Initiate::NeedsToken { token, .. } => token,
            Initiate::Established { .. } => panic!("after one token"),
        }
    }

    #[tokio::test]
    async fn h03_http2_is_told_to_use_http11_for_a_login_of_several_tokens() {
        let logins = layer(None, Some(alice().unwrap()), &Options::parse_from(["whoami"])).unwrap();
        let site = Site { demo: None, services: Vec::new(), behind_proxy: false };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(Arc::new(Server::new(logins, site, None)).serve(listener));

        let (client, connection) = h2::client::handshake(TcpStream::connect(address).await.unwrap()).await.unwrap();
        tokio::spawn(connection);
        let uri = format!("http://{address}/");
        let mut client = client.ready().await.unwrap();
        let request = Request::get(&uri).body(()).unwrap();
        let response = client.send_request(request, true).unwrap().0.await.unwrap();
        assert_eq!(response.status(), 401);
        let credential = Credential::<Origin>::new(first_message()).header();
        let request = Request::get(&uri).header(credential.0, credential.1).body(()).unwrap();
        let reset = client.send_request(request, true).unwrap().0.await.unwrap_err();
        assert_eq!(reset.reason(), Some(h2::Reason::HTTP_1_1_REQUIRED));
    }
}
