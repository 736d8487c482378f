//! Whole logins, each with a fresh token: SPNEGO, aes256-cts-hmac-sha1-96, mutual authentication, the replay cache in memory.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
use negotiate::kerberos::testing::{Element, Login, Realm, User, if_relevant};
use negotiate::kerberos::{self, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Principal, Timestamp};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
/// Logins timed together.
const BATCH: usize = 48;
const ROUNDS: usize = 60;

fn realm() -> Realm {
    Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap()
}

fn acceptor(keytab: Keytab) -> Acceptor {
    Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build().unwrap()
}

fn cache() -> MemoryReplayCache {
    MemoryReplayCache::with_capacity(NOW, 1 << 22).with_client_quota(u32::MAX)
}

fn take(acceptor: &Acceptor, cache: &MemoryReplayCache, token: &[u8]) -> Accept {
    match acceptor.accept(token, NOW) {
        Ok(Accept::NeedsReplayCheck(check)) => check.use_cache(cache, NOW).unwrap(),
        other => other.unwrap(),
    }
}

/// A point of a curve: an acceptor, and what makes tokens for it.
struct Point<'p> {
    x: usize,
    acceptor: &'p Acceptor,
    mint: Box<dyn Fn(usize) -> Vec<u8> + 'p>,
}

/// All points in turn, round after round, so that what disturbs disturbs all; the best round of each counts.
fn measure(curve: &str, points: &[Point<'_>]) {
    let cache = cache();
    let mut best = vec![Duration::MAX; points.len()];
    for _ in 0..ROUNDS {
        for (point, best) in points.iter().zip(&mut best) {
            let tokens: Vec<_> = (0..BATCH).map(&point.mint).collect();
            let begun = Instant::now();
            for token in &tokens {
                black_box(take(point.acceptor, &cache, token));
            }
            *best = begun.elapsed().min(*best);
        }
    }
    for (point, best) in points.iter().zip(best) {
        println!("{curve},{},{}", point.x, best.as_nanos() / BATCH as u128);
    }
}

/// By authorization data that nobody here knows: it is decrypted and walked over.
pub(crate) fn token_size() {
    let realm = realm();
    let acceptor = acceptor(realm.keytab().unwrap());
    let login = |octets: usize| {
        let mut login = realm.login("alice", NOW).unwrap().in_spnego();
        login.ticket.authorization_data = vec![if_relevant(&[Element::new(9999, vec![7; octets])]).unwrap()];
        login.encode().unwrap()
    };
    let points = (0..=12).map(|step| {
        let octets = step * 5_000;
        Point { x: login(octets).len(), acceptor: &acceptor, mint: Box::new(move |_| login(octets)) }
    });
    measure("token", &points.collect::<Vec<_>>());
}

/// The PAC is verified, and its groups are read.
pub(crate) fn groups() {
    let realm = realm();
    let acceptor = acceptor(realm.keytab().unwrap());
    let login = |groups: u32| {
        let mut user = User::new("alice", 1_105);
        user.groups.extend((1..groups).map(|number| 2_000 + number));
        realm.directory_login(&user, NOW).unwrap().in_spnego().encode().unwrap()
    };
    let Ok(Accept::NeedsReplayCheck(check)) = acceptor.accept(&login(100), NOW) else { panic!("not taken") };
    let Ok(Accept::Established { context, .. }) = check.use_cache(&cache(), NOW) else { panic!("not taken") };
    assert!(context.authorization().is_some_and(|known| known.group_sids().len() >= 100), "the groups are read");
    let points = [1, 100, 250, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_000, 3_500, 4_000].map(|groups| Point {
        x: groups as usize,
        acceptor: &acceptor,
        mint: Box::new(move |_| login(groups)),
    });
    measure("groups", &points);
}

/// Tickets for services all over the keytab, whose keys have been used before.
pub(crate) fn keytab() {
    let realm = realm();
    let service =
        |number: usize| -> Principal { format!("HTTP/host{number}.example.test@EXAMPLE.TEST").parse().unwrap() };
    let client: Principal = "alice@EXAMPLE.TEST".parse().unwrap();
    let sizes = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000];
    let acceptors = sizes.map(|entries| {
        let entry = |number| KeytabEntry::new(service(number), 1, Timestamp::UNIX_EPOCH, realm.key().duplicate());
        acceptor((0..entries).map(entry).collect())
    });
    let points = acceptors.iter().zip(sizes).map(|(acceptor, entries)| {
        let (realm, client) = (&realm, &client);
        let mint = move |number: usize| {
            let service = service(number * entries / BATCH);
            Login::new(&service, realm.key(), 1, client, NOW).unwrap().in_spnego().encode().unwrap()
        };
        (0..BATCH).for_each(|number| drop(take(acceptor, &cache(), &mint(number))));
        Point { x: entries, acceptor, mint: Box::new(mint) }
    });
    measure("keytab", &points.collect::<Vec<_>>());
}

/// Threads that share an acceptor and a cache: nanoseconds for each login of all.
pub(crate) fn threads() {
    let realm = realm();
    let acceptor = acceptor(realm.keytab().unwrap());
    let cache = cache();
    let points = thread_counts();
    let mut best = vec![f64::INFINITY; points.len()];
    for _ in 0..ROUNDS {
        for (&threads, best) in points.iter().zip(&mut best) {
            let mint =
                |number: usize| realm.login(&format!("user{number}"), NOW).unwrap().in_spnego().encode().unwrap();
            let parts: Vec<Vec<Vec<u8>>> = (0..threads).map(|_| (0..4 * BATCH).map(mint).collect()).collect();
            let time =
                race(threads, |thread| parts[thread].iter().for_each(|token| drop(take(&acceptor, &cache, token))));
            *best = best.min(time.as_nanos() as f64 / (threads * 4 * BATCH) as f64);
        }
    }
    for (threads, best) in points.iter().zip(best) {
        println!("threads login,{threads},{best:.0}");
    }
}

/// One to twice as many as there are cores.
pub(crate) fn thread_counts() -> Vec<usize> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    (1..=2 * cores).collect()
}

/// From when all threads are ready until the last has done `work`.
pub(crate) fn race(threads: usize, work: impl Fn(usize) + Sync) -> Duration {
    let (ready, work) = (&AtomicUsize::new(0), &work);
    let run = move |thread: usize| {
        ready.fetch_add(1, Ordering::SeqCst);
        while ready.load(Ordering::SeqCst) < threads {
            thread::yield_now();
        }
        let begun = Instant::now();
        work(thread);
        (begun, Instant::now())
    };
    let runs: Vec<_> = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || run(thread))).collect();
        let own = run(0);
        others.into_iter().map(|thread| thread.join().unwrap()).chain([own]).collect()
    });
    let begun = runs.iter().map(|(begun, _)| *begun).min().unwrap();
    runs.iter().map(|(_, ended)| *ended).max().unwrap() - begun
}
