//! The command `negotiate`: tokens accepted, made and explained, keytabs read and written, credential caches read, from a
//! shell.
//!
//! Exit status: 0 success, 1 the peer or the token was refused, 2 usage or configuration. With `--json` every
//! subcommand prints one JSON object per line, without it text for people. Keys are printed with `--show-keys` only.

mod accept;
mod acceptor;
mod ccache;
mod helper;
mod hexadecimal;
mod initiate;
mod inspect;
mod keytab;
mod lines;
mod mechanisms;
mod moment;
mod pac;
mod verdict;

use std::error::Error;
use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Kerberos, NTLM and SPNEGO logins: tokens accepted, made and explained, keytabs read and written, credential caches read.
///
/// Exit status: 0 success, 1 the peer or the token was refused, 2 usage or configuration.
#[derive(Parser)]
#[command(name = "negotiate", version, max_term_width = 120)]
struct Command {
    /// Print one JSON object per line instead of text. `accept` does so by itself where stdout is no terminal.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Accept logins: tokens from stdin, a verdict for each.
    Accept(accept::Arguments),
    /// Log in: prints the first token, reads the peer's answer from stdin, and so on.
    Initiate(initiate::Arguments),
    /// Explain a token: every field, its value, its byte range.
    Inspect(inspect::Arguments),
    /// Read and write keytabs.
    #[command(subcommand)]
    Keytab(keytab::Action),
    /// Read credential caches: the tickets that kinit and kvno got.
    #[command(subcommand)]
    Ccache(ccache::Action),
    /// Accept logins for a program that delegates them, such as Squid, by its line protocol.
    Helper(helper::Arguments),
}

/// What came of a command that could be carried out.
enum Outcome {
    Success,
    Refused,
}

fn main() -> ExitCode {
    let Command { json, what } = Command::parse();
    // Whose verdicts nobody reads any more has not said that a login was good.
    let unread =
        if matches!(what, What::Accept(_) | What::Initiate(_)) { ExitCode::from(1) } else { ExitCode::SUCCESS };
    let outcome = match what {
        What::Accept(arguments) => accept::run(&arguments, json),
        What::Initiate(arguments) => initiate::run(&arguments, json),
        What::Helper(arguments) => helper::run(&arguments),
        What::Inspect(arguments) => inspect::run(&arguments, json),
        What::Keytab(action) => keytab::run(action, json),
        What::Ccache(action) => ccache::run(&action, json),
    };
    match outcome {
        Ok(Outcome::Success) => ExitCode::SUCCESS,
        Ok(Outcome::Refused) => ExitCode::from(1),
        // Whoever reads has seen enough (`negotiate … | head -1`).
        Err(error) if is_broken_pipe(&*error) => unread,
        Err(error) => {
            eprintln!("negotiate: {error}");
            ExitCode::from(2)
        }
    }
}

fn is_broken_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
