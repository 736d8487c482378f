//! The front door of a client, and a server that says what it likes.

use negotiate::asn1::OctetString;
use negotiate::gss::Oid;
use negotiate::ntlm::Details;
use negotiate::ntlm::message::{
    AuthenticateMessage, AvFlags, AvId, AvPairs, Challenge, ChallengeMessage, NegotiateFlags, NegotiateMessage,
};
use negotiate::ntlm::response::ExportedSessionKey;
use negotiate::ntlm::session_security::{Negotiated, Role, SessionSecurity};
use negotiate::spnego::message::{NegState, NegTokenResp, NegotiationToken};
use negotiate::{Accept, AccountAnswer, Context, Initiate, Initiator, Peer};

use super::logins::NOW;
use super::ntlm_logins::{
    ACCEPTORS, CHALLENGE, CHANNEL, Choices, Edits, HASH, account, alice, bare, front_door, offer, proven, session_key,
    v2,
};

/// Bits of the first octet: 0x01 bare, 0x0e what the client was told, 0x10 the acceptor is this crate's, and what it says is
/// edited, 0x20 the input is what is in a CHALLENGE_MESSAGE, before the tokens of the input.
///
/// What goes out is sound and tells the server nothing that it may not know; the login is made only once the server has
/// said what SPNEGO wants of it.
pub fn ntlm_initiator(octets: &[u8]) {
    client_logs_in(octets);
}

/// The same, and whether the client took the login for made.
pub fn client_logs_in(octets: &[u8]) -> bool {
    let mut choices = Choices(octets);
    let Some(choice) = choices.next() else { return false };
    let (is_bare, policy) = (choice & 1 != 0, choice >> 1 & 7);
    let initiator = front_door(told(policy), is_bare);
    let mut client =
        Client { is_bare, is_v2: !(4..6).contains(&policy), sent: Vec::new(), came: Vec::new(), last: None };
    if choice & 0x10 != 0 {
        client.edited(&initiator, &Edits(choices.0))
    } else {
        client.tokens(&initiator, choice, choices)
    }
}

/// What the client was told, by a number below 8.
fn told(policy: u8) -> negotiate::ntlm::Initiator {
    match policy {
        0 => alice(),
        1 => alice().without_confidentiality(),
        2 => alice().without_message_protection(),
        3 => alice().require_confidentiality(),
        4 => alice().dangerous().use_ntlmv1(),
        5 => alice().dangerous().use_ntlmv1().dangerous().allow_weak_session_security(),
        6 => alice().dangerous().allow_no_target_info().dangerous().allow_no_timestamp(),
        _ => {
            alice().dangerous().omit_ties().dangerous().allow_weak_session_security().dangerous().allow_no_target_info()
        }
    }
}

struct Client {
    is_bare: bool,
    is_v2: bool,
    /// The messages of NTLM that the client sent, and the one that came.
    sent: Vec<Vec<u8>>,
    came: Vec<Vec<u8>>,
    /// The tokens that the client sent first and that came last.
    last: Option<(Vec<u8>, Vec<u8>)>,
}

impl Client {
    /// A server that says what is in the input.
    fn tokens(&mut self, initiator: &Initiator, choice: u8, mut choices: Choices<'_>) -> bool {
        let challenge = (choice & 0x20 != 0).then(|| challenge(self.is_bare, &mut choices)).flatten();
        let mut tokens = challenge.into_iter();
        self.run(initiator, |_| match tokens.next() {
            Some(token) => Some(token),
            None => (!choices.0.is_empty()).then(|| choices.octets().to_vec()),
        })
    }

    /// This crate's acceptor, with edits of what it says.
    fn edited(&mut self, initiator: &Initiator, edits: &Edits<'_>) -> bool {
        let (mut next, mut number) = (None, 0);
        let is_kept = edits.0.len() < 4;
        let is_bare = self.is_bare;
        let is_in = self.run(initiator, |token| {
            let step = match next.take() {
                Some(next) => negotiate::Handshake::accept(next, token, NOW),
                None => ACCEPTORS[1].begin().channel_bindings(CHANNEL.clone()).accept(token, NOW),
            };
            let step = match step {
                Ok(Accept::NeedsAccount(query)) => query.continue_with(AccountAnswer::nt_hash(account(), &HASH), NOW),
                step => step,
            };
            let told = match step {
                Ok(Accept::NeedsToken { token, next: waits }) => {
                    next = Some(waits);
                    token
                }
                Ok(Accept::Established { token, .. }) => token?,
                _ => return None,
            };
            number += 1;
            Some(edits.apply(number - 1, &told))
        });
        assert!(is_in || !is_kept, "a sound login does not end, bare: {is_bare}");
        is_in
    }

