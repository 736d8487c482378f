//! PostgreSQL's messages, as many as are needed: a kind (1 octet), a length (4, with itself), a body.

use std::error::Error;

use crate::channel::Channel;

/// Version 3.0 of the protocol.
const VERSION: u32 = 3 << 16;

/// The longest message that is read: nobody is made to set aside more because a peer says so.
const LIMIT: usize = 1 << 24;

/// What the server wants of a login.
#[derive(Debug)]
pub(crate) enum Authentication {
    Ok,
    Gss,
    /// The acceptor's token.
    GssContinue(Vec<u8>),
    /// Passwords, SCRAM, SSPI.
    SomethingElse,
}

pub(crate) struct Session {
    channel: Channel,
    arrived: Vec<u8>,
}

impl Session {
    pub(crate) const fn new(channel: Channel) -> Self {
        Self { channel, arrived: Vec::new() }
    }

    /// `StartupMessage`, which alone has no kind.
    pub(crate) fn start(&mut self, user: &str, database: &str) -> Result<(), Box<dyn Error>> {
        let mut body = VERSION.to_be_bytes().to_vec();
        for text in ["user", user, "database", database, ""] {
            // It would end the name here, and begin a parameter that nobody meant.
            if text.contains('\0') {
                return Err("a name has no zero octet in it".into());
            }
            body.extend_from_slice(text.as_bytes());
            body.push(0);
        }
        let message = with_length(&body)?;
        self.channel.send(&message)
    }

    pub(crate) fn send(&mut self, kind: u8, body: &[u8]) -> Result<(), Box<dyn Error>> {
        let message = [&[kind], &*with_length(body)?].concat();
        self.channel.send(&message)
    }

    /// What the server wants next.
    pub(crate) fn authentication(&mut self) -> Result<Authentication, Box<dyn Error>> {
        let (b'R', body) = self.receive()? else { return Err("the server does not speak of logins".into()) };
        let (kind, data) = body.split_first_chunk().ok_or("the server asks for a login and does not say for which")?;
        Ok(match u32::from_be_bytes(*kind) {
            0 => Authentication::Ok,
            7 => Authentication::Gss,
            8 => Authentication::GssContinue(data.to_vec()),
            _ => Authentication::SomethingElse,
        })
    }

    /// `ReadyForQuery`, behind settings and a key to cancel by.
    pub(crate) fn wait_until_ready(&mut self) -> Result<(), Box<dyn Error>> {
        while self.receive()?.0 != b'Z' {}
        Ok(())
    }

    /// The rows that a query gives, as text.
    pub(crate) fn query(&mut self, query: &str) -> Result<Vec<Vec<String>>, Box<dyn Error>> {
        self.send(b'Q', &[query.as_bytes(), &[0]].concat())?;
        let mut rows = Vec::new();
        loop {
            match self.receive()? {
                (b'D', body) => rows.push(columns(&body).ok_or("the server sends a row that is cut")?),
                (b'Z', _) => return Ok(rows),
                _ => {}
            }
        }
    }

    pub(crate) fn end(mut self) -> Result<(), Box<dyn Error>> {
        self.send(b'X', &[])
    }

    /// The next message, but for errors, which end everything, and notices.
    fn receive(&mut self) -> Result<(u8, Vec<u8>), Box<dyn Error>> {
        loop {
            match self.next_message()? {
                (b'E', body) => return Err(format!("the server says: {}", what_went_wrong(&body)).into()),
                (b'N', _) => {}
                message => return Ok(message),
            }
        }
    }

    fn next_message(&mut self) -> Result<(u8, Vec<u8>), Box<dyn Error>> {
        loop {
            if let Some((kind, length, rest)) = header(&self.arrived)
                && let Some((body, rest)) = rest.split_at_checked(length?)
            {
                let message = (kind, body.to_vec());
                self.arrived = rest.to_vec();
                return Ok(message);
            }
            self.channel.receive(&mut self.arrived)?;
        }
    }
}

/// A length counts itself.
fn with_length(body: &[u8]) -> Result<Vec<u8>, Box<dyn Error>> {
    let length = u32::try_from(body.len().saturating_add(4))?;
    Ok([&length.to_be_bytes(), body].concat())
}

/// Kind and length of the message that begins here, and what is there of it.
fn header(arrived: &[u8]) -> Option<(u8, Result<usize, &'static str>, &[u8])> {
    let (kind, rest) = arrived.split_first()?;
    let (length, rest) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok().and_then(|length| length.checked_sub(4));
    let length = length.filter(|length| *length <= LIMIT).ok_or("the server sends a message of an impossible length");
    Some((*kind, length, rest))
}

/// `DataRow`: a count (2), then for each column a length (4, all ones for NULL) and its text.
fn columns(body: &[u8]) -> Option<Vec<String>> {
    let (count, mut rest) = body.split_first_chunk()?;
    let mut columns = Vec::new();
    for _ in 0..u16::from_be_bytes(*count) {
        let (length, behind) = rest.split_first_chunk()?;
        let length = u32::from_be_bytes(*length);
        let (text, behind) = match length {
            u32::MAX => (&[][..], behind),
            length => behind.split_at_checked(usize::try_from(length).ok()?)?,
        };
        columns.push(String::from_utf8_lossy(text).into_owned());
        rest = behind;
    }
    Some(columns)
}

/// `ErrorResponse`: fields of a kind and a text each; `M` is the one for people.
fn what_went_wrong(body: &[u8]) -> String {
    let field = |octets: &[u8]| octets.strip_prefix(b"M").map(|text| String::from_utf8_lossy(text).into_owned());
    body.split(|octet| *octet == 0).find_map(field).unwrap_or_else(|| "an error without a text".to_owned())
}
