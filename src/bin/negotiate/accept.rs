//! `negotiate accept`.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;
use negotiate::acceptor::Handshake;
use negotiate::gss::ChannelBindings;
use negotiate::http::Scheme;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::{Ccache, MemoryReplayCache, ccache};
use negotiate::{Accept, Acceptor, Context, Rejected, ReplayCache, Timestamp};

use crate::acceptor::{self, Options};
use crate::verdict::{Step, Verdict};
use crate::{Outcome, hexadecimal, lines, moment};

#[derive(Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    acceptor: Options,
    /// The time to judge all tokens by; default: now. The replay cache takes every token that is in time at that moment,
    /// and knows the repetitions within this run.
    #[arg(long, value_name = "SECONDS[.MICROS]", value_parser = moment::read)]
    at: Option<Timestamp>,
    /// The application data of the channel bindings in hexadecimal, or `tls-server-end-point:` and the hash of the
    /// certificate in hexadecimal.
    #[arg(long, value_name = "HEX", value_parser = bindings)]
    channel_bindings: Option<Bindings>,
    /// Refuse tokens without channel bindings.
    #[arg(long, requires = "channel_bindings")]
    require_channel_bindings: bool,
    /// Take the credential that a client delegates, and write it there as a credential cache, for this user only: whoever
    /// reads it is the client. The next login's takes its place, and after a login that delegates nothing there is none.
    #[arg(long, value_name = "FILE", requires = "keytab")]
    delegated_ccache: Option<PathBuf>,
    /// Take the same token again and again.
    #[arg(long)]
    no_replay_cache: bool,
    /// Answer with this recorded CHALLENGE_MESSAGE instead of making one, to judge recorded NTLM logins: base64, or a header
    /// line, bare or in SPNEGO.
    #[arg(long, value_name = "TOKEN", requires = "accounts")]
    replay_challenge: Option<String>,
    /// Print text for people also where the output is no terminal.
    #[arg(long)]
    text: bool,
    /// Print session keys.
    #[arg(long)]
    show_keys: bool,
}

/// Application data of channel bindings.
#[derive(Clone)]
pub(crate) struct Bindings(Vec<u8>);

impl Bindings {
    pub(crate) fn to_channel_bindings(&self) -> ChannelBindings {
        ChannelBindings::application_data(self.0.clone())
    }
}

/// Reads the application data: octets in hexadecimal; or the prefix of a binding type (RFC 5929) as it is and the
/// rest in hexadecimal.
pub(crate) fn bindings(text: &str) -> Result<Bindings, String> {
    const TYPES: [&str; 3] = ["tls-server-end-point:", "tls-unique:", "tls-exporter:"];
    let named = TYPES.iter().find_map(|name| text.strip_prefix(name).map(|rest| (*name, rest)));
    let (prefix, digits) = named.unwrap_or(("", text));
    let mut octets = prefix.as_bytes().to_vec();
    octets.extend(hexadecimal::read(digits)?);
    Ok(Bindings(octets))
}

/// Judges each line. Refused is the run if any token was.
pub(crate) fn run(arguments: &Arguments, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let judge = Judge::new(arguments)?;
    // Text is for people, and people sit at terminals; whatever reads a pipe gets its one line for each token.
    let json = json || !(arguments.text || io::stdout().is_terminal());
    let mut outcome = Outcome::Success;
    let mut waiting = None;
    let mut tokens = 0usize;
    let mut input = io::stdin().lock();
    while let Some(line) = lines::next(&mut input)? {
        let line = line.trim_ascii();
        if line.is_empty() {
            waiting = None;
            continue;
        }
        tokens = tokens.saturating_add(1);
        let (verdict, next) = judge.verdict(line, waiting.take(), arguments.show_keys);
        waiting = next;
        if verdict.is_refusal() {
            outcome = Outcome::Refused;
        }
        // A peer may be waiting at the other end of a pipe: each verdict goes out at once.
        let mut out = io::stdout().lock();
        if json {
            writeln!(out, "{}", verdict.to_json())?
        } else {
            write!(out, "{verdict}")?
        }
        out.flush()?;
    }
    if tokens == 0 {
        return Err("no token on stdin: one per line, as base64 or as a header line".into());
    }
    Ok(outcome)
}

