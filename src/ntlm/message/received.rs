//! What all three messages have in common.

use core::fmt;

use super::Error;
use super::fields::{Layout, Reading};

/// How every message begins ([MS-NLMP] section 2.2).
pub(super) const SIGNATURE: [u8; 8] = *b"NTLMSSP\0";

/// MessageType ([MS-NLMP] section 2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum MessageType {
    /// NEGOTIATE_MESSAGE, the initiator's first.
    Negotiate,
    /// CHALLENGE_MESSAGE, the acceptor's.
    Challenge,
    /// AUTHENTICATE_MESSAGE, the initiator's last.
    Authenticate,
}

impl MessageType {
    /// Which message this is, by its first twelve octets; `None` for a number without a meaning.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::BadSignature`] (row D03).
    pub fn of(message: &[u8]) -> Result<Option<Self>, Error> {
        let number = number(&mut Reading(message))?;
        Ok([Self::Negotiate, Self::Challenge, Self::Authenticate].into_iter().find(|known| known.number() == number))
    }

    /// Its number on the wire.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Negotiate => 1,
            Self::Challenge => 2,
            Self::Authenticate => 3,
        }
    }

    /// Reads what every message begins with.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::BadSignature`], [`Error::WrongType`] (row D03).
    pub(super) fn expect(self, reading: &mut Reading<'_>) -> Result<(), Error> {
        match number(reading)? {
            found if found == self.number() => Ok(()),
            found => Err(Error::WrongType(self, found)),
        }
    }
}

fn number(reading: &mut Reading<'_>) -> Result<u32, Error> {
    if reading.0.iter().zip(&SIGNATURE).any(|(found, expected)| found != expected) {
        return Err(Error::BadSignature);
    }
    reading.octets::<8>()?;
    reading.u32()
}

impl fmt::Display for MessageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negotiate => "a NEGOTIATE_MESSAGE (1)",
            Self::Challenge => "a CHALLENGE_MESSAGE (2)",
            Self::Authenticate => "an AUTHENTICATE_MESSAGE (3)",
        })
    }
}

/// A message that came: its octets, which have been checked, what they mean (`M`), and how its `N` parts lie.
#[derive(Clone, Copy)]
pub struct Received<'a, M, const N: usize> {
    octets: &'a [u8],
    meaning: M,
    layout: Layout<'a, N>,
}

impl<'a, M, const N: usize> Received<'a, M, N> {
    pub(super) const fn new(octets: &'a [u8], meaning: M, layout: Layout<'a, N>) -> Self {
        Self { octets, meaning, layout }
    }

    /// The message as it came, for what is computed over it.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// What the message means. It borrows from the octets.
    #[must_use]
    pub const fn meaning(&self) -> &M {
        &self.meaning
    }

    /// How its builder arranged it.
    #[must_use]
    pub const fn layout(&self) -> &Layout<'a, N> {
        &self.layout
    }
}

impl<M: fmt::Debug, const N: usize> fmt::Debug for Received<'_, M, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received").field("meaning", &self.meaning).field("layout", &self.layout).finish()
    }
}

/// Octets of which only the length is printed: whoever has a response and the challenge can guess passwords at leisure.
pub(super) struct Elided<'a>(pub &'a [u8]);

impl fmt::Debug for Elided<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({} octets)", self.0.len())
    }
}
