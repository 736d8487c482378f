//! The end of every handshake: who it was, and what the context can do.

mod facts;
mod messages;

use alloc::boxed::Box;
use core::any::Any;
use core::fmt;

pub(crate) use facts::Facts;
pub use facts::{BindingsStatus, Mechanism, Wrapping};
pub use messages::{ContextError, Piece, Placement, Protection, TokenLengths, TokenParts, Unwrapped};

use crate::authorization::Authorization;
use crate::gss::ContextFlags;
use crate::mechanism::MechanismContext;
use crate::peer::{Peer, Principal};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// An established login, of either side.
///
/// Only a handshake that passed every check makes one, so holding it is the proof. It also protects messages, in the words of
/// GSS-API (RFC 2743 section 2.3): [`Self::wrap`] and [`Self::unwrap`], [`Self::get_mic`] and [`Self::verify_mic`], and for
/// messages that stand in pieces [`Self::wrap_pieces`] and [`Self::unwrap_pieces`]. They take `&mut self`, because each message
/// has a number: make and read them in the order in which they are sent.
///
/// ```
/// use negotiate::{Context, Protection};
///
/// fn ask(context: &mut Context, mut exchange: impl FnMut(Vec<u8>) -> Vec<u8>) -> Result<String, Box<dyn std::error::Error>> {
///     println!("with {} by {}", context.peer(), context.mechanism());
///     let mut answer = exchange(context.wrap(b"a secret question", Protection::Confidentiality)?);
///     let answer = context.unwrap(&mut answer)?;
///     if answer.protection != Protection::Confidentiality {
///         return Err("the answer could be read by all".into());
///     }
///     Ok(String::from_utf8(answer.message.to_vec())?)
/// }
/// ```
pub struct Context {
    facts: Facts,
    wrapping: Wrapping,
    mechanism: Box<dyn MechanismContext>,
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

    /// Who logged in; for an initiator, what it logged in to: by Kerberos the service of the ticket, by NTLM the one that it
    /// named. NTLM proves it with nothing but the first message that the other side signs or seals, and so does Kerberos
    /// without mutual authentication (`kerberos::InitiatorDetails::peer_is_proven`).
    #[must_use]
    pub const fn peer(&self) -> &Peer {
        &self.facts.peer
    }

    /// The acceptor's own principal whose key opened the ticket, by its name in the keytab. None on an initiator's side.
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
    /// the initiator's, else the ticket's session key (RFC 4121 section 2; contexts of rc4-hmac take no subkey of the acceptor's but
    /// in DCE style, as those of RFC 1964 have none). SMB takes its first 16 octets ([MS-SMB2] section 3.2.1.3). For NTLM ExportedSessionKey,
    /// which is empty after a login that proves nothing (anonymous, guest): everybody knows that one. Whoever calls this
    /// answers for where it goes.
    #[must_use]
    pub fn session_key(&self) -> &[u8] {
        self.mechanism.session_key()
    }

    /// The credential that the initiator delegated, if the acceptor was told to take it
    /// (`kerberos::Acceptor::accept_delegation`): the octets of a FILE credential cache, version 0x0504, of the client. It
    /// can be written to a file for other programs (`KRB5CCNAME`), and `kerberos::Ccache::parse` reads it. Whoever has it is
    /// the client, until its ticket ends.
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
