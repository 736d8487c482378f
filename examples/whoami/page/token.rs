//! A token, as a tree that opens.

use std::fmt::Write;

use negotiate::Timestamp;
use negotiate::inspect::{Explanation, Node, Options, explain};

use super::html::{count, escaped};
use crate::exchange::Field;
use crate::recorder::Site;

/// How many nodes are shown of a token. Real ones have 50 to 200.
const MAX_NODES: usize = 2_000;

/// How deep the tree is open at first.
const OPEN: usize = 2;

/// The token in a field, if one is there. `request` is the client's token that it answers.
pub(super) fn explained(field: &Field, request: Option<&Field>, site: &Site) -> String {
    if !field.value.contains(' ') {
        return String::new();
    }
    let header = |field: &Field| format!("{}: {}", field.name, field.value);
    let (token, request) = (header(field), request.map(header));
    let mut options = Options::new().at(Timestamp::now());
    if let Some(keytab) = &site.demo {
        options = options.keytab(keytab);
        if let Some(request) = &request {
            options = options.request(request.as_bytes());
        }
    }
    let explanation = explain(token.as_bytes(), &options);
    let hints: String = explanation.hints().iter().map(|hint| format!("<li>{}</li>", escaped(hint))).collect();
    let hints = if hints.is_empty() { hints } else { format!("<ul class=hints>{hints}</ul>") };
    format!("<div class=token>{hints}{}</div>", tree(&explanation))
}

fn tree(explanation: &Explanation) -> String {
    let root = explanation.root();
    let mut text = String::with_capacity(16 << 10);
    // Without recursion: what is open is counted.
    let mut open = 0usize;
    for (depth, node) in root.walk().take(MAX_NODES) {
        while open > depth {
            text.push_str("</details>");
            open = open.saturating_sub(1);
        }
        if node.children.is_empty() {
            let _ = write!(text, "<div class=leaf>{}</div>", line(node));
        } else {
            let state = if depth < OPEN { " open" } else { "" };
            let _ = write!(text, "<details{state}><summary>{}</summary>", line(node));
            open = depth.saturating_add(1);
        }
    }
    (0..open).for_each(|_| text.push_str("</details>"));
    if root.walk().nth(MAX_NODES).is_some() {
        text.push_str("<div class=leaf>The rest is not shown.</div>");
    }
    format!(
        "<p class=note>The token, field by field: {}</p><div class=tree>{text}</div>",
        count(root.range.len(), "octet")
    )
}

/// Name, type, value and place of a node.
fn line(node: &Node) -> String {
    let range = format!("<span class=range>{}..{}</span>", node.range.start, node.range.end);
    let value = node.value.as_deref().map(|value| format!(" <span class=value>{}</span>", escaped(value)));
    let value = value.unwrap_or_default();
    match node.kind {
        "flaw" | "sealed" => format!("<span class=flaw>{}</span>{range}", value.trim_start()),
        kind if kind == node.name => format!("<b>{}</b>{value}{range}", escaped(&node.name)),
        kind => format!("<b>{}</b> <i>{}</i>{value}{range}", escaped(&node.name), escaped(kind)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, value: &str) -> String {
        let site = Site { demo: None, services: Vec::new(), behind_proxy: false };
        explained(&Field { name: name.to_owned(), value: value.to_owned(), is_login: true }, None, &site)
    }

    #[test]
    fn what_is_opened_is_closed() {
        // NegTokenInit with NTLM's first message in it.
        let token = "YGcGBisGAQUFAqBdMFugGjAYBgorBgEEAYI3AgIKBgorBgEEAYI3AgIeoj0EO05UTE1TU1AAAQAAALeCCOI=";
        for html in [shown("authorization", &format!("Negotiate {token}")), shown("www-authenticate", "Negotiate AAAA")]
        {
            assert_eq!(html.matches("<details").count(), html.matches("</details>").count());
            assert_eq!(html.matches("<div").count(), html.matches("</div>").count());
            assert_eq!(html.matches("<span").count(), html.matches("</span>").count());
        }
        assert!(shown("authorization", &format!("Negotiate {token}")).contains("<b>mechTypes</b> <i>MechTypeList</i>"));
    }

    #[test]
    fn a_scheme_alone_has_no_token() {
        assert_eq!(shown("www-authenticate", "Negotiate"), "");
    }

    #[test]
    fn a_token_is_text() {
        assert!(!shown("authorization", "Negotiate <script>").contains("<script>"));
    }
}
