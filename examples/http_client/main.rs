//! `http_client`: gets a page that wants a login, by a ticket or by a name and a password, through a proxy that wants one too.
//!
//! It shows what a program around [`HttpInitiator`] has to do: keep a login on its connection, send the request again on the
//! very same one, ask for another login where a redirect leads, and none where it must not.
//!
//! ```text
//! http_client --target-url http://localhost:8080/ --ccache /tmp/krb5cc_0
//! http_client --target-url http://intranet/ --proxy http://proxy:3128 --user 'ADEX\alice' --password-file secret
//! ```
//! It speaks no TLS, so it goes to no `https` URL: a login, and the page, would be in the clear. A program that does has
//! `channel_bindings` for its handshakes.
//!
//! What it prints, cookies and the beginnings of tokens among it, is for learning, and not for logs.
//!
//! Its exit status is 0 for a page (2xx), 1 for another status, 2 if it gave up.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "that is what it is for")]

mod options;
mod wire;

use std::error::Error;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Parser;
use hyper::header::LOCATION;
use hyper::{Method, StatusCode};
use negotiate::Timestamp;
use negotiate::http::{Challenge, Challenger, Origin, Proxy};
use negotiate::http_login::{
    ClientHandshake, ConnectionId, HttpInitiator, HttpVersion, Next, Redirect, Site, WebScheme,
};
use tokio::net::TcpStream;

use crate::options::Options;
use crate::wire::{Answer, Wire};

type Failure = Box<dyn Error + Send + Sync>;

/// How many redirects are followed.
const REDIRECTS: u8 = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(status) if status.is_success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("http_client: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<StatusCode, Failure> {
    let mut site: Site = options.target_url.parse()?;
    let mut path = path_of(&options.target_url);
    let mut logins = options.logins::<Origin>()?.trust(site.clone());
    if options.require_mutual {
        logins = logins.require_mutual();
    }
    for url in &options.trust {
        logins = logins.trust(url.parse()?);
    }
    let mut may_log_in = true;
    for _ in 0..=REDIRECTS {
        let answer = get(options, &site, &path, &logins, may_log_in).await?;
        let location = answer.head.headers.get(LOCATION).filter(|_| answer.head.status.is_redirection());
        let Some(location) = location else {
            print!("{}", String::from_utf8_lossy(&answer.body));
            return Ok(answer.head.status);
        };
        let location = location.to_str()?;
        match logins.redirect(&site, location)? {
            Redirect::SameOrigin => println!("* to {location}, of the same server: a login of its own\n"),
            Redirect::OtherOrigin { site: other, may_log_in: may } => {
                println!(
                    "* to {location}, another server: {}\n",
                    if may { "which may have a login" } else { "without a login" }
                );
                (site, may_log_in) = (other, may);
            }
        }
        path = path_of(location);
    }
    Err("too many redirects".into())
}

/// One request over a connection of its own, and what it took to get the answer.
async fn get(
    options: &Options,
    site: &Site,
    path: &str,
    logins: &HttpInitiator<Origin>,
    may_log_in: bool,
) -> Result<Answer, Failure> {
    // Where no login may be made, the answer is what it is, and nobody's.
    if !may_log_in {
        if options.require_mutual {
            return Err(format!("{site} was to prove itself, and may have no login to do it by").into());
        }
        let (mut wire, _) = open(options, site).await?;
        return wire.send(&Method::GET, path, &site.authority(), None).await;
    }
    let (mut wire, id) = open(options, site).await?;
    let handshake = logins.handshake(site, id, HttpVersion::Http1)?;
    exchange(&mut wire, handshake, &Method::GET, path, &site.authority()).await
}

