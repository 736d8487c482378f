//! The explanation of a token, for people.

use std::sync::LazyLock;

use negotiate::inspect::{Node, Options, explain};
use negotiate::kerberos::Keytab;

use super::logins::{NOW, keytab};

static KEYTAB: LazyLock<Keytab> = LazyLock::new(keytab);

/// The first two messages of a login by NTLM, and the password that its third was made with.
const NEGOTIATE: &[u8] = include_bytes!("../corpus/ntlm_message/chromium-samba_negotiate");
const CHALLENGE: &[u8] = include_bytes!("../corpus/ntlm_message/chromium-samba_challenge");
const PASSWORD: &str = "Alice-Pw-1";

/// `inspect::explain`: whatever it is given it explains; each part lies within the whole, the text commands no terminal,
/// and the JSON says as much as the tree. What it explains may also be the challenge that a response is checked against.
pub fn inspect(octets: &[u8]) {
    let login = Options::new().challenge(CHALLENGE).negotiate(NEGOTIATE).password(PASSWORD);
    let opened = Options::new().keytab(&KEYTAB);
    for options in
        [Options::new(), opened.at(NOW), opened.show_keys(), login.show_keys(), Options::new().challenge(octets)]
    {
        let explanation = explain(octets, &options);
        let nodes = within(explanation.root());
        let text = explanation.to_string();
        assert!(harmless(&text) && explanation.hints().iter().all(|hint| harmless(hint)), "no text for a terminal");
        let json: serde_json::Value = serde_json::from_str(&explanation.to_json()).unwrap();
        assert_eq!(count(&json), nodes, "the JSON is another tree");
        assert_eq!(json["sound"], explanation.is_sound());
        assert_eq!(json["hints"].as_array().unwrap().len(), explanation.hints().len());
    }
}

/// How many nodes there are, once each lies within its parent. What was decrypted counts from its own beginning.
fn within(root: &Node) -> usize {
    let mut pending = vec![root];
    let mut count = 0;
    while let Some(node) = pending.pop() {
        count += 1;
        assert!(node.range.start <= node.range.end, "{node:?}");
        for child in &node.children {
            let bounds = if node.name == "decrypted" { 0..usize::MAX } else { node.range.clone() };
            let is_within = bounds.start <= child.range.start && child.range.end <= bounds.end;
            assert!(is_within || child.name == "decrypted", "{} {:?} in {:?}", child.name, child.range, node.range);
        }
        pending.extend(&node.children);
    }
    count
}

fn harmless(text: &str) -> bool {
    text.chars().all(|character| character == '\n' || !character.is_control())
}

fn count(json: &serde_json::Value) -> usize {
    let mut pending = vec![json];
    let mut count = 0;
    while let Some(node) = pending.pop() {
        count += 1;
        pending.extend(node["children"].as_array().unwrap());
    }
    count
}
