//! What NTLM refuses, and what fails in it.

mod text;

use alloc::boxed::Box;
use alloc::string::String;

use super::message::{self, AvId, NegotiateFlags};
use super::response;
use super::target_info::BadTargetInfo;
use crate::error::{Fault, Reason};
use crate::peer::Account;
use crate::random;
use crate::time::Timestamp;

/// Why an NTLM login was refused, or could not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A message is malformed, or not the one that is due.
    Message(message::Error),
    /// A message longer than any sound one, by its length in octets (row C14).
    TooLong(usize),
    /// The response came after the challenge had ended (row D19).
    ChallengeExpired,
    /// Flags that were not offered, or that no login here may have (row D17).
    FlagsMismatch(NegotiateFlags),
    /// Nobody in particular wants to log in (row D06).
    AnonymousRefused,
    /// Half of an anonymous login, half of another (row D06).
    AnonymousMix,
    /// NTLMv1, which this side was not told to take (row D07).
    NtlmV1Refused,
    /// LM or LMv2 and no NT response, which is never enough (rows D07, D08).
    LmOnly,
    /// An attribute of the challenge did not come back as it was sent, or one came that is the acceptor's own (row D13).
    TargetInfoMismatch(AvId),
    /// The response is of another time (row D20).
    Stale(Staleness),
    /// The login is one's own, or answers a challenge of one's own (row D15).
    Reflection,
    /// No such user, or another password: which of the two is not said (row D23). By the names that were sent.
    LogonFailure(Box<Account>),
    /// The store of accounts, or a domain controller, refuses the user. By the names that were sent.
    AccountRefused(Box<Account>),
    /// The response was verified under a key of zeros, as a guest's is: nothing was proven (row D29). By the names that were
    /// sent.
    GuestRefused(Box<Account>),
    /// The store of accounts does not answer.
    StoreUnavailable,
    /// The exchanged session key has another length than 16 octets (row D18).
    SessionKeyLength(usize),
    /// The response announces no MIC, and the policy requires one (row D09).
    MicRequired,
    /// The messages are not those that the other side sent and received (rows D09, D16).
    MicMismatch,
    /// The initiator's channel bindings are not those of this channel (row D21).
    BadBindings(BindingsFailure),
    /// Channel bindings are required, and the caller gave none for this connection.
    NoOwnBindings,
    /// The initiator meant another service, or does not say which (row D22).
    WrongTarget(TargetFailure),
    /// A name of this server that no message can hold.
    TargetInfo(BadTargetInfo),
    /// No random octets.
    Random(random::Unavailable),
}

/// How a response is of another time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Staleness {
    /// MsvAvTimestamp is not the one that was sent with the challenge, or is missing.
    Timestamp,
    /// The initiator made its response too long ago, or its clock is wrong.
    Response {
        /// The initiator's clock.
        made: Timestamp,
        /// The acceptor's clock.
        now: Timestamp,
    },
}

/// How channel bindings failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindingsFailure {
    /// The initiator bound itself to another channel: a man in the middle, or a proxy that ends TLS.
    Mismatch,
    /// The initiator sent none, and the policy requires them.
    Missing,
    /// The initiator says that it has no channel, and this side has one.
    NoChannel,
}

/// How the name of the service failed.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TargetFailure {
    /// It is another one.
    Other(String),
    /// It is missing, and the policy requires it.
    Missing,
    /// The initiator had it from a source that it does not trust, and the policy requires a trusted one.
    Untrusted,
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::Message(error) => error.fault(),
            Self::ChallengeExpired | Self::Stale(Staleness::Response { .. }) => Fault::Time,
            Self::AnonymousRefused
            | Self::NtlmV1Refused
            | Self::LmOnly
            | Self::AccountRefused(_)
            | Self::GuestRefused(_)
            | Self::MicRequired
            | Self::BadBindings(BindingsFailure::Missing)
            | Self::WrongTarget(TargetFailure::Missing | TargetFailure::Untrusted) => Fault::Policy,
            Self::StoreUnavailable | Self::NoOwnBindings | Self::TargetInfo(_) | Self::Random(_) => {
                Fault::Configuration
            }
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Message(error) => error.kind(),
            Self::TooLong(_) => "too-long",
            Self::ChallengeExpired => "challenge-expired",
            Self::FlagsMismatch(_) => "flags-mismatch",
            Self::AnonymousRefused => "anonymous-refused",
            Self::AnonymousMix => "malformed",
            Self::NtlmV1Refused => "ntlmv1-refused",
            Self::LmOnly => "lm-only",
            Self::TargetInfoMismatch(_) => "target-info-mismatch",
            Self::Stale(_) => "stale",
            Self::Reflection => "reflection",
            Self::LogonFailure(_) => "logon-failure",
            Self::AccountRefused(_) => "account-refused",
            Self::GuestRefused(_) => "guest-refused",
            Self::StoreUnavailable => "store-unavailable",
            Self::SessionKeyLength(_) => "session-key-length",
            Self::MicRequired => "mic-required",
            Self::MicMismatch => "mic-mismatch",
            Self::BadBindings(_) => "bad-bindings",
            Self::NoOwnBindings => "no-own-bindings",
            Self::WrongTarget(_) => "wrong-target",
            Self::TargetInfo(error) => error.kind(),
            Self::Random(error) => error.kind(),
        }
    }
}

impl From<message::Error> for Error {
    fn from(error: message::Error) -> Self {
        Self::Message(error)
    }
}

impl From<random::Unavailable> for Error {
    fn from(error: random::Unavailable) -> Self {
        Self::Random(error)
    }
}

impl From<BadTargetInfo> for Error {
    fn from(error: BadTargetInfo) -> Self {
        Self::TargetInfo(error)
    }
}

impl Error {
    /// A response was looked at, and this is what came of it.
    pub(super) fn of_response(error: response::Error, claimed: impl FnOnce() -> Account) -> Self {
        match error {
            response::Error::MicMismatch => Self::MicMismatch,
            response::Error::SessionKeyLength { actual } => Self::SessionKeyLength(actual),
            _ => Self::LogonFailure(Box::new(claimed())),
        }
    }
}
