//! Both front doors open, a replay cache in memory, tokens taken once each.

use std::path::Path;
use std::thread;
use std::time::Duration;

use negotiate::kerberos::{self, Keytab, MemoryReplayCache};
use negotiate::{Accept, Acceptor, Timestamp};

use crate::seam::{Tokens, each_work, resident};
use crate::{report_all, timed};

/// What threads, memory and keytabs are tried with.
pub(crate) const USUAL: &str = "accept/aes256-cts-hmac-sha1-96/spnego/no-pac";

pub(crate) fn run(dir: &Path) {
    let acceptor = permissive(Keytab::read(dir.join("keytab")).unwrap());
    each_work(dir, |work| measure(work, &acceptor, Tokens::read(dir, work, usize::MAX)));
}

/// The same logins with another keytab.
pub(crate) fn keytabs(dir: &Path) {
    for work in ["keytab/10", "keytab/100000"] {
        let acceptor = permissive(Keytab::read(dir.join(work.replace('/', "-"))).unwrap());
        measure(work, &acceptor, Tokens::read(dir, USUAL, usize::MAX));
    }
}

fn measure(work: &str, acceptor: &Acceptor, tokens: Vec<Vec<u8>>) {
    let cache = cache();
    report_all(work, tokens.iter().map(|token| timed(|| take(acceptor, &cache, token)).0).collect());
}

/// All the tokens by one thread, and by as many as there are cores, in turn; each time with a new memory of replays.
pub(crate) fn threads(dir: &Path) {
    let acceptor = permissive(Keytab::read(dir.join("keytab")).unwrap());
    let tokens = Tokens::read(dir, USUAL, usize::MAX);
    let cores = thread::available_parallelism().unwrap().get();
    let mut times = vec![Vec::new(); cores];
    for _ in 0..10 {
        for count in 1..=cores {
            times[count - 1].push(together(&acceptor, &tokens, count));
        }
    }
    for (index, times) in times.into_iter().enumerate() {
        report_all(&format!("{USUAL}/threads-{}", index + 1), times);
    }
}

/// Total time for each login.
fn together(acceptor: &Acceptor, tokens: &[Vec<u8>], count: usize) -> Duration {
    let cache = &cache();
    let (all, ()) = timed(|| {
        thread::scope(|scope| {
            for part in tokens.chunks(tokens.len().div_ceil(count)) {
                scope.spawn(move || part.iter().for_each(|token| drop(take(acceptor, cache, token))));
            }
        });
    });
    all / u32::try_from(tokens.len()).unwrap()
}

/// What a process has resident that took logins, one token in memory at a time.
pub(crate) fn memory(dir: &Path) {
    println!("accept-memory/before {} KiB", resident());
    let acceptor = permissive(Keytab::read(dir.join("keytab")).unwrap());
    let cache = MemoryReplayCache::new(started());
    for token in Tokens::open(dir, USUAL).take(500) {
        take(&acceptor, &cache, &token);
    }
    println!("accept-memory {} KiB", resident());
}

/// A section may take longer than the usual five minutes.
const SKEW: Duration = Duration::from_secs(3_600);

/// Takes rc4-hmac too.
pub(crate) fn permissive(keytab: Keytab) -> Acceptor {
    let kerberos = kerberos::Acceptor::new(keytab).skew(SKEW).dangerous().permit_rc4();
    Acceptor::builder().kerberos(kerberos).build().unwrap()
}

/// With room for the logins of one work, all of one client; no larger, or memory touched for the first time would be what is measured.
pub(crate) fn cache() -> MemoryReplayCache {
    MemoryReplayCache::with_capacity(started(), 1 << 13).with_client_quota(u32::MAX)
}

/// Before anything was minted: a cache refuses what may have been seen before it began.
fn started() -> Timestamp {
    Timestamp::now().saturating_sub(4 * SKEW)
}

fn take(acceptor: &Acceptor, cache: &MemoryReplayCache, token: &[u8]) -> Accept {
    let now = Timestamp::now();
    let step = match acceptor.accept(token, now).unwrap() {
        Accept::NeedsReplayCheck(check) => check.use_cache(cache, now).unwrap(),
        other => other,
    };
    assert!(matches!(step, Accept::Established { .. }));
    step
}
