//! What a person would want to know of a token, and what to do.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use super::decrypt::Opened;
use super::tree::{FLAW, Tree};
use super::{Options, numbers, pac, token};
use crate::gss::Oid;
use crate::time::Timestamp;

/// How far clocks may be apart before it is worth a word (RFC 4120 section 8.2).
const SKEW: Duration = Duration::from_secs(300);

/// All that is worth a word, the most important first.
pub(super) fn of(tree: &Tree, token: &[u8], opened: &Opened, options: &Options<'_>) -> Vec<String> {
    let mut hints = Vec::new();
    let facts = Facts { tree, token };
    hints.extend(facts.ntlm());
    facts.mechanisms(&mut hints);
    hints.extend(facts.error());
    hints.extend(facts.answer());
    facts.request(&mut hints);
    hints.extend(opened.remarks.iter().cloned());
    hints.extend(pac::hints(tree, token.len()));
    if let Some(now) = options.now {
        clocks(opened, now, &mut hints);
    }
    if let Some(flaw) = tree.of_kind(FLAW).next().and_then(|index| tree.node(index)) {
        let why = flaw.value.as_deref().unwrap_or_default();
        hints.push(format!("the token is not sound, first at octet {}: {why}", flaw.range.start));
    }
    hints
}

struct Facts<'t> {
    tree: &'t Tree,
    token: &'t [u8],
}

