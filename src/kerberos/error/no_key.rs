//! The ladder of reasons for a ticket that no key opens.

use alloc::string::String;
use core::fmt;

use super::code;
use crate::error::Fault;
use crate::kerberos::etype::EncryptionType;

/// A ticket that no key opened, and what the keytab holds instead.
#[derive(Debug)]
pub struct NoKey {
    /// The service the ticket says it is for.
    pub ticket: String,
    /// The key version it says it is encrypted under.
    pub kvno: Option<u32>,
    /// The encryption type.
    pub etype: EncryptionType,
    /// Why no key fits.
    pub why: WhyNoKey,
}

/// The ladder of reasons for a ticket that no key opens.
#[derive(Debug)]
#[non_exhaustive]
pub enum WhyNoKey {
    /// The keytab has no usable key at all.
    KeytabEmpty,
    /// The principal is not in the keytab, or this acceptor does not answer to it.
    NotUs {
        /// What the acceptor answers to.
        ours: String,
        /// A principal of the keytab that differs in nothing but upper and lower case.
        differs_in_case: Option<String>,
    },
    /// A service whose tickets are never for an application: krbtgt, kadmin.
    KdcService,
    /// The keytab has keys of the principal, but none of this etype.
    NoSuchEtype {
        /// The keys it has.
        holds: String,
    },
    /// The keytab has only older keys: it is out of date.
    KeytabOutOfDate {
        /// The keys it has.
        holds: String,
    },
    /// The keytab has only newer keys: the ticket is out of date.
    TicketOutOfDate {
        /// The keys it has.
        holds: String,
    },
    /// The ticket names no key version, and this acceptor was told to try none but the named one.
    NoKvno {
        /// The keys it has.
        holds: String,
    },
    /// The key is there by name, version and etype, and does not open the ticket.
    KeyDoesNotFit {
        /// The keys it has.
        holds: String,
    },
}

impl NoKey {
    pub(super) fn code(&self) -> i32 {
        match self.why {
            WhyNoKey::KeytabEmpty => code::AP_ERR_NOKEY,
            WhyNoKey::NotUs { .. } | WhyNoKey::KdcService => code::AP_ERR_NOT_US,
            WhyNoKey::NoSuchEtype { .. }
            | WhyNoKey::KeytabOutOfDate { .. }
            | WhyNoKey::TicketOutOfDate { .. }
            | WhyNoKey::NoKvno { .. } => code::AP_ERR_BADKEYVER,
            WhyNoKey::KeyDoesNotFit { .. } => code::AP_ERR_BAD_INTEGRITY,
        }
    }

    pub(super) fn kind(&self) -> &'static str {
        match self.why {
            WhyNoKey::KeytabEmpty => "keytab-empty",
            WhyNoKey::NotUs { .. } | WhyNoKey::KdcService => "not-us",
            WhyNoKey::NoSuchEtype { .. } => "no-key-of-etype",
            WhyNoKey::KeytabOutOfDate { .. } => "keytab-out-of-date",
            WhyNoKey::TicketOutOfDate { .. } => "ticket-out-of-date",
            WhyNoKey::NoKvno { .. } => "no-kvno",
            WhyNoKey::KeyDoesNotFit { .. } => "key-does-not-fit",
        }
    }

    pub(super) fn fault(&self) -> Fault {
        match self.why {
            WhyNoKey::KdcService | WhyNoKey::TicketOutOfDate { .. } => Fault::Peer,
            WhyNoKey::NotUs { .. }
            | WhyNoKey::KeytabEmpty
            | WhyNoKey::NoSuchEtype { .. }
            | WhyNoKey::KeytabOutOfDate { .. }
            | WhyNoKey::NoKvno { .. }
            | WhyNoKey::KeyDoesNotFit { .. } => Fault::Configuration,
        }
    }
}

impl fmt::Display for NoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ticket is for {}, ", self.ticket)?;
        match self.kvno {
            Some(kvno) => write!(f, "kvno {kvno}, {}; ", self.etype)?,
            None => write!(f, "no kvno, {}; ", self.etype)?,
        }
        fmt::Display::fmt(&self.why, f)
    }
}

impl fmt::Display for WhyNoKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeytabEmpty => f.write_str("the keytab holds no usable key: export one for this service"),
            Self::NotUs { ours, differs_in_case: None } => write!(
                f,
                "this acceptor answers to {ours}: if the clients are right, add that service's key to the keytab, else correct the name they use"
            ),
            Self::NotUs { differs_in_case: Some(principal), .. } => write!(
                f,
                "the keytab holds {principal}, which differs in upper and lower case: register the name as clients write it, or let the acceptor fold the case of hosts"
            ),
            Self::KdcService => f.write_str("such tickets are for the KDC, never for an application"),
            Self::NoSuchEtype { holds } => write!(
                f,
                "the keytab holds {holds} of it, none of this encryption type: export the missing key, or limit the account's encryption types"
            ),
            Self::KeytabOutOfDate { holds } => write!(
                f,
                "the keytab holds {holds} of it: the keytab is out of date (the password has changed since), export it anew"
            ),
            Self::TicketOutOfDate { holds } => write!(
                f,
                "the keytab holds {holds} of it: the ticket is out of date, the client must get a new one (log in again, or purge its tickets)"
            ),
            Self::NoKvno { holds } => write!(
                f,
                "the keytab holds {holds} of it, but the ticket names no version and this acceptor is strict about versions: let it try the keys it has (without strict_kvno)"
            ),
            Self::KeyDoesNotFit { holds } => write!(
                f,
                "the keytab holds {holds} of it, but that key does not open the ticket: it was made from another password or salt, or by another realm, or the ticket is damaged"
            ),
        }
    }
}
