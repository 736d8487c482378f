//! The tokens of RFC 4121 section 4.2.6: AES and Camellia.
//!
//! ```text
//!          MIC                       Wrap
//!   0..2   04 04                     05 04
//!   2      flags: 1 SentByAcceptor, 2 Sealed (Wrap only), 4 AcceptorSubkey
//!   3      ff                        ff
//!   4..6   ff ff                     EC: how much padding, or of the checksum how long it is
//!   6..8   ff ff                     RRC: by how much all behind the header is rotated to the right
//!   8..16  SND_SEQ, big-endian
//!  16..n   checksum over message     sealed: encrypted { confounder, message, EC octets, the header with RRC 0 }, tag
//!          and header                else: message, checksum over message and header with EC and RRC 0
//! ```
//!
//! Tokens that are made here are not padded (EC 0) and not rotated (RRC 0), but where their octets stand
//! [in front](Placement::InFront) of the message: then they are rotated by as many octets as would else stand behind it.
//! In DCE style those are padded by 16 octets more, and RRC does not count them: Windows rotates by EC and RRC
//! (MIT krb5, k5sealv3iov.c).

mod header;

use alloc::boxed::Box;
use alloc::vec::Vec;

use self::header::{ACCEPTOR_SUBKEY, FILLER, HEADER, MIC, SEALED, SENT_BY_ACCEPTOR, WrapHeader, header};
use super::confounders::Confounders;
use super::{MessageError, Opened, Role};
use crate::context::{Piece, Placement, Protection, TokenLengths, TokenParts};
use crate::kerberos::etype::{ChecksumKey, CipherKey, EncryptionKey, EncryptionType, KeyUsage, Scattered};

/// Octets of the confounder, a block of all the types.
const CONFOUNDER: usize = 16;
/// EC of sealed messages in DCE style: a block.
const DCE_PADDING: u16 = 16;

/// What makes and checks the tokens of one context.
pub(super) struct Rfc4121 {
    own: Direction,
    peer: Direction,
    etype: EncryptionType,
    has_acceptor_subkey: bool,
    dce_style: bool,
}

/// The keys of one sender, each derived when it is first needed: most logins are followed by no messages.
struct Direction {
    sender: Role,
    seal: Option<Box<CipherKey>>,
    wrap: Option<Box<ChecksumKey>>,
    mic: Option<Box<ChecksumKey>>,
}

impl Direction {
    const fn new(sender: Role) -> Self {
        Self { sender, seal: None, wrap: None, mic: None }
    }

    /// Key usages of RFC 4121 section 2.
    const fn usages(&self) -> (KeyUsage, KeyUsage) {
        match self.sender {
            Role::Initiator => (KeyUsage::INITIATOR_SEAL, KeyUsage::INITIATOR_SIGN),
            Role::Acceptor => (KeyUsage::ACCEPTOR_SEAL, KeyUsage::ACCEPTOR_SIGN),
        }
    }

    /// For sealed messages.
    fn seal(&mut self, key: &EncryptionKey) -> &CipherKey {
        let (usage, _) = self.usages();
        self.seal.get_or_insert_with(|| Box::new(key.for_encryption(usage)))
    }

    /// For messages that are wrapped and not sealed: the key for checksums of the same usage (RFC 4121 section 4.2.4).
    fn wrap(&mut self, key: &EncryptionKey) -> &ChecksumKey {
        let (usage, _) = self.usages();
        self.wrap.get_or_insert_with(|| Box::new(key.for_checksum(usage)))
    }

    /// For signatures that stand alone.
    fn mic(&mut self, key: &EncryptionKey) -> &ChecksumKey {
        let (_, usage) = self.usages();
        self.mic.get_or_insert_with(|| Box::new(key.for_checksum(usage)))
    }
}

impl Rfc4121 {
    pub(super) fn new(role: Role, etype: EncryptionType, has_acceptor_subkey: bool, dce_style: bool) -> Self {
        let (own, peer) = (Direction::new(role), Direction::new(role.peer()));
        Self { own, peer, etype, has_acceptor_subkey, dce_style }
    }

