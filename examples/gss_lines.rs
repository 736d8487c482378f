//! `gss_lines`: one login and its protected messages, a line for each step, in the spirit of `gss-client` and `gss-server`.
//!
//! Put two of them side by side, or one beside another implementation, and carry the lines by hand or by a script. Octets
//! are in base64. What it is told on stdin, and what it answers:
//!
//! ```text
//! token [TOKEN]            continue TOKEN | established TOKEN PEER | rejected TOKEN WHY   (TOKEN may be empty)
//! wrap MESSAGE             wrapped TOKEN
//! unwrap TOKEN             unwrapped MESSAGE
//! mic MESSAGE              mic SIGNATURE
//! verify MESSAGE SIGNATURE verified
//! flags                    flags NAME NAME …
//! key                      key SESSION-KEY
//!                          failed WHY
//! ```
//!
//! An initiator begins with an empty `token`. The session key is printed to whoever asks: this is for tests.

#![allow(clippy::print_stdout)]

use std::error::Error;
use std::io::{self, Write};
use std::mem;
use std::path::PathBuf;

use base64ct::{Base64, Encoding};
use clap::{Parser, Subcommand, ValueEnum};
use negotiate::gss::ChannelBindings;
use negotiate::kerberos::replay::dangerous::NoReplayCache;
use negotiate::kerberos::{self, Ccache, Keytab};
use negotiate::ntlm::{self, Credential, MemoryAccounts, TargetInfo};
use negotiate::{
    Accept, Acceptor, Context, Initiate, Initiator, Opening, Protection, Rejected, Target, Timestamp, acceptor,
    initiator,
};

/// One login and its protected messages, line by line.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    role: Role,
    /// What both sides have to see of the secure channel below, such as `tls-server-end-point:…`.
    #[arg(long, global = true)]
    channel_bindings: Option<String>,
}

#[derive(Subcommand)]
enum Role {
    /// Logs in.
    Initiate {
        /// `DOMAIN\name` or `name@domain`.
        #[arg(long, requires = "password", required_unless_present = "ccache")]
        user: Option<String>,
        #[arg(long)]
        password: Option<String>,
        /// The file with the ticket for the service.
        #[arg(long)]
        ccache: Option<PathBuf>,
        #[command(flatten)]
        kerberos: Kerberos,
        #[arg(long, default_value = "HTTP@localhost")]
        target: Target,
        #[arg(long, default_value = "negotiate")]
        mechanism: Tokens,
    },
    /// Takes logins, bare or in SPNEGO.
    Accept {
        /// A line each: `DOMAIN:user:password`.
        #[arg(long, required_unless_present = "keytab")]
        accounts: Option<PathBuf>,
        /// The service's keys.
        #[arg(long)]
        keytab: Option<PathBuf>,
        #[arg(long, default_value = "WORKGROUP")]
        netbios_domain: String,
        /// Take only who means this service, such as `HTTP/web.example.com`.
        #[arg(long)]
        require_target: Option<String>,
        /// Take only who adds a message integrity code.
        #[arg(long)]
        require_mic: bool,
    },
}

/// What to ask for by Kerberos.
#[derive(clap::Args)]
struct Kerberos {
    #[arg(long)]
    one_way: bool,
    #[arg(long)]
    dce_style: bool,
    #[arg(long)]
    without_confidentiality: bool,
    #[arg(long)]
    without_sequence: bool,
    /// Keep to the ticket's encryption type.
    #[arg(long)]
    same_etype: bool,
    #[arg(long)]
    delegate: bool,
}

