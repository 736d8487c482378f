//! How a Redis is reached and relied on.

use std::fmt;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client};

use super::{Error, RedisReplayCache};
use crate::{ReplayCache, ReplayQuestion, Timestamp};

/// How a Redis is reached and relied on: [`RedisReplayCache::at`] makes it, [`Self::connect`] uses it.
///
/// `Debug` shows neither user nor password.
pub struct RedisSettings {
    client: Client,
    pub(super) prefix: String,
    pub(super) timeout: Duration,
    pub(super) connections: usize,
    pub(super) skew: Duration,
    pub(super) clocks_within: Duration,
    pub(super) waits_out_the_skew: bool,
    pub(super) lets_evict: bool,
    pub(super) here_when_away: Option<Box<dyn ReplayCache>>,
}

impl RedisSettings {
    /// What the keys begin with unless told otherwise.
    pub const DEFAULT_KEY_PREFIX: &'static str = "negotiate:replay:";
    /// How long an answer may take.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
    /// Each carries many questions at a time, so a second is for the work that one makes, not for its waits.
    pub const DEFAULT_CONNECTIONS: usize = 2;
    /// The five minutes that RFC 4120 section 3.2.3 speaks of, and that an acceptor allows unless told otherwise.
    pub const DEFAULT_SKEW: Duration = Duration::from_secs(300);
    /// Far more than machines with NTP differ.
    pub const DEFAULT_CLOCKS_WITHIN: Duration = Duration::from_secs(10);

    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let wants_tls = ["rediss:", "valkeys:"].iter().any(|scheme| url.starts_with(scheme));
        // The client's own error is not passed on: it may hold a part of the URL.
        let client = Client::open(url).map_err(|_| if wants_tls { Error::NoTls } else { Error::Url })?;
        Ok(Self {
            client,
            prefix: Self::DEFAULT_KEY_PREFIX.to_owned(),
            timeout: Self::DEFAULT_TIMEOUT,
            connections: Self::DEFAULT_CONNECTIONS,
            skew: Self::DEFAULT_SKEW,
            clocks_within: Self::DEFAULT_CLOCKS_WITHIN,
            waits_out_the_skew: false,
            lets_evict: false,
            here_when_away: None,
        })
    }

    /// What all keys begin with, instead of `negotiate:replay:`. Acceptors of one service key must use the same.
    #[must_use]
    pub fn key_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long a login waits for Redis at most, connecting included, before it is refused; 1 second unless told otherwise.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How many connections are kept, at least one; 2 unless told otherwise. All but the first are made when needed.
    #[must_use]
    pub fn connections(mut self, connections: usize) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// The clock skew that the acceptors allow (`kerberos::Acceptor::skew`); 5 minutes unless told otherwise. All that
    /// share the Redis must have the same: it decides how long an entry is kept.
    #[must_use]
    pub fn skew(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// How far a machine's clock may be from Redis' clock, the time of the question's way included; 10 seconds unless told otherwise. Entries live twice
    /// that long beyond their time, and a new memory begins that much later.
    #[must_use]
    pub fn clocks_within(mut self, difference: Duration) -> Self {
        self.clocks_within = difference;
        self
    }

    /// Refuses everybody, once Redis has lost its memory, until all that was accepted before has run out: for the skew and
    /// [`Self::clocks_within`]. RFC 4120 section 3.2.3 to the letter. It holds for the memories that this machine begins.
    #[must_use]
    pub fn wait_out_the_skew_after_a_loss(mut self) -> Self {
        self.waits_out_the_skew = true;
        self
    }

    /// The door to what weakens it.
    #[must_use]
    pub fn dangerous(self) -> DangerousRedis {
        DangerousRedis(self)
    }

    /// Connects, on the current tokio runtime, and looks whether this Redis can be relied on.
    ///
    /// `now`: this machine's time, which is compared with Redis'.
    ///
    /// # Errors
    /// Every [`Error`] but the two of [`RedisReplayCache::at`].
    pub async fn connect(self, now: Timestamp) -> Result<RedisReplayCache, Error> {
        RedisReplayCache::connect(self, now).await
    }

    /// The client's own time limits are off: they would end the making of a connection under the login that waits for it.
    pub(super) async fn open(&self) -> Result<MultiplexedConnection, Error> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(1_024);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await;
        connection.map_err(|error| self.failure(&error))
    }

    pub(super) fn failure(&self, error: &redis::RedisError) -> Error {
        Error::of(error, self.address())
    }

    pub(super) fn silent(&self) -> Error {
        Error::Silent { address: self.address(), after: self.timeout }
    }

    /// Host and port, or the socket's path: what of the URL is no secret.
    fn address(&self) -> String {
        self.client.get_connection_info().addr().to_string()
    }

    pub(super) fn is_the_skew_of(&self, question: &ReplayQuestion) -> bool {
        question.stamped().saturating_add(self.skew) == question.timely_until()
    }

    pub(super) fn clocks_agree(&self, redis: Timestamp, now: Timestamp) -> Result<(), Error> {
        let apart = redis.distance(now);
        if apart > self.clocks_within {
            return Err(Error::Clocks { apart, allowed: self.clocks_within });
        }
        Ok(())
    }

    /// When a memory begins that was found empty at `seen`, by Redis' clock.
    pub(super) fn beginning(&self, seen: Timestamp) -> Timestamp {
        let wait = if self.waits_out_the_skew { self.skew } else { Duration::ZERO };
        seen.saturating_add(self.clocks_within).saturating_add(wait)
    }

    /// How long an entry is kept, in milliseconds: until it expires by the slowest clock that is allowed, that moment
    /// included, so rounded up. This machine's clock may be ahead of Redis', another's behind: hence twice.
    pub(super) fn life(&self, question: &ReplayQuestion, now: Timestamp) -> i64 {
        const MICROS_IN_MILLI: i64 = 1_000;
        let until = question.expires().saturating_add(self.clocks_within).saturating_add(self.clocks_within);
        let micros = until.as_micros().saturating_sub(now.as_micros());
        let millis = micros.saturating_add(MICROS_IN_MILLI.saturating_sub(1)).div_euclid(MICROS_IN_MILLI);
        millis.max(1)
    }
}

impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client: _,
            prefix,
            timeout,
            connections,
            skew,
            clocks_within,
            waits_out_the_skew,
            lets_evict,
            here_when_away,
        } = self;
        f.debug_struct("RedisSettings")
            .field("address", &self.address())
            .field("prefix", prefix)
            .field("timeout", timeout)
            .field("connections", connections)
            .field("skew", skew)
            .field("clocks_within", clocks_within)
            .field("waits_out_the_skew", waits_out_the_skew)
            .field("lets_evict", lets_evict)
            .field("remembers_here_when_away", &here_when_away.is_some())
            .finish()
    }
}

/// What weakens a [`RedisReplayCache`].
#[derive(Debug)]
pub struct DangerousRedis(RedisSettings);

impl DangerousRedis {
    /// Goes on without Redis while it is away: logins are then checked against `cache`, which this process alone has. It
    /// also keeps what Redis vouched for, and is asked then as well, so that one process never takes a token twice.
    ///
    /// What it costs: while Redis is away, and afterwards for as long as the authenticators of that time last, whoever
    /// overheard a login can repeat it once at each *other* process.
    #[must_use]
    pub fn remember_here_when_away(mut self, cache: impl ReplayCache + 'static) -> RedisSettings {
        self.0.here_when_away = Some(Box::new(cache));
        self.0
    }

    /// Takes a Redis that gives up entries when its memory is full (`maxmemory-policy` other than `noeviction`): whoever
    /// can fill it, by many logins or by other data there, can then repeat a login that he overheard.
    #[must_use]
    pub fn let_redis_evict(mut self) -> RedisSettings {
        self.0.lets_evict = true;
        self.0
    }
}
