//! `gss_sample`: speaks to MIT's sample programs, `gss-client` and `gss-server` (Debian's package krb5-gss-samples), from
//! either side: a login, then messages that are wrapped, and answered with their signatures.
//!
//! ```text
//! gss_sample accept --port 4444 --keytab service.keytab           for gss-client -port 4444 localhost host@localhost hello
//! gss_sample call --port 4444 localhost host@localhost hello      to gss-server -port 4444 -keytab FILE:service.keytab host
//! ```
//!
//! `call` takes its ticket from the cache that `KRB5CCNAME` names. The crate fetches none, so have one there: `kinit alice;
//! kvno host/localhost`. With `--user` it logs in by NTLM, for which `accept` has `--accounts`.
//!
//! | to see | look at |
//! |---|---|
//! | how a login is made, and messages protected | `call` |
//! | how a login is taken, and messages answered | `accept` |
//! | the frames around the tokens | `wire` |

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod accept;
mod call;
mod wire;

use std::error::Error;
use std::process::ExitCode;

use clap::Parser;

/// Speaks to MIT's gss-client and gss-server.
#[derive(Parser)]
#[command(name = "gss_sample")]
enum Options {
    /// Logs in to a server and sends it messages, as gss-client does, with its options.
    Call(call::Options),
    /// Takes logins and answers messages, as gss-server does.
    Accept(accept::Options),
}

fn main() -> ExitCode {
    let done = match Options::parse() {
        Options::Call(options) => call::run(&options),
        Options::Accept(options) => accept::run(&options),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gss_sample: {}", with_causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// An error, and what it comes from.
fn with_causes(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
