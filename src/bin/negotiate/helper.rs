//! `negotiate helper`: logins for Squid, by the line protocol of its schemes NTLM and Negotiate.
//!
//! ```text
//! YR <token>  a login begins     TT <token>         the client owes another token
//! KK <token>  it goes on         AF [token] <user>  logged in
//!                                NA [token] <why>   refused
//!                                BH <why>           this helper cannot tell
//! ```
//! Squid keeps one helper for a client from `YR` to the end of its login, so there is one handshake at a time. `token` in
//! `AF` and `NA` is there under Negotiate only, and `*` where there is none. What follows the token of a request
//! (`key_extras` in squid.conf) is passed over.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, Write};

use clap::{Args, ValueEnum};
use negotiate::acceptor::Handshake;
use negotiate::http::{Authorization, Credential, MAX_TOKEN, Proxy};
use negotiate::kerberos::MemoryReplayCache;
use negotiate::{Accept, Acceptor, Rejected, Timestamp};

use crate::acceptor::Options;
use crate::{Outcome, lines};

/// What --help ends with.
const SQUID_CONF: &str = "In squid.conf, for NTLM under either scheme:

  auth_param negotiate program /usr/local/bin/negotiate helper squid-negotiate --accounts /etc/squid/accounts \
    --netbios-domain ADEX --dns-name proxy.ad.example.com
  auth_param negotiate children 20 startup=1 idle=1
  auth_param ntlm program /usr/local/bin/negotiate helper squid-ntlm --accounts /etc/squid/accounts \
    --netbios-domain ADEX --dns-name proxy.ad.example.com
  auth_param ntlm children 20 startup=1 idle=1
  acl known proxy_auth REQUIRED
  http_access allow known

Each program is one line, and `concurrency` stays 0, which is the default: channel ids are not spoken. Tickets need
`--keytab FILE` and one child, see squid-negotiate.";

#[derive(Args)]
#[command(after_help = SQUID_CONF)]
pub(crate) struct Arguments {
    /// The protocol: of the program that asks, and the scheme it asks for.
    #[arg(value_enum)]
    protocol: Protocol,
    #[command(flatten)]
    acceptor: Options,
}

#[derive(Clone, Copy, Eq, PartialEq, ValueEnum)]
enum Protocol {
    /// Squid, `auth_param negotiate program`. Each helper remembers for itself which tickets it took, from its start on: with
    /// --keytab let there be one, `auth_param negotiate children 1 startup=1`, or whoever reads a token on its way can
    /// bring it to another helper.
    SquidNegotiate,
    /// Squid, `auth_param ntlm program`.
    SquidNtlm,
}

/// Answers line by line until the input ends. Why a login was refused, or a line not understood, goes to stderr, Squid's cache.log.
pub(crate) fn run(arguments: &Arguments) -> Result<Outcome, Box<dyn Error>> {
    if arguments.protocol == Protocol::SquidNtlm && arguments.acceptor.accounts.is_none() {
        return Err("the scheme NTLM needs --accounts FILE: there is no Kerberos in it".into());
    }
    let mut squid = Squid {
        acceptor: arguments.acceptor.builder(false, None)?.build()?,
        replays: MemoryReplayCache::new(Timestamp::now()),
        protocol: arguments.protocol,
        waiting: None,
    };
    let mut input = io::stdin().lock();
    while let Some(line) = lines::next(&mut input)? {
        let reply = squid.reply(&line);
        if let Reply::Broken(why) = &reply {
            eprintln!("negotiate: a line of Squid that has no answer: {why}");
        }
        let reply = reply.to_line(arguments.protocol);
        let mut out = io::stdout().lock();
        writeln!(out, "{reply}")?;
        out.flush()?;
    }
    Ok(Outcome::Success)
}

/// A helper, and the login that it has in hand.
struct Squid {
    acceptor: Acceptor,
    replays: MemoryReplayCache,
    protocol: Protocol,
    waiting: Option<Handshake>,
}

/// What Squid is told. The reasons are fixed words: Squid shows them to the client.
enum Reply {
    Challenge(Vec<u8>),
    LoggedIn { token: Option<Vec<u8>>, user: String },
    Refused { token: Option<Vec<u8>> },
    NoToken,
    Broken(&'static str),
}

impl Squid {
    fn reply(&mut self, line: &[u8]) -> Reply {
        // Whatever comes, what waited goes on now or never.
        let waiting = self.waiting.take();
        let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        let handshake = match (words.next(), waiting) {
            (Some(b"YR"), _) => None,
            (Some(b"KK"), Some(waiting)) => Some(waiting),
            (Some(b"KK"), None) => return Reply::Broken("KK without a login that waits for it"),
            (Some(word), _) if word.iter().all(u8::is_ascii_digit) => {
                return Reply::Broken("a channel id, which is not spoken here: let concurrency be 0");
            }
            _ => return Reply::Broken("neither YR nor KK"),
        };
        let Some(text) = words.next() else { return Reply::NoToken };
        let step = self.credential(text).and_then(|credential| self.step(handshake, credential.token()));
        match step {
            Ok(Accept::NeedsToken { token, next }) => {
                self.waiting = Some(next);
                Reply::Challenge(token)
            }
            Ok(Accept::Established { token, context }) => Reply::LoggedIn { token, user: context.peer().to_string() },
            Ok(_) => Reply::Broken("a question without an answer"),
            Err(Rejected { error, token }) => {
                eprintln!("negotiate: refused ({}, {} at fault): {}", error.kind(), error.fault(), printable(&error));
                // Also where the set-up is at fault: which names the keytab has is nothing for the client to learn.
                Reply::Refused { token }
            }
        }
    }

