//! Why a credential cache cannot be read or written, or has not what is asked of it.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::asn1;
use crate::error::{Fault, Reason};
use crate::kerberos::etype;
use crate::peer::Principal;
use crate::time::Timestamp;

/// Why a credential cache cannot be read or written, or has not what is asked of it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened or read.
    Unreadable {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The file cannot be written.
    Unwritable {
        /// Which file.
        path: String,
        /// What the system says.
        reason: String,
    },
    /// The file was read, and is none, or damaged.
    File {
        /// Which file.
        path: String,
        /// What is wrong with it.
        error: Box<Self>,
    },
    /// The name of the cache is of a type that is no file, such as `KEYRING` or `KCM`.
    Type(String),
    /// The name of a cache that names no file: `DIR::` with a file that is none of a collection, or a damaged `primary`.
    Name(String),
    /// `KRB5CCNAME` is not set, and on this system nobody knows where else to look.
    NoDefault,
    /// The collection has no cache of this client.
    NoCacheOf(Box<Principal>),
    /// No octet at all.
    Empty,
    /// It does not begin with the octet 5 and a version.
    NotACcache,
    /// It is a keytab.
    Keytab,
    /// It begins with 5 and a version other than 3 and 4.
    Version(u8),
    /// The file ends within a field, or a field claims to be longer than what follows.
    Truncated {
        /// Where the field begins, in octets from the beginning of the file.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
    /// A field has a value that it cannot have.
    Field {
        /// Where it begins, in octets from the beginning of the file.
        offset: usize,
        /// Which field.
        field: &'static str,
    },
    /// A principal that is no name: no realm, no component or too many, or control characters.
    BadName {
        /// Where it begins, in octets from the beginning of the file.
        offset: usize,
    },
    /// No ticket for this service is there.
    NoTicket(Box<NoTicket>),
    /// The ticket is over.
    Expired {
        /// For which service it is.
        server: Box<Principal>,
        /// Since when.
        ended: Timestamp,
        /// The KDC's clock, as far as the cache knows it.
        now: Timestamp,
    },
    /// The ticket is not valid yet.
    NotYetValid {
        /// For which service it is.
        server: Box<Principal>,
        /// From when it is.
        starts: Timestamp,
        /// The KDC's clock, as far as the cache knows it.
        now: Timestamp,
    },
    /// The ticket carries the flag INVALID: it is postdated and the KDC has not validated it.
    Invalid {
        /// For which service it is.
        server: Box<Principal>,
    },
    /// The session key cannot be used: its type is not implemented, or it has the wrong length.
    Key {
        /// The service of the ticket.
        server: Box<Principal>,
        /// What is wrong with the key.
        error: etype::Error,
    },
    /// A `KRB-CRED`, or a ticket, that is not the ASN.1 of RFC 4120.
    Malformed(asn1::Error),
    /// A `KRB-CRED` that says something no such message can say.
    KrbCred(KrbCredFlaw),
    /// The `KRB-CRED` could not be encrypted.
    Encryption(etype::Error),
}

/// What a `KRB-CRED` can have wrong with it, its ASN.1 being sound (RFC 4120 section 5.8).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KrbCredFlaw {
    /// pvno is not 5 or msg-type not 22.
    NotKrbCred,
    /// A ticket whose tkt-vno is not 5 (RFC 4120 section 5.3).
    TicketVersion,
    /// Another number of tickets than of what is said about them, none at all, or too many.
    Count,
    /// A name is missing, or is none.
    Name,
    /// A ticket without endtime, or a time outside of what a cache can hold: the years 1970 to 2106.
    Time,
    /// A session key of a type outside of the 16 bits that a cache has for it.
    KeyType,
    /// No key at hand opens the encrypted part.
    Key,
    /// It is in the clear, and was to be opened by a key.
    InTheClear,
}