    fn run(&mut self, initiator: &Initiator, mut server: impl FnMut(&[u8]) -> Option<Vec<u8>>) -> bool {
        let mut step = initiator.initiate(NOW).unwrap();
        let mut first = None;
        loop {
            match step {
                Initiate::NeedsToken { token, next } => {
                    self.note(&token);
                    let first = first.get_or_insert_with(|| token.clone());
                    let Some(told) = server(&token) else { return false };
                    self.came.extend(bare(&told).map(<[u8]>::to_vec));
                    self.last = Some((first.clone(), told.clone()));
                    step = match next.step(&told, NOW) {
                        Ok(step) => step,
                        Err(error) => {
                            let line = error.to_string();
                            assert!(!line.is_empty() && !line.chars().any(char::is_control), "not a line: {line:?}");
                            return false;
                        }
                    };
                }
                Initiate::Established { token, mut context } => {
                    token.iter().for_each(|token| self.note(token));
                    self.compare(&mut context, token.as_deref());
                    return true;
                }
            }
        }
    }

    /// A message that goes out.
    fn note(&mut self, token: &[u8]) {
        let Some(message) = bare(token) else { return };
        match self.sent.len() {
            0 => {
                let read = NegotiateMessage::parse(message).unwrap();
                assert_eq!(read.meaning().encode().as_deref(), Ok(message));
                assert!(
                    read.meaning().domain_name.is_empty() && read.meaning().workstation.is_empty(),
                    "it says too much"
                );
            }
            _ => self.authenticate(message),
        }
        self.sent.push(message.to_vec());
        assert!(self.sent.len() <= 2, "two answers to one challenge");
    }

    fn authenticate(&self, message: &[u8]) {
        let read = AuthenticateMessage::parse(message).unwrap();
        assert_eq!(read.meaning().encode().as_deref(), Ok(message), "another layout than its own");
        let challenge = ChallengeMessage::parse(self.came.last().unwrap()).unwrap();
        let (challenge, offered) =
            (challenge.meaning(), NegotiateMessage::parse(&self.sent[0]).unwrap().meaning().flags);
        let own = NegotiateFlags::TARGET_INFO | NegotiateFlags::VERSION | NegotiateFlags::REQUEST_TARGET;
        assert_eq!(read.meaning().flags.without(offered & challenge.flags).without(own), NegotiateFlags::NONE);
        if !self.is_v2 {
            return assert_eq!(read.meaning().nt_challenge_response.len(), 24);
        }
        let base = proven(read.meaning(), &challenge.server_challenge, &HASH);
        let exchange = base.unwrap_or_else(|| unreachable!("a wrong proof")).key_exchange_key();
        let sent = if challenge.target_info.is_empty() { None } else { challenge.av_pairs().unwrap() };
        let response = v2(&read).unwrap();
        let has_mic = has_own_pairs(sent.as_ref(), &response.client_challenge.av_pairs);
        assert_eq!(read.mic().is_some(), has_mic, "announced is another thing than done");
        if let Some(mic) = read.mic() {
            let exported = session_key(&exchange, read.meaning().flags, read.meaning().encrypted_random_session_key);
            let verified = ExportedSessionKey::new(exported).verify_mic(
                &self.sent[0],
                self.came.last().unwrap(),
                message,
                mic.before.len(),
            );
            assert_eq!(verified, Ok(()), "a wrong MIC");
        }
        assert!(!has_mic || read.meaning().lm_challenge_response == [0; 24], "an LMv2 response beside a MIC");
    }

