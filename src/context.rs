//! The end of every handshake: who it was, and what the context can do.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::any::Any;
use core::fmt;

use crate::gss::ContextFlags;
use crate::mechanism::MechanismContext;
use crate::peer::{Peer, Principal};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// An established login.
///
/// Only a handshake that passed every check makes one, so holding it is the proof.
pub struct Context {
    facts: Facts,
    wrapping: Wrapping,
    mechanism: Box<dyn MechanismContext>,
}

/// What a mechanism found out about a login.
pub(crate) struct Facts {
    pub(crate) mechanism: Mechanism,
    pub(crate) peer: Peer,
    pub(crate) acceptor: Option<Arc<Principal>>,
    pub(crate) flags: ContextFlags,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) channel_bindings: BindingsStatus,
    pub(crate) delegated_credential: Option<SecretBytes>,
    pub(crate) unverified_pac: Option<Box<[u8]>>,
}

/// The mechanism that a login was made by.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Mechanism {
    /// Kerberos V5.
    Kerberos,
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kerberos => f.write_str("kerberos"),
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
    /// This side gave none.
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

impl Context {
    pub(crate) fn new(facts: Facts, mechanism: Box<dyn MechanismContext>) -> Self {
        Self { facts, wrapping: Wrapping::Raw, mechanism }
    }

    pub(crate) fn carried_by_spnego(mut self) -> Self {
        self.wrapping = Wrapping::Spnego;
        self
    }

    /// What signs and verifies.
    pub(crate) fn signatures(&mut self) -> &mut dyn MechanismContext {
        &mut *self.mechanism
    }

    /// Who logged in.
    #[must_use]
    pub const fn peer(&self) -> &Peer {
        &self.facts.peer
    }

    /// The acceptor's own principal whose key opened the ticket, by its name in the keytab.
    #[must_use]
    pub fn acceptor(&self) -> Option<&Principal> {
        self.facts.acceptor.as_deref()
    }

    /// The mechanism.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        self.facts.mechanism
    }

    /// Whether SPNEGO carried the tokens.
    #[must_use]
    pub const fn wrapping(&self) -> Wrapping {
        self.wrapping
    }

    /// The services both sides agreed on.
    #[must_use]
    pub const fn flags(&self) -> ContextFlags {
        self.facts.flags
    }

    /// When the login ends, if it does: a ticket's endtime.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.facts.expires_at
    }

    /// How the channel bindings compared.
    #[must_use]
    pub const fn channel_bindings(&self) -> BindingsStatus {
        self.facts.channel_bindings
    }

    /// The key of the context, as protocols export it that build on the login: for Kerberos the acceptor's subkey, else
    /// the initiator's, else the ticket's session key (RFC 4121 section 2). Whoever calls this answers for where it goes.
    #[must_use]
    pub fn session_key(&self) -> &[u8] {
        self.mechanism.session_key()
    }

    /// The delegated credential as it came: an undecrypted `KRB-CRED` message (RFC 4120 section 5.8.1).
    #[must_use]
    pub const fn delegated_credential(&self) -> Option<&SecretBytes> {
        self.facts.delegated_credential.as_ref()
    }

    /// The ticket's PAC ([MS-PAC]) as octets, whose signatures nobody has verified yet: decide nothing on them.
    #[must_use]
    pub fn unverified_pac(&self) -> Option<&[u8]> {
        self.facts.unverified_pac.as_deref()
    }

    /// What only this mechanism knows, such as `kerberos::Details`.
    #[must_use]
    pub fn details<D: Any>(&self) -> Option<&D> {
        self.mechanism.details().downcast_ref()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { facts, wrapping, mechanism: _ } = self;
        let Facts {
            mechanism,
            peer,
            acceptor,
            flags,
            expires_at,
            channel_bindings,
            delegated_credential: _,
            unverified_pac: _,
        } = facts;
        f.debug_struct("Context")
            .field("mechanism", mechanism)
            .field("wrapping", wrapping)
            .field("peer", peer)
            .field("acceptor", acceptor)
            .field("flags", flags)
            .field("expires_at", expires_at)
            .field("channel_bindings", channel_bindings)
            .finish_non_exhaustive()
    }
}
