//! What is wrong with a PAC, and where.

use core::fmt;

use super::{BufferType, MAX_BUFFERS};
use crate::error::{Fault, Reason};
use crate::kerberos::etype::ChecksumType;

/// A PAC that is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// It ends before its header or its table of buffers does (row F01).
    Truncated,
    /// Version is not 0 (row F01).
    Version(u32),
    /// cBuffers is 0, or above [`MAX_BUFFERS`] (row F01).
    BufferCount(u32),
    /// A buffer that begins within the table, or ends behind the PAC (row F01).
    Bounds(BufferType),
    /// A buffer whose Offset is no multiple of 8 (row F01).
    Align(BufferType),
    /// Two buffers that share octets (row F01).
    Overlap(BufferType, BufferType),
    /// A type that is there twice (row F02).
    Duplicate(BufferType),
    /// A buffer that is not the NDR of its structure (row F08).
    Ndr {
        /// Which one.
        buffer: BufferType,
        /// What is wrong.
        flaw: NdrFlaw,
        /// How many octets into the buffer.
        at: usize,
    },
    /// A buffer that must be there, and is not.
    Missing(BufferType),
    /// A buffer that ends before, or behind, its structure does.
    Length(BufferType),
    /// A name that is not UTF-16, or has a NUL inside.
    Text(BufferType),
    /// Not a SID ([MS-DTYP] section 2.4.2.2).
    Sid(BufferType),
    /// A server signature of another type than the service's key makes (row F04).
    ChecksumType {
        /// The type that goes with the key.
        expected: ChecksumType,
        /// The type of the signature.
        actual: ChecksumType,
    },
    /// A signature of another length than its type has (row F04).
    ChecksumLength(BufferType),
    /// The server signature does not fit: something was changed, or another key made it (row F03).
    BadServerChecksum,
    /// It is about another login than the ticket's (row F06).
    ClientMismatch(ClientFlaw),
    /// UPN_DNS_INFO is about another account than LOGON_INFO or the ticket (row F09).
    SidMismatch(AccountFlaw),
    /// It has what only a ticket-granting ticket has: the ticket was not issued for a service (row E03).
    TicketGrantingTicket,
    /// A signature of the KDC's that none of the given keys made (row F10).
    BadKdcChecksum(BufferType),
    /// SIDs that cannot be put together: no domain for the numbers, or one with no room for a number.
    Domain(BufferType),
    /// A value that is too long to be written down, with the buffer that it belongs to.
    TooLong(BufferType),
}

/// In what a PAC and its ticket are of two logins.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ClientFlaw {
    /// The client's name.
    Name,
    /// When the client proved who it is.
    Time,
}

/// In what a PAC is of two accounts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AccountFlaw {
    /// The SID.
    Sid,
    /// The name in the domain.
    SamName,
    /// The domain: another than the client's realm.
    Domain,
}

