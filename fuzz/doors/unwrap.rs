//! What stands behind a login: messages that are signed and sealed, of every strength that can be agreed on.

use std::collections::VecDeque;

use negotiate::ntlm::message::{Negotiate, NegotiateFlags, NegotiateMessage};
use negotiate::{Accept, AccountAnswer, Context, Initiate, Protection};

use super::kerberos_messages;
use super::logins::NOW;
use super::ntlm_logins::{ACCEPTORS, Choices, HASH, account, alice, front_door};

/// The first octet chooses the strength, or with 0x20 a [Kerberos context](kerberos_messages); then steps: messages of both sides, delivered in order or not, whole or changed, and
/// octets of the input. What is accepted is what the other side made, as it made it, each once and in order; after anything
/// else that came nothing goes in or out.
pub fn unwrap(octets: &[u8]) {
    count_messages(octets);
}

/// The same, and how many messages arrived.
pub fn count_messages(octets: &[u8]) -> usize {
    let mut choices = Choices(octets);
    let Some(strength) = choices.next() else { return 0 };
    if strength & 0x20 != 0 {
        return kerberos_messages::count_messages(strength, &mut choices);
    }
    let mut pair = Pair::new(strength);
    while let Some(step) = choices.next() {
        pair.step(step, &mut choices);
    }
    pair.arrived
}

/// A message on its way.
struct Sent {
    token: Vec<u8>,
    message: Vec<u8>,
    is_mic: bool,
    /// How many messages, and how many octets of the key stream, its sender had used before.
    used: (usize, usize),
    /// How many octets it takes itself.
    length: usize,
}

/// One side.
struct Side {
    context: Context,
    /// What the other side has made.
    inbox: VecDeque<Sent>,
    /// The last one that was taken.
    taken: Option<Sent>,
    /// How many messages, and how many octets of the key stream, this side has made and taken. Without extended session security
    /// there is one state for both directions.
    used: (usize, usize),
    is_poisoned: bool,
}

struct Pair {
    sides: [Side; 2],
    /// Each direction for itself.
    is_extended: bool,
    is_sealed: bool,
    arrived: usize,
}

/// The client's and the server's context. Bits of `strength`: 0x01 no extended session security, 0x02 no 128 bits, 0x04 no 56
/// bits, 0x08 no key exchange, 0x10 not sealed.
fn contexts(strength: u8) -> [Context; 2] {
    let is_extended = strength & 1 == 0;
    // Of NTLMv1, which has no MIC: so the strength can be changed on the way to what the initiator does not ask for.
    let ntlm = if is_extended { alice().dangerous().use_ntlmv1() } else { lm().dangerous().send_lm() };
    let ntlm = ntlm.dangerous().allow_weak_session_security();
    let ntlm = if strength & 0x10 == 0 { ntlm } else { ntlm.without_confidentiality() };
    let Ok(Initiate::NeedsToken { token, next }) = front_door(ntlm, true).initiate(NOW) else { unreachable!() };
    let taken = [(2, NegotiateFlags::KEY_128), (4, NegotiateFlags::KEY_56), (8, NegotiateFlags::KEY_EXCH)]
        .iter()
        .filter(|(bit, _)| strength & bit != 0)
        .fold(NegotiateFlags::NONE, |all, (_, flag)| all | *flag);
    let offer = NegotiateMessage::parse(&token).unwrap();
    let token = Negotiate { flags: offer.meaning().flags.without(taken), ..*offer.meaning() }.encode().unwrap();
    let Ok(Accept::NeedsToken { token, next: server }) = ACCEPTORS[1].accept(&token, NOW) else { unreachable!() };
    let Ok(Initiate::Established { token, context: client }) = next.step(&token, NOW) else { unreachable!() };
    let Ok(Accept::NeedsAccount(query)) = server.accept(&token.unwrap(), NOW) else { unreachable!() };
    let step = query.continue_with(AccountAnswer::nt_hash(account(), &HASH), NOW);
    let Ok(Accept::Established { context: server, .. }) = step else { unreachable!("{step:?}") };
    assert_eq!(client.session_key(), server.session_key());
    [client, server]
}

/// The account's initiator with an LM hash of no password.
fn lm() -> negotiate::ntlm::Initiator {
    let lm = negotiate::ntlm::response::LmHash::new([3; 16]);
    let credential = negotiate::ntlm::Credential::with_hashes(r"ADEX\alice", lm, HASH.duplicate()).unwrap();
    negotiate::ntlm::Initiator::new(credential).randomness(super::logins::Fixed)
}

