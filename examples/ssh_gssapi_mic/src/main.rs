//! `ssh_gssapi_mic`: logs in to an SSH server by a Kerberos ticket (gssapi-with-mic, RFC 4462 section 3), runs a command there
//! and prints what it says. SSH is the crate russh's; the login, behind russh's seam for it, is `negotiate`'s.
//!
//! ```text
//! cargo run --manifest-path examples/ssh_gssapi_mic/Cargo.toml -- --known-hosts ~/.ssh/known_hosts alice@ssh.example.com whoami
//! ```
//!
//! The ticket for `host/HOST` comes from the cache that `KRB5CCNAME` names. The crate fetches none, so have one there: `kinit
//! alice; kvno host/ssh.example.com`. The server's key must be in the file of known hosts.
//!
//! | to see | look at |
//! |---|---|
//! | the login: tokens and the signature that ties it to this connection | `login` |
//! | connection and command, as every client of russh has them | `session` |

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod login;
mod session;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::login::Login;
use crate::session::Session;

/// Logs in to an SSH server by a Kerberos ticket, and runs a command there.
#[derive(Parser)]
#[command(after_help = TICKET)]
struct Options {
    /// The server's port.
    #[arg(long, default_value = "22")]
    port: u16,
    /// Where the server's key is known: a file such as `~/.ssh/known_hosts`, which `ssh-keyscan` fills too.
    #[arg(long, value_name = "FILE")]
    known_hosts: PathBuf,
    /// Let the server act as the user, if the KDC says that it may be trusted with that (ok-as-delegate).
    #[arg(long)]
    delegate: bool,
    /// Sign something else than this connection's request: the server has to refuse it.
    #[arg(long)]
    tamper: bool,
    /// Such as `alice@ssh.example.com`: the host by the name that its ticket is for.
    #[arg(value_parser = user_and_host)]
    destination: (String, String),
    /// What to run there, as one argument.
    command: String,
}

const TICKET: &str = "The ticket for host/HOST comes from the credential cache that KRB5CCNAME names. Nothing is fetched from a KDC, so \
    have it there: kinit alice; kvno host/ssh.example.com";

fn user_and_host(text: &str) -> Result<(String, String), &'static str> {
    let (user, host) = text.split_once('@').ok_or("a user, @ and the host are wanted")?;
    Ok((user.to_owned(), host.to_owned()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ssh_gssapi_mic: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<ExitCode, Box<dyn Error + Send + Sync>> {
    let Options { port, known_hosts, delegate, tamper, destination: (user, host), command } = options;
    let mut login = Login::new(&host, delegate)?;
    if tamper {
        login.tamper();
    }
    let mut session = Session::connect(&host, port, known_hosts).await?;
    session.log_in(&user, &mut login).await?;
    session.run(&command).await
}
