//! The side of `gss-client`.

use std::error::Error;
use std::net::TcpStream;
use std::time::Duration;

use clap::Args;
use negotiate::kerberos::Ccache;
use negotiate::ntlm::{self, Credential};
use negotiate::{Context, Initiate, Initiator, Protection, Target, Timestamp, kerberos};

use crate::wire::{self, Flags, Frame};

/// How long the server may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Options {
    /// The server's port.
    #[arg(long, default_value = "4444")]
    port: u16,
    /// Let SPNEGO choose the mechanism.
    #[arg(long)]
    spnego: bool,
    /// Log in by NTLM as `DOMAIN\name`.
    #[arg(long, requires = "pass")]
    user: Option<String>,
    /// The password for that: everybody on this machine can read it while the program runs.
    #[arg(long)]
    pass: Option<String>,
    /// Delegate the user's ticket-granting ticket, if the KDC says that the service may have it (ok-as-delegate).
    #[arg(short)]
    delegate: bool,
    /// Ask that messages out of order are noticed.
    #[arg(long)]
    seq: bool,
    /// Do not ask that messages which come again are noticed.
    #[arg(long)]
    noreplay: bool,
    /// Do not ask the server to prove itself.
    #[arg(long)]
    nomutual: bool,
    /// Use tickets of rc4-hmac too.
    #[arg(long)]
    permit_rc4: bool,
    /// Keep to the encryption type of the ticket: do not let the server choose a better one.
    #[arg(long)]
    keep_etype: bool,
    /// So many connections.
    #[arg(long, default_value = "1")]
    ccount: usize,
    /// So many messages a connection.
    #[arg(long, default_value = "1")]
    mcount: usize,
    /// Say what is in a file.
    #[arg(short)]
    file: bool,
    /// Version 1 of the protocol: a login, then messages that are sealed and answered with a signature, nothing else.
    #[arg(long)]
    v1: bool,
    /// Without a login, so with nothing protected.
    #[arg(long)]
    na: bool,
    /// Without wrapping the messages.
    #[arg(long)]
    nw: bool,
    /// Without sealing them.
    #[arg(long)]
    nx: bool,
    /// Without asking for signatures.
    #[arg(long)]
    nm: bool,
    /// Break the messages before they are sent: the server has to refuse them.
    #[arg(long)]
    tamper: bool,
    /// The server.
    host: String,
    /// Its service, whose ticket is in the cache that KRB5CCNAME names (`kinit alice; kvno host/localhost`): `host@localhost`.
    service: Target,
    /// What to say, or with -f the name of a file that holds it.
    message: String,
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let message = if options.file { std::fs::read(&options.message)? } else { options.message.clone().into_bytes() };
    // One for all: it gives each login a time that no other has, or they would be taken for replays.
    let initiator = initiator(options)?;
    for _ in 0..options.ccount {
        Connection::open(options, &initiator)?.send(&message)?;
    }
    Ok(())
}

struct Connection<'o> {
    options: &'o Options,
    stream: TcpStream,
    login: Option<Context>,
}

impl<'o> Connection<'o> {
    fn open(options: &'o Options, initiator: &Initiator) -> Result<Self, Box<dyn Error>> {
        let Options { host, port, .. } = options;
        let stream =
            TcpStream::connect((host.as_str(), *port)).map_err(|error| format!("{host}, port {port}: {error}"))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut connection = Self { options, stream, login: None };
        if !options.v1 {
            let first = if options.na { Flags::NOOP } else { Flags::NOOP | Flags::CONTEXT_NEXT };
            wire::send(&connection.stream, first, &[])?;
        }
        if !options.na {
            let context = connection.log_in(initiator)?;
            println!("logged in to \"{}\" by {} {}", context.peer(), context.mechanism(), context.wrapping());
            println!("flags: {}", context.flags().names().collect::<Vec<_>>().join(" "));
            if let Some(details) = context.details::<kerberos::InitiatorDetails>() {
                println!("key: {}", details.context_etype);
            }
            connection.login = Some(context);
        }
        Ok(connection)
    }

    fn log_in(&self, initiator: &Initiator) -> Result<Context, Box<dyn Error>> {
        let flags = if self.options.v1 { Flags::VERSION_1 } else { Flags::CONTEXT };
        let mut step = initiator.initiate(Timestamp::now())?;
        loop {
            match step {
                Initiate::NeedsToken { token, next } => {
                    wire::send(&self.stream, flags, &token)?;
                    step = next.step(&self.receive()?.token, Timestamp::now())?;
                }
                Initiate::Established { token, context } => {
                    if let Some(token) = token {
                        wire::send(&self.stream, flags, &token)?;
                    }
                    return Ok(context);
                }
            }
        }
    }

    /// Sends the message as often as wanted, and looks at the signatures that come back.
    fn send(mut self, message: &[u8]) -> Result<(), Box<dyn Error>> {
        let Options { v1, na, nw, nx, nm, tamper, mcount, .. } = *self.options;
        let (wrap, seal, mic) = (!na && !nw, !na && !nw && !nx, !na && !nm);
        let flags = Flags::DATA | Flags::WRAPPED.when(wrap) | Flags::ENCRYPTED.when(seal) | Flags::SEND_MIC.when(mic);
        let protection = if seal { Protection::Confidentiality } else { Protection::Integrity };
        for _ in 0..mcount {
            let mut token = match &mut self.login {
                Some(context) if wrap => context.wrap(message, protection)?,
                _ => message.to_vec(),
            };
            if let Some(last) = token.last_mut().filter(|_| tamper) {
                *last ^= 1;
            }
            wire::send(&self.stream, if v1 { Flags::VERSION_1 } else { flags }, &token)?;
            let answer = self.receive()?;
            match &mut self.login {
                Some(context) if mic => {
                    context.verify_mic(message, &answer.token)?;
                    println!("signature verified");
                }
                _ => println!("response received"),
            }
        }
        if !v1 {
            wire::send(&self.stream, Flags::NOOP, &[])?;
        }
        Ok(())
    }

    fn receive(&self) -> Result<Frame, Box<dyn Error>> {
        wire::receive(&self.stream)?.ok_or_else(|| "the server closed the connection".into())
    }
}

fn initiator(options: &Options) -> Result<Initiator, Box<dyn Error>> {
    let builder = Initiator::builder(options.service.clone());
    let builder = match (&options.user, &options.pass) {
        (Some(user), Some(password)) => {
            builder.ntlm(ntlm::Initiator::new(Credential::with_password(user.as_str(), password)?))
        }
        _ => builder.kerberos(kerberos(options)?),
    };
    Ok(if options.spnego { builder } else { builder.bare() }.build()?)
}

fn kerberos(options: &Options) -> Result<kerberos::Initiator, Box<dyn Error>> {
    let mut initiator = kerberos::Initiator::new(Ccache::open_default()?);
    if options.nomutual {
        initiator = initiator.without_mutual_authentication();
    }
    if options.noreplay {
        initiator = initiator.without_replay_detection();
    }
    if !options.seq {
        initiator = initiator.without_sequence_detection();
    }
    if options.keep_etype {
        initiator = initiator.without_etype_negotiation();
    }
    if options.delegate {
        initiator = initiator.delegate_own();
    }
    Ok(if options.permit_rc4 { initiator.dangerous().allow_rc4() } else { initiator })
}
