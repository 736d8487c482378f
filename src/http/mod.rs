//! HTTP authentication fields for the schemes `Negotiate` and `NTLM` (RFC 4559, \[MS-NTHT\], RFC 9110 section 11): field
//! values in, token out, and back.
//!
//! Strings and octets only: it works with whatever HTTP library is at hand. An origin server (401) and a proxy (407)
//! are two types, [`Origin`] and [`Proxy`], so that what was said to one cannot be taken for what was said to the other.
//!
//! Whole logins are one floor up: [`http_login::HttpAcceptor`](crate::http_login::HttpAcceptor) for a server,
//! [`http_login::ClientHandshake`](crate::http_login::ClientHandshake) for a client.
//!
//! In a handler of axum, hyper or any other library on the crate `http`, `headers.get_all(…)` goes straight in, and
//! the pair of name and value straight out (with axum: `(StatusCode::UNAUTHORIZED, [pair])`):
//!
//! ```
//! use negotiate::http::{Authorization, Challenge, Error, MAX_TOKEN, Origin};
//!
//! /// The token to hand to the acceptor, or the header field to refuse with.
//! fn token_of<'a, V: AsRef<[u8]> + ?Sized + 'a>(
//!     authorization: impl IntoIterator<Item = &'a V>, // headers.get_all(Authorization::<Origin>::FIELD)
//! ) -> Result<Vec<u8>, (&'static str, String)> {
//!     match Authorization::<Origin>::parse(authorization, MAX_TOKEN) {
//!         Ok(Authorization::Negotiate(credential)) => Ok(credential.into_token()),
//!         // No credential, or one for somebody else: say what would be welcome.
//!         Ok(_) => Err(Challenge::<Origin>::header(None)),
//!         Err(error) => {
//!             eprintln!("refused: {error}");
//!             Err(Challenge::<Origin>::header(None))
//!         }
//!     }
//! }
//!
//! assert_eq!(token_of(["Negotiate YIIC"]).unwrap(), b"\x60\x82\x02");
//! assert_eq!(token_of([] as [&str; 0]).unwrap_err(), ("www-authenticate", "Negotiate".to_owned()));
//! ```

mod authorization;
mod base64;
mod challenge;
mod syntax;

use alloc::vec::Vec;
use core::fmt;

pub use authorization::{Authorization, Credential};
pub use base64::MAX_TOKEN;
pub use challenge::{Challenge, ChallengeData, Challenges, Parameter, Parameters};

use crate::error::{Fault, Reason};

/// Who asks for a credential. There are two, [`Origin`] and [`Proxy`], and there will be no more.
pub trait Challenger: fmt::Debug + sealed::Sealed {
    /// The status code of a response that asks for a credential.
    const STATUS: u16;
    /// The name of the response field that asks, in lower case as HTTP/2 wants it.
    const CHALLENGE_FIELD: &'static str;
    /// The name of the request field that answers, in lower case as HTTP/2 wants it.
    const CREDENTIALS_FIELD: &'static str;
}

/// The server that holds the resource: `WWW-Authenticate` and `Authorization` (RFC 9110 section 11.6).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Origin {}

/// A proxy on the way to it: `Proxy-Authenticate` and `Proxy-Authorization` (RFC 9110 section 11.7).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Proxy {}

impl Challenger for Origin {
    const STATUS: u16 = 401;
    const CHALLENGE_FIELD: &'static str = "www-authenticate";
    const CREDENTIALS_FIELD: &'static str = "authorization";
}

impl Challenger for Proxy {
    const STATUS: u16 = 407;
    const CHALLENGE_FIELD: &'static str = "proxy-authenticate";
    const CREDENTIALS_FIELD: &'static str = "proxy-authorization";
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Origin {}
    impl Sealed for super::Proxy {}
}

/// An authentication scheme (RFC 9110 section 11.1); equality ignores case, as the names do.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Scheme<'a> {
    /// SPNEGO, or a mechanism's bare token (RFC 4559).
    Negotiate,
    /// NTLM on its own (\[MS-NTHT\]): for those who ask for it ([`Authorization::parse_with_ntlm`]), and known by name to
    /// all others, so that a log can say what the client tried.
    Ntlm,
    /// Any other, as it was spelt: `Basic`, `Bearer`, `Digest` …
    Other(&'a str),
}