impl Kerberos {
    fn ask(&self, tickets: Ccache) -> kerberos::Initiator {
        type Ask = fn(kerberos::Initiator) -> kerberos::Initiator;
        let asks: [(bool, Ask); 6] = [
            (self.one_way, kerberos::Initiator::without_mutual_authentication),
            (self.dce_style, kerberos::Initiator::dce_style),
            (self.without_confidentiality, kerberos::Initiator::without_confidentiality),
            (self.without_sequence, |one| one.without_sequence_detection().without_replay_detection()),
            (self.same_etype, kerberos::Initiator::without_etype_negotiation),
            (self.delegate, |one| one.delegate_own().dangerous().delegate_to_any_service()),
        ];
        let initiator = kerberos::Initiator::new(tickets).dangerous().allow_rc4();
        asks.iter().filter(|(wanted, _)| *wanted).fold(initiator, |initiator, (_, ask)| ask(initiator))
    }
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Tokens {
    /// Kerberos bare.
    Kerberos,
    /// NTLM bare.
    Ntlm,
    /// What there is, in SPNEGO.
    Negotiate,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut login = Login::new(Options::parse())?;
    for line in io::stdin().lines() {
        let answer = login.answer(&line?).unwrap_or_else(|why| format!("failed {}", one_line(&*why)));
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(())
}

/// How far the login is.
enum Login {
    Initiator(Initiator),
    Initiating(initiator::Handshake),
    Acceptor(Opening),
    Accepting(acceptor::Handshake),
    Established(Context),
    Over,
}

impl Login {
    fn new(Options { role, channel_bindings }: Options) -> Result<Self, Box<dyn Error>> {
        let bindings = channel_bindings.map(ChannelBindings::application_data);
        Ok(match role {
            Role::Initiate { user, password, ccache, kerberos, target, mechanism } => {
                let mut builder = Initiator::builder(target);
                if let Some(path) = ccache {
                    builder = builder.kerberos(kerberos.ask(Ccache::read(path)?));
                }
                if let (Some(user), Some(password)) = (user, password) {
                    builder = builder.ntlm(Credential::with_password(user.as_str(), &password)?);
                }
                if mechanism != Tokens::Negotiate {
                    builder = builder.bare();
                }
                if let Some(bindings) = bindings {
                    builder = builder.channel_bindings(bindings);
                }
                Self::Initiator(builder.build()?)
            }
            Role::Accept { accounts, keytab, netbios_domain, require_target, require_mic } => {
                let mut builder = Acceptor::builder();
                if let Some(path) = keytab {
                    let kerberos = kerberos::Acceptor::new(Keytab::read(path)?).accept_delegation();
                    builder = builder.kerberos(kerberos.dangerous().permit_rc4());
                }
                if let Some(path) = accounts {
                    let names = TargetInfo::new("localhost")?.with_netbios_domain(&netbios_domain)?;
                    let mut ntlm = ntlm::Acceptor::new(names).accounts(MemoryAccounts::read(path)?);
                    if let Some(service) = &require_target {
                        ntlm = ntlm.target_names([service.as_str()]).require_target_name();
                    }
                    if require_mic {
                        ntlm = ntlm.require_mic();
                    }
                    builder = builder.ntlm(ntlm);
                }
                let opening = builder.build()?.begin();
                Self::Acceptor(match bindings {
                    Some(bindings) => opening.channel_bindings(bindings),
                    None => opening,
                })
            }
        })
    }

    /// The answer to one line. An error leaves the login as it is.
    fn answer(&mut self, line: &str) -> Result<String, Box<dyn Error>> {
        let (verb, arguments) = line.split_once(' ').unwrap_or((line, ""));
        let (first, second) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let (mut first, second) = (decode(first)?, decode(second)?);
        if verb == "token" {
            return Ok(self.step(&first));
        }
        let Self::Established(context) = self else { return Err("there is no login yet".into()) };
        Ok(match verb {
            "wrap" => format!("wrapped {}", encode(&context.wrap(&first, Protection::Confidentiality)?)),
            "unwrap" => format!("unwrapped {}", encode(context.unwrap(&mut first)?.message)),
            "mic" => format!("mic {}", encode(&context.get_mic(&first)?)),
            "verify" => context.verify_mic(&first, &second).map(|()| "verified".to_owned())?,
            "flags" => format!("flags {}", context.flags().names().collect::<Vec<_>>().join(" ")),
            "key" => format!("key {}", encode(context.session_key())),
            _ => return Err("not one of token, wrap, unwrap, mic, verify, key".into()),
        })
    }

    fn step(&mut self, token: &[u8]) -> String {
        let now = Timestamp::now();
        match mem::replace(self, Self::Over) {
            Self::Initiator(initiator) => self.initiated(initiator.initiate(now)),
            Self::Initiating(next) => self.initiated(next.step(token, now)),
            Self::Acceptor(opening) => self.accepted(opening.accept(token, now)),
            Self::Accepting(next) => self.accepted(next.accept(token, now)),
            Self::Established(_) | Self::Over => "rejected  the handshake is over".to_owned(),
        }
    }

    fn initiated(&mut self, step: Result<Initiate, negotiate::Error>) -> String {
        match step {
            Ok(Initiate::NeedsToken { token, next }) => self.go_on(Self::Initiating(next), &token),
            Ok(Initiate::Established { token, context }) => self.established(context, token),
            Err(error) => format!("rejected  {}", one_line(&error)),
        }
    }

    fn accepted(&mut self, step: Result<Accept, Rejected>) -> String {
        // One login is all that there is, so none can come twice.
        let step = step.and_then(|step| match step {
            Accept::NeedsReplayCheck(check) => check.use_cache(&NoReplayCache, Timestamp::now()),
            other => Ok(other),
        });
        match step {
            Ok(Accept::NeedsToken { token, next }) => self.go_on(Self::Accepting(next), &token),
            Ok(Accept::Established { token, context }) => self.established(context, token),
            Ok(_) => "rejected  a question that this program cannot answer".to_owned(),
            Err(Rejected { error, token, .. }) => {
                format!("rejected {} {}", encode(&token.unwrap_or_default()), one_line(&error))
            }
        }
    }

    fn go_on(&mut self, next: Self, token: &[u8]) -> String {
        *self = next;
        format!("continue {}", encode(token))
    }

    fn established(&mut self, context: Context, token: Option<Vec<u8>>) -> String {
        let answer = format!("established {} {}", encode(&token.unwrap_or_default()), context.peer());
        *self = Self::Established(context);
        answer
    }
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
