//! The grammar that authentication fields are made of (RFC 9110 sections 5.6 and 11).

use super::Error;

/// `OWS`: optional white space (RFC 9110 section 5.6.3).
pub(super) fn is_white_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

/// `tchar`: what names are made of (RFC 9110 section 5.6.2).
fn is_name(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// What a `token68` is made of, but for the padding behind it (RFC 9110 section 11.2).
pub(super) fn is_token68(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~+/".contains(&octet)
}

/// Takes off the front what fits, and returns it.
pub(super) fn take_while<'a>(input: &mut &'a [u8], fits: impl Fn(u8) -> bool) -> &'a [u8] {
    let end = input.iter().position(|octet| !fits(*octet)).unwrap_or(input.len());
    let (taken, rest) = input.split_at_checked(end).unwrap_or((input, &[]));
    *input = rest;
    taken
}

/// Takes off the front as many spaces as there are, and says whether there was one: the `1*SP` of RFC 9110 section 11.
pub(super) fn take_spaces(input: &mut &[u8]) -> bool {
    !take_while(input, |octet| octet == b' ').is_empty()
}

/// Takes `expected` off the front if it is there.
pub(super) fn take_octet(input: &mut &[u8], expected: u8) -> bool {
    match input.split_first() {
        Some((octet, rest)) if *octet == expected => {
            *input = rest;
            true
        }
        _ => false,
    }
}

/// Takes a `token` off the front: the name of a scheme or of a parameter.
pub(super) fn take_name<'a>(input: &mut &'a [u8]) -> Option<&'a str> {
    let name = take_while(input, is_name);
    core::str::from_utf8(name).ok().filter(|name| !name.is_empty())
}

/// Takes a `quoted-string` off the front, with its quotes still escaped and its marks gone (RFC 9110 section 5.6.4).
pub(super) fn take_quoted<'a>(input: &mut &'a [u8]) -> Result<&'a [u8], Error> {
    let inside = input.strip_prefix(b"\"").ok_or(Error::BadParameters)?;
    let mut rest = inside;
    loop {
        // `qdtext` is any text but the mark and the backslash; a backslash makes any text stand for itself.
        take_while(&mut rest, |octet| is_text(octet) && !matches!(octet, b'"' | b'\\'));
        match rest {
            [b'"', behind @ ..] => {
                let length = inside.len().saturating_sub(rest.len());
                *input = behind;
                return inside.get(..length).ok_or(Error::BadParameters);
            }
            [b'\\', octet, behind @ ..] if is_text(*octet) => rest = behind,
            _ => return Err(Error::BadParameters),
        }
    }
}

/// `HTAB / SP / VCHAR / obs-text`.
fn is_text(octet: u8) -> bool {
    octet == b'\t' || !octet.is_ascii_control()
}

/// Without the white space around it.
pub(super) fn trim(mut input: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = input {
        input = rest;
    }
    input
}
