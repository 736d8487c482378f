//! Who is at the other end: a name with its structure, never a bare string.

mod account;
mod escape;
mod principal;
mod target;

use core::fmt;

pub use account::Account;
pub use principal::{BadName, NameType, Principal};
pub use target::{BadTarget, Target};

/// The peer of a login: who logged in, for an acceptor; what was logged in to, for an initiator.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Peer {
    /// A Kerberos principal: who logged in; for an initiator, the service.
    Kerberos(Principal),
    /// A Windows account, by the name that the acceptor's own store of accounts gave it.
    Ntlm(Account),
    /// Nobody in particular: an anonymous login, which an acceptor takes only if it was told to.
    Anonymous,
    /// The service that an initiator asked for. Whether it proved to be that one is for the mechanism to say.
    Service(Target),
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kerberos(principal) => fmt::Display::fmt(principal, f),
            Self::Ntlm(account) => fmt::Display::fmt(account, f),
            Self::Anonymous => f.write_str("NT AUTHORITY\\ANONYMOUS LOGON"),
            Self::Service(target) => fmt::Display::fmt(target, f),
        }
    }
}
