//! Fields of fixed width, as layouts that are not ASN.1 have them.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

use super::walk::Walk;

/// Fields of fixed width, one behind the other.
pub(super) struct Fixed<'w, 'a, 't> {
    pub(super) walk: &'w mut Walk<'a, 't>,
    pub(super) node: usize,
    pub(super) octets: &'a [u8],
    pub(super) at: usize,
}

impl<'w, 'a, 't> Fixed<'w, 'a, 't> {
    pub(super) fn new(walk: &'w mut Walk<'a, 't>, node: usize, octets: &'a [u8], at: usize) -> Self {
        Self { walk, node, octets, at }
    }

    /// The next octets as a field of this name, or the remark that they are not there.
    pub(super) fn take<const N: usize>(
        &mut self,
        name: &'static str,
        kind: &'static str,
        say: impl FnOnce(&[u8; N]) -> String,
    ) -> Option<[u8; N]> {
        let range = self.at..self.at.saturating_add(self.octets.len().min(N));
        let Some((field, rest)) = self.octets.split_first_chunk::<N>() else {
            let why = format!("{} octets are left for {name}, which has {N}", self.octets.len());
            self.flaw(range, why);
            self.octets = &[];
            return None;
        };
        let node = self.walk.tree.add(self.node, kind, name, range.clone());
        self.walk.tree.set_value(node, say(field));
        (self.octets, self.at) = (rest, range.end);
        Some(*field)
    }

    /// What is left, as one field.
    pub(super) fn rest(&mut self, name: &'static str, kind: &'static str, say: impl FnOnce(&[u8]) -> String) {
        let node = self.walk.tree.add(self.node, kind, name, self.remaining());
        self.walk.tree.set_value(node, say(self.octets));
        self.octets = &[];
    }

    pub(super) fn remaining(&self) -> Range<usize> {
        self.at..self.at.saturating_add(self.octets.len())
    }

    pub(super) fn flaw(&mut self, range: Range<usize>, why: impl Into<String>) {
        self.walk.tree.flaw(self.node, range, why);
    }
}
