//! The tree as text for people.

use core::fmt;

use super::Explanation;
use super::tree::{DECRYPTED, FLAW, SEALED};

/// One line a node, indented, behind its byte range; then the hints.
pub(super) fn write(explanation: &Explanation, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "{}, {} octets", explanation.form, explanation.length)?;
    // How deep the outermost decrypted node is that the current one is below, if it is.
    let mut decrypted_since = None;
    for (depth, node) in explanation.root.walk() {
        if decrypted_since.is_some_and(|since| depth <= since) {
            decrypted_since = None;
        }
        let mark = if decrypted_since.is_some() { '|' } else { ' ' };
        let indent = depth.saturating_mul(2);
        write!(f, "{:>6}..{:<6}{mark} {:indent$}", node.range.start, node.range.end, "")?;
        match node.kind {
            FLAW | SEALED => f.write_str("!!")?,
            kind if kind == node.name => f.write_str(kind)?,
            "octets" | "INTEGER" | "Int32" | "UInt32" | "OCTET STRING" | "TOK_ID" | "ULONG" | "Fields" => {
                f.write_str(&node.name)?
            }
            kind => write!(f, "{} {kind}", node.name)?,
        }
        if let Some(value) = &node.value {
            let colon = if matches!(node.kind, FLAW | SEALED) { "" } else { ":" };
            write!(f, "{colon} {value}")?;
        }
        writeln!(f)?;
        if node.name == DECRYPTED {
            decrypted_since = decrypted_since.or(Some(depth));
        }
    }
    for hint in &explanation.hints {
        writeln!(f, "* {hint}")?;
    }
    Ok(())
}
