//! Why a client gives up.

use alloc::string::String;
use core::fmt;

use super::Site;
use crate::error::{Fault, Reason};

/// Why a client gives up, beside what the mechanisms refuse.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientError {
    /// The program was not told to log in to this server.
    NotTrusted(Site),
    /// The response came over another connection.
    ConnectionMismatch,
    /// The response is the other challenger's: a proxy's 407 in the place of a server's.
    OtherChallenger,
    /// The server offers nothing that could be answered.
    NoCommonScheme {
        /// What it offers.
        offered: String,
    },
    /// The server has refused the login.
    Refused,
    /// The server goes on under another scheme than the login was begun under.
    SchemeChanged,
    /// A challenge that cannot stand where it stands: a token that nobody asked for, or two of one scheme.
    UnexpectedChallenge,
    /// The server claims success while the login is not done.
    Unfinished,
    /// The server was to prove itself, and did not.
    MutualMissing {
        /// The response's status.
        status: u16,
    },
    /// Too many requests for one login.
    TooManyRounds,
    /// A redirect to nowhere that could be judged.
    BadLocation,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotTrusted(site) => {
                return write!(f, "this program was not told to log in to {site}: HttpInitiator::trust names the servers it may");
            }
            Self::ConnectionMismatch => {
                "the response came over another connection than the login's: the program mixed them up, or its pool did"
            }
            Self::OtherChallenger => {
                "a proxy asks for a login (407) where the server's response was due: a proxy's handshake is one of its own"
            }
            Self::NoCommonScheme { offered } => {
                return write!(
                    f,
                    "the server offers no scheme that could be answered: it offers {}; Negotiate takes a ticket or a password here, \
                     NTLM a password, and passwords are of no use where NTLM is forbidden (forbid_ntlm, require_mutual)",
                    if offered.is_empty() { "nothing" } else { offered }
                );
            }
            Self::Refused => {
                "the server refused the login and gave no reason: a wrong password, a ticket for another name, or no right to \
                 this page; the server's log says more"
            }
            Self::SchemeChanged => "the server went on under another scheme than the login was begun under",
            Self::UnexpectedChallenge => "the server sent a token that nothing asked for, or two challenges of one scheme",
            Self::Unfinished => "the server claims success while the login is not done: it is not the one that was asked for",
            Self::MutualMissing { status } => {
                return write!(
                    f,
                    "the server did not prove itself with its response {status}, which was required: its page may be anybody's"
                );
            }
            Self::TooManyRounds => "the server asks again and again: too many requests for one login",
            Self::BadLocation => "the redirect's Location is no http or https URL that is read by all in the same way",
        })
    }
}

impl core::error::Error for ClientError {}

impl Reason for ClientError {
    fn fault(&self) -> Fault {
        match self {
            Self::NotTrusted(_) | Self::MutualMissing { .. } | Self::NoCommonScheme { .. } => Fault::Policy,
            Self::ConnectionMismatch | Self::OtherChallenger => Fault::Configuration,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NotTrusted(_) => "not-trusted",
            Self::ConnectionMismatch => "connection-mismatch",
            Self::OtherChallenger => "other-challenger",
            Self::NoCommonScheme { .. } => "no-common-scheme",
            Self::Refused => "refused",
            Self::SchemeChanged => "scheme-changed",
            Self::UnexpectedChallenge => "unexpected-challenge",
            Self::Unfinished => "unfinished",
            Self::MutualMissing { .. } => "mutual-missing",
            Self::TooManyRounds => "too-many-rounds",
            Self::BadLocation => "bad-location",
        }
    }
}
