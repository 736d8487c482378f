//! `negotiate ccache`.

use std::error::Error;
use std::io::{self, Write};

use clap::{Args, Subcommand};
use negotiate::Timestamp;
use negotiate::kerberos::Ccache;
use negotiate::kerberos::ccache::{Credential, Found, Location};
use negotiate::kerberos::message::{Ticket, TicketFlags};
use serde_json::{Value, json};

use crate::{Outcome, hexadecimal};

#[derive(Subcommand)]
pub(crate) enum Action {
    /// List the tickets of a credential cache, or of all caches in a directory.
    List(List),
}

#[derive(Args)]
pub(crate) struct List {
    /// The cache, in the form of KRB5CCNAME: a file, FILE:/path, DIR:/path or DIR::/path/tkt…; default: KRB5CCNAME, else the
    /// user's usual file.
    cache: Option<String>,
    /// Print session keys: whoever reads them is the client.
    #[arg(long)]
    show_keys: bool,
}

pub(crate) fn run(action: &Action, json: bool) -> Result<Outcome, Box<dyn Error>> {
    match action {
        Action::List(arguments) => list(arguments, json),
    }
}

fn list(arguments: &List, json: bool) -> Result<Outcome, Box<dyn Error>> {
    let location = match &arguments.cache {
        Some(name) => name.parse()?,
        None => Location::of_environment()?,
    };
    let mut found = location.caches()?;
    if matches!(location, Location::File(_)) {
        // The one that was named is there, or the command has failed.
        for Found { path, cache } in found.drain(..) {
            print(&Found { path, cache: Ok(cache?) }, json, arguments.show_keys)?;
        }
        return Ok(Outcome::Success);
    }
    if found.is_empty() {
        return Err(format!("no credential cache in {location}: get one (kinit)").into());
    }
    for found in &found {
        print(found, json, arguments.show_keys)?;
    }
    Ok(Outcome::Success)
}

fn print(found: &Found, json: bool, show_keys: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let path = found.path.display().to_string();
    match (&found.cache, json) {
        (Ok(cache), true) => {
            for ticket in cache.credentials() {
                writeln!(out, "{}", to_json(&path, cache, ticket, show_keys))?;
            }
        }
        (Ok(cache), false) => {
            writeln!(out, "{path}: {}", cache.client())?;
            for ticket in cache.credentials() {
                writeln!(out, "  {}", to_text(cache, ticket, show_keys))?;
            }
        }
        (Err(error), true) => writeln!(out, "{}", json!({"cache": path, "error": error.to_string()}))?,
        (Err(error), false) => writeln!(out, "{error}")?,
    }
    out.flush()
}

/// The flags of RFC 4120 section 5.3, by their names there.
const FLAGS: [(TicketFlags, &str); 14] = [
    (TicketFlags::FORWARDABLE, "forwardable"),
    (TicketFlags::FORWARDED, "forwarded"),
    (TicketFlags::PROXIABLE, "proxiable"),
    (TicketFlags::PROXY, "proxy"),
    (TicketFlags::MAY_POSTDATE, "may-postdate"),
    (TicketFlags::POSTDATED, "postdated"),
    (TicketFlags::INVALID, "invalid"),
    (TicketFlags::RENEWABLE, "renewable"),
    (TicketFlags::INITIAL, "initial"),
    (TicketFlags::PRE_AUTHENT, "pre-authent"),
    (TicketFlags::HW_AUTHENT, "hw-authent"),
    (TicketFlags::TRANSITED_POLICY_CHECKED, "transited-policy-checked"),
    (TicketFlags::OK_AS_DELEGATE, "ok-as-delegate"),
    (TicketFlags::ANONYMOUS, "anonymous"),
];

fn flags(ticket: &Credential) -> Vec<&'static str> {
    FLAGS.iter().filter(|(flag, _)| ticket.flags.contains(*flag)).map(|(_, name)| *name).collect()
}

fn to_json(path: &str, cache: &Ccache, ticket: &Credential, show_key: bool) -> Value {
    let seconds = |time: Option<Timestamp>| time.map(Timestamp::as_seconds);
    let sealed = Ticket::parse(&ticket.ticket).ok().map(|ticket| ticket.enc_part);
    let mut object = json!({
        "cache": path,
        "principal": cache.client().to_string(),
        "client": ticket.client.to_string(),
        "server": ticket.server.to_string(),
        "etype": ticket.etype().0,
        "etype_name": ticket.etype().name(),
        "ticket_etype": sealed.map(|sealed| sealed.etype),
        "ticket_kvno": sealed.and_then(|sealed| sealed.kvno),
        "authtime": ticket.times.authtime.as_seconds(),
        "starttime": seconds(ticket.times.starttime),
        "endtime": ticket.times.endtime.as_seconds(),
        "renew_till": seconds(ticket.times.renew_till),
        "flags": flags(ticket),
        "user_to_user": ticket.is_user_to_user(),
        "addresses": ticket.addresses().count(),
        "unusable": ticket.key().err().map(|error| error.to_string()),
    });
    if let (true, Value::Object(fields)) = (show_key, &mut object) {
        fields.insert("session_key".to_owned(), json!(hexadecimal::write(ticket.expose_key())));
    }
    object
}

fn to_text(cache: &Ccache, ticket: &Credential, show_key: bool) -> String {
    let times = ticket.times;
    let mut text = format!("{}  {}  {}  {}", times.starts(), times.endtime, ticket.server, ticket.etype());
    if let Some(renewable) = times.renew_till {
        text.push_str(&format!("  renewable until {renewable}"));
    }
    let mut words = flags(ticket);
    // Said better by the time above.
    words.retain(|name| *name != "renewable");
    if times.endtime <= cache.kdc_time(Timestamp::now()) {
        words.insert(0, "expired");
    }
    if ticket.is_user_to_user() {
        words.push("user-to-user");
    }
    if !words.is_empty() {
        text.push_str(&format!("  {}", words.join(", ")));
    }
    if ticket.client != *cache.client() {
        text.push_str(&format!("  of {}", ticket.client));
    }
    if show_key {
        text.push_str(&format!("  {}", hexadecimal::write(ticket.expose_key())));
    }
    if let Err(reason) = ticket.key() {
        text.push_str(&format!("  unusable: {reason}"));
    }
    text
}
