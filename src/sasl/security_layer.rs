//! What a login leaves behind: the channel, plain or protected.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::frame::{self, Reader};
use super::{Error, Layer, LayerPolicy};
use crate::context::{Context, Piece, Placement, Protection, TokenParts};

/// A finished login.
#[derive(Debug)]
pub struct Login {
    /// Whom the client wants to be, and the caller has allowed it to be. `None`: whom it has logged in as.
    pub authorization_identity: Option<Box<str>>,
    /// What the stream is from now on.
    pub channel: Channel,
}

impl Login {
    /// Who logged in, and what the context can do.
    #[must_use]
    pub const fn context(&self) -> &Context {
        match &self.channel {
            Channel::Plain(context) => context,
            Channel::Protected(layer) => layer.context(),
        }
    }
}

/// What the stream behind a login is.
#[derive(Debug)]
pub enum Channel {
    /// No layer: octets go as they are.
    Plain(Box<Context>),
    /// All octets go in frames, each way, from the first behind the login's last message.
    Protected(Box<SecurityLayer>),
}

impl Channel {
    /// The channel for an agreed layer. `peer_size`: the longest token that the other side takes.
    pub(super) fn new(
        mut context: Context,
        layer: Layer,
        policy: LayerPolicy,
        peer_size: u32,
    ) -> Result<Self, crate::Error> {
        let Some(protection) = layer.protection() else { return Ok(Self::Plain(Box::new(context))) };
        let size = |octets: u32| usize::try_from(octets).unwrap_or(usize::MAX);
        let longest_message = context.wrap_size_limit(size(peer_size), protection)?;
        if longest_message == 0 {
            return Err(Error::PeerTakesNothing { size: peer_size }.into());
        }
        let reader = Reader::default();
        let longest_token = size(policy.size());
        let layer = SecurityLayer { context, protection, longest_message, longest_token, reader, finished: false };
        Ok(Self::Protected(Box::new(layer)))
    }
}

/// A security layer in use.
///
/// After the first frame that fails, in either direction, it is finished: everything is refused (RFC 4752 section 3.3), and the
/// connection is to be closed.
pub struct SecurityLayer {
    context: Context,
    protection: Protection,
    /// So long a message fits into the longest token that the other side takes.
    longest_message: usize,
    /// The longest token that this side takes.
    longest_token: usize,
    reader: Reader,
    finished: bool,
}

impl SecurityLayer {
    /// The layer that was agreed on: never [`Layer::None`].
    #[must_use]
    pub const fn layer(&self) -> Layer {
        match self.protection {
            Protection::Integrity => Layer::Integrity,
            Protection::Confidentiality => Layer::Confidentiality,
        }
    }

    /// Who logged in, and what the context can do. To sign or wrap something beside the frames would disturb their order.
    #[must_use]
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// How many octets of data one frame carries at most, as the other side wants it.
    #[must_use]
    pub const fn longest_message(&self) -> usize {
        self.longest_message
    }

    /// How many octets have arrived and wait for the rest of their frame. If the stream ends while there are any, it was cut.
    #[must_use]
    pub const fn waiting(&self) -> usize {
        self.reader.waiting()
    }

    /// Appends the frames that carry `data`, as many as the other side's size needs, and none for no data. Nothing is allocated but what `frames`
    /// lacks: the data are protected where they stand in it.
    ///
    /// # Errors
    /// What keeps the context from protecting messages; `frames` is then as it was, and the layer finished.
    /// [`Error::Finished`].
    pub fn wrap(&mut self, data: &[u8], frames: &mut Vec<u8>) -> Result<(), crate::Error> {
        if self.finished {
            return Err(Error::Finished.into());
        }
        let before = frames.len();
        let wrapped = data.chunks(self.longest_message).try_for_each(|message| self.wrap_one(message, frames));
        if wrapped.is_err() {
            frames.truncate(before);
            self.finished = true;
        }
        wrapped
    }