/// A connection to the server, through the proxy if there is one.
async fn open(options: &Options, site: &Site) -> Result<(Wire, ConnectionId), Failure> {
    let id = next_id();
    // Found out before anything is sent through the proxy.
    in_the_clear(site)?;
    let Some(proxy) = &options.proxy else {
        println!("* connection {} to {site}", id.0);
        return Ok((connect(site).await?, id));
    };
    let proxy: Site = proxy.parse()?;
    println!("* connection {} to the proxy {proxy}", id.0);
    let mut wire = connect(&proxy).await?;
    let logins = options.logins::<Proxy>()?;
    let handshake = logins.handshake(&proxy, id, HttpVersion::Http1);
    let answer = exchange(&mut wire, handshake, &Method::CONNECT, &site.authority(), &site.authority()).await?;
    if !answer.head.status.is_success() {
        return Err(format!("the proxy says {}", answer.head.status).into());
    }
    // What is inside is another connection: its login is the server's, and the proxy never sees it.
    let inside = next_id();
    println!("* connection {} to {site}, through it\n", inside.0);
    Ok((answer.tunnel().await?, inside))
}

async fn connect(site: &Site) -> Result<Wire, Failure> {
    in_the_clear(site)?;
    Wire::over(TcpStream::connect(site.authority()).await?).await
}

/// Whoever says `https` is not to be served in the clear.
fn in_the_clear(site: &Site) -> Result<(), Failure> {
    match site.scheme() {
        WebScheme::Http => Ok(()),
        WebScheme::Https => Err(format!("{site} is to be spoken to by TLS, which this example does not speak").into()),
    }
}

/// Sends the request as often as the login takes, on this one connection.
async fn exchange<C: Challenger>(
    wire: &mut Wire,
    mut handshake: ClientHandshake<C>,
    method: &Method,
    path: &str,
    host: &str,
) -> Result<Answer, Failure> {
    let id = handshake.connection();
    let mut field = None;
    loop {
        let answer = wire.send(method, path, host, field.take()).await?;
        let lines = answer.head.headers.get_all(Challenge::<C>::FIELD);
        match handshake.receive(id, answer.head.status.as_u16(), lines, Timestamp::now())? {
            Next::Resend { field: again, next } => {
                for left_out in next.left_out() {
                    println!("* {left_out}");
                }
                (field, handshake) = (Some(again), next);
            }
            Next::Finished { login } => {
                match login.as_ref().map(|login| (login, login.context())) {
                    None => println!("* no login was asked for\n"),
                    Some((login, None)) => {
                        println!("* by {}; the server has shown nothing of itself\n", login.scheme())
                    }
                    Some((login, Some(context))) => {
                        let holds = if login.holds_for_connection() { "connection" } else { "request" };
                        println!(
                            "* logged in to {} by {} under {}, for this {holds}\n",
                            context.peer(),
                            context.mechanism(),
                            login.scheme()
                        );
                    }
                }
                return Ok(answer);
            }
            Next::NeedsHttp11 => return Err("this is HTTP/1.1".into()),
        }
    }
}

/// A number that no other connection has.
fn next_id() -> ConnectionId {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    ConnectionId(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// What stands behind the host: a relative reference without a slash in front is taken from the root, which will do here. Two
/// slashes are a host's in front only, or behind the scheme: others are the path's, or belong to a query.
fn path_of(url: &str) -> String {
    let authority = ["//", "http://", "https://"].into_iter().find_map(|begin| {
        let front = url.get(..begin.len())?;
        front.eq_ignore_ascii_case(begin).then(|| url.get(begin.len()..)).flatten()
    });
    let behind = authority.map_or(url, |rest| rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]));
    let path = behind.split('#').next().unwrap_or_default();
    format!("/{}", path.strip_prefix('/').unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::path_of;

    /// As a URL is taken apart to find its host, so it is to find the path.
    #[test]
    fn a_path_is_what_is_behind_the_host() {
        for (url, path) in [
            ("http://h", "/"),
            ("HTTP://h:80/a/b?c#d", "/a/b?c"),
            ("http://h?q", "/?q"),
            ("//h/a", "/a"),
            ("/a", "/a"),
            ("a", "/a"),
            ("", "/"),
            ("?q", "/?q"),
            ("/go?u=http://other/secret", "/go?u=http://other/secret"),
            ("/a//b/c", "/a//b/c"),
            ("http://h/a//b/c", "/a//b/c"),
            ("#//h/x", "/"),
        ] {
            assert_eq!(path_of(url), path, "{url}");
        }
    }
}
