//! The tokens of rc4-hmac contexts (RFC 4757 section 7, in the layout of RFC 1964 section 1.2).
//!
//! ```text
//! the frame of RFC 2743 section 3.1 with the Kerberos OID, around all that follows; in DCE style around octets 0..32
//!          MIC                                 Wrap
//!   0..2   01 01                               02 01
//!   2..4   SGN_ALG 11 00: HMAC                 11 00
//!   4..8   ff ff ff ff                         SEAL_ALG 10 00, or ff ff if not sealed; ff ff
//!   8..16  SND_SEQ: number (big-endian) and direction, under RC4
//!  16..24  SGN_CKSUM: the first 8 octets of the checksum of octets 0..8 and what follows, unencrypted
//!  24..32                                      confounder, sealed with what follows
//!  32..n                                       message, and an octet 01 of padding; none in DCE style
//! ```
//!
//! The key stream depends on the number alone, so both directions have the same one for the same number, and SND_SEQ is
//! encrypted and not signed, so whoever turns its bits changes number and direction: that is how rc4-hmac is.

use alloc::boxed::Box;
use alloc::vec::Vec;

use cipher::{KeyInit, StreamCipher};
use hmac::{Hmac, Mac};
use md5::Md5;
use rc4::Rc4;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::confounders::Confounders;
use super::frame::{SHORT_FRAME, frame_length, read_frame, write_frame};
use super::{MessageError, Opened, Role, data_of};
use crate::context::{Piece, Protection, TokenLengths, TokenParts};
use crate::kerberos::etype::{ChecksumKey, EncryptionKey, KeyUsage};

const MIC: [u8; 8] = [0x01, 0x01, 0x11, 0x00, 0xff, 0xff, 0xff, 0xff];
const SEALED: [u8; 8] = [0x02, 0x01, 0x11, 0x00, 0x10, 0x00, 0xff, 0xff];
const SIGNED: [u8; 8] = [0x02, 0x01, 0x11, 0x00, 0xff, 0xff, 0xff, 0xff];

/// Octets of a MIC token, and of a Wrap token in front of the message, without the frame.
const MIC_LENGTH: usize = 24;
const WRAP_LENGTH: usize = 32;
/// All padding there is: RC4 needs none, RFC 1964 section 1.2.2.3 wants at least one octet.
const PADDING: [u8; 1] = [1];

/// The key usages of Wrap and MIC tokens, whoever makes them (RFC 4757 sections 7.2 and 7.3).
const WRAP_USAGE: KeyUsage = KeyUsage(13);
const MIC_USAGE: KeyUsage = KeyUsage(15);

/// What makes and checks the tokens of one context.
pub(super) struct Rfc4757 {
    role: Role,
    dce_style: bool,
    /// Derived with the first message.
    keys: Option<Box<Keys>>,
}

struct Keys {
    mic: ChecksumKey,
    wrap: ChecksumKey,
    /// Of which Kseq is made: HMAC(K, 0).
    sequence: Hmac<Md5>,
    /// Of which Kcrypt is made: HMAC(K xor f0, 0).
    crypt: Hmac<Md5>,
}

impl Keys {
    fn derive(key: &EncryptionKey) -> Self {
        let mut local = Zeroizing::new([0; 16]);
        for (octet, key) in local.iter_mut().zip(key.expose()) {
            *octet = key ^ 0xf0;
        }
        Self {
            mic: key.for_checksum(MIC_USAGE),
            wrap: key.for_checksum(WRAP_USAGE),
            sequence: base(key.expose()),
            crypt: base(&*local),
        }
    }

    /// SND_SEQ under RC4, or out of it: RC4 undoes itself (RFC 4757 section 7.2).
    fn turn_sequence(&self, checksum: &[u8; 8], field: &mut [u8; 8]) {
        stream(&self.sequence, checksum).apply_keystream(field);
    }

    /// RC4 over the confounder and what follows it (RFC 4757 section 7.3).
    fn stream(&self, sequence: u64) -> Rc4 {
        let [s0, s1, s2, s3, ..] = sequence_field(Role::Initiator, sequence);
        stream(&self.crypt, &[s0, s1, s2, s3])
    }
}

impl Rfc4757 {
    pub(super) const fn new(role: Role, dce_style: bool) -> Self {
        Self { role, dce_style, keys: None }
    }

    fn keys(&mut self, key: &EncryptionKey) -> &Keys {
        self.keys.get_or_insert_with(|| Box::new(Keys::derive(key)))
    }

    /// The signature of `message`.
    pub(super) fn sign(&mut self, key: &EncryptionKey, sequence: u64, message: &[&[u8]]) -> Vec<u8> {
        let mut field = sequence_field(self.role, sequence);
        let keys = self.keys(key);
        let checksum = cut(&keys.mic.checksum_of([&MIC[..]].into_iter().chain(message.iter().copied())));
        keys.turn_sequence(&checksum, &mut field);
        let mut token = alloc::vec![0; frame_length(MIC_LENGTH).saturating_add(MIC_LENGTH)];
        let inner = write_frame(&mut token, MIC_LENGTH);
        inner.copy_from_slice([MIC, field, checksum].as_flattened());
        token
    }

