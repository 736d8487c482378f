//! A verdict on one token, as JSON for scripts and as text for people.

use std::fmt;

use negotiate::http::{Challenge, Origin};
use negotiate::kerberos::Details;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::{Context, Rejected, Timestamp};
use serde_json::{Value, json};

use crate::hexadecimal;

/// What a token came to.
pub(crate) enum Step<'a> {
    Continue { token: &'a [u8] },
    Established { token: Option<&'a [u8]>, context: &'a Context, show_keys: bool },
    Rejected(&'a Rejected),
    Unanswered,
}

/// The same in the words of the command's contract.
pub(crate) struct Verdict(Value);

impl Verdict {
    pub(crate) fn new(step: Step<'_>) -> Self {
        Self(match step {
            Step::Continue { token } => of("continue", Some(token)),
            Step::Established { token, context, show_keys } => established(token, context, show_keys),
            Step::Rejected(rejected) => {
                let mut verdict = of("rejected", rejected.token.as_deref());
                let error = &rejected.error;
                set(
                    &mut verdict,
                    "error",
                    json!({
                        "kind": error.kind(),
                        "krb_error": error.krb_error(),
                        "fault": error.fault().to_string(),
                        "message": error.to_string(),
                    }),
                );
                verdict
            }
            Step::Unanswered => {
                let mut verdict = of("rejected", None);
                let message = "the login asks something that this command has no answer to";
                set(
                    &mut verdict,
                    "error",
                    json!({"kind": "question", "krb_error": null, "fault": "configuration", "message": message}),
                );
                verdict
            }
        })
    }

    pub(crate) fn is_refusal(&self) -> bool {
        self.text("result") == "rejected"
    }

    pub(crate) fn to_json(&self) -> String {
        self.0.to_string()
    }

    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

/// What only an established login has. The names are there in every line, so that no script has to ask; `pac` stays null
/// as long as nobody verifies its signatures.
const FACTS: [&str; 12] = [
    "mechanism",
    "wrapping",
    "peer",
    "acceptor",
    "etype",
    "kvno",
    "ticket_kvno",
    "context_etype",
    "flags",
    "expires_at",
    "channel_bindings",
    "pac",
];

/// What every verdict has.
fn of(result: &str, token: Option<&[u8]>) -> Value {
    // A token without octets is none in HTTP.
    let token = token.filter(|token| !token.is_empty());
    let header = token.map(|token| Challenge::<Origin>::header(Some(token)).1);
    let base64 = header.as_deref().and_then(|header| header.split_once(' ')).map(|(_, token)| token);
    let mut verdict = json!({"result": result, "token": base64, "header": header});
    FACTS.iter().for_each(|name| set(&mut verdict, name, Value::Null));
    verdict
}

fn established(token: Option<&[u8]>, context: &Context, show_keys: bool) -> Value {
    let mut verdict = of("established", token);
    let details = context.details::<Details>();
    let facts = [
        ("mechanism", json!(context.mechanism().to_string())),
        ("wrapping", json!(context.wrapping().to_string())),
        ("peer", json!(context.peer().to_string())),
        ("acceptor", json!(context.acceptor().map(ToString::to_string))),
        ("etype", json!(details.map(|details| details.ticket_etype.0))),
        ("kvno", json!(details.map(|details| details.kvno))),
        ("ticket_kvno", json!(details.and_then(|details| details.ticket_kvno))),
        ("context_etype", json!(details.map(|details| details.context_etype.0))),
        ("flags", json!(context.flags().names().collect::<Vec<_>>())),
        ("expires_at", json!(context.expires_at().map(Timestamp::as_seconds))),
        ("channel_bindings", json!(context.channel_bindings().to_string())),
    ];
    for (name, value) in facts {
        set(&mut verdict, name, value);
    }
    if show_keys {
        set(&mut verdict, "session_key", json!(hexadecimal::write(context.session_key())));
    }
    verdict
}

fn set(verdict: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = verdict {
        fields.insert(name.to_owned(), value);
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text("result") {
            "established" => {
                writeln!(f, "established: {} logged in to {}", self.text("peer"), self.text("acceptor"))?;
                let number = |name| self.0.get(name).and_then(Value::as_i64).unwrap_or_default();
                let etype = EncryptionType(i32::try_from(number("etype")).unwrap_or_default());
                let expires = Timestamp::from_seconds(number("expires_at"));
                writeln!(f, "  ticket: {etype} kvno {}, expires at {expires}", number("kvno"))?;
                let flags = self.0.get("flags").and_then(Value::as_array).into_iter().flatten();
                let flags: Vec<_> = flags.filter_map(Value::as_str).collect();
                writeln!(f, "  flags: {}", if flags.is_empty() { "none".to_owned() } else { flags.join(" ") })?;
                writeln!(f, "  channel bindings: {}", self.text("channel_bindings"))?;
                if let Some(key) = self.0.get("session_key").and_then(Value::as_str) {
                    writeln!(f, "  session key: {key}")?;
                }
            }
            "continue" => writeln!(f, "continue: the peer owes another token")?,
            _ => {
                let error = self.0.get("error");
                let say =
                    |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str).unwrap_or_default();
                writeln!(f, "rejected: {}", say("message"))?;
                write!(f, "  kind: {}; fault: {}", say("kind"), say("fault"))?;
                match error.and_then(|error| error.get("krb_error")).and_then(Value::as_i64) {
                    Some(code) => writeln!(f, "; Kerberos error {code}")?,
                    None => writeln!(f)?,
                }
            }
        }
        match self.text("header") {
            "" => writeln!(f, "  no token for the peer"),
            header => writeln!(f, "  for the peer: {header}"),
        }
    }
}
