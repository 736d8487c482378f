//! Row E02 across machines: the replay cache in Redis, against a real server that each test starts, and against fakes.
//! Without the program `redis-server` the former say so and prove nothing, unless `NEGOTIATE_REDIS_REQUIRED` is set.
#![cfg(feature = "redis")]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test fails"
)]

mod fake;
mod hostile;
mod processes;
mod server;

use std::future::Future;
use std::time::{Duration, Instant};

use negotiate::error::Reason;
use negotiate::kerberos::MemoryReplayCache;
use negotiate::kerberos::replay::redis::{Error, RedisReplayCache, RedisSettings};
use negotiate::{AsyncReplayCache, Fault, ReplayQuestion, ReplayVerdict, Timestamp};
use server::Server;

pub(crate) const SKEW: Duration = Duration::from_secs(300);

/// On a runtime of its own, as a server has.
pub(crate) fn on_tokio<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future)
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// The question about authenticator `number`, by a clock that shows `now`.
pub(crate) fn ask(number: u64, stamped: Timestamp, now: Timestamp) -> ReplayQuestion {
    ReplayQuestion::of(&[9; 32], &number.to_be_bytes(), &"alice@EXAMPLE.COM".parse().unwrap(), stamped, now, SKEW)
}

/// Presents authenticator `number`, stamped at `stamped`, now.
pub(crate) async fn present(cache: &RedisReplayCache, number: u64, stamped: Timestamp) -> ReplayVerdict {
    let now = Timestamp::now();
    cache.check_and_insert_later(&ask(number, stamped, now), now).await
}

/// With time enough for a machine that does other things as well: what has to do with time says so.
pub(crate) fn at(url: &str) -> RedisSettings {
    RedisReplayCache::at(url).unwrap().timeout(seconds(20))
}

/// A cache whose memory seems to have begun an hour ago.
async fn old(server: &Server, settings: RedisSettings) -> RedisReplayCache {
    let cache = settings.connect(Timestamp::now()).await.unwrap();
    let hour_ago = Timestamp::now().saturating_sub(seconds(3_600));
    let keys = server.keys("negotiate:replay:began:*");
    assert!(!keys.is_empty());
    for key in keys {
        let value = format!("{} {}", hour_ago.as_micros(), SKEW.as_micros());
        let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
        redis::cmd("SET").arg(key).arg(value).exec(&mut connection).unwrap();
    }
    cache
}

#[test]
fn e02_redis_takes_a_login_once_for_all_machines() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let one = old(&server, at(&server.url())).await;
        let other = at(&server.url()).connect(Timestamp::now()).await.unwrap();
        let now = Timestamp::now();
        assert_eq!(present(&one, 1, now).await, ReplayVerdict::Fresh);
        for cache in [&one, &other, &one.clone()] {
            assert_eq!(present(cache, 1, now).await, ReplayVerdict::Replayed);
        }
        assert_eq!(present(&other, 2, now).await, ReplayVerdict::Fresh);
        assert_eq!(present(&one, 2, now).await, ReplayVerdict::Replayed);
        // Another prefix is another memory.
        let apart = at(&server.url()).key_prefix("elsewhere:").connect(Timestamp::now()).await.unwrap();
        assert_eq!(present(&apart, 1, now.saturating_add(seconds(60))).await, ReplayVerdict::Fresh);
        assert_eq!(
            (server.keys("negotiate:replay:????????????????????????????????").len(), server.keys("elsewhere:*").len()),
            (2, 2)
        );
    });
}

#[test]
fn e02_redis_many_tasks_with_one_login_exactly_one_is_fresh() {
    const TASKS: usize = 32;
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let caches = [old(&server, at(&server.url())).await, old(&server, at(&server.url()).connections(4)).await];
        for number in 0..30 {
            let now = Timestamp::now();
            let asked: Vec<_> = (0..TASKS)
                .map(|task| {
                    let cache = caches[task % 2].clone();
                    tokio::spawn(async move { present(&cache, number, now).await })
                })
                .collect();
            let mut verdicts = Vec::new();
            for one in asked {
                verdicts.push(one.await.unwrap());
            }
            let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
            assert_eq!((count(ReplayVerdict::Fresh), count(ReplayVerdict::Replayed)), (1, TASKS - 1), "{verdicts:?}");
        }
    });
}

