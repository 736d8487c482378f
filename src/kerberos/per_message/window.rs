//! Which numbers were received: replays and order (RFC 2743 section 1.2.3).

use super::error::MessageError;
use crate::gss::ContextFlags;

/// The numbers that were received, as far as they are remembered. It is asked about authenticated numbers only (row B12).
///
/// | asked for | number | verdict |
/// |---|---|---|
/// | neither | any | taken |
/// | replay detection | received before | [`MessageError::Duplicate`] |
/// | | more than 64 behind the one that is due | [`MessageError::Old`] |
/// | | ahead, or behind and not received | taken |
/// | sequence | behind | [`MessageError::OutOfOrder`], unless replay detection has its own word |
/// | | ahead | [`MessageError::Gap`] |
///
/// A number that is refused counts as received all the same, as it does in MIT krb5: a gap is told once. Numbers are compared
/// around the corner: up to half of them all is ahead, the rest behind.
pub(super) struct Window {
    replay: bool,
    sequence: bool,
    /// Numbers are of 32 bits.
    is_narrow: bool,
    /// One more than the newest.
    due: u64,
    /// Bit n is set if the number n + 1 before `due` was received. What was before the first number counts as received.
    received: u64,
}

impl Window {
    /// `first`: the first number of the other side.
    pub(super) fn new(flags: ContextFlags, first: u64, is_narrow: bool) -> Self {
        Self {
            replay: flags.contains(ContextFlags::REPLAY),
            sequence: flags.contains(ContextFlags::SEQUENCE),
            is_narrow,
            due: first,
            received: u64::MAX,
        }
    }

    /// Takes the number of a token that has verified.
    pub(super) fn admit(&mut self, number: u64) -> Result<(), MessageError> {
        let (mask, half) = if self.is_narrow { (u64::from(u32::MAX), 1 << 31) } else { (u64::MAX, 1 << 63) };
        let ahead = number.wrapping_sub(self.due) & mask;
        if ahead < half {
            return self.advance(number, ahead);
        }
        let behind = self.due.wrapping_sub(number) & mask;
        let bit = u32::try_from(behind).ok().and_then(|behind| 1u64.checked_shl(behind.checked_sub(1)?));
        match bit {
            _ if !self.replay && !self.sequence => Ok(()),
            None if self.replay => Err(MessageError::Old),
            Some(bit) if self.replay && self.received & bit != 0 => Err(MessageError::Duplicate),
            bit => {
                self.received |= bit.unwrap_or(0);
                if self.sequence { Err(MessageError::OutOfOrder) } else { Ok(()) }
            }
        }
    }

    /// The newest number so far, `ahead` of the one that was due.
    fn advance(&mut self, number: u64, ahead: u64) -> Result<(), MessageError> {
        let shift = u32::try_from(ahead.saturating_add(1)).unwrap_or(u32::MAX);
        self.received = self.received.checked_shl(shift).unwrap_or(0) | 1;
        self.due = number.wrapping_add(1);
        if self.sequence && ahead > 0 { Err(MessageError::Gap) } else { Ok(()) }
    }
}
