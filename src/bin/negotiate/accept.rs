//! `negotiate accept`.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use negotiate::acceptor::Handshake;
use negotiate::error::{Fault, Reason};
use negotiate::gss::ChannelBindings;
use negotiate::http::{Authorization, MAX_TOKEN, Origin, Scheme};
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Principal, Rejected, ReplayCache, Timestamp};

use crate::verdict::{Step, Verdict};
use crate::{Outcome, hexadecimal, moment};

#[derive(Args)]
pub(crate) struct Arguments {
    /// The service's keys.
    #[arg(long, value_name = "FILE")]
    keytab: PathBuf,
    /// Answer to this principal only (repeatable); default: to every one of the keytab.
    #[arg(long, value_name = "NAME")]
    principal: Vec<Principal>,
    /// The time to judge all tokens by; default: now. The replay cache takes every token that is in time at that moment,
    /// and knows the repetitions within this run.
    #[arg(long, value_name = "SECONDS[.MICROS]", value_parser = moment::read)]
    at: Option<Timestamp>,
    /// How far clocks may be apart.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    skew: u64,
    /// The application data of the channel bindings in hexadecimal, or `tls-server-end-point:` and the hash of the
    /// certificate in hexadecimal.
    #[arg(long, value_name = "HEX", value_parser = bindings)]
    channel_bindings: Option<Bindings>,
    /// Refuse tokens without channel bindings.
    #[arg(long, requires = "channel_bindings")]
    require_channel_bindings: bool,
    /// Refuse tickets without a PAC.
    #[arg(long)]
    require_pac: bool,
    /// Take what is refused by default, for it is dangerous (repeatable).
    #[arg(long, value_enum, value_name = "DANGER")]
    allow: Vec<Danger>,
    /// Take the same token again and again.
    #[arg(long)]
    no_replay_cache: bool,
    /// Print text for people also where the output is no terminal.
    #[arg(long)]
    text: bool,
    /// Print session keys.
    #[arg(long)]
    show_keys: bool,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Danger {
    /// Tickets and keys of type rc4-hmac.
    Rc4,
    /// Clients that stay anonymous.
    Anonymous,
}

/// Application data of channel bindings.
#[derive(Clone)]
struct Bindings(Vec<u8>);

/// Reads the application data: octets in hexadecimal; or the prefix of a binding type (RFC 5929) as it is and the
/// rest in hexadecimal.
fn bindings(text: &str) -> Result<Bindings, String> {
    const TYPES: [&str; 3] = ["tls-server-end-point:", "tls-unique:", "tls-exporter:"];
    let named = TYPES.iter().find_map(|name| text.strip_prefix(name).map(|rest| (*name, rest)));
    let (prefix, digits) = named.unwrap_or(("", text));
    let mut octets = prefix.as_bytes().to_vec();
    octets.extend(hexadecimal::read(digits)?);
    Ok(Bindings(octets))
}

/// The longest line that is read: a token of the longest kind in base64, with a header's name.
const MAX_LINE: u64 = 131_072;

/// Judges each line. Refused is the run if any token was.
pub(crate) fn run(arguments: &Arguments, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let judge = Judge::new(arguments)?;
    // Text is for people, and people sit at terminals; whatever reads a pipe gets its one line for each token.
    let json = json || !(arguments.text || io::stdout().is_terminal());
    let mut outcome = Outcome::Success;
    let mut waiting = None;
    let mut tokens = 0usize;
    let mut input = io::stdin().lock();
    while let Some(line) = line(&mut input)? {
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

/// The next line, without its end; none at the end of the input. Of a line that is longer than any token, one octet
/// more than the limit is kept, for the verdict, and the rest passed over.
fn line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        let mut rest = Vec::new();
        while input.by_ref().take(MAX_LINE).read_until(b'\n', &mut rest)? > 0 && !rest.ends_with(b"\n") {
            rest.clear();
        }
    }
    Ok((read > 0).then_some(line))
}

/// An acceptor with all that its verdicts depend on.
struct Judge {
    acceptor: Acceptor,
    cache: Box<dyn ReplayCache>,
    bindings: Option<Bindings>,
    at: Option<Timestamp>,
}

impl Judge {
    fn new(arguments: &Arguments) -> Result<Self, Box<dyn Error>> {
        let keytab = Keytab::read(&arguments.keytab)?;
        let skew = Duration::from_secs(arguments.skew);
        let mut kerberos = kerberos::Acceptor::new(keytab).skew(skew);
        for principal in &arguments.principal {
            kerberos = kerberos.principal(principal.clone());
        }
        if arguments.require_pac {
            kerberos = kerberos.require_pac();
        }
        if arguments.allow.contains(&Danger::Rc4) {
            kerberos = kerberos.dangerous().permit_rc4();
        }
        if arguments.allow.contains(&Danger::Anonymous) {
            kerberos = kerberos.dangerous().permit_anonymous();
        }
        let mut builder = Acceptor::builder().kerberos(kerberos);
        if arguments.require_channel_bindings {
            builder = builder.require_channel_bindings();
        }
        // The command judges tokens that were made before it began; its memory of replays is that of its own run. A token
        // that is in time was stamped no earlier than the skew before.
        let began = arguments.at.unwrap_or_else(Timestamp::now).saturating_sub(skew);
        let cache: Box<dyn ReplayCache> =
            if arguments.no_replay_cache { Box::new(NoReplayCache) } else { Box::new(MemoryReplayCache::new(began)) };
        Ok(Self { acceptor: builder.build()?, cache, bindings: arguments.channel_bindings.clone(), at: arguments.at })
    }

