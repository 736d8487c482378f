//! `ldap_bind`: logs in to an LDAP server by Kerberos or NTLM (SASL), and searches through the security layer: what it sends
//! and reads behind the login is sealed.
//!
//! ```text
//! ldap_bind dc1.ad.example.com DC=ad,DC=example,DC=com sAMAccountName=alice                       by a ticket: Active Directory
//! ldap_bind --user 'ADEX\alice' --password-file FILE dc1.ad.example.com DC=ad,… sAMAccountName=alice    by NTLM
//! ldap_bind --mechanism gssapi ldap.example.com dc=example,dc=com uid=alice                       by a ticket: OpenLDAP
//! ldap_bind --tls-ca ca.pem dc1.ad.example.com …                     inside TLS: bound to its channel, without a layer
//! ```
//!
//! The ticket for `ldap/HOST` comes from the cache that `KRB5CCNAME` names. The crate fetches none, so have one there: `kinit
//! alice; kvno ldap/dc1.ad.example.com`.
//!
//! | to see | look at |
//! |---|---|
//! | what logs in, and how messages are to be protected | `login` |
//! | the login inside LDAP's bind, and the layer behind it | `connection` |
//! | LDAP's messages | `ldap`, by the crate rasn-ldap |
//! | TLS and its channel bindings | `stream` |

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod connection;
mod ldap;
mod login;
mod stream;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use negotiate::sasl::Channel;

use crate::connection::Connection;
use crate::login::Protection;
use crate::stream::Stream;

/// Logs in to an LDAP server by Kerberos or NTLM, and prints the entries that it finds.
#[derive(Parser)]
#[command(name = "ldap_bind", after_help = TICKET)]
struct Options {
    #[command(flatten)]
    login: login::Login,
    /// The server's port: 389, or 636 with TLS, by default.
    #[arg(long)]
    port: Option<u16>,
    /// Speak TLS from the first octet, with a server whose certificate one of these signed (PEM).
    #[arg(long)]
    tls_ca: Option<PathBuf>,
    /// How messages are protected behind the login: sealed unless TLS does it.
    #[arg(long)]
    protection: Option<Protection>,
    /// Which attributes to print.
    #[arg(long, default_value = "memberOf")]
    attribute: Vec<String>,
    /// Break the first message behind the login: the server has to refuse it.
    #[arg(long)]
    tamper: bool,
    /// The server, by the name that its ticket is for.
    host: String,
    /// Where to search.
    base: String,
    /// What for: entries with this attribute of this value, such as `uid=alice`.
    #[arg(value_parser = equality)]
    filter: (String, String),
}

const TICKET: &str = "Without --user, the ticket for ldap/HOST comes from the credential cache that KRB5CCNAME names. Nothing is fetched from a KDC, so \
    have it there: kinit alice; kvno ldap/dc1.ad.example.com";

fn equality(text: &str) -> Result<(String, String), &'static str> {
    let (attribute, value) = text.split_once('=').ok_or("an attribute, = and its value are wanted")?;
    Ok((attribute.to_owned(), value.to_owned()))
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("ldap_bind: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let Options { login, port, tls_ca, protection, attribute, tamper, host, base, filter } = options;
    let stream = Stream::connect(host, *port, tls_ca.as_deref())?;
    let inside_tls = if tls_ca.is_some() { Protection::None } else { Protection::Seal };
    let initiator = login.initiator(host, protection.unwrap_or(inside_tls), stream.channel_bindings()?)?;
    let mut connection = Connection::new(stream);
    let login = connection.bind(&initiator)?;
    let (context, layer) = (
        login.context(),
        match &login.channel {
            Channel::Plain(_) => "none".to_owned(),
            Channel::Protected(layer) => layer.layer().to_string(),
        },
    );
    println!("bound to {} by {} {}, layer: {layer}", context.peer(), initiator.mechanism(), context.mechanism());
    connection.protect(login.channel)?;
    if *tamper {
        connection.break_next();
    }
    for entry in connection.search(base, filter, attribute)? {
        println!("dn: {}", entry.object_name.0);
        for attribute in &entry.attributes {
            for value in attribute.vals.to_vec() {
                println!("{}: {}", attribute.r#type.0, value.escape_ascii());
            }
        }
    }
    connection.unbind()
}
