//! The front doors of both sides: several clients and connections, by Kerberos and NTLM, and somebody who has all their tokens.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::LazyLock;

use negotiate::acceptor::{AccountQuery, HANDSHAKE_LIFETIME, Handshake, Opening, ReplayCheck};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::ntlm::message::{AuthenticateMessage, ChallengeMessage};
use negotiate::ntlm::response::{NtHash, SessionBaseKey};
use negotiate::ntlm::{self, TargetInfo};
use negotiate::random::{Randomness, Unavailable};
use negotiate::{
    Accept, Acceptor, AccountAnswer, Context, Initiate, Initiator, Mechanism, Peer, Rejected, ReplayVerdict, Timestamp,
    initiator,
};

use super::acceptor_sequence::{ROUNDS, SKEW};
use super::kerberos_initiator::ticket;
use super::logins::{KEPT, NOW, check_refusal, keytab};
use super::ntlm_logins::{CHANNEL, Choices, HASH, account, alice, bare, controllers_account, proven};

/// More steps than this say nothing new.
const STEPS: usize = 200;

thread_local! {
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// Other octets each time, and the same in each run.
struct Counting;

impl Randomness for Counting {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        let number = DRAWN.replace(DRAWN.get() + 1);
        let octets = number.to_be_bytes();
        out.iter_mut().zip(octets.iter().rev().cycle()).for_each(|(out, octet)| *out = *octet);
        Ok(())
    }
}

static ACCEPTOR: LazyLock<Acceptor> = LazyLock::new(|| {
    let names = TargetInfo::new("www.example.test").unwrap().with_netbios_domain("ADEX").unwrap();
    let ntlm = ntlm::Acceptor::new(names).randomness(Counting);
    Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab()).randomness(Counting)).ntlm(ntlm).build().unwrap()
});

/// Steps that the input chooses: of an octet the lowest four bits say what, the next two which client, the highest which
/// connection. Tokens go from clients to connections and back, to the wrong ones too, once more, changed, or out of the input;
/// questions are answered in every way; the clock goes forth and back.
///
/// No authenticator logs in twice. No response to one connection's challenge logs in on another. Nobody is in without the word
/// of the cache or of the store, and then as whom that says. A client that took the other side for proven has its key in common with
/// it. What nobody disturbs gets through.
pub fn crossed_logins(octets: &[u8]) {
    count_crossed(octets);
}

/// The same, and how many logins the server took.
pub fn count_crossed(octets: &[u8]) -> usize {
    DRAWN.set(0);
    let mut server = Server {
        now: NOW,
        cache: MemoryReplayCache::with_capacity(NOW.saturating_sub(SKEW), 64).with_client_quota(64),
        logged_in: BTreeSet::new(),
        proofs: BTreeSet::new(),
        keys: BTreeSet::new(),
        tokens: Vec::new(),
        tampered: false,
    };
    let (mut clients, mut connections): ([Client; 3], [Connection; 3]) = Default::default();
    let mut choices = Choices(octets);
    for _ in 0..STEPS {
        let Some(choice) = choices.next() else { break };
        let client = &mut clients[usize::from(choice >> 4 & 3) % 3];
        let connection = &mut connections[usize::from(choice >> 6) % 3];
        server.step(choice & 15, client, connection, &mut choices);
    }
    server.logged_in.len() + server.proofs.len()
}

/// What all connections have in common, and what somebody wrote down of them.
struct Server {
    now: Timestamp,
    cache: MemoryReplayCache,
    /// Authenticators that somebody is logged in by, and NTLM responses.
    logged_in: BTreeSet<[u8; 16]>,
    proofs: BTreeSet<Vec<u8>>,
    keys: BTreeSet<Vec<u8>>,
    tokens: Vec<Vec<u8>>,
    tampered: bool,
}

#[derive(Default)]
struct Client {
    next: Option<initiator::Handshake>,
    says: Vec<u8>,
    kind: u8,
    is_in: bool,
}

#[derive(Default)]
struct Connection {
    waits_for: Waits,
    says: Vec<u8>,
    deadline: Option<Timestamp>,
    tokens: usize,
    fresh: Option<[u8; 16]>,
    challenge: Vec<u8>,
    response: Vec<u8>,
    /// The same, if it is the password's to this connection's challenge.
    proof: Vec<u8>,
    believed: bool,
    peer: Option<Peer>,
    is_in: bool,
}

#[derive(Default)]
enum Waits {
    #[default]
    Nothing,
    FirstToken(Opening),
    Token(Handshake),
    Verdict(ReplayCheck),
    Account(AccountQuery),
}

