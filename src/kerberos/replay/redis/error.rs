//! Why Redis could not be relied on.

use std::fmt;
use std::io;
use std::time::Duration;

use redis::{ErrorKind, RedisError};

use crate::error::{Fault, Reason};

/// Why Redis could not be asked, or not be relied on. Never holds a part of the URL but host and port, nor what Redis
/// says beyond the code of its error: it may repeat what it was sent.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Not the URL of a Redis.
    Url,
    /// A URL that asks for TLS, in a program that has none for Redis.
    NoTls,
    /// Called outside of a tokio runtime.
    NoRuntime,
    /// The connection cannot be made, or broke.
    Away {
        /// Host and port, or the path of the socket.
        address: String,
        /// How the system puts it.
        kind: io::ErrorKind,
    },
    /// No answer in time.
    Silent {
        /// Host and port, or the path of the socket.
        address: String,
        /// The time that it was given.
        after: Duration,
    },
    /// User or password are missing or wrong.
    Credentials,
    /// Redis answers by an error.
    Refused {
        /// The first word of the error, such as `NOPERM`, `READONLY`, `LOADING`.
        code: String,
    },
    /// An answer that Redis does not give.
    NotUnderstood,
    /// It gives up entries before their time when its memory is full.
    Evicts {
        /// Its `maxmemory-policy`.
        policy: String,
    },
    /// This machine's clock and Redis' are too far apart.
    Clocks {
        /// How far they are, with the time of the question's way.
        apart: Duration,
        /// How far they may be.
        allowed: Duration,
    },
    /// Other acceptors share this memory with another clock skew.
    OtherSkew {
        /// The one that is kept by.
        kept: Duration,
        /// The one that was asked for.
        wanted: Duration,
    },
}

impl Error {
    pub(super) fn of(error: &RedisError, address: String) -> Self {
        let system: Option<&io::Error> = std::error::Error::source(error).and_then(|source| source.downcast_ref());
        match error.kind() {
            ErrorKind::AuthenticationFailed => Self::Credentials,
            ErrorKind::Io => Self::Away { address, kind: system.map_or(io::ErrorKind::NotConnected, io::Error::kind) },
            _ => error.code().map_or(Self::NotUnderstood, Self::refused),
        }
    }

    /// From the code of an error of Redis.
    pub(super) fn refused(code: &str) -> Self {
        match code {
            "NOAUTH" | "WRONGPASS" => Self::Credentials,
            code => Self::Refused { code: word(code) },
        }
    }

    pub(super) fn evicts(policy: &str) -> Self {
        Self::Evicts { policy: word(policy) }
    }

    /// Whether Redis cannot be asked, rather than gave an answer that is a reason to refuse.
    pub(super) fn is_away(&self) -> bool {
        match self {
            Self::Away { .. }
            | Self::Silent { .. }
            | Self::Credentials
            | Self::Refused { .. }
            | Self::NotUnderstood => true,
            Self::Url | Self::NoTls | Self::NoRuntime => false,
            Self::Evicts { .. } | Self::Clocks { .. } | Self::OtherSkew { .. } => false,
        }
    }
}

/// What Redis calls something, fit for a log: a short word of letters and signs that mean nothing there.
fn word(octets: &str) -> String {
    octets.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').take(32).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("not the URL of a Redis: it is redis://[user][:password@]host[:port][/database]"),
            Self::NoTls => f.write_str(
                "the URL asks for TLS, and this program has none for Redis: enable a TLS feature of the crate `redis`, \
                 such as tokio-rustls-comp, in the program's own Cargo.toml (or write what follows the # correctly)",
            ),
            Self::NoRuntime => f.write_str("Redis is asked on a tokio runtime: call this from within one"),
            Self::Away { address, kind } => {
                write!(f, "no connection to Redis at {address} ({kind}): look whether it runs and can be reached from here")
            }
            Self::Silent { address, after } => write!(
                f,
                "Redis at {address} did not answer within {after:?}: look at its load and the network, or allow more time"
            ),
            Self::Credentials => {
                f.write_str("Redis takes neither this user nor this password, or wants some: set them in the URL")
            }
            Self::Refused { code } => write!(f, "Redis answers by the error {code}: {}", cure(code)),
            Self::NotUnderstood => {
                f.write_str("an answer that Redis does not give: look what else listens at its address, or for its `run_id` in INFO")
            }
            Self::Evicts { policy } => write!(
                f,
                "Redis gives up entries before their time (maxmemory-policy {policy}), and so lets logins be repeated: set \
                 maxmemory-policy noeviction, or give the replay cache a Redis of its own"
            ),
            Self::Clocks { apart, allowed } => write!(
                f,
                "this machine's clock and Redis' are {:.3} s apart, and {:.3} s are allowed: set both by NTP",
                apart.as_secs_f64(),
                allowed.as_secs_f64()
            ),
            Self::OtherSkew { kept, wanted } => write!(
                f,
                "this Redis remembers for acceptors with a clock skew of {kept:?}, and this one allows {wanted:?}: give all the \
                 same, or another key prefix (after a change, restart Redis or delete the keys behind the prefix)"
            ),
        }
    }
}

fn cure(code: &str) -> &'static str {
    match code {
        "NOPERM" => "let this user do +set +get +time +info on the keys behind the prefix",
        "READONLY" => "it is a replica: connect to the primary",
        "LOADING" | "MASTERDOWN" | "BUSY" => "wait until it is ready",
        "MISCONF" => "it cannot write its disk: look at its log",
        "MOVED" | "ASK" | "CROSSSLOT" | "CLUSTERDOWN" => "it is a cluster, whose keys are spread: use a single server",
        _ => "look into its log",
    }
}

impl std::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::Clocks { .. } => Fault::Time,
            _ => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Url => "redis-url",
            Self::NoTls => "redis-tls",
            Self::NoRuntime => "redis-runtime",
            Self::Away { .. } => "redis-away",
            Self::Silent { .. } => "redis-silent",
            Self::Credentials => "redis-credentials",
            Self::Refused { .. } => "redis-error",
            Self::NotUnderstood => "redis-answer",
            Self::Evicts { .. } => "redis-evicts",
            Self::Clocks { .. } => "redis-clock",
            Self::OtherSkew { .. } => "redis-skew",
        }
    }
}