    /// Checks a signature of the other side, and gives its number.
    pub(super) fn verify(&mut self, key: &EncryptionKey, message: &[&[u8]], token: &[u8]) -> Result<u64, MessageError> {
        let inner = read_frame(token, MIC_LENGTH)?;
        let ([header, field, given], []) = inner.as_chunks::<8>() else { return Err(MessageError::Defective) };
        if *header != MIC {
            return Err(MessageError::Defective);
        }
        let role = self.role;
        let keys = self.keys(key);
        let checksum = cut(&keys.mic.checksum_of([&MIC[..]].into_iter().chain(message.iter().copied())));
        if !bool::from(checksum.ct_eq(given)) {
            return Err(MessageError::BadSignature);
        }
        let mut field = *field;
        keys.turn_sequence(&checksum, &mut field);
        number(role, field)
    }

    /// What stands around `data` octets of message, sealed or not, whatever the placement.
    pub(super) fn lengths(&self, data: usize) -> TokenLengths {
        let padding = self.padding().len();
        let header = frame_length(self.framed(data)).saturating_add(WRAP_LENGTH);
        TokenLengths { header, trailer: padding, padding }
    }

    /// The longest message whose token has at most `token` octets. The frame's own length has 1 to 5 octets, of which the
    /// shorter ones may go with a longer message.
    pub(super) fn wrap_size_limit(&self, token: usize) -> usize {
        let around = |message: usize| {
            let TokenLengths { header, trailer, .. } = self.lengths(message);
            header.saturating_add(trailer)
        };
        let least = token.saturating_sub(around(token));
        (0..=4)
            .filter_map(|more| least.checked_add(more))
            .rev()
            .find(|message| message.checked_add(around(*message)).is_some_and(|length| length <= token))
            .unwrap_or(0)
    }

    /// A token with `message` in it.
    pub(super) fn wrap(
        &mut self,
        key: &EncryptionKey,
        confounders: &mut Confounders,
        sequence: u64,
        message: &[u8],
        protection: Protection,
    ) -> Result<Vec<u8>, MessageError> {
        let TokenLengths { header, trailer, .. } = self.lengths(message.len());
        let mut token = Vec::with_capacity(message.len().saturating_add(header).saturating_add(trailer));
        token.resize(header, 0);
        token.extend_from_slice(message);
        token.resize(message.len().saturating_add(header).saturating_add(trailer), 0);
        let (header, rest) = token.split_at_mut(header);
        let (data, trailer) = rest.split_at_mut(message.len());
        let around = TokenParts { header, trailer };
        self.wrap_pieces(key, confounders, sequence, &mut [Piece::Data(data)], around, protection)?;
        Ok(token)
    }

    /// Opens a token where it stands.
    pub(super) fn unwrap(&mut self, key: &EncryptionKey, token: &mut [u8]) -> Result<Opened, MessageError> {
        let padding = self.padding().len();
        // The frame's second octet tells how many of its length follow; the rest is compared with what it has to be.
        let more = token.get(1).filter(|length| **length > 0x80).map_or(0, |length| usize::from(length & 0x7f));
        let header = SHORT_FRAME.saturating_add(WRAP_LENGTH).saturating_add(more);
        let length = token.len().checked_sub(header).and_then(|rest| rest.checked_sub(padding));
        let length = length.ok_or(MessageError::Defective)?;
        let (header, rest) = token.split_at_mut(header);
        let (data, trailer) = rest.split_at_mut(length);
        let message = header.len()..header.len().saturating_add(length);
        let around = TokenParts { header, trailer };
        let (sequence, protection) = self.unwrap_pieces(key, &mut [Piece::Data(data)], around)?;
        Ok(Opened { sequence, protection, message })
    }

    /// Protects a message where it stands; `around` is as long as [`Self::lengths`] says.
    pub(super) fn wrap_pieces(
        &mut self,
        key: &EncryptionKey,
        confounders: &mut Confounders,
        sequence: u64,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        protection: Protection,
    ) -> Result<(), MessageError> {
        let TokenParts { header, trailer } = around;
        let framed = self.framed(data_of(message));
        let clear = if protection == Protection::Confidentiality { SEALED } else { SIGNED };
        let mut field = sequence_field(self.role, sequence);
        trailer.copy_from_slice(self.padding());
        let inner = write_frame(header, framed);
        let ([head, snd_seq, sgn_cksum, confounder], []) = inner.as_chunks_mut::<8>() else {
            return Err(MessageError::Defective);
        };
        *head = clear;
        confounders.fill(confounder)?;
        let keys = self.keys(key);
        *sgn_cksum = checksum(keys, clear, *confounder, message, trailer);
        if protection == Protection::Confidentiality {
            apply(keys.stream(sequence), confounder, message, trailer);
        }
        keys.turn_sequence(sgn_cksum, &mut field);
        *snd_seq = field;
        Ok(())
    }

