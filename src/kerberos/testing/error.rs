//! Why nothing was minted.

use core::fmt;

use crate::kerberos::{etype, pac};
use crate::peer::BadName;
use crate::{asn1, gss};

/// A login that cannot be made, or an answer that cannot be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Not the name of a principal.
    Name(BadName),
    /// A key that cannot be made or used, or an answer that it does not open.
    Key(etype::Error),
    /// A message that cannot be encoded, or decoded.
    Message(asn1::Error),
    /// A frame that cannot be put around a message, or is not there.
    Frame(gss::Error),
    /// A PAC that cannot be made.
    Pac(pac::Error),
    /// A time that is no KerberosTime: before 1970 or after 9999.
    Time,
    /// The answer is not the message that is due.
    Unexpected,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Message(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
            Self::Pac(error) => error.fmt(f),
            Self::Time => f.write_str("Kerberos has times from 1970 to 9999 only: give another `now`"),
            Self::Unexpected => {
                f.write_str("the answer is not the message that is due: look for a refusal on the acceptor's side")
            }
        }
    }
}

impl core::error::Error for Error {}

impl From<BadName> for Error {
    fn from(error: BadName) -> Self {
        Self::Name(error)
    }
}

impl From<etype::Error> for Error {
    fn from(error: etype::Error) -> Self {
        Self::Key(error)
    }
}

impl From<asn1::Error> for Error {
    fn from(error: asn1::Error) -> Self {
        Self::Message(error)
    }
}

impl From<pac::Error> for Error {
    fn from(error: pac::Error) -> Self {
        Self::Pac(error)
    }
}

impl From<gss::Error> for Error {
    fn from(error: gss::Error) -> Self {
        Self::Frame(error)
    }
}
