//! What the operator reads: why, and what to do.

use core::fmt;

use super::{BindingsFailure, DelegationFailure, Error};
use crate::kerberos::etype::EncryptionType;

impl fmt::Display for BindingsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "the initiator's channel bindings are for another channel: a proxy ends TLS in between, the wrong certificate was given, or the login was relayed",
            Self::Missing => "the initiator sent no channel bindings, and this acceptor requires them",
            Self::MissingThoughAware => "the initiator sent no channel bindings though it says that it supports them: the login was relayed, or its TLS was ended in between",
        })
    }
}

impl fmt::Display for DelegationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the delegated credential is refused: ")?;
        match self {
            Self::Message(error) => error.fmt(f),
            Self::OtherClient(other) => write!(f, "it is that of {other}, who is not the one that logs in"),
            Self::NoTicket(server) => write!(f, "{server} is no ticket, but a setting of a credential cache"),
        }
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
                "the {what} uses rc4-hmac, which this acceptor takes only if told so by name: give the account AES keys, or allow it \
                 with dangerous().permit_rc4() (the command: --allow rc4)"
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
            Self::ClientTarget(target) => {
                let shown: alloc::string::String = target.chars().take(200).flat_map(char::escape_debug).collect();
                write!(f, "the client meant to log in to {shown}, not here: the login was relayed")
            }
            Self::InappropriateChecksum(None) => f.write_str("the authenticator has no checksum, so it says nothing about services and channel bindings; `dangerous().permit_plain_authenticators()` takes such clients"),
            Self::InappropriateChecksum(Some(kind)) => write!(f, "the authenticator's checksum has type {kind}, where GSS-API's own (32771) is due"),
            Self::GssChecksum(error) => error.fmt(f),
            Self::Delegation(failure) => failure.fmt(f),
            Self::BadBindings(failure) => failure.fmt(f),
            Self::NoKeyOfOwn(principal) => write!(
                f,
                "the acceptor is to answer to {principal}, and the keytab holds no usable key of it: export one, or correct the name"
            ),
            Self::NoOwnBindings => f.write_str("this acceptor requires channel bindings, but was given none for this connection"),
            Self::Pac(error) => error.fmt(f),
            Self::PacMissing => f.write_str("the ticket has no PAC, and this acceptor requires one: the account may be set to omit it (NO_AUTH_DATA_REQUIRED)"),
            Self::Replay(error) => error.fmt(f),
            Self::ThirdLeg => f.write_str("the third leg of the DCE-style exchange does not answer the second"),
            Self::Random(error) => error.fmt(f),
        }
    }
}
