//! What the browser shows: who you are, and how that was found out.
//!
//! No script, nothing from elsewhere, and all that came over the network is text, never markup.

mod handshake;
mod html;
mod token;
mod who;
mod why_not_kerberos;

use std::fmt::Write;

use negotiate::tower::{Authenticated, Refusal};
use negotiate::{Context, Mechanism};

use self::html::{card, escaped};
use crate::exchange::History;
use crate::recorder::Seen;

/// What the page may do (Content Security Policy): have its style, and its icon.
pub(crate) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = include_str!("style.css");

/// A request, as far as the page goes: the connection it came over, and what was said there.
pub(crate) struct Visit<'a> {
    pub(crate) seen: &'a Seen,
    pub(crate) history: &'a History,
}

impl Visit<'_> {
    /// The host that was asked for.
    fn host(&self) -> Option<&str> {
        self.history.exchanges().next_back()?.said.host.as_deref()
    }

    /// What the connection is.
    fn connection(&self) -> String {
        let http = self.history.exchanges().next_back().map(|last| format!("{:?}", last.said.version));
        let http = http.unwrap_or_default();
        match self.seen.tls {
            Some(tls) => format!("{http} over {tls}"),
            None => format!("{http}, not encrypted"),
        }
    }
}

/// The page for someone who is logged in.
pub(crate) fn known(user: &Authenticated, visit: &Visit<'_>) -> String {
    let name = escaped(&user.peer().to_string());
    let (class, mechanism) = match user.mechanism() {
        Mechanism::Kerberos => ("kerberos", "Kerberos"),
        Mechanism::Ntlm => ("ntlm", "NTLM"),
        _ => ("", "another mechanism"),
    };
    let badges = [
        format!("<span class='badge {class}'>by {mechanism}</span>"),
        format!("<span class=badge>{}</span>", wrapping(user)),
        format!("<span class=badge>{}</span>", escaped(&visit.connection())),
    ];
    let head = format!("<p class=eyebrow>You are</p><h1>{name}</h1><p class=badges>{}</p>", badges.join(" "));
    let mut body = who::cards(user);
    if user.mechanism() == Mechanism::Ntlm {
        body.insert_str(0, &card("Why not Kerberos", "wide warm", &why_not_kerberos::paragraphs(visit)));
    }
    body.push_str(&handshake::section(visit));
    document(&format!("{name} · whoami"), &head, &body)
}

/// The page for someone who is not. What a request was refused for is told to whoever runs the server: that is who looks at
/// the built-in realm.
pub(crate) fn unknown(refusal: Option<&Refusal>, visit: &Visit<'_>) -> String {
    let is_demo = visit.seen.site.demo.is_some();
    let mut body = String::new();
    let head = match refusal {
        Some(refusal) if is_demo => {
            let error = refusal.error();
            let why = format!(
                "<p class=reason>{}</p><p class=note>Kind <code>{}</code>; {} at fault. You read this because the built-in \
                 realm is for this machine alone: a real server tells it to its log, and never to a client.</p>",
                escaped(&error.to_string()),
                error.kind(),
                error.fault()
            );
            body.push_str(&card("Why the login was refused", "wide bad", &why));
            "<p class=eyebrow>Refused</p><h1>Who are you?</h1><p class=lead>This page wants a login, and yours was refused.</p>"
        }
        _ => {
            "<p class=eyebrow>Not logged in</p><h1>Who are you?</h1><p class=lead>This page wants a login. The server's log \
             says why, if you brought one.</p>"
        }
    };
    body.push_str(&card("What is offered", "wide", &offers(visit)));
    if is_demo {
        body.push_str(&handshake::section(visit));
    }
    document("Who are you? · whoami", head, &body)
}

fn wrapping(context: &Context) -> &'static str {
    match context.wrapping() {
        negotiate::Wrapping::Spnego => "negotiated by SPNEGO",
        negotiate::Wrapping::Raw => "bare, without SPNEGO",
    }
}

/// The schemes that the last response offers.
fn offers(visit: &Visit<'_>) -> String {
    let last = visit.history.exchanges().next_back();
    let fields = last.iter().flat_map(|exchange| &exchange.answer.fields).filter(|field| field.is_login);
    let mut list = String::new();
    for field in fields {
        let scheme = field.value.split(' ').next().unwrap_or_default();
        let meaning = if scheme.eq_ignore_ascii_case("ntlm") {
            "name and password, proved without being sent"
        } else {
            "a Kerberos ticket, or NTLM where this server takes it: the client chooses"
        };
        let _ = write!(list, "<dt><code>{}</code></dt><dd>{meaning}</dd>", escaped(scheme));
    }
    if list.is_empty() {
        "<p>Nothing: another login would not help.</p>".to_owned()
    } else {
        format!("<dl>{list}</dl>")
    }
}

fn document(title: &str, head: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<meta name=viewport content='width=device-width, \
         initial-scale=1'>\n<title>{title}</title>\n<link rel=icon href=\"data:image/svg+xml,%3Csvg \
         xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Crect width='16' height='16' rx='4' \
         fill='%232f6f62'/%3E%3Ccircle cx='8' cy='6' r='2.6' fill='white'/%3E%3Cpath d='M3.4 13.2a4.6 4.2 0 0 1 9.2 0' \
         fill='white'/%3E%3C/svg%3E\">\n<style>{STYLE}</style>\n<header>{head}</header>\n<main>{body}</main>\n\
         <footer><p><code>examples/whoami</code> of the crate <code>negotiate</code>. The same for scripts: <a href=/json><code>/json</code></a>; without a login: \
         <a href=/public><code>/public</code></a>.</p></footer>\n</html>\n"
    )
}
