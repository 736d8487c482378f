//! The front door of a client: tokens out and in, until the login is made.
//!
//! ```text
//!            initiate                       step
//! Initiator ──────────▶ Initiate::NeedsToken ──▶ …   (send the token, wait for the server's)
//!                       Initiate::Established        (send the token, if there is one; the context is ready)
//!                       Err(Error)                   (there will be no login; why is for the log)
//! ```

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::context::Context;
use crate::error::{Fault, Reason};
use crate::gss::{ChannelBindings, Oid};
use crate::mechanism::{Approach, InitiatorHandshake, InitiatorMechanism, InitiatorStep};
use crate::peer::Target;
use crate::spnego;
use crate::time::Timestamp;

/// How long an acceptor may take from the first token to its last.
pub const HANDSHAKE_LIFETIME: Duration = Duration::from_secs(30);

/// A configured initiator of logins to one service, for as many connections as there are to it.
///
/// ```
/// use negotiate::{Initiate, Initiator, Timestamp, ntlm};
/// # fn send_and_receive(token: Vec<u8>) -> Vec<u8> { Vec::new() }
/// # fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let credential = ntlm::Credential::with_password(r"ADEX\alice", "open sesame")?;
/// let initiator = Initiator::builder("HTTP@web.example.com".parse()?).ntlm(credential).build()?;
/// let mut step = initiator.initiate(Timestamp::now())?;
/// let context = loop {
///     match step {
///         Initiate::NeedsToken { token, next } => step = next.step(&send_and_receive(token), Timestamp::now())?,
///         Initiate::Established { token, context } => {
///             token.map(send_and_receive);
///             break context;
///         }
///     }
/// };
/// println!("logged in to {}", context.peer());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Initiator {
    mechanisms: Arc<[Arc<dyn InitiatorMechanism>]>,
    approach: Approach,
    bare: bool,
    fallback: bool,
    handshake_lifetime: Duration,
}

/// The mechanisms that are offered, best first.
type Offer = Vec<Arc<dyn InitiatorMechanism>>;

impl Initiator {
    /// Begins to configure one for the service `target`.
    #[must_use]
    pub fn builder(target: Target) -> InitiatorBuilder {
        InitiatorBuilder {
            mechanisms: Vec::new(),
            approach: Approach { target, bindings: None },
            ntlm_first: false,
            bare: false,
            fallback: true,
            handshake_lifetime: HANDSHAKE_LIFETIME,
        }
    }

    /// The same for another connection, whose secure channel has other bindings.
    #[must_use]
    pub fn with_channel_bindings(&self, bindings: ChannelBindings) -> Self {
        let approach = Approach { target: self.approach.target.clone(), bindings: Some(bindings) };
        Self { approach, ..self.clone() }
    }

    /// One of mechanisms that were configured elsewhere: at least one, and one alone to be `bare`.
    pub(crate) fn of(approach: Approach, mechanisms: Vec<Arc<dyn InitiatorMechanism>>, bare: bool) -> Self {
        let mechanisms = mechanisms.into();
        Self { mechanisms, approach, bare, fallback: true, handshake_lifetime: HANDSHAKE_LIFETIME }
    }

    /// Whether it sends a mechanism's tokens as they are.
    pub(crate) const fn is_bare(&self) -> bool {
        self.bare
    }

    /// Makes the first token of a connection.
    ///
    /// Of several mechanisms those are offered that have what a login to this service takes, such as a ticket that has not
    /// ended; [`Handshake::left_out`] tells which have not. Once a token is sent there is no way from one mechanism to another
    /// but the acceptor's choice: a login that fails has failed (row C16).
    ///
    /// # Errors
    /// What a mechanism lacks, such as random octets. If none has a credential, or one has none and
    /// [`InitiatorBuilder::without_fallback`] was called: what the first of those lacks.
    pub fn initiate(&self, now: Timestamp) -> Result<Initiate, crate::Error> {
        let deadline = now.saturating_add(self.handshake_lifetime);
        if let ([mechanism], true) = (&*self.mechanisms, self.bare) {
            return Ok(Initiate::from_step(mechanism.initiate(&self.approach, now)?, deadline, Vec::new()));
        }
        let (offer, left_out) = self.offer(now)?;
        Ok(Initiate::from_step(spnego::initiate(&offer, &self.approach, now)?, deadline, left_out))
    }

