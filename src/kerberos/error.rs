//! Why a Kerberos login was refused, told to the operator.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use super::etype::{self, EncryptionType};
use super::gss_checksum;
use super::replay;
use crate::error::{Fault, Reason};
use crate::peer::Principal;
use crate::random;
use crate::time::Timestamp;
use crate::{asn1, gss};

/// A refused AP exchange. The order of the variants is the order of the checks.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// Not one whole GSS-API frame.
    Frame(gss::Error),
    /// A frame for another mechanism.
    WrongMechanism(String),
    /// The two octets TOK_ID (RFC 4121 section 4.1) are not those of the message that is due.
    WrongTokenId([u8; 2]),
    /// The peer sent a KRB-ERROR: its side failed.
    PeerError(Box<PeerError>),
    /// Not the ASN.1 of RFC 4120.
    Malformed(asn1::Error),
    /// A version number that is not 5.
    Version {
        /// Which field of RFC 4120 it stood in.
        field: &'static str,
        /// What stood there.
        value: i32,
    },
    /// msg-type is not that of the message that is due.
    MessageType(i32),
    /// The ticket is encrypted under another ticket's session key, which this acceptor does not have.
    UserToUser,
    /// An encryption type that this acceptor does not take.
    EtypeNotPermitted {
        /// What is encrypted with it, or of that type.
        what: &'static str,
        /// The type.
        etype: EncryptionType,
    },
    /// No key opened the ticket.
    NoKey(Box<NoKey>),
    /// A key opened the ticket and what was inside is unusable: its length does not fit its type, or it is unknown.
    Key {
        /// Which key.
        what: &'static str,
        /// What is wrong with it.
        error: etype::Error,
    },
    /// The authenticator is not encrypted under the ticket's session key.
    AuthenticatorIntegrity,
    /// A name in a form no principal can have.
    BadName(&'static str),
    /// The authenticator's client is not the ticket's.
    ClientMismatch {
        /// Who the ticket is for.
        ticket: Box<Principal>,
    },
    /// The client is nobody: an anonymous ticket (RFC 8062).
    Anonymous,
    /// The ticket is limited to addresses, and the peer's is not among them.
    Address,
    /// The two clocks are too far apart.
    Skew {
        /// The client's clock, as in the authenticator.
        client: Timestamp,
        /// The acceptor's.
        now: Timestamp,
        /// How far they may be apart.
        allowed: Duration,
    },
    /// The authenticator's microseconds are no microseconds.
    Microseconds(i32),
    /// The ticket is not valid yet.
    NotYetValid {
        /// From when it is.
        starts: Timestamp,
        /// The acceptor's clock.
        now: Timestamp,
    },
    /// The ticket carries the flag INVALID: it is postdated and the KDC has not validated it.
    Invalid,
    /// The ticket is over.
    Expired {
        /// Since when.
        ended: Timestamp,
        /// The acceptor's clock.
        now: Timestamp,
    },
    /// The ticket lives longer than this acceptor's policy allows.
    Lifetime {
        /// From authtime to endtime.
        ticket: Duration,
        /// The policy's.
        allowed: Duration,
    },
    /// The realms between the client's and ours do not please the policy.
    TransitedPath(String),
    /// The path is written in an unknown encoding.
    TransitedEncoding(i32),
    /// Authorization data that RFC 4120 section 5.2.6 forbids to ignore, of an unknown type.
    CriticalAuthorizationData(i32),
    /// Authorization data of a known type with content that breaks its definition.
    AuthorizationData(i32),
    /// KERB_AUTH_DATA_CLIENT_TARGET names a service that is not ours ([MS-KILE] 3.4.5).
    ClientTarget(String),
    /// The authenticator's checksum is absent, or not GSS-API's, or not keyed as it must be.
    InappropriateChecksum(Option<i32>),
    /// The GSS-API checksum is malformed.
    GssChecksum(gss_checksum::Error),
    /// The initiator's channel bindings are not those of this channel.
    BadBindings(BindingsFailure),
    /// This acceptor requires channel bindings, and the caller gave none for this connection.
    NoOwnBindings,
    /// The PAC's frame is damaged ([MS-PAC] section 2.3).
    Pac,
    /// The ticket has no PAC and the policy requires one.
    PacMissing,
    /// The replay question has no good answer.
    Replay(replay::Error),
    /// A signature over a message does not verify.
    BadSignature,
    /// The third leg of a DCE-style exchange does not answer the second.
    ThirdLeg,
    /// No random octets.
    Random(random::Unavailable),
}

/// How channel bindings failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BindingsFailure {
    /// The initiator bound itself to another channel: a man in the middle, or a proxy that ends TLS.
    Mismatch,
    /// The initiator sent none, and the policy requires them.
    Missing,
    /// The initiator sent none, though it says that it knows of them (KERB_AP_OPTIONS_CBT).
    MissingThoughAware,
}

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
    /// The key is there by name, version and etype, and does not open the ticket.
    KeyDoesNotFit {
        /// The keys it has.
        holds: String,
    },
}

