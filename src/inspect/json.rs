//! The tree as JSON (RFC 8259), on one line.

use alloc::string::String;
use core::fmt::Write;

use super::tree::MAX_NODES;
use super::{Explanation, Node};

/// The root with all its nodes, and what is known of the whole.
pub(super) fn of(explanation: &Explanation) -> String {
    let mut text = String::with_capacity(4_096);
    text.push('{');
    head(&mut text, &explanation.root);
    children(&mut text, &explanation.root);
    text.push_str(",\"form\":");
    string(&mut text, explanation.form.name());
    let _ = write!(text, ",\"sound\":{},\"hints\":[", explanation.sound);
    for (index, hint) in explanation.hints.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        string(&mut text, hint);
    }
    text.push_str("]}");
    text
}

/// What a node says of itself.
fn head(text: &mut String, node: &Node) {
    text.push_str("\"kind\":");
    string(text, node.kind);
    let _ = write!(text, ",\"range\":[{},{}],\"name\":", node.range.start, node.range.end);
    string(text, &node.name);
    text.push_str(",\"value\":");
    match &node.value {
        Some(value) => string(text, value),
        None => text.push_str("null"),
    }
}

/// The list of children, and theirs: without recursion, each open list waits on a stack.
fn children(text: &mut String, root: &Node) {
    text.push_str(",\"children\":[");
    let mut open = alloc::vec![(root.children.iter(), true)];
    debug_assert!(root.children.len() <= MAX_NODES, "the tree is bounded");
    while let Some((siblings, first)) = open.last_mut() {
        match siblings.next() {
            Some(node) => {
                text.push_str(if *first { "{" } else { ",{" });
                *first = false;
                head(text, node);
                text.push_str(",\"children\":[");
                open.push((node.children.iter(), true));
            }
            None => {
                open.pop();
                text.push_str(if open.is_empty() { "]" } else { "]}" });
            }
        }
    }
}

/// A string, with whatever needs an escape escaped.
fn string(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            control if control.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(control));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped() {
        let mut text = String::new();
        string(&mut text, "a\"b\\c\n\u{1b}\u{9b}ë");
        assert_eq!(text, "\"a\\\"b\\\\c\\u000a\\u001b\\u009bë\"");
    }
}
