//! Something that listens where a Redis should be, and answers as a test wants it to.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a fake says to one command.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Say {
    /// What a sound Redis says.
    Sound,
    /// These octets.
    Octets(&'static str),
    /// Nothing, ever.
    Nothing,
    /// Nothing: the connection ends.
    Goodbye,
    /// A string without end.
    Flood,
}

/// A fake Redis, and what it heard.
pub(crate) struct Fake {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Vec<String>>>>,
    /// Whether a flood came to its end, because the other side closed the connection.
    pub(crate) flood_ended: Arc<AtomicBool>,
}

type Script = dyn Fn(&[String]) -> Say + Send + Sync;

impl Fake {
    pub(crate) fn new(script: impl Fn(&[String]) -> Say + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("redis://{}", listener.local_addr().unwrap());
        let (heard, flood_ended) = (Arc::default(), Arc::default());
        let (script, ears, ended) = (Arc::new(script), Arc::clone(&heard), Arc::clone(&flood_ended));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, ears, ended) = (Arc::clone(&script), Arc::clone(&ears), Arc::clone(&ended));
                thread::spawn(move || serve(stream.unwrap(), &*script, &ears, &ended));
            }
        });
        Self { url, heard, flood_ended }
    }

    /// The commands of this name, with their arguments.
    pub(crate) fn heard(&self, name: &str) -> Vec<Vec<String>> {
        self.heard.lock().unwrap().iter().filter(|command| command[0] == name).cloned().collect()
    }
}

fn serve(stream: TcpStream, script: &Script, heard: &Mutex<Vec<Vec<String>>>, flood_ended: &AtomicBool) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    while let Some(command) = read(&mut reader) {
        heard.lock().unwrap().push(command.clone());
        let said = match script(&command) {
            Say::Sound => stream.write_all(sound(&command).as_bytes()),
            Say::Octets(octets) => stream.write_all(octets.as_bytes()),
            Say::Nothing => Ok(()),
            Say::Goodbye => return,
            Say::Flood => {
                let mut said = stream.write_all(b"$9000000000000000000\r\n");
                while said.is_ok() {
                    said = stream.write_all(&[b'x'; 4096]);
                    // Slow enough that the test's own memory is safe.
                    thread::sleep(Duration::from_millis(1));
                }
                flood_ended.store(true, Ordering::SeqCst);
                said
            }
        };
        if said.is_err() {
            return;
        }
    }
}

/// `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`
fn read(reader: &mut impl BufRead) -> Option<Vec<String>> {
    let number = |sign: char, reader: &mut dyn BufRead| -> Option<usize> {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        line.trim().strip_prefix(sign)?.parse().ok()
    };
    let count = number('*', reader)?;
    let mut words = Vec::new();
    for _ in 0..count {
        let mut word = vec![0; number('$', reader)? + 2];
        reader.read_exact(&mut word).ok()?;
        word.truncate(word.len() - 2);
        words.push(String::from_utf8(word).ok()?);
    }
    Some(words)
}

/// An old memory in which nothing was seen.
pub(crate) fn sound(command: &[String]) -> String {
    let bulk = |text: &str| format!("${}\r\n{text}\r\n", text.len());
    match (command[0].as_str(), command.get(1).map(String::as_str)) {
        ("INFO", Some("server")) => bulk("# Server\r\nredis_version:7.0.15\r\nrun_id:0123456789abcdef\r\n"),
        ("INFO", _) => bulk("# Memory\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n"),
        ("GET", _) => bulk("1000000 300000000"),
        ("TIME", _) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            let (seconds, micros) = (now.as_secs().to_string(), now.subsec_micros().to_string());
            format!("*2\r\n{}{}", bulk(&seconds), bulk(&micros))
        }
        _ => "+OK\r\n".to_owned(),
    }
}
