//! The window against a set of numbers, in every order of a few steps.
//!
//! A window knows a number by how far it is from the one that is due, so its steps are given as that; and only where something
//! changes can two distances be told apart: at 0, around the 64 that are remembered, around what shifts by 32 bits could lose, and
//! at half of all numbers. Each border is there with its neighbours.

use alloc::collections::BTreeSet;

use super::*;
use crate::exhaustive::depth;

use MessageError::{Duplicate, Gap, Old, OutOfOrder};

/// RFC 2743 section 1.2.3 on numbers that never wrap: which were received, and which one is due.
#[derive(Clone)]
struct Model {
    first: i128,
    due: i128,
    received: BTreeSet<i128>,
}

impl Model {
    fn admit(&mut self, flags: ContextFlags, number: i128) -> Result<(), MessageError> {
        let (replay, sequence) = (flags.contains(ContextFlags::REPLAY), flags.contains(ContextFlags::SEQUENCE));
        let due = self.due;
        if number >= due {
            self.due = number + 1;
            self.received.insert(number);
            return if sequence && number > due { Err(Gap) } else { Ok(()) };
        }
        let known = number < self.first || self.received.contains(&number);
        // Nothing is kept for nobody: without either service no order is looked at.
        match (replay, sequence) {
            (false, false) => return Ok(()),
            (true, _) if due - number > 64 => return Err(Old),
            (true, _) if known => return Err(Duplicate),
            _ => {}
        }
        self.received.insert(number);
        if sequence { Err(OutOfOrder) } else { Ok(()) }
    }
}

/// A window and its model, before the next step.
struct Both<'a> {
    flags: ContextFlags,
    is_narrow: bool,
    steps: &'a [i128],
}

impl Both<'_> {
    /// All that can come in `left` steps; how many that were.
    fn walk(&self, window: &Window, model: &Model, left: usize) -> usize {
        let Some(left) = left.checked_sub(1) else { return 0 };
        let modulus = if self.is_narrow { 1i128 << 32 } else { 1 << 64 };
        self.steps.iter().fold(0, |count, step| {
            let (mut window, mut model) = (Window { ..*window }, model.clone());
            let number = model.due + step;
            let wire = u64::try_from(number.rem_euclid(modulus)).unwrap();
            let verdict = window.admit(wire);
            assert_eq!(verdict, model.admit(self.flags, number), "{step} with {:?} due at {}", self.flags, model.due);
            // Whatever order: a number that was taken for good is not taken again where replays count.
            if verdict.is_ok() && self.flags.contains(ContextFlags::REPLAY) {
                assert!(Window { ..window }.admit(wire).is_err(), "{step} twice");
            }
            count + 1 + self.walk(&window, &model, left)
        })
    }
}

fn explore(is_narrow: bool, steps: &[i128], deep: usize) -> usize {
    let (replay, sequence) = (ContextFlags::REPLAY, ContextFlags::SEQUENCE);
    let modulus = if is_narrow { 1i128 << 32 } else { 1 << 64 };
    let firsts = [0, 1, 1000, modulus - 2, modulus / 2];
    let mut count = 0;
    for first in if cfg!(miri) { &firsts[..2] } else { &firsts } {
        for flags in [ContextFlags::INTEGRITY, replay, sequence, replay | sequence] {
            let window = Window::new(flags, u64::try_from(*first).unwrap(), is_narrow);
            let model = Model { first: *first, due: *first, received: BTreeSet::new() };
            count += Both { flags, is_narrow, steps }.walk(&window, &model, deep);
        }
    }
    count
}

/// Half of all numbers is ahead, the rest behind.
fn borders(is_narrow: bool) -> alloc::vec::Vec<i128> {
    let half = if is_narrow { 1i128 << 31 } else { 1 << 63 };
    let mut steps = alloc::vec![0, 1, 2, 62, 63, 64, 65, half - 2, half - 1];
    steps.extend([-1, -2, -3, -62, -63, -64, -65, -66, 1 - half, -half]);
    if !is_narrow {
        steps.extend([(1 << 32) - 1, 1 << 32, -(1 << 32) - 1, -(1 << 32), 1 - (1 << 32), 30, 31, 32]);
    }
    steps
}

#[test]
fn exhaustive_windows_at_their_borders() {
    let count: usize = [true, false].into_iter().map(|narrow| explore(narrow, &borders(narrow), depth(3, 2))).sum();
    std::println!("{count} steps");
}

/// Fewer steps to choose from, and more of them: what one leaves behind, others find.
#[test]
fn exhaustive_windows_in_many_steps() {
    let near: &[i128] = &[0, 1, 63, 64, -1, -2, -64, -65];
    let count: usize = [true, false].into_iter().map(|narrow| explore(narrow, near, depth(5, 3))).sum();
    let nearest: &[i128] = &[0, 1, -1, -2];
    std::println!("{} steps", count + explore(false, nearest, depth(8, 5)));
}
