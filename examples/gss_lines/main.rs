//! `gss_lines`: logins and their protected messages, a line for each step, in the spirit of `gss-client` and `gss-server`.
//!
//! Put two of them side by side, or one beside another implementation, and carry the lines by hand or by a script. Octets
//! are in base64. What it is told on stdin, and what it answers:
//!
//! ```text
//! begin ROLE OPTION…            begun
//! token [TOKEN]                 continue TOKEN | established TOKEN PEER | rejected TOKEN WHY   (TOKEN may be empty)
//! agreed                        agreed [FLAG,…] [CHANNEL-BINDINGS]
//! key                           key SESSION-KEY
//! delegated FILE [SERVICE]      delegated USER       (FILE is then a credential cache)
//! wrap MESSAGE                  wrapped TOKEN        (sealed)
//! sign MESSAGE                  wrapped TOKEN        (readable by all)
//! unwrap TOKEN                  unwrapped MESSAGE sealed|signed
//! mic MESSAGE                   mic SIGNATURE
//! verify MESSAGE SIGNATURE      verified
//! limit OCTETS sealed|signed    limit OCTETS
//! wrap-pieces sealed|signed in-front|around BEFORE MESSAGE AFTER      pieces HEADER MESSAGE TRAILER
//! unwrap-pieces in-front|around HEADER BEFORE MESSAGE AFTER TRAILER   unwrapped MESSAGE sealed|signed
//!                               failed WHY
//! ```
//!
//! Its own arguments are those of a first `begin`; each further one is another login. An initiator begins with an empty
//! `token`. In pieces, BEFORE and AFTER are only signed; the token is all in front of the message, as RPC and WinRM have it, or
//! around it: then TRAILER is more than the padding. The session key is printed to whoever asks: this is for tests.

#![allow(clippy::print_stdout)]

mod login;
mod messages;
mod options;

use std::error::Error;
use std::io::{self, Write};

use base64ct::{Base64, Encoding};
use clap::Parser;
use negotiate::Timestamp;
use negotiate::kerberos::MemoryReplayCache;

use login::Login;
use options::Options;

fn main() -> Result<(), Box<dyn Error>> {
    let replays = MemoryReplayCache::new(Timestamp::now());
    let mut login = Login::new(Options::parse())?;
    for line in io::stdin().lines() {
        let answer = answer(&mut login, &replays, &line?).unwrap_or_else(|why| format!("failed {}", one_line(&*why)));
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// The answer to one line. An error leaves the login as it is.
fn answer(login: &mut Login, replays: &MemoryReplayCache, line: &str) -> Result<String, Box<dyn Error>> {
    let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
    if verb == "begin" {
        *login = Login::new(Options::try_parse_from(line.split(' '))?)?;
        return Ok("begun".to_owned());
    }
    if verb == "token" {
        return Ok(login.step(&decode(arguments)?, replays));
    }
    let Login::Established(context) = login else { return Err("there is no login yet".into()) };
    messages::answer(context, verb, &mut arguments.split(' '))
}

fn encode(octets: &[u8]) -> String {
    Base64::encode_string(octets)
}

fn decode(text: &str) -> Result<Vec<u8>, base64ct::Error> {
    Base64::decode_vec(text)
}

fn one_line(error: &dyn Error) -> String {
    error.to_string().replace('\n', " ")
}
