//! The front door of a server: tokens in, questions and verdicts out.
//!
//! ```text
//!             token                       token
//! Acceptor ───────────▶ Accept::NeedsToken ──▶ …          (401 with the token, keep `next` with the connection)
//!                       Accept::NeedsReplayCheck ──▶ …    (ask a cache, then go on)
//!                       Accept::Established               (200; the context says who it is)
//!                       Err(Rejected)                     (401 with its token; its error goes to the log)
//! ```

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;
use core::time::Duration;

use crate::context::Context;
use crate::error::{Fault, Reason, Rejected};
use crate::gss::ChannelBindings;
use crate::mechanism::{
    AcceptorHandshake, AcceptorMechanism, AccountAnswer, AccountQuestion, AccountStore, Ask, AsyncAccountStore,
    AsyncReplayCache, Channel, MechStep, ReplayCache, ReplayQuestion, ReplayVerdict,
};
use crate::spnego;
use crate::time::Timestamp;

/// How long a peer may take from its first token to its last.
pub const HANDSHAKE_LIFETIME: Duration = Duration::from_secs(30);

/// A configured acceptor of logins, shared by all connections.
///
/// ```
/// use negotiate::{Accept, Acceptor, Timestamp, kerberos};
/// # fn demo(token: &[u8], keytab: kerberos::Keytab) -> Result<(), Box<dyn std::error::Error>> {
/// let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build()?;
/// let cache = kerberos::MemoryReplayCache::new(Timestamp::now());
/// let mut step = acceptor.accept(token, Timestamp::now());
/// if let Ok(Accept::NeedsReplayCheck(check)) = step {
///     step = check.use_cache(&cache, Timestamp::now());
/// }
/// match step {
///     Ok(Accept::Established { token, context }) => println!("hello {}", context.peer()),
///     Ok(Accept::NeedsToken { token, next }) => println!("401, and go on with `next`"),
///     Ok(_) => println!("a question this server cannot answer"),
///     Err(rejected) => eprintln!("{}", rejected.error),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Acceptor {
    mechanisms: Arc<[Arc<dyn AcceptorMechanism>]>,
    handshake_lifetime: Duration,
    require_channel_bindings: bool,
    require_spnego: bool,
}

impl Acceptor {
    /// Begins to configure one.
    #[must_use]
    pub fn builder() -> AcceptorBuilder {
        AcceptorBuilder {
            mechanisms: Vec::new(),
            handshake_lifetime: HANDSHAKE_LIFETIME,
            require_channel_bindings: false,
            require_spnego: false,
        }
    }

    /// Takes the first token of a connection of which nothing else is known. [`Self::begin`] is the way to say more.
    ///
    /// # Errors
    /// [`Rejected`] if the peer is refused; see there.
    pub fn accept(&self, token: &[u8], now: Timestamp) -> Result<Accept, Rejected> {
        self.begin().accept(token, now)
    }

    /// Opens a handshake, to which channel bindings and the peer's address can be added before its first token.
    #[must_use]
    pub fn begin(&self) -> Opening {
        let channel = Channel {
            bindings_required: self.require_channel_bindings,
            spnego_required: self.require_spnego,
            ..Channel::default()
        };
        Opening { mechanisms: Arc::clone(&self.mechanisms), channel, lifetime: self.handshake_lifetime }
    }
}

impl fmt::Debug for Acceptor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}

/// An [`Acceptor`] being configured.
pub struct AcceptorBuilder {
    mechanisms: Vec<Arc<dyn AcceptorMechanism>>,
    handshake_lifetime: Duration,
    require_channel_bindings: bool,
    require_spnego: bool,
}

impl AcceptorBuilder {
    /// Takes Kerberos logins. Whenever it is said, they are what this acceptor would rather have.
    #[cfg(feature = "kerberos")]
    #[must_use]
    pub fn kerberos(mut self, acceptor: crate::kerberos::Acceptor) -> Self {
        self.mechanisms.insert(0, Arc::new(acceptor));
        self
    }

    /// Takes NTLM logins. The client's order decides: who offers Kerberos first comes to NTLM only if Kerberos is not taken
    /// here, and where it put NTLM before a Kerberos that is taken here, both sides must sign the offer.
    #[cfg(feature = "ntlm")]
    #[must_use]
    pub fn ntlm(mut self, acceptor: crate::ntlm::Acceptor) -> Self {
        self.mechanisms.push(Arc::new(acceptor));
        self
    }

    /// How long a peer may take from its first token to its last. [`HANDSHAKE_LIFETIME`] by default.
    #[must_use]
    pub const fn handshake_lifetime(mut self, lifetime: Duration) -> Self {
        self.handshake_lifetime = lifetime;
        self
    }

    /// Refuses logins that are not bound to the connection's secure channel. The bindings then have to be given for
    /// each handshake ([`Opening::channel_bindings`]).
    #[must_use]
    pub const fn require_channel_bindings(mut self) -> Self {
        self.require_channel_bindings = true;
        self
    }