    /// The mechanisms that have what a login takes, and those that lack it, if they can be left out. Each is asked for itself:
    /// of two caches for Kerberos the one without a ticket does not take the other along.
    fn offer(&self, now: Timestamp) -> Result<(Offer, Vec<LeftOut>), crate::Error> {
        let (mut offer, mut left_out) = (Vec::with_capacity(self.mechanisms.len()), Vec::new());
        for mechanism in &*self.mechanisms {
            match mechanism.has_credential(&self.approach, now) {
                Ok(()) => offer.push(Arc::clone(mechanism)),
                Err(error) if !self.fallback => return Err(error),
                Err(error) => left_out.push(LeftOut { mechanism: mechanism.oid(), error }),
            }
        }
        if offer.is_empty() && !left_out.is_empty() {
            return Err(left_out.swap_remove(0).error);
        }
        Ok((offer, left_out))
    }
}

impl fmt::Debug for Initiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mechanisms: _, approach, bare, fallback, handshake_lifetime } = self;
        f.debug_struct("Initiator")
            .field("approach", approach)
            .field("bare", bare)
            .field("fallback", fallback)
            .field("handshake_lifetime", handshake_lifetime)
            .finish_non_exhaustive()
    }
}

/// An [`Initiator`] being configured.
pub struct InitiatorBuilder {
    mechanisms: Vec<Arc<dyn InitiatorMechanism>>,
    approach: Approach,
    ntlm_first: bool,
    bare: bool,
    fallback: bool,
    handshake_lifetime: Duration,
}

impl InitiatorBuilder {
    /// Logs in by Kerberos: with a [`Ccache`](crate::kerberos::Ccache), with one ticket
    /// ([`Credential`](crate::kerberos::ccache::Credential)), or an [`Initiator`](crate::kerberos::Initiator) that was told more.
    /// It comes before NTLM in the offer, whichever was configured first, unless [`Self::ntlm_first`] says otherwise.
    #[cfg(feature = "kerberos")]
    #[must_use]
    pub fn kerberos(mut self, initiator: impl Into<crate::kerberos::Initiator>) -> Self {
        self.mechanisms.insert(0, Arc::new(initiator.into()));
        self
    }

    /// Logs in by NTLM: with a [`Credential`](crate::ntlm::Credential), or an [`Initiator`](crate::ntlm::Initiator) that was
    /// told more.
    #[cfg(feature = "ntlm")]
    #[must_use]
    pub fn ntlm(mut self, initiator: impl Into<crate::ntlm::Initiator>) -> Self {
        self.mechanisms.push(Arc::new(initiator.into()));
        self
    }

    /// Puts NTLM before Kerberos in the offer. An acceptor that takes both then takes the weaker one as a rule: this is
    /// for trying what acceptors make of it.
    #[must_use]
    pub const fn ntlm_first(mut self) -> Self {
        self.ntlm_first = true;
        self
    }

    /// The bindings of the secure channel below (`tls-server-end-point` for HTTPS), so that the login is of no use on
    /// another one.
    #[must_use]
    pub fn channel_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.approach.bindings = Some(bindings);
        self
    }

    /// Sends the mechanism's tokens bare, without SPNEGO: for HTTP's scheme `NTLM`, and wherever else a protocol names the
    /// mechanism itself.
    #[must_use]
    pub const fn bare(mut self) -> Self {
        self.bare = true;
        self
    }

    /// Makes it an error if a mechanism has no credential for the service, such as a ticket that has not ended. By default
    /// such a one is left out of the offer: of Kerberos and NTLM without a ticket NTLM is left. Who wants no NTLM at all, also
    /// where the acceptor chooses it, does not configure it.
    #[must_use]
    pub const fn without_fallback(mut self) -> Self {
        self.fallback = false;
        self
    }

    /// How long the acceptor may take from the first token to its last. [`HANDSHAKE_LIFETIME`] by default.
    #[must_use]
    pub const fn handshake_lifetime(mut self, lifetime: Duration) -> Self {
        self.handshake_lifetime = lifetime;
        self
    }

    /// The initiator.
    ///
    /// # Errors
    /// [`Error::NoMechanism`] if there is nothing to log in by; [`Error::BareNeedsOne`] for several mechanisms without the
    /// negotiation that would choose one.
    pub fn build(self) -> Result<Initiator, crate::Error> {
        let Self { mut mechanisms, approach, ntlm_first, bare, fallback, handshake_lifetime } = self;
        if ntlm_first {
            // Kerberos was put in front.
            mechanisms.reverse();
        }
        match mechanisms.len() {
            0 => Err(Error::NoMechanism.into()),
            2.. if bare => Err(Error::BareNeedsOne.into()),
            _ => Ok(Initiator { mechanisms: mechanisms.into(), approach, bare, fallback, handshake_lifetime }),
        }
    }
}

impl fmt::Debug for InitiatorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InitiatorBuilder").field("approach", &self.approach).finish_non_exhaustive()
    }
}

