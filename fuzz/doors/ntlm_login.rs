//! The front door, for logins by NTLM: what a client without the password can say, and one that has it.

use negotiate::acceptor::{AccountQuery, Handshake};
use negotiate::ntlm::message::{
    Authenticate, AuthenticateMessage, AvFlags, AvId, ChallengeMessage, Negotiate, NegotiateFlags, Version,
};
use negotiate::ntlm::response::{ExportedSessionKey, NtHash, SessionBaseKey};
use negotiate::ntlm::{Details, Proof};
use negotiate::{Accept, AccountAnswer, Context, Initiate, Mechanism, Peer, Rejected, Timestamp};

use super::logins::{NOW, check_refusal};
use super::ntlm_logins::{
    ACCEPTORS, CHALLENGE, CHANNEL, Choices, Edits, HASH, account, alice, bare, controllers_account, front_door, offer,
    proven, session_key, v2,
};

/// What the store says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Answer {
    Known,
    Unknown,
    /// The account, but the hash of another password.
    Other,
    /// A domain controller's word, which is that the login is right.
    Verified,
    Refused,
    Unavailable,
}

/// What a sequence of tokens came to.
#[derive(Debug, Eq, PartialEq)]
enum End {
    /// The server waits for more.
    Open,
    In,
    /// What the operator and what the peer learns of it.
    Out(&'static str, String, Option<Vec<u8>>),
}

/// Bits of the first octet: 0x01 bare, 0x02 all dangers allowed, 0x04 tokens of the input (else those of an initiator, edited),
/// 0x08 the client knows the password and says whatever the input wants, 0x70 what the store answers.
///
/// Nobody gets in but by the password, or because the domain controller says so, and then as whom the store says; what was
/// changed on the way keeps a login out; a wrong password and an unknown user are refused alike.
pub fn ntlm_login(octets: &[u8]) {
    logs_in(octets);
}

/// The same, and whether somebody was logged in.
pub fn logs_in(octets: &[u8]) -> bool {
    let mut choices = Choices(octets);
    let Some(choice) = choices.next() else { return false };
    let answer = match choice >> 4 & 7 {
        0..3 => Answer::Known,
        3 => Answer::Unknown,
        4 => Answer::Verified,
        5 => Answer::Refused,
        6 => Answer::Unavailable,
        _ => Answer::Other,
    };
    let run = |answer| Server::new(choice, answer).run(choice, choices.0);
    match answer {
        Answer::Unknown | Answer::Other => {
            let end = run(Answer::Unknown);
            assert_eq!(end, run(Answer::Other), "a wrong password is another thing than an unknown user");
            end == End::In
        }
        answer => run(answer) == End::In,
    }
}

/// One connection.
struct Server {
    answer: Answer,
    is_lenient: bool,
    next: Option<Handshake>,
    /// The messages of NTLM as they came, the CHALLENGE_MESSAGE in between.
    came: Vec<Vec<u8>>,
    /// Whether the pass-through was asked, and lied.
    believed: bool,
}

enum Step {
    Told(Vec<u8>),
    End(End),
}

impl Server {
    fn new(choice: u8, answer: Answer) -> Self {
        Self { answer, is_lenient: choice & 2 != 0, next: None, came: Vec::new(), believed: false }
    }

    fn run(mut self, choice: u8, input: &[u8]) -> End {
        match (choice & 8 != 0, choice & 4 != 0) {
            (true, _) => self.insider(input),
            (false, true) => self.tokens(input),
            (false, false) => self.edited(choice & 1 != 0, &Edits(input)),
        }
    }

    /// Tokens that are in the input.
    fn tokens(&mut self, input: &[u8]) -> End {
        let mut choices = Choices(input);
        while !choices.0.is_empty() {
            if let Step::End(end) = self.take(choices.octets()) {
                return end;
            }
        }
        End::Open
    }

    /// What an initiator says, with edits.
    fn edited(&mut self, is_bare: bool, edits: &Edits<'_>) -> End {
        let Ok(Initiate::NeedsToken { mut token, next }) = front_door(alice(), is_bare).initiate(NOW) else {
            unreachable!("nothing to say")
        };
        let mut next = Some(next);
        let (mut is_changed, mut is_kept) = (false, true);
        for number in 0.. {
            let sent = edits.apply(number, &token);
            is_changed |= bare(&sent) != bare(&token) || offer(&sent) != offer(&token);
            is_kept &= sent == token;
            let told = match self.take(&sent) {
                Step::Told(told) => told,
                Step::End(end) => {
                    let lets_in = matches!(self.answer, Answer::Known | Answer::Verified);
                    assert!(end == End::In || !is_kept || !lets_in, "a sound login is refused: {end:?}");
                    // The MIC is over all of it, and the proof over the flag that says so.
                    let lies = self.believed || self.is_anonymous();
                    assert!(end != End::In || !is_changed || lies, "changed on the way, and not noticed");
                    return end;
                }
            };
            (token, next) = match next.map(|next| next.step(&told, NOW)) {
                Some(Ok(Initiate::NeedsToken { token, next })) => (token, Some(next)),
                Some(Ok(Initiate::Established { token: Some(token), .. })) => (token, None),
                _ => break,
            };
        }
        End::Open
    }

