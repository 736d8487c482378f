//! The side of `gss-server`.

use std::error::Error;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use negotiate::kerberos::{Ccache, Keytab, MemoryReplayCache};
use negotiate::ntlm::{self, MemoryAccounts, TargetInfo};
use negotiate::{Accept, Acceptor, Context, Opening, Protection, ReplayCache, Timestamp, kerberos};

use crate::wire::{self, Flags, Frame};

/// How long a peer may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Args)]
pub(crate) struct Options {
    /// Listen there, on 127.0.0.1. Any free port by default.
    #[arg(long, default_value = "0")]
    port: u16,
    /// The keys of the services that tickets are taken for.
    #[arg(long)]
    keytab: Option<PathBuf>,
    /// Take logins by NTLM: a line for each account, `DOMAIN:user:password`.
    #[arg(long)]
    accounts: Option<PathBuf>,
    /// The domain of the accounts.
    #[arg(long, default_value = "WORKGROUP")]
    netbios_domain: String,
    /// Take tickets of rc4-hmac too.
    #[arg(long)]
    permit_rc4: bool,
    /// Take tickets that are delegated, and keep the last one there, in a credential cache.
    #[arg(long)]
    delegated: Option<PathBuf>,
    /// End after one connection.
    #[arg(long)]
    once: bool,
}

pub(crate) fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let acceptor = acceptor(options)?;
    let replays = MemoryReplayCache::new(Timestamp::now());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept()?;
        // One after the other, as gss-server does it.
        if let Err(error) = serve(&stream, &acceptor, &replays, options.delegated.as_deref()) {
            println!("connection ended: {}", crate::with_causes(&*error));
        }
        if options.once {
            return Ok(());
        }
    }
}

fn acceptor(options: &Options) -> Result<Acceptor, Box<dyn Error>> {
    let mut builder = Acceptor::builder();
    if let Some(keytab) = &options.keytab {
        let mut kerberos = kerberos::Acceptor::new(Keytab::read(keytab)?);
        if options.delegated.is_some() {
            kerberos = kerberos.accept_delegation();
        }
        if options.permit_rc4 {
            kerberos = kerberos.dangerous().permit_rc4();
        }
        builder = builder.kerberos(kerberos);
    }
    if let Some(accounts) = &options.accounts {
        let names = TargetInfo::new("localhost")?.with_netbios_domain(&options.netbios_domain)?;
        builder = builder.ntlm(ntlm::Acceptor::new(names).accounts(MemoryAccounts::read(accounts)?));
    }
    Ok(builder.build()?)
}

/// One connection: perhaps a login, then messages until the peer says that there are no more.
fn serve(
    stream: &TcpStream,
    acceptor: &Acceptor,
    replays: &dyn ReplayCache,
    delegated: Option<&Path>,
) -> Result<(), Box<dyn Error>> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let first = next(stream)?;
    let mut login = match first.flags {
        // Version 1 begins with the login's first token.
        Flags::VERSION_1 => Some(established(stream, acceptor.begin(), first, replays)?),
        flags if flags.contains(Flags::NOOP | Flags::CONTEXT_NEXT) => {
            Some(established(stream, acceptor.begin(), next(stream)?, replays)?)
        }
        flags if flags.contains(Flags::NOOP) => None,
        flags => return Err(format!("a connection does not begin with {flags:?}").into()),
    };
    match &login {
        Some(context) => {
            tell(context);
            keep(context, delegated)?;
        }
        None => println!("accepted an unauthenticated connection"),
    }
    while let Some(frame) = wire::receive(stream)?.filter(|frame| !frame.flags.contains(Flags::NOOP)) {
        let (flags, token) = answer(login.as_mut(), frame)?;
        wire::send(stream, flags, &token)?;
    }
    Ok(())
}

/// The login whose first token is there.
fn established(
    stream: &TcpStream,
    opening: Opening,
    first: Frame,
    replays: &dyn ReplayCache,
) -> Result<Context, Box<dyn Error>> {
    let flags = first.flags;
    let mut step = opening.accept(&first.token, Timestamp::now());
    loop {
        step = match step {
            Ok(Accept::NeedsToken { token, next: handshake }) => {
                wire::send(stream, flags, &token)?;
                handshake.accept(&next(stream)?.token, Timestamp::now())
            }
            Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(replays, Timestamp::now()),
            Ok(Accept::Established { token, context }) => {
                if let Some(token) = token {
                    wire::send(stream, flags, &token)?;
                }
                return Ok(context);
            }
            Ok(_) => return Err("the acceptor asks what nobody here can answer".into()),
            Err(rejected) => {
                if let Some(token) = rejected.token {
                    wire::send(stream, flags, &token)?;
                }
                return Err(rejected.error.into());
            }
        }
    }
}

fn tell(context: &Context) {
    println!("accepted connection: \"{}\"", context.peer());
    println!("mechanism: {} {}", context.mechanism(), context.wrapping());
    println!("flags: {}", context.flags().names().collect::<Vec<_>>().join(" "));
    if let Some(details) = context.details::<kerberos::Details>() {
        println!("key: {}", details.context_etype);
    }
}

/// Writes down the tickets that came along, if they are wanted: as `KRB5CCNAME` they let this machine act as the user.
fn keep(context: &Context, file: Option<&Path>) -> Result<(), Box<dyn Error>> {
    if let (Some(tickets), Some(file)) = (context.delegated_credential(), file) {
        let tickets = Ccache::parse(tickets.expose())?;
        println!("delegated: the tickets of {}", tickets.client());
        tickets.write(file)?;
    }
    Ok(())
}

/// What a message is answered with: its signature, if the peer wants it.
fn answer(login: Option<&mut Context>, frame: Frame) -> Result<(Flags, Vec<u8>), Box<dyn Error>> {
    let Frame { flags, mut token } = frame;
    let version_1 = flags == Flags::VERSION_1;
    let wrapped = version_1 || flags.contains(Flags::WRAPPED);
    let mic_wanted = version_1 || flags.contains(Flags::SEND_MIC);
    let Some(context) = login else {
        if wrapped || mic_wanted {
            return Err("the peer wants a protected message without a login".into());
        }
        received(&token, "open");
        return Ok((Flags::NOOP, Vec::new()));
    };
    let message = if wrapped {
        let unwrapped = context.unwrap(&mut token)?;
        // What the frame says of the token is not protected: what counts is what the token was.
        if flags.contains(Flags::ENCRYPTED) && unwrapped.protection != Protection::Confidentiality {
            println!("warning: the message was not encrypted");
        }
        received(
            unwrapped.message,
            if unwrapped.protection == Protection::Confidentiality { "sealed" } else { "signed" },
        );
        unwrapped.message
    } else {
        received(&token, "open");
        &token
    };
    if !mic_wanted {
        return Ok((Flags::NOOP, Vec::new()));
    }
    Ok((if version_1 { flags } else { Flags::MIC }, context.get_mic(message)?))
}

fn received(message: &[u8], protection: &str) {
    println!("received message, {protection}: \"{}\"", message.escape_ascii());
}

fn next(stream: &TcpStream) -> Result<Frame, Box<dyn Error>> {
    wire::receive(stream)?.ok_or_else(|| "the peer closed the connection".into())
}