    fn wrap_one(&mut self, message: &[u8], frames: &mut Vec<u8>) -> Result<(), crate::Error> {
        let lengths = self.context.wrap_lengths(message.len(), self.protection, Placement::Around)?;
        let token = lengths.header.saturating_add(message.len()).saturating_add(lengths.trailer);
        let length = u32::try_from(token).map_err(|_| Error::FrameTooLong { limit: self.longest_message })?;
        let begin = frames.len().saturating_add(frame::LENGTH);
        frames.reserve(frame::LENGTH.saturating_add(token));
        frames.extend_from_slice(&length.to_be_bytes());
        frames.resize(begin.saturating_add(lengths.header), 0);
        frames.extend_from_slice(message);
        frames.resize(begin.saturating_add(token), 0);
        let (_, token) = frames.split_at_mut_checked(begin).unwrap_or_default();
        let (header, rest) = token.split_at_mut_checked(lengths.header).unwrap_or_default();
        let (data, trailer) = rest.split_at_mut_checked(message.len()).unwrap_or_default();
        self.context.wrap_pieces(&mut [Piece::Data(data)], TokenParts { header, trailer }, self.protection)
    }

    /// Takes octets off the front of what has `arrived`, up to the end of a frame, and gives the message in it. `None`: all is
    /// taken, and the rest of the frame is still to come. A message may be empty.
    ///
    /// ```
    /// # use negotiate::sasl::SecurityLayer;
    /// # fn demo(layer: &mut SecurityLayer, buffer: &[u8]) -> Result<(), negotiate::Error> {
    /// let mut arrived = buffer; // whatever the socket gave
    /// while let Some(message) = layer.unwrap(&mut arrived)? {
    ///     println!("{} octets", message.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::FrameTooLong`], before anything is set aside for it; what the context refuses; [`Error::NotSealed`]. The layer
    /// is then finished: [`Error::Finished`].
    pub fn unwrap(&mut self, arrived: &mut &[u8]) -> Result<Option<&[u8]>, crate::Error> {
        if self.finished {
            return Err(Error::Finished.into());
        }
        // Until the frame has passed every check it has not.
        self.finished = true;
        if !self.reader.take(arrived, self.longest_token)? {
            self.finished = false;
            return Ok(None);
        }
        let message = unwrap_token(&mut self.context, self.protection, self.reader.token())?;
        self.finished = false;
        Ok(Some(message))
    }

    /// The message in one whole token, without the octets of its length, where it stands: for callers that cut the stream into
    /// frames by themselves, at [`LayerPolicy::max_size`].
    ///
    /// # Errors
    /// As [`Self::unwrap`].
    pub fn unwrap_in_place<'t>(&mut self, token: &'t mut [u8]) -> Result<&'t [u8], crate::Error> {
        if self.finished {
            return Err(Error::Finished.into());
        }
        self.finished = true;
        if token.len() > self.longest_token {
            return Err(Error::FrameTooLong { limit: self.longest_token }.into());
        }
        let message = unwrap_token(&mut self.context, self.protection, token)?;
        self.finished = false;
        Ok(message)
    }

    /// Whether a frame has failed: the connection is to be closed.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        self.finished
    }
}

/// Where messages are to be sealed, one that is only signed is refused; the other way round it may be more than agreed.
fn unwrap_token<'t>(context: &mut Context, agreed: Protection, token: &'t mut [u8]) -> Result<&'t [u8], crate::Error> {
    let unwrapped = context.unwrap(token)?;
    match (agreed, unwrapped.protection) {
        (Protection::Confidentiality, Protection::Integrity) => Err(Error::NotSealed.into()),
        _ => Ok(unwrapped.message),
    }
}

impl fmt::Debug for SecurityLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { context, protection, longest_message, longest_token, reader, finished } = self;
        f.debug_struct("SecurityLayer")
            .field("context", context)
            .field("protection", protection)
            .field("longest_message", longest_message)
            .field("longest_token", longest_token)
            .field("waiting", &reader.waiting())
            .field("finished", finished)
            .finish()
    }
}
