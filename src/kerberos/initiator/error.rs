//! Why an initiator does not go on.

use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;

use super::refusal::Refusal;
use crate::error::{Fault, Reason};
use crate::kerberos::ccache;
use crate::kerberos::error::code;
use crate::kerberos::etype::{self, EncryptionType};
use crate::kerberos::gss_checksum;
use crate::random;
use crate::time::Timestamp;
use crate::{asn1, gss};

/// Why a Kerberos login was given up by the side that wanted it.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A key of a type that this side does not take.
    EtypeNotPermitted {
        /// Which key.
        what: &'static str,
        /// Its type.
        etype: EncryptionType,
    },
    /// The ticket is none.
    Ticket(asn1::Error),
    /// A time that is no KerberosTime: before 1970 or after 9999.
    Time(Timestamp),
    /// The AP-REQ cannot be encoded.
    Encoding(asn1::Error),
    /// The GSS-API checksum cannot be made.
    GssChecksum(gss_checksum::Error),
    /// The cache's ticket-granting ticket is to be delegated, and it has none.
    NothingToDelegate,
    /// The ticket that is to be delegated cannot be: it is over, or cannot be encoded or encrypted.
    Delegation(ccache::Error),
    /// The message with the delegated ticket has this many octets, more than fit (RFC 4121 section 4.1.1).
    DelegationTooLong(usize),
    /// No random octets.
    Random(random::Unavailable),
    /// Not one whole GSS-API frame.
    Frame(gss::Error),
    /// A frame for another mechanism.
    WrongMechanism(String),
    /// The two octets TOK_ID (RFC 4121 section 4.1) are not those of an answer.
    WrongTokenId([u8; 2]),
    /// Not the ASN.1 of RFC 4120.
    Malformed(asn1::Error),
    /// pvno is not 5.
    Version(i32),
    /// msg-type is not that of an AP-REP.
    MessageType(i32),
    /// The AP-REP is not encrypted under the ticket's session key.
    ReplyIntegrity,
    /// The AP-REP answers another login: its time is not the authenticator's.
    OtherLogin,
    /// A key that cannot be used: its length does not fit its type, or there is no confounder to encrypt with.
    Key {
        /// Which key.
        what: &'static str,
        /// What is wrong with it.
        error: etype::Error,
    },
    /// The acceptor chose a subkey of a weaker type than this side proposed.
    WeakerSubkey {
        /// Its type.
        etype: EncryptionType,
        /// What was proposed.
        proposed: EncryptionType,
    },
    /// The acceptor refused, with a KRB-ERROR.
    Refused(Box<Refusal>),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EtypeNotPermitted { what, etype: EncryptionType::RC4_HMAC } => write!(
                f,
                "the {what} is of type rc4-hmac, which this side takes only if told so by name: give the service's account AES \
                 keys, or allow it with dangerous().allow_rc4() (the command: --allow rc4)"
            ),
            Self::EtypeNotPermitted { what, etype } => write!(f, "the {what} is of type {etype}, which is not implemented"),
            Self::Ticket(error) => write!(f, "the ticket of the credential cache is damaged: {error}"),
            Self::Time(now) => write!(f, "it is {now}, and Kerberos has times from 1970 to 9999 only"),
            Self::Encoding(error) => write!(f, "the AP-REQ cannot be encoded: {error}"),
            Self::GssChecksum(error) => error.fmt(f),
            Self::NothingToDelegate => f.write_str(
                "a ticket-granting ticket is to be delegated, and the credential cache has none: log in (kinit -f), or delegate \
                 nothing",
            ),
            Self::Delegation(error) => write!(f, "the ticket that is to be delegated: {error}"),
            Self::DelegationTooLong(length) => write!(
                f,
                "the message with the delegated ticket has {length} octets, and at most 65535 fit: the user is in too many groups"
            ),
            Self::Random(error) => error.fmt(f),
            Self::Frame(error) => error.fmt(f),
            Self::WrongMechanism(name) => write!(f, "the answer is a token of the mechanism {name}, not of Kerberos"),
            Self::WrongTokenId([a, b]) => write!(
                f,
                "token identifier {a:02x} {b:02x} where an AP-REP is due: no answer, or this side's own token sent back"
            ),
            Self::Malformed(error) => error.fmt(f),
            Self::Version(value) => write!(f, "the answer's pvno is {value}, not 5: not Kerberos V5"),
            Self::MessageType(value) => write!(f, "the answer's msg-type is {value}, not that of an AP-REP (15)"),
            Self::ReplyIntegrity => f.write_str(REPLY_INTEGRITY),
            Self::OtherLogin => f.write_str(OTHER_LOGIN),
            Self::Key { what, error } => write!(f, "the {what} is unusable: {error}"),
            Self::WeakerSubkey { etype, proposed } => write!(
                f,
                "the acceptor's subkey is of type {etype}, weaker than {proposed}, which this side proposed: the acceptor is at \
                 fault"
            ),
            Self::Refused(refusal) => refusal.fmt(f),
        }
    }
}

