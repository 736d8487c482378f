//! The simplified profile of RFC 3961 section 5: n-fold, key derivation, and encryption with the MAC over the plaintext.

use cipher::consts::U16;
use cipher::{BlockCipherEncrypt, BlockSizeUser, Key, KeyInit};
use hmac::Mac;
use zeroize::Zeroizing;

use super::cipher_key::{Layout, Sealing};
use super::cts::{self, BLOCK, BlockCipher, Nobody, OverPlaintext};
use super::scattered::Scattered;
use super::{Error, KeyUsage, mac};

/// The last octet of the constants from which the three keys of a usage are derived (RFC 3961 section 5.3).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// Kc, for checksums.
    Checksum,
    /// Ke, for encryption.
    Encryption,
    /// Ki, for the MAC of an encrypted message.
    Integrity,
}

impl Purpose {
    /// The constant: the usage in four octets, most significant first, and one for the purpose.
    pub(super) const fn constant(self, usage: KeyUsage) -> [u8; 5] {
        let [a, b, c, d] = usage.0.to_be_bytes();
        let purpose = match self {
            Self::Checksum => 0x99,
            Self::Encryption => 0xAA,
            Self::Integrity => 0x55,
        };
        [a, b, c, d, purpose]
    }

    /// The constant, folded to a block.
    pub(super) fn folded(self, usage: KeyUsage) -> [u8; BLOCK] {
        let known = usize::try_from(usage.0).ok().and_then(|usage| FOLDED.get(usage));
        match (known, self) {
            (Some([checksum, _, _]), Self::Checksum) => *checksum,
            (Some([_, encryption, _]), Self::Encryption) => *encryption,
            (Some([_, _, integrity]), Self::Integrity) => *integrity,
            (None, _) => n_fold_128(self.constant(usage)),
        }
    }
}

/// The folded constants of the usages that have names here, made by the compiler: of Kc, Ke and Ki.
const FOLDED: [[[u8; BLOCK]; 3]; 26] = {
    let mut table = [[[0; BLOCK]; 3]; 26];
    let mut rest: &mut [[[u8; BLOCK]; 3]] = &mut table;
    let mut usage = KeyUsage(0);
    while let Some((folded, behind)) = rest.split_first_mut() {
        *folded = [
            n_fold_128(Purpose::Checksum.constant(usage)),
            n_fold_128(Purpose::Encryption.constant(usage)),
            n_fold_128(Purpose::Integrity.constant(usage)),
        ];
        usage.0 = usage.0.wrapping_add(1);
        rest = behind;
    }
    table
};

/// Folds `input` to the length of `output` (RFC 3961 section 5.1): copies of the input, each rotated right by 13 bits
/// more than the one before, are cut into pieces of the output's length, which are added in ones' complement.
///
/// For any lengths, which is what the published vectors need; keys are derived by [`n_fold_128`]. With an empty input
/// or output there is nothing to fold, and the output is zero.
///
/// ```
/// use negotiate::kerberos::etype::simplified::n_fold;
/// let mut folded = [0; 8];
/// n_fold(b"kerberos", &mut folded);
/// assert_eq!(&folded, b"kerberos");
/// ```
pub fn n_fold(input: &[u8], output: &mut [u8]) {
    output.fill(0);
    let rounds = match (input.len(), output.len()) {
        (0, _) | (_, 0) => 0,
        (from, to) => least_common_multiple(from, to),
    };
    // Least significant octet first, so that the carry of one sum goes into the next.
    let mut carry = 0u16;
    for position in (0..rounds).rev() {
        let sum = rotated_octet(input, position).saturating_add(carry);
        carry = add_octet(output, position, sum);
    }
    for position in (0..output.len()).rev() {
        carry = add_octet(output, position, carry);
    }
}

/// Adds `sum` to the octet of `output` on which `position` falls, and returns the carry.
fn add_octet(output: &mut [u8], position: usize, sum: u16) -> u16 {
    let Some(octet) = position.checked_rem(output.len()).and_then(|at| output.get_mut(at)) else { return 0 };
    let [carry, low] = sum.saturating_add(u16::from(*octet)).to_be_bytes();
    *octet = low;
    u16::from(carry)
}

/// The octet at `position` of the endless row of rotated copies.
fn rotated_octet(input: &[u8], position: usize) -> u16 {
    let length = input.len();
    let bits = length.saturating_mul(8);
    let copy = position.checked_div(length).unwrap_or(0);
    let within = position.checked_rem(length).unwrap_or(0);
    // Rotating right by n moves to a place what was n bits to the left of it.
    let turned = copy.saturating_mul(13).checked_rem(bits).unwrap_or(0);
    let start = within.saturating_mul(8).saturating_add(bits).saturating_sub(turned);
    let octet = |at: usize| at.checked_rem(length).and_then(|at| input.get(at)).copied().unwrap_or(0);
    let first = start.div_euclid(8);
    let pair = u16::from_be_bytes([octet(first), octet(first.saturating_add(1))]);
    let shift = u32::try_from(start.rem_euclid(8)).unwrap_or(0);
    let [high, _] = pair.wrapping_shl(shift).to_be_bytes();
    u16::from(high)
}

fn least_common_multiple(a: usize, b: usize) -> usize {
    let (mut divisor, mut rest) = (a, b);
    while let Some(next) = divisor.checked_rem(rest) {
        (divisor, rest) = (rest, next);
    }
    a.checked_div(divisor).unwrap_or(0).saturating_mul(b)
}

