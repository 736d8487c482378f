//! `sasl_lines`: one SASL login and a message each way, a line for each step, as Cyrus' `sasl-sample-client` and
//! `sasl-sample-server` speak it: `S: ` and `C: ` and base64. Lines of other kinds are for people, and skipped.
//!
//! ```text
//! S: mechanisms        C: mechanism NUL first response     S: challenge   C: response   …
//! S: message           C: message                          both through the security layer that was agreed on
//! ```
//! What came of it is on stderr: `GSSAPI confidentiality alice@EXAMPLE.COM: "client message 1"`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "that is how it speaks")]

use std::error::Error;
use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use base64ct::{Base64, Encoding};
use clap::{Parser, Subcommand, ValueEnum};
use negotiate::kerberos::{self, Ccache, Keytab, MemoryReplayCache};
use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
use negotiate::sasl::{self, Accept, Channel, Initiate, Layer, LayerPolicy, Login, Mechanism};
use negotiate::{Acceptor, Initiator, Peer, Principal, Target, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// One SASL login, line by line.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    role: Role,
    /// `GSSAPI` or `GSS-SPNEGO`.
    #[arg(long, global = true, default_value = "GSSAPI")]
    mechanism: String,
    #[arg(long, global = true, default_value = "none")]
    weakest: LayerName,
    #[arg(long, global = true, default_value = "confidentiality")]
    strongest: LayerName,
}

