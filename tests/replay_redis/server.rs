//! A real Redis server on a free port of 127.0.0.1, with a folder of its own.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use redis::Value;

/// It ends, and its folder goes, when this is dropped.
pub(crate) struct Server {
    process: Child,
    pub(crate) port: u16,
    folder: PathBuf,
    arguments: Vec<String>,
}

impl Server {
    /// None, and a word about it, where there is no `redis-server`: a failure if `NEGOTIATE_REDIS_REQUIRED` is set.
    pub(crate) fn start(arguments: &[&str]) -> Option<Self> {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        if Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_err() {
            assert!(std::env::var_os("NEGOTIATE_REDIS_REQUIRED").is_none(), "there is no redis-server here");
            println!("NOT TESTED: there is no redis-server here. Install it, or run tests/live/redis.sh, which does.");
            return None;
        }
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("negotiate-redis-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        // The port may be taken between being found and being used.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            if let Some(process) = run(port, &folder, &arguments) {
                return Some(Self { process, port, folder, arguments });
            }
        }
        panic!("redis-server does not start");
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Without a last word, so that nothing is written to its disk.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// On the same port, with what is on its disk.
    pub(crate) fn start_again(&mut self) {
        self.process = run(self.port, &self.folder, &self.arguments).expect("its port is still free");
    }

    /// By name: STOP, CONT.
    pub(crate) fn signal(&self, name: &str) {
        assert!(
            Command::new("kill")
                .args([&format!("-{name}"), &self.process.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }

    /// One command, its words apart by spaces.
    pub(crate) fn command(&self, words: &str) -> Value {
        command(&self.url(), words)
    }

    pub(crate) fn keys(&self, pattern: &str) -> Vec<String> {
        redis::from_redis_value(self.command(&format!("KEYS {pattern}"))).unwrap()
    }
}

pub(crate) fn command(url: &str, words: &str) -> Value {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let mut words = words.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    words.for_each(|word| {
        command.arg(word);
    });
    command.query(&mut connection).unwrap()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// None if it ends at once.
fn run(port: u16, folder: &PathBuf, arguments: &[String]) -> Option<Child> {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
    command.arg("--dir").arg(folder).args(arguments).stdout(Stdio::null());
    let mut process = command.spawn().unwrap();
    for _ in 0..500 {
        if process.try_wait().unwrap().is_some() {
            return None;
        }
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
        // One that wants a password is up as well.
        let answer = client.get_connection().and_then(|mut one| redis::cmd("PING").query::<String>(&mut one));
        if answer.is_ok() || answer.is_err_and(|error| error.code() == Some("NOAUTH")) {
            return Some(process);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("redis-server runs and does not answer");
}
