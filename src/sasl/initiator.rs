//! The side that logs in.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::negotiation::{self, Choice, Offer};
use super::security_layer::{Channel, Login};
use super::{Error, Layer, LayerPolicy, Mechanism};
use crate::context::Context;
use crate::initiator;
use crate::time::Timestamp;

/// A configured initiator of SASL logins to one service.
///
/// ```
/// # #[cfg(all(feature = "std", feature = "kerberos"))] {
/// use negotiate::kerberos::Ccache;
/// use negotiate::sasl::{Initiator, LayerPolicy, Mechanism};
///
/// /// By a ticket for `ldap/HOST`. What the server is told of the user besides is nothing: who logs in is who it is.
/// fn gssapi(tickets: Ccache, host: &str) -> Result<Initiator, Box<dyn std::error::Error>> {
///     let kerberos = negotiate::Initiator::builder(format!("ldap@{host}").parse()?).kerberos(tickets);
///     Ok(Initiator::new(Mechanism::Gssapi, kerberos.bare().build()?, LayerPolicy::CONFIDENTIALITY)?)
/// }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Initiator {
    initiator: initiator::Initiator,
    settings: Settings,
}

#[derive(Clone, Debug)]
struct Settings {
    mechanism: Mechanism,
    policy: LayerPolicy,
    authorization_identity: Option<Box<str>>,
}

impl Initiator {
    /// Logs in by `initiator`, and goes on with the layers of `policy`. For `GSSAPI` the initiator has Kerberos alone and sends
    /// it [bare](initiator::InitiatorBuilder::bare).
    ///
    /// # Errors
    /// [`Error::WrongInitiator`].
    pub fn new(
        mechanism: Mechanism,
        initiator: initiator::Initiator,
        policy: LayerPolicy,
    ) -> Result<Self, crate::Error> {
        if initiator.is_bare() != (mechanism == Mechanism::Gssapi) {
            return Err(Error::WrongInitiator(mechanism).into());
        }
        Ok(Self { initiator, settings: Settings { mechanism, policy, authorization_identity: None } })
    }

    /// Asks the server to let this login act as somebody else. An empty one is none.
    ///
    /// # Errors
    /// [`Error::BadAuthorizationIdentity`]; [`Error::NoPlaceForIdentity`] for `GSS-SPNEGO`.
    pub fn authorization_identity(mut self, identity: &str) -> Result<Self, crate::Error> {
        let identity = negotiation::checked(identity)?;
        if self.settings.mechanism == Mechanism::GssSpnego && !identity.is_empty() {
            return Err(Error::NoPlaceForIdentity.into());
        }
        self.settings.authorization_identity = Some(identity).filter(|identity| !identity.is_empty()).map(Into::into);
        Ok(self)
    }

    /// The mechanism, to be named to the server.
    #[must_use]
    pub const fn mechanism(&self) -> Mechanism {
        self.settings.mechanism
    }

    /// Makes the first response of a connection. Where the protocol has no place for it in the request, it answers the
    /// server's first, empty challenge.
    ///
    /// # Errors
    /// As [`initiator::Initiator::initiate`].
    pub fn begin(&self, now: Timestamp) -> Result<Initiate, crate::Error> {
        InitiatorExchange::after(self.initiator.initiate(now)?, self.settings.clone())
    }
}

/// One connection's login, which waits for the server's next challenge. Each step consumes it.
pub struct InitiatorExchange {
    settings: Settings,
    state: State,
}

enum State {
    /// The mechanism's tokens go to and fro.
    LoggingIn(initiator::Handshake),
    /// Logged in; the server is to offer its layers. `empty`: an empty response was sent, and nothing may come before the offer.
    AwaitingOffer { context: Box<Context>, empty: bool },
}

impl InitiatorExchange {
    /// Takes the server's next challenge, or what came with its success, and says what now.
    ///
    /// # Errors
    /// Why there will be no login. Nothing is left to go on with.
    pub fn step(self, challenge: &[u8], now: Timestamp) -> Result<Initiate, crate::Error> {
        let Self { settings, state } = self;
        match state {
            State::LoggingIn(handshake) => Self::after(handshake.step(challenge, now)?, settings),
            // A server whose mechanism is done without a token of its own may say nothing first, as the JDK's.
            State::AwaitingOffer { context, empty: false } if challenge.is_empty() => {
                let state = State::AwaitingOffer { context, empty: true };
                Ok(Initiate::Respond { response: Vec::new(), next: Self { settings, state } })
            }
            State::AwaitingOffer { context, .. } => {
                choose(*context, settings.policy, settings.authorization_identity, challenge)
            }
        }
    }

