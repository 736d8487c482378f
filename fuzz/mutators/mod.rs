//! Changes that know what they change: what the fuzzer makes up at random seldom gets past the first length.
//!
//! One time in three the fuzzer has its own way all the same, and always where the environment says `MUTATORS=off`: that is how to
//! measure what they are good for. They are for the targets; `tests/corpora.rs` sees to it that enough of what they make of a seed can still be read.

use std::sync::LazyLock;

pub mod ntlm;
pub mod records;
pub mod tlv;

/// The fuzzer's own way with octets: it changes the first so many, and says how many there are then, no more than the last.
pub type Anyhow = fn(&mut [u8], usize, usize) -> usize;

static OFF: LazyLock<bool> = LazyLock::new(|| std::env::var_os("MUTATORS").is_some_and(|value| value == "off"));

/// Puts what `change` makes of `octets[..size]` in its place, or has the fuzzer do what it likes.
fn mutate(
    octets: &mut [u8],
    size: usize,
    room: usize,
    seed: u32,
    anyhow: Anyhow,
    change: impl FnOnce(&[u8], &mut Chance) -> Option<Vec<u8>>,
) -> usize {
    let mut chance = Chance::new(seed);
    if *OFF || chance.one_of(3) {
        return anyhow(octets, size, room);
    }
    match change(&octets[..size], &mut chance) {
        Some(changed) if changed.len() <= room => {
            octets[..changed.len()].copy_from_slice(&changed);
            changed.len()
        }
        _ => anyhow(octets, size, room),
    }
}

/// Has the fuzzer change these octets, which may grow a little.
fn edited(octets: &mut Vec<u8>, anyhow: Anyhow) {
    let (size, room) = (octets.len(), octets.len() + 16);
    octets.resize(room, 0);
    let size = anyhow(octets, size, room);
    octets.truncate(size);
}

/// Numbers that follow from a seed (xorshift; nothing hangs on how good they are).
pub struct Chance(u64);

impl Chance {
    /// The same numbers for the same seed.
    pub fn new(seed: u32) -> Self {
        Self((u64::from(seed) << 1 | 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next one.
    pub fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 32).unwrap_or(0)
    }

    /// One below this, which is 0 if nothing is.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0).checked_rem(bound).unwrap_or(0)
    }

    /// Whether the one of so many cases is here.
    pub fn one_of(&mut self, cases: usize) -> bool {
        self.below(cases) == 0
    }
}