    /// The signature of `message`.
    pub(super) fn sign(&mut self, key: &EncryptionKey, sequence: u64, message: &[&[u8]]) -> Vec<u8> {
        let header = header(MIC, self.flags(self.own.sender), u16::MAX, u16::MAX, sequence);
        let checksum = self.own.mic(key).checksum_of(message.iter().copied().chain([&header[..]]));
        [&header[..], &checksum].concat()
    }

    /// Checks a signature of the other side, and gives its number.
    pub(super) fn verify(&mut self, key: &EncryptionKey, message: &[&[u8]], token: &[u8]) -> Result<u64, MessageError> {
        let (given, checksum) = token.split_first_chunk::<HEADER>().ok_or(MessageError::Defective)?;
        let [_, _, flags, _, _, _, _, _, sequence @ ..] = given;
        let sequence = u64::from_be_bytes(*sequence);
        // Rebuilt from what may vary in it, so that every other octet is checked.
        if *given != header(MIC, *flags, u16::MAX, u16::MAX, sequence) {
            return Err(MessageError::Defective);
        }
        self.check_flags(*flags, 0)?;
        let parts = message.iter().copied().chain([&given[..]]);
        self.peer.mic(key).verify_of(parts, checksum).map_err(|_| MessageError::BadSignature)?;
        Ok(sequence)
    }

    /// What stands around a message.
    pub(super) fn lengths(&self, protection: Protection, placement: Placement) -> TokenLengths {
        let tag = self.etype.tag_len();
        let (confounder, behind) = match protection {
            Protection::Confidentiality => {
                (CONFOUNDER, usize::from(self.padding(placement)).saturating_add(HEADER).saturating_add(tag))
            }
            Protection::Integrity => (0, tag),
        };
        let header = HEADER.saturating_add(confounder);
        match placement {
            Placement::Around => TokenLengths { header, trailer: behind, padding: 0 },
            Placement::InFront => TokenLengths { header: header.saturating_add(behind), trailer: 0, padding: 0 },
        }
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
        let TokenLengths { header, trailer, .. } = self.lengths(protection, Placement::Around);
        let length = message.len().saturating_add(header).saturating_add(trailer);
        let mut token = Vec::with_capacity(length);
        match protection {
            Protection::Confidentiality => {
                let clear = self.header(protection, 0, sequence).encode();
                token.extend_from_slice(&clear);
                token.resize(header, 0);
                token.extend_from_slice(message);
                token.extend_from_slice(&clear);
                token.resize(length, 0);
                let (_, text) = token.split_at_mut(HEADER);
                confounders.fill(text.first_chunk_mut::<CONFOUNDER>().ok_or(MessageError::Defective)?)?;
                self.own.seal(key).seal(text).map_err(|_| MessageError::Defective)?;
            }
            Protection::Integrity => {
                let clear = self.header(protection, tag_field(trailer), sequence);
                token.extend_from_slice(&clear.encode());
                token.extend_from_slice(message);
                token.extend_from_slice(&self.own.wrap(key).checksum(&[message, &clear.signed()]));
            }
        }
        Ok(token)
    }

    /// Opens a token where it stands.
    pub(super) fn unwrap(&mut self, key: &EncryptionKey, token: &mut [u8]) -> Result<Opened, MessageError> {
        let (clear, body) = token.split_first_chunk_mut::<HEADER>().ok_or(MessageError::Defective)?;
        let clear = WrapHeader::parse(*clear)?;
        self.check_flags(clear.flags, SEALED)?;
        self.turn_back(clear, body);
        let (protection, extra) = (clear.protection(), usize::from(clear.extra));
        let (begin, length) = match protection {
            Protection::Confidentiality => {
                let text = self.peer.seal(key).decrypt_in_place(body).map_err(|_| MessageError::BadSignature)?;
                // EC is believed once the copy of the header has told it (rows B06, B07).
                let (message, copy) = text.split_last_chunk::<HEADER>().ok_or(MessageError::BadSignature)?;
                let length = message.len().checked_sub(extra).filter(|_| clear.is(*copy));
                (HEADER.saturating_add(CONFOUNDER), length.ok_or(MessageError::BadSignature)?)
            }
            Protection::Integrity => {
                let length = body.len().checked_sub(extra).ok_or(MessageError::Defective)?;
                let (message, checksum) = body.split_at_checked(length).ok_or(MessageError::Defective)?;
                let verdict = self.peer.wrap(key).verify(&[message, &clear.signed()], checksum);
                verdict.map_err(|_| MessageError::BadSignature)?;
                (HEADER, length)
            }
        };
        Ok(Opened { sequence: clear.sequence, protection, message: begin..begin.saturating_add(length) })
    }

