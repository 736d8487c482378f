//! What PostgreSQL's messages go through: TCP, or the login's context over it (section "GSSAPI Session Encryption").
//!
//! ```text
//! 00 00 00 08 04 d2 16 30   GSSENCRequest, and the server's answer in one octet: G, N
//! length (4) | token        the login, each way
//! length (4) | token        what is wrapped, each way, from the start-up message on
//! ```

use std::error::Error;
use std::io::{Read, Write};
use std::net::TcpStream;

use negotiate::gss::ContextFlags;
use negotiate::{Context, Initiate, Initiator, Protection, Timestamp};

const GSSENC_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];

/// A packet has at most 16 KiB, its length included: the server takes no longer one, and sends none.
const LONGEST_TOKEN: usize = 16384 - 4;

pub(crate) struct Channel {
    stream: TcpStream,
    /// The context, and the longest message that fits into a packet.
    encryption: Option<(Context, usize)>,
    break_next: bool,
}

impl Channel {
    pub(crate) const fn new(stream: TcpStream) -> Self {
        Self { stream, encryption: None, break_next: false }
    }

    /// Logs in, before anything else is said; what follows is sealed. Gives the name of the service.
    pub(crate) fn encrypt(&mut self, initiator: &Initiator) -> Result<String, Box<dyn Error>> {
        self.stream.write_all(&GSSENC_REQUEST)?;
        let mut answer = [0];
        self.stream.read_exact(&mut answer)?;
        if answer != *b"G" {
            // In the clear instead would be what somebody in between wants.
            return Err("the server does not encrypt by GSS-API".into());
        }
        let mut context = self.log_in(initiator)?;
        if !context.flags().contains(ContextFlags::MUTUAL | ContextFlags::SEQUENCE | ContextFlags::CONFIDENTIALITY) {
            return Err("the login cannot encrypt".into());
        }
        let longest = context.wrap_size_limit(LONGEST_TOKEN, Protection::Confidentiality)?;
        let peer = context.peer().to_string();
        self.encryption = Some((context, longest));
        Ok(peer)
    }

    fn log_in(&mut self, initiator: &Initiator) -> Result<Context, Box<dyn Error>> {
        let mut step = initiator.initiate(Timestamp::now())?;
        loop {
            match step {
                Initiate::NeedsToken { token, next } => {
                    self.send_packet(&token)?;
                    step = next.step(&self.packet()?, Timestamp::now())?;
                }
                Initiate::Established { token, context } => {
                    token.map_or(Ok(()), |token| self.send_packet(&token))?;
                    return Ok(context);
                }
            }
        }
    }

    pub(crate) const fn break_next(&mut self) {
        self.break_next = true;
    }

    pub(crate) fn send(&mut self, octets: &[u8]) -> Result<(), Box<dyn Error>> {
        let Some((context, longest)) = &mut self.encryption else { return Ok(self.stream.write_all(octets)?) };
        let wrap = |message| context.wrap(message, Protection::Confidentiality);
        let mut tokens = octets.chunks(*longest).map(wrap).collect::<Result<Vec<_>, _>>()?;
        if let Some(last) = tokens.first_mut().and_then(|token| token.last_mut()).filter(|_| self.break_next) {
            *last ^= 1;
        }
        tokens.iter().try_for_each(|token| self.send_packet(token))
    }

    /// Some more octets, as they come.
    pub(crate) fn receive(&mut self, arrived: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        if self.encryption.is_some() {
            return self.unwrap_packet(arrived);
        }
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer)?;
        let octets = buffer.get(..count).filter(|octets| !octets.is_empty());
        arrived.extend_from_slice(octets.ok_or("the server closed the connection")?);
        Ok(())
    }

    fn unwrap_packet(&mut self, arrived: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        let mut token = self.packet()?;
        let Some((context, _)) = &mut self.encryption else { return Ok(()) };
        let unwrapped = context.unwrap(&mut token)?;
        if unwrapped.protection != Protection::Confidentiality {
            return Err("the server sends a message that is signed only".into());
        }
        arrived.extend_from_slice(unwrapped.message);
        Ok(())
    }

    fn send_packet(&mut self, token: &[u8]) -> Result<(), Box<dyn Error>> {
        let length = u32::try_from(token.len())?;
        Ok(self.stream.write_all(&[&length.to_be_bytes(), token].concat())?)
    }

    fn packet(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let length = usize::try_from(u32::from_be_bytes(length))?;
        if length > LONGEST_TOKEN {
            // An error comes in the clear if the login fails: its first octet is `E`.
            return Err("the server sends an error, or a packet that is too long".into());
        }
        let mut token = vec![0; length];
        self.stream.read_exact(&mut token)?;
        Ok(token)
    }
}
