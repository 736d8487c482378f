//! The tree while it grows.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

use super::Node;

/// The most nodes that a tree gets. Real tokens have 50 to 200; a token made of nothing but tags has no more to say
/// after some thousands.
pub(super) const MAX_NODES: usize = 8_192;

/// The kind of a node that says what is wrong.
pub(super) const FLAW: &str = "flaw";

/// The kind of a node that says why a cipher stays closed.
pub(super) const SEALED: &str = "sealed";

/// The kind of a node that says whether something is right.
pub(super) const CHECK: &str = "check";

/// The name of the node that what was decrypted hangs below.
pub(super) const DECRYPTED: &str = "decrypted";

/// Nodes in the order in which they were found, each behind its parent.
pub(super) struct Tree {
    entries: Vec<Entry>,
    sound: bool,
    full: bool,
}

struct Entry {
    parent: usize,
    number: Option<i64>,
    node: Node,
}

impl Tree {
    pub(super) const fn new() -> Self {
        Self { entries: Vec::new(), sound: true, full: false }
    }

    /// Adds a node below another and says where it is; the first one is the root. A full tree stays as it is.
    ///
    /// What claims to reach beyond its parent (a PAC's buffer, say) is cut to it, so that a part always lies within its
    /// whole. What was decrypted counts from its own beginning, so there nothing can be compared.
    pub(super) fn add(
        &mut self,
        parent: usize,
        kind: &'static str,
        name: impl Into<Cow<'static, str>>,
        range: Range<usize>,
    ) -> usize {
        let index = self.entries.len();
        if index >= MAX_NODES {
            self.full = true;
            return parent;
        }
        let name = name.into();
        let range = match self.node(parent).filter(|whole| whole.name != DECRYPTED && name != DECRYPTED) {
            Some(Node { range: whole, .. }) => {
                range.start.clamp(whole.start, whole.end)..range.end.clamp(whole.start, whole.end)
            }
            None => range,
        };
        let node = Node { kind, range, name, value: None, children: Vec::new() };
        self.entries.push(Entry { parent, number: None, node });
        index
    }

    /// Has a node, and what it is part of, reach to `end`: what belongs to it turned out to lie further behind.
    pub(super) fn stretch(&mut self, index: usize, end: usize) {
        let mut at = index;
        while let Some(entry) = self.entries.get_mut(at).filter(|entry| entry.node.range.end < end) {
            entry.node.range.end = end;
            // A parent stands before its child, so this ends at the root.
            at = entry.parent.min(at.saturating_sub(1));
        }
    }

    /// Says what a node says.
    pub(super) fn set_value(&mut self, index: usize, value: impl Into<String>) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.node.value = Some(value.into());
        }
    }

    /// Keeps the number that a node stands for.
    pub(super) fn set_number(&mut self, index: usize, number: i64) {
        if let Some(entry) = self.entries.get_mut(index) {
            entry.number = Some(number);
        }
    }

    /// Remarks below a node what is wrong there.
    pub(super) fn flaw(&mut self, parent: usize, range: Range<usize>, why: impl Into<String>) {
        self.remark(parent, FLAW, range, why);
    }

    /// Remarks at a cipher why it stays closed, though there is a keytab.
    pub(super) fn sealed(&mut self, parent: usize, why: &'static str) {
        let Some(range) = self.node(parent).map(|node| node.range.clone()) else { return };
        self.remark(parent, SEALED, range, why);
    }

    /// What was to be checked is wrong, or could not be checked.
    pub(super) const fn unsound(&mut self) {
        self.sound = false;
    }

    fn remark(&mut self, parent: usize, kind: &'static str, range: Range<usize>, why: impl Into<String>) {
        self.sound = false;
        let index = self.add(parent, kind, kind, range);
        if index != parent {
            self.set_value(index, why);
        }
    }

    /// Remarks once that the rest is not shown.
    pub(super) fn close(&mut self) {
        if self.full {
            self.sound = false;
            let why = String::from("the token has too many elements: the rest is not shown");
            if let Some(entry) = self.entries.first_mut() {
                entry.node.value = Some(why);
            }
        }
    }

    pub(super) const fn is_full(&self) -> bool {
        self.full
    }

    /// Whether no flaw was found.
    pub(super) const fn is_sound(&self) -> bool {
        self.sound
    }

    /// Nodes of this kind, in order.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = usize> {
        self.entries.iter().enumerate().filter(move |(_, entry)| entry.node.kind == kind).map(|(index, _)| index)
    }

    /// The first child of this name.
    pub(super) fn child(&self, parent: usize, name: &str) -> Option<usize> {
        let behind = parent.saturating_add(1);
        let mut candidates = self.entries.iter().enumerate().skip(behind);
        candidates.find(|(_, entry)| entry.parent == parent && entry.node.name == name).map(|(index, _)| index)
    }

    /// The node at the end of a path of names.
    pub(super) fn at(&self, from: usize, path: &[&str]) -> Option<usize> {
        path.iter().try_fold(from, |index, name| self.child(index, name))
    }

    pub(super) fn node(&self, index: usize) -> Option<&Node> {
        self.entries.get(index).map(|entry| &entry.node)
    }

    pub(super) fn number(&self, index: usize) -> Option<i64> {
        self.entries.get(index)?.number
    }

    /// How many nodes are above this one.
    pub(super) fn depth(&self, index: usize) -> usize {
        let mut depth = 0usize;
        let mut at = index;
        // A parent stands before its child, so this ends at the root.
        while let Some(entry) = self.entries.get(at).filter(|_| at > 0) {
            depth = depth.saturating_add(1);
            at = entry.parent.min(at.saturating_sub(1));
        }
        depth
    }

    /// The nested form.
    pub(super) fn into_root(mut self) -> Node {
        while let Some(Entry { parent, mut node, .. }) = self.entries.pop() {
            node.children.reverse();
            match self.entries.get_mut(parent) {
                Some(parent) => parent.node.children.push(node),
                None => return node,
            }
        }
        Node { kind: "nothing", range: 0..0, name: "token".into(), value: None, children: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a02_parts_lie_within_their_whole() {
        let mut tree = Tree::new();
        let root = tree.add(0, "token", "token", 0..9);
        let part = tree.add(root, "part", "part", 4..usize::MAX);
        tree.flaw(part, 0..2, "before it");
        let cipher = tree.add(root, "cipher", "cipher", 2..4);
        let decrypted = tree.add(cipher, "part", DECRYPTED, 0..100);
        tree.add(decrypted, "part", "inside", 50..100);
        let root = tree.into_root();
        let ranges: Vec<_> = root.walk().map(|(_, node)| node.range.clone()).collect();
        assert_eq!(ranges, [0..9, 4..9, 4..4, 2..4, 0..100, 50..100]);
    }
}
