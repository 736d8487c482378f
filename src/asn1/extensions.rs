//! What stands where a standard has an extension marker.

use der::{ErrorKind, Header, Length, Reader, Tag, TagNumber, Writer};

/// Fields of later versions: whole elements with context tags that ascend from above `LAST`, the last number this
/// version knows. They are kept as they came, and nothing in them is looked at.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Extensions<'a, const LAST: u32>(&'a [u8]);

impl<'a, const LAST: u32> Extensions<'a, LAST> {
    /// No extensions.
    pub const NONE: Self = Self(&[]);

    /// The octets of the further fields; empty in every message of today.
    #[must_use]
    pub const fn as_octets(&self) -> &'a [u8] {
        self.0
    }

    #[inline]
    pub(crate) fn read<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        if reader.is_finished() {
            return Ok(Self::NONE);
        }
        let mut fields = reader.clone();
        let mut highest = TagNumber(LAST);
        while !fields.is_finished() {
            let position = fields.position();
            let header = <Header as der::Decode>::decode(&mut fields)?;
            match header.tag() {
                Tag::ContextSpecific { constructed: true, number } if number > highest && number <= TagNumber(30) => {
                    highest = number;
                }
                other => return Err(other.unexpected_error(None).at(position)),
            }
            fields.read_slice(header.length()).map_err(|error| error.kind().at(position))?;
        }
        reader.read_slice(reader.remaining_len()).map(Self).map_err(|_| ErrorKind::Failed.into())
    }

    pub(crate) fn length(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    pub(crate) fn write(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}
