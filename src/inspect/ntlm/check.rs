//! Whether an AUTHENTICATE_MESSAGE answers the challenge that was given, and with the password that was given.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Write;
use core::iter;
use core::ops::Range;

use super::login::{Echo, Login};
use super::proofs::{Account, Lm, Scheme, exported};
use super::{Known, find, message_of};
use crate::inspect::Options;
use crate::inspect::escape::{all_hex, elided};
use crate::inspect::tree::{CHECK, Tree};
use crate::ntlm::message::{ChallengeMessage, NegotiateFlags, NegotiateMessage, NtResponse};
use crate::ntlm::response::{ExportedSessionKey, SessionBaseKey};

/// Adds what can be checked to the tree, below a node of the kind `check`, and says how it ended.
pub(super) fn check(tree: &mut Tree, token: &[u8], options: &Options<'_>) -> Option<String> {
    let known = &options.login;
    if known.challenge.is_none() && known.password.is_none() && known.nt_hash.is_none() {
        return None;
    }
    let Some((message, octets)) = find(tree, token, "AUTHENTICATE_MESSAGE") else {
        tree.unsound();
        return Some("nothing is checked: only an AUTHENTICATE_MESSAGE has responses".into());
    };
    let node = tree.node(message)?.range.clone();
    let node = tree.add(message, CHECK, CHECK, node);
    let outcome = known.read_challenge().and_then(|challenge| {
        let challenge = ChallengeMessage::parse(&challenge).map_err(|error| format!("the challenge: {error}"))?;
        let login = Login::new(challenge, octets).map_err(|error| format!("the message: {error}"))?;
        let account = known.account()?;
        let mut checking = Checking {
            tree: &mut *tree,
            message,
            node,
            login: &login,
            known,
            show_keys: options.show_keys,
            wrong: Vec::new(),
        };
        Ok(checking.in_a_line(account.as_ref()))
    });
    let outcome = outcome.unwrap_or_else(|why| {
        tree.unsound();
        format!("the response is not checked: {why}")
    });
    tree.set_value(node, outcome.clone());
    Some(outcome)
}

impl Known<'_> {
    fn read_challenge(&self) -> Result<Vec<u8>, String> {
        let challenge = self.challenge.ok_or("the challenge that it answers is needed")?;
        message_of(challenge, "CHALLENGE_MESSAGE").ok_or_else(|| "the challenge given is no CHALLENGE_MESSAGE".into())
    }

    fn account(&self) -> Result<Option<Account>, String> {
        match (self.nt_hash, self.password) {
            (Some(hash), _) => Ok(Some(Account::from_nt_hash(hash))),
            (None, Some(password)) => Account::from_password(password).map(Some).map_err(|error| error.to_string()),
            (None, None) => Ok(None),
        }
    }
}

struct Checking<'t, 'a> {
    tree: &'t mut Tree,
    /// The node of the message, and the one that the checks hang below.
    message: usize,
    node: usize,
    login: &'a Login<'a>,
    known: &'a Known<'a>,
    show_keys: bool,
    /// What was found wrong.
    wrong: Vec<&'static str>,
}

impl Checking<'_, '_> {
    /// How all checks ended.
    fn in_a_line(&mut self, account: Option<&Account>) -> String {
        let mut line = self.all(account);
        let others = self.wrong.iter().filter(|name| **name != "NtChallengeResponse");
        for (separator, name) in iter::once("; but see the check of ").chain(iter::repeat(", ")).zip(others) {
            line.push_str(separator);
            line.push_str(name);
        }
        line
    }

    /// Every check, and how that of the response ended.
    fn all(&mut self, account: Option<&Account>) -> String {
        self.echo();
        if self.login.is_anonymous() {
            let base = SessionBaseKey::null_session();
            let key = exported(self.login, &base.key_exchange_key());
            self.keys(&base, key);
            return "an anonymous login: there is no response to check".into();
        }
        let Some(account) = account else {
            return "the response is not checked: the password or its hash is needed".into();
        };
        let lm_fits = self.lm_response(account);
        match account.nt_response(self.login) {
            Some((scheme, base)) => {
                let how = match scheme {
                    Scheme::V2 => "right: NTLMv2, NTProofStr fits",
                    Scheme::V1 => "right: NTLMv1",
                    Scheme::V1Extended => "right: NTLMv1 with extended session security",
                };
                self.finding("NtChallengeResponse", true, how.into());
                let key = account.session_key(self.login, scheme, &base);
                self.keys(&base, key);
                "the response fits the password and the challenge".into()
            }
            None => self.misfit(lm_fits),
        }
    }

    /// There is no NtChallengeResponse that fits.
    fn misfit(&mut self, lm_fits: bool) -> String {
        let why = "the response does not fit: another password, another challenge, or names or response altered";
        let (how, line) = match self.login.nt {
            NtResponse::None if lm_fits => {
                return "the LM response fits the password and the challenge; there is no other".into();
            }
            NtResponse::None => ("none", "there is no response that fits".into()),
            NtResponse::V1(_) => ("wrong", why.into()),
            NtResponse::V2(_) => {
                ("wrong", format!("{why}. User and domain count as they were sent, but for the user's case"))
            }
        };
        self.finding("NtChallengeResponse", false, how.into());
        line
    }

