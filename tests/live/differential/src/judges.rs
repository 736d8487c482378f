//! The two judges: this crate's acceptor, and another's in a process of its own.

use std::io::{BufReader, BufWriter, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use negotiate::asn1;
use negotiate::gss::ContextFlags;
use negotiate::kerberos::{self, Keytab};
use negotiate::{Accept, Acceptor, BindingsStatus, Context, Error, Peer, ReplayVerdict, Timestamp, spnego};

use crate::mint::{BOUND, Minted, RC4, Result, World};

/// What became of a first token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Verdict {
    /// The login is made.
    In(Facts),
    /// The peer has another word.
    GoesOn,
    /// It is not, and why.
    Out(String),
}

/// What both know of a login that is made.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Facts {
    pub(crate) name: String,
    pub(crate) flags: u32,
    pub(crate) is_delegated: bool,
    /// Empty where the acceptor made it, or the judge does not tell.
    pub(crate) key: Vec<u8>,
    pub(crate) key_length: usize,
    /// Until the ticket ends.
    pub(crate) seconds: i64,
    pub(crate) etype: u32,
}

/// Our acceptor, with rc4-hmac and without.
pub(crate) struct Ours {
    with_rc4: Acceptor,
    without: Acceptor,
}

impl Ours {
    pub(crate) fn new(world: &World) -> Result<Self> {
        let acceptor = || kerberos::Acceptor::new(world.keytab()).accept_delegation();
        let build = |acceptor| Acceptor::builder().kerberos(acceptor).build();
        Ok(Self { with_rc4: build(acceptor().dangerous().permit_rc4())?, without: build(acceptor())? })
    }

    pub(crate) fn judge(&self, world: &World, minted: &Minted, now: Timestamp) -> Verdict {
        let acceptor = if minted.choice & RC4 != 0 { &self.with_rc4 } else { &self.without };
        let mut opening = acceptor.begin();
        if minted.choice & BOUND != 0 {
            opening = opening.channel_bindings(world.bindings.clone());
        }
        let step = match opening.accept(&minted.token, now) {
            Ok(Accept::NeedsReplayCheck(check)) => check.continue_with(ReplayVerdict::Fresh, now),
            other => other,
        };
        match step {
            Ok(Accept::Established { context, .. }) => Verdict::In(facts(&context, now)),
            Ok(Accept::NeedsToken { .. }) => Verdict::GoesOn,
            Ok(other) => Verdict::Out(format!("{other:?}")),
            Err(rejected) => Verdict::Out(class(&rejected.error)),
        }
    }
}

/// The error's short name, and for DER the flaw.
fn class(error: &Error) -> String {
    let flaw = |malformed: &asn1::Error| format!("malformed ({:?})", malformed.flaw);
    match (error.downcast_ref(), error.downcast_ref()) {
        (Some(kerberos::Error::Malformed(malformed)), _) => flaw(malformed),
        (_, Some(spnego::Error::Malformed(malformed))) => flaw(malformed),
        _ => error.kind().to_owned(),
    }
}

fn facts(context: &Context, now: Timestamp) -> Facts {
    let is_mutual = context.flags().contains(ContextFlags::MUTUAL);
    let until = context.expires_at().map_or(0, |end| end.as_seconds().saturating_sub(now.as_seconds()));
    let is_bound = context.channel_bindings() == BindingsStatus::Matched;
    Facts {
        name: match context.peer() {
            Peer::Kerberos(principal) => {
                let components: Vec<_> = principal.components().map(quoted).collect();
                format!("{}@{}", components.join("/"), quoted(principal.realm()))
            }
            other => other.to_string(),
        },
        flags: context.flags().bits() | if is_bound { CHANNEL_BOUND } else { 0 },
        is_delegated: context.delegated_credential().is_some(),
        key: if is_mutual { Vec::new() } else { context.session_key().to_vec() },
        key_length: context.session_key().len(),
        seconds: until,
        etype: context.details().map_or(0, |details: &kerberos::Details| details.context_etype.0.unsigned_abs()),
    }
}

