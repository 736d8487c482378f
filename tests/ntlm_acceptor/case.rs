//! Recorded exchanges, from `test-vectors/ntlm` and from the folder that the environment names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::gss::ChannelBindings;
use negotiate::ntlm::message::FileTime;
use negotiate::ntlm::{self, NtHash, TargetInfo};
use negotiate::peer::Account;
use negotiate::{
    Accept, Acceptor, AccountAnswer, AccountQuestion, AccountStore, Context, Handshake, Rejected, Timestamp,
};
use serde_json::Value;

/// One recorded exchange.
#[derive(Clone, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) now: i64,
    pub(crate) password: String,
    pub(crate) negotiate: Vec<u8>,
    pub(crate) challenge: Vec<u8>,
    pub(crate) authenticate: Vec<u8>,
    /// The initiator's tokens as they were sent, where they are one exchange.
    pub(crate) tokens: Vec<Vec<u8>>,
    /// The application data of the acceptor's channel bindings.
    pub(crate) bindings: Option<Vec<u8>>,
    pub(crate) is_right: bool,
    pub(crate) session_key: Vec<u8>,
    pub(crate) mic_at: Option<usize>,
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

/// What an operator opened.
#[derive(Clone, Copy, Default)]
pub(crate) struct Doors {
    pub(crate) ntlmv1: bool,
    pub(crate) anonymous: bool,
    pub(crate) weak: bool,
}

/// The one account that there is, whatever name is asked for.
pub(crate) struct One(pub(crate) NtHash);

impl AccountStore for One {
    fn look_up(&self, _: &AccountQuestion<'_>) -> AccountAnswer {
        AccountAnswer::nt_hash(Account::new("STORE", "the account"), &self.0)
    }
}

impl Case {
    pub(crate) fn acceptor(&self, password: &str, doors: Doors) -> Acceptor {
        let target = TargetInfo::new("web.ad.example.com").unwrap();
        let ntlm = ntlm::Acceptor::new(target).accounts(One(NtHash::from_password(password).unwrap()));
        let ntlm = ntlm.dangerous().replay_challenge(&self.challenge).unwrap();
        Acceptor::builder().ntlm(doors.open(ntlm)).build().unwrap()
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

    fn begin(&self, acceptor: &Acceptor, token: &[u8]) -> Result<Handshake, Rejected> {
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

impl Doors {
    fn open(self, mut ntlm: ntlm::Acceptor) -> ntlm::Acceptor {
        if self.ntlmv1 {
            ntlm = ntlm.dangerous().allow_ntlmv1();
        }
        if self.anonymous {
            ntlm = ntlm.dangerous().allow_anonymous();
        }
        if self.weak {
            ntlm = ntlm.dangerous().allow_weak_session_security();
        }
        ntlm
    }
}

/// The cases of the shared folder, if there is one.
pub(crate) fn shared() -> Option<Vec<Case>> {
    let folder = std::env::var_os("NEGOTIATE_VECTORS")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors"), PathBuf::from);
    if !folder.is_dir() {
        println!("no vectors, no folder {}", folder.display());
        return None;
    }
    let mut cases: Vec<_> = std::fs::read_dir(folder.join("ntlm"))
        .expect("the folder is there, so is this one")
        .map(|entry| serde_json::from_slice::<Value>(&std::fs::read(entry.unwrap().path()).unwrap()).unwrap())
        .filter_map(|value| from_json(&value))
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    assert!(cases.len() > 100, "{} cases", cases.len());
    Some(cases)
}

fn from_json(value: &Value) -> Option<Case> {
    let ntlm = &value["ntlm"];
    let authenticate = octets(&ntlm["authenticate"]["hex"]);
    if authenticate.is_empty() {
        return None;
    }
    let verified = &value["verified"];
    let tokens: Vec<_> = value["legs"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|leg| leg["from"] == "initiator")
        .map(|leg| octets(&leg["hex"]))
        .collect();
    let bindings = match &value["channel_binding_acceptor"] {
        Value::Null => octets(&value["channel_binding_application_data"]),
        given => octets(given),
    };
    let messages = value["messages"].as_array().into_iter().flatten().map(|message| Message {
        from_initiator: message["sender"] == "initiator",
        is_mic: message["op"] == "mic",
        plain: octets(&message["plain"]),
        token: octets(&message["token"]),
    });
    Some(Case {
        name: value["name"].as_str().unwrap().to_owned(),
        now: now(value),
        password: value["password"].as_str().unwrap_or_default().to_owned(),
        negotiate: octets(&ntlm["negotiate"]["hex"]),
        challenge: octets(&ntlm["challenge"]["hex"]),
        authenticate,
        tokens,
        bindings: Some(bindings).filter(|octets| !octets.is_empty()),
        is_right: verified["ok"] == true,
        session_key: octets(&verified["exported_session_key"]),
        mic_at: ntlm["authenticate"]["mic_offset"]
            .as_u64()
            .filter(|_| verified["mic_present"] == true)
            .map(|at| at as usize),
        messages: messages.collect(),
    })
}

/// When it was recorded; two of them do not say, but for the challenge's own time.
fn now(value: &Value) -> i64 {
    match value["captured_at"].as_f64() {
        Some(seconds) => (seconds * 1e6) as i64,
        None => {
            let pairs = value["ntlm"]["challenge"]["target_info"].as_array().unwrap();
            let time = pairs.iter().find(|pair| pair["id"] == 7).unwrap()["value"].as_u64().unwrap();
            FileTime(time).to_timestamp().as_micros()
        }
    }
}

pub(crate) fn octets(value: &Value) -> Vec<u8> {
    unhex(value.as_str().unwrap_or_default())
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks_exact(2);
    assert!(pairs.remainder().is_empty());
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}
