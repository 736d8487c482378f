//! One connection, the memory behind it, and the question as Redis hears it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Pipeline, Value};

use super::{Error, RedisSettings};
use crate::{ReplayQuestion, ReplayVerdict, Timestamp};

/// A place for a connection.
#[derive(Default)]
pub(super) struct Slot {
    link: Mutex<Option<Link>>,
    /// Held by the one question that makes the connection, for all that wait for it.
    opening: tokio::sync::Mutex<()>,
}

/// A connection to a server whose run is known. All questions at a time share it.
#[derive(Clone)]
pub(super) struct Link {
    /// Tells it from the one that is made when this is given up.
    pub(super) number: u64,
    /// Redis' clock when it was made.
    pub(super) opened: Timestamp,
    connection: MultiplexedConnection,
    /// The key under which this run of the server has the beginning of its memory.
    memory_key: String,
}

/// Since when a run of a server remembers, and for which clock skew.
#[derive(Debug, Eq, PartialEq)]
struct Memory {
    began: Timestamp,
    skew: Duration,
}

impl Slot {
    /// The connection, made if there is none.
    pub(super) async fn link(&self, settings: &RedisSettings) -> Result<Link, Error> {
        if let Some(link) = self.known().as_ref() {
            return Ok(link.clone());
        }
        let _one_at_a_time = self.opening.lock().await;
        if let Some(link) = self.known().as_ref() {
            return Ok(link.clone());
        }
        let link = Link::open(settings).await?;
        *self.known() = Some(link.clone());
        Ok(link)
    }

    /// Forgets this connection, if it is not replaced already. It closes when the last question on it has ended.
    pub(super) fn give_up(&self, number: Option<u64>) {
        let mut known = self.known();
        if known.as_ref().is_some_and(|link| Some(link.number) == number) {
            *known = None;
        }
    }

