//! `whoami`: an HTTP server that says who you are, by `Negotiate`.
//!
//! Without options it needs no set-up: it holds a realm of its own, mints a ticket for a built-in user, shows the whole
//! 401 -> token -> 200 dance on the terminal, and then stays up for a browser or curl. With `--keytab` it is a real server.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod dance;
mod page;
mod server;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, Keytab};
use negotiate::{Acceptor, Principal};
use tokio::net::TcpListener;

/// An HTTP server protected by Negotiate that says who you are.
#[derive(Parser)]
struct Options {
    /// The service's keys. Without it, an embedded realm with a user `alice` is used, for a look.
    #[arg(long)]
    keytab: Option<PathBuf>,
    /// Answer to this principal only (repeatable); default: to every one of the keytab.
    #[arg(long)]
    principal: Vec<Principal>,
    /// Where to listen; port 0 means any free one.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
    /// End after the dance instead of waiting for clients.
    #[arg(long)]
    demo_only: bool,
}

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
    let embedded = options.keytab.is_none().then(|| Realm::new("WHOAMI.TEST", "HTTP/localhost")).transpose()?;
    let keytab = match (&options.keytab, &embedded) {
        (Some(path), _) => Keytab::read(path)?,
        (None, Some(realm)) => realm.keytab()?,
        (None, None) => Keytab::new(),
    };
    let service = Arc::new(server::Service::new(acceptor(keytab, &options.principal)?));
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(server::serve(listener, service));
    if let Some(realm) = &embedded {
        let token = realm.spnego_token("alice", negotiate::Timestamp::now())?;
        tokio::task::spawn_blocking(move || dance::show(address, &token)).await?.map_err(|error| error.to_string())?;
    }
    println!("listening on http://{address}/");
    if options.demo_only {
        return Ok(());
    }
    match serving.await? {}
}

/// The acceptor: these are the lines a program of your own would have.
fn acceptor(keytab: Keytab, principals: &[Principal]) -> Result<Acceptor, negotiate::Error> {
    let kerberos = principals.iter().cloned().fold(kerberos::Acceptor::new(keytab), kerberos::Acceptor::principal);
    Acceptor::builder().kerberos(kerberos).build()
}
