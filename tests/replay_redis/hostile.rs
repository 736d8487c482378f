//! What is no Redis, or no sound one: refused, in time, and never fresh.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use negotiate::kerberos::replay::redis::{Error, RedisReplayCache};
use negotiate::{AsyncReplayCache, ReplayVerdict, Timestamp};

use crate::fake::{Fake, Say};
use crate::{answer, ask, at, on_tokio, present, seconds};

const TIMEOUT: Duration = Duration::from_millis(300);

/// What no answer of a Redis looks like, or not to this.
const WRONG: &[Say] = &[
    Say::Nothing,
    Say::Goodbye,
    Say::Flood,
    Say::Octets("HTTP/1.1 400 Bad Request\r\n\r\n"),
    Say::Octets("\0\0\0\0\0\0\0\0\r\n"),
    Say::Octets("+PONG\r\n"),
    Say::Octets("$2\r\nOK\r\n"),
    Say::Octets(":1\r\n"),
    Say::Octets(":99999999999999999999999\r\n"),
    Say::Octets("*0\r\n"),
    Say::Octets("*2\r\n$1\r\n1\r\n:1\r\n"),
    Say::Octets("*2\r\n$20\r\n99999999999999999999\r\n$1\r\n1\r\n"),
    Say::Octets("$-2\r\n\r\n"),
    Say::Octets("*9000000000000000000\r\n"),
    Say::Octets("*100000000\r\n"),
    Say::Octets("%1\r\n+a\r\n+b\r\n"),
    Say::Octets("|9223372036854775807\r\n"),
    Say::Octets("=-1\r\n"),
    Say::Octets("-ERR unknown command, with args beginning with: Sesame-open\r\n"),
    Say::Octets("-LOADING Redis is loading the dataset in memory\r\n"),
    Say::Octets("-MOVED 3999 127.0.0.1:6381\r\n"),
    Say::Octets("-\r\n"),
];

/// A fake that turns hostile in its answer to one command, once the test says so.
fn turning(command: &'static str, say: Say) -> (Fake, Arc<AtomicBool>) {
    let turned = Arc::new(AtomicBool::new(false));
    let now = Arc::clone(&turned);
    let entry = move |words: &[String]| words[0] == command && now.load(Ordering::SeqCst);
    (Fake::new(move |words| if entry(words) { say } else { Say::Sound }), turned)
}

/// Connected, however busy this machine is, to wait for a short time only.
async fn impatient(fake: &Fake) -> RedisReplayCache {
    for _ in 0..100 {
        if let Ok(cache) = at(&fake.url).timeout(TIMEOUT).connections(1).connect(Timestamp::now()).await {
            return cache;
        }
    }
    panic!("it does not connect");
}

#[test]
fn e02_redis_sound_answers_of_a_fake_are_taken() {
    let (fake, _) = turning("SET", Say::Sound);
    on_tokio(async {
        let cache = at(&fake.url).connect(Timestamp::now()).await.unwrap();
        assert_eq!(present(&cache, 1, Timestamp::now()).await, ReplayVerdict::Fresh);
    });
}

#[test]
fn e02_redis_wrong_answers_are_never_fresh() {
    on_tokio(async {
        for command in ["SET", "GET", "TIME"] {
            for &say in WRONG {
                let (fake, turned) = turning(command, say);
                let cache = impatient(&fake).await;
                turned.store(true, Ordering::SeqCst);
                let begun = Instant::now();
                for number in 0..2 {
                    let verdict = present(&cache, number, Timestamp::now()).await;
                    assert_eq!(verdict, ReplayVerdict::Unavailable, "{say:?} to {command}");
                    let failure = cache.last_failure().unwrap().to_string();
                    assert!(!failure.contains("Sesame"), "{failure}");
                }
                assert!(begun.elapsed() < seconds(20), "{say:?} to {command}: {:?}", begun.elapsed());
                // And a sound one is served again, on a new connection.
                turned.store(false, Ordering::SeqCst);
                assert_eq!(answer(&cache, 3, Timestamp::now()).await, ReplayVerdict::Fresh, "{say:?} to {command}");
            }
        }
    });
}

