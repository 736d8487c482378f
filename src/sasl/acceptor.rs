//! The side that is logged in to.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::mem;

use super::initiator::spnego_channel;
use super::negotiation::{self, Choice, Offer};
use super::questions::{AccountQuery, AuthorizationQuery, ReplayCheck};
use super::security_layer::{Channel, Login};
use super::{Error, LayerPolicy, Layers, Mechanism};
use crate::acceptor;
use crate::context::Context;
use crate::error::Rejected;
use crate::mechanism::{AsyncAccountStore, AsyncReplayCache};
use crate::time::Timestamp;

/// A configured acceptor of SASL logins, shared by all connections.
///
/// ```
/// # #[cfg(all(feature = "std", feature = "kerberos"))] {
/// use negotiate::sasl::{Accept, AcceptorExchange};
/// use negotiate::{Rejected, ReplayCache, Timestamp};
///
/// /// One response of the client, and what is known at once: only what has to be sent, or the end, is left.
/// fn step(exchange: AcceptorExchange, response: &[u8], replays: &dyn ReplayCache) -> Result<Accept, Rejected> {
///     let now = Timestamp::now();
///     let mut step = exchange.step(response, now)?;
///     loop {
///         step = match step {
///             Accept::NeedsReplayCheck(check) => check.use_cache(replays, now)?,
///             // Who has logged in may act as itself, as it calls itself in this protocol; nobody else.
///             Accept::NeedsAuthorization(query) => {
///                 let own = query.context().peer().to_string();
///                 if query.authorization_identity() == own { query.allow() } else { return Err(query.refuse()) }
///             }
///             other => return Ok(other), // Challenge, Established, or NeedsAccount where NTLM has no accounts of its own
///         }
///     }
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Acceptor {
    acceptor: acceptor::Acceptor,
    settings: Settings,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) mechanism: Mechanism,
    pub(super) policy: LayerPolicy,
}

impl Acceptor {
    /// Takes the logins that `acceptor` takes, as far as the mechanism makes them, and goes on with the layers of `policy`.
    #[must_use]
    pub const fn new(mechanism: Mechanism, acceptor: acceptor::Acceptor, policy: LayerPolicy) -> Self {
        Self { acceptor, settings: Settings { mechanism, policy } }
    }

    /// The mechanism, to be offered to clients by its name.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        self.settings.mechanism
    }

    /// What to keep with a connection whose client has chosen the mechanism.
    #[must_use]
    pub fn begin(&self) -> AcceptorExchange {
        self.begin_with(self.acceptor.begin())
    }

    /// The same of a connection of which more is known: channel bindings, the client's address.
    #[must_use]
    pub fn begin_with(&self, opening: acceptor::Opening) -> AcceptorExchange {
        AcceptorExchange { settings: self.settings, state: State::Opening { opening: Box::new(opening), asked: false } }
    }
}

/// One connection's login, which waits for the client's next response. Each step consumes it.
pub struct AcceptorExchange {
    settings: Settings,
    state: State,
}

enum State {
    /// Nothing has come. `asked`: the empty challenge was sent that asks for the first response.
    Opening { opening: Box<acceptor::Opening>, asked: bool },
    /// The mechanism's tokens go to and fro.
    LoggingIn(acceptor::Handshake),
    /// Logged in; the client is to say nothing once, which asks for the offer.
    AwaitingNothing(Box<Context>),
    /// The client is to choose from this offer.
    AwaitingChoice { context: Box<Context>, offered: Layers },
}

impl AcceptorExchange {
    /// Takes the client's next response and says what now. Where the protocol brought no first response, an empty one stands
    /// for it.
    ///
    /// # Errors
    /// [`Rejected`] if the client is refused. Its `token` is what the mechanism would tell the client, for protocols that
    /// have a place for it beside their failure, as LDAP. Nothing is left to go on with.
    pub fn step(self, response: &[u8], now: Timestamp) -> Result<Accept, Rejected> {
        let Self { settings, state } = self;
        match state {
            State::Opening { opening, asked: false } if response.is_empty() => {
                let state = State::Opening { opening, asked: true };
                Ok(Accept::Challenge { challenge: Vec::new(), next: Self { settings, state } })
            }
            State::Opening { opening, .. } => Accept::after(opening.accept(response, now)?, settings),
            State::LoggingIn(handshake) => Accept::after(handshake.accept(response, now)?, settings),
            State::AwaitingNothing(context) if response.is_empty() => settings.offer(*context),
            State::AwaitingNothing(_) => Err(Error::Unexpected.into()),
            State::AwaitingChoice { context, offered } => {
                settings.judge(*context, offered, response).map_err(Rejected::silent)
            }
        }
    }
}

