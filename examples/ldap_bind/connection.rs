//! A connection to an LDAP server: the bind, and messages through the layer behind it.

use std::error::Error;
use std::io::{Read, Write};

use negotiate::Timestamp;
use negotiate::sasl::{Channel, Initiate, Initiator, Login, SecurityLayer};
use rasn_ldap::{LdapMessage, ProtocolOp, SearchResultEntry, UnbindRequest};

use crate::ldap;
use crate::stream::Stream;

pub(crate) struct Connection {
    stream: Stream,
    layer: Option<Box<SecurityLayer>>,
    /// What has arrived of the next messages, out of its protection.
    arrived: Vec<u8>,
    last_id: u32,
    break_next: bool,
}

impl Connection {
    pub(crate) const fn new(stream: Stream) -> Self {
        Self { stream, layer: None, arrived: Vec::new(), last_id: 0, break_next: false }
    }

    /// Logs in (RFC 4513 section 5.2.1): responses go in bind requests, challenges come in the answers.
    pub(crate) fn bind(&mut self, initiator: &Initiator) -> Result<Login, Box<dyn Error>> {
        let mut step = initiator.begin(Timestamp::now())?;
        let mut succeeded = false;
        loop {
            step = match step {
                Initiate::Respond { response, next } if !succeeded => {
                    let challenge;
                    (challenge, succeeded) = self.bind_step(initiator, response)?;
                    next.step(&challenge, Timestamp::now())?
                }
                Initiate::Respond { .. } => return Err("the server calls it a success before the login is made".into()),
                Initiate::Established { response, login } => {
                    // The server has the last word: its success.
                    if !succeeded {
                        (_, succeeded) = self.bind_step(initiator, response.unwrap_or_default())?;
                    }
                    return if succeeded { Ok(login) } else { Err("the server goes on behind the login".into()) };
                }
            }
        }
    }

    fn bind_step(&mut self, initiator: &Initiator, response: Vec<u8>) -> Result<(Vec<u8>, bool), Box<dyn Error>> {
        self.send(ldap::bind(initiator.mechanism(), response))?;
        match self.receive()? {
            ProtocolOp::BindResponse(response) => ldap::bound(response),
            other => Err(format!("the server answers a bind by {other:?}").into()),
        }
    }

    /// From now on all messages go through the channel (RFC 4513 section 5.2.1.6).
    pub(crate) fn protect(&mut self, channel: Channel) -> Result<(), Box<dyn Error>> {
        // What arrived before would be unprotected.
        if !self.arrived.is_empty() {
            return Err("the server sends more than its answer to the bind".into());
        }
        if let Channel::Protected(layer) = channel {
            self.layer = Some(layer);
        }
        Ok(())
    }

    pub(crate) const fn break_next(&mut self) {
        self.break_next = true;
    }

    /// The entries with this attribute of this value.
    pub(crate) fn search(
        &mut self,
        base: &str,
        filter: &(String, String),
        attributes: &[String],
    ) -> Result<Vec<SearchResultEntry>, Box<dyn Error>> {
        self.send(ldap::search(base, filter, attributes))?;
        let mut entries = Vec::new();
        loop {
            match self.receive()? {
                ProtocolOp::SearchResEntry(entry) => entries.push(entry),
                // Other servers may know more; they are not asked.
                ProtocolOp::SearchResRef(_) => {}
                ProtocolOp::SearchResDone(done) => return ldap::searched(done).map(|()| entries),
                other => return Err(format!("the server answers a search by {other:?}").into()),
            }
        }
    }

    pub(crate) fn unbind(mut self) -> Result<(), Box<dyn Error>> {
        self.send(ProtocolOp::UnbindRequest(UnbindRequest))
    }

    fn send(&mut self, operation: ProtocolOp) -> Result<(), Box<dyn Error>> {
        self.last_id = self.last_id.saturating_add(1);
        let message = ldap::encode(&LdapMessage::new(self.last_id, operation))?;
        let mut octets = Vec::new();
        match &mut self.layer {
            Some(layer) => layer.wrap(&message, &mut octets)?,
            None => octets = message,
        }
        if let Some(last) = octets.last_mut().filter(|_| self.break_next) {
            *last ^= 1;
        }
        Ok(self.stream.write_all(&octets)?)
    }

    /// The answer to what was sent last.
    fn receive(&mut self) -> Result<ProtocolOp, Box<dyn Error>> {
        loop {
            let message = self.next_message()?;
            match message.message_id {
                // Unsolicited: such as that the connection ends (RFC 4511 section 4.4).
                0 => return Err(format!("the server says, unasked: {:?}", message.protocol_op).into()),
                id if id == self.last_id => return Ok(message.protocol_op),
                _ => {}
            }
        }
    }

    fn next_message(&mut self) -> Result<LdapMessage, Box<dyn Error>> {
        loop {
            if let Some(length) = ldap::length(&self.arrived)?
                && let Some((message, rest)) = self.arrived.split_at_checked(length)
            {
                let (message, rest) = (ldap::decode(message)?, rest.to_vec());
                self.arrived = rest;
                return Ok(message);
            }
            self.read_more()?;
        }
    }

    /// Frames and messages do not begin together: a layer's frame may end in the middle of a message.
    fn read_more(&mut self) -> Result<(), Box<dyn Error>> {
        let mut buffer = [0; 4096];
        let count = self.stream.read(&mut buffer)?;
        let mut octets =
            buffer.get(..count).filter(|octets| !octets.is_empty()).ok_or("the server closed the connection")?;
        match &mut self.layer {
            Some(layer) => {
                while let Some(message) = layer.unwrap(&mut octets)? {
                    self.arrived.extend_from_slice(message);
                }
            }
            None => self.arrived.extend_from_slice(octets),
        }
        Ok(())
    }
}
