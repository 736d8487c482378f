//! `negotiate initiate`.

use std::error::Error;
use std::io::{self, Write};

use clap::Args;
use negotiate::http::{Credential, Origin, Scheme};
use negotiate::peer::Target;
use negotiate::{Initiate, Rejected, Timestamp};
use serde_json::Value;

use crate::accept::{Bindings, bindings};
use crate::mechanisms::Mechanisms;
use crate::verdict::{Step, Verdict};
use crate::{Outcome, lines, moment};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The service to log in to: `HTTP@web.example.com`, or with a realm `HTTP/web.example.com@EXAMPLE.COM`.
    #[arg(long, value_name = "SERVICE@HOST")]
    target: Target,
    #[command(flatten)]
    mechanisms: Mechanisms,
    /// The application data of the channel bindings in hexadecimal, or `tls-server-end-point:` and the hash of the
    /// certificate in hexadecimal.
    #[arg(long, value_name = "HEX", value_parser = bindings)]
    channel_bindings: Option<Bindings>,
    /// The time of the login; default: now.
    #[arg(long, value_name = "SECONDS[.MICROS]", value_parser = moment::read)]
    at: Option<Timestamp>,
    /// Print session keys.
    #[arg(long)]
    show_keys: bool,
}

/// Prints each token of this side, and reads each of the peer's, until the login is made or refused.
pub(crate) fn run(arguments: &Arguments, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let bindings = arguments.channel_bindings.as_ref().map(Bindings::to_channel_bindings);
    let initiator = arguments.mechanisms.initiator(arguments.target.clone(), bindings)?;
    let now = || arguments.at.unwrap_or_else(Timestamp::now);
    let mut talk = Talk { scheme: arguments.mechanisms.scheme(), show_keys: arguments.show_keys, json };
    let mut input = io::stdin().lock();
    // Before the peer has said anything, what fails is this side's.
    let mut step = initiator.initiate(now())?;
    if let Initiate::NeedsToken { next, .. } = &step {
        next.left_out().iter().for_each(|left_out| eprintln!("note: {left_out}"));
    }
    loop {
        let (token, next) = match step {
            Initiate::NeedsToken { token, next } => (token, next),
            Initiate::Established { token, context } => {
                arguments.mechanisms.note_what_is_missing(&context);
                let step = Step::Established { token: token.as_deref(), context: &context, show_keys: talk.show_keys };
                talk.say(&step, token.as_deref())?;
                return Ok(Outcome::Success);
            }
        };
        talk.say(&Step::Continue { token: &token }, Some(&token))?;
        let Some(line) = lines::next(&mut input)? else {
            return talk.refuse(&Rejected::silent(PeerIsSilent));
        };
        let answer = match answer(line.trim_ascii()) {
            Ok(token) => token,
            Err(rejected) => return talk.refuse(&rejected),
        };
        step = match next.step(&answer, now()) {
            Ok(step) => step,
            Err(error) => return talk.refuse(&Rejected::silent(error)),
        };
    }
}

/// The peer's token: base64, a header line, or a line that `accept` prints.
fn answer(line: &[u8]) -> Result<Vec<u8>, Rejected> {
    let verdict = serde_json::from_slice::<Value>(line).ok().filter(Value::is_object);
    let Some(verdict) = verdict else { return Ok(lines::credential(line)?.into_token()) };
    let text = |name| verdict.get(name).and_then(Value::as_str);
    match (text("result"), text("token")) {
        (Some("rejected"), _) => {
            let why = verdict.get("error").and_then(|error| error.get("message")).and_then(Value::as_str);
            Err(Rejected::silent(PeerRejects(why.map(ToOwned::to_owned))))
        }
        (_, Some(token)) => Ok(lines::credential(token.as_bytes())?.into_token()),
        (_, None) => Err(Rejected::silent(PeerIsSilent)),
    }
}

/// How this side speaks: in JSON a line for each step; without it stdout has the tokens and nothing else, for pipes, and
/// people read the rest on stderr.
struct Talk {
    scheme: Scheme<'static>,
    show_keys: bool,
    json: bool,
}

impl Talk {
    fn say(&mut self, step: &Step<'_>, token: Option<&[u8]>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let verdict = Verdict::new(self.scheme, step);
        if self.json {
            writeln!(out, "{}", verdict.to_json())?;
        } else {
            if let Some(token) = token {
                let (_, value) = Credential::<Origin>::new(token.to_vec()).header();
                writeln!(out, "{}", value.split_once(' ').map_or("", |(_, token)| token))?;
            }
            if !matches!(step, Step::Continue { .. }) {
                eprint!("{}", verdict.for_initiator());
            }
        }
        out.flush()
    }

    fn refuse(&mut self, rejected: &Rejected) -> Result<Outcome, Box<dyn Error>> {
        self.say(&Step::Rejected(rejected), None)?;
        Ok(Outcome::Refused)
    }
}

/// A line of `accept` that says no, and why. A server on the wire would not tell.
#[derive(Debug)]
struct PeerRejects(Option<String>);

impl std::fmt::Display for PeerRejects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.0 {
            Some(why) => write!(f, "the acceptor rejected the login: {why}"),
            None => f.write_str("the acceptor rejected the login, and does not say why: look at its own output"),
        }
    }
}

impl Error for PeerRejects {}

impl negotiate::error::Reason for PeerRejects {
    fn fault(&self) -> negotiate::Fault {
        negotiate::Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "rejected"
    }
}

/// Where a token should come, there is none.
#[derive(Debug)]
struct PeerIsSilent;

impl std::fmt::Display for PeerIsSilent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the peer's answer did not come, or had no token in it, before the login was made")
    }
}

impl Error for PeerIsSilent {}

impl negotiate::error::Reason for PeerIsSilent {
    fn fault(&self) -> negotiate::Fault {
        negotiate::Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "no-answer"
    }
}
