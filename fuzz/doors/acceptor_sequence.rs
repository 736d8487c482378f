//! The front door: what happens over several connections of one server, step by step.

use std::collections::BTreeSet;
use std::time::Duration;

use negotiate::acceptor::{HANDSHAKE_LIFETIME, Handshake, Opening, ReplayCheck};
use negotiate::asn1::OctetString;
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::MemoryReplayCache;
use negotiate::kerberos::testing::{Answer, Initiator, Login, Offer};
use negotiate::spnego::message::{NegTokenResp, NegotiationToken};
use negotiate::{Accept, Rejected, ReplayVerdict, Timestamp};

use super::logins::{ACCEPTOR, KEPT, NOW, check_refusal, kept_login};

/// A negotiation has so many messages of the initiator at most (RFC 4178 knows no number; this crate does).
pub const ROUNDS: usize = 8;

/// How far the clocks may be apart.
pub const SKEW: Duration = Duration::from_secs(300);

/// The way a kept login is sent: as it was minted, bare, or offered among others.
const OFFERS: [Option<&[Oid<'static>]>; 6] = [
    None,
    Some(&[Oid::KRB5]),
    Some(&[Oid::KRB5_MICROSOFT, Oid::KRB5]),
    Some(&[Oid::KRB5, Oid::NTLMSSP]),
    Some(&[Oid::NTLMSSP, Oid::KRB5]),
    Some(&[Oid::NEGOEX, Oid::NTLMSSP, Oid::KRB5_MICROSOFT]),
];

/// One server, its clock, its memory, and two connections.
struct Server {
    now: Timestamp,
    cache: MemoryReplayCache,
    connections: [Connection; 2],
    logged_in: BTreeSet<[u8; 16]>,
}

/// One connection, and both its ends.
#[derive(Default)]
struct Connection {
    waits_for: Waits,
    deadline: Option<Timestamp>,
    tokens: usize,
    /// What the cache took for new.
    fresh: Option<[u8; 16]>,
    /// The same, once somebody is logged in by it.
    logged_in: Option<[u8; 16]>,
    /// The kept login that was sent, the offer around it, and the acceptor's last word.
    login: u8,
    mech_list: Vec<u8>,
    told: Vec<u8>,
}

#[derive(Default)]
enum Waits {
    #[default]
    Nothing,
    FirstToken(Opening),
    Token(Handshake),
    Verdict(ReplayCheck),
}

/// A server under a sequence of steps that the input chooses: tokens (any octets, kept logins in all framings, the right
/// answer of an initiator), verdicts about replays, the clock set forth and back. No authenticator logs in twice, nobody
/// without the cache's word, nobody behind the deadline or after too many rounds.
pub fn acceptor_sequence(octets: &[u8]) {
    count_logins(octets);
}

/// The same, and how many were logged in at the end.
pub fn count_logins(octets: &[u8]) -> usize {
    let mut server = Server {
        now: NOW,
        cache: MemoryReplayCache::with_capacity(NOW.saturating_sub(SKEW), 64).with_client_quota(64),
        connections: Default::default(),
        logged_in: BTreeSet::new(),
    };
    let mut choices = Choices(octets);
    while let Some(choice) = choices.next() {
        server.step(choice, &mut choices);
    }
    server.logged_in.len()
}

/// What is left of the input. It runs out, and so the sequence ends.
struct Choices<'a>(&'a [u8]);

impl<'a> Choices<'a> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::from(self.next().unwrap_or(0)) % bound
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes([self.next().unwrap_or(0), self.next().unwrap_or(0)])
    }

    fn octets(&mut self) -> &'a [u8] {
        let length = usize::from(self.u16()).min(self.0.len());
        let (octets, rest) = self.0.split_at(length);
        self.0 = rest;
        octets
    }
}

impl Server {
    fn step(&mut self, choice: u8, choices: &mut Choices<'_>) {
        let Self { now, cache, connections, logged_in } = self;
        let connection = &mut connections[usize::from(choice >> 7)];
        match choice & 7 {
            0 => *connection = Connection { waits_for: Waits::FirstToken(ACCEPTOR.begin()), ..Connection::default() },
            1 => connection.send(choices.octets(), *now),
            2 => connection.log_in(choices, *now),
            3 => connection.answer(choices.below(2) == 1, *now),
            4 => connection.ask(cache, *now),
            5 => connection.refuse(choices.below(6), *now),
            6 => *now = Timestamp::from_seconds(now.as_seconds() + i64::from(choices.u16().cast_signed())),
            _ => connection.log_in_spoilt(choices, *now),
        }
        if let Some(fingerprint) = connection.logged_in.take() {
            assert!(logged_in.insert(fingerprint), "one authenticator, two logins");
        }
    }
}

impl Connection {
    /// Sends any octets as the next token.
    fn send(&mut self, token: &[u8], now: Timestamp) {
        let step = match std::mem::take(&mut self.waits_for) {
            Waits::FirstToken(opening) => opening.accept(token, now),
            Waits::Token(handshake) => handshake.accept(token, now),
            Waits::Nothing | Waits::Verdict(_) => return,
        };
        let deadline = *self.deadline.get_or_insert(now.saturating_add(HANDSHAKE_LIFETIME));
        self.tokens += 1;
        assert!(step.is_err() || (now <= deadline && self.tokens <= ROUNDS), "too late, or too often");
        self.take(step);
    }

