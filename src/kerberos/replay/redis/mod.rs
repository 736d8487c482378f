//! The replay cache of several machines: a [Redis](https://redis.io/docs/latest/commands/set/) server that they share.
//!
//! ```no_run
//! use negotiate::kerberos::replay::redis::RedisReplayCache;
//! use negotiate::{Accept, Acceptor, Timestamp};
//!
//! # async fn serve(acceptor: Acceptor, token: Vec<u8>) -> Result<(), Box<dyn std::error::Error>> {
//! let cache = RedisReplayCache::at("redis://:password@10.0.0.5/0")?.connect(Timestamp::now()).await?;
//! // for each token:
//! let step = acceptor.accept(&token, Timestamp::now())?.answered(&cache, None, Timestamp::now).await?;
//! # let _: Accept = step;
//! # Ok(())
//! # }
//! ```
//!
//! # What is asked
//!
//! One round trip a login: `SET fingerprint 1 NX PX life`, which is the one atomic step that makes exactly one of several
//! machines the first; `GET` of the moment when the memory began; and `TIME`. Redis 2.6 or later, Valkey, or what speaks like
//! them and gives a `run_id` in `INFO server`. The key is the question's 16 octets in hexadecimal behind a prefix: nobody
//! learns a name or a secret from it. A login takes about 160 octets of Redis' memory for up to twice the skew and a little.
//!
//! # What must be so, and what sees to it
//!
//! | | if it is not so |
//! |---|---|
//! | Redis answers in time. | [`ReplayVerdict::Unavailable`]; [`RedisReplayCache::last_failure`] says why. The one other choice: [`DangerousRedis::remember_here_when_away`]. |
//! | Redis forgets nothing before its time: `maxmemory-policy noeviction`, or no `maxmemory`. | [`Error::Evicts`] by [`RedisSettings::connect`], and from then on whenever a connection is made. A full Redis that does not evict: [`ReplayVerdict::Full`]. |
//! | Redis lost nothing. Each run of a server has a memory that begins when it is first seen: a restart (with whatever was on its disk), a failover to a replica, a `FLUSHALL` begin a new one. | What was stamped before is [`ReplayVerdict::BeforeMemory`], by RFC 4120 section 3.2.3. |
//! | Each machine's clock is within [`RedisSettings::clocks_within`] of Redis'. | [`Error::Clocks`] by `connect`; [`ReplayVerdict::ClockSteppedBack`] for a login. |
//! | All acceptors allow the same clock skew ([`RedisSettings::skew`]). | [`Error::OtherSkew`] by `connect`; [`ReplayVerdict::OtherSkew`] for a login. |
//! | One server, or the primary of a replicated one. Not a cluster whose keys are spread: its `MOVED` is an answer that is not understood. | [`ReplayVerdict::Unavailable`] |
//!
//! Whoever can write to this Redis can make every login a repetition, and whoever can delete keys can let one be repeated:
//! give it a password, an ACL of `+set +get +time +info ~negotiate:replay:*`, and a network of its own.
//!
//! # The moment when a memory begins
//!
//! Redis' own clock at first sight, and [`RedisSettings::clocks_within`] more: by the fastest allowed clock of a machine
//! nothing was stamped later than that before the loss. It is written when a server first connects, so on a new Redis the
//! first logins within those 10 seconds are refused, once. As with [`super::MemoryReplayCache`], what a *client* whose clock
//! is ahead sent before a loss is not known to the new memory; who fears that takes
//! [`RedisSettings::wait_out_the_skew_after_a_loss`], which refuses everybody for that long, as RFC 4120 has it.
//!
//! # What is not seen
//!
//! Redis' clock set forward, by more than [`RedisSettings::clocks_within`], and back again between two logins: what expired meanwhile is
//! forgotten. A `maxmemory-policy` that is changed while all connections stay. A failover behind a proxy that keeps the
//! connections: asynchronous replication may have lost the newest entries. Connect to Redis itself. A primary that was replaced and is
//! still written to by machines which see only it: `min-replicas-to-write 1` ends that.
//!
//! # TLS
//!
//! `rediss://` needs one of the TLS features of the crate [`redis`](https://docs.rs/redis/1), such as `tokio-rustls-comp`
//! with `tls-rustls-webpki-roots`: name that crate, in this version, in your own Cargo.toml with the feature. Without it, the address is
//! [`Error::NoTls`]. They are not features here because they bring C or assembler along.

mod error;
mod link;
mod settings;

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

pub use error::Error;
use link::{Link, Slot};
pub use settings::{DangerousRedis, RedisSettings};

use crate::{AsyncReplayCache, Later, ReplayQuestion, ReplayVerdict, Timestamp};

/// Remembers authenticators in a Redis server, for the acceptors of several machines. See the module's page.
///
/// Cheap to clone: the clones share their connections. Lives on a tokio runtime with I/O and time; a connection is made anew
/// when its runtime is gone.
#[derive(Clone)]
pub struct RedisReplayCache(Arc<Shared>);

