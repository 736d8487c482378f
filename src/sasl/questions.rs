//! What an acceptor has to be told before a login goes on.

use alloc::boxed::Box;

use super::acceptor::{Accept, Settings};
use super::security_layer::{Channel, Login};
use super::{Error, Layer};
use crate::acceptor;
use crate::context::Context;
use crate::error::Rejected;
use crate::mechanism::{AccountAnswer, AccountQuestion, AccountStore, ReplayCache, ReplayQuestion, ReplayVerdict};
use crate::time::Timestamp;

/// Whether a login was seen before; as [`acceptor::ReplayCheck`].
#[derive(Debug)]
pub struct ReplayCheck {
    pub(super) check: acceptor::ReplayCheck,
    pub(super) settings: Settings,
}

impl ReplayCheck {
    /// What to look up, and to remember, in one atomic step.
    #[must_use]
    pub const fn question(&self) -> &ReplayQuestion {
        self.check.question()
    }

    /// Asks a cache that answers at once, and goes on.
    ///
    /// # Errors
    /// As [`acceptor::ReplayCheck::use_cache`].
    pub fn use_cache(self, cache: &dyn ReplayCache, now: Timestamp) -> Result<Accept, Rejected> {
        Accept::after(self.check.use_cache(cache, now)?, self.settings)
    }

    /// Goes on with an answer from elsewhere.
    ///
    /// # Errors
    /// As [`acceptor::ReplayCheck::continue_with`].
    pub fn continue_with(self, verdict: ReplayVerdict, now: Timestamp) -> Result<Accept, Rejected> {
        Accept::after(self.check.continue_with(verdict, now)?, self.settings)
    }
}

/// Whose account it is; as [`acceptor::AccountQuery`].
#[derive(Debug)]
pub struct AccountQuery {
    pub(super) query: acceptor::AccountQuery,
    pub(super) settings: Settings,
}

impl AccountQuery {
    /// Whom the peer claims to be, and what it brings as a proof.
    #[must_use]
    pub const fn question(&self) -> &AccountQuestion<'static> {
        self.query.question()
    }

    /// Asks a store that answers at once, and goes on.
    ///
    /// # Errors
    /// As [`acceptor::AccountQuery::use_store`].
    pub fn use_store(self, store: &dyn AccountStore, now: Timestamp) -> Result<Accept, Rejected> {
        Accept::after(self.query.use_store(store, now)?, self.settings)
    }

    /// Goes on with an answer from elsewhere.
    ///
    /// # Errors
    /// As [`acceptor::AccountQuery::continue_with`].
    pub fn continue_with(self, answer: AccountAnswer, now: Timestamp) -> Result<Accept, Rejected> {
        Accept::after(self.query.continue_with(answer, now)?, self.settings)
    }
}

/// Whether a client that has logged in as one may act as another (RFC 4422 section 3.4.1). Asked only where the client wants it:
/// without an authorization identity it acts as whom it has logged in as.
///
/// Many clients send their own name, in the form of the protocol: `alice` of `alice@EXAMPLE.COM`, or `u:alice` with LDAP.
#[derive(Debug)]
pub struct AuthorizationQuery {
    pub(super) identity: Box<str>,
    pub(super) channel: Channel,
}

impl AuthorizationQuery {
    /// Whom it wants to be: UTF-8 without control characters, otherwise as it was sent.
    #[must_use]
    pub fn authorization_identity(&self) -> &str {
        &self.identity
    }

    /// Who has logged in: [`Context::peer`].
    #[must_use]
    pub const fn context(&self) -> &Context {
        match &self.channel {
            Channel::Plain(context) => context,
            Channel::Protected(layer) => layer.context(),
        }
    }

    /// The layer that the client chose.
    #[must_use]
    pub const fn layer(&self) -> Layer {
        match &self.channel {
            Channel::Plain(_) => Layer::None,
            Channel::Protected(layer) => layer.layer(),
        }
    }

    /// Lets it.
    #[must_use]
    pub fn allow(self) -> Accept {
        let login = Login { authorization_identity: Some(self.identity), channel: self.channel };
        Accept::Established { challenge: None, login }
    }

    /// Does not; the login has failed.
    #[must_use]
    pub fn refuse(self) -> Rejected {
        Error::NotAuthorized.into()
    }
}