/// A ticket that is not in the cache, and what is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct NoTicket {
    /// The service.
    pub target: String,
    /// Whose tickets the cache holds.
    pub client: Principal,
    /// The services of which it has tickets; a long list is cut.
    pub holds: String,
    /// Until when the client's ticket-granting ticket is good, if there is one.
    pub ticket_granting_ticket: Option<Timestamp>,
    /// The KDC's clock, as far as the cache knows it.
    pub now: Timestamp,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => {
                write!(f, "the credential cache {path} cannot be read: {reason}; {LOOK_FOR_IT}")
            }
            Self::Unwritable { path, reason } => write!(f, "the credential cache {path} cannot be written: {reason}"),
            Self::File { path, error } => write!(f, "{path}: {error}"),
            Self::Type(name) => write!(
                f,
                "credential caches of type {name} live in a service or in the kernel, and only files can be read here: \
                 have the tickets in one (kinit -c FILE:/path, then KRB5CCNAME=FILE:/path)"
            ),
            Self::Name(name) => write!(f, "{name:?} names no credential cache: {NAMES}"),
            Self::NoDefault => f.write_str(
                "KRB5CCNAME is not set, and this system does not say which user this is: name the credential cache",
            ),
            Self::NoCacheOf(client) => write!(f, "the collection has no cache of {client}: get one (kinit {client})"),
            Self::Empty => f.write_str("the credential cache is empty: nobody has logged in to it yet (kinit)"),
            Self::NotACcache => f.write_str("this is not a credential cache: it does not begin with the octets 05 04"),
            Self::Keytab => f.write_str("this is a keytab, not a credential cache: are the two file names exchanged?"),
            Self::Version(version @ 1..=2) => write!(
                f,
                "this credential cache has format version 0x05{version:02x}, whose numbers depend on the machine that \
                 wrote it: get a new one (kinit), or set ccache_type = 4 there"
            ),
            Self::Version(version) => {
                write!(f, "credential cache format version 0x05{version:02x} is not known, only 0x0503 and 0x0504")
            }
            Self::Truncated { offset, field } => {
                write!(f, "the credential cache ends within its {field} at octet {offset}: it was cut, or damaged")
            }
            Self::Field { offset, field } => {
                write!(f, "the credential cache's {field} at octet {offset} cannot be: it is damaged")
            }
            Self::BadName { offset } => {
                write!(f, "the credential cache has no valid principal name at octet {offset}: it is damaged")
            }
            Self::NoTicket(missing) => missing.fmt(f),
            Self::Expired { server, ended, now } => write!(
                f,
                "the ticket for {server} ended {ended}, {} ago: get a new one (kinit, kvno)",
                Span(now.distance(*ended))
            ),
            Self::NotYetValid { server, starts, now } => write!(
                f,
                "the ticket for {server} is good from {starts}, in {}: postdated, or this machine's clock is behind",
                Span(starts.distance(*now))
            ),
            Self::Invalid { server } => {
                write!(f, "the ticket for {server} is marked INVALID: have the KDC validate it (kinit -v)")
            }
            Self::Key { server, error } => write!(f, "the session key of the ticket for {server} is unusable: {error}"),
            Self::Malformed(error) => error.fmt(f),
            Self::KrbCred(flaw) => flaw.fmt(f),
            Self::Encryption(error) => write!(f, "the KRB-CRED cannot be encrypted: {error}"),
        }
    }
}

const LOOK_FOR_IT: &str = "is there a login (kinit), is it in this file (klist says where, for KRB5CCNAME), and may this user read \
    it?";
const NAMES: &str = "FILE:/path, DIR:/path, or DIR::/path/tkt and what follows";

impl fmt::Display for KrbCredFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the KRB-CRED (RFC 4120 section 5.8) is none: ")?;
        f.write_str(match self {
            Self::NotKrbCred => "its version is not 5 or its type not 22",
            Self::TicketVersion => "a ticket in it is not of version 5",
            Self::Count => "it has no ticket, too many, or not as many as it describes",
            Self::Name => "it names no client or no service of a ticket",
            Self::Time => "a ticket has no end, or one that a cache cannot hold",
            Self::KeyType => "the type of a session key is none that a cache can hold",
            Self::Key => "no key at hand opens its encrypted part",
            Self::InTheClear => "it is in the clear, and should be under a key: anybody can have made it",
        })
    }
}

impl fmt::Display for NoTicket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, client, holds, ticket_granting_ticket, now } = self;
        write!(f, "the cache of {client} has no ticket for {target}, but for ")?;
        f.write_str(if holds.is_empty() { "nothing" } else { holds })?;
        match ticket_granting_ticket {
            Some(ends) if ends > now => {
                write!(f, "; tickets are not fetched here, but its ticket-granting ticket is good: kvno {target}")
            }
            Some(ends) => write!(f, "; its ticket-granting ticket ended {ends}: kinit, then kvno {target}"),
            None => write!(f, "; it has no ticket-granting ticket either: kinit, then kvno {target}"),
        }
    }
}

/// A length of time, for people.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds @ 0..120 => write!(f, "{seconds} s"),
            seconds @ 120..7_200 => write!(f, "{} min", seconds.div_euclid(60)),
            seconds @ 7_200..259_200 => write!(f, "{} h", seconds.div_euclid(3_600)),
            seconds => write!(f, "{} days", seconds.div_euclid(86_400)),
        }
    }
}

impl core::error::Error for Error {}

impl From<asn1::Error> for Error {
    fn from(error: asn1::Error) -> Self {
        Self::Malformed(error)
    }
}

impl From<KrbCredFlaw> for Error {
    fn from(flaw: KrbCredFlaw) -> Self {
        Self::KrbCred(flaw)
    }
}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::File { error, .. } => error.fault(),
            Self::Expired { .. } | Self::NotYetValid { .. } | Self::Invalid { .. } => Fault::Time,
            Self::Key { error: error @ etype::Error::UnknownEtype(_), .. } => error.fault(),
            _ => Fault::Configuration,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } | Self::NoCacheOf(_) => "ccache-unreadable",
            Self::Unwritable { .. } => "ccache-unwritable",
            Self::File { error, .. } => error.kind(),
            Self::Type(_) => "ccache-type",
            Self::Name(_) | Self::NoDefault => "ccache-name",
            Self::Version(_) => "ccache-version",
            Self::NoTicket(_) => "no-ticket",
            Self::Expired { .. } => "ticket-expired",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Invalid { .. } => "ticket-invalid",
            Self::Key { .. } | Self::Encryption(_) => "bad-key",
            Self::Malformed(error) => error.kind(),
            Self::KrbCred(_) => "bad-krb-cred",
            Self::Empty
            | Self::NotACcache
            | Self::Keytab
            | Self::Truncated { .. }
            | Self::Field { .. }
            | Self::BadName { .. } => "ccache-format",
        }
    }
}