/// What can be wrong with NDR ([MS-RPCE] section 2.2.6, C706 chapter 14).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NdrFlaw {
    /// The common type header is not that of version 1, little-endian ([MS-RPCE] section 2.2.6.1).
    Header,
    /// ObjectBufferLength is no multiple of 8, or not the length of what follows ([MS-RPCE] section 2.2.6.2).
    ObjectLength,
    /// The octets end too early.
    Truncated,
    /// More octets than the structure has.
    Trailing,
    /// A pointer that must lead somewhere is null, or the other way round.
    Pointer,
    /// A count that is not the one said before, or an array that does not begin at 0.
    Count,
    /// More elements than the rest of the octets can hold, or than any real PAC has.
    TooMany,
    /// Not a SID ([MS-DTYP] section 2.4.2.3).
    Sid,
    /// Not UTF-16, or with a NUL inside.
    Text,
    /// A value that the structure does not allow there.
    Value,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("the PAC ends before its table of buffers does"),
            Self::Version(version) => write!(f, "a PAC of version {version}, where 0 is the only one"),
            Self::BufferCount(count) => write!(f, "a PAC of {count} buffers: 1 to {MAX_BUFFERS} are taken"),
            Self::Bounds(buffer) => write!(f, "the {buffer} of the PAC lies where it cannot"),
            Self::Align(buffer) => write!(f, "the {buffer} of the PAC is not at a multiple of 8 octets"),
            Self::Overlap(one, other) => write!(f, "the {one} and the {other} of the PAC share octets"),
            Self::Duplicate(buffer) => write!(f, "the {buffer} is in the PAC twice"),
            Self::Ndr { buffer, flaw, at } => write!(f, "the {buffer} of the PAC is not sound at octet {at}: {flaw}"),
            Self::Missing(buffer) => write!(f, "the PAC has no {buffer}, which every domain controller writes"),
            Self::Length(buffer) => write!(f, "the {buffer} of the PAC has not the length that it says"),
            Self::Text(buffer) => write!(f, "a name in the {buffer} of the PAC is not UTF-16, or has a NUL inside"),
            Self::Sid(buffer) => write!(f, "the {buffer} of the PAC has something else where a SID is due"),
            Self::ChecksumType { expected, actual } => write!(
                f,
                "the PAC is signed with {actual}, and the key that opened the ticket makes {expected}: forged"
            ),
            Self::ChecksumLength(buffer) => write!(f, "the {buffer} of the PAC has not the length of its type"),
            Self::BadServerChecksum => {
                f.write_str("the PAC is not signed with the key that opened the ticket: changed on the way, or forged")
            }
            Self::ClientMismatch(ClientFlaw::Name) => {
                f.write_str("the PAC names another client than the ticket: it was taken from another one")
            }
            Self::ClientMismatch(ClientFlaw::Time) => {
                f.write_str("the PAC is of another time than the ticket: it was taken from another one")
            }
            Self::SidMismatch(flaw) => f.write_str(match flaw {
                AccountFlaw::Sid => {
                    "the PAC has two accounts: the SID beside the user's principal name is not the user's"
                }
                AccountFlaw::SamName => {
                    "the PAC has two accounts: the account's name beside the user's principal name is not the user's"
                }
                AccountFlaw::Domain => "the PAC is of another domain than the client's realm",
            }),
            Self::TicketGrantingTicket => f.write_str(
                "the PAC has what only a ticket-granting ticket has: the ticket was not issued for this service",
            ),
            Self::BadKdcChecksum(buffer) => write!(
                f,
                "the {buffer} of the PAC was made with none of the given keys of krbtgt: someone who has the service's key forged it, or the keys are out of date"
            ),
            Self::Domain(buffer) => write!(f, "the {buffer} of the PAC has numbers without a domain they can be in"),
            Self::TooLong(buffer) => write!(f, "a value is too long for the {buffer} of a PAC"),
        }
    }
}

impl fmt::Display for NdrFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "not a header of NDR, version 1, little-endian",
            Self::ObjectLength => "a length that is not that of what follows",
            Self::Truncated => "it ends too early",
            Self::Trailing => "it goes on behind its end",
            Self::Pointer => "a pointer to nothing, or to what must not be there",
            Self::Count => "two counts of the same that differ",
            Self::TooMany => "more elements than can be there",
            Self::Sid => "not a SID",
            Self::Text => "not UTF-16, or with a NUL inside",
            Self::Value => "an impossible value",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::TooLong(_) => Fault::Configuration,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Truncated | Self::BufferCount(_) | Self::Bounds(_) => "pac-bounds",
            Self::Version(_) => "pac-version",
            Self::Align(_) => "pac-align",
            Self::Overlap(..) => "pac-overlap",
            Self::Duplicate(_) => "pac-duplicate",
            Self::Ndr { .. } => "pac-ndr",
            Self::Missing(_) => "pac-incomplete",
            Self::Length(_) => "pac-bounds",
            Self::Text(_) => "pac-text",
            Self::Sid(_) => "pac-sid",
            Self::ChecksumType { .. } => "pac-checksum-type",
            Self::ChecksumLength(_) => "pac-checksum-length",
            Self::BadServerChecksum => "pac-server-checksum",
            Self::ClientMismatch(_) => "pac-client-mismatch",
            Self::SidMismatch(_) => "pac-sid-mismatch",
            Self::TicketGrantingTicket => "not-us",
            Self::BadKdcChecksum(_) => "pac-kdc-checksum",
            Self::Domain(_) => "pac-domain",
            Self::TooLong(_) => "pac-too-long",
        }
    }
}
