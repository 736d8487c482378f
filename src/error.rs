//! Errors, sorted by whose fault they are.
//!
//! Every room has an error type of its own (`asn1::Error`, `kerberos::Error`, …) whose variants say what
//! happened. At the front doors they arrive as one [`Error`], which answers the questions an embedding program
//! asks: whose fault is it ([`Fault`]), what is it called ([`Error::kind`]), which Kerberos error code belongs to it.
//! Its `Display` is for the operator's log; none of it is meant for the peer, who gets [`Rejected::token`] and no more.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

/// Whose fault a failure is, and so what an embedding program does about it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The peer sent something malformed, forged, or out of turn: refuse it (HTTP 401).
    Peer,
    /// This side is set up wrongly, such as a keytab without the key that is needed: an operator must act (HTTP 500 or 401).
    Configuration,
    /// A clock or a lifetime: the message is too early, too late, or was seen before.
    Time,
    /// The message is sound, but this acceptor was told not to take its like.
    Policy,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Peer => "peer",
            Self::Configuration => "configuration",
            Self::Time => "time",
            Self::Policy => "policy",
        })
    }
}

/// What every room's error type can say of itself.
pub trait Reason: core::error::Error + Any + Send + Sync {
    /// Whose fault it is.
    fn fault(&self) -> Fault;

    /// A short, stable name for logs and scripts, such as `skew` or `no-key`.
    fn kind(&self) -> &'static str;

    /// The error code of RFC 4120 section 7.5.9 that belongs to it, if one does.
    fn krb_error(&self) -> Option<i32> {
        None
    }
}

/// A failure of any room, as it leaves the crate.
pub struct Error(Box<dyn Reason>);

impl Error {
    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.fault()
    }

    /// A short, stable name for logs and scripts, such as `skew` or `no-key`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.0.kind()
    }

    /// The error code of RFC 4120 section 7.5.9 that belongs to it, if one does.
    #[must_use]
    pub fn krb_error(&self) -> Option<i32> {
        self.0.krb_error()
    }

    /// The room's own error, for programs that tell its variants apart.
    #[must_use]
    pub fn downcast_ref<R: Reason>(&self) -> Option<&R> {
        let reason: &dyn Any = &*self.0;
        reason.downcast_ref()
    }
}

impl<R: Reason> From<R> for Error {
    fn from(reason: R) -> Self {
        Self(Box::new(reason))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A refused handshake: the reason for the operator, and the last word for the peer.
///
/// It has no `source`: the reason is part of its own text.
#[derive(Debug)]
pub struct Rejected {
    /// Why, for the operator's log.
    pub error: Error,
    /// What to send to the peer, if anything: a `NegTokenResp` with `reject`, or a `KRB-ERROR`.
    pub token: Option<Vec<u8>>,
}

impl Rejected {
    /// A refusal that leaves the peer without an answer.
    #[must_use]
    pub fn silent(error: impl Into<Error>) -> Self {
        Self { error: error.into(), token: None }
    }
}

impl<R: Reason> From<R> for Rejected {
    fn from(reason: R) -> Self {
        Self::silent(reason)
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl core::error::Error for Rejected {}
