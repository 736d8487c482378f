//! `negotiate inspect`.

use std::error::Error;
use std::io::{self, Read, Write};
use std::path::PathBuf;

use clap::Args;
use negotiate::Timestamp;
use negotiate::inspect::{MAX_INPUT, Options, explain};
use negotiate::kerberos::Keytab;

use crate::{Outcome, hexadecimal, moment};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The token: a header line, base64, or hexadecimal digits. Without it, or with `-`, stdin is read, which may also
    /// be binary.
    token: Option<String>,
    /// The service's keys, to decrypt ticket and authenticator.
    #[arg(long, value_name = "FILE")]
    keytab: Option<PathBuf>,
    /// The initiator's token that the explained one answers: its ticket holds the key of the AP-REP.
    #[arg(long, value_name = "TOKEN", requires = "keytab")]
    request: Option<String>,
    /// The CHALLENGE_MESSAGE that the explained AUTHENTICATE_MESSAGE answers: the response is checked against it.
    #[arg(long, value_name = "TOKEN")]
    challenge: Option<String>,
    /// The NEGOTIATE_MESSAGE that began the login: the MIC is over it, too.
    #[arg(long, value_name = "TOKEN", requires = "challenge")]
    negotiate: Option<String>,
    /// The password that the response should be made with. Everybody on this machine can read it while the command runs.
    #[arg(long, requires = "challenge", conflicts_with = "nt_hash")]
    password: Option<String>,
    /// Its NT hash, 32 hexadecimal digits: as good as the password to whoever reads it.
    #[arg(long, value_name = "HEX", requires = "challenge")]
    nt_hash: Option<String>,
    /// The time to compare clocks with; default: now.
    #[arg(long, value_name = "SECONDS[.MICROS]", value_parser = moment::read)]
    at: Option<Timestamp>,
    /// Print session keys, responses and MIC in full.
    #[arg(long)]
    show_keys: bool,
}

/// Explains one token. Refused is one that is damaged, or none, or one whose response should be right and is not.
pub(crate) fn run(arguments: &Arguments, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let input = match arguments.token.as_deref() {
        None | Some("-") => from_stdin()?,
        Some(token) => token.as_bytes().to_vec(),
    };
    if input.trim_ascii().is_empty() {
        return Err("no token: give one as argument or on stdin".into());
    }
    let keytab = arguments.keytab.as_ref().map(Keytab::read).transpose()?;
    let mut options = Options::new().at(arguments.at.unwrap_or_else(Timestamp::now));
    if let Some(keytab) = &keytab {
        options = options.keytab(keytab);
    }
    if let Some(request) = &arguments.request {
        options = options.request(request.as_bytes());
    }
    let nt_hash = arguments.nt_hash.as_deref().map(hexadecimal::nt_hash).transpose()?;
    if let Some(hash) = &nt_hash {
        options = options.nt_hash(hash);
    }
    if let Some(password) = &arguments.password {
        options = options.password(password);
    }
    if let Some(challenge) = &arguments.challenge {
        options = options.challenge(challenge.as_bytes());
    }
    if let Some(negotiate) = &arguments.negotiate {
        options = options.negotiate(negotiate.as_bytes());
    }
    if arguments.show_keys {
        options = options.show_keys();
    }
    let explanation = explain(&input, &options);
    let mut out = io::stdout().lock();
    if json {
        writeln!(out, "{}", explanation.to_json())?;
    } else {
        write!(out, "{explanation}")?;
    }
    out.flush()?;
    Ok(if explanation.is_sound() { Outcome::Success } else { Outcome::Refused })
}

fn from_stdin() -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    io::stdin().lock().take(u64::try_from(MAX_INPUT).unwrap_or(u64::MAX)).read_to_end(&mut input)?;
    Ok(input)
}
