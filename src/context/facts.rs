//! What is known of a login.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use crate::authorization::Authorization;
use crate::gss::ContextFlags;
use crate::peer::{Peer, Principal};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// What a mechanism found out about a login.
pub(crate) struct Facts {
    pub(crate) mechanism: Mechanism,
    pub(crate) peer: Peer,
    pub(crate) acceptor: Option<Arc<Principal>>,
    pub(crate) flags: ContextFlags,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) channel_bindings: BindingsStatus,
    pub(crate) delegated_credential: Option<SecretBytes>,
    pub(crate) authorization: Option<Box<Authorization>>,
}

/// The mechanism that a login was made by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Kerberos V5.
    Kerberos,
    /// NTLM.
    Ntlm,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kerberos => f.write_str("kerberos"),
            Self::Ntlm => f.write_str("ntlm"),
        }
    }
}

/// What carried the mechanism's tokens.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Wrapping {
    /// SPNEGO (RFC 4178).
    Spnego,
    /// Nothing: the tokens came bare.
    Raw,
}

impl fmt::Display for Wrapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spnego => "spnego",
            Self::Raw => "raw",
        })
    }
}

/// How the channel bindings of the two sides compared.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum BindingsStatus {
    /// Both sides gave the same.
    Matched,
    /// This side gave some, the initiator sent none, and the policy lets that pass.
    Absent,
    /// This side gave none, or is an initiator: only the acceptor compares.
    NotChecked,
}

impl fmt::Display for BindingsStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Matched => "matched",
            Self::Absent => "absent",
            Self::NotChecked => "not-checked",
        })
    }
}