/// What a KRB-ERROR says that a peer sent instead of a login.
#[derive(Debug)]
pub struct PeerError {
    /// The error code of RFC 4120 section 7.5.9.
    pub code: i32,
}

/// Error codes of RFC 4120 section 7.5.9 that an acceptor answers with.
pub(crate) mod code {
    pub(crate) const KDC_ERR_ETYPE_NOSUPP: i32 = 14;
    pub(crate) const KDC_ERR_TRTYPE_NOSUPP: i32 = 17;
    pub(crate) const AP_ERR_BAD_INTEGRITY: i32 = 31;
    pub(crate) const AP_ERR_TKT_EXPIRED: i32 = 32;
    pub(crate) const AP_ERR_TKT_NYV: i32 = 33;
    pub(crate) const AP_ERR_NOT_US: i32 = 35;
    pub(crate) const AP_ERR_BADMATCH: i32 = 36;
    pub(crate) const AP_ERR_SKEW: i32 = 37;
    pub(crate) const AP_ERR_BADADDR: i32 = 38;
    pub(crate) const AP_ERR_BADVERSION: i32 = 39;
    pub(crate) const AP_ERR_MSG_TYPE: i32 = 40;
    pub(crate) const AP_ERR_MODIFIED: i32 = 41;
    pub(crate) const AP_ERR_BADKEYVER: i32 = 44;
    pub(crate) const AP_ERR_NOKEY: i32 = 45;
    pub(crate) const AP_ERR_MUT_FAIL: i32 = 46;
    pub(crate) const AP_ERR_INAPP_CKSUM: i32 = 50;
    pub(crate) const AP_PATH_NOT_ACCEPTED: i32 = 51;
    pub(crate) const ERR_GENERIC: i32 = 60;
    pub(crate) const AP_ERR_NO_TGT: i32 = 67;
}

impl NoKey {
    fn code(&self) -> i32 {
        match self.why {
            WhyNoKey::KeytabEmpty => code::AP_ERR_NOKEY,
            WhyNoKey::NotUs { .. } | WhyNoKey::KdcService => code::AP_ERR_NOT_US,
            WhyNoKey::NoSuchEtype { .. } | WhyNoKey::KeytabOutOfDate { .. } | WhyNoKey::TicketOutOfDate { .. } => {
                code::AP_ERR_BADKEYVER
            }
            WhyNoKey::KeyDoesNotFit { .. } => code::AP_ERR_BAD_INTEGRITY,
        }
    }

    fn kind(&self) -> &'static str {
        match self.why {
            WhyNoKey::KeytabEmpty => "keytab-empty",
            WhyNoKey::NotUs { .. } | WhyNoKey::KdcService => "not-us",
            WhyNoKey::NoSuchEtype { .. } => "no-key-of-etype",
            WhyNoKey::KeytabOutOfDate { .. } => "keytab-out-of-date",
            WhyNoKey::TicketOutOfDate { .. } => "ticket-out-of-date",
            WhyNoKey::KeyDoesNotFit { .. } => "key-does-not-fit",
        }
    }

    fn fault(&self) -> Fault {
        match self.why {
            WhyNoKey::KdcService | WhyNoKey::TicketOutOfDate { .. } => Fault::Peer,
            WhyNoKey::NotUs { .. }
            | WhyNoKey::KeytabEmpty
            | WhyNoKey::NoSuchEtype { .. }
            | WhyNoKey::KeytabOutOfDate { .. }
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
            Self::KeyDoesNotFit { holds } => write!(
                f,
                "the keytab holds {holds} of it, but that key does not open the ticket: it was made from another password or salt, or by another realm, or the ticket is damaged"
            ),
        }
    }
}

