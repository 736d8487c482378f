//! Two processes with the same tokens, as two machines behind one name have them.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use negotiate::kerberos::testing::Realm;
use negotiate::kerberos::{self, Keytab};
use negotiate::{Accept, Acceptor, Timestamp};

use crate::server::Server;
use crate::{at, on_tokio, seconds};

const TOKENS: usize = 200;

/// In whose environment this stands is one of the two; its value is the URL of the Redis.
const RACER: &str = "NEGOTIATE_TEST_RACER";
/// The folder with the keytab and the tokens.
const FOLDER: &str = "NEGOTIATE_TEST_FOLDER";

#[test]
fn e02_redis_two_processes_with_one_token_exactly_one_accepts() {
    let Some(server) = Server::start(&[]) else { return };
    let folder = env::temp_dir().join(format!("negotiate-racers-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    // The memory has to be older than the tokens, which are stamped by a client whose clock is ahead.
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/www.example.test").unwrap();
    fs::write(folder.join("keytab"), realm.keytab().unwrap().to_bytes().expose()).unwrap();
    let stamped = Timestamp::now().saturating_add(seconds(60));
    for number in 0..TOKENS {
        fs::write(folder.join(number.to_string()), realm.spnego_token("alice", stamped).unwrap()).unwrap();
    }

    let mut racers = [start(&server.url(), &folder), start(&server.url(), &folder)];
    let mut ears = racers.each_mut().map(|racer| BufReader::new(racer.stderr.take().unwrap()));
    let mut heard = [Vec::new(), Vec::new()];
    for (ear, lines) in ears.iter_mut().zip(&mut heard) {
        assert_eq!(next(ear), "ready");
        lines.reserve(TOKENS);
    }
    for number in 0..TOKENS {
        // One line each is what they wait for, so both have the token within microseconds.
        for racer in &mut racers {
            writeln!(racer.stdin.as_ref().unwrap(), "{number}").unwrap();
        }
        for (ear, lines) in ears.iter_mut().zip(&mut heard) {
            lines.push(next(ear));
        }
    }
    for mut racer in racers {
        drop(racer.stdin.take());
        assert!(racer.wait().unwrap().success());
    }
    fs::remove_dir_all(&folder).unwrap();

    let [one, other] = heard;
    for (number, pair) in one.iter().zip(&other).enumerate() {
        let mut pair = [pair.0.as_str(), pair.1.as_str()];
        pair.sort_unstable();
        assert_eq!(pair, ["accepted alice@EXAMPLE.TEST", "refused replay"], "token {number}");
    }
    let first = one.iter().filter(|line| line.starts_with("accepted")).count();
    println!("{TOKENS} tokens, each accepted by exactly one of two processes: {first} and {}", TOKENS - first);
}

/// Not a test by itself: what the other one starts twice.
#[test]
fn a_racer_when_started_as_one() {
    let (Ok(url), Ok(folder)) = (env::var(RACER), env::var(FOLDER)) else { return };
    let keytab = Keytab::read(Path::new(&folder).join("keytab")).unwrap();
    let acceptor = Acceptor::builder().kerberos(kerberos::Acceptor::new(keytab)).build().unwrap();
    // Past the harness's capture, and its own lines.
    let say = |line: &str| writeln!(std::io::stderr(), "{line}").unwrap();
    on_tokio(async {
        let cache = at(&url).connect(Timestamp::now()).await.unwrap();
        say("ready");
        for number in std::io::stdin().lines() {
            let token = fs::read(Path::new(&folder).join(number.unwrap())).unwrap();
            let step = acceptor.accept(&token, Timestamp::now()).unwrap();
            match step.answered(&cache, None, Timestamp::now).await {
                Ok(Accept::Established { context, .. }) => say(&format!("accepted {}", context.peer())),
                Ok(other) => say(&format!("neither: {other:?}")),
                Err(refused) => say(&format!("refused {}", refused.error.kind())),
            }
        }
    });
}

/// This very program, as a racer. What it says comes by its standard error, which the harness lets through.
fn start(url: &str, folder: &Path) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "processes::a_racer_when_started_as_one", "--nocapture", "--quiet"]);
    command.env(RACER, url).env(FOLDER, folder).stdin(Stdio::piped());
    command.stderr(Stdio::piped()).stdout(Stdio::null());
    command.spawn().unwrap()
}

fn next(ear: &mut impl BufRead) -> String {
    let mut line = String::new();
    ear.read_line(&mut line).unwrap();
    line.trim().to_owned()
}
