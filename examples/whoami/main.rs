//! `whoami`: an HTTP server that says who you are, by Kerberos or NTLM.
//!
//! Without options it needs no set-up: it holds a realm and an account of its own, shows the whole 401 -> token -> 200 dance
//! on the terminal, by a ticket and by a password, and then stays up for a browser or curl. With `--keytab` or `--accounts`
//! it is a real server.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod dance;
mod page;
mod server;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use negotiate::authorization::{Claim, ClaimSource, ClaimValues};
use negotiate::http::Origin;
use negotiate::http_login::HttpAcceptor;
use negotiate::kerberos::testing::{Realm, User};
use negotiate::kerberos::{self, Keytab};
use negotiate::ntlm::{self, Credential, MemoryAccounts, NtHash, TargetInfo};
use negotiate::peer::{Account, Target};
use negotiate::{Acceptor, Initiator, Principal, Sid, Timestamp};
use tokio::net::TcpListener;

/// The built-in account, for whoever looks at this server on their own machine.
const DOMAIN: &str = "WHOAMI";
const USER: &str = "alice";
const PASSWORD: &str = "wonderland";

/// An HTTP server protected by Negotiate and NTLM that says who you are.
#[derive(Parser)]
struct Options {
    /// The service's keys: Kerberos logins are taken. With neither keytab nor accounts, an embedded realm and an account
    /// `alice` are used, for a look.
    #[arg(long)]
    keytab: Option<PathBuf>,
    /// Answer to this principal only (repeatable); default: to every one of the keytab.
    #[arg(long, requires = "keytab")]
    principal: Vec<Principal>,
    /// Accounts, `DOMAIN:user:password` a line: NTLM logins are taken.
    #[arg(long)]
    accounts: Option<PathBuf>,
    /// The NetBIOS name of the accounts' domain; without it users must write it, `-u 'ADEX\alice:…'`.
    #[arg(long, requires = "accounts")]
    netbios_domain: Option<String>,
    /// The DNS name of this server, by which its clients ask for it: what NTLM says to them.
    #[arg(long, requires = "accounts", default_value = "localhost")]
    name: String,
    /// Where to listen; port 0 means any free one. With neither keytab nor accounts it must be an address of this machine
    /// alone.
    #[arg(long, default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))]
    listen: SocketAddr,
    /// End after the dance instead of waiting for clients.
    #[arg(long)]
    demo_only: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Options::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("whoami: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let is_demo = options.keytab.is_none() && options.accounts.is_none();
    // Everybody knows its password.
    if is_demo && !options.listen.ip().is_loopback() {
        let why = "the built-in account is for this machine alone: give --keytab or --accounts, or listen on 127.0.0.1";
        return Err(why.into());
    }
    let embedded = is_demo.then(|| Realm::new("WHOAMI.TEST", "HTTP/localhost")).transpose()?;
    let keytab = match (&options.keytab, &embedded) {
        (Some(path), _) => Some(Keytab::read(path)?),
        (None, Some(realm)) => Some(realm.keytab()?),
        (None, None) => None,
    };
    let accounts = match &options.accounts {
        Some(path) => Some(MemoryAccounts::read(path)?),
        None if is_demo => Some(alice()?),
        None => None,
    };
    let has_keytab = keytab.is_some();
    let domain = options.netbios_domain.as_deref().or(is_demo.then_some(DOMAIN));
    let accounts = accounts.map(|accounts| ntlm(accounts, &options.name, domain)).transpose()?;
    let service = Arc::new(server::Service::new(logins(keytab, &options.principal, accounts)?, has_keytab));
    let listener = TcpListener::bind(options.listen).await?;
    let address = listener.local_addr()?;
    let serving = tokio::spawn(server::serve(listener, service));
    if let Some(realm) = &embedded {
        show(address, realm).await?;
    }
    println!("listening on http://{address}/");
    if is_demo {
        println!("log in with curl --ntlm -u {USER}:{PASSWORD} http://localhost:{}/", address.port());
        println!("or with a browser, as {USER} with the password {PASSWORD}");
    }
    if options.demo_only {
        return Ok(());
    }
    match serving.await? {}
}

/// What is accepted: these are the lines a program of your own would have.
fn logins(
    keytab: Option<Keytab>,
    principals: &[Principal],
    ntlm: Option<ntlm::Acceptor>,
) -> Result<HttpAcceptor<Origin>, Box<dyn Error>> {
    let mut builder = Acceptor::builder();
    if let Some(keytab) = keytab {
        builder = builder
            .kerberos(principals.iter().cloned().fold(kerberos::Acceptor::new(keytab), kerberos::Acceptor::principal));
    }
    let takes_ntlm = ntlm.is_some();
    if let Some(ntlm) = ntlm {
        builder = builder.ntlm(ntlm);
    }
    // Clients connect to this program itself: no proxy lets several of them share a connection.
    let logins = HttpAcceptor::new(builder.build()?).connection_bound();
    Ok(if takes_ntlm { logins.ntlm_scheme() } else { logins })
}

/// Whoever names no domain means this server's.
fn ntlm(accounts: MemoryAccounts, name: &str, domain: Option<&str>) -> Result<ntlm::Acceptor, Box<dyn Error>> {
    let target = TargetInfo::new(name)?;
    let target = domain.map_or(Ok(target.clone()), |domain| target.with_netbios_domain(domain))?;
    let accounts = accounts.own_names(&target).empty_domain_is_own();
    Ok(ntlm::Acceptor::new(target).accounts(accounts))
}

fn alice() -> Result<MemoryAccounts, Box<dyn Error>> {
    let mut accounts = MemoryAccounts::new();
    accounts.insert(Account::new(DOMAIN, USER), NtHash::from_password(PASSWORD)?);
    Ok(accounts)
}

/// What the embedded realm's domain controller would say of alice: her groups, a claim.
fn alice_of_the_directory() -> User {
    let claim = Claim {
        id: "ad://ext/department".to_owned(),
        source: ClaimSource::ActiveDirectory,
        values: ClaimValues::String(vec!["Wonderland".to_owned()]),
    };
    let mut user = User::new(USER, 1103);
    user.full_name = "Alice Liddell".to_owned();
    user.upn = "alice@whoami.test".to_owned();
    user.domain = DOMAIN.to_owned();
    user.groups.extend([1119, 1120]);
    user.extra_sids = vec![Sid::AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY];
    user.claims = vec![claim];
    user
}

/// Logs in twice, before the eyes of whoever started this.
async fn show(address: SocketAddr, realm: &Realm) -> Result<(), Box<dyn Error>> {
    let ticket = realm.directory_login(&alice_of_the_directory(), Timestamp::now())?.in_spnego().encode()?;
    let credential = Credential::with_password(USER, PASSWORD)?;
    let initiator = Initiator::builder(Target::new("HTTP", "localhost")?).ntlm(credential).bare().build()?;
    let both = move || {
        dance::by_kerberos(address, ticket)?;
        dance::by_ntlm(address, &initiator)
    };
    tokio::task::spawn_blocking(both).await?.map_err(|error| error.to_string())?;
    Ok(())
}