/// One connection's handshake, which waits for the acceptor's next token. Each step consumes it.
///
/// It has no context yet, and none that could be reached: nothing is signed, sealed or believed before the login is made (row
/// B11).
///
/// ```compile_fail,E0599
/// fn early(mut half_open: negotiate::initiator::Handshake) {
///     half_open.wrap(b"a secret", negotiate::Protection::Confidentiality);
/// }
/// ```
/// ```compile_fail,E0382
/// # use negotiate::Timestamp;
/// fn again(half_open: negotiate::initiator::Handshake, tokens: [&[u8]; 2]) {
///     half_open.step(tokens[0], Timestamp::UNIX_EPOCH);
///     half_open.step(tokens[1], Timestamp::UNIX_EPOCH);
/// }
/// ```
pub struct Handshake {
    next: Box<dyn InitiatorHandshake>,
    deadline: Timestamp,
    left_out: Vec<LeftOut>,
}

/// A mechanism that was configured and not offered, because it has no credential for the service.
#[derive(Debug)]
#[non_exhaustive]
pub struct LeftOut {
    /// The mechanism.
    pub mechanism: Oid<'static>,
    /// What it lacks.
    pub error: crate::Error,
}

/// For a log, in one line.
impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mechanism, error } = self;
        write!(f, "{} is not offered: {error}", mechanism.name().unwrap_or("a mechanism"))
    }
}

impl Handshake {
    /// Until when the acceptor's next token is waited for: from then on there is no use in keeping this.
    #[must_use]
    pub const fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// The mechanisms that were configured and not offered, and why: for the log, so that somebody sees why a login that
    /// should have been by Kerberos was by NTLM.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Takes the acceptor's next token and says what now.
    ///
    /// # Errors
    /// Why there will be no login. Nothing is left to go on with.
    pub fn step(self, token: &[u8], now: Timestamp) -> Result<Initiate, crate::Error> {
        if now > self.deadline {
            return Err(Error::HandshakeExpired.into());
        }
        Ok(Initiate::from_step(self.next.step(token, now)?, self.deadline, self.left_out))
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { next: _, deadline, left_out } = self;
        f.debug_struct("Handshake").field("deadline", deadline).field("left_out", left_out).finish_non_exhaustive()
    }
}

/// What a step came to.
pub enum Initiate {
    /// Send the token and keep `next` with this very connection until the acceptor's token comes.
    NeedsToken {
        /// For the acceptor.
        token: Vec<u8>,
        /// Waits for its answer.
        next: Handshake,
    },
    /// Done on this side. If there is a token, send it. Whether the acceptor takes it, the protocol around it says. By Kerberos
    /// it has proven itself, if it was asked to; NTLM proves nothing to the initiator but by the first message that is signed
    /// or sealed.
    Established {
        /// For the acceptor.
        token: Option<Vec<u8>>,
        /// What was logged in to, and what the context can do.
        context: Context,
    },
}

impl Initiate {
    fn from_step(step: InitiatorStep, deadline: Timestamp, left_out: Vec<LeftOut>) -> Self {
        match step {
            InitiatorStep::Continue { token, next } => {
                Self::NeedsToken { token, next: Handshake { next, deadline, left_out } }
            }
            InitiatorStep::Established { token, context } => Self::Established { token, context },
        }
    }
}

/// Without the tokens: with what an NTLM initiator sends, passwords can be guessed at leisure.
impl fmt::Debug for Initiate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsToken { token, next } => {
                f.debug_struct("NeedsToken").field("token_len", &token.len()).field("next", next).finish()
            }
            Self::Established { token, context } => f
                .debug_struct("Established")
                .field("token_len", &token.as_ref().map(Vec::len))
                .field("context", context)
                .finish(),
        }
    }
}

/// What the front door itself refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// No mechanism is configured.
    NoMechanism,
    /// Several mechanisms are configured, and no negotiation that would choose one.
    BareNeedsOne,
    /// The acceptor took longer than the handshake's lifetime.
    HandshakeExpired,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMechanism => "the initiator has no mechanism: configure Kerberos or NTLM",
            Self::BareNeedsOne => {
                "bare tokens are those of one mechanism: configure one, or leave the choice to SPNEGO"
            }
            Self::HandshakeExpired => "the server took too long to finish the handshake, which must begin again",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::NoMechanism | Self::BareNeedsOne => Fault::Configuration,
            Self::HandshakeExpired => Fault::Time,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoMechanism => "no-mechanism",
            Self::BareNeedsOne => "bare-needs-one",
            Self::HandshakeExpired => "handshake-expired",
        }
    }
}
