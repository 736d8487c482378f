//! What a user decides: by which tickets, what to ask for, which dangers.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use super::delegation::Delegate;
use super::stamps::Stamps;
use crate::gss::ContextFlags;
use crate::kerberos::ccache::{Ccache, Credential};
use crate::kerberos::etype::EncryptionType;
use crate::random::{Randomness, SystemRandom};

/// A Kerberos initiator: tickets, and what to ask for.
///
/// By default it asks for mutual authentication, and for messages that are signed, sealed and numbered. It asks no KDC: the
/// tickets must be there.
///
/// ```
/// # fn ccache() -> negotiate::kerberos::Ccache { negotiate::kerberos::Ccache::new("alice@EXAMPLE.COM".parse().unwrap()) }
/// use negotiate::{Initiator, kerberos};
/// let kerberos = kerberos::Initiator::new(ccache()).without_confidentiality();
/// let initiator = Initiator::builder("ldap@dc1.example.com".parse()?).kerberos(kerberos).build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Make one and keep it, for as many logins as there are: it gives each a time that no other has.
pub struct Initiator {
    pub(super) settings: Arc<Settings>,
}

/// Everything a handshake needs, behind one reference count.
pub(super) struct Settings {
    pub(super) tickets: Arc<Ccache>,
    /// The services to ask for. DELEGATE is not among them: it is for the ticket to allow.
    pub(super) ask: ContextFlags,
    /// Whether the acceptor may choose a stronger type for its subkey (RFC 4537).
    pub(super) negotiate_etype: bool,
    pub(super) delegate: Delegate,
    pub(super) delegate_to_any: bool,
    pub(super) allow_rc4: bool,
    pub(super) stamps: Stamps,
    pub(super) randomness: Arc<dyn Randomness>,
}

/// What is asked for unless told otherwise.
const USUAL: ContextFlags = ContextFlags::from_bits(
    ContextFlags::MUTUAL.bits()
        | ContextFlags::REPLAY.bits()
        | ContextFlags::SEQUENCE.bits()
        | ContextFlags::CONFIDENTIALITY.bits()
        | ContextFlags::INTEGRITY.bits(),
);

impl Initiator {
    /// An initiator by the tickets of this cache: a [`Ccache`], or one that is shared.
    #[must_use]
    pub fn new(tickets: impl Into<Arc<Ccache>>) -> Self {
        Self {
            settings: Arc::new(Settings {
                tickets: tickets.into(),
                ask: USUAL,
                negotiate_etype: true,
                delegate: Delegate::Nothing,
                delegate_to_any: false,
                allow_rc4: false,
                stamps: Stamps::new(),
                randomness: Arc::new(SystemRandom),
            }),
        }
    }

