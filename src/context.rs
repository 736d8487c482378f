//! The end of every handshake: who it was, and what the context can do.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::any::Any;
use core::fmt;

use crate::authorization::Authorization;
use crate::error::{Error, Fault, Reason};
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
    /// This side gave none, or is an NTLM initiator: only the acceptor compares.
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

/// How a message is protected (RFC 2743 section 2.3.3).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Protection {
    /// Signed and encrypted (`conf_req_flag` true).
    Confidentiality,
    /// Signed, and readable by all (`conf_req_flag` false).
    Integrity,
}

/// A message that was unwrapped, which borrows from the token it came in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unwrapped<'t> {
    /// The message.
    pub message: &'t [u8],
    /// How it was protected: `conf_state` of RFC 2743 section 2.3.4. Whoever needs secrecy has to look.
    pub protection: Protection,
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

    /// Whether its signature protects an offer (row C06).
    pub(crate) fn can_sign_offer(&self) -> bool {
        self.mechanism.can_sign_offer(self.facts.flags)
    }

    /// Who logged in; for an initiator, what it logged in to.
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
    /// the initiator's, else the ticket's session key (RFC 4121 section 2); for NTLM ExportedSessionKey. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn session_key(&self) -> &[u8] {
        self.mechanism.session_key()
    }

    /// The delegated credential as it came: an undecrypted `KRB-CRED` message (RFC 4120 section 5.8.1).
    #[must_use]
    pub const fn delegated_credential(&self) -> Option<&SecretBytes> {
        self.facts.delegated_credential.as_ref()
    }

    /// What the domain controller says of the user: SIDs, names, claims. It comes from the ticket's PAC, whose signature was
    /// verified; a login with one that does not verify is refused. `None` if the ticket has no PAC, and for NTLM.
    ///
    /// A KDC that is no domain controller, such as MIT's, writes PACs without SIDs: then this is `Some`, and says nothing of
    /// the user. So go by [`Authorization::is_member`], not by whether this is here.
    #[must_use]
    pub fn authorization(&self) -> Option<&Authorization> {
        self.facts.authorization.as_deref()
    }

    /// The signature of `message`, to be sent beside it (`GSS_GetMIC`, RFC 2743 section 2.3.1).
    ///
    /// # Errors
    /// If this login's messages are not protected: no session key, or less than is needed was agreed on, or the mechanism
    /// does not do it yet (Kerberos).
    pub fn get_mic(&mut self, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.mechanism.messages()?.get_mic(message)
    }

    /// Checks the other side's signature of `message` (`GSS_VerifyMIC`, RFC 2743 section 2.3.2).
    ///
    /// # Errors
    /// If it does not fit, or is out of order; as [`Self::get_mic`].
    pub fn verify_mic(&mut self, message: &[u8], mic: &[u8]) -> Result<(), Error> {
        self.mechanism.messages()?.verify_mic(message, mic)
    }

    /// A token with `message` in it (`GSS_Wrap`, RFC 2743 section 2.3.3).
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn wrap(&mut self, message: &[u8], protection: Protection) -> Result<Vec<u8>, Error> {
        self.mechanism.messages()?.wrap(message, protection)
    }

    /// The message in the other side's `token` (`GSS_Unwrap`, RFC 2743 section 2.3.4). It is decrypted where it stands, so
    /// the token is used up.
    ///
    /// # Errors
    /// If it does not verify, or is out of order; as [`Self::get_mic`].
    pub fn unwrap<'t>(&mut self, token: &'t mut [u8]) -> Result<Unwrapped<'t>, Error> {
        self.mechanism.messages()?.unwrap(token)
    }

    /// The longest message whose [`Self::wrap`] has at most `token` octets (`GSS_Wrap_size_limit`, RFC 2743 section 2.2.7).
    ///
    /// # Errors
    /// As [`Self::get_mic`].
    pub fn wrap_size_limit(&mut self, token: usize, protection: Protection) -> Result<usize, Error> {
        Ok(self.mechanism.messages()?.wrap_size_limit(token, protection))
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
            authorization: _,
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

/// What an established context cannot do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ContextError {
    /// This mechanism's messages are not protected here yet.
    NoMessageProtection(Mechanism),
}

impl fmt::Display for ContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMessageProtection(mechanism) => {
                write!(f, "messages of a {mechanism} context cannot be signed or sealed by this version")
            }
        }
    }
}

impl core::error::Error for ContextError {}

impl Reason for ContextError {
    fn fault(&self) -> Fault {
        Fault::Configuration
    }

    fn kind(&self) -> &'static str {
        "no-message-protection"
    }
}
