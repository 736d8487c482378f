//! A verdict on one token, as JSON for scripts and as text for people.

use std::fmt;

use negotiate::http::{Challenge, Origin, Scheme};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::{Context, Rejected, Timestamp, kerberos, ntlm};
use serde_json::{Value, json};

use crate::{hexadecimal, pac};

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
    /// `scheme`: HTTP's, that a token for the peer goes under.
    pub(crate) fn new(scheme: Scheme<'_>, step: &Step<'_>) -> Self {
        let of = |result, token| of(result, scheme, token);
        Self(match *step {
            Step::Continue { token } => of("continue", Some(token)),
            Step::Established { token, context, show_keys } => {
                let mut verdict = of("established", token);
                add_facts(&mut verdict, context);
                if show_keys {
                    set(&mut verdict, "session_key", json!(hexadecimal::write(context.session_key())));
                }
                verdict
            }
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

    /// Who logged in, and by what.
    fn write_who(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get("ntlm") {
            Some(Value::Object(ntlm)) => {
                let say = |name| ntlm.get(name).and_then(Value::as_str).unwrap_or("none");
                let with_mic = if ntlm.get("mic") == Some(&Value::Bool(true)) { "with" } else { "without" };
                writeln!(f, "established: {} by NTLM", self.text("peer"))?;
                let target = say("target_name").escape_debug();
                writeln!(f, "  proof: {}, {with_mic} a MIC; target name: {target}", say("proof"))
            }
            _ => {
                let own = self.text("client");
                let (client, service) = if own.is_empty() { ("peer", "acceptor") } else { ("client", "peer") };
                writeln!(f, "established: {} logged in to {}", self.text(client), self.text(service))?;
                let number = |name| self.0.get(name).and_then(Value::as_i64);
                let etype = EncryptionType(number("etype").and_then(|etype| etype.try_into().ok()).unwrap_or_default());
                let expires = Timestamp::from_seconds(number("expires_at").unwrap_or_default());
                let kvno = number("kvno").map(|kvno| format!(" kvno {kvno}")).unwrap_or_default();
                writeln!(f, "  ticket: {etype}{kvno}, expires at {expires}")?;
                self.write_proof(f)
            }
        }
    }

    /// Whether the service has shown that it is the one, where that is known.
    fn write_proof(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.get("peer_is_proven").and_then(Value::as_bool) {
            Some(true) => writeln!(f, "  the service has proven itself"),
            Some(false) => writeln!(f, "  the service has not proven itself"),
            None => Ok(()),
        }
    }
}

/// What only an established login has. The names are there in every line, so that no script has to ask.
const FACTS: [&str; 15] = [
    "mechanism",
    "wrapping",
    "peer",
    "client",
    "peer_is_proven",
    "acceptor",
    "etype",
    "kvno",
    "ticket_kvno",
    "context_etype",
    "flags",
    "expires_at",
    "channel_bindings",
    "pac",
    "ntlm",
];

/// What every verdict has.
fn of(result: &str, scheme: Scheme<'_>, token: Option<&[u8]>) -> Value {
    // A token without octets is none in HTTP.
    let token = token.filter(|token| !token.is_empty());
    let header = token.map(|token| match scheme {
        Scheme::Ntlm => Challenge::<Origin>::ntlm_header(Some(token)).1,
        _ => Challenge::<Origin>::header(Some(token)).1,
    });
    let base64 = header.as_deref().and_then(|header| header.split_once(' ')).map(|(_, token)| token);
    let mut verdict = json!({"result": result, "token": base64, "header": header});
    FACTS.iter().for_each(|name| set(&mut verdict, name, Value::Null));
    verdict
}

fn add_facts(verdict: &mut Value, context: &Context) {
    let details = context.details::<kerberos::Details>();
    let own = context.details::<kerberos::InitiatorDetails>();
    let ticket = details.map(|details| details.ticket_etype).or(own.map(|own| own.ticket_etype));
    let key = details.map(|details| details.context_etype).or(own.map(|own| own.context_etype));
    let facts = [
        ("mechanism", json!(context.mechanism().to_string())),
        ("wrapping", json!(context.wrapping().to_string())),
        ("peer", json!(context.peer().to_string())),
        ("acceptor", json!(context.acceptor().map(ToString::to_string))),
        ("client", json!(own.map(|own| own.client.to_string()))),
        ("peer_is_proven", json!(own.map(|own| own.peer_is_proven))),
        ("etype", json!(ticket.map(|etype| etype.0))),
        ("kvno", json!(details.map(|details| details.kvno))),
        ("ticket_kvno", json!(details.and_then(|details| details.ticket_kvno))),
        ("context_etype", json!(key.map(|etype| etype.0))),
        ("flags", json!(context.flags().names().collect::<Vec<_>>())),
        ("expires_at", json!(context.expires_at().map(Timestamp::as_seconds))),
        ("channel_bindings", json!(context.channel_bindings().to_string())),
        ("pac", pac::facts(context)),
        ("ntlm", json!(context.details::<ntlm::Details>().map(ntlm_facts))),
    ];
    for (name, value) in facts {
        set(verdict, name, value);
    }
}

/// What the peer says of itself, and how it proved it.
fn ntlm_facts(details: &ntlm::Details) -> Value {
    json!({
        "user": details.user_name,
        "domain": details.domain_name,
        "workstation": details.workstation,
        "target_name": details.target_name,
        "proof": proof(details.proof),
        "mic": details.mic,
        "negotiate_flags": details.flags.bits(),
    })
}

const fn proof(proof: ntlm::Proof) -> &'static str {
    match proof {
        ntlm::Proof::NtlmV2 => "ntlmv2",
        ntlm::Proof::NtlmV1Extended => "ntlmv1-ess",
        ntlm::Proof::NtlmV1 => "ntlmv1",
        ntlm::Proof::Lm => "lm",
        ntlm::Proof::Anonymous => "anonymous",
        _ => "pass-through",
    }
}

fn set(verdict: &mut Value, name: &str, value: Value) {
    if let Value::Object(fields) = verdict {
        fields.insert(name.to_owned(), value);
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_outcome(f)?;
        match self.text("header") {
            "" => writeln!(f, "  no token for the peer"),
            header => writeln!(f, "  for the peer: {header}"),
        }
    }
}

/// The text for an initiator, without the token for the peer. With such a token, the peer has not said its last word.
pub(crate) struct ForInitiator<'a>(&'a Verdict);