/// [`n_fold`] of a constant of at most 8 octets to 128 bits, for constants and for every derivation.
///
/// Addition in ones' complement is arithmetic modulo 2^128 - 1, where moving a copy by 128 bits changes nothing: each
/// copy is added where it stands modulo 128, and no piece is ever cut.
#[must_use]
pub const fn n_fold_128<const OCTETS: usize>(input: [u8; OCTETS]) -> [u8; BLOCK] {
    const {
        assert!(OCTETS >= 1 && OCTETS <= 8, "a constant of 1 to 8 octets");
    }
    let mut value = 0u128;
    let mut rest: &[u8] = &input;
    while let Some((octet, behind)) = rest.split_first() {
        value = value.wrapping_shl(8) | u128::from_be_bytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, *octet]);
        rest = behind;
    }
    let bits = Folding::<OCTETS>::BITS;
    let mut sum = 0u128;
    let mut copy = Folding::<OCTETS>::COPIES;
    let mut place = 0u32;
    while let Some(next) = copy.checked_sub(1) {
        copy = next;
        let turned = rotate_right(value, bits, copy.wrapping_mul(13));
        let (added, carry) = sum.overflowing_add(turned.rotate_left(place));
        sum = if carry { added.wrapping_add(1) } else { added };
        place = place.wrapping_add(bits);
    }
    sum.to_be_bytes()
}

/// How often a constant of so many octets is written until it ends where 16 octets end.
struct Folding<const OCTETS: usize>;

impl<const OCTETS: usize> Folding<OCTETS> {
    const BITS: u32 = Self::bits();
    const COPIES: u32 = match OCTETS {
        1 | 3 | 5 | 7 => 16,
        2 | 6 => 8,
        4 => 4,
        _ => 2,
    };

    const fn bits() -> u32 {
        match OCTETS {
            1 => 8,
            2 => 16,
            3 => 24,
            4 => 32,
            5 => 40,
            6 => 48,
            7 => 56,
            _ => 64,
        }
    }
}

/// Rotates the `bits` low bits of `value` right by `count`.
const fn rotate_right(value: u128, bits: u32, count: u32) -> u128 {
    let count = match count.checked_rem(bits) {
        Some(count) => count,
        None => 0,
    };
    let twice = value | value.wrapping_shl(bits);
    twice.wrapping_shr(count) & u128::MAX.wrapping_shr(128u32.wrapping_sub(bits))
}

/// DK of RFC 3961 section 5.1 for a block of 128 bits: the folded constant, encrypted again and again until there are
/// octets enough for a key. `base` is the schedule of the protocol key.
pub(super) fn derive<C>(base: &C, folded: [u8; BLOCK]) -> Zeroizing<Key<C>>
where
    C: BlockCipherEncrypt + KeyInit + BlockSizeUser<BlockSize = U16>,
{
    let mut key = Zeroizing::new(Key::<C>::default());
    let mut block = Zeroizing::new(cipher::Block::<C>::from(folded));
    for part in key.chunks_mut(BLOCK) {
        base.encrypt_block(&mut block);
        for (octet, random) in part.iter_mut().zip(block.iter()) {
            *octet = *random;
        }
    }
    key
}

/// The keys of one usage: encryption with ciphertext stealing, the MAC over confounder and plaintext, `TAG` octets of
/// it behind the ciphertext (RFC 3961 section 5.3; also RFC 6803 section 6).
pub(super) struct Simplified<C, M, const TAG: usize> {
    pub(super) cipher: C,
    pub(super) mac: M,
}

impl<C: BlockCipher, M: Mac + BlockSizeUser + Clone, const TAG: usize> Sealing for Simplified<C, M, TAG> {
    fn layout(&self) -> Layout {
        Layout { leader: 0, confounder: BLOCK, trailer: TAG }
    }

    fn seal(&self, message: &mut [u8]) -> Result<(), Error> {
        let (text, tag) = self.layout().split_trailer(message)?;
        let mut signed = OverPlaintext(self.mac.clone());
        cts::encrypt(&self.cipher, text, &mut signed)?;
        mac::finish(signed.0, tag);
        Ok(())
    }

    fn open<'a>(&self, message: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
        let (text, tag) = self.layout().split_trailer(message)?;
        let mut signed = OverPlaintext(self.mac.clone());
        cts::decrypt(&self.cipher, text, &mut signed)?;
        signed.0.verify_truncated_left(tag).map_err(|_| Error::Integrity)?;
        self.layout().plaintext(text)
    }

    fn seal_scattered(&self, text: &mut Scattered<'_, '_>, tag: &mut [u8]) -> Result<(), Error> {
        let mut signed = OverPlaintext(self.mac.clone());
        if text.is_all_encrypted() {
            cts::encrypt_scattered(&self.cipher, text, &mut signed)?;
        } else {
            text.signed().for_each(|part| signed.0.update(part));
            cts::encrypt_scattered(&self.cipher, text, &mut Nobody)?;
        }
        mac::finish(signed.0, tag);
        Ok(())
    }

    fn open_scattered(&self, text: &mut Scattered<'_, '_>, tag: &[u8]) -> Result<(), Error> {
        let mut signed = OverPlaintext(self.mac.clone());
        if text.is_all_encrypted() {
            cts::decrypt_scattered(&self.cipher, text, &mut signed)?;
        } else {
            cts::decrypt_scattered(&self.cipher, text, &mut Nobody)?;
            text.signed().for_each(|part| signed.0.update(part));
        }
        signed.0.verify_truncated_left(tag).map_err(|_| Error::Integrity)
    }
}