    /// Whether it is right. Beside NTLMv2 nobody looks at it, and some clients send octets of chance.
    fn lm_response(&mut self, account: &Account) -> bool {
        let alone = self.login.nt == NtResponse::None;
        let (right, how) = match account.lm_response(self.login) {
            Lm::None => return false,
            Lm::V2(true) => (true, "right: LMv2"),
            Lm::V2(false) => (true, "not an LMv2 response of this password: beside NTLMv2 nobody looks at it"),
            Lm::V1(true) => (true, "right: LM"),
            Lm::V1(false) => (!alone, "not the LM response of this password"),
            Lm::SameAsNt => (true, "the NTLM response again"),
            Lm::NoLmHash => (true, "not checked: an LM response needs a password of at most 14 ASCII characters"),
        };
        self.finding("LmChallengeResponse", right, how.into());
        how.starts_with("right")
    }

    /// TargetInfo, which the response must repeat.
    fn echo(&mut self) {
        let (right, how) = match self.login.echo() {
            Ok(None) => return,
            Ok(Some(Echo::NoPairs)) => (true, "the challenge has no TargetInfo to repeat".to_string()),
            Ok(Some(Echo::Whole(count))) => {
                (true, format!("right: each of the challenge's {count} AV_PAIRs is repeated"))
            }
            Ok(Some(Echo::Broken(ids))) => {
                let mut how = "wrong: not repeated as the challenge has it:".to_string();
                for id in ids {
                    let _ = write!(how, " {id}");
                }
                (false, how)
            }
            Err(error) => (false, format!("not checked: the challenge's TargetInfo: {error}")),
        };
        self.finding("TargetInfo", right, how);
    }

    /// The session keys, and the MIC that is made with one of them.
    fn keys(&mut self, base: &SessionBaseKey, exported: Result<ExportedSessionKey, String>) {
        self.key("SessionBaseKey", base.expose());
        match exported {
            Ok(key) => {
                self.key("ExportedSessionKey", key.expose());
                self.mic(&key);
            }
            Err(why) => self.finding("ExportedSessionKey", false, format!("not known: {why}")),
        }
    }

    fn key(&mut self, name: &'static str, octets: &[u8; 16]) {
        let range = self.range("NtChallengeResponse");
        let node = self.tree.add(self.node, "octets", name, range);
        self.tree.set_value(node, if self.show_keys { all_hex(octets) } else { elided(octets) });
    }

    fn mic(&mut self, key: &ExportedSessionKey) {
        if !self.login.announces_mic() {
            return;
        }
        let mic = match self.login.authenticate.announced_mic() {
            Ok(mic) => mic,
            Err(error) => return self.finding("MIC", false, format!("wrong: {error}")),
        };
        // A login without connection begins with the challenge ([MS-NLMP] section 3.1.5.2.1).
        let connectionless = self.login.flags().contains(NegotiateFlags::DATAGRAM);
        let negotiate = match self.known.negotiate.map(|given| message_of(given, "NEGOTIATE_MESSAGE")) {
            Some(Some(negotiate)) if NegotiateMessage::parse(&negotiate).is_ok() => negotiate,
            Some(_) => return self.finding("MIC", false, "not checked: what was given is no NEGOTIATE_MESSAGE".into()),
            None if connectionless => Vec::new(),
            None => return self.finding("MIC", true, "not checked: the NEGOTIATE_MESSAGE is needed".into()),
        };
        let (challenge, authenticate) = (self.login.challenge.octets(), self.login.authenticate.octets());
        match key.verify_mic(&negotiate, challenge, authenticate, mic.before.len()) {
            Ok(()) => self.finding("MIC", true, "right: the three messages are as they were sent".into()),
            Err(_) => self.finding(
                "MIC",
                false,
                "wrong: one of the three messages was altered, or is of another login".into(),
            ),
        }
    }

    fn finding(&mut self, name: &'static str, right: bool, how: String) {
        let range = self.range(name);
        let node = self.tree.add(self.node, CHECK, name, range);
        self.tree.set_value(node, how);
        if !right {
            self.wrong.push(name);
            self.tree.unsound();
        }
    }

    /// Where the field stands that a finding is about.
    fn range(&self, name: &str) -> Range<usize> {
        let path: &[&str] = match name {
            "TargetInfo" => &["NtChallengeResponse", "NTLMv2_CLIENT_CHALLENGE", "AvPairs"],
            "ExportedSessionKey" => &["EncryptedRandomSessionKey"],
            _ => &[name],
        };
        let field = self.tree.at(self.message, path).unwrap_or(self.message);
        self.tree.node(field).map_or(0..0, |node| node.range.clone())
    }
}