    fn known(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Link {
    /// Connects, and learns which run of which server this is. A restart and a failover end all connections, so a new one
    /// is where another run is noticed, with whatever it found on its disk or had from its primary.
    async fn open(settings: &RedisSettings) -> Result<Self, Error> {
        static LINKS: AtomicU64 = AtomicU64::new(0);
        let mut connection = settings.open().await?;
        let mut pipeline = Pipeline::with_capacity(3);
        pipeline.cmd("INFO").arg("server").cmd("INFO").arg("memory").cmd("TIME");
        let [server, memory, time] = send(&mut connection, &pipeline, settings).await?;
        let (server, opened) = (text(&server)?, moment(&time)?);
        if !settings.lets_evict {
            does_not_evict(text(&memory)?)?;
        }
        let run = field(server, "run_id").filter(|run| run.bytes().all(|octet| octet.is_ascii_alphanumeric()));
        let memory_key = format!("{}began:{}", settings.prefix, run.ok_or(Error::NotUnderstood)?);
        let number = LINKS.fetch_add(1, Ordering::Relaxed);
        let mut link = Self { number, opened, connection, memory_key };
        link.memory(settings, opened).await?.serves(settings)?;
        Ok(link)
    }

    /// One round trip, whose order matters: an entry that a loss took away is followed by a look at the memory, which then
    /// is another one or none.
    pub(super) async fn ask(
        mut self,
        settings: &RedisSettings,
        question: &ReplayQuestion,
        now: Timestamp,
    ) -> Result<ReplayVerdict, Error> {
        let mut pipeline = Pipeline::with_capacity(3);
        pipeline.cmd("SET").arg(key(&settings.prefix, question)).arg(1).arg("NX");
        pipeline.arg("PX").arg(settings.life(question, now));
        pipeline.cmd("GET").arg(&self.memory_key).cmd("TIME");
        let [set, memory, time] = match send(&mut self.connection, &pipeline, settings).await {
            Err(Error::Refused { code }) if code == "OOM" => return Ok(ReplayVerdict::Full),
            answers => answers?,
        };
        let redis = moment(&time)?;
        let verdict = match set {
            Value::Okay => ReplayVerdict::Fresh,
            Value::Nil => ReplayVerdict::Replayed,
            _ => return Err(Error::NotUnderstood),
        };
        if verdict == ReplayVerdict::Replayed {
            return Ok(verdict);
        }
        if memory == Value::Nil {
            // Lost under a living connection: FLUSHALL. This entry may have gone with it.
            self.memory(settings, redis).await?;
            return Ok(ReplayVerdict::BeforeMemory);
        }
        let memory = Memory::parse(text(&memory)?)?;
        memory.serves(settings)?;
        if question.stamped() < memory.began {
            return Ok(ReplayVerdict::BeforeMemory);
        }
        settings.clocks_agree(redis, now)?;
        Ok(verdict)
    }

    /// The memory of this run, which begins now if it has not: of several machines that begin it, the first does.
    async fn memory(&mut self, settings: &RedisSettings, seen: Timestamp) -> Result<Memory, Error> {
        let new = Memory { began: settings.beginning(seen), skew: settings.skew };
        let mut pipeline = Pipeline::with_capacity(2);
        pipeline.cmd("SET").arg(&self.memory_key).arg(new.to_text()).arg("NX").cmd("GET").arg(&self.memory_key);
        let [set, memory] = send(&mut self.connection, &pipeline, settings).await?;
        if !matches!(set, Value::Okay | Value::Nil) {
            return Err(Error::NotUnderstood);
        }
        Memory::parse(text(&memory)?)
    }
}

impl Memory {
    /// Two decimal numbers of microseconds: since 1970, and of skew.
    fn to_text(&self) -> String {
        format!("{} {}", self.began.as_micros(), self.skew.as_micros())
    }

    fn parse(text: &str) -> Result<Self, Error> {
        let (began, skew) = text.split_once(' ').ok_or(Error::NotUnderstood)?;
        Ok(Self {
            began: Timestamp::from_micros(began.parse().map_err(|_| Error::NotUnderstood)?),
            skew: Duration::from_micros(skew.parse().map_err(|_| Error::NotUnderstood)?),
        })
    }

    fn serves(&self, settings: &RedisSettings) -> Result<(), Error> {
        // Compared as it is written, in microseconds.
        if self.skew.as_micros() != settings.skew.as_micros() {
            return Err(Error::OtherSkew { kept: self.skew, wanted: settings.skew });
        }
        Ok(())
    }
}

/// Sends several commands at once. None of their answers may be an error.
async fn send<const ANSWERS: usize>(
    connection: &mut MultiplexedConnection,
    pipeline: &Pipeline,
    settings: &RedisSettings,
) -> Result<[Value; ANSWERS], Error> {
    let answers = connection.req_packed_commands(pipeline, 0, ANSWERS).await;
    let answers = answers.map_err(|error| settings.failure(&error))?;
    for answer in &answers {
        if let Value::ServerError(error) = answer {
            return Err(Error::refused(error.code()));
        }
    }
    answers.try_into().map_err(|_| Error::NotUnderstood)
}

fn key(prefix: &str, question: &ReplayQuestion) -> String {
    question.fingerprint().iter().fold(prefix.to_owned(), |key, octet| format!("{key}{octet:02x}"))
}

fn text(answer: &Value) -> Result<&str, Error> {
    match answer {
        Value::BulkString(octets) => std::str::from_utf8(octets).map_err(|_| Error::NotUnderstood),
        // RESP3's answer to INFO.
        Value::VerbatimString { text, .. } => Ok(text),
        _ => Err(Error::NotUnderstood),
    }
}

/// The answer to TIME: seconds since 1970, and microseconds.
fn moment(answer: &Value) -> Result<Timestamp, Error> {
    let Value::Array(parts) = answer else { return Err(Error::NotUnderstood) };
    let [seconds, micros] = parts.as_slice() else { return Err(Error::NotUnderstood) };
    let seconds = text(seconds)?.parse().map_err(|_| Error::NotUnderstood)?;
    let micros = text(micros)?.parse().map_err(|_| Error::NotUnderstood)?;
    Ok(Timestamp::from_seconds(seconds).saturating_add(Duration::from_micros(micros)))
}

/// A line `name:value` of INFO.
fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    let value = |line: &'a str| line.strip_prefix(name)?.strip_prefix(':').map(str::trim);
    info.lines().find_map(value).filter(|value| !value.is_empty())
}

/// By INFO, which is allowed where CONFIG is not. A server that says nothing of it (older than Redis 4) is believed.
fn does_not_evict(info: &str) -> Result<(), Error> {
    match (field(info, "maxmemory_policy"), field(info, "maxmemory")) {
        (None | Some("noeviction"), _) | (_, Some("0")) => Ok(()),
        (Some(policy), _) => Err(Error::evicts(policy)),
    }
}