/// What an answer that is late belongs to is forgotten together with its connection.
#[test]
fn e02_redis_flood_ends_with_the_timeout() {
    let (fake, turned) = turning("SET", Say::Flood);
    on_tokio(async {
        let cache = impatient(&fake).await;
        turned.store(true, Ordering::SeqCst);
        assert_eq!(present(&cache, 1, Timestamp::now()).await, ReplayVerdict::Unavailable);
        let begun = Instant::now();
        while !fake.flood_ended.load(Ordering::SeqCst) {
            assert!(begun.elapsed() < seconds(30), "the connection stays open");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
}

#[test]
fn e02_redis_wrong_answers_do_not_connect() {
    on_tokio(async {
        for command in ["INFO", "TIME", "GET", "SET"] {
            for &say in WRONG {
                // INFO's text is free.
                if command == "INFO" && matches!(say, Say::Octets("$2\r\nOK\r\n")) {
                    continue;
                }
                let fake = Fake::new(move |words| if words[0] == command { say } else { Say::Sound });
                let error = at(&fake.url).timeout(TIMEOUT).connect(Timestamp::now()).await.unwrap_err();
                assert!(!format!("{error} {error:?}").contains("Sesame"), "{error:?}");
            }
        }
        let error = |info: &'static str| async move {
            let fake = Fake::new(move |words| if words[0] == "INFO" { Say::Octets(info) } else { Say::Sound });
            at(&fake.url).connect(Timestamp::now()).await.unwrap_err()
        };
        assert_eq!(error("$2\r\nOK\r\n").await, Error::NotUnderstood, "without a run_id");
        assert_eq!(error("$12\r\nrun_id:a*b c\r\n").await, Error::NotUnderstood, "a strange run_id");
    });
}

/// A server that repeats what it was sent, as Redis does with a command that it does not know.
#[test]
fn e02_redis_that_repeats_the_password_is_not_repeated() {
    let fake = Fake::new(|words| match words[0].as_str() {
        "AUTH" => Say::Octets("-ERR unknown command 'AUTH', with args beginning with: 'Sesame-open' \r\n"),
        _ => Say::Sound,
    });
    on_tokio(async {
        let url = fake.url.replace("redis://", "redis://:Sesame-open@");
        let error = at(&url).connect(Timestamp::now()).await.unwrap_err();
        assert_eq!(fake.heard("AUTH"), [["AUTH", "Sesame-open"]]);
        assert!(!format!("{error} {error:?}").contains("Sesame"), "{error:?}");
    });
}

/// The life that Redis is told, to the millisecond: until the entry expires, that moment included, and twice what clocks
/// may differ.
#[test]
fn e02_redis_is_told_the_whole_life() {
    let (fake, _) = turning("SET", Say::Sound);
    on_tokio(async {
        let cache = at(&fake.url).clocks_within(seconds(20)).connect(Timestamp::now()).await.unwrap();
        let now = Timestamp::now();
        let shifted = |micros| Timestamp::from_micros(now.as_micros() + micros);
        let cases =
            [(0, "340000"), (-299_000_000, "340000"), (1, "340001"), (1_000, "340001"), (299_000_000, "639000")];
        for (number, (offset, life)) in (0..).zip(cases) {
            let question = ask(number, shifted(offset), now);
            assert_eq!(cache.check_and_insert_later(&question, now).await, ReplayVerdict::Fresh);
            let heard = fake.heard("SET").pop().unwrap();
            let hex: String = question.fingerprint().iter().map(|octet| format!("{octet:02x}")).collect();
            assert_eq!(heard, ["SET", &format!("negotiate:replay:{hex}"), "1", "NX", "PX", life]);
        }
    });
}

/// What is refused before Redis is asked does not reach it.
#[test]
fn e02_redis_is_not_asked_about_what_is_out_of_time() {
    let (fake, _) = turning("SET", Say::Sound);
    on_tokio(async {
        let cache = at(&fake.url).connect(Timestamp::now()).await.unwrap();
        let before = fake.heard("SET").len();
        let now = Timestamp::now();
        let stamped = now.saturating_sub(seconds(301));
        assert_eq!(cache.check_and_insert_later(&ask(1, stamped, stamped), now).await, ReplayVerdict::ClockSteppedBack);
        assert_eq!(fake.heard("SET").len(), before);
    });
}

/// Redis' clock was set forward and back: what is asked meanwhile is refused, whatever it says of the login.
#[test]
fn e02_redis_by_another_clock_is_refused() {
    let turned = Arc::new(Mutex::new(Say::Sound));
    let say = Arc::clone(&turned);
    let fake = Fake::new(move |words| if words[0] == "TIME" { *say.lock().unwrap() } else { Say::Sound });
    on_tokio(async {
        let cache = at(&fake.url).connect(Timestamp::now()).await.unwrap();
        for time in ["*2\r\n$10\r\n4000000000\r\n$1\r\n0\r\n", "*2\r\n$1\r\n1\r\n$1\r\n0\r\n"] {
            *turned.lock().unwrap() = Say::Octets(time);
            assert_eq!(present(&cache, 1, Timestamp::now()).await, ReplayVerdict::ClockSteppedBack);
        }
        *turned.lock().unwrap() = Say::Sound;
        assert_eq!(present(&cache, 2, Timestamp::now()).await, ReplayVerdict::Fresh);
    });
}

#[test]
fn e02_redis_addresses_that_are_none() {
    for (url, error) in [
        ("", Error::Url),
        ("http://:Sesame@localhost", Error::Url),
        ("redis://:Sesame@localhost:port", Error::Url),
        ("localhost:6379", Error::Url),
        ("rediss://:Sesame@localhost", Error::NoTls),
    ] {
        let is = RedisReplayCache::at(url).unwrap_err();
        assert!(!format!("{is} {is:?}").contains("Sesame"), "{is:?}");
        assert_eq!(is, error, "{url}");
    }
}

/// Polled by something else than tokio.
#[test]
fn e02_redis_without_a_runtime_is_an_error() {
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    let mut context = Context::from_waker(Waker::noop());
    let connecting = pin!(at("redis://127.0.0.1:1").connect(Timestamp::now()));
    let Poll::Ready(connected) = connecting.poll(&mut context) else { panic!("it waits") };
    assert_eq!(connected.unwrap_err(), Error::NoRuntime);

    let (fake, _) = turning("SET", Say::Sound);
    let cache = on_tokio(at(&fake.url).connect(Timestamp::now())).unwrap();
    let now = Timestamp::now();
    let question = ask(1, now, now);
    let mut asking = cache.check_and_insert_later(&question, now);
    assert_eq!(asking.as_mut().poll(&mut context), Poll::Ready(ReplayVerdict::Unavailable));
    // The runtime of its connection is gone: the next one makes another.
    on_tokio(async {
        for number in 2..5 {
            assert_eq!(present(&cache, number, Timestamp::now()).await, ReplayVerdict::Fresh);
        }
    });
}
