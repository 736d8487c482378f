//! Why a Kerberos login was refused, told to the operator.

pub(super) mod code;
mod no_key;
mod text;

use alloc::boxed::Box;
use alloc::string::String;
use core::time::Duration;

pub use no_key::{NoKey, WhyNoKey};

use crate::error::{Fault, Reason};
use crate::kerberos::etype::{self, EncryptionType};
use crate::kerberos::{ccache, gss_checksum, pac, replay};
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
    /// KERB_AUTH_DATA_CLIENT_TARGET names a service that is not ours ([MS-KILE] 3.2.5.8).
    ClientTarget(String),
    /// The authenticator's checksum is absent, or not GSS-API's, or not keyed as it must be.
    InappropriateChecksum(Option<i32>),
    /// The GSS-API checksum is malformed.
    GssChecksum(gss_checksum::Error),
    /// A credential is delegated, this acceptor was told to take it, and it is none.
    Delegation(Box<DelegationFailure>),
    /// The initiator's channel bindings are not those of this channel.
    BadBindings(BindingsFailure),
    /// This acceptor was told to answer to a principal that its keytab has no usable key of.
    NoKeyOfOwn(Box<Principal>),
    /// This acceptor requires channel bindings, and the caller gave none for this connection.
    NoOwnBindings,
    /// The ticket has no PAC and the policy requires one.
    PacMissing,
    /// The ticket's PAC does not verify, or is damaged ([MS-PAC]).
    Pac(pac::Error),
    /// The replay question has no good answer.
    Replay(replay::Error),
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

/// How a delegated credential failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum DelegationFailure {
    /// It is malformed, or no key of this login opens it.
    Message(ccache::Error),
    /// It is another client's than the one that logs in.
    OtherClient(Principal),
    /// It is no ticket, but a setting of a credential cache, which whoever reads that cache would go by.
    NoTicket(Principal),
}

/// What a KRB-ERROR says that a peer sent instead of a login.
#[derive(Debug)]
pub struct PeerError {
    /// The error code of RFC 4120 section 7.5.9.
    pub code: i32,
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::NoKey(error) => error.fault(),
            Self::Pac(error) => error.fault(),
            Self::Replay(error) => error.fault(),
            Self::NoOwnBindings | Self::NoKeyOfOwn(_) | Self::Random(_) => Fault::Configuration,
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
            Self::Delegation(_) => "bad-delegation",
            Self::BadBindings(_) => "bad-bindings",
            Self::NoOwnBindings => "no-own-bindings",
            Self::NoKeyOfOwn(_) => "no-key-of-own",
            Self::PacMissing => "pac-missing",
            Self::Pac(error) => error.kind(),
            Self::Replay(error) => error.kind(),
            Self::ThirdLeg => "bad-third-leg",
            Self::Random(error) => error.kind(),
        }
    }

    fn krb_error(&self) -> Option<i32> {
        Some(match self {
            Self::Frame(_) | Self::WrongMechanism(_) | Self::WrongTokenId(_) | Self::PeerError(_) => return None,
            Self::Malformed(_) => return None,
            Self::Version { .. } => code::AP_ERR_BADVERSION,
            Self::MessageType(_) => code::AP_ERR_MSG_TYPE,
            Self::UserToUser => code::AP_ERR_NO_TGT,
            Self::NoKey(error) => error.code(),
            Self::AuthenticatorIntegrity => code::AP_ERR_BAD_INTEGRITY,
            Self::ClientMismatch { .. } => code::AP_ERR_BADMATCH,
            Self::Address => code::AP_ERR_BADADDR,
            Self::Skew { .. } => code::AP_ERR_SKEW,
            Self::NotYetValid { .. } | Self::Invalid => code::AP_ERR_TKT_NYV,
            Self::Expired { .. } => code::AP_ERR_TKT_EXPIRED,
            Self::TransitedPath(_) => code::AP_PATH_NOT_ACCEPTED,
            Self::TransitedEncoding(_) => code::KDC_ERR_TRTYPE_NOSUPP,
            Self::ClientTarget(_) | Self::Pac(pac::Error::TicketGrantingTicket) => code::AP_ERR_NOT_US,
            Self::InappropriateChecksum(_) => code::AP_ERR_INAPP_CKSUM,
            Self::Replay(error) => return error.krb_error(),
            Self::ThirdLeg => code::AP_ERR_MUT_FAIL,
            // RFC 4120 section 7.5.9 has no code for it in an AP exchange: 14 (ETYPE_NOSUPP) is the KDC's word.
            Self::EtypeNotPermitted { .. }
            | Self::Key { .. }
            | Self::BadName(_)
            | Self::Anonymous
            | Self::Microseconds(_)
            | Self::Lifetime { .. }
            | Self::CriticalAuthorizationData(_)
            | Self::AuthorizationData(_)
            | Self::GssChecksum(_)
            | Self::Delegation(_)
            | Self::BadBindings(_)
            | Self::NoOwnBindings
            | Self::NoKeyOfOwn(_)
            | Self::PacMissing
            | Self::Pac(_)
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

impl From<DelegationFailure> for Error {
    fn from(failure: DelegationFailure) -> Self {
        Self::Delegation(Box::new(failure))
    }
}

impl From<pac::Error> for Error {
    fn from(error: pac::Error) -> Self {
        Self::Pac(error)
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