    /// The verdict on one line, and what waits for the next one.
    fn verdict(&self, line: &[u8], waiting: Option<Handshake>, show_keys: bool) -> (Verdict, Option<Handshake>) {
        let now = self.at.unwrap_or_else(Timestamp::now);
        let step = token(line).and_then(|token| self.step(&token, waiting, now));
        match step {
            Ok(Accept::NeedsToken { token, next }) => (Verdict::new(Step::Continue { token: &token }), Some(next)),
            Ok(Accept::Established { token, context }) => {
                let step = Step::Established { token: token.as_deref(), context: &context, show_keys };
                (Verdict::new(step), None)
            }
            // Every question there is was answered by the cache.
            Ok(_) => (Verdict::new(Step::Unanswered), None),
            Err(rejected) => (Verdict::new(Step::Rejected(&rejected)), None),
        }
    }

    fn step(&self, token: &[u8], waiting: Option<Handshake>, now: Timestamp) -> Result<Accept, Rejected> {
        let opening = || match &self.bindings {
            Some(Bindings(octets)) => {
                self.acceptor.begin().channel_bindings(ChannelBindings::application_data(octets.clone()))
            }
            None => self.acceptor.begin(),
        };
        let step = match waiting {
            Some(handshake) => handshake.accept(token, now)?,
            None => opening().accept(token, now)?,
        };
        match step {
            Accept::NeedsReplayCheck(check) => check.use_cache(&*self.cache, now),
            other => Ok(other),
        }
    }
}

/// The token in a line: base64, or behind a header's name, or behind a scheme.
fn token(line: &[u8]) -> Result<Vec<u8>, Rejected> {
    let value = without_field_name(line);
    let is_scheme = |name: &&str| value.eq_ignore_ascii_case(name.as_bytes());
    let is_bare = !value.contains(&b' ') && !["Negotiate", "NTLM"].iter().any(is_scheme);
    let with_scheme = if is_bare { [b"Negotiate ", value].concat() } else { value.to_vec() };
    match Authorization::<Origin>::parse([&with_scheme], MAX_TOKEN)? {
        Authorization::Negotiate(credential) => Ok(credential.into_token()),
        // NTLM's own scheme carries the same octets: the acceptor says what is to be said of them.
        Authorization::OtherScheme(Scheme::Ntlm) if value.contains(&b' ') => {
            let token = value.get(Scheme::Ntlm.name().len()..).unwrap_or_default();
            self::token(&[b"Negotiate", token].concat())
        }
        _ => Err(OtherScheme.into()),
    }
}

/// A header line of a scheme that is none of ours.
#[derive(Debug)]
struct OtherScheme;

impl fmt::Display for OtherScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the header's scheme is not Negotiate: the client chose, or knows, another")
    }
}

impl Error for OtherScheme {}

impl Reason for OtherScheme {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "other-scheme"
    }
}

/// `Authorization: …` and the like without the name. A colon occurs in no token and no scheme.
fn without_field_name(line: &[u8]) -> &[u8] {
    match line.iter().position(|octet| *octet == b':') {
        Some(colon) => line.get(colon.saturating_add(1)..).unwrap_or_default().trim_ascii(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_carry_tokens() {
        for line in [
            "YIIC",
            "Negotiate YIIC",
            "Authorization: Negotiate YIIC",
            "proxy-authorization:negotiate YIIC",
            "Authorization: NTLM YIIC",
        ] {
            assert_eq!(token(line.as_bytes()).unwrap(), b"\x60\x82\x02", "{line}");
        }
        for line in ["Basic YIIC", "YIIC YIIC", "###", "Negotiate", "Negotiate ", "NTLM "] {
            assert!(token(line.as_bytes()).is_err(), "{line}");
        }
    }

    #[test]
    fn bindings_are_octets_or_a_named_hash() {
        assert_eq!(bindings("616263").unwrap().0, b"abc");
        assert_eq!(bindings("tls-server-end-point:00ff").unwrap().0, b"tls-server-end-point:\x00\xff");
        assert!(bindings("tls-server-end-point").is_err());
        assert!(bindings("0").is_err());
    }
}