    /// Protects a message where it stands.
    pub(super) fn wrap_pieces(
        &mut self,
        key: &EncryptionKey,
        confounders: &mut Confounders,
        sequence: u64,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
        (protection, placement): (Protection, Placement),
    ) -> Result<(), MessageError> {
        let extra = match protection {
            Protection::Confidentiality => self.padding(placement),
            Protection::Integrity => tag_field(self.etype.tag_len()),
        };
        let clear = self.header(protection, extra, sequence);
        let parts = self.parts(around, clear).ok_or(MessageError::Defective)?;
        let rotation = match placement {
            Placement::Around => 0,
            Placement::InFront => self.rotation(clear, &parts)?,
        };
        match protection {
            Protection::Confidentiality => {
                confounders.fill(parts.confounder)?;
                let (padding, copy) = parts.back.split_at_mut(usize::from(extra));
                padding.fill(FILLER);
                copy.copy_from_slice(&clear.encrypted());
                let mut text = Scattered { front: parts.confounder, pieces: message, back: parts.back };
                let sealed = self.own.seal(key).seal_scattered(&mut text, parts.tag);
                sealed.map_err(|_| MessageError::Defective)?;
            }
            Protection::Integrity => {
                let signed = clear.signed();
                let octets = message.iter().map(Piece::octets).chain([&signed[..]]);
                parts.tag.copy_from_slice(&self.own.wrap(key).checksum_of(octets));
            }
        }
        *parts.clear = WrapHeader { rotation, ..clear }.encode();
        Ok(())
    }

