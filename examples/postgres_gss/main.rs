//! `postgres_gss`: logs in to PostgreSQL by a Kerberos ticket (authentication method `gss`), and prints what a query gives. With
//! `--encrypt` everything goes through the context: PostgreSQL's own alternative to TLS.
//!
//! ```text
//! postgres_gss --user alice db.example.com                                        SELECT current_user
//! postgres_gss --user alice --encrypt --database sales db.example.com 'SELECT …'
//! ```
//!
//! The ticket for `postgres/HOST` comes from the cache that `KRB5CCNAME` names. The crate fetches none, so have one there:
//! `kinit alice; kvno postgres/db.example.com`.
//!
//! | to see | look at |
//! |---|---|
//! | the login, as an answer to the server's request | `login` |
//! | the same before everything else, and the encryption behind it | `channel` |
//! | PostgreSQL's messages | `session` |
//!
//! What is spoken: "Frontend/Backend Protocol" in PostgreSQL's documentation, its sections "Start-up" and "GSSAPI Session
//! Encryption".

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod channel;
mod login;
mod session;

use std::error::Error;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::channel::Channel;
use crate::session::Session;

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// Logs in to PostgreSQL by a Kerberos ticket, and prints what a query gives.
#[derive(Parser)]
#[command(name = "postgres_gss", after_help = TICKET)]
struct Options {
    /// The server's port.
    #[arg(long, default_value = "5432")]
    port: u16,
    /// The role to be: the server says whose ticket may be which.
    #[arg(long)]
    user: String,
    /// What to connect to.
    #[arg(long, default_value = "postgres")]
    database: String,
    /// Encrypt everything with the login's keys.
    #[arg(long)]
    encrypt: bool,
    /// Break the first message behind the login: the server has to refuse it.
    #[arg(long, requires = "encrypt")]
    tamper: bool,
    /// The server, by the name that its ticket is for.
    host: String,
    /// What to ask, in SQL.
    #[arg(default_value = "SELECT current_user")]
    query: String,
}

const TICKET: &str = "The ticket for postgres/HOST comes from the credential cache that KRB5CCNAME names. Nothing is fetched from a KDC, so \
    have it there: kinit alice; kvno postgres/db.example.com";

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("postgres_gss: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let Options { port, user, database, encrypt, tamper, host, query } = options;
    let initiator = login::initiator(host)?;
    let stream = TcpStream::connect((host.as_str(), *port)).map_err(|error| format!("{host}, port {port}: {error}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut channel = Channel::new(stream);
    if *encrypt {
        let peer = channel.encrypt(&initiator)?;
        println!("encrypted with {peer}");
    }
    if *tamper {
        channel.break_next();
    }
    let mut session = Session::new(channel);
    session.start(user, database)?;
    match login::authenticate(&mut session, &initiator)? {
        Some(context) => println!("logged in to {} by {}", context.peer(), context.mechanism()),
        // The login was made before.
        None if *encrypt => {}
        None => return Err("the server lets everybody in, so it may be anybody".into()),
    }
    session.wait_until_ready()?;
    for row in session.query(query)? {
        println!("{}", row.join("\t"));
    }
    session.end()
}
