//! In which form a token was given: found out from the octets themselves.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};

/// The most octets of input that are looked at: 1 MiB. Tokens have 64 KiB at most.
pub const MAX_INPUT: usize = 1 << 20;

/// The form in which a token was given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// A header line of HTTP, or the value of one.
    Header,
    /// Base64.
    Base64,
    /// Hexadecimal digits.
    Hexadecimal,
    /// The octets themselves.
    Binary,
    /// Text that is none of these.
    Unknown,
}

impl Form {
    /// Its name, one word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Base64 => "base64",
            Self::Hexadecimal => "hexadecimal",
            Self::Binary => "binary",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "a token from an HTTP header",
            Self::Base64 => "a token in base64",
            Self::Hexadecimal => "a token in hexadecimal",
            Self::Binary => "a token in binary",
            Self::Unknown => "no token",
        })
    }
}

/// The form, the token, and what is worth a remark about the form.
pub(super) fn recognise(input: &[u8]) -> (Form, Cow<'_, [u8]>, Vec<String>) {
    let Some(input) = input.get(..input.len().min(MAX_INPUT)) else {
        return (Form::Unknown, Cow::Borrowed(&[]), Vec::new());
    };
    let text = core::str::from_utf8(input)
        .ok()
        .filter(|text| text.chars().all(|c| !c.is_control() || c.is_ascii_whitespace()));
    let Some(text) = text else { return (Form::Binary, Cow::Borrowed(input), Vec::new()) };
    if let Some((scheme, token)) = after_scheme(text) {
        return of_header(scheme, token);
    }
    if let Some(scheme) = foreign_scheme(text) {
        let remark = alloc::format!("this is a login by {scheme}, not by Negotiate; its credential is not shown");
        return (Form::Header, Cow::Owned(Vec::new()), Vec::from([remark]));
    }
    if let Some(token) = hexadecimal(text) {
        return (Form::Hexadecimal, Cow::Owned(token), Vec::new());
    }
    let mut remarks = Vec::new();
    match base64(text, &mut remarks) {
        Some(token) => (Form::Base64, Cow::Owned(token), remarks),
        None => {
            let why =
                "this is neither a header with a token, nor base64, nor hexadecimal, nor a token in binary".to_string();
            (Form::Unknown, Cow::Borrowed(input), Vec::from([why]))
        }
    }
}

fn of_header<'a>(scheme: &str, token: &str) -> (Form, Cow<'a, [u8]>, Vec<String>) {
    let mut remarks = Vec::new();
    if token.is_empty() {
        remarks.push(alloc::format!(
            "{scheme} without a token: in a response (WWW-Authenticate) the server asks for one; \
             in a request the client had none to send"
        ));
        return (Form::Header, Cow::Owned(Vec::new()), remarks);
    }
    match base64(token, &mut remarks) {
        Some(token) => (Form::Header, Cow::Owned(token), remarks),
        None => {
            remarks.push(alloc::format!("what follows {scheme} is not base64"));
            (Form::Unknown, Cow::Owned(token.as_bytes().to_vec()), remarks)
        }
    }
}

/// What stands behind the scheme of the first header that has one of ours, up to the next space or comma. Whatever is
/// around it (`> Authorization: ` of curl's trace, quotes) is passed over.
fn after_scheme(text: &str) -> Option<(&'static str, &str)> {
    let mut words = text
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, ':' | ',' | '"' | '\''))
        .filter(|word| !word.is_empty());
    let scheme = words.find_map(|word| {
        ["Negotiate", "NTLM", "Kerberos"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(word))
    })?;
    Some((scheme, words.next().unwrap_or_default()))
}

/// Another scheme's header: what follows it may be a password.
fn foreign_scheme(text: &str) -> Option<&'static str> {
    let mut words = text.split(|c: char| c.is_ascii_whitespace() || c == ':').filter(|word| !word.is_empty());
    let known = |word: &str| {
        ["Basic", "Bearer", "Digest", "AWS4-HMAC-SHA256"].into_iter().find(|scheme| scheme.eq_ignore_ascii_case(word))
    };
    words.find_map(known)
}

