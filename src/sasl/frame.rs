//! Frames on a stream: four octets of length, and a token of so many (RFC 4422 section 3.7).

use alloc::vec::Vec;

use super::Error;

/// Octets of a frame's length.
pub(super) const LENGTH: usize = 4;

/// Puts frames together from what arrives, however it was split or joined. It holds one token at most, and never more octets
/// than have come.
#[derive(Default)]
pub(super) struct Reader {
    length: Vec<u8>,
    token: Vec<u8>,
    /// How long the token will be, once its length is here.
    expected: Option<usize>,
}

impl Reader {
    /// Takes octets off the front of `arrived` up to the end of a frame, and says whether it is whole: then it is
    /// [`Self::token`], until the next call. A length above `limit` is refused before anything is set aside for it.
    pub(super) fn take(&mut self, arrived: &mut &[u8], limit: usize) -> Result<bool, Error> {
        let expected = match self.expected {
            Some(expected) => expected,
            None => match self.take_length(arrived, limit)? {
                Some(expected) => expected,
                None => return Ok(false),
            },
        };
        move_octets(arrived, &mut self.token, expected);
        let whole = self.token.len() == expected;
        if whole {
            self.expected = None;
        }
        Ok(whole)
    }

    fn take_length(&mut self, arrived: &mut &[u8], limit: usize) -> Result<Option<usize>, Error> {
        move_octets(arrived, &mut self.length, LENGTH);
        let Ok(length) = <[u8; LENGTH]>::try_from(self.length.as_slice()) else { return Ok(None) };
        let length = u32::from_be_bytes(length);
        self.length.clear();
        self.token.clear();
        let length = usize::try_from(length).ok().filter(|length| *length <= limit);
        let length = length.ok_or(Error::FrameTooLong { limit })?;
        self.expected = Some(length);
        Ok(Some(length))
    }

    /// The token of the frame that is whole.
    pub(super) fn token(&mut self) -> &mut [u8] {
        &mut self.token
    }

    /// How many octets wait for the rest of their frame.
    pub(super) const fn waiting(&self) -> usize {
        match self.expected {
            Some(_) => LENGTH.saturating_add(self.token.len()),
            None => self.length.len(),
        }
    }
}

/// Moves octets from the front of `from` to the end of `to` until that has `length`.
fn move_octets(from: &mut &[u8], to: &mut Vec<u8>, length: usize) {
    let wanted = length.saturating_sub(to.len()).min(from.len());
    if let Some((taken, rest)) = from.split_at_checked(wanted) {
        to.extend_from_slice(taken);
        *from = rest;
    }
}