impl Facts<'_> {
    /// The content of a node that is an OBJECT IDENTIFIER.
    fn is(&self, index: usize, oid: Oid<'_>) -> bool {
        let octets = self.tree.node(index).and_then(|node| self.token.get(node.range.clone()));
        octets.is_some_and(|octets| octets.ends_with(oid.as_octets()) && octets.len() < 128)
    }

    fn first(&self, kind: &str) -> Option<usize> {
        self.tree.of_kind(kind).next()
    }

    fn ntlm(&self) -> Option<String> {
        Some(match token::NTLM_MESSAGES.into_iter().find(|kind| self.first(kind).is_some())? {
            "CHALLENGE_MESSAGE" => "this is NTLM's challenge: the server offered NTLM, or took it".to_string(),
            _ => "this is NTLM: the browser had no ticket for this host name. Either no account has the SPN HTTP/<host name> \
                 (an IP address or an alias in the URL never has), or the site is not among those it sends tickets to, \
                 or the client could not reach a KDC or is not logged on to the domain"
                .to_string(),
        })
    }

    /// What the list of mechanisms tells of the client.
    fn mechanisms(&self, hints: &mut Vec<String>) {
        if self.first("NEGOEXTS").is_some() {
            hints.push("the optimistic token is NegoEx's, which only Windows' own servers speak: ask for the next mechanism (request-mic)".to_string());
        }
        let list = self.first("MechTypeList");
        let Some(first) = list.and_then(|list| self.tree.child(list, "[0]")) else { return };
        if self.is(first, Oid::NEGOEX) {
            hints.push("NegoEx is offered first, as Windows does when it may use PKU2U or a Microsoft account: an acceptor without it chooses the next mechanism".to_string());
        }
        if self.is(first, Oid::NTLMSSP) {
            hints.push("NTLM is the client's first choice: it had no ticket, or would rather not use it".to_string());
        }
        if self.is(first, Oid::KRB5_MICROSOFT) {
            hints.push("the first mechanism is Kerberos under Microsoft's misspelt OID 1.2.840.48018.1.2.2: a Windows client, or one that imitates it; it means Kerberos V5".to_string());
        }
        let init = self.first("NegTokenInit");
        if init.is_some_and(|init| self.tree.child(init, "mechToken").is_none()) {
            hints.push("no optimistic token: the client waits to be told which mechanism to use".to_string());
        }
        if init.is_some_and(|init| self.tree.child(init, "negHints").is_some()) {
            hints.push(
                "this is NegTokenInit2, with which a server speaks first (SMB): its hintName means nothing".to_string(),
            );
        }
    }

    /// Tokens that come from the acceptor, or at least are not the first.
    fn answer(&self) -> Option<String> {
        if let Some(response) = self.first("NegTokenResp") {
            let state = self.tree.child(response, "negState").and_then(|state| self.tree.number(state));
            let who = "this is an answer (NegTokenResp), not a client's first token";
            return Some(match state {
                Some(0) => format!("{who}: the context is established"),
                Some(1) => format!("{who}: another token is due"),
                Some(2) => format!("{who}: the negotiation was rejected; the reason is in the acceptor's log"),
                Some(3) => format!(
                    "{who}: another mechanism than the first was chosen, and MICs over the list must be exchanged"
                ),
                _ => format!("{who}: without negState, as initiators send it"),
            });
        }
        self.first("AP-REP").map(|_| "this is an AP-REP: the service proves that it could open the ticket".to_string())
    }

    fn error(&self) -> Option<String> {
        let error = self.first("KRB-ERROR")?;
        let code = self.tree.child(error, "error-code").and_then(|code| self.tree.number(code))?;
        let name = numbers::error_code(code).unwrap_or("no code of RFC 4120".into());
        let meaning = numbers::error_meaning(code).map(|meaning| format!(": {meaning}")).unwrap_or_default();
        let clocks = self.clocks_of_error(error).filter(|_| code == 37).unwrap_or_default();
        Some(format!(
            "this is an error, {name} ({code}){meaning}{clocks}. It is not authenticated: anyone on the way can forge it"
        ))
    }

    fn clocks_of_error(&self, error: usize) -> Option<String> {
        let time = |name| self.tree.node(self.tree.child(error, name)?)?.value.clone();
        let stime = time("stime")?;
        Some(match time("ctime") {
            Some(ctime) => format!(" (the client's said {ctime}, the server's {stime})"),
            None => format!(" (the server's said {stime})"),
        })
    }

    /// What is to be said of an AP-REQ before anything is opened.
    fn request(&self, hints: &mut Vec<String>) {
        let Some(request) = self.first("AP-REQ") else { return };
        let frames: Vec<_> = self.tree.of_kind("InitialContextToken").collect();
        if frames.is_empty() {
            hints.push("the AP-REQ comes without GSS-API's frame: only DCE style does without it".to_string());
        }
        let microsoft =
            |frame: &usize| self.tree.child(*frame, "thisMech").is_some_and(|oid| self.is(oid, Oid::KRB5_MICROSOFT));
        if frames.iter().any(microsoft) {
            hints.push(
                "the Kerberos token itself is framed with Microsoft's misspelt OID: Windows does so after offering it"
                    .to_string(),
            );
        }
        let number = |path: &[&str]| self.tree.at(request, path).and_then(|index| self.tree.number(index));
        let text = |path: &[&str]| self.tree.at(request, path).and_then(|index| self.tree.node(index)?.value.clone());
        match number(&["ticket", "enc-part", "etype"]) {
            Some(23) => hints.push("the ticket is encrypted with rc4-hmac, which acceptors refuse by default: give the service's account AES keys (msDS-SupportedEncryptionTypes) and renew the keytab".to_string()),
            Some(1 | 2 | 3 | 16 | 24) => hints.push("the ticket is encrypted with a type that is no longer implemented: give the service's account AES keys and renew the keytab".to_string()),
            _ => {}
        }
        if let Some(service) = text(&["ticket", "sname"]).filter(|name| name.starts_with("krbtgt/")) {
            hints.push(format!("the ticket is for {service}, the KDC itself: no application can accept it"));
        }
        if text(&["ap-options"]).is_some_and(|options| options.contains("use-session-key")) {
            hints.push(
                "user-to-user: the ticket is under the session key of another ticket, which no keytab has".to_string(),
            );
        }
    }
}

/// The client's clock and the ticket's life against the time given.
fn clocks(opened: &Opened, now: Timestamp, hints: &mut Vec<String>) {
    if let Some(client) = opened.client_time {
        let apart = client.distance(now);
        let direction = if client < now { "behind" } else { "ahead" };
        let seconds = apart.as_secs();
        if apart > SKEW {
            hints.push(format!("the authenticator's clock is {seconds} s {direction} ({client}, judged at {now}): beyond the usual 300 s, it is refused as skew; old tokens look so, too"));
        } else {
            hints.push(format!("the authenticator's clock is {seconds} s {direction}: within the usual 300 s"));
        }
    }
    let Some(life) = &opened.life else { return };
    if now > life.end {
        hints.push(format!("the ticket has expired at {}", life.end));
    } else if now < life.start {
        hints.push(format!("the ticket is not valid before {}", life.start));
    }
}
