//! Which numbers were received: replays and order (RFC 2743 section 1.2.3).

#[cfg(test)]
mod exhaustive;

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

#[cfg(test)]
mod tests {
    use super::*;

    use MessageError::{Duplicate, Gap, Old, OutOfOrder};

    const START: u64 = 1000;

    /// A window that received 200 numbers in their order, but for the one 3 before the last.
    fn after(flags: ContextFlags, first: u64, is_narrow: bool) -> Window {
        let mut window = Window::new(flags, first, is_narrow);
        for number in (0..200).filter(|number| *number != 197) {
            let _ = window.admit(first.wrapping_add(number) & if is_narrow { 0xffff_ffff } else { u64::MAX });
        }
        window
    }

    #[test]
    fn b12_the_table() {
        let (neither, replay, sequence) = (ContextFlags::INTEGRITY, ContextFlags::REPLAY, ContextFlags::SEQUENCE);
        let both = replay | sequence;
        // The newest number, and steps from it: what each set of flags says.
        let table: [(i128, [Result<(), MessageError>; 4]); 16] = [
            (1, [Ok(()), Ok(()), Ok(()), Ok(())]),
            (0, [Ok(()), Err(Duplicate), Err(OutOfOrder), Err(Duplicate)]),
            (-1, [Ok(()), Err(Duplicate), Err(OutOfOrder), Err(Duplicate)]),
            (-2, [Ok(()), Ok(()), Err(OutOfOrder), Err(OutOfOrder)]),
            (-63, [Ok(()), Err(Duplicate), Err(OutOfOrder), Err(Duplicate)]),
            (-64, [Ok(()), Err(Old), Err(OutOfOrder), Err(Old)]),
            (-65, [Ok(()), Err(Old), Err(OutOfOrder), Err(Old)]),
            (-199, [Ok(()), Err(Old), Err(OutOfOrder), Err(Old)]),
            (-200, [Ok(()), Err(Old), Err(OutOfOrder), Err(Old)]),
            (2, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            (63, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            (64, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            (65, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            (1 << 32, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            (1 << 63, [Ok(()), Ok(()), Err(Gap), Err(Gap)]),
            ((1 << 63) + 1, [Ok(()), Err(Old), Err(OutOfOrder), Err(Old)]),
        ];
        for first in [START, 0, u64::MAX - 100] {
            for (step, verdicts) in table {
                for (flags, verdict) in [neither, replay, sequence, both].into_iter().zip(verdicts) {
                    let number = u64::try_from((i128::from(first) + 199 + step).rem_euclid(1 << 64)).unwrap();
                    let mut window = after(flags, first, false);
                    assert_eq!(window.admit(number), verdict, "{step} from {first}, {flags:?}");
                    if verdict.is_ok() && flags != neither {
                        assert!(window.admit(number).is_err(), "{step} twice");
                    }
                }
            }
        }
    }

    #[test]
    fn b12_numbers_of_32_bits_wrap() {
        for first in [0, 0xffff_ff80, 0xffff_fffe] {
            let mut window = after(ContextFlags::REPLAY | ContextFlags::SEQUENCE, first, true);
            let newest = (first + 199) & 0xffff_ffff;
            assert_eq!(window.admit(newest), Err(Duplicate));
            assert_eq!(window.admit(newest.wrapping_sub(2) & 0xffff_ffff), Err(OutOfOrder));
            assert_eq!(window.admit(newest.wrapping_sub(2) & 0xffff_ffff), Err(Duplicate));
            assert_eq!(window.admit(newest.wrapping_sub(64) & 0xffff_ffff), Err(Old));
            assert_eq!(window.admit((newest + 1) & 0xffff_ffff), Ok(()));
            assert_eq!(window.admit((newest + 3) & 0xffff_ffff), Err(Gap));
            assert_eq!(window.admit((newest + 0x8000_0003) & 0xffff_ffff), Err(Gap));
        }
    }

    /// What was before the first number was never sent.
    #[test]
    fn b12_nothing_was_before_the_first() {
        let mut window = Window::new(ContextFlags::REPLAY, START, false);
        assert_eq!(window.admit(START - 1), Err(Duplicate));
        assert_eq!(window.admit(START - 65), Err(Old));
        assert_eq!(window.admit(START + 10), Ok(()));
        assert_eq!(window.admit(START + 1), Ok(()));
        assert_eq!(window.admit(START - 1), Err(Duplicate));
    }

    /// A long way ahead forgets all that was, and lets none of it come again.
    #[test]
    fn b12_a_leap_forgets_nothing_that_could_come_again() {
        for leap in [62, 63, 64, 65, 1000, 1 << 40] {
            let mut window = after(ContextFlags::REPLAY, START, false);
            assert_eq!(window.admit(START + 199 + leap), Ok(()));
            for number in (START..START + 200).filter(|number| *number != START + 197) {
                assert!(window.admit(number).is_err(), "{leap}: {number}");
            }
        }
    }
}
