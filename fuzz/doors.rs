//! What every door of the crate promises about hostile octets.
//!
//! One function a door: it takes any octets, and fails by assertion. The fuzz target of the same name runs it on what
//! the fuzzer invents, `tests/corpora.rs` on every file of `corpus/<name>`, so a finding that is kept stays a unit test.

use negotiate::Principal;
use negotiate::gss::InitialToken;

/// A door: it takes whatever octets come.
pub type Door = fn(&[u8]);

/// Every door by its name, which is also its fuzz target's and its corpus folder's.
pub const DOORS: &[(&str, Door)] = &[("initial_token", initial_token), ("principal", principal)];

/// `gss::InitialToken`: one reading of a frame, so what is read and written again is the same octets.
pub fn initial_token(octets: &[u8]) {
    let Ok(token) = InitialToken::parse(octets) else { return };
    assert!(InitialToken::is_framed(octets), "a token was read that has no frame");
    assert!(token.inner.len() < octets.len(), "the inner token reaches beyond the outer one");
    let shown = token.mechanism.to_string();
    assert!(shown.bytes().all(|octet| octet.is_ascii_digit() || matches!(octet, b'.' | b'?')), "{shown:?}");
    let again = InitialToken::encode(token.mechanism, &[token.inner]);
    assert_eq!(again.as_deref(), Ok(octets), "written again, the frame differs");
}

/// `peer::Principal`: no two names share a text form, and none carries a control character into a log.
pub fn principal(octets: &[u8]) {
    let Ok(text) = core::str::from_utf8(octets) else { return };
    let Ok(name) = text.parse::<Principal>() else { return };
    let shown = name.to_string();
    assert!(!shown.chars().any(char::is_control), "a control character in {shown:?}");
    assert!((1..=Principal::MAX_COMPONENTS).contains(&name.components().count()));
    if shown.contains(r"\u{") {
        // Spelt out for the reader's eyes only; that form is not read back.
        return;
    }
    assert_eq!(shown.parse::<Principal>().as_ref(), Ok(&name), "another name behind {shown:?}");
}
