//! A client's connection: requests written by hand, responses read no further than needed.

use negotiate::http::{Challenge, Credential, Origin};
use negotiate::initiator::Handshake;
use negotiate::{Initiate, Initiator, Timestamp, ntlm};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The account and password of every login by NTLM here.
pub(crate) const DOMAIN: &str = "ADEX";
pub(crate) const USER: &str = "alice";
pub(crate) const PASSWORD: &str = "Passw0rd!alice";

pub(crate) struct Wire {
    stream: TcpStream,
    /// What came of the response that is being read. Empty in between.
    read: Vec<u8>,
}

impl Wire {
    pub(crate) async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, read: Vec::new() }
    }

    /// A request, and its response: the status, and where the body begins in what was read.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> (u16, usize) {
        self.stream.write_all(request).await.unwrap();
        self.read.clear();
        loop {
            assert_ne!(self.stream.read_buf(&mut self.read).await.unwrap(), 0, "the server hung up");
            let Some(end) = self.read.windows(4).position(|octets| octets == b"\r\n\r\n") else { continue };
            let length = field(&self.read[..end], "content-length").next().map_or(0, |value| value.parse().unwrap());
            if self.read.len() == end + 4 + length {
                return (self.read[9..12].iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0')), end + 4);
            }
        }
    }

    pub(crate) async fn get(&mut self, path: &str, authorization: Option<&str>) -> (u16, String) {
        let (status, body) = self.ask(&request(path, authorization)).await;
        (status, String::from_utf8(self.read[body..].to_vec()).unwrap())
    }

    /// The first leg of a login by NTLM.
    pub(crate) async fn begin(&mut self, initiator: &Initiator) -> Handshake {
        let Initiate::NeedsToken { token, next } = initiator.initiate(Timestamp::now()).unwrap() else {
            panic!("done too early")
        };
        assert_eq!(self.get("/", Some(&line(token))).await.0, 401);
        next
    }

    /// Both legs.
    pub(crate) async fn log_in(&mut self, initiator: &Initiator) {
        let next = self.begin(initiator).await;
        let offered: Vec<_> = field(&self.read, "www-authenticate").collect();
        let challenge = Challenge::<Origin>::parse(&offered).next().unwrap().unwrap();
        let token = challenge.token(65_536).unwrap().expect("a token");
        let token = match next.step(&token, Timestamp::now()).unwrap() {
            Initiate::Established { token: Some(token), .. } | Initiate::NeedsToken { token, .. } => token,
            Initiate::Established { token: None, .. } => panic!("no token"),
        };
        assert_eq!(self.get("/", Some(&line(token))).await.0, 200);
    }
}

/// NTLM in SPNEGO, as browsers send it.
pub(crate) fn initiator() -> Initiator {
    let credential = ntlm::Credential::with_password(ntlm::UserName::new(DOMAIN, USER), PASSWORD).unwrap();
    Initiator::builder("HTTP@localhost".parse().unwrap()).ntlm(credential).build().unwrap()
}

pub(crate) fn request(path: &str, authorization: Option<&str>) -> Vec<u8> {
    let authorization = authorization.map_or(String::new(), |line| format!("Authorization: {line}\r\n"));
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n").into_bytes()
}

fn line(token: Vec<u8>) -> String {
    Credential::<Origin>::new(token).header().1
}

/// The values of this field.
fn field<'h>(head: &'h [u8], name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = head.split(|octet| *octet == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines
        .filter_map(|line| line.split_once(':'))
        .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim())
}