impl<'a> Scheme<'a> {
    /// The scheme of this name, in any mixture of cases.
    #[must_use]
    pub fn from_name(name: &'a str) -> Self {
        let known = [Self::Negotiate, Self::Ntlm].into_iter().find(|scheme| scheme.name().eq_ignore_ascii_case(name));
        known.unwrap_or(Self::Other(name))
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'a str {
        match self {
            Self::Negotiate => "Negotiate",
            Self::Ntlm => "NTLM",
            Self::Other(name) => name,
        }
    }
}

impl PartialEq for Scheme<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name().eq_ignore_ascii_case(other.name())
    }
}

impl Eq for Scheme<'_> {}

impl fmt::Display for Scheme<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How each message of NTLM begins (\[MS-NLMP\] section 2.2.1, Signature).
const NTLMSSP: &[u8] = b"NTLMSSP\0";

/// A token under the scheme `NTLM`, which carries NTLM's own messages and nothing around them (\[MS-NTHT\] section 1).
fn bare_ntlm(token: Vec<u8>) -> Result<Vec<u8>, Error> {
    if token.starts_with(NTLMSSP) { Ok(token) } else { Err(Error::NotNtlm) }
}

/// An authentication field that cannot be taken.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The credential came in more than one field line.
    RepeatedField,
    /// There is no scheme where one must be, or something other than a space behind it.
    NoScheme,
    /// The scheme stands alone where its token must follow.
    NoToken,
    /// Not one token behind the scheme: a list, several tokens, or parameters.
    NotOneToken,
    /// Parameters that do not follow `name=value` with a sound quoted string.
    BadParameters,
    /// Not the base64 of RFC 4648 section 4: alphabet, padding, or bits left over.
    BadBase64,
    /// The scheme is `NTLM`, and its token is no message of NTLM.
    NotNtlm,
    /// The token would be longer than was allowed.
    TooLarge {
        /// The most octets allowed, once decoded.
        limit: usize,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::RepeatedField => "the request has more than one credential field, where one is allowed: a proxy on the way may have added its own",
            Self::NoScheme => "the authentication field does not begin with a scheme and a space (RFC 9110 section 11.4)",
            Self::NoToken => "the scheme came without a token: the client had no ticket or password to send, or lost it",
            Self::NotOneToken => {
                "the authentication field holds something other than one token: a list, several tokens or parameters"
            }
            Self::BadParameters => "the parameters of a challenge are malformed (RFC 9110 section 11.2)",
            Self::BadBase64 => {
                "the token is not strict base64 (RFC 4648 section 4): cut off, url-safe, or damaged on its way"
            }
            Self::NotNtlm => {
                "the scheme NTLM came with a token of something else: SPNEGO and Kerberos belong to the scheme Negotiate"
            }
            Self::TooLarge { limit } => {
                return write!(
                    f,
                    "the token is longer than the {limit} octets allowed: a client in very many groups has such a ticket, and \
                     should be in fewer, or the limit higher where it was lowered (64 KiB are taken at most)"
                );
            }
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLarge { .. } => Fault::Policy,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::BadBase64 => "bad-base64",
            Self::TooLarge { .. } => "too-large",
            Self::NotNtlm => "not-ntlm",
            _ => "bad-header",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h04_scheme_names_ignore_case_and_match_whole() {
        for name in ["Negotiate", "negotiate", "NEGOTIATE", "nEgOtIaTe"] {
            assert_eq!(Scheme::from_name(name), Scheme::Negotiate);
        }
        assert_eq!(Scheme::from_name("ntlm").name(), "NTLM");
        assert_eq!(Scheme::from_name("basic"), Scheme::Other("Basic"));
        for name in ["NegotiateX", "Negotiat", "Nego2", ""] {
            assert_eq!(Scheme::from_name(name).name(), name);
            assert_ne!(Scheme::from_name(name), Scheme::Negotiate);
        }
    }

    #[test]
    fn h06_two_challengers_share_no_name() {
        assert_ne!(Origin::STATUS, Proxy::STATUS);
        assert_ne!(Origin::CHALLENGE_FIELD, Proxy::CHALLENGE_FIELD);
        assert_ne!(Origin::CREDENTIALS_FIELD, Proxy::CREDENTIALS_FIELD);
    }
}