impl Settings {
    pub(super) fn offer(self, mut context: Context) -> Result<Accept, Rejected> {
        let offered = self.policy.possible(&context);
        if offered.bits() == 0 {
            return Err(Error::NoCommonLayer { offered: Layers::from_bits(u8::MAX), possible: offered }.into());
        }
        let offer = Offer { layers: offered, size: self.policy.size() };
        let challenge = negotiation::wrap(&mut context, &offer.encode()).map_err(Rejected::silent)?;
        let state = State::AwaitingChoice { context: Box::new(context), offered };
        Ok(Accept::Challenge { challenge, next: AcceptorExchange { settings: self, state } })
    }

    fn judge(self, mut context: Context, offered: Layers, response: &[u8]) -> Result<Accept, crate::Error> {
        let message = negotiation::unwrap(&mut context, response)?;
        let mut choice = Choice::parse(&message, offered)?;
        let authorization_identity = mem::take(&mut choice.authorization_identity);
        let channel = Channel::new(context, choice.layer, self.policy, choice.size)?;
        Ok(match authorization_identity {
            Some(identity) => Accept::NeedsAuthorization(AuthorizationQuery { identity, channel }),
            None => Accept::Established { challenge: None, login: Login { authorization_identity: None, channel } },
        })
    }
}

/// What a step came to.
#[derive(Debug)]
#[non_exhaustive]
pub enum Accept {
    /// Send the challenge, which may be empty, and keep `next` with this very connection until the response comes.
    Challenge {
        /// For the client.
        challenge: Vec<u8>,
        /// Waits for its answer.
        next: AcceptorExchange,
    },
    /// Find out whether this login was seen before, then go on.
    NeedsReplayCheck(ReplayCheck),
    /// Find the account, then go on.
    NeedsAccount(AccountQuery),
    /// The client wants to be somebody else than it has logged in as. Decide, then go on.
    NeedsAuthorization(AuthorizationQuery),
    /// Logged in: say so in the protocol's own words.
    Established {
        /// Goes along with the success (RFC 4422 section 3.6). A protocol that has no place for it sends it as a challenge,
        /// awaits an empty response, and then says so.
        challenge: Option<Vec<u8>>,
        /// Who it is, and the stream from now on.
        login: Login,
    },
}

impl Accept {
    /// Asks its questions but the one of authorization, if it has any, of stores that may take their time, and goes on with the
    /// answers: as [`acceptor::Accept::answered`].
    ///
    /// # Errors
    /// [`Rejected`] if a store says no, or takes longer than the handshake's lifetime.
    pub async fn answered(
        self,
        replays: &dyn AsyncReplayCache,
        accounts: Option<&dyn AsyncAccountStore>,
        clock: fn() -> Timestamp,
    ) -> Result<Self, Rejected> {
        let (step, settings) = match self {
            Self::NeedsReplayCheck(ReplayCheck { check, settings }) => {
                (acceptor::Accept::NeedsReplayCheck(check), settings)
            }
            Self::NeedsAccount(AccountQuery { query, settings }) => (acceptor::Accept::NeedsAccount(query), settings),
            other => return Ok(other),
        };
        Self::after(step.answered(replays, accounts, clock).await?, settings)
    }

    pub(super) fn after(step: acceptor::Accept, settings: Settings) -> Result<Self, Rejected> {
        let exchange = |state| AcceptorExchange { settings, state };
        match step {
            acceptor::Accept::NeedsToken { token, next } => {
                Ok(Self::Challenge { challenge: token, next: exchange(State::LoggingIn(next)) })
            }
            acceptor::Accept::NeedsReplayCheck(check) => Ok(Self::NeedsReplayCheck(ReplayCheck { check, settings })),
            acceptor::Accept::NeedsAccount(query) => Ok(Self::NeedsAccount(AccountQuery { query, settings })),
            acceptor::Accept::Established { token, context } => {
                settings.mechanism.admits(&context)?;
                let token = token.filter(|token| !token.is_empty());
                match (settings.mechanism, token) {
                    (Mechanism::GssSpnego, challenge) => {
                        let channel = spnego_channel(context, settings.policy).map_err(Rejected::silent)?;
                        let login = Login { authorization_identity: None, channel };
                        Ok(Self::Established { challenge, login })
                    }
                    (Mechanism::Gssapi, Some(challenge)) => {
                        Ok(Self::Challenge { challenge, next: exchange(State::AwaitingNothing(Box::new(context))) })
                    }
                    // With nothing to say, the offer is said at once, as by Cyrus.
                    (Mechanism::Gssapi, None) => settings.offer(context),
                }
            }
        }
    }
}

impl fmt::Debug for AcceptorExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Opening { .. } => "opening",
            State::LoggingIn(_) => "logging in",
            State::AwaitingNothing(_) => "awaiting an empty response",
            State::AwaitingChoice { .. } => "awaiting the choice",
        };
        f.debug_struct("AcceptorExchange").field("state", &state).finish_non_exhaustive()
    }
}