    /// Opens a message where it stands.
    pub(super) fn unwrap_pieces(
        &mut self,
        key: &EncryptionKey,
        message: &mut [Piece<'_>],
        around: TokenParts<'_>,
    ) -> Result<(u64, Protection), MessageError> {
        let placement = if around.trailer.is_empty() { Placement::InFront } else { Placement::Around };
        let clear = around.header.first_chunk::<HEADER>().ok_or(MessageError::Defective)?;
        let clear = WrapHeader::parse(*clear)?;
        self.check_flags(clear.flags, SEALED)?;
        let protection = clear.protection();
        let parts = self.parts(around, clear).ok_or(MessageError::Defective)?;
        let rotation = match placement {
            // Here the message was cut out of the token where it stood: it cannot be rotated.
            Placement::Around => 0,
            Placement::InFront => self.rotation(clear, &parts)?,
        };
        let extra_fits = protection == Protection::Confidentiality || usize::from(clear.extra) == parts.tag.len();
        if clear.rotation != rotation || !extra_fits {
            return Err(MessageError::Defective);
        }
        match protection {
            Protection::Confidentiality => {
                let mut text = Scattered { front: parts.confounder, pieces: message, back: parts.back };
                let opened = self.peer.seal(key).open_scattered(&mut text, parts.tag);
                let copy = text.back.last_chunk::<HEADER>().filter(|copy| opened.is_ok() && clear.is(**copy));
                copy.ok_or(MessageError::BadSignature)?;
            }
            Protection::Integrity => {
                let signed = clear.signed();
                let octets = message.iter().map(Piece::octets).chain([&signed[..]]);
                let verdict = self.peer.wrap(key).verify_of(octets, parts.tag);
                verdict.map_err(|_| MessageError::BadSignature)?;
            }
        }
        Ok((clear.sequence, protection))
    }

    /// The flags of tokens of `sender`.
    const fn flags(&self, sender: Role) -> u8 {
        let subkey = if self.has_acceptor_subkey { ACCEPTOR_SUBKEY } else { 0 };
        match sender {
            Role::Initiator => subkey,
            Role::Acceptor => subkey | SENT_BY_ACCEPTOR,
        }
    }

    /// Checks flags of which those in `free` may be as they like: the direction is the other side's, and once the acceptor has
    /// asserted a subkey everything is under it and says so (RFC 4121 section 2, row B13). RFC 4121 section 4.2.2 would
    /// have unknown flags ignored; there are none, and here they are refused.
    fn check_flags(&self, flags: u8, free: u8) -> Result<(), MessageError> {
        match flags & !free {
            known if known == self.flags(self.peer.sender) => Ok(()),
            own if own == self.flags(self.own.sender) => Err(MessageError::Reflected),
            _ => Err(MessageError::Defective),
        }
    }

    /// EC of a sealed message.
    const fn padding(&self, placement: Placement) -> u16 {
        match placement {
            Placement::InFront if self.dce_style => DCE_PADDING,
            _ => 0,
        }
    }

    /// The header of a token of this side, not rotated.
    const fn header(&self, protection: Protection, extra: u16, sequence: u64) -> WrapHeader {
        let sealed = match protection {
            Protection::Confidentiality => SEALED,
            Protection::Integrity => 0,
        };
        WrapHeader { flags: self.flags(self.own.sender) | sealed, extra, rotation: 0, sequence }
    }

    /// RRC of a token whose octets all stand in front of the message.
    fn rotation(&self, clear: WrapHeader, parts: &Parts<'_>) -> Result<u16, MessageError> {
        let uncounted = match clear.protection() {
            Protection::Confidentiality if self.dce_style => usize::from(clear.extra),
            _ => 0,
        };
        let rotation = parts.back.len().saturating_add(parts.tag.len()).saturating_sub(uncounted);
        u16::try_from(rotation).map_err(|_| MessageError::Defective)
    }

    /// Undoes the rotation of all behind the header, by RRC octets to the right (RFC 4121 section 4.2.5), round and round
    /// where there are fewer (row B14). In DCE style EC octets more, if any: see above.
    fn turn_back(&self, clear: WrapHeader, body: &mut [u8]) {
        let mut rotation = usize::from(clear.rotation);
        if self.dce_style && clear.protection() == Protection::Confidentiality && rotation > 0 {
            rotation = rotation.saturating_add(usize::from(clear.extra));
        }
        if let Some(rotation) = rotation.checked_rem(body.len()) {
            body.rotate_left(rotation);
        }
    }

    /// Cuts what stands around a message in pieces, for a token with this header. `None` if there is not as much as it has.
    fn parts<'a>(&self, around: TokenParts<'a>, clear: WrapHeader) -> Option<Parts<'a>> {
        let TokenParts { header, trailer } = around;
        let (confounder, back) = match clear.protection() {
            Protection::Confidentiality => (CONFOUNDER, usize::from(clear.extra).checked_add(HEADER)?),
            Protection::Integrity => (0, 0),
        };
        let (clear, rest) = header.split_first_chunk_mut::<HEADER>()?;
        let (in_front, confounder) = rest.split_at_mut_checked(rest.len().checked_sub(confounder)?)?;
        // One of the two is empty.
        let behind = if trailer.is_empty() { in_front } else { in_front.is_empty().then_some(trailer)? };
        let (back, tag) = behind.split_at_mut_checked(back)?;
        (tag.len() == self.etype.tag_len()).then_some(Parts { clear, confounder, back, tag })
    }
}

/// What stands around a message in pieces.
struct Parts<'a> {
    clear: &'a mut [u8; HEADER],
    confounder: &'a mut [u8],
    /// Padding, and the copy of the header.
    back: &'a mut [u8],
    tag: &'a mut [u8],
}

/// EC of a message that is not sealed: how long its checksum is.
fn tag_field(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}
