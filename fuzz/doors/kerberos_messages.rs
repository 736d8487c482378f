//! Messages of Kerberos contexts, of each encryption type, in order and out of it.

use std::collections::{BTreeSet, VecDeque};

use negotiate::gss::ContextFlags;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::testing::contexts;
use negotiate::{Context, Piece, Placement, Protection, TokenParts};

use super::ntlm_logins::Choices;

/// Bits of `kind`: 0x07 the encryption type, 0x08 replays are refused, 0x10 the order counts, 0x40 DCE style. Then steps, as of
/// NTLM. What is accepted is what the other side made, as it made it, each once and in order where that was agreed on; and what
/// is refused ends nothing. How many messages arrived.
pub(super) fn count_messages(kind: u8, choices: &mut Choices<'_>) -> usize {
    let mut pair = Pair::new(kind);
    while let Some(step) = choices.next() {
        pair.step(step, choices);
    }
    pair.arrived
}

/// A message on its way.
struct Sent {
    token: Vec<u8>,
    message: Vec<u8>,
    form: Form,
    number: u64,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Mic,
    Wrapped(Protection),
}

/// One side.
struct Side {
    context: Context,
    /// The next message's number.
    next: u64,
    inbox: VecDeque<Sent>,
    taken: Option<Sent>,
    /// The number that is due, and all that were received.
    due: u64,
    received: BTreeSet<u64>,
}

struct Pair {
    sides: [Side; 2],
    replay: bool,
    sequence: bool,
    is_rc4: bool,
    arrived: usize,
}

impl Pair {
    fn new(kind: u8) -> Self {
        let etype = EncryptionType::IMPLEMENTED[usize::from(kind & 7) % EncryptionType::IMPLEMENTED.len()];
        let (replay, sequence) = (kind & 8 != 0, kind & 0x10 != 0);
        let chosen = [(8, ContextFlags::REPLAY), (0x10, ContextFlags::SEQUENCE), (0x40, ContextFlags::DCE_STYLE)];
        let flags = chosen
            .iter()
            .filter(|(bit, _)| kind & bit != 0)
            .fold(ContextFlags::INTEGRITY | ContextFlags::CONFIDENTIALITY, |all, (_, flag)| all | *flag);
        let side =
            |context| Side { context, next: 0, inbox: VecDeque::new(), taken: None, due: 0, received: BTreeSet::new() };
        let sides = contexts(etype, flags).unwrap().map(side);
        Self { sides, replay, sequence, is_rc4: etype == EncryptionType::RC4_HMAC, arrived: 0 }
    }

    fn step(&mut self, step: u8, choices: &mut Choices<'_>) {
        let at = usize::from(step >> 7);
        let form = match step >> 3 & 3 {
            0 => Form::Mic,
            1 => Form::Wrapped(Protection::Integrity),
            _ => Form::Wrapped(Protection::Confidentiality),
        };
        match step & 7 {
            0 | 1 => self.send(at, choices.octets(), form, step & 7 == 1),
            2 | 3 => self.deliver(at, 0),
            4 => self.deliver(at, usize::from(choices.next().unwrap_or(1))),
            5 => self.deliver_changed(at, choices.u16(), choices.next().unwrap_or(1)),
            6 => self.repeat(at),
            _ => {
                let message = choices.octets();
                let token = choices.octets();
                assert!(!self.sides[at].take(token, message, form), "taken, and not made: {token:x?}");
            }
        }
    }

    /// The side `at` makes a message for the other, whole or where it stands.
    fn send(&mut self, at: usize, message: &[u8], form: Form, in_pieces: bool) {
        let sender = &mut self.sides[at];
        let token = match form {
            Form::Mic => sender.context.get_mic(message).unwrap(),
            Form::Wrapped(protection) if in_pieces => in_place(&mut sender.context, message, protection),
            Form::Wrapped(protection) => sender.context.wrap(message, protection).unwrap(),
        };
        let number = sender.next;
        sender.next += 1;
        let sent = Sent { token, message: message.to_vec(), form, number };
        self.sides[1 - at].inbox.push_back(sent);
    }

    /// Whether a sound message with this number is taken.
    fn admits(&mut self, at: usize, number: u64) -> bool {
        let side = &mut self.sides[at];
        let (is_new, behind) = (side.received.insert(number), side.due.saturating_sub(number));
        let is_due = number == side.due;
        side.due = side.due.max(number + 1);
        (!self.sequence || is_due) && (!self.replay || (is_new && behind <= 64))
    }

    fn deliver(&mut self, at: usize, place: usize) {
        let side = &mut self.sides[at];
        let place = place % side.inbox.len().max(1);
        let Some(sent) = side.inbox.remove(place) else { return };
        let is_admitted = self.admits(at, sent.number);
        let is_taken = self.sides[at].take(&sent.token, &sent.message, sent.form);
        assert_eq!(is_taken, is_admitted, "out of order, and taken; or in order, and not");
        self.arrived += usize::from(is_taken);
        self.sides[at].taken = Some(sent);
    }

    fn deliver_changed(&mut self, at: usize, place: u16, by: u8) {
        let side = &mut self.sides[at];
        let Some(sent) = side.inbox.front() else { return };
        let mut token = sent.token.clone();
        let place = usize::from(place) % token.len();
        if by == 0 {
            token.truncate(place);
        } else {
            token[place] ^= by;
        }
        // SND_SEQ of rc4-hmac has no checksum, and RRC may go round; the rest is as it was made, or nothing.
        let is_free = if self.is_rc4 { (21..33).contains(&place) } else { (6..8).contains(&place) };
        if by != 0 && is_free {
            return;
        }
        let (message, form) = (sent.message.clone(), sent.form);
        assert!(!side.take(&token, &message, form), "changed, and taken");
    }

    fn repeat(&mut self, at: usize) {
        let Some(sent) = self.sides[at].taken.take() else { return };
        let is_admitted = self.admits(at, sent.number);
        assert!(!is_admitted || !self.replay);
        assert_eq!(self.sides[at].take(&sent.token, &sent.message, sent.form), is_admitted, "taken twice, or not");
    }
}

/// A token made where the message stands.
fn in_place(context: &mut Context, message: &[u8], protection: Protection) -> Vec<u8> {
    let lengths = context.wrap_lengths(message.len(), protection, Placement::InFront).unwrap();
    let (mut header, mut trailer) = (vec![0; lengths.header], vec![0; lengths.trailer]);
    let mut data = message.to_vec();
    let (first, rest) = data.split_at_mut(message.len() / 3);
    let around = TokenParts { header: &mut header, trailer: &mut trailer };
    context.wrap_pieces(&mut [Piece::Data(first), Piece::Data(rest)], around, protection).unwrap();
    [header, data, trailer].concat()
}

impl Side {
    fn take(&mut self, token: &[u8], message: &[u8], form: Form) -> bool {
        let Form::Wrapped(protection) = form else { return self.context.verify_mic(message, token).is_ok() };
        let mut token = token.to_vec();
        match self.context.unwrap(&mut token) {
            Ok(unwrapped) => {
                assert_eq!((unwrapped.message, unwrapped.protection), (message, protection), "another message");
                true
            }
            Err(error) => {
                assert!(!error.to_string().is_empty());
                assert!(token.iter().all(|octet| *octet == 0), "something is left of what was refused");
                false
            }
        }
    }
}
