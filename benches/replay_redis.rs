//! A check of the replay cache in Redis beside a PING of the same server, over the same kind of connection, in turn.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark"
)]

#[path = "../tests/replay_redis/server.rs"]
#[allow(dead_code, unreachable_pub, reason = "the tests stop and restart it")]
mod server;

use std::time::{Duration, Instant};

use negotiate::kerberos::replay::redis::RedisReplayCache;
use negotiate::{AsyncReplayCache, ReplayQuestion, ReplayVerdict, Timestamp};

const ROUNDS: u64 = 5;
const EACH: u64 = 4_000;
const TOGETHER: u64 = 64;

async fn check(cache: &RedisReplayCache, number: u64) {
    let now = Timestamp::now();
    let stamped = now.saturating_add(Duration::from_secs(60));
    let client = "alice@EXAMPLE.COM".parse().unwrap();
    let question = ReplayQuestion::of(&[7; 32], &number.to_be_bytes(), &client, stamped, now, Duration::from_secs(300));
    assert_eq!(cache.check_and_insert_later(&question, now).await, ReplayVerdict::Fresh);
}

async fn ping(connection: &redis::aio::MultiplexedConnection) {
    let pong: String = redis::cmd("PING").query_async(&mut connection.clone()).await.unwrap();
    assert_eq!(pong, "PONG");
}

/// Microseconds for each of `EACH`, one after the other.
macro_rules! alone {
    ($round:expr, $one:expr) => {{
        let begun = Instant::now();
        for number in 0..EACH {
            $one($round * EACH + number).await;
        }
        begun.elapsed().as_secs_f64() * 1e6 / EACH as f64
    }};
}

/// The same from `TOGETHER` tasks at a time.
macro_rules! together {
    ($round:expr, $thing:expr, $one:expr) => {{
        let begun = Instant::now();
        let tasks: Vec<_> = (0..TOGETHER)
            .map(|task| {
                let thing = $thing.clone();
                tokio::spawn(async move {
                    for number in 0..EACH / TOGETHER {
                        $one(&thing, (1 << 32) + ($round * TOGETHER + task) * EACH + number).await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        begun.elapsed().as_secs_f64() * 1e6 / (EACH / TOGETHER * TOGETHER) as f64
    }};
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// Octets that Redis has from its allocator.
fn used(server: &server::Server) -> usize {
    let info: String = redis::from_redis_value(server.command("INFO memory")).unwrap();
    info.lines().find_map(|line| line.strip_prefix("used_memory:")).unwrap().trim().parse().unwrap()
}

fn main() {
    let Some(server) = server::Server::start(&[]) else { return };
    let before = used(&server);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let settings = RedisReplayCache::at(&server.url()).unwrap().connections(1);
        let cache = settings.connect(Timestamp::now()).await.unwrap();
        let client = redis::Client::open(server.url()).unwrap();
        let connection = client.get_multiplexed_async_connection().await.unwrap();
        let (mut checks, mut pings, mut many_checks, mut many_pings) = (vec![], vec![], vec![], vec![]);
        for round in 0..ROUNDS {
            checks.push(alone!(round, |number| check(&cache, number)));
            pings.push(alone!(round, |_| ping(&connection)));
            many_checks.push(together!(round, cache, check));
            many_pings.push(together!(round, connection, |connection, _| ping(connection)));
        }
        for (how, checks, pings) in [("one at a time", checks, pings), ("64 at a time", many_checks, many_pings)] {
            let (check, ping) = (median(checks), median(pings));
            println!("{how}: check {check:.1} us, PING {ping:.1} us, ratio {:.2}", check / ping);
        }
        let entries = server.keys("negotiate:replay:*").len();
        println!("{entries} entries, {} octets each", (used(&server) - before) / entries);
    });
}