/// An acceptor with all that its verdicts depend on.
struct Judge {
    acceptor: Acceptor,
    cache: Box<dyn ReplayCache>,
    bindings: Option<Bindings>,
    at: Option<Timestamp>,
    delegated_ccache: Option<PathBuf>,
}

impl Judge {
    fn new(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        let challenge = arguments.replay_challenge.as_deref().map(acceptor::challenge).transpose()?;
        let mut builder = arguments.acceptor.builder(arguments.delegated_ccache.is_some(), challenge.as_deref())?;
        if arguments.require_channel_bindings {
            builder = builder.require_channel_bindings();
        }
        // The command judges tokens that were made before it began; its memory of replays is that of its own run. A token
        // that is in time was stamped no earlier than the skew before.
        let began = arguments.at.unwrap_or_else(Timestamp::now).saturating_sub(arguments.acceptor.skew());
        let cache: Box<dyn ReplayCache> =
            if arguments.no_replay_cache { Box::new(NoReplayCache) } else { Box::new(MemoryReplayCache::new(began)) };
        Ok(Self {
            acceptor: builder.build()?,
            cache,
            bindings: arguments.channel_bindings.clone(),
            at: arguments.at,
            delegated_ccache: arguments.delegated_ccache.clone(),
        })
    }

    /// The verdict on one line, and what waits for the next one.
    fn verdict(&self, line: &[u8], waiting: Option<Handshake>, show_keys: bool) -> (Verdict, Option<Handshake>) {
        let now = self.at.unwrap_or_else(Timestamp::now);
        let credential = match lines::credential(line) {
            Ok(credential) => credential,
            Err(rejected) => return (Verdict::new(Scheme::Negotiate, &Step::Rejected(&rejected)), None),
        };
        // The answer goes out under the scheme that the token came under.
        let verdict = |step: Step<'_>| Verdict::new(credential.scheme(), &step);
        match self.step(credential.token(), waiting, now) {
            Ok(Accept::NeedsToken { token, next }) => (verdict(Step::Continue { token: &token }), Some(next)),
            Ok(Accept::Established { token, context }) => {
                (verdict(Step::Established { token: token.as_deref(), context: &context, show_keys }), None)
            }
            // Every question there is was answered by the cache, or by the file of accounts.
            Ok(_) => (verdict(Step::Unanswered), None),
            Err(rejected) => (verdict(Step::Rejected(&rejected)), None),
        }
    }

    fn step(&self, token: &[u8], waiting: Option<Handshake>, now: Timestamp) -> Result<Accept, Rejected> {
        let opening = || match &self.bindings {
            Some(bindings) => self.acceptor.begin().channel_bindings(bindings.to_channel_bindings()),
            None => self.acceptor.begin(),
        };
        let step = match waiting {
            Some(handshake) => handshake.accept(token, now)?,
            None => opening().accept(token, now)?,
        };
        let step = match step {
            Accept::NeedsReplayCheck(check) => check.use_cache(&*self.cache, now)?,
            other => other,
        };
        if let Accept::Established { context, .. } = &step {
            self.keep_delegated(context)?;
        }
        Ok(step)
    }

    /// Writes what a login delegated, if it is to be kept. What an earlier one delegated is not left to a login that
    /// delegates nothing: whoever acts for this client would act as that one.
    fn keep_delegated(&self, context: &Context) -> Result<(), Rejected> {
        let Some(path) = &self.delegated_ccache else { return Ok(()) };
        if let Some(credential) = context.delegated_credential() {
            Ccache::parse(credential.expose())?.write(path)?;
            return Ok(());
        }
        match std::fs::remove_file(path) {
            Err(reason) if reason.kind() != io::ErrorKind::NotFound => {
                Err(ccache::Error::Unwritable { path: path.display().to_string(), reason: reason.to_string() }.into())
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_are_octets_or_a_named_hash() {
        assert_eq!(bindings("616263").unwrap().0, b"abc");
        assert_eq!(bindings("tls-server-end-point:00ff").unwrap().0, b"tls-server-end-point:\x00\xff");
        assert!(bindings("tls-server-end-point").is_err());
        assert!(bindings("0").is_err());
    }
}