impl Pair {
    fn new(strength: u8) -> Self {
        let side = |context| Side { context, inbox: VecDeque::new(), taken: None, used: (0, 0), is_poisoned: false };
        Self {
            sides: contexts(strength).map(side),
            is_extended: strength & 1 == 0,
            is_sealed: strength & 0x10 == 0,
            arrived: 0,
        }
    }

    fn step(&mut self, step: u8, choices: &mut Choices<'_>) {
        let at = usize::from(step >> 7);
        match step & 7 {
            0 | 1 => self.send(at, choices.octets(), step & 7 == 1),
            2 | 3 => self.deliver(at, 0),
            4 => self.deliver(at, usize::from(choices.next().unwrap_or(1))),
            5 => self.deliver_changed(at, choices.u16(), choices.next().unwrap_or(1)),
            6 => self.repeat(at),
            _ => {
                let message = choices.octets();
                let is_mic = step & 8 != 0;
                self.invent(at, choices.octets(), message, is_mic);
            }
        }
    }

    /// The side `at` makes a message for the other.
    fn send(&mut self, at: usize, message: &[u8], is_mic: bool) {
        let sender = &mut self.sides[at];
        let made =
            if is_mic { sender.context.get_mic(message) } else { sender.context.wrap(message, Protection::Integrity) };
        assert_eq!(made.is_err(), sender.is_poisoned, "what cannot come in is not sent either");
        let Ok(token) = made else { return };
        assert_eq!(token.len(), 16 + if is_mic { 0 } else { message.len() });
        let length = 12 + if self.is_sealed && !is_mic { message.len() } else { 0 };
        let sent = Sent { token, message: message.to_vec(), is_mic, used: sender.used, length };
        if !self.is_extended {
            sender.uses(length);
        }
        let peer = &mut self.sides[1 - at];
        peer.inbox.push_back(sent);
    }

    /// The side `at` gets one of the messages on their way to it.
    fn deliver(&mut self, at: usize, place: usize) {
        let side = &mut self.sides[at];
        let place = place % side.inbox.len().max(1);
        let Some(sent) = side.inbox.remove(place) else { return };
        // Each direction for itself: the next that was sent. One state for both: as much has happened here
        // as with the sender, whatever it was.
        let is_due = if self.is_extended { place == 0 } else { sent.used == side.used };
        let is_taken = side.take(&sent.token, &sent.message, sent.is_mic);
        assert_eq!(is_taken, is_due && !side.is_poisoned, "not in order, and taken; or in order, and not");
        side.is_poisoned |= !is_taken;
        if is_taken {
            if !self.is_extended {
                side.uses(sent.length);
            }
            side.taken = Some(sent);
            self.arrived += 1;
        }
    }

    fn deliver_changed(&mut self, at: usize, place: u16, by: u8) {
        let side = &mut self.sides[at];
        let Some(mut sent) = side.inbox.pop_front() else { return };
        let place = usize::from(place) % sent.token.len();
        if by == 0 {
            sent.token.truncate(place);
        } else {
            sent.token[place] ^= by;
        }
        // Without extended session security nobody looks at RandomPad.
        if !self.is_extended && by != 0 && (4..8).contains(&place) {
            side.inbox.push_front(sent);
            return self.deliver(at, 0);
        }
        assert!(!side.take(&sent.token, &sent.message, sent.is_mic), "changed, and taken");
        side.is_poisoned = true;
    }

    fn repeat(&mut self, at: usize) {
        let side = &mut self.sides[at];
        let Some(sent) = side.taken.take() else { return };
        assert!(!side.take(&sent.token, &sent.message, sent.is_mic), "taken twice");
        side.is_poisoned = true;
    }

    /// Octets that nobody made.
    fn invent(&mut self, at: usize, token: &[u8], message: &[u8], is_mic: bool) {
        let side = &mut self.sides[at];
        assert!(!side.take(token, message, is_mic), "taken, and not made: {token:x?}");
        side.is_poisoned = true;
    }
}

impl Side {
    fn uses(&mut self, length: usize) {
        self.used = (self.used.0 + 1, self.used.1 + length);
    }

    fn take(&mut self, token: &[u8], message: &[u8], is_mic: bool) -> bool {
        if is_mic {
            return self.context.verify_mic(message, token).is_ok();
        }
        let mut token = token.to_vec();
        match self.context.unwrap(&mut token) {
            Ok(unwrapped) => {
                assert_eq!(unwrapped.message, message, "another message");
                true
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                false
            }
        }
    }
}