/// The exact life is seen by a fake, in `hostile`; here is that Redis keeps it.
#[test]
fn e02_redis_keeps_an_entry_beyond_every_allowed_clock() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url()).clocks_within(seconds(1_000))).await;
        let now = Timestamp::now();
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::Fresh);
        let key = &server.keys("negotiate:replay:????????????????????????????????")[0];
        let life: i64 = redis::from_redis_value(server.command(&format!("PTTL {key}"))).unwrap();
        assert!((2_000_000..=2_300_000).contains(&life), "{life}");
    });
}

#[test]
fn e02_redis_new_memory_does_not_vouch_for_what_was_before_it() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let begun = Timestamp::now();
        let cache = at(&server.url()).connect(begun).await.unwrap();
        // By the fastest clock allowed, these may have been stamped before it began.
        for ahead in [0, 9] {
            assert_eq!(present(&cache, ahead, begun.saturating_add(seconds(ahead))).await, ReplayVerdict::BeforeMemory);
        }
        assert_eq!(present(&cache, 1, begun.saturating_add(seconds(60))).await, ReplayVerdict::Fresh);
        // Who connects later does not begin it anew.
        let value = server.command(&format!("GET {}", server.keys("*began*")[0]));
        at(&server.url()).connect(Timestamp::now()).await.unwrap();
        assert_eq!(server.command(&format!("GET {}", server.keys("*began*")[0])), value);

        // To the letter of RFC 4120.
        let letter = at(&server.url()).key_prefix("letter:").wait_out_the_skew_after_a_loss();
        let letter = letter.connect(Timestamp::now()).await.unwrap();
        assert_eq!(present(&letter, 1, begun.saturating_add(seconds(290))).await, ReplayVerdict::BeforeMemory);
    });
}

#[test]
fn e02_redis_emptied_under_a_living_connection() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url())).await;
        let now = Timestamp::now();
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::Fresh);
        server.command("FLUSHALL");
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::BeforeMemory);
        assert_eq!(present(&cache, 2, now).await, ReplayVerdict::BeforeMemory, "and so is everything of that time");
        assert_eq!(present(&cache, 3, now.saturating_add(seconds(60))).await, ReplayVerdict::Fresh);
    });
}

/// Its disk has the memory's beginning, and not the login that came after it was written.
#[test]
fn e02_redis_restarted_from_an_older_disk() {
    let Some(mut server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url())).await;
        server.command("SAVE");
        let now = Timestamp::now();
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::Fresh);
        server.kill();
        server.start_again();
        assert_eq!(server.keys("negotiate:replay:*").len(), 1, "the disk was read");
        assert_eq!(answer(&cache, 1, now).await, ReplayVerdict::BeforeMemory);
        assert_eq!(server.keys("*began*").len(), 2, "each run has its own");
    });
}

/// The verdict once Redis is back.
pub(crate) async fn answer(cache: &RedisReplayCache, number: u64, stamped: Timestamp) -> ReplayVerdict {
    let begun = Instant::now();
    loop {
        match present(cache, number, stamped).await {
            ReplayVerdict::Unavailable if begun.elapsed() < seconds(30) => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            verdict => return verdict,
        }
    }
}

/// As Redis does by its `timeout`, and what stands between by its own.
#[test]
fn e02_redis_connections_that_ended_meanwhile_cost_no_login() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url())).await;
        let now = Timestamp::now();
        for number in 0..6 {
            server.command("CLIENT KILL TYPE normal");
            assert_eq!(present(&cache, number, now).await, ReplayVerdict::Fresh, "{:?}", cache.last_failure());
            assert_eq!(present(&cache, number, now).await, ReplayVerdict::Replayed);
        }
    });
}

