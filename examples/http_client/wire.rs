//! One connection: requests out, answers in, each shown with its fields.

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{HOST, HeaderValue};
use hyper::http::response::Parts;
use hyper::rt::{Read, Write};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;

/// The longest field value shown in full.
const SHOWN: usize = 70;

pub(crate) struct Wire {
    sender: SendRequest<Empty<Bytes>>,
}

pub(crate) struct Answer {
    pub(crate) head: Parts,
    pub(crate) body: Bytes,
    /// The connection itself, once a proxy has said yes to CONNECT.
    upgrade: Option<hyper::upgrade::OnUpgrade>,
}

impl Answer {
    /// The connection through the proxy.
    pub(crate) async fn tunnel(self) -> Result<Wire, Failure> {
        let upgraded = self.upgrade.ok_or("no tunnel")?.await?;
        Wire::on(upgraded).await
    }
}

impl Wire {
    pub(crate) async fn over(stream: TcpStream) -> Result<Self, Failure> {
        Self::on(TokioIo::new(stream)).await
    }

    async fn on(io: impl Read + Write + Unpin + Send + 'static) -> Result<Self, Failure> {
        let (sender, connection) = http1::handshake(io).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                eprintln!("http_client: the connection broke: {error}");
            }
        });
        Ok(Self { sender })
    }

    /// Sends a request, and reads the answer to its end, so that the next request can follow on the same connection.
    pub(crate) async fn send(
        &mut self,
        method: &Method,
        path: &str,
        host: &str,
        field: Option<(&'static str, String)>,
    ) -> Result<Answer, Failure> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, host);
        println!("> {method} {path} HTTP/1.1\n> host: {host}");
        if let Some((name, value)) = field {
            println!("> {name}: {}", short(&value));
            let mut value = HeaderValue::try_from(value)?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        println!(">");
        self.sender.ready().await?;
        let mut response = self.sender.send_request(request.body(Empty::new())?).await?;
        println!("< {:?} {}", response.version(), response.status());
        for (name, value) in response.headers() {
            println!("< {name}: {}", short(&String::from_utf8_lossy(value.as_bytes())));
        }
        println!("<");
        if *method == Method::CONNECT && response.status().is_success() {
            let upgrade = Some(hyper::upgrade::on(&mut response));
            let (head, _) = response.into_parts();
            return Ok(Answer { head, body: Bytes::new(), upgrade });
        }
        let (head, body) = response.into_parts();
        let body = Incoming::collect(body).await?.to_bytes();
        Ok(Answer { head, body, upgrade: None })
    }
}

/// A token is as good as a login until it is seen, so no more of it is shown than tells its kind.
fn short(value: &str) -> String {
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} characters)", &value[..end], value.len()),
        None => value.into(),
    }
}