/// Pairs of hexadecimal digits, perhaps with spaces or colons between them and `0x` before them.
fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    let text = text.strip_prefix("0x").unwrap_or(text);
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_ascii_whitespace() && *c != ':')
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect::<Option<_>>()?;
    let pair = |pair: &[u8]| match pair {
        [high, low] => Some((high << 4) | low),
        _ => None,
    };
    if digits.is_empty() { None } else { digits.chunks(2).map(pair).collect() }
}

/// Base64 as people paste it: wrapped, quoted, without padding, even cut. What is wrong with it is remarked.
fn base64(text: &str, remarks: &mut Vec<String>) -> Option<Vec<u8>> {
    let quotes = |c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'');
    let mut characters: String = text.trim_matches(quotes).chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let url_safe = characters.contains(['-', '_']);
    let padded = characters.ends_with('=');
    let bare = characters.trim_end_matches('=').len();
    characters.truncate(bare);
    if characters.is_empty() {
        return None;
    }
    if characters.len() % 4 == 1 {
        characters.pop();
        remarks.push("the base64 is cut: its last character has no partner".to_string());
    } else if !characters.len().is_multiple_of(4) && !padded {
        remarks.push("the base64 lacks its padding: cut, or copied without it".to_string());
    }
    if url_safe {
        remarks.push("the base64 is of the url-safe kind, which HTTP does not use: servers refuse it".to_string());
        return Base64UrlUnpadded::decode_vec(&characters).ok();
    }
    Base64Unpadded::decode_vec(&characters).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recognised(input: &str) -> (Form, Vec<u8>, usize) {
        let (form, token, remarks) = recognise(input.as_bytes());
        (form, token.into_owned(), remarks.len())
    }

    #[test]
    fn forms_are_found_out() {
        let token = b"\x60\x82\x02".to_vec();
        for header in [
            "Authorization: Negotiate YIIC",
            "authorization:negotiate YIIC\r\n",
            "> Authorization: Negotiate YIIC",
            "WWW-Authenticate: Negotiate YIIC, Basic realm=\"x\"",
            "Negotiate YIIC",
            "-H 'Authorization: Negotiate YIIC'",
        ] {
            assert_eq!(recognised(header), (Form::Header, token.clone(), 0), "{header}");
        }
        assert_eq!(recognised("YIIC"), (Form::Base64, token.clone(), 0));
        assert_eq!(recognised(" YI\nIC \n"), (Form::Base64, token.clone(), 0));
        assert_eq!(recognised("60:82:02"), (Form::Hexadecimal, token.clone(), 0));
        assert_eq!(recognised("0x608202\n"), (Form::Hexadecimal, token, 0));
        assert_eq!(recognise(b"\x60\x82\x02").0, Form::Binary);
        assert_eq!(recognise(b"NTLMSSP\0\x01\0\0\0").0, Form::Binary);
    }

    #[test]
    fn h05_what_servers_refuse_is_still_read_and_remarked() {
        assert_eq!(recognised("YIICA"), (Form::Base64, b"\x60\x82\x02".to_vec(), 1));
        assert_eq!(recognised("QUE"), (Form::Base64, b"AA".to_vec(), 1));
        assert_eq!(recognised("QUE="), (Form::Base64, b"AA".to_vec(), 0));
        assert_eq!(recognised("_-_-"), (Form::Base64, b"\xff\xef\xfe".to_vec(), 1));
        assert_eq!(recognised("Negotiate"), (Form::Header, Vec::new(), 1));
        assert_eq!(recognised("hello, world!").0, Form::Unknown);
        assert_eq!(recognised("").0, Form::Unknown);
        assert_eq!(recognised("Authorization: Negotiate ###").0, Form::Unknown);
    }
}