#[test]
fn e02_redis_away_refuses_and_back_serves() {
    let Some(mut server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url()).timeout(Duration::from_secs(1)).connections(1)).await;
        let now = Timestamp::now();
        assert_eq!(answer(&cache, 1, now).await, ReplayVerdict::Fresh);
        assert_eq!(cache.last_failure(), None);

        server.signal("STOP");
        let begun = Instant::now();
        assert_eq!(present(&cache, 2, now).await, ReplayVerdict::Unavailable);
        assert!(begun.elapsed() < seconds(20), "{:?}", begun.elapsed());
        assert!(matches!(cache.last_failure(), Some(Error::Silent { after, .. }) if after == Duration::from_secs(1)));
        server.signal("CONT");
        assert_eq!(answer(&cache, 1, now).await, ReplayVerdict::Replayed);
        assert_eq!(answer(&cache, 3, now).await, ReplayVerdict::Fresh, "{:?}", cache.last_failure());

        server.kill();
        for _ in 0..3 {
            assert_eq!(present(&cache, 4, now).await, ReplayVerdict::Unavailable);
        }
        let failure = cache.last_failure().unwrap();
        assert!(
            matches!(&failure, Error::Away { address, .. } if *address == format!("127.0.0.1:{}", server.port)),
            "{failure}"
        );
        assert_eq!((failure.kind(), failure.fault()), ("redis-away", Fault::Configuration));
        server.start_again();
        assert_eq!(answer(&cache, 5, now.saturating_add(seconds(60))).await, ReplayVerdict::Fresh);
        assert_eq!(cache.last_failure(), None);
    });
}

#[test]
fn e02_redis_away_and_remembered_here_by_name() {
    let Some(mut server) = Server::start(&[]) else { return };
    on_tokio(async {
        let here = MemoryReplayCache::new(Timestamp::now().saturating_sub(seconds(3_600)));
        let settings = at(&server.url()).dangerous().remember_here_when_away(here);
        let cache = old(&server, settings).await;
        let ahead = Timestamp::now().saturating_add(seconds(60));
        assert_eq!(present(&cache, 1, ahead).await, ReplayVerdict::Fresh);
        server.kill();
        assert_eq!(
            present(&cache, 1, ahead).await,
            ReplayVerdict::Replayed,
            "Redis vouched for it, and this process knows"
        );
        assert_eq!(present(&cache, 2, ahead).await, ReplayVerdict::Fresh);
        assert_eq!(present(&cache, 2, ahead).await, ReplayVerdict::Replayed);
        server.start_again();
        at(&server.url()).connect(Timestamp::now()).await.unwrap();
        assert_eq!(present(&cache, 2, ahead).await, ReplayVerdict::Replayed, "and so it does when Redis is back");
        assert_eq!(present(&cache, 3, ahead).await, ReplayVerdict::Fresh);
        assert_eq!(cache.last_failure(), None);
    });
}

#[test]
fn e02_redis_that_evicts_is_not_relied_on() {
    let Some(server) = Server::start(&["--maxmemory", "100mb", "--maxmemory-policy", "volatile-lru"]) else { return };
    on_tokio(async {
        let now = Timestamp::now();
        let error = at(&server.url()).connect(now).await.unwrap_err();
        assert_eq!(error, Error::Evicts { policy: "volatile-lru".to_owned() });
        assert!(error.to_string().contains("maxmemory-policy noeviction"), "{error}");
        assert!(at(&server.url()).dangerous().let_redis_evict().connect(now).await.is_ok());
        server.command("CONFIG SET maxmemory-policy noeviction");
        assert!(at(&server.url()).connect(now).await.is_ok());
        server.command("CONFIG SET maxmemory-policy allkeys-random");
        server.command("CONFIG SET maxmemory 0");
        assert!(at(&server.url()).connect(now).await.is_ok(), "without a limit nothing is evicted");
    });
}

#[test]
fn e02_redis_full_refuses_and_forgets_nobody() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url())).await;
        let now = Timestamp::now();
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::Fresh);
        server.command("CONFIG SET maxmemory 1");
        assert_eq!(present(&cache, 2, now).await, ReplayVerdict::Full);
        server.command("CONFIG SET maxmemory 0");
        assert_eq!(present(&cache, 1, now).await, ReplayVerdict::Replayed);
        assert_eq!(present(&cache, 2, now).await, ReplayVerdict::Fresh);
    });
}