    /// Opens a message where it stands.
    pub(super) fn unwrap_pieces(
        &mut self,
        key: &EncryptionKey,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
    ) -> Result<(u64, Protection), MessageError> {
        let TokenParts { header, trailer } = around;
        let (role, padding) = (self.role, self.padding());
        let inner = read_frame(header, self.framed(data_of(message)))?;
        let ([clear, field, given, confounder], []) = inner.as_chunks::<8>() else {
            return Err(MessageError::Defective);
        };
        let protection = match *clear {
            SEALED => Protection::Confidentiality,
            SIGNED => Protection::Integrity,
            _ => return Err(MessageError::Defective),
        };
        if trailer.len() != padding.len() {
            return Err(MessageError::Defective);
        }
        let (mut field, mut confounder) = (*field, *confounder);
        let keys = self.keys(key);
        keys.turn_sequence(given, &mut field);
        if protection == Protection::Confidentiality {
            let [s0, s1, s2, s3, ..] = field;
            apply(keys.stream(u64::from(u32::from_be_bytes([s0, s1, s2, s3]))), &mut confounder, message, trailer);
        }
        // One verdict over padding and signature (row B10): which it was is nobody's to know.
        let genuine = checksum(keys, *clear, confounder, message, trailer).ct_eq(given) & trailer.ct_eq(padding);
        if !bool::from(genuine) {
            return Err(MessageError::BadSignature);
        }
        Ok((number(role, field)?, protection))
    }

    /// What stands behind a message. In DCE style the caller pads (MIT krb5, k5sealiov.c).
    const fn padding(&self) -> &'static [u8] {
        if self.dce_style { &[] } else { &PADDING }
    }

    /// How many octets the frame says that follow its OID.
    fn framed(&self, data: usize) -> usize {
        if self.dce_style { WRAP_LENGTH } else { WRAP_LENGTH.saturating_add(data).saturating_add(PADDING.len()) }
    }
}

/// SGN_CKSUM of a Wrap token (RFC 4757 section 7.3).
fn checksum(keys: &Keys, clear: [u8; 8], confounder: [u8; 8], message: &[Piece<'_>], padding: &[u8]) -> [u8; 8] {
    let parts = [&clear[..], &confounder].into_iter().chain(message.iter().map(Piece::octets)).chain([padding]);
    cut(&keys.wrap.checksum_of(parts))
}

fn apply(mut stream: Rc4, confounder: &mut [u8; 8], message: &mut [Piece<'_>], padding: &mut [u8]) {
    stream.apply_keystream(confounder);
    message.iter_mut().filter_map(Piece::data).for_each(|data| stream.apply_keystream(data));
    stream.apply_keystream(padding);
}

/// The first 8 octets of a checksum.
fn cut(whole: &[u8]) -> [u8; 8] {
    whole.first_chunk().copied().unwrap_or_default()
}

/// The low 32 bits of the sequence number, then four octets that tell the direction: zeros from the initiator, ones
/// from the acceptor (RFC 1964 section 1.2.1.2). RFC 4757 section 7.2 prints them the other way round, but MIT
/// krb5 and Heimdal keep to the older text.
fn sequence_field(role: Role, sequence: u64) -> [u8; 8] {
    let [_, _, _, _, s0, s1, s2, s3] = sequence.to_be_bytes();
    let direction = match role {
        Role::Initiator => 0x00,
        Role::Acceptor => 0xff,
    };
    [s0, s1, s2, s3, direction, direction, direction, direction]
}

/// The number in a field of the other side's, seen from `role`. The token has verified.
fn number(role: Role, field: [u8; 8]) -> Result<u64, MessageError> {
    let [s0, s1, s2, s3, ..] = field;
    let number = u64::from(u32::from_be_bytes([s0, s1, s2, s3]));
    match field {
        field if field == sequence_field(role.peer(), number) => Ok(number),
        field if field == sequence_field(role, number) => Err(MessageError::Reflected),
        _ => Err(MessageError::BadSignature),
    }
}

/// RC4 under the HMAC of `salt`.
///
/// RC4 repeats its key until it has 256 octets, so 32 octets made of the key twice are the same key, and the crate's
/// constructor for 32 octets has nothing to refuse.
fn stream(base: &Hmac<Md5>, salt: &[u8]) -> Rc4 {
    let mut twice = Zeroizing::new(cipher::Key::<Rc4>::default());
    let key = Zeroizing::new(mac(base, salt));
    for (octet, key) in twice.iter_mut().zip(key.iter().cycle()) {
        *octet = *key;
    }
    Rc4::new(&twice)
}

/// The state of an HMAC under HMAC(key, 0).
fn base(key: &[u8]) -> Hmac<Md5> {
    let derived = Zeroizing::new(mac(&hmac(key), &0u32.to_le_bytes()));
    hmac(&*derived)
}

/// An HMAC state that has absorbed a key, of at most a block.
fn hmac(key: &[u8]) -> Hmac<Md5> {
    let mut block = Zeroizing::new(cipher::Key::<Hmac<Md5>>::default());
    for (octet, key) in block.iter_mut().zip(key) {
        *octet = *key;
    }
    KeyInit::new(&block)
}

fn mac(state: &Hmac<Md5>, message: &[u8]) -> [u8; 16] {
    state.clone().chain_update(message).finalize().into_bytes().into()
}