impl Server {
    fn step(&mut self, what: u8, client: &mut Client, connection: &mut Connection, choices: &mut Choices<'_>) {
        match what {
            0 => connection.open(choices.next().unwrap_or(0)),
            1 => client.begin(choices.next().unwrap_or(0), self.now),
            2 => self.hand_in(client.says.clone(), connection),
            3 => self.hand_back(&connection.says.clone(), client),
            4 => self.hand_in(self.earlier(choices), connection),
            5 => self.hand_back(&self.earlier(choices), client),
            6 => {
                self.tampered = true;
                self.hand_in(choices.octets().to_vec(), connection);
            }
            7 => self.answer(choices.next().unwrap_or(0), connection),
            8 => self.verdict(choices.next().unwrap_or(0), connection),
            9 => self.now = Timestamp::from_seconds(self.now.as_seconds() + i64::from(choices.u16().cast_signed())),
            10 => self.change(&mut client.says, choices),
            11 => self.change(&mut connection.says, choices),
            _ => self.whole(client, connection, choices.next().unwrap_or(0)),
        }
    }

    /// A token that was under way before.
    fn earlier(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let number = usize::from(choices.next().unwrap_or(0));
        self.tokens.get(number.checked_rem(self.tokens.len()).unwrap_or(0)).cloned().unwrap_or_default()
    }

    fn change(&mut self, token: &mut Vec<u8>, choices: &mut Choices<'_>) {
        let (place, by) = (usize::from(choices.u16()), choices.next().unwrap_or(1));
        let Some(at) = place.checked_rem(token.len()) else { return };
        self.tampered = true;
        match by {
            0 => drop(token.remove(at)),
            _ => token[at] ^= by,
        }
    }

    /// A login from its first token to its last, with nobody in between. It gets through, if it is in time and no repetition.
    fn whole(&mut self, client: &mut Client, connection: &mut Connection, kind: u8) {
        connection.open(kind >> 7);
        client.begin(kind, self.now);
        let mut is_fresh = true;
        for _ in 0..ROUNDS {
            self.hand_in(client.says.clone(), connection);
            is_fresh &= !matches!(connection.waits_for, Waits::Verdict(_)) || self.ask(connection);
            self.answer(0, connection);
            if connection.is_in && client.is_in {
                break;
            }
            self.hand_back(&connection.says.clone(), client);
        }
        let in_time = self.now.distance(NOW) <= SKEW;
        assert!(!in_time || !is_fresh || (connection.is_in && client.is_in), "a login that nobody disturbed");
    }

    fn hand_in(&mut self, token: Vec<u8>, connection: &mut Connection) {
        let now = self.now;
        let step = match std::mem::take(&mut connection.waits_for) {
            Waits::FirstToken(opening) => opening.accept(&token, now),
            Waits::Token(handshake) => handshake.accept(&token, now),
            waits_for => return connection.waits_for = waits_for,
        };
        let deadline = *connection.deadline.get_or_insert(now.saturating_add(HANDSHAKE_LIFETIME));
        connection.tokens += 1;
        assert!(step.is_err() || (now <= deadline && connection.tokens <= ROUNDS), "too late, or too often");
        connection.response = bare(&token).map(<[u8]>::to_vec).unwrap_or_default();
        self.tokens.push(token);
        self.take(step, connection);
    }

    fn hand_back(&mut self, token: &[u8], client: &mut Client) {
        let Some(next) = client.next.take() else { return };
        client.says.clear();
        let by_kerberos_alone = matches!(client.kind & 7, 2 | 3);
        client.take(next.step(token, self.now), |context| {
            // Whoever answered had the ticket's session key, so it had opened the ticket.
            let is_common = self.keys.contains(context.session_key()) || self.tampered;
            assert!(is_common || !by_kerberos_alone, "the server has another key");
        });
        self.tokens.push(client.says.clone());
    }

    /// Asks the cache, and whether it took it for new.
    fn ask(&mut self, connection: &mut Connection) -> bool {
        match std::mem::take(&mut connection.waits_for) {
            Waits::Verdict(check) => {
                let fingerprint = *check.question().fingerprint();
                let step = check.use_cache(&self.cache, self.now);
                connection.fresh = step.is_ok().then_some(fingerprint);
                self.take(step, connection);
                connection.fresh.is_some() || connection.is_in
            }
            waits_for => {
                connection.waits_for = waits_for;
                false
            }
        }
    }

    fn verdict(&mut self, number: u8, connection: &mut Connection) {
        use ReplayVerdict::{BeforeMemory, ClientQuota, ClockSteppedBack, Full, Replayed, Unavailable};
        let refusals = [Replayed, BeforeMemory, ClockSteppedBack, Full, ClientQuota, Unavailable];
        let Some(verdict) = usize::from(number).checked_sub(1) else {
            self.ask(connection);
            return;
        };
        match std::mem::take(&mut connection.waits_for) {
            Waits::Verdict(check) => {
                let step = check.continue_with(refusals[verdict % refusals.len()], self.now);
                assert!(step.is_err(), "refused, and yet it goes on");
                self.take(step, connection);
            }
            waits_for => connection.waits_for = waits_for,
        }
    }