    /// Changes the settings. Nothing shares them while they can be changed: an initiator is not `Clone`, and a handshake
    /// takes its share from one that was given away to a builder.
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        if let Some(settings) = Arc::get_mut(&mut self.settings) {
            change(settings);
        }
        self
    }

    fn without(self, flags: ContextFlags) -> Self {
        self.set(|settings| settings.ask = settings.ask.without(flags))
    }

    fn with(self, flags: ContextFlags) -> Self {
        self.set(|settings| settings.ask = settings.ask | flags)
    }

    /// Does not ask the acceptor to prove itself. The login is made with one token, and whoever answers behind it has shown
    /// nothing until its first signed message.
    #[must_use]
    pub fn without_mutual_authentication(self) -> Self {
        self.without(ContextFlags::MUTUAL)
    }

    /// Asks for signed messages, not for sealed ones.
    #[must_use]
    pub fn without_confidentiality(self) -> Self {
        self.without(ContextFlags::CONFIDENTIALITY)
    }

    /// Asks neither for signed nor for sealed messages: Active Directory refuses them inside TLS. Nor can SPNEGO's offer be
    /// signed then, where it must be.
    #[must_use]
    pub fn without_message_protection(self) -> Self {
        self.without(ContextFlags::CONFIDENTIALITY | ContextFlags::INTEGRITY)
    }

    /// Does not ask that messages which come again are noticed. They are only where order is not asked for either
    /// ([`Self::without_sequence_detection`]).
    #[must_use]
    pub fn without_replay_detection(self) -> Self {
        self.without(ContextFlags::REPLAY)
    }

    /// Does not ask that messages out of order are noticed, as over UDP.
    #[must_use]
    pub fn without_sequence_detection(self) -> Self {
        self.without(ContextFlags::SEQUENCE)
    }

    /// Logs in as DCE RPC wants it: tokens without GSS-API's frame, and a third one from this side ([MS-KILE] section 3.4.5.1).
    /// The acceptor proves itself then, whatever else was asked for.
    #[must_use]
    pub fn dce_style(self) -> Self {
        self.with(ContextFlags::DCE_STYLE)
    }

    /// Asks the acceptor to identify the user only, and not to act as the user (RFC 4757 section 7.1).
    #[must_use]
    pub fn identify(self) -> Self {
        self.with(ContextFlags::IDENTIFY)
    }

    /// Sends this ticket-granting ticket along, so that the acceptor can act as the user: to services only of which the KDC says
    /// that they may be trusted with it (ok-as-delegate in their tickets). Where one was sent, the context's flags have DELEGATE.
    ///
    /// It should be one that the KDC issued to be forwarded: this side asks no KDC for one.
    #[must_use]
    pub fn delegate(self, ticket_granting_ticket: Credential) -> Self {
        self.set(|settings| settings.delegate = Delegate::Given(Box::new(ticket_granting_ticket)))
    }

    /// The same with the ticket-granting ticket of the cache itself, which is then good for the acceptor as long as it is here.
    #[must_use]
    pub fn delegate_own(self) -> Self {
        self.set(|settings| settings.delegate = Delegate::Own)
    }

    /// Does not tell the acceptor which encryption types this side knows (RFC 4537), so that the keys of the context are of the
    /// ticket's type. By default the acceptor may choose any that is as strong.
    #[must_use]
    pub fn without_etype_negotiation(self) -> Self {
        self.set(|settings| settings.negotiate_etype = false)
    }

    /// Where random octets come from, instead of the system.
    #[must_use]
    pub fn randomness(self, source: impl Randomness + 'static) -> Self {
        self.set(|settings| settings.randomness = Arc::new(source))
    }

    /// The door to choices that weaken the login.
    #[must_use]
    pub fn dangerous(self) -> Dangerous {
        Dangerous(self)
    }
}

impl From<Ccache> for Initiator {
    fn from(tickets: Ccache) -> Self {
        Self::new(tickets)
    }
}

impl From<Arc<Ccache>> for Initiator {
    fn from(tickets: Arc<Ccache>) -> Self {
        Self::new(tickets)
    }
}

/// By this ticket and no other.
impl From<Credential> for Initiator {
    fn from(ticket: Credential) -> Self {
        let mut tickets = Ccache::new(ticket.client.clone());
        tickets.add(ticket);
        Self::new(tickets)
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator")
            .field("client", self.settings.tickets.client())
            .field("ask", &self.settings.ask)
            .finish_non_exhaustive()
    }
}

/// Choices that weaken an [`Initiator`], each opened by name.
#[derive(Debug)]
pub struct Dangerous(Initiator);

impl Dangerous {
    /// Logs in with session keys of type rc4-hmac too: its message signatures can be forged (CVE-2025-3576), and SPNEGO's offer
    /// changed with them (RFC 8429). Numbers and direction of messages are not signed at all, so replays and messages that are
    /// sent back to their maker are not noticed; and what is sealed after a login without mutual authentication can be read by
    /// whoever sees both directions: they share one key stream.
    #[must_use]
    pub fn allow_rc4(self) -> Initiator {
        self.0.set(|settings| settings.allow_rc4 = true)
    }

    /// Delegates to services also of which the KDC does not say that they may be trusted with it. Who runs such a service can
    /// act as the user everywhere, as long as the ticket-granting ticket lives.
    #[must_use]
    pub fn delegate_to_any_service(self) -> Initiator {
        self.0.set(|settings| settings.delegate_to_any = true)
    }
}

impl Settings {
    /// Whether this initiator takes an encryption type.
    pub(super) fn permits(&self, etype: EncryptionType) -> bool {
        match etype {
            EncryptionType::RC4_HMAC => self.allow_rc4,
            _ => etype.key_len().is_some(),
        }
    }

    /// The services to ask for: in DCE style there is always an answer.
    pub(super) fn flags(&self) -> ContextFlags {
        if self.ask.contains(ContextFlags::DCE_STYLE) { self.ask | ContextFlags::MUTUAL } else { self.ask }
    }
}
