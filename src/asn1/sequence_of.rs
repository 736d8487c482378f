//! SEQUENCE OF, checked whole and walked where it lies.

use core::fmt;
use core::slice;

use der::{DecodeValue, Encode, EncodeValue, Error, FixedTag, Header, Length, Reader, Tag, Writer};

use super::input::{Input, element};

/// A SEQUENCE OF `T`: decoded, it borrows the octets, which have been checked to the last element; to be encoded, it
/// borrows a slice of values. Either way it costs no allocation.
#[derive(Clone, Copy)]
pub struct SequenceOf<'a, T> {
    elements: Elements<'a, T>,
    count: usize,
}

#[derive(Clone, Copy)]
enum Elements<'a, T> {
    /// The content octets, every element of which decodes.
    Decoded(&'a [u8]),
    Given(&'a [T]),
}

impl<'a, T> SequenceOf<'a, T> {
    /// A list of these values, to be encoded.
    #[must_use]
    pub const fn new(values: &'a [T]) -> Self {
        Self { elements: Elements::Given(values), count: values.len() }
    }

    /// How many elements there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The elements in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, T> {
        match self.elements {
            Elements::Decoded(octets) => Iter { octets, values: [].iter(), left: self.count },
            Elements::Given(values) => Iter { octets: &[], values: values.iter(), left: self.count },
        }
    }
}

/// The elements of a [`SequenceOf`], in order.
#[derive(Clone)]
pub struct Iter<'a, T> {
    octets: &'a [u8],
    values: slice::Iter<'a, T>,
    left: usize,
}

impl<'a, T> Iterator for Iter<'a, T>
where
    T: Copy + DecodeValue<'a, Error = Error> + FixedTag,
{
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let value = match self.values.next() {
            Some(value) => *value,
            None if self.octets.is_empty() => return None,
            None => {
                let mut input = Input::new(self.octets).ok()?;
                let value = element(&mut input).ok()?;
                self.octets = input.read_slice(input.remaining_len()).ok()?;
                value
            }
        };
        self.left = self.left.saturating_sub(1);
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<'a, T> ExactSizeIterator for Iter<'a, T> where T: Copy + DecodeValue<'a, Error = Error> + FixedTag {}

impl<'a, T> IntoIterator for SequenceOf<'a, T>
where
    T: Copy + DecodeValue<'a, Error = Error> + FixedTag,
{
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> FixedTag for SequenceOf<'_, T> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a, T> DecodeValue<'a> for SequenceOf<'a, T>
where
    T: DecodeValue<'a, Error = Error> + FixedTag,
{
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let mut elements = reader.clone();
        let mut count = 0usize;
        while !elements.is_finished() {
            element::<R, T>(&mut elements)?;
            count = count.saturating_add(1);
        }
        Ok(Self { elements: Elements::Decoded(reader.read_slice(header.length())?), count })
    }
}

impl<T: EncodeValue + FixedTag> EncodeValue for SequenceOf<'_, T> {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        match self.elements {
            Elements::Decoded(octets) => Length::try_from(octets.len()),
            Elements::Given(values) => {
                values.iter().try_fold(Length::ZERO, |length, value| length + value.encoded_len()?)
            }
        }
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        match self.elements {
            Elements::Decoded(octets) => writer.write(octets),
            Elements::Given(values) => values.iter().try_for_each(|value| value.encode(writer)),
        }
    }
}

impl<'a, T> PartialEq for SequenceOf<'a, T>
where
    T: Copy + DecodeValue<'a, Error = Error> + FixedTag + PartialEq,
{
    fn eq(&self, other: &Self) -> bool {
        match (self.elements, other.elements) {
            // One value has one DER encoding.
            (Elements::Decoded(one), Elements::Decoded(other)) => one == other,
            _ => self.iter().eq(other.iter()),
        }
    }
}

impl<'a, T> Eq for SequenceOf<'a, T> where T: Copy + DecodeValue<'a, Error = Error> + FixedTag + Eq {}

impl<'a, T> fmt::Debug for SequenceOf<'a, T>
where
    T: Copy + DecodeValue<'a, Error = Error> + FixedTag + fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
