//! What can go wrong with a password, a response or a key.

use core::fmt;

use crate::error::{Fault, Reason};

/// Why a login was refused, or a hash could not be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The response is not that of this account, or there is no such account: which of the two is not said (row D23).
    LogonFailure,
    /// The message integrity code does not belong to these messages (rows D09, D16).
    MicMismatch,
    /// An encrypted session key that is not of 16 octets (row D18).
    SessionKeyLength {
        /// Octets that there are.
        actual: usize,
    },
    /// A password longer than [`MAX_PASSWORD_LEN`](super::MAX_PASSWORD_LEN) (row D28).
    PasswordTooLong {
        /// Octets that it has in UTF-8.
        actual: usize,
    },
    /// A password that has no LM hash: more than 14 characters, or others than ASCII.
    NoLmHash,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LogonFailure => f.write_str("unknown user name or bad password"),
            Self::MicMismatch => {
                f.write_str("the messages were altered on their way: their integrity code does not fit")
            }
            Self::SessionKeyLength { actual } => {
                write!(f, "an encrypted session key has 16 octets, this one has {actual}")
            }
            Self::PasswordTooLong { actual } => {
                write!(f, "a password of {actual} octets is refused: at most {}", super::MAX_PASSWORD_LEN)
            }
            Self::NoLmHash => f.write_str("a password of more than 14 characters, or not of ASCII, has no LM hash"),
        }
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::LogonFailure | Self::MicMismatch | Self::SessionKeyLength { .. } => Fault::Peer,
            Self::PasswordTooLong { .. } | Self::NoLmHash => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::LogonFailure => "logon-failure",
            Self::MicMismatch => "mic-mismatch",
            Self::SessionKeyLength { .. } => "session-key-length",
            Self::PasswordTooLong { .. } => "password-too-long",
            Self::NoLmHash => "no-lm-hash",
        }
    }
}
