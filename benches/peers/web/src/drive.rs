//! Requests as fast as they are answered, on connections that are kept; and three, to see whom a server lets in.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use crate::wire::{Wire, initiator, request};

/// Each connection logs in once, if it is to, before the clock starts; no request after that has a credential.
pub(crate) fn run(port: u16, seconds: u64, connections: usize, mode: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut wires = Vec::new();
        for _ in 0..connections {
            let mut wire = Wire::connect(port).await;
            if mode == "ntlm" {
                wire.log_in(&initiator()).await;
            }
            wires.push(wire);
        }
        let begun = Instant::now();
        let until = begun + Duration::from_secs(seconds);
        let tasks: Vec<_> = wires.into_iter().map(|wire| tokio::spawn(ask(wire, until))).collect();
        let mut answered = 0;
        for task in tasks {
            answered += task.await.unwrap();
        }
        println!("{answered} {}", begun.elapsed().as_micros());
    });
}

async fn ask(mut wire: Wire, until: Instant) -> usize {
    let request = request("/", None);
    let mut answered = 0;
    while Instant::now() < until {
        assert_eq!(wire.ask(&request).await.0, 200);
        answered += 1;
    }
    answered
}

/// Without a login, with the first one of a file, and with the same again.
pub(crate) fn ask_thrice(port: u16, path: &str, file: &str) {
    let mut login = String::new();
    BufReader::new(File::open(file).unwrap()).read_line(&mut login).unwrap();
    let login = format!("Negotiate {}", login.trim());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        for authorization in [None, Some(&*login), Some(&*login)] {
            print!("{} ", Wire::connect(port).await.get(path, authorization).await.0);
        }
        println!();
    });
}
