//! What goes over the wire of MIT's sample programs.
//!
//! ```text
//! version 2:  flags (1 octet, not zero) | length (4, most significant first) | token
//! version 1:                              length (4, most significant first) | token
//! ```
//!
//! A length of version 1 begins with a zero octet, because no token is that long: so a reader knows the two apart.

use std::fmt;
use std::io::{self, Read, Write};
use std::ops::BitOr;

/// The longest token that is read: nobody is made to set aside more because a peer says so.
const LIMIT: usize = 1 << 20;

/// What a frame is, and what is to be done with its token. Zero in version 1.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) struct Flags(u8);

impl Flags {
    /// Version 1, which has none.
    pub(crate) const VERSION_1: Self = Self(0);
    /// Nothing: the connection's first frame, or its last, or an answer without a signature.
    pub(crate) const NOOP: Self = Self(1);
    /// A token of the login.
    pub(crate) const CONTEXT: Self = Self(1 << 1);
    /// A message.
    pub(crate) const DATA: Self = Self(1 << 2);
    /// A signature.
    pub(crate) const MIC: Self = Self(1 << 3);
    /// With `NOOP`: a login follows.
    pub(crate) const CONTEXT_NEXT: Self = Self(1 << 4);
    /// With `DATA`: the message is in a token of `GSS_Wrap`.
    pub(crate) const WRAPPED: Self = Self(1 << 5);
    /// With `WRAPPED`: sealed, too.
    pub(crate) const ENCRYPTED: Self = Self(1 << 6);
    /// With `DATA`: send a signature of the message back.
    pub(crate) const SEND_MIC: Self = Self(1 << 7);

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These flags, if they are wanted.
    pub(crate) const fn when(self, wanted: bool) -> Self {
        if wanted { self } else { Self(0) }
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#04x}", self.0)
    }
}

/// A token and what it is.
pub(crate) struct Frame {
    pub(crate) flags: Flags,
    pub(crate) token: Vec<u8>,
}

pub(crate) fn send(mut stream: impl Write, flags: Flags, token: &[u8]) -> io::Result<()> {
    let length = u32::try_from(token.len()).map_err(io::Error::other)?;
    let mut frame = Vec::new();
    if flags != Flags::VERSION_1 {
        frame.push(flags.0);
    }
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(token);
    stream.write_all(&frame)
}

/// The next frame, or `None` where the peer closed the connection instead.
pub(crate) fn receive(mut stream: impl Read) -> io::Result<Option<Frame>> {
    let mut first = [0];
    if stream.read(&mut first)? == 0 {
        return Ok(None);
    }
    let [flags] = first;
    let mut length = [0; 4];
    if flags == Flags::VERSION_1.0 {
        let [_, rest @ ..] = &mut length;
        stream.read_exact(rest)?;
    } else {
        stream.read_exact(&mut length)?;
    }
    let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|length| *length <= LIMIT);
    let mut token = vec![0; length.ok_or_else(|| io::Error::other("the peer announces a token of more than 1 MiB"))?];
    stream.read_exact(&mut token)?;
    Ok(Some(Frame { flags: Flags(flags), token }))
}