const REPLY_INTEGRITY: &str = "the answer (AP-REP) is not encrypted under the ticket's session key: damaged, or whoever \
    answered does not have the service's key";
const OTHER_LOGIN: &str = "the answer (AP-REP) is to another login: its time is not this authenticator's, so it was recorded \
    and sent again, or logins were mixed up on their way";

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::EtypeNotPermitted { what: SESSION_KEY, .. } | Self::WeakerSubkey { .. } => Fault::Policy,
            Self::Ticket(_) | Self::Encoding(_) | Self::GssChecksum(_) | Self::Random(_) => Fault::Configuration,
            Self::NothingToDelegate | Self::DelegationTooLong(_) => Fault::Configuration,
            Self::Delegation(error) => error.fault(),
            Self::Time(_) => Fault::Time,
            Self::Refused(refusal) => fault_of(refusal),
            _ => Fault::Peer,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::EtypeNotPermitted { .. } => "etype-not-permitted",
            Self::Ticket(_) => "bad-ticket",
            Self::Time(_) => "bad-time",
            Self::Encoding(error) | Self::Malformed(error) => error.kind(),
            Self::GssChecksum(error) => error.kind(),
            Self::NothingToDelegate => "nothing-to-delegate",
            Self::Delegation(error) => error.kind(),
            Self::DelegationTooLong(_) => "delegation-too-long",
            Self::Random(error) => error.kind(),
            Self::Frame(error) => error.kind(),
            Self::WrongMechanism(_) => "wrong-mechanism",
            Self::WrongTokenId(_) => "wrong-token-id",
            Self::Version(_) => "bad-version",
            Self::MessageType(_) => "bad-message-type",
            Self::ReplyIntegrity => "bad-reply",
            Self::OtherLogin => "other-login",
            Self::Key { .. } => "bad-key",
            Self::WeakerSubkey { .. } => "weaker-subkey",
            Self::Refused(_) => "peer-error",
        }
    }

    /// Whatever is wrong with an answer, the acceptor has not proven itself: KRB_AP_ERR_MUT_FAIL (row E13). For a refusal it is
    /// the acceptor's own code.
    fn krb_error(&self) -> Option<i32> {
        match self {
            Self::EtypeNotPermitted { what: SESSION_KEY, .. } | Self::Ticket(_) | Self::Time(_) => None,
            Self::Encoding(_) | Self::GssChecksum(_) | Self::Random(_) => None,
            Self::NothingToDelegate | Self::Delegation(_) | Self::DelegationTooLong(_) => None,
            Self::Refused(refusal) => Some(refusal.code.0),
            _ => Some(code::AP_ERR_MUT_FAIL),
        }
    }
}

/// The key whose type was chosen before there was an answer.
pub(super) const SESSION_KEY: &str = "session key of the ticket";

/// Times are a matter of clocks, whoever says so; all else is between the acceptor and its KDC.
fn fault_of(refusal: &Refusal) -> Fault {
    match refusal.code.0 {
        code::AP_ERR_SKEW | code::AP_ERR_TKT_EXPIRED | code::AP_ERR_TKT_NYV => Fault::Time,
        _ => Fault::Peer,
    }
}

impl From<random::Unavailable> for Error {
    fn from(error: random::Unavailable) -> Self {
        Self::Random(error)
    }
}
