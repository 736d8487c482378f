//! How the tests go about it that take every small input, as a proof would: they compare a reader with a model of it that is
//! written straight from the standard, slow and plain, and stop at the first input of which the two think otherwise.
//!
//! `EXHAUSTIVE_DEPTH=1` in the environment goes one octet, pair or step further than the usual run does, and so on.

use std::ops::Range;

/// How far to go: `usual`, further by `EXHAUSTIVE_DEPTH`, and less by `miri` where an interpreter does it.
pub(crate) fn depth(usual: usize, miri: usize) -> usize {
    let further = std::env::var("EXHAUSTIVE_DEPTH").map_or(0, |further| further.parse().unwrap());
    if cfg!(miri) { usual - miri } else { usual + further }
}

/// Calls `look` with every string of at most `longest` letters of an `alphabet`; how many that were.
pub(crate) fn every(alphabet: &[u8], longest: usize, mut look: impl FnMut(&[u8])) -> usize {
    let mut count = 0;
    for length in 0..=longest {
        let mut letters = std::vec![0; length];
        let mut octets = std::vec![alphabet[0]; length];
        loop {
            look(&octets);
            count += 1;
            let Some(at) = letters.iter().rposition(|letter| letter + 1 < alphabet.len()) else { break };
            letters[at] += 1;
            letters[at + 1..].fill(0);
            octets[at..].iter_mut().zip(&letters[at..]).for_each(|(octet, letter)| *octet = alphabet[*letter]);
        }
    }
    count
}

/// Calls `look` with a string in which each pair of octets is replaced: one by each value that there is, the other by each of
/// `others`; and with each of its prefixes. How many that were.
pub(crate) fn around(sound: &[u8], others: &[u8], mut look: impl FnMut(&[u8])) -> usize {
    (0..=sound.len()).for_each(|end| look(&sound[..end]));
    let mut octets = sound.to_vec();
    let mut count = sound.len() + 1;
    for one in 0..sound.len() {
        for value in 0..=u8::MAX {
            octets[one] = value;
            for other in (0..sound.len()).filter(|other| *other != one) {
                for value in others {
                    octets[other] = *value;
                    look(&octets);
                    count += 1;
                }
                octets[other] = sound[other];
            }
        }
        octets[one] = sound[one];
    }
    count
}

/// Where a part lies in the whole that it was borrowed from: `None` if it lies anywhere else.
pub(crate) fn place(whole: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    (start + part.len() <= whole.len()).then_some(start..start + part.len())
}