/// As krb5_unparse_name has it.
fn quoted(part: &[u8]) -> String {
    let mut text = String::new();
    for character in String::from_utf8_lossy(part).chars() {
        if matches!(character, '/' | '@' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text
}

/// The other's acceptor. If it dies of a token, the next batch has another.
pub(crate) struct Theirs {
    program: String,
    running: Option<Running>,
}

struct Running {
    child: Child,
    input: BufWriter<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Theirs {
    pub(crate) fn new(program: &str) -> Self {
        Self { program: program.to_owned(), running: None }
    }

    /// Hands a batch over. [`Self::verdicts`] waits for what is made of it.
    pub(crate) fn send(&mut self, batch: &[Minted]) -> Result<()> {
        if self.running.is_none() {
            let mut child = Command::new(&self.program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
            let input = BufWriter::with_capacity(1 << 20, child.stdin.take().ok_or("no stdin")?);
            let output = BufReader::with_capacity(1 << 20, child.stdout.take().ok_or("no stdout")?);
            self.running = Some(Running { child, input, output });
        }
        let Some(running) = &mut self.running else { return Ok(()) };
        // A judge that is gone does not read: that is found out when its verdicts are missed.
        let _ = hand_over(&mut running.input, batch);
        Ok(())
    }

    /// The verdicts on a batch, and the tokens that the judge died of.
    pub(crate) fn verdicts(&mut self, batch: &[Minted]) -> Result<Vec<Option<Verdict>>> {
        let mut verdicts = Vec::new();
        while verdicts.len() < batch.len() {
            if self.running.is_none() {
                self.send(&batch[verdicts.len()..])?;
            }
            let Some(running) = &mut self.running else { return Err("no judge".into()) };
            match verdict(&mut running.output) {
                Ok(verdict) => verdicts.push(Some(verdict)),
                Err(_) => {
                    let status = running.child.wait()?;
                    eprintln!("the judge died ({status}) of {}", hex(&batch[verdicts.len()].token));
                    if verdicts.is_empty() && status.code() == Some(1) {
                        return Err("the judge does not start".into());
                    }
                    verdicts.push(None);
                    self.running = None;
                }
            }
        }
        Ok(verdicts)
    }
}

fn hand_over(input: &mut impl Write, batch: &[Minted]) -> std::io::Result<()> {
    for minted in batch {
        let length = u32::try_from(minted.token.len() + 1).unwrap_or(0);
        input.write_all(&length.to_be_bytes())?;
        input.write_all(&[minted.choice])?;
        input.write_all(&minted.token)?;
    }
    input.write_all(&[0; 4])?;
    input.flush()
}

fn verdict(output: &mut impl Read) -> Result<Verdict> {
    let length = usize::try_from(number(output)?)?;
    let mut record = vec![0; length];
    output.read_exact(&mut record)?;
    let mut rest = &record[..];
    let (major, flags, seconds, etype) =
        (number(&mut rest)?, number(&mut rest)?, number(&mut rest)?, number(&mut rest)?);
    let mut is_delegated = [0];
    rest.read_exact(&mut is_delegated)?;
    let key_length = usize::try_from(number(&mut rest)?)?;
    let (key, mut rest) = rest.split_at_checked(key_length).ok_or("no key")?;
    let name_length = usize::try_from(number(&mut rest)?)?;
    let name = String::from_utf8_lossy(rest.get(..name_length).ok_or("no name")?).into_owned();
    Ok(match major {
        0 => Verdict::In(Facts {
            name,
            flags: flags & KNOWN_FLAGS,
            is_delegated: is_delegated[0] != 0,
            key: key.to_vec(),
            key_length,
            seconds: i64::from(seconds),
            etype,
        }),
        1 => Verdict::GoesOn,
        _ => Verdict::Out(their_class(major, &name)),
    })
}

/// GSS_C_CHANNEL_BOUND_FLAG: what this crate's context says apart.
const CHANNEL_BOUND: u32 = 0x800;

/// Without what is no matter of the login's, but of its caller's: GSS_C_PROT_READY_FLAG, GSS_C_TRANS_FLAG.
const KNOWN_FLAGS: u32 = !0x180;

/// The mechanism's own words, else GSS-API's.
fn their_class(major: u32, words: &str) -> String {
    match (words, major >> 16 & 0xff) {
        ("" | "Success" | "Unknown error", 1) => "BAD_MECH".to_owned(),
        ("" | "Success" | "Unknown error", 7) => "NO_CRED".to_owned(),
        ("" | "Success" | "Unknown error", 9) => "DEFECTIVE_TOKEN".to_owned(),
        ("" | "Success" | "Unknown error", 13) => "FAILURE".to_owned(),
        ("" | "Success" | "Unknown error", code) => format!("routine error {code}"),
        (words, _) => words.chars().filter(|character| !character.is_control() && *character != '|').take(70).collect(),
    }
}

fn number(octets: &mut impl Read) -> std::io::Result<u32> {
    let mut number = [0; 4];
    octets.read_exact(&mut number)?;
    Ok(u32::from_be_bytes(number))
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// For whoever shows it to the other by hand.
pub(crate) fn write_keytab(keytab: &Keytab, path: &str) -> Result<()> {
    Ok(std::fs::write(path, keytab.to_bytes().expose())?)
}
