//! Lines of stdin, and the tokens in them.

use std::error::Error;
use std::fmt;
use std::io::{self, BufRead, Read};

use negotiate::Rejected;
use negotiate::error::{Fault, Reason};
use negotiate::http::{Authorization, Credential, MAX_TOKEN, Origin, Scheme};

/// The longest line that is read: a token of the longest kind in base64, with a header's name.
const MAX_LINE: u64 = 131_072;

/// The next line, without its end; none at the end of the input. Of a line that is longer than any token, one octet
/// more than the limit is kept, for the verdict, and the rest passed over.
pub(crate) fn next(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let read = input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)?;
    if !line.ends_with(b"\n") {
        let mut rest = Vec::new();
        while input.by_ref().take(MAX_LINE).read_until(b'\n', &mut rest)? > 0 && !rest.ends_with(b"\n") {
            rest.clear();
        }
    }
    Ok((read > 0).then_some(line))
}

/// The token in a line: base64, or behind a header's name, or behind a scheme.
pub(crate) fn credential(line: &[u8]) -> Result<Credential<Origin>, Rejected> {
    let value = without_field_name(line);
    let is_scheme = |scheme: &Scheme<'_>| value.eq_ignore_ascii_case(scheme.name().as_bytes());
    let is_bare = !value.contains(&b' ') && ![Scheme::Negotiate, Scheme::Ntlm].iter().any(is_scheme);
    let with_scheme = if is_bare { [b"Negotiate ", value].concat() } else { value.to_vec() };
    match Authorization::<Origin>::parse_with_ntlm([&with_scheme], MAX_TOKEN)? {
        Authorization::Negotiate(credential) | Authorization::Ntlm(credential) => Ok(credential),
        _ => Err(OtherScheme.into()),
    }
}

/// `Authorization: …` and the like without the name. A colon occurs in no token and no scheme.
fn without_field_name(line: &[u8]) -> &[u8] {
    match line.iter().position(|octet| *octet == b':') {
        Some(colon) => line.get(colon.saturating_add(1)..).unwrap_or_default().trim_ascii(),
        None => line,
    }
}

/// A header line of a scheme that is none of ours.
#[derive(Debug)]
struct OtherScheme;

impl fmt::Display for OtherScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the header's scheme is neither Negotiate nor NTLM: the client chose, or knows, another")
    }
}

impl Error for OtherScheme {}

impl Reason for OtherScheme {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "other-scheme"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_carry_tokens() {
        for line in ["YIIC", "Negotiate YIIC", "Authorization: Negotiate YIIC", "proxy-authorization:negotiate YIIC"] {
            let credential = credential(line.as_bytes()).unwrap();
            assert_eq!((credential.token(), credential.scheme()), (&b"\x60\x82\x02"[..], Scheme::Negotiate), "{line}");
        }
        for line in ["NTLM TlRMTVNTUAAB", "Authorization: NTLM TlRMTVNTUAAB", "www-authenticate: ntlm TlRMTVNTUAAB"] {
            let credential = credential(line.as_bytes()).unwrap();
            assert_eq!((credential.token(), credential.scheme()), (&b"NTLMSSP\0\x01"[..], Scheme::Ntlm), "{line}");
        }
        for line in ["Basic YIIC", "YIIC YIIC", "###", "Negotiate", "Negotiate ", "NTLM", "NTLM ", "NTLM YIIC"] {
            assert!(credential(line.as_bytes()).is_err(), "{line}");
        }
    }
}