    /// What the store says: first that it knows the account.
    fn answer(&mut self, number: u8, connection: &mut Connection) {
        let query = match std::mem::take(&mut connection.waits_for) {
            Waits::Account(query) => query,
            waits_for => return connection.waits_for = waits_for,
        };
        let message = AuthenticateMessage::parse(&connection.response).unwrap();
        let base = connection.server_challenge().and_then(|challenge| proven(message.meaning(), &challenge, &HASH));
        connection.proof = base.iter().flat_map(|_| message.meaning().nt_challenge_response.to_vec()).collect();
        let answer = match number % 6 {
            0 => AccountAnswer::nt_hash(account(), &HASH),
            1 => AccountAnswer::nt_hash(account(), &NtHash::new([1; 16])),
            2 => AccountAnswer::unknown(),
            3 => AccountAnswer::refused(),
            4 => AccountAnswer::unavailable(),
            _ => {
                connection.believed = true;
                AccountAnswer::verified(controllers_account(), &base.unwrap_or_else(|| SessionBaseKey::new([9; 16])))
            }
        };
        connection.peer = match number % 6 {
            0 => Some(Peer::Ntlm(account())),
            5 => Some(Peer::Ntlm(controllers_account())),
            _ => None,
        };
        let step = query.continue_with(answer, self.now);
        self.take(step, connection);
    }

    fn take(&mut self, step: Result<Accept, Rejected>, connection: &mut Connection) {
        connection.says.clear();
        match step {
            Err(rejected) => {
                check_refusal(&rejected);
                connection.says = rejected.token.unwrap_or_default();
            }
            Ok(Accept::NeedsToken { token, next }) => {
                assert!(!token.is_empty(), "nothing to say, and yet it waits");
                if bare(&token).is_some_and(|message| ChallengeMessage::parse(message).is_ok()) {
                    connection.challenge = bare(&token).unwrap().to_vec();
                }
                (connection.says, connection.waits_for) = (token, Waits::Token(next));
            }
            Ok(Accept::NeedsReplayCheck(check)) => {
                assert!(connection.fresh.is_none(), "asked twice");
                connection.waits_for = Waits::Verdict(check);
            }
            Ok(Accept::NeedsAccount(query)) => {
                assert!(connection.peer.is_none(), "asked twice");
                connection.waits_for = Waits::Account(query);
            }
            Ok(Accept::Established { token, context }) => {
                connection.says = token.unwrap_or_default();
                connection.is_in = true;
                self.judge(&context, connection);
                self.keys.insert(context.session_key().to_vec());
            }
            Ok(step) => unreachable!("{step:?}"),
        }
        self.tokens.push(connection.says.clone());
    }

    fn judge(&mut self, context: &Context, connection: &mut Connection) {
        if context.mechanism() == Mechanism::Kerberos {
            let fingerprint = connection.fresh.take().unwrap_or_else(|| unreachable!("nobody asked the cache"));
            assert!(self.logged_in.insert(fingerprint), "one authenticator, two logins");
            return assert!(KEPT.iter().any(|kept| kept.user == context.peer().to_string()), "a stranger");
        }
        assert_eq!(Some(context.peer()), connection.peer.as_ref(), "another than the store's");
        if connection.believed {
            return;
        }
        let response = &connection.proof;
        assert!(!response.is_empty() && self.proofs.insert(response.clone()), "one response, two logins");
    }
}

impl Connection {
    fn open(&mut self, choice: u8) {
        let opening = ACCEPTOR.begin();
        let opening = if choice & 1 == 0 { opening.channel_bindings(CHANNEL.clone()) } else { opening };
        *self = Self { waits_for: Waits::FirstToken(opening), ..Self::default() };
    }

    fn server_challenge(&self) -> Option<[u8; 8]> {
        ChallengeMessage::parse(&self.challenge).ok().map(|message| message.meaning().server_challenge)
    }
}

impl Client {
    fn begin(&mut self, kind: u8, now: Timestamp) {
        let builder = Initiator::builder("HTTP/www.example.test".parse().unwrap()).channel_bindings(CHANNEL.clone());
        let number = usize::from(kind >> 3) % KEPT.len();
        let kerberos = || kerberos::Initiator::new(ticket(number)).randomness(Counting);
        let ntlm = || alice().randomness(Counting);
        let builder = match kind & 7 {
            0 => builder.ntlm(ntlm()),
            1 => builder.ntlm(ntlm()).bare(),
            2 => builder.kerberos(kerberos()),
            3 => builder.kerberos(kerberos()).bare(),
            4 => builder.kerberos(kerberos().dce_style()),
            5 => builder.kerberos(kerberos().dce_style()).bare(),
            6 => builder.kerberos(kerberos()).ntlm(ntlm()),
            _ => builder.kerberos(kerberos()).ntlm(ntlm()).ntlm_first(),
        };
        *self = Self { kind, ..Self::default() };
        self.take(builder.build().unwrap().initiate(now), |_| unreachable!("nobody has answered"));
    }

    fn take(&mut self, step: Result<Initiate, negotiate::Error>, proven: impl FnOnce(&Context)) {
        match step {
            Ok(Initiate::NeedsToken { token, next }) => (self.says, self.next) = (token, Some(next)),
            Ok(Initiate::Established { token, context }) => {
                self.says = token.unwrap_or_default();
                self.is_in = true;
                proven(&context);
            }
            Err(error) => assert!(!error.to_string().chars().any(char::is_control), "not a line for a log: {error:?}"),
        }
    }
}
