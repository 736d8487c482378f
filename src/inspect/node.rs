//! A field of a token, explained.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Range;

/// A field of a token: what it is, where it stands, what it says.
///
/// ```
/// use negotiate::inspect::{Options, explain};
/// let explanation = explain(b"4e544c4d5353500002000000", &Options::new());
/// let message_type = &explanation.root().children[1];
/// assert_eq!(message_type.name, "MessageType");
/// assert_eq!(message_type.range, 8..12);
/// assert_eq!(message_type.value.as_deref(), Some("2 (CHALLENGE_MESSAGE)"));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Node {
    /// Its type by the specification's name, such as `PrincipalName`; `flaw` for a remark on what is wrong here, `sealed`
    /// for why a cipher stays closed, `check` for whether something is right.
    pub kind: &'static str,
    /// The octets it takes, tags and lengths included: of the token, or below a node named `decrypted` of what was
    /// decrypted.
    pub range: Range<usize>,
    /// Its name by the specification, such as `sname`; `[0]`, `[1]` … for the elements of a list.
    pub name: Cow<'static, str>,
    /// What it says, in words; none for what only has children. Control characters are spelt out.
    pub value: Option<String>,
    /// Its parts, in the order in which they stand.
    pub children: Vec<Node>,
}

impl Node {
    /// The first child of this name.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every node from this one on, each before its children, and how deep it is below this one.
    pub fn walk(&self) -> impl Iterator<Item = (usize, &Self)> {
        let mut pending = Vec::from([(0usize, self)]);
        core::iter::from_fn(move || {
            let (depth, node) = pending.pop()?;
            pending.extend(node.children.iter().rev().map(|child| (depth.saturating_add(1), child)));
            Some((depth, node))
        })
    }

    /// The first node of this name, from this one on.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Self> {
        self.walk().map(|(_, node)| node).find(|node| node.name == name)
    }
}
