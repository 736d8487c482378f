//! Recorded exchanges: the files of `test-vectors/ntlm`, whose README tells what is in them.

use std::path::Path;

use base64ct::{Base64, Encoding};
use negotiate::gss::ChannelBindings;
use negotiate::ntlm::{self, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::{
    Accept, Acceptor, AccountAnswer, AccountQuestion, AccountStore, Context, Handshake, Rejected, Timestamp,
};

/// One recorded exchange.
#[derive(Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// The kind of the refusal that is due; none if it is to get in.
    pub(crate) refusal: Option<String>,
    /// Whether somebody else says otherwise.
    pub(crate) is_disputed: bool,
    /// The weakness that it needs.
    pub(crate) door: Option<String>,
    pub(crate) now: i64,
    pub(crate) password: String,
    /// The application data of the acceptor's channel bindings.
    pub(crate) bindings: Option<Vec<u8>>,
    pub(crate) session_key: Option<Vec<u8>>,
    /// Where the MIC is, if there is one.
    pub(crate) mic_at: Option<usize>,
    pub(crate) negotiate: Vec<u8>,
    pub(crate) challenge: Vec<u8>,
    pub(crate) authenticate: Vec<u8>,
    /// The initiator's tokens as they were sent, where something was around the messages.
    pub(crate) tokens: Vec<Vec<u8>>,
    pub(crate) messages: Vec<Message>,
}

/// A message of the context, as it was recorded.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) from_initiator: bool,
    pub(crate) is_mic: bool,
    pub(crate) plain: Vec<u8>,
    pub(crate) token: Vec<u8>,
}

/// The one account that there is, whatever name is asked for.
pub(crate) struct One(pub(crate) NtHash);

impl AccountStore for One {
    fn look_up(&self, _: &AccountQuestion<'_>) -> AccountAnswer {
        AccountAnswer::nt_hash(Account::new("STORE", "the account"), &self.0)
    }
}

impl Case {
    /// With the door open that it needs.
    pub(crate) fn acceptor(&self, password: &str) -> ntlm::Acceptor {
        match self.door.as_deref() {
            Some("ntlmv1") => self.closed_acceptor(password).dangerous().allow_ntlmv1(),
            Some("anonymous") => self.closed_acceptor(password).dangerous().allow_anonymous(),
            Some(other) => panic!("{}: {other}", self.name),
            None => self.closed_acceptor(password),
        }
    }

    /// With no door open but that of the recorded challenge.
    pub(crate) fn closed_acceptor(&self, password: &str) -> ntlm::Acceptor {
        let target = TargetInfo::new("web.ad.example.com").unwrap();
        let ntlm = ntlm::Acceptor::new(target).accounts(One(NtHash::from_password(password).unwrap()));
        ntlm.dangerous().replay_challenge(&self.challenge).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.now)
    }

    /// The exchange as bare messages, with this AUTHENTICATE_MESSAGE.
    pub(crate) fn run(&self, acceptor: &Acceptor, authenticate: &[u8]) -> Result<Context, Rejected> {
        let handshake = self.begin(acceptor, &self.negotiate)?;
        match handshake.accept(authenticate, self.now())? {
            Accept::Established { context, .. } => Ok(context),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    pub(crate) fn begin(&self, acceptor: &Acceptor, token: &[u8]) -> Result<Handshake, Rejected> {
        let opening = acceptor.begin();
        let opening = match &self.bindings {
            Some(bindings) => opening.channel_bindings(ChannelBindings::application_data(bindings.clone())),
            None => opening,
        };
        match opening.accept(token, self.now())? {
            Accept::NeedsToken { next, .. } => Ok(next),
            other => panic!("{}: {other:?}", self.name),
        }
    }

    /// The exchange in the tokens as they were sent.
    pub(crate) fn run_tokens(&self, acceptor: &Acceptor) -> Result<Context, Rejected> {
        let mut handshake = self.begin(acceptor, &self.tokens[0])?;
        for token in &self.tokens[1..] {
            handshake = match handshake.accept(token, self.now())? {
                Accept::Established { context, .. } => return Ok(context),
                Accept::NeedsToken { next, .. } => next,
                other => panic!("{}: {other:?}", self.name),
            };
        }
        panic!("{}: another token is wanted", self.name);
    }
}

pub(crate) fn front_door(ntlm: ntlm::Acceptor) -> Acceptor {
    Acceptor::builder().ntlm(ntlm).build().unwrap()
}

pub(crate) fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/ntlm");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let cases: Vec<_> = files.iter().map(|path| read(path)).collect();
    assert!(cases.len() >= 161, "there were 161, and now {}", cases.len());
    cases
}

fn read(path: &Path) -> Case {
    let mut case = Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..Case::default() };
    let base64 = |text: &str| Base64::decode_vec(text).unwrap();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        if let Some(token) = line.strip_prefix("> ") {
            case.tokens.push(base64(token));
            continue;
        }
        if line.starts_with("< ") {
            continue;
        }
        let (field, value) = line.split_once(": ").unwrap_or_else(|| panic!("{}: {line}", case.name));
        match field {
            "expect" => case.refusal = value.strip_prefix("refuse ").map(str::to_owned),
            "source" => {}
            "basis" => case.is_disputed = true,
            "door" => case.door = Some(value.to_owned()),
            "now" => case.now = value.replace('.', "").parse().unwrap(),
            "password" => case.password = value.to_owned(),
            "bindings" => case.bindings = Some(unhex(value)),
            "session-key" => case.session_key = Some(unhex(value)),
            "mic" => case.mic_at = Some(value.parse().unwrap()),
            "negotiate" => case.negotiate = base64(value),
            "challenge" => case.challenge = base64(value),
            "authenticate" => case.authenticate = base64(value),
            "message" => case.messages.push(message(value)),
            _ => panic!("{}: {line}", case.name),
        }
    }
    case
}

fn message(value: &str) -> Message {
    let parts: Vec<_> = value.split(' ').collect();
    let [sender, kind, plain, token] = parts[..] else { panic!("{value}") };
    Message {
        from_initiator: sender == "initiator",
        is_mic: kind == "mic",
        plain: if plain == "-" { Vec::new() } else { unhex(plain) },
        token: unhex(token),
    }
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    assert!(pairs.remainder().is_empty());
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
