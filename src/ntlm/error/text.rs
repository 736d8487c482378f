//! What the operator reads: why, and what to do.

use core::fmt;

use super::{BindingsFailure, Error, Staleness, TargetFailure};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(error) => error.fmt(f),
            Self::TooLong(length) => write!(f, "an NTLM message of {length} octets is longer than any sound one"),
            Self::ChallengeExpired => f.write_str("the client took too long to answer the NTLM challenge and must begin again"),
            Self::FlagsMismatch(flags) => {
                f.write_str("the client's NTLM flags are not what it was offered:")?;
                flags.names().try_for_each(|name| write!(f, " {name}"))
            }
            Self::AnonymousRefused => f.write_str("the client wants to log in anonymously: give it a user name and password; `dangerous().allow_anonymous()` takes such logins"),
            Self::AnonymousMix => f.write_str("an NTLM login without a user, or without a response: neither anonymous nor somebody's"),
            Self::NtlmV1Refused => f.write_str("the client answered with NTLMv1: set LmCompatibilityLevel to 3 or more on it, or allow it with `dangerous().allow_ntlmv1()`"),
            Self::LmOnly => f.write_str("the client sent an LM response and no NT response, which is never taken: set LmCompatibilityLevel to 3 or more on it"),
            Self::TargetInfoMismatch(id) => write!(f, "the NTLM attribute {id} is not as it was sent with the challenge: the login was relayed from another server, or the client drops what it was sent"),
            Self::Stale(staleness) => staleness.fmt(f),
            Self::Reflection => f.write_str("the NTLM login comes from this very program: somebody made it log in to itself"),
            Self::LogonFailure(account) => {
                write!(f, "user {account} is unknown or the password is wrong")?;
                if account.domain().is_empty() && !account.name().contains('@') {
                    f.write_str("; no domain was named: if the account has one, write DOMAIN\\user, or let the store take an empty domain for its own")?;
                }
                Ok(())
            }
            Self::AccountRefused(account) => write!(f, "user {account} may not log in: the account is disabled, expired or locked, or a domain controller refused it"),
            Self::GuestRefused(account) => write!(f, "user {account} would get in as a guest, without a proof: there is no such account, or whoever verified the response knows no session key; `dangerous().allow_guests()` takes such logins"),
            Self::StoreUnavailable => f.write_str("the store of accounts does not answer, so nobody can log in"),
            Self::SessionKeyLength(length) => write!(f, "the client sent a session key of {length} octets, where 16 are due"),
            Self::MicRequired => f.write_str("the client sent no message integrity code, and this acceptor requires one: clients such as curl, Java and Firefox have none"),
            Self::MicMismatch => f.write_str("the NTLM messages were changed on their way: their integrity code does not fit"),
            Self::BadBindings(failure) => failure.fmt(f),
            Self::NoOwnBindings => f.write_str("this acceptor requires channel bindings, but was given none for this connection"),
            Self::WrongTarget(failure) => failure.fmt(f),
            Self::TargetInfo(error) => error.fmt(f),
            Self::Random(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for Staleness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timestamp => f.write_str(
                "the response does not carry the time that was sent with the challenge: it answers another one",
            ),
            Self::Response { made, now } => write!(
                f,
                "the client made its response at {made}, and now it is {now}: an old response, or a wrong clock; set that right"
            ),
        }
    }
}

impl fmt::Display for BindingsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mismatch => "the client's channel bindings are for another channel: a proxy ends TLS in between, the wrong certificate was given, or the login was relayed",
            Self::Missing => "the client sent no channel bindings, and this acceptor requires them",
            Self::NoChannel => "the client says that it has no secure channel, and this connection is one: the login was relayed, or its TLS was ended in between",
        })
    }
}

impl fmt::Display for TargetFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(name) => {
                f.write_str("the client meant to log in to ")?;
                name.chars().take(200).flat_map(char::escape_debug).try_for_each(|c| fmt::Write::write_char(f, c))?;
                f.write_str(", which is none of this acceptor's names: add it to them, or the login was relayed")
            }
            Self::Missing => f.write_str("the client does not say which service it means, and this acceptor requires it"),
            Self::Untrusted => f.write_str("the client does not trust the source of the service's name, and this acceptor requires a name that it does"),
        }
    }
}