    /// The token that came under the scheme of this helper, by the rules of HTTP.
    fn credential(&self, text: &[u8]) -> Result<Credential<Proxy>, Rejected> {
        let scheme: &[u8] = match self.protocol {
            Protocol::SquidNegotiate => b"Negotiate ",
            Protocol::SquidNtlm => b"NTLM ",
        };
        match Authorization::<Proxy>::parse_with_ntlm([&[scheme, text].concat()], MAX_TOKEN)? {
            Authorization::Negotiate(credential) | Authorization::Ntlm(credential) => Ok(credential),
            _ => Err(negotiate::http::Error::NoToken.into()),
        }
    }

    fn step(&self, handshake: Option<Handshake>, token: &[u8]) -> Result<Accept, Rejected> {
        let now = Timestamp::now();
        let step = match handshake {
            Some(handshake) => handshake.accept(token, now)?,
            None => self.acceptor.accept(token, now)?,
        };
        match step {
            Accept::NeedsReplayCheck(check) => check.use_cache(&self.replays, now),
            other => Ok(other),
        }
    }
}

impl Reply {
    fn to_line(&self, protocol: Protocol) -> String {
        let with_token = |code: &str, token: &Option<Vec<u8>>, rest: &str| match protocol {
            Protocol::SquidNtlm => format!("{code} {rest}"),
            Protocol::SquidNegotiate => format!("{code} {} {rest}", token.as_deref().map_or("*".into(), base64)),
        };
        match self {
            Self::Challenge(token) => format!("TT {}", base64(token)),
            Self::LoggedIn { token, user } => with_token("AF", token, &word(user)),
            Self::Refused { token } => with_token("NA", token, "login refused"),
            Self::NoToken => with_token("NA", &None, "no token"),
            Self::Broken(why) => format!("BH {why}"),
        }
    }
}

fn base64(token: &[u8]) -> String {
    let (_, value) = Credential::<Proxy>::new(token.to_vec()).header();
    value.split_once(' ').map_or("*", |(_, token)| token).to_owned()
}

/// A name as one word, whatever it is made of: what would end the word or the line, what Squid takes for quotes, the
/// percent sign itself, and all beyond ASCII, whose meaning depends on Squid's locale, as `%` and two digits.
fn word(name: &str) -> String {
    let mut word = String::with_capacity(name.len());
    for octet in name.bytes() {
        if octet.is_ascii_graphic() && !matches!(octet, b'"' | b'%') {
            word.push(octet.into());
        } else {
            let _ = write!(word, "%{octet:02X}");
        }
    }
    word
}

/// On one line of a log.
fn printable(error: &negotiate::Error) -> String {
    error.to_string().replace(char::is_control, "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_word() {
        for (name, expected) in [
            (r"ADEX\alice", r"ADEX\alice"),
            ("alice@EXAMPLE.COM", "alice@EXAMPLE.COM"),
            ("NT AUTHORITY\\ANONYMOUS LOGON", r"NT%20AUTHORITY\ANONYMOUS%20LOGON"),
            ("a\nAF * root", "a%0AAF%20*%20root"),
            ("a\r\t\0\x7f\u{a0}b", "a%0D%09%00%7F%C2%A0b"),
            ("\"root\" %20", "%22root%22%20%2520"),
            ("jürgen", "j%C3%BCrgen"),
        ] {
            assert_eq!(word(name), expected);
            assert!(!word(name).bytes().any(|octet| octet.is_ascii_whitespace() || !octet.is_ascii_graphic()));
        }
    }

    #[test]
    fn replies_by_protocol() {
        use Protocol::{SquidNegotiate, SquidNtlm};
        let user = || r"ADEX\alice".to_owned();
        for (reply, ntlm, negotiate) in [
            (Reply::Challenge(b"AAA".to_vec()), "TT QUFB", "TT QUFB"),
            (Reply::LoggedIn { token: None, user: user() }, r"AF ADEX\alice", r"AF * ADEX\alice"),
            (Reply::LoggedIn { token: Some(b"AAA".to_vec()), user: user() }, r"AF ADEX\alice", r"AF QUFB ADEX\alice"),
            (Reply::LoggedIn { token: Some(Vec::new()), user: user() }, r"AF ADEX\alice", r"AF * ADEX\alice"),
            (Reply::Refused { token: None }, "NA login refused", "NA * login refused"),
            (Reply::Refused { token: Some(b"AAA".to_vec()) }, "NA login refused", "NA QUFB login refused"),
            (Reply::NoToken, "NA no token", "NA * no token"),
            (Reply::Broken("why"), "BH why", "BH why"),
        ] {
            assert_eq!((reply.to_line(SquidNtlm).as_str(), reply.to_line(SquidNegotiate).as_str()), (ntlm, negotiate));
        }
    }
}