    /// Sends a kept login; on a fresh connection and in time it must get as far as the replay question.
    fn log_in(&mut self, choices: &mut Choices<'_>, now: Timestamp) {
        let is_first = matches!(self.waits_for, Waits::FirstToken(_));
        let (number, login) = kept(choices);
        let offer = OFFERS[choices.below(OFFERS.len())].map(Offer::of);
        let is_mechanisms_turn = offer.as_ref().is_none_or(|offer| offer.mech_types[0] != Oid::NTLMSSP)
            && offer.as_ref().is_none_or(|offer| offer.mech_types[0] != Oid::NEGOEX);
        self.login = number;
        let login = Login { spnego: offer.or(login.spnego.clone()), ..login };
        self.mech_list = login.spnego.as_ref().map(|offer| offer.mech_type_list().unwrap()).unwrap_or_default();
        self.send(&login.encode().unwrap(), now);
        if is_first && now.distance(NOW) <= SKEW {
            let got = matches!(&self.waits_for, Waits::Verdict(_)) == is_mechanisms_turn;
            assert!(got && !matches!(&self.waits_for, Waits::Nothing), "a sound login is refused");
        }
    }

    /// Sends a kept token with one octet of it changed.
    fn log_in_spoilt(&mut self, choices: &mut Choices<'_>, now: Timestamp) {
        let mut token = KEPT[choices.below(KEPT.len())].token.to_vec();
        let at = usize::from(choices.u16()) % token.len();
        token[at] ^= choices.next().unwrap_or(1);
        self.send(&token, now);
    }

    /// Answers the acceptor's last word as a sound initiator does: with its mechanism token if it was asked for one, with the third
    /// leg of DCE style, with the signature of its offer.
    fn answer(&mut self, with_signature: bool, now: Timestamp) {
        let login = kept_login(self.login);
        let initiator = login.initiator().unwrap();
        let told = std::mem::take(&mut self.told);
        let Ok(NegotiationToken::NegTokenResp(resp)) = NegotiationToken::parse(&told) else {
            if let Ok(answer) = initiator.read(&told) {
                self.send(&initiator.third_leg(answer.seq_number).unwrap(), now);
            }
            return;
        };
        let Some(OctetString(token)) = resp.response_token else {
            let login = Login { spnego: None, ..login };
            let signature = initiator.mic(None, &self.mech_list);
            return self.send(&response(Some(&login.encode().unwrap()), with_signature.then_some(&signature)), now);
        };
        let Ok(answer) = initiator.read(token) else { return };
        let token = if InitialToken::is_framed(token) {
            response(None, Some(&self.signature(&initiator, &answer)))
        } else {
            let signature = self.signature(&initiator, &answer);
            response(Some(&initiator.third_leg(answer.seq_number).unwrap()), with_signature.then_some(&signature))
        };
        self.send(&token, now);
    }

    fn signature(&self, initiator: &Initiator, answer: &Answer) -> Vec<u8> {
        initiator.mic(Some(answer), &self.mech_list)
    }

    /// Asks the cache.
    fn ask(&mut self, cache: &MemoryReplayCache, now: Timestamp) {
        let Waits::Verdict(check) = std::mem::take(&mut self.waits_for) else { return };
        let fingerprint = *check.question().fingerprint();
        let step = check.use_cache(cache, now);
        self.fresh = step.is_ok().then_some(fingerprint);
        self.take(step);
    }

    /// Gives a verdict that is a refusal.
    fn refuse(&mut self, number: usize, now: Timestamp) {
        use ReplayVerdict::{BeforeMemory, ClientQuota, ClockSteppedBack, Full, Replayed, Unavailable};
        let Waits::Verdict(check) = std::mem::take(&mut self.waits_for) else { return };
        let verdict = [Replayed, BeforeMemory, ClockSteppedBack, Full, ClientQuota, Unavailable][number];
        let step = check.continue_with(verdict, now);
        assert!(step.is_err(), "{verdict:?}, and yet it goes on");
        self.take(step);
    }

    fn take(&mut self, step: Result<Accept, Rejected>) {
        match step {
            Err(rejected) => check_refusal(&rejected),
            Ok(Accept::NeedsToken { token, next }) => {
                assert!(!token.is_empty(), "nothing to say, and yet it waits");
                (self.told, self.waits_for) = (token, Waits::Token(next));
            }
            Ok(Accept::NeedsReplayCheck(check)) => {
                assert!(self.fresh.is_none(), "asked twice");
                self.waits_for = Waits::Verdict(check);
            }
            Ok(Accept::Established { context, .. }) => {
                self.logged_in = self.fresh.take();
                assert!(self.logged_in.is_some(), "nobody asked whether it is a replay");
                assert!(KEPT.iter().any(|kept| kept.user == context.peer().to_string()), "a stranger");
            }
            Ok(step) => unreachable!("{step:?}"),
        }
    }
}

/// A kept login that the input chooses.
fn kept(choices: &mut Choices<'_>) -> (u8, Login) {
    let number = u8::try_from(choices.below(KEPT.len())).unwrap();
    (number, kept_login(number))
}

fn response(token: Option<&[u8]>, signature: Option<&Vec<u8>>) -> Vec<u8> {
    let response = NegTokenResp {
        response_token: token.map(OctetString),
        mech_list_mic: signature.map(|octets| OctetString(octets)),
        ..NegTokenResp::default()
    };
    NegotiationToken::NegTokenResp(response).to_der().unwrap()
}