#[test]
fn e02_redis_clocks_too_far_apart_are_refused() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let now = Timestamp::now();
        for wrong in [now.saturating_add(seconds(60)), now.saturating_sub(seconds(60))] {
            let error = at(&server.url()).connect(wrong).await.unwrap_err();
            assert!(matches!(error, Error::Clocks { apart, .. } if apart > seconds(10)), "{error}");
            assert_eq!((error.kind(), error.fault()), ("redis-clock", Fault::Time));
        }
        let cache = old(&server, at(&server.url())).await;
        for (number, wrong) in [(1, now.saturating_add(seconds(60))), (2, now.saturating_sub(seconds(60)))] {
            let verdict = cache.check_and_insert_later(&ask(number, wrong, wrong), wrong).await;
            assert_eq!(verdict, ReplayVerdict::ClockSteppedBack);
            assert!(matches!(cache.last_failure(), Some(Error::Clocks { .. })));
        }
        // Asked when its time is up, the check of the acceptor long past.
        let stamped = now.saturating_sub(seconds(301));
        let late = ask(3, stamped, stamped);
        assert_eq!(cache.check_and_insert_later(&late, now).await, ReplayVerdict::ClockSteppedBack);
        assert_eq!(present(&cache, 4, now).await, ReplayVerdict::Fresh);
    });
}

#[test]
fn e02_redis_serves_one_skew() {
    let Some(server) = Server::start(&[]) else { return };
    on_tokio(async {
        let cache = old(&server, at(&server.url()).connections(1)).await;
        let now = Timestamp::now();
        let error = at(&server.url()).skew(seconds(60)).connect(now).await.unwrap_err();
        assert_eq!(error, Error::OtherSkew { kept: SKEW, wanted: seconds(60) });
        let alice = "alice@EXAMPLE.COM".parse().unwrap();
        for skew in [seconds(60), seconds(301)] {
            let question = ReplayQuestion::of(&[9; 32], b"cipher", &alice, now, now, skew);
            assert_eq!(cache.check_and_insert_later(&question, now).await, ReplayVerdict::OtherSkew);
        }
        // Emptied, and begun anew by others with another skew: this connection notices.
        server.command("FLUSHALL");
        at(&server.url()).skew(seconds(60)).connect(now).await.unwrap();
        assert_eq!(present(&cache, 1, now.saturating_add(seconds(60))).await, ReplayVerdict::OtherSkew);
    });
}

#[test]
fn e02_redis_passwords_are_checked_and_never_shown() {
    const SECRET: &str = "Sesame-open-4711";
    let Some(server) = Server::start(&["--requirepass", SECRET]) else { return };
    on_tokio(async {
        let now = Timestamp::now();
        let wrong = at(&format!("redis://:{SECRET}x@127.0.0.1:{}", server.port));
        assert!(!format!("{wrong:?}").contains("Sesame"), "{wrong:?}");
        for settings in [wrong, at(&server.url())] {
            let error = settings.connect(now).await.unwrap_err();
            assert_eq!(error, Error::Credentials);
            assert!(!format!("{error} {error:?}").contains("Sesame"));
        }
        let url = format!("redis://:{SECRET}@127.0.0.1:{}", server.port);
        let cache = at(&url).connect(now).await.unwrap();
        assert!(!format!("{cache:?}").contains("Sesame"), "{cache:?}");

        // The user that the module's page recommends can do everything that is needed.
        server::command(&url, "ACL SETUSER web on >Hush-99 ~negotiate:replay:* +set +get +time +info");
        let cache = at(&format!("redis://web:Hush-99@127.0.0.1:{}", server.port)).connect(now).await.unwrap();
        assert_eq!(present(&cache, 1, now.saturating_add(seconds(60))).await, ReplayVerdict::Fresh);
        server::command(&url, "ACL SETUSER web -set");
        assert_eq!(present(&cache, 2, now.saturating_add(seconds(60))).await, ReplayVerdict::Unavailable);
        assert_eq!(cache.last_failure(), Some(Error::Refused { code: "NOPERM".to_owned() }));
    });
}

#[test]
fn e02_redis_a_replica_is_refused() {
    let Some(server) = Server::start(&[]) else { return };
    server.command("REPLICAOF 127.0.0.1 1");
    on_tokio(async {
        let error = at(&server.url()).connect(Timestamp::now()).await.unwrap_err();
        assert!(matches!(&error, Error::Refused { code } if code == "READONLY"), "{error}");
    });
}