    fn after(step: initiator::Initiate, settings: Settings) -> Result<Initiate, crate::Error> {
        match step {
            initiator::Initiate::NeedsToken { token, next } => {
                Ok(Initiate::Respond { response: token, next: Self { settings, state: State::LoggingIn(next) } })
            }
            initiator::Initiate::Established { token, context } => {
                settings.mechanism.admits(&context)?;
                match settings.mechanism {
                    // With nothing left to say, an empty response asks for the offer (RFC 4752 section 3.1).
                    Mechanism::Gssapi => {
                        let state = State::AwaitingOffer { context: Box::new(context), empty: token.is_none() };
                        Ok(Initiate::Respond { response: token.unwrap_or_default(), next: Self { settings, state } })
                    }
                    Mechanism::GssSpnego => {
                        let channel = spnego_channel(context, settings.policy)?;
                        Ok(Initiate::Established {
                            response: token,
                            login: Login { authorization_identity: None, channel },
                        })
                    }
                }
            }
        }
    }
}

/// Of what the server offers in `challenge` the strongest that this side goes on with.
pub(super) fn choose(
    mut context: Context,
    policy: LayerPolicy,
    authorization_identity: Option<Box<str>>,
    challenge: &[u8],
) -> Result<Initiate, crate::Error> {
    let offer = Offer::parse(&negotiation::unwrap(&mut context, challenge)?)?;
    let possible = policy.possible(&context);
    let Some(layer) = offer.layers.and(possible).strongest() else {
        return Err(Error::NoCommonLayer { offered: offer.layers, possible }.into());
    };
    let choice = Choice { layer, size: policy.size(), authorization_identity };
    let response = negotiation::wrap(&mut context, &choice.encode())?;
    let channel = Channel::new(context, layer, policy, offer.size)?;
    let login = Login { authorization_identity: choice.authorization_identity, channel };
    Ok(Initiate::Established { response: Some(response), login })
}

/// The layer that the login's flags make, if the policy allows it. Sizes are not spoken of: Cyrus and Samba take 64 KiB.
pub(super) fn spnego_channel(context: Context, policy: LayerPolicy) -> Result<Channel, crate::Error> {
    let layer = Layer::strongest(&context);
    let allowed = policy.layers();
    if !allowed.contains(layer) {
        return Err(Error::LayerNotAllowed { layer, allowed }.into());
    }
    Channel::new(context, layer, policy, LayerPolicy::DEFAULT_SIZE)
}

/// What an initiator's step came to.
pub enum Initiate {
    /// Send the response, which may be empty, and keep `next` with this very connection until the challenge comes.
    Respond {
        /// For the server.
        response: Vec<u8>,
        /// Waits for what it says.
        next: InitiatorExchange,
    },
    /// Done on this side. The login holds once the server has said so, in the protocol's own words.
    Established {
        /// For the server, if there is one. If there is none and the server's last word was a challenge and not yet its
        /// success, an empty response is due.
        response: Option<Vec<u8>>,
        /// What was logged in to, and the stream from now on.
        login: Login,
    },
}

/// Without the tokens: with what an NTLM initiator sends, passwords can be guessed at leisure (row G03).
impl fmt::Debug for Initiate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Respond { response, next } => {
                f.debug_struct("Respond").field("response_len", &response.len()).field("next", next).finish()
            }
            Self::Established { response, login } => f
                .debug_struct("Established")
                .field("response_len", &response.as_ref().map(Vec::len))
                .field("login", login)
                .finish(),
        }
    }
}

impl fmt::Debug for InitiatorExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::LoggingIn(_) => "logging in",
            State::AwaitingOffer { .. } => "awaiting the offer",
        };
        f.debug_struct("InitiatorExchange").field("state", &state).finish_non_exhaustive()
    }
}
