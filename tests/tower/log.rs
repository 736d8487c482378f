//! What the operator's log gets to see.

use std::sync::{Arc, Mutex};

use negotiate::http::{Authorization, Credential, MAX_TOKEN, Origin};

use crate::stage::*;

/// A credential of NTLM with one text of the same length instead of another.
fn with(line: &str, from: &str, to: &str) -> String {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let (from, to) = (utf16(from), utf16(to));
    assert_eq!(from.len(), to.len());
    let Ok(Authorization::Negotiate(credential) | Authorization::Ntlm(credential)) =
        Authorization::<Origin>::parse_with_ntlm([line], MAX_TOKEN)
    else {
        panic!("{line}")
    };
    let mut token = credential.into_token();
    let at = token.windows(from.len()).position(|part| part == from).expect("the text");
    token[at..at + to.len()].copy_from_slice(&to);
    Credential::<Origin>::new(token).header().1
}

/// What a client says of itself stands on the one line of its refusal, and does nothing to the terminal.
#[test]
fn a_refusal_is_one_line_whatever_the_client_says() {
    run(async {
        let stage = Stage::new();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&lines);
        let layer = stage.layer().on_refusal(move |refusal| log.lock().unwrap().push(refusal.to_string()));
        let client = connect(&layer);
        for (from, to) in [("mallory", "m\r\n\u{1b}[2J"), ("ELSE", "\n\u{202e}\u{2028}X")] {
            let second = client.challenged(Carrier::Raw, r"ELSE\mallory", "x").await;
            client.get(Some(&with(&second, from, to))).await.is_refused();
        }
        for other in ["Basic eDp5", "x\ty", "Negotiate \u{fc}"] {
            client.get(Some(other)).await.is_refused();
        }
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 5, "{lines:?}");
        let harmful = |c: char| c.is_control() || ('\u{2028}'..='\u{202e}').contains(&c);
        assert!(lines.iter().all(|line| !line.contains(harmful)), "{lines:?}");
    });
}