struct Shared {
    settings: RedisSettings,
    slots: Box<[Slot]>,
    next: AtomicUsize,
    last_failure: Mutex<Option<Error>>,
}

impl RedisReplayCache {
    /// The settings for a server: `redis://[user][:password@]host[:port][/database]`, `rediss://…` for TLS,
    /// `unix:///path/of/socket`. Connects to nothing yet.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::NoTls`].
    pub fn at(url: &str) -> Result<RedisSettings, Error> {
        RedisSettings::new(url)
    }

    /// What went wrong the last time that Redis was asked; nothing since it last answered. For a log or a health check:
    /// the refused login itself says only that the store did not answer.
    #[must_use]
    pub fn last_failure(&self) -> Option<Error> {
        self.0.last_failure.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn connect(settings: RedisSettings, now: Timestamp) -> Result<Self, Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::NoRuntime);
        }
        let slots: Box<[Slot]> = (0..settings.connections).map(|_| Slot::default()).collect();
        let shared = Shared { settings, slots, next: AtomicUsize::new(0), last_failure: Mutex::new(None) };
        let opened = tokio::time::timeout(shared.settings.timeout, shared.slot()?.link(&shared.settings));
        let link = opened.await.map_err(|_| shared.settings.silent())??;
        shared.settings.clocks_agree(link.opened, now)?;
        Ok(Self(Arc::new(shared)))
    }
}

impl Shared {
    fn slot(&self) -> Result<&Slot, Error> {
        let number = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(self.slots.len());
        number.and_then(|number| self.slots.get(number)).ok_or(Error::NotUnderstood)
    }

    async fn check(&self, question: &ReplayQuestion, now: Timestamp) -> ReplayVerdict {
        if !self.settings.is_the_skew_of(question) {
            return ReplayVerdict::OtherSkew;
        }
        // Asked too late, or by a clock that jumped in between: the entry may be gone already.
        if now > question.timely_until() {
            return ReplayVerdict::ClockSteppedBack;
        }
        let answer = self.ask(question, now).await;
        *self.last_failure.lock().unwrap_or_else(PoisonError::into_inner) = answer.as_ref().err().cloned();
        match (answer, &self.settings.here_when_away) {
            // What this process took while Redis was away, Redis does not know.
            (Ok(ReplayVerdict::Fresh), Some(here)) => match here.check_and_insert(question, now) {
                ReplayVerdict::Replayed => ReplayVerdict::Replayed,
                _ => ReplayVerdict::Fresh,
            },
            (Ok(verdict), _) => verdict,
            (Err(Error::Clocks { .. }), _) => ReplayVerdict::ClockSteppedBack,
            (Err(Error::OtherSkew { .. }), _) => ReplayVerdict::OtherSkew,
            (Err(error), Some(here)) if error.is_away() => here.check_and_insert(question, now),
            (Err(_), _) => ReplayVerdict::Unavailable,
        }
    }

    /// Within the timeout, whatever Redis does. A connection on which a question failed is given up: its answer may still
    /// come, and a machine that vanished would otherwise be waited for as long as TCP does.
    async fn ask(&self, question: &ReplayQuestion, now: Timestamp) -> Result<ReplayVerdict, Error> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(Error::NoRuntime);
        }
        let slot = self.slot()?;
        let mut used = None;
        let asked = async {
            let answer = self.ask_on(slot, &mut used, question, now).await;
            if !matches!(answer, Err(Error::Away { .. })) || used.is_none() {
                return answer;
            }
            // A connection that ended while nobody looked costs no login. If Redis had heard the question, it now says
            // that it was seen, which refuses.
            slot.give_up(used.take());
            self.ask_on(slot, &mut used, question, now).await
        };
        let answer = match tokio::time::timeout(self.settings.timeout, asked).await {
            Ok(answer) => answer,
            Err(_) => Err(self.settings.silent()),
        };
        if answer.as_ref().is_err_and(Error::is_away) {
            slot.give_up(used);
        }
        answer
    }

    async fn ask_on(
        &self,
        slot: &Slot,
        used: &mut Option<u64>,
        question: &ReplayQuestion,
        now: Timestamp,
    ) -> Result<ReplayVerdict, Error> {
        let link: Link = slot.link(&self.settings).await?;
        *used = Some(link.number);
        link.ask(&self.settings, question, now).await
    }
}

impl AsyncReplayCache for RedisReplayCache {
    /// Asks Redis. A question that is refused for the memory's age or for the clocks is remembered all the same: it would
    /// be refused again in any case.
    fn check_and_insert_later<'a>(&'a self, question: &'a ReplayQuestion, now: Timestamp) -> Later<'a, ReplayVerdict> {
        Box::pin(self.0.check(question, now))
    }
}

impl fmt::Debug for RedisReplayCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisReplayCache").field(&self.0.settings).finish()
    }
}