    /// Whether the client made nobody of itself, to a server that takes nobody.
    fn is_anonymous(&self) -> bool {
        let last = self.came.last().and_then(|message| AuthenticateMessage::parse(message).ok());
        self.is_lenient && last.is_some_and(|message| message.meaning().user_name.is_empty())
    }

    /// Whoever has the password can prove anything: four octets of flags for each message, one of choices, then what the response
    /// is over.
    fn insider(&mut self, input: &[u8]) -> End {
        let Some((&[o0, o1, o2, o3, r0, r1, r2, r3, choice], temp)) = input.split_first_chunk() else {
            return End::Open;
        };
        let asked = NegotiateFlags::from_bits(u32::from_le_bytes([o0, o1, o2, o3]));
        let returned = NegotiateFlags::from_bits(u32::from_le_bytes([r0, r1, r2, r3]));
        let Ok(negotiate) = (Negotiate { flags: asked, version: Some(Version::SENT), ..Negotiate::default() }).encode()
        else {
            return End::Open;
        };
        let challenge = match self.take(&negotiate) {
            Step::Told(challenge) => challenge,
            Step::End(end) => return end,
        };
        let key = HASH.response_key("alice".encode_utf16(), "ADEX".encode_utf16());
        let proof = key.nt_proof(&CHALLENGE, temp);
        let new = ExportedSessionKey::new([7; 16]);
        let exchange = key.session_base_key(&proof).key_exchange_key();
        let effective = asked & returned & ChallengeMessage::parse(&challenge).unwrap().meaning().flags;
        let has_exchange = effective.contains(NegotiateFlags::KEY_EXCH);
        let wrapped =
            if has_exchange || choice & 4 != 0 { exchange.wrap_session_key(&new).to_vec() } else { Vec::new() };
        let exported = if has_exchange { new } else { exchange.exported_session_key() };
        let text = |text: &str| match returned.charset() {
            Ok(charset) => charset.encode(text, negotiate::ntlm::message::Field::UserName).unwrap(),
            Err(_) => Vec::new(),
        };
        let mut message = Authenticate {
            lm_challenge_response: &[0; 24],
            nt_challenge_response: &[&proof[..], temp].concat(),
            domain_name: &text("ADEX"),
            user_name: &text("alice"),
            workstation: &text("W"),
            encrypted_random_session_key: &wrapped,
            flags: returned,
            version: Some(Version::SENT),
            mic: (choice & 1 != 0).then_some([0; 16]),
        };
        let Ok(mut token) = message.encode() else { return End::Open };
        if choice & 3 == 1 {
            message.mic = Some(exported.mic(&[&negotiate, &challenge, &token]));
            token = message.encode().unwrap();
        }
        match self.take(&token) {
            Step::Told(told) => unreachable!("the last word is said: {told:x?}"),
            Step::End(end) => {
                assert!(end != End::In || choice & 3 == 1 || !announces_mic(&token), "a MIC of nothing");
                end
            }
        }
    }

    fn take(&mut self, token: &[u8]) -> Step {
        self.came.extend(bare(token).map(<[u8]>::to_vec));
        let step = match self.next.take() {
            Some(next) => next.accept(token, NOW),
            None => {
                ACCEPTORS[usize::from(self.is_lenient)].begin().channel_bindings(CHANNEL.clone()).accept(token, NOW)
            }
        };
        match step {
            Ok(Accept::NeedsAccount(query)) => {
                let step = self.answer(query);
                self.judge(step)
            }
            step => self.judge(step),
        }
    }

