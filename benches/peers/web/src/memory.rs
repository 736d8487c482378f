//! What connections cost a server in resident memory: each kind on a server of its own, which begins anew.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::wire::{Wire, initiator};

/// How long a handshake may take here, in seconds: more than it takes to begin all of them.
const LIFETIME: u64 = 6;

pub(crate) fn run(connections: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        println!("{connections} connections; resident KiB, and octets a connection");
        served(connections).await;
        let plain = refused(connections).await;
        half_open(connections, plain).await;
        bounded(connections, plain).await;
        authenticated(connections, plain).await;
        authenticated(1_000, plain).await;
    });
}

/// One request each, served to anybody: what the server itself takes, without logins.
async fn served(connections: usize) {
    let server = Server::start("open", connections);
    let before = server.warm(Kind::Served).await;
    let _wires = server.open(Kind::Served, connections).await;
    report("open to all", before, server.resident(), connections, None);
}

/// One request each that brings no credential: the same with the layer, which keeps nothing of it.
async fn refused(connections: usize) -> f64 {
    let server = Server::start("ntlm", connections);
    let before = server.warm(Kind::Refused).await;
    let _wires = server.open(Kind::Refused, connections).await;
    report("refused, nothing kept", before, server.resident(), connections, None)
}

async fn half_open(connections: usize, plain: f64) {
    let server = Server::start("ntlm", connections);
    let before = server.warm(Kind::HalfOpen).await;
    let mut wires = server.open(Kind::HalfOpen, connections).await;
    assert_eq!(server.half_open().await, connections, "begun too slowly");
    report("half-open", before, server.resident(), connections, Some(plain));
    tokio::time::sleep(Duration::from_secs(LIFETIME + 2)).await;
    assert_eq!(server.half_open().await, 0);
    report("... shed by deadline", before, server.resident(), connections, Some(plain));
    for wire in &mut wires {
        wire.begin(&initiator()).await;
    }
    assert_eq!(server.half_open().await, connections, "begun too slowly");
    report("... begun again", before, server.resident(), connections, Some(plain));
    drop(wires);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(server.half_open().await, 0);
    report("... hung up", before, server.resident(), connections, None);
}

/// Ten times as many as there is room for.
async fn bounded(connections: usize, plain: f64) {
    let server = Server::start("ntlm", connections / 10);
    let before = server.warm(Kind::HalfOpen).await;
    let _wires = server.open(Kind::HalfOpen, connections).await;
    assert_eq!(server.half_open().await, connections / 10);
    report("half-open, room for a tenth", before, server.resident(), connections, Some(plain));
}

async fn authenticated(connections: usize, plain: f64) {
    let server = Server::start("ntlm", connections);
    let before = server.warm(Kind::Authenticated).await;
    let _wires = server.open(Kind::Authenticated, connections).await;
    report(&format!("authenticated, {connections}"), before, server.resident(), connections, Some(plain));
}

/// Octets a connection, which are returned, and how many of them the logins take.
fn report(what: &str, before: u64, now: u64, connections: usize, plain: Option<f64>) -> f64 {
    let each = (now as f64 - before as f64) * 1024.0 / connections as f64;
    let share = plain.map_or(String::new(), |plain| format!(", of them the login's {:.0}", each - plain));
    println!("{what:<28} {before:>6} -> {now:>6} KiB: {each:>6.0} a connection{share}");
    each
}

#[derive(Clone, Copy)]
enum Kind {
    Served,
    Refused,
    HalfOpen,
    Authenticated,
}

/// Killed when dropped.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(mode: &str, half_open: usize) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["serve", mode]).env("LIFETIME", LIFETIME.to_string()).env("HALF_OPEN", half_open.to_string());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Self { child, port: port.trim().parse().unwrap() }
    }

    /// What it takes once it has served somebody.
    async fn warm(&self, kind: Kind) -> u64 {
        drop(self.open(kind, 16).await);
        tokio::time::sleep(Duration::from_millis(200)).await;
        self.resident()
    }

    async fn open(&self, kind: Kind, connections: usize) -> Vec<Wire> {
        let initiator = initiator();
        let mut wires = Vec::new();
        for _ in 0..connections {
            let mut wire = Wire::connect(self.port).await;
            match kind {
                Kind::Served => assert_eq!(wire.get("/", None).await.0, 200),
                Kind::Refused => assert_eq!(wire.get("/", None).await.0, 401),
                Kind::HalfOpen => drop(wire.begin(&initiator).await),
                Kind::Authenticated => wire.log_in(&initiator).await,
            }
            wires.push(wire);
        }
        wires
    }

    async fn half_open(&self) -> usize {
        let (status, body) = Wire::connect(self.port).await.get("/half-open", None).await;
        assert_eq!(status, 200);
        body.parse().unwrap()
    }

    /// VmRSS, in KiB.
    fn resident(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _reaped = self.child.wait();
    }
}