#[derive(Subcommand)]
enum Role {
    /// Logs in.
    Client {
        #[arg(long, default_value = "ldap@localhost")]
        target: Target,
        /// Tickets.
        #[arg(long)]
        ccache: Option<PathBuf>,
        /// `DOMAIN\name`, for NTLM.
        #[arg(long, requires = "password")]
        user: Option<String>,
        #[arg(long)]
        password: Option<String>,
        /// Whom to act as.
        #[arg(long, default_value = "")]
        authorization_identity: String,
    },
    /// Takes logins.
    Server {
        #[arg(long)]
        keytab: Option<PathBuf>,
        /// A line each: `DOMAIN:user:password`, for NTLM.
        #[arg(long)]
        accounts: Option<PathBuf>,
        #[arg(long, default_value = "WORKGROUP")]
        netbios_domain: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum LayerName {
    None,
    Integrity,
    Confidentiality,
}

impl From<LayerName> for Layer {
    fn from(name: LayerName) -> Self {
        match name {
            LayerName::None => Self::None,
            LayerName::Integrity => Self::Integrity,
            LayerName::Confidentiality => Self::Confidentiality,
        }
    }
}

/// Lines in and out; `own` and `other` are their marks.
struct Lines {
    own: &'static str,
    other: &'static str,
}

impl Lines {
    fn send(&self, octets: &[u8]) -> Result<()> {
        println!("{} {}", self.own, Base64::encode_string(octets));
        Ok(io::stdout().flush()?)
    }

    fn receive(&self) -> Result<Vec<u8>> {
        // What is for people may be in any encoding.
        for line in io::stdin().lock().split(b'\n') {
            let line = line?;
            if let Some(text) = line.strip_prefix(self.other.as_bytes()) {
                let text = text.trim_ascii();
                return Ok(Base64::decode_vec(std::str::from_utf8(text)?).map_err(|error| error.to_string())?);
            }
        }
        Err("the other side said nothing more".into())
    }
}

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sasl_lines: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<()> {
    let mechanism = Mechanism::from_name(&options.mechanism).ok_or("GSSAPI or GSS-SPNEGO")?;
    let policy = LayerPolicy::between(options.weakest.into(), options.strongest.into());
    match options.role {
        Role::Client { target, ccache, user, password, authorization_identity } => {
            let mut builder = Initiator::builder(target);
            if let Some(path) = ccache {
                // Inside TLS nothing may be signed or sealed by SPNEGO's mechanisms.
                let plain = mechanism == Mechanism::GssSpnego && matches!(options.strongest, LayerName::None);
                let tickets = kerberos::Initiator::new(Ccache::read(path)?);
                builder = builder.kerberos(if plain { tickets.without_message_protection() } else { tickets });
            }
            if let (Some(user), Some(password)) = (user, password) {
                builder = builder.ntlm(Credential::with_password(user.as_str(), &password)?);
            }
            let builder = if mechanism == Mechanism::Gssapi { builder.bare() } else { builder };
            let client = sasl::Initiator::new(mechanism, builder.build()?, policy)?;
            client_side(&client.authorization_identity(&authorization_identity)?)
        }
        Role::Server { keytab, accounts, netbios_domain } => {
            let mut builder = Acceptor::builder();
            if let Some(path) = keytab {
                builder = builder.kerberos(kerberos::Acceptor::new(Keytab::read(path)?));
            }
            if let Some(path) = accounts {
                let target = TargetInfo::new("localhost")?.with_netbios_domain(&netbios_domain)?;
                builder = builder.ntlm(ntlm::Acceptor::new(target).accounts(MemoryAccounts::read(path)?));
            }
            server_side(&sasl::Acceptor::new(mechanism, builder.build()?, policy))
        }
    }
}

fn client_side(client: &sasl::Initiator) -> Result<()> {
    let lines = Lines { own: "C:", other: "S:" };
    let name = client.mechanism().name();
    let offered = String::from_utf8(lines.receive()?)?;
    if !offered.split(' ').any(|mechanism| mechanism == name) {
        return Err(format!("the server offers {offered}, not {name}").into());
    }
    let mut step = client.begin(Timestamp::now())?;
    let mut first = [name.as_bytes(), b"\0"].concat();
    let login = loop {
        match step {
            Initiate::Respond { response, next } => {
                first.extend_from_slice(&response);
                lines.send(&std::mem::take(&mut first))?;
                step = next.step(&lines.receive()?, Timestamp::now())?;
            }
            Initiate::Established { response, login } => {
                first.extend_from_slice(&response.unwrap_or_default());
                lines.send(&first)?;
                break login;
            }
        }
    };
    let about = format!("{name} {} {}", layer(&login.channel), login.context().peer());
    let mut channel = login.channel;
    let message = receive(&mut channel, &lines)?;
    send(&mut channel, b"client message 1\0", &lines)?;
    eprintln!("{about}: {:?}", text(&message));
    Ok(())
}

fn server_side(server: &sasl::Acceptor) -> Result<()> {
    let lines = Lines { own: "S:", other: "C:" };
    let name = server.mechanism().name();
    lines.send(name.as_bytes())?;
    let first = lines.receive()?;
    let (chosen, response) = first.split_at(first.iter().position(|octet| *octet == 0).unwrap_or(first.len()));
    if chosen != name.as_bytes() {
        return Err(format!("the client chose {}", chosen.escape_ascii()).into());
    }
    let replays = MemoryReplayCache::new(Timestamp::now().saturating_sub(std::time::Duration::from_secs(600)));
    let mut step = server.begin().step(response.get(1..).unwrap_or_default(), Timestamp::now());
    let login = loop {
        match step.map_err(|rejected| rejected.error)? {
            Accept::Challenge { challenge, next } => {
                lines.send(&challenge)?;
                step = next.step(&lines.receive()?, Timestamp::now());
            }
            Accept::NeedsReplayCheck(check) => step = check.use_cache(&replays, Timestamp::now()),
            Accept::NeedsAuthorization(query) => {
                let context = query.context();
                let own = is_own_name(context.peer(), context.acceptor(), query.authorization_identity());
                step = if own { Ok(query.allow()) } else { Err(query.refuse()) };
            }
            Accept::Established { challenge, login } => {
                if let Some(challenge) = challenge {
                    lines.send(&challenge)?;
                    lines.receive()?;
                }
                break login;
            }
            other => return Err(format!("{other:?}").into()),
        }
    };
    finish_server(name, login, &lines)
}

/// This one lets everybody be who they are: by the whole name, or without the realm if that is the server's own. The `alice` of
/// another realm is somebody else.
fn is_own_name(peer: &Peer, server: Option<&Principal>, identity: &str) -> bool {
    let name = peer.to_string();
    let at_home = matches!((peer, server), (Peer::Kerberos(peer), Some(server)) if peer.realm() == server.realm());
    let short = name.rsplit_once('@').map(|(short, _)| short).filter(|_| at_home);
    identity == name || Some(identity) == short
}

fn finish_server(name: &str, login: Login, lines: &Lines) -> Result<()> {
    let about = format!("{name} {} {}", layer(&login.channel), login.context().peer());
    let identity = login.authorization_identity.as_deref().map(|identity| format!(" as {identity}"));
    let mut channel = login.channel;
    send(&mut channel, b"srv message 1\0", lines)?;
    let message = receive(&mut channel, lines)?;
    eprintln!("{about}{}: {:?}", identity.unwrap_or_default(), text(&message));
    Ok(())
}

fn send(channel: &mut Channel, message: &[u8], lines: &Lines) -> Result<()> {
    match channel {
        Channel::Plain(_) => lines.send(message),
        Channel::Protected(layer) => {
            let mut frames = Vec::new();
            layer.wrap(message, &mut frames)?;
            lines.send(&frames)
        }
    }
}

fn receive(channel: &mut Channel, lines: &Lines) -> Result<Vec<u8>> {
    let arrived = lines.receive()?;
    match channel {
        Channel::Plain(_) => Ok(arrived),
        Channel::Protected(layer) => {
            let (mut arrived, mut message) = (&arrived[..], Vec::new());
            while let Some(part) = layer.unwrap(&mut arrived)? {
                message.extend_from_slice(part);
            }
            if layer.waiting() > 0 { Err("the message was cut".into()) } else { Ok(message) }
        }
    }
}

const fn layer(channel: &Channel) -> Layer {
    match channel {
        Channel::Plain(_) => Layer::None,
        Channel::Protected(layer) => layer.layer(),
    }
}

fn text(message: &[u8]) -> String {
    String::from_utf8_lossy(message).trim_end_matches('\0').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alice_is_alice_of_the_servers_own_realm() {
        let server: Principal = "ldap/dc.example.com@EXAMPLE.COM".parse().unwrap_or_else(|_| unreachable!());
        let may = |name: &str, identity| {
            let peer = Peer::Kerberos(name.parse().unwrap_or_else(|_| unreachable!()));
            is_own_name(&peer, Some(&server), identity)
        };
        assert!(may("alice@EXAMPLE.COM", "alice") && may("alice@EXAMPLE.COM", "alice@EXAMPLE.COM"));
        assert!(may("alice@ELSEWHERE.COM", "alice@ELSEWHERE.COM"));
        for (name, identity) in [
            ("alice@ELSEWHERE.COM", "alice"),
            ("alice@ELSEWHERE.COM", "alice@EXAMPLE.COM"),
            ("alice@example.com", "alice"),
            ("alice@EXAMPLE.COM", "bob"),
            ("alice/admin@EXAMPLE.COM", "alice"),
            (r"alice\@x@EXAMPLE.COM", "alice"),
            ("alice@EXAMPLE.COM", ""),
        ] {
            assert!(!may(name, identity), "{name} {identity}");
        }
    }
}