    /// Refuses tokens that come without SPNEGO. Somebody in between can take a login by NTLM out of it, and with it the
    /// signature that shows that a better mechanism was struck from the initiator's list (row C04). Not for HTTP, where
    /// Windows and curl send NTLM bare.
    #[must_use]
    pub const fn require_spnego(mut self) -> Self {
        self.require_spnego = true;
        self
    }

    /// The acceptor.
    ///
    /// # Errors
    /// [`Error::NoMechanism`] if nothing was configured that a login could be made by;
    /// `kerberos::Error::NoKeyOfOwn` for a principal that the keytab has no usable key of.
    pub fn build(self) -> Result<Acceptor, crate::Error> {
        if self.mechanisms.is_empty() {
            return Err(Error::NoMechanism.into());
        }
        self.mechanisms.iter().try_for_each(|mechanism| mechanism.check())?;
        Ok(Acceptor {
            mechanisms: self.mechanisms.into(),
            handshake_lifetime: self.handshake_lifetime,
            require_channel_bindings: self.require_channel_bindings,
            require_spnego: self.require_spnego,
        })
    }
}

impl fmt::Debug for AcceptorBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorBuilder").finish_non_exhaustive()
    }
}

/// A connection before its first token: the time to say what is known of it.
pub struct Opening {
    mechanisms: Arc<[Arc<dyn AcceptorMechanism>]>,
    channel: Channel,
    lifetime: Duration,
}

impl Opening {
    /// The bindings of the secure channel below (`tls-server-end-point` for HTTPS). Without them none are checked.
    #[must_use]
    pub fn channel_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.channel.bindings = Some(bindings);
        self
    }

    /// Refuses this login if it is not bound to the secure channel below, whatever the acceptor does with others.
    #[must_use]
    pub const fn require_channel_bindings(mut self) -> Self {
        self.channel.bindings_required = true;
        self
    }

    /// The peer's network address, to be compared with those a ticket is limited to. Without it none are compared.
    #[must_use]
    pub const fn peer_address(mut self, address: IpAddr) -> Self {
        self.channel.peer_address = Some(address);
        self
    }

    /// Takes the peer's first token, as it was behind `Authorization: Negotiate` (decoded), and says what now.
    ///
    /// # Errors
    /// [`Rejected`] if the peer is refused: its `error` is for the log, its `token`, if any, for the peer. Nothing is
    /// left to go on with.
    pub fn accept(self, token: &[u8], now: Timestamp) -> Result<Accept, Rejected> {
        let step = spnego::accept(&self.mechanisms, &self.channel, token, now)?;
        Ok(Accept::from_step(step, now.saturating_add(self.lifetime)))
    }
}

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { mechanisms: _, channel, lifetime } = self;
        f.debug_struct("Opening").field("channel", channel).field("lifetime", lifetime).finish_non_exhaustive()
    }
}

/// One connection's handshake, which waits for the next token. Each step consumes it.
pub struct Handshake {
    next: Box<dyn AcceptorHandshake>,
    deadline: Timestamp,
}

impl Handshake {
    /// Until when the peer's next token is waited for: from then on there is no use in keeping this.
    #[must_use]
    pub const fn deadline(&self) -> Timestamp {
        self.deadline
    }

    /// Takes the peer's next token and says what now.
    ///
    /// # Errors
    /// [`Rejected`] if the peer is refused, or took longer than the handshake's lifetime. Nothing is left to go on with.
    pub fn accept(self, token: &[u8], now: Timestamp) -> Result<Accept, Rejected> {
        if now > self.deadline {
            return Err(Error::HandshakeExpired.into());
        }
        Ok(Accept::from_step(self.next.accept(token, now)?, self.deadline))
    }
}

impl fmt::Debug for Handshake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handshake").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// What a step came to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Accept {
    /// Send the token (HTTP: 401 with it) and keep `next` with this very connection until its next token comes.
    NeedsToken {
        /// For the peer.
        token: Vec<u8>,
        /// Waits for the peer's answer.
        next: Handshake,
    },
    /// Find out whether this login was seen before, then go on.
    NeedsReplayCheck(ReplayCheck),
    /// Find out whose account this is, then go on.
    NeedsAccount(AccountQuery),
    /// Logged in. If there is a token, send it with the answer (HTTP: 200 with it).
    Established {
        /// For the peer: the proof of mutual authentication, if it asked for one.
        token: Option<Vec<u8>>,
        /// Who it is, and what the context can do.
        context: Context,
    },
}