    fn answer(&mut self, query: AccountQuery) -> Result<Accept, Rejected> {
        let message = AuthenticateMessage::parse(self.came.last().unwrap()).unwrap();
        let (question, meaning) = (query.question(), message.meaning());
        assert_eq!(question.nt_response(), meaning.nt_challenge_response, "another response");
        assert_eq!(question.server_challenge(), &CHALLENGE, "another challenge");
        let base = proven(meaning, &CHALLENGE, &HASH);
        let answer = match self.answer {
            Answer::Known => AccountAnswer::nt_hash(account(), &HASH),
            Answer::Other => AccountAnswer::nt_hash(account(), &NtHash::new([1; 16])),
            Answer::Unknown => AccountAnswer::unknown(),
            Answer::Refused => AccountAnswer::refused(),
            Answer::Unavailable => AccountAnswer::unavailable(),
            Answer::Verified => {
                self.believed = base.is_none();
                let base = base.unwrap_or_else(|| SessionBaseKey::new([9; 16]));
                AccountAnswer::verified(controllers_account(), &base)
            }
        };
        query.continue_with(answer, NOW)
    }

    fn judge(&mut self, step: Result<Accept, Rejected>) -> Step {
        match step {
            Err(rejected) => {
                check_refusal(&rejected);
                Step::End(End::Out(rejected.error.kind(), rejected.error.to_string(), rejected.token))
            }
            Ok(Accept::NeedsToken { token, next }) => {
                assert!(!token.is_empty(), "nothing to say, and yet it waits");
                self.came.extend(bare(&token).map(<[u8]>::to_vec));
                self.next = Some(next);
                Step::Told(token)
            }
            Ok(Accept::Established { context, .. }) => {
                self.compare(&context);
                Step::End(End::In)
            }
            // Nobody here has a ticket, but the fuzzer may have been given one. Its door is another.
            Ok(Accept::NeedsReplayCheck(_)) => Step::End(End::Open),
            Ok(step) => unreachable!("{step:?}"),
        }
    }

    /// Whoever is in has proven it.
    fn compare(&self, context: &Context) {
        assert_eq!(context.mechanism(), Mechanism::Ntlm);
        let challenge = self.came.iter().rev().find_map(|message| ChallengeMessage::parse(message).ok()).unwrap();
        let message = self.came.iter().rev().find_map(|message| AuthenticateMessage::parse(message).ok()).unwrap();
        assert_eq!(challenge.meaning().server_challenge, CHALLENGE);
        let details = context.details::<Details>().unwrap();
        match (details.proof, context.peer()) {
            (Proof::NtlmV2, Peer::Ntlm(peer)) => {
                assert_eq!((self.answer, peer), (Answer::Known, &account()), "another than the store's");
                let base = proven(message.meaning(), &CHALLENGE, &HASH);
                let exchange = base.unwrap_or_else(|| unreachable!("in without the password")).key_exchange_key();
                let sent = message.meaning().encrypted_random_session_key;
                assert_eq!(context.session_key(), session_key(&exchange, details.flags, sent));
                let pairs = challenge.meaning().av_pairs().unwrap().unwrap();
                Self::is_for_this_server(&pairs, &message);
            }
            (Proof::PassThrough, Peer::Ntlm(peer)) => {
                assert_eq!((self.answer, peer), (Answer::Verified, &controllers_account()));
            }
            (Proof::Anonymous, Peer::Anonymous) => {
                assert!(self.is_lenient && message.meaning().user_name.is_empty(), "nobody, and nobody was allowed");
            }
            // Nobody here makes an NTLMv1 response: it would take the password, which no input has.
            (proof, peer) => unreachable!("{peer} is in by {proof:?}"),
        }
        let both = challenge.meaning().flags & message.meaning().flags;
        assert_eq!(details.flags.without(both), NegotiateFlags::NONE, "in effect, and not agreed on");
        let refused = NegotiateFlags::LM_KEY | NegotiateFlags::DATAGRAM;
        assert_eq!(details.flags & refused, NegotiateFlags::NONE);
    }

    /// What was sent came back, in time and over the right channel, and the MIC is there that was announced.
    fn is_for_this_server(sent: &negotiate::ntlm::message::AvPairs<'_>, message: &AuthenticateMessage<'_>) {
        let response = v2(message).unwrap();
        let back = response.client_challenge.av_pairs;
        for (id, value) in sent.values() {
            assert!(id == AvId::FLAGS || back.value(id) == Some(value), "{id}: not as it was sent");
        }
        let bindings = back.channel_bindings();
        assert!(bindings.is_none_or(|sent| sent == CHANNEL.hash().as_octets()), "another channel's");
        let made: Timestamp = response.client_challenge.time_stamp.to_timestamp();
        assert!(made.distance(NOW).as_secs() <= 36 * 3600, "of another day");
        assert!(!back.flags().contains(AvFlags::MIC) || message.announced_mic().is_ok(), "announced, and not there");
    }
}

fn announces_mic(token: &[u8]) -> bool {
    let message = AuthenticateMessage::parse(token).unwrap();
    v2(&message).is_some_and(|response| response.client_challenge.av_pairs.flags().contains(AvFlags::MIC))
}