impl fmt::Display for ForInitiator<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.text("result") == "established" && !self.0.text("token").is_empty() {
            let mechanism = if self.0.text("mechanism") == "ntlm" { "NTLM" } else { "Kerberos" };
            writeln!(f, "sent: {} by {mechanism}; whether it was accepted, the server says", self.0.text("peer"))?;
            self.0.write_proof(f)?;
            return self.0.write_rest(f);
        }
        self.0.write_outcome(f)
    }
}

impl Verdict {
    pub(crate) const fn for_initiator(&self) -> ForInitiator<'_> {
        ForInitiator(self)
    }

    fn write_outcome(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.text("result") {
            "established" => {
                self.write_who(f)?;
                self.write_rest(f)?;
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
        Ok(())
    }

    /// What an established login has besides its peer.
    fn write_rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.0.get("flags").and_then(Value::as_array).into_iter().flatten();
        let flags: Vec<_> = flags.filter_map(Value::as_str).collect();
        writeln!(f, "  flags: {}", if flags.is_empty() { "none".to_owned() } else { flags.join(" ") })?;
        writeln!(f, "  channel bindings: {}", self.text("channel_bindings"))?;
        if let Some(pac) = self.0.get("pac") {
            pac::write(pac, f)?;
        }
        match self.0.get("session_key").and_then(Value::as_str) {
            Some(key) => writeln!(f, "  session key: {key}"),
            None => Ok(()),
        }
    }
}