    /// The login is made: the server has the last word in SPNEGO, and none without.
    fn compare(&self, context: &mut Context, token: Option<&[u8]>) {
        assert!(matches!(context.peer(), Peer::Service(_)));
        let [negotiate, authenticate] = &self.sent[..] else { unreachable!("{} messages", self.sent.len()) };
        let message = AuthenticateMessage::parse(authenticate).unwrap();
        let details = context.details::<Details>().unwrap().clone();
        let offered = NegotiateMessage::parse(negotiate).unwrap().meaning().flags;
        assert_eq!(details.flags, message.meaning().flags & offered);
        if self.is_v2 {
            let challenge = ChallengeMessage::parse(self.came.last().unwrap()).unwrap();
            let base = proven(message.meaning(), &challenge.meaning().server_challenge, &HASH).unwrap();
            let sent = message.meaning().encrypted_random_session_key;
            assert_eq!(context.session_key(), session_key(&base.key_exchange_key(), details.flags, sent));
        }
        if self.is_bare {
            return assert!(token.is_some_and(|token| token == authenticate), "another last word than the answer");
        }
        let (first, last) = self.last.as_ref().unwrap();
        let Ok(NegotiationToken::NegTokenResp(last)) = NegotiationToken::parse(last) else { unreachable!("no answer") };
        assert!(last.response_token.is_none() && last.supported_mech.is_none(), "said too late");
        let completed = last.neg_state == Some(NegState::AcceptCompleted);
        assert!(completed, "the server has not said that it is done");
        let signs = details.flags.contains(NegotiateFlags::SIGN) || details.flags.contains(NegotiateFlags::SEAL);
        assert!(last.mech_list_mic.is_some() || !(details.mic && signs), "the offer is not signed");
        if let Some(OctetString(signature)) = last.mech_list_mic {
            let key = ExportedSessionKey::new(context.session_key().try_into().unwrap());
            let negotiated = Negotiated::from_flags(details.flags.bits());
            let mut server = SessionSecurity::dangerous(&key, Role::Acceptor, &negotiated).unwrap();
            let list = offer(first).unwrap();
            if !negotiated.extended_session_security {
                // One state for both: the client has signed first.
                server.sign(&list).unwrap();
            }
            let expected = server.sign(&list).unwrap();
            let from = if negotiated.extended_session_security { 0 } else { 8 };
            assert_eq!(signature.get(from..), expected.get(from..), "a signature of something else");
        }
    }
}

/// The server's pairs as they came, and this side's own, each once; whether they announce a MIC.
fn has_own_pairs(sent: Option<&AvPairs<'_>>, made: &AvPairs<'_>) -> bool {
    let own = [AvId::FLAGS, AvId::SINGLE_HOST, AvId::TARGET_NAME, AvId::CHANNEL_BINDINGS];
    let Some(sent) = sent else {
        assert_eq!(made.values().count(), 0, "ties to a server without a name");
        return false;
    };
    let theirs = sent.values().filter(|(id, _)| !own.contains(id));
    assert!(theirs.eq(made.values().filter(|(id, _)| !own.contains(id))), "not as they were sent");
    let has_mic = sent.timestamp().is_some();
    // Whatever the server said there is not said again.
    assert_eq!(made.flags(), if has_mic { AvFlags::MIC } else { AvFlags::NONE }, "the server's flags");
    assert!(made.values().filter(|(id, _)| own.contains(id)).count() <= 4, "twice");
    let bindings = made.channel_bindings();
    assert!(bindings.is_none_or(|made| made == CHANNEL.hash().as_octets()), "the server's bindings");
    let name = made.target_name().map(|name| name.chars().collect::<String>());
    assert!(name.is_none_or(|name| name == "HTTP/web.ad.example.test"), "the server's name");
    has_mic
}

/// Four octets by which the usual flags are changed, then TargetInfo.
fn challenge(is_bare: bool, choices: &mut Choices<'_>) -> Option<Vec<u8>> {
    let (high, low) = (choices.u16(), choices.u16());
    let changed = u32::from(high) << 16 | u32::from(low);
    let flags = NegotiateFlags::from_bits(USUAL ^ changed);
    let target_info = choices.octets();
    let message = Challenge { target_name: &[], flags, server_challenge: CHALLENGE, target_info, version: None };
    let message = message.encode().ok()?;
    if is_bare {
        return Some(message);
    }
    let response = NegTokenResp {
        neg_state: Some(NegState::AcceptIncomplete),
        supported_mech: Some(Oid::NTLMSSP),
        response_token: Some(OctetString(&message)),
        ..NegTokenResp::default()
    };
    NegotiationToken::NegTokenResp(response).to_der().ok()
}

/// UNICODE, SIGN, SEAL, NTLM, `ALWAYS_SIGN`, extended session security, `TARGET_INFO`, 128 bits, key exchange.
const USUAL: u32 = 0x6088_8231;