impl Accept {
    /// Asks its questions, if it has any, of stores that may take their time, and goes on with the answers. A question that
    /// nobody is there for is left: without `accounts` that is the one about an account.
    ///
    /// * `clock`: the time, asked anew behind each answer ([`Timestamp::now`] as a rule).
    ///
    /// # Errors
    /// [`Rejected`] if a store says no, or takes longer than the handshake's lifetime.
    pub async fn answered(
        self,
        replays: &dyn AsyncReplayCache,
        accounts: Option<&dyn AsyncAccountStore>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, Rejected> {
        let mut step = self;
        loop {
            step = match (step, accounts) {
                (Self::NeedsReplayCheck(check), _) => {
                    let verdict = replays.check_and_insert_later(check.question(), clock()).await;
                    check.continue_with(verdict, clock())?
                }
                (Self::NeedsAccount(query), Some(accounts)) => {
                    let answer = accounts.look_up_later(query.question()).await;
                    query.continue_with(answer, clock())?
                }
                (answered, _) => return Ok(answered),
            }
        }
    }

    fn from_step(step: MechStep, deadline: Timestamp) -> Self {
        match step {
            MechStep::Continue { token, next } => Self::NeedsToken { token, next: Handshake { next, deadline } },
            MechStep::AskReplay(ask) => Self::NeedsReplayCheck(ReplayCheck { ask, deadline }),
            MechStep::AskAccount(ask) => Self::NeedsAccount(AccountQuery { ask, deadline }),
            MechStep::Established { token, context } => Self::Established { token, context },
        }
    }
}

/// A login that passed every check but the last: whether it was seen before.
///
/// The answer may come at once ([`Self::use_cache`]) or from anywhere, within the handshake's lifetime
/// ([`Self::continue_with`]).
pub struct ReplayCheck {
    ask: Ask<ReplayQuestion, ReplayVerdict>,
    deadline: Timestamp,
}

impl ReplayCheck {
    /// What to look up, and to remember, in one atomic step.
    #[must_use]
    pub const fn question(&self) -> &ReplayQuestion {
        &self.ask.question
    }

    /// Asks a cache that answers at once, and goes on.
    ///
    /// # Errors
    /// [`Rejected`] if the login was seen before, or nobody can tell.
    pub fn use_cache(self, cache: &dyn ReplayCache, now: Timestamp) -> Result<Accept, Rejected> {
        let verdict = cache.check_and_insert(&self.ask.question, now);
        self.continue_with(verdict, now)
    }

    /// Goes on with an answer from elsewhere. It must be the answer to this very question; nothing here can tell.
    ///
    /// # Errors
    /// [`Rejected`] for every verdict but [`ReplayVerdict::Fresh`], and for an answer that took longer than the
    /// handshake's lifetime.
    pub fn continue_with(self, verdict: ReplayVerdict, now: Timestamp) -> Result<Accept, Rejected> {
        if now > self.deadline {
            return Err(Error::HandshakeExpired.into());
        }
        Ok(Accept::from_step(self.ask.resume.resume(verdict, now)?, self.deadline))
    }
}

impl fmt::Debug for ReplayCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReplayCheck").field("question", &self.ask.question).finish_non_exhaustive()
    }
}

/// A login whose proof can only be judged with what a store of accounts, or a domain controller, knows.
///
/// The answer may come at once ([`Self::use_store`]) or from anywhere, within the handshake's lifetime
/// ([`Self::continue_with`]). No answer at all leaves nobody logged in.
pub struct AccountQuery {
    ask: Ask<AccountQuestion<'static>, AccountAnswer>,
    deadline: Timestamp,
}

impl AccountQuery {
    /// Whom the peer claims to be, and what it brings as a proof.
    #[must_use]
    pub const fn question(&self) -> &AccountQuestion<'static> {
        &self.ask.question
    }

    /// Asks a store that answers at once, and goes on.
    ///
    /// # Errors
    /// [`Rejected`] if there is no such account, or the proof is wrong.
    pub fn use_store(self, store: &dyn AccountStore, now: Timestamp) -> Result<Accept, Rejected> {
        let answer = store.look_up(&self.ask.question);
        self.continue_with(answer, now)
    }

    /// Goes on with an answer from elsewhere. It must be the answer to this very question; nothing here can tell.
    ///
    /// # Errors
    /// [`Rejected`] if the answer is not an account, or the proof is wrong, or the answer took longer than the handshake's
    /// lifetime.
    pub fn continue_with(self, answer: AccountAnswer, now: Timestamp) -> Result<Accept, Rejected> {
        if now > self.deadline {
            return Err(Error::HandshakeExpired.into());
        }
        Ok(Accept::from_step(self.ask.resume.resume(answer, now)?, self.deadline))
    }
}

impl fmt::Debug for AccountQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountQuery").field("question", &self.ask.question).finish_non_exhaustive()
    }
}

/// What the front door itself refuses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// No mechanism is configured.
    NoMechanism,
    /// The peer took longer than the handshake's lifetime.
    HandshakeExpired,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoMechanism => "the acceptor has no mechanism: configure Kerberos or NTLM",
            Self::HandshakeExpired => "the peer took too long to finish its handshake and must begin again",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        match self {
            Self::NoMechanism => Fault::Configuration,
            Self::HandshakeExpired => Fault::Time,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::NoMechanism => "no-mechanism",
            Self::HandshakeExpired => "handshake-expired",
        }
    }
}
