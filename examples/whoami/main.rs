//! `whoami`: an HTTP server that says who you are, by Kerberos or NTLM, and shows how it found out.
//!
//! Without options it needs no set-up: it holds a realm and an account of its own, shows the whole 401 -> token -> 200 dance
//! on the terminal, by a ticket and by a password, and then stays up for a browser or curl. With `--keytab` or `--accounts`
//! it is a real server. With `--tls` logins can be bound to their channel.
//!
//! | to see | look at |
//! |---|---|
//! | what a program of your own would have | `logins`, `app` |
//! | connections: HTTP/1.1, HTTP/2, TLS, bounds | `server`, `tls` |
//! | what is written down of a handshake, and shown | `recorder`, `exchange`, `page` |

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod app;
mod dance;
mod exchange;
mod logins;
mod options;
mod page;
mod recorder;
mod server;
mod tls;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use negotiate::kerberos::Keytab;
use negotiate::kerberos::testing::Realm;
use negotiate::ntlm::MemoryAccounts;
use tokio::net::TcpListener;

use crate::dance::Place;
use crate::logins::{PASSWORD, USER};
use crate::options::{Bindings, Options};
use crate::recorder::Site;
use crate::server::Server;
use crate::tls::Tls;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("whoami: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    options.check()?;
    let embedded = options.is_demo().then(|| Realm::new("WHOAMI.TEST", "HTTP/localhost")).transpose()?;
    let server = Arc::new(server(options, embedded.as_ref())?);
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let place = Place { address, certificate: server.tls.as_ref().map(|tls| tls.certificate().clone()) };
    let serving = tokio::spawn(server.serve(listener));
    if let Some(realm) = embedded {
        let takes_ntlm = !options.behind_proxy;
        let dance = tokio::task::spawn_blocking(move || dance::before_the_eyes(&place, &realm, takes_ntlm));
        dance.await?.map_err(|error| error.to_string())?;
    }
    tell(options, address);
    if options.demo_only {
        return Ok(());
    }
    match serving.await? {}
}

/// The server, ready to take connections.
fn server(options: &Options, embedded: Option<&Realm>) -> Result<Server, Box<dyn Error>> {
    let keytab = match (&options.keytab, embedded) {
        (Some(path), _) => Some(Keytab::read(path)?),
        (None, Some(realm)) => Some(realm.keytab()?),
        (None, None) => None,
    };
    let accounts = match &options.accounts {
        Some(path) => Some(MemoryAccounts::read(path)?),
        None if options.is_demo() => Some(logins::alice()?),
        None => None,
    };
    let site = Site {
        demo: embedded.map(Realm::keytab).transpose()?,
        services: services(keytab.as_ref(), options),
        behind_proxy: options.behind_proxy,
    };
    let tls = options.tls.then(|| certificate(options)).transpose()?;
    Ok(Server::new(logins::layer(keytab, accounts, options)?, site, tls))
}

/// What tickets are taken for.
fn services(keytab: Option<&Keytab>, options: &Options) -> Vec<String> {
    match keytab {
        Some(_) if !options.principal.is_empty() => options.principal.iter().map(ToString::to_string).collect(),
        Some(keytab) => keytab.principals().map(|principal| principal.name().to_string()).collect(),
        None => Vec::new(),
    }
}

fn certificate(options: &Options) -> Result<Tls, Box<dyn Error>> {
    let tls = match (&options.tls_certificate, &options.tls_key) {
        (Some(certificate), Some(key)) => Tls::read(certificate, key)?,
        _ => Tls::self_made(&options.name)?,
    };
    let tls = if options.takes_ntlm() && !options.http2 { tls.without_http2() } else { tls };
    if let Some(path) = &options.tls_certificate_out {
        std::fs::write(path, tls.pem())?;
    }
    Ok(tls)
}

/// Where it is, and how to get in.
fn tell(options: &Options, address: SocketAddr) {
    let (scheme, port) = (if options.tls { "https" } else { "http" }, address.port());
    println!("listening on {scheme}://{address}/");
    if !options.is_demo() || options.behind_proxy {
        return;
    }
    let trust = match &options.tls_certificate_out {
        Some(path) => format!(" --cacert {}", path.display()),
        None if options.tls => " --insecure".to_owned(),
        None => String::new(),
    };
    // curl's NTLM binds to no channel.
    if options.channel_bindings != Bindings::Required {
        println!("log in with curl --ntlm -u {USER}:{PASSWORD}{trust} {scheme}://localhost:{port}/");
    }
    println!("or with a browser, as {USER} with the password {PASSWORD}");
}