impl fmt::Display for BindingsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "the initiator's channel bindings are for another channel: a proxy ends TLS in between, the wrong certificate was given, or the login was relayed",
            Self::Missing => "the initiator sent no channel bindings, and this acceptor requires them",
            Self::MissingThoughAware => "the initiator sent no channel bindings though it says that it supports them: the login was relayed, or its TLS was ended in between",
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(error) => error.fmt(f),
            Self::WrongMechanism(name) => write!(f, "the token is for the mechanism {name}, not for Kerberos"),
            Self::WrongTokenId([a, b]) => write!(f, "token identifier {a:02x} {b:02x} where another Kerberos message is due (RFC 4121 section 4.1)"),
            Self::PeerError(error) => write!(f, "the peer sent no login but a KRB-ERROR with code {}: its own side failed, look for the reason there", error.code),
            Self::Malformed(error) => error.fmt(f),
            Self::Version { field, value } => write!(f, "{field} is {value}, not 5: not Kerberos V5 (RFC 4120 section 5.5.1)"),
            Self::MessageType(value) => write!(f, "msg-type is {value}: not the message that is due (RFC 4120 section 5.5)"),
            Self::UserToUser => f.write_str("the client asks for user-to-user authentication, for which this acceptor has no ticket-granting ticket"),
            Self::EtypeNotPermitted { what, etype: EncryptionType::RC4_HMAC } => write!(
                f,
                "the {what} uses rc4-hmac, which this acceptor takes only if told so by name: give the account AES keys"
            ),
            Self::EtypeNotPermitted { what, etype } => {
                write!(f, "the {what} uses {etype}, which is not implemented: give the account AES keys")
            }
            Self::NoKey(error) => error.fmt(f),
            Self::Key { what, error } => write!(f, "the {what} is unusable: {error}"),
            Self::AuthenticatorIntegrity => f.write_str("the authenticator is not encrypted under the ticket's session key: damaged, or forged by someone who has only seen the ticket"),
            Self::BadName(what) => write!(f, "the {what} is no principal name: empty, with control characters, or too many components"),
            Self::ClientMismatch { ticket } => write!(f, "the authenticator names another client than the ticket, which is for {ticket}"),
            Self::Anonymous => f.write_str("the client is anonymous, and this acceptor was not told to take anonymous logins"),
            Self::Address => f.write_str("the ticket is limited to network addresses, and the peer's is not one of them"),
            Self::Skew { client, now, allowed } => write!(
                f,
                "the clocks are {} s apart, {} s are allowed: the client's says {client}, this side's {now}; set the wrong one right",
                client.distance(*now).as_secs(),
                allowed.as_secs()
            ),
            Self::Microseconds(value) => write!(f, "the authenticator's cusec is {value}: not 0 to 999999 (RFC 4120 section 5.2.4)"),
            Self::NotYetValid { starts, now } => write!(f, "the ticket is valid from {starts}, and now it is {now}: postdated, or the KDC's clock and this side's differ"),
            Self::Invalid => f.write_str("the ticket is marked INVALID: the client has not had it validated by the KDC"),
            Self::Expired { ended, now } => write!(f, "the ticket is out of date: it ended at {ended}, and now it is {now}; the client must get a new one"),
            Self::Lifetime { ticket, allowed } => write!(f, "the ticket lives {} s, more than the {} s this acceptor allows", ticket.as_secs(), allowed.as_secs()),
            Self::TransitedPath(path) => write!(f, "the client came through the realms {path}, which nobody vouches for: trust them by name, or have the KDC check the path"),
            Self::TransitedEncoding(tr_type) => write!(f, "the client's path of realms is written in the unknown encoding {tr_type} (RFC 4120 section 3.3.3.2)"),
            Self::CriticalAuthorizationData(ad_type) => write!(f, "authorization data of unknown type {ad_type} that may not be ignored (RFC 4120 section 5.2.6)"),
            Self::AuthorizationData(ad_type) => write!(f, "authorization data of type {ad_type} is malformed"),
            Self::ClientTarget(target) => write!(f, "the client meant to log in to {target}, not here: the login was relayed"),
            Self::InappropriateChecksum(None) => f.write_str("the authenticator has no checksum, so it says nothing about services and channel bindings; a compatibility option takes such clients"),
            Self::InappropriateChecksum(Some(kind)) => write!(f, "the authenticator's checksum has type {kind}, where GSS-API's own (32771) is due"),
            Self::GssChecksum(error) => error.fmt(f),
            Self::BadBindings(failure) => failure.fmt(f),
            Self::NoOwnBindings => f.write_str("this acceptor requires channel bindings, but was given none for this connection"),
            Self::Pac => f.write_str("the ticket's PAC is damaged: its buffers do not fit its length ([MS-PAC] section 2.3)"),
            Self::PacMissing => f.write_str("the ticket has no PAC, and this acceptor requires one: the account may be set to omit it (NO_AUTH_DATA_REQUIRED)"),
            Self::Replay(error) => error.fmt(f),
            Self::BadSignature => f.write_str("the signature over the message does not verify"),
            Self::ThirdLeg => f.write_str("the third leg of the DCE-style exchange does not answer the second"),
            Self::Random(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::NoKey(error) => error.fault(),
            Self::Replay(error) => error.fault(),
            Self::NoOwnBindings | Self::Random(_) => Fault::Configuration,
            Self::Skew { .. } | Self::NotYetValid { .. } | Self::Expired { .. } | Self::Invalid => Fault::Time,
            Self::EtypeNotPermitted { .. }
            | Self::Anonymous
            | Self::Lifetime { .. }
            | Self::TransitedPath(_)
            | Self::InappropriateChecksum(_)
            | Self::PacMissing => Fault::Policy,
            Self::BadBindings(BindingsFailure::Missing) => Fault::Policy,
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Frame(error) => error.kind(),
            Self::WrongMechanism(_) => "wrong-mechanism",
            Self::WrongTokenId(_) => "wrong-token-id",
            Self::PeerError(_) => "peer-error",
            Self::Malformed(error) => error.kind(),
            Self::Version { .. } => "bad-version",
            Self::MessageType(_) => "bad-message-type",
            Self::UserToUser => "user-to-user",
            Self::EtypeNotPermitted { .. } => "etype-not-permitted",
            Self::NoKey(error) => error.kind(),
            Self::Key { .. } => "bad-key",
            Self::AuthenticatorIntegrity => "bad-authenticator",
            Self::BadName(_) => "bad-name",
            Self::ClientMismatch { .. } => "client-mismatch",
            Self::Anonymous => "anonymous-refused",
            Self::Address => "bad-address",
            Self::Skew { .. } => "skew",
            Self::Microseconds(_) => "bad-time",
            Self::NotYetValid { .. } => "not-yet-valid",
            Self::Invalid => "ticket-invalid",
            Self::Expired { .. } => "ticket-expired",
            Self::Lifetime { .. } => "lifetime-policy",
            Self::TransitedPath(_) | Self::TransitedEncoding(_) => "transited-path",
            Self::CriticalAuthorizationData(_) => "critical-authorization-data",
            Self::AuthorizationData(_) => "bad-authorization-data",
            Self::ClientTarget(_) => "client-target",
            Self::InappropriateChecksum(_) => "inappropriate-checksum",
            Self::GssChecksum(error) => error.kind(),
            Self::BadBindings(_) => "bad-bindings",
            Self::NoOwnBindings => "no-own-bindings",
            Self::Pac => "bad-pac",
            Self::PacMissing => "pac-missing",
            Self::Replay(error) => error.kind(),
            Self::BadSignature => "bad-signature",
            Self::ThirdLeg => "bad-third-leg",
            Self::Random(error) => error.kind(),
        }
    }

    fn krb_error(&self) -> Option<i32> {
        Some(match self {
            Self::Frame(_) | Self::WrongMechanism(_) | Self::WrongTokenId(_) | Self::PeerError(_) => return None,
            Self::Malformed(_) | Self::BadSignature => return None,
            Self::Version { .. } => code::AP_ERR_BADVERSION,
            Self::MessageType(_) => code::AP_ERR_MSG_TYPE,
            Self::UserToUser => code::AP_ERR_NO_TGT,
            Self::EtypeNotPermitted { .. } => code::KDC_ERR_ETYPE_NOSUPP,
            Self::NoKey(error) => error.code(),
            Self::AuthenticatorIntegrity => code::AP_ERR_BAD_INTEGRITY,
            Self::ClientMismatch { .. } => code::AP_ERR_BADMATCH,
            Self::Address => code::AP_ERR_BADADDR,
            Self::Skew { .. } => code::AP_ERR_SKEW,
            Self::NotYetValid { .. } | Self::Invalid => code::AP_ERR_TKT_NYV,
            Self::Expired { .. } => code::AP_ERR_TKT_EXPIRED,
            Self::TransitedPath(_) => code::AP_PATH_NOT_ACCEPTED,
            Self::TransitedEncoding(_) => code::KDC_ERR_TRTYPE_NOSUPP,
            Self::ClientTarget(_) => code::AP_ERR_NOT_US,
            Self::InappropriateChecksum(_) => code::AP_ERR_INAPP_CKSUM,
            Self::Replay(error) => return error.krb_error(),
            Self::ThirdLeg => code::AP_ERR_MUT_FAIL,
            Self::Key { .. }
            | Self::BadName(_)
            | Self::Anonymous
            | Self::Microseconds(_)
            | Self::Lifetime { .. }
            | Self::CriticalAuthorizationData(_)
            | Self::AuthorizationData(_)
            | Self::GssChecksum(_)
            | Self::BadBindings(_)
            | Self::NoOwnBindings
            | Self::Pac
            | Self::PacMissing
            | Self::Random(_) => code::ERR_GENERIC,
        })
    }
}

impl From<asn1::Error> for Error {
    fn from(error: asn1::Error) -> Self {
        Self::Malformed(error)
    }
}

impl From<gss::Error> for Error {
    fn from(error: gss::Error) -> Self {
        Self::Frame(error)
    }
}

impl From<gss_checksum::Error> for Error {
    fn from(error: gss_checksum::Error) -> Self {
        Self::GssChecksum(error)
    }
}

impl From<replay::Error> for Error {
    fn from(error: replay::Error) -> Self {
        Self::Replay(error)
    }
}

impl From<random::Unavailable> for Error {
    fn from(error: random::Unavailable) -> Self {
        Self::Random(error)
    }
}
