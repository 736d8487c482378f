//! The octets that are being decoded.

use der::{DecodeValue, EncodingRules, Error, ErrorKind, FixedTag, Header, Length, Reader, Tag, TagNumber};

/// A [`Reader`] over a slice that is nothing but the octets left in the current element: reading cannot leave it
/// (rows A01, A02). It is what makes decoding cheap: `der::SliceReader` keeps and checks more state than DER needs.
#[derive(Clone)]
pub(super) struct Input<'a> {
    /// What is left of the current element.
    rest: &'a [u8],
    /// How many octets of the message lie behind the current element.
    behind: usize,
    /// The length of the whole message.
    total: Length,
}

impl<'a> Input<'a> {
    /// # Errors
    /// If there are more than 4 GiB.
    #[inline]
    pub(super) fn new(octets: &'a [u8]) -> der::Result<Self> {
        Ok(Self { rest: octets, behind: 0, total: Length::try_from(octets.len())? })
    }

    #[cold]
    fn truncated(&self) -> Error {
        Error::incomplete(self.position())
    }
}

impl<'a> Reader<'a> for Input<'a> {
    const CAN_READ_SLICE: bool = true;

    fn encoding_rules(&self) -> EncodingRules {
        EncodingRules::Der
    }

    fn input_len(&self) -> Length {
        self.total
    }

    fn position(&self) -> Length {
        let left = Length::try_from(self.rest.len().saturating_add(self.behind)).unwrap_or(Length::MAX);
        self.total.saturating_sub(left)
    }

    fn remaining_len(&self) -> Length {
        Length::try_from(self.rest.len()).unwrap_or(Length::MAX)
    }

    #[inline]
    fn is_finished(&self) -> bool {
        self.rest.is_empty()
    }

    #[inline]
    fn peek_byte(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    #[inline]
    fn read_byte(&mut self) -> der::Result<u8> {
        let (octet, rest) = self.rest.split_first().ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(*octet)
    }

    #[inline]
    fn read_slice(&mut self, length: Length) -> der::Result<&'a [u8]> {
        let (octets, rest) = self.rest.split_at_checked(usize::try_from(length)?).ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(octets)
    }

    /// For INTEGERs, most of which have one octet.
    #[inline]
    fn read_into<'o>(&mut self, octets: &'o mut [u8]) -> der::Result<&'o [u8]> {
        let read = self.read_slice(Length::try_from(octets.len())?)?;
        match (&mut *octets, read) {
            ([octet], [only]) => *octet = *only,
            (octets, read) => octets.copy_from_slice(read),
        }
        Ok(octets)
    }

    #[inline]
    fn read_nested<T, F, E>(&mut self, length: Length, read: F) -> Result<T, E>
    where
        E: From<Error>,
        F: FnOnce(&mut Self) -> Result<T, E>,
    {
        let inner = self.read_slice(length)?;
        let (after, behind) = (self.rest, self.behind);
        self.rest = inner;
        self.behind = behind.saturating_add(after.len());
        let value = read(self)?;
        if !self.rest.is_empty() {
            let (decoded, remaining) = (self.position(), self.remaining_len());
            return Err(ErrorKind::TrailingData { decoded, remaining }.at(decoded).into());
        }
        self.rest = after;
        self.behind = behind;
        Ok(value)
    }
}

/// Reads one element: the tag of `T`, a length, and exactly as much content.
///
/// # Errors
/// [`ErrorKind::TagUnexpected`] for another element, or what is wrong with this one.
#[inline]
pub(crate) fn element<'a, R: Reader<'a>, T>(reader: &mut R) -> der::Result<T>
where
    T: DecodeValue<'a, Error = Error> + FixedTag,
{
    let length = header(reader, const { octet_of(T::TAG) }, T::TAG)?;
    reader.read_nested(length, |reader| T::decode_value(reader, Header::new(T::TAG, length)))
}

/// Reads the tag, which must be `tag` and so this one `octet`, and the length.
#[inline]
pub(super) fn header<'a, R: Reader<'a>>(reader: &mut R, octet: u8, tag: Tag) -> der::Result<Length> {
    match reader.peek_byte() {
        Some(found) if found == octet => {
            reader.read_byte()?;
            length(reader)
        }
        _ => Err(unexpected(reader, tag)),
    }
}

/// A length in its shortest form (X.690 section 10.1): most are below 64 KiB and sound, the others as `der` reads them.
#[inline]
fn length<'a, R: Reader<'a>>(reader: &mut R) -> der::Result<Length> {
    let mut ahead = reader.clone();
    match common_length(&mut ahead) {
        Some(length) => {
            *reader = ahead;
            Ok(length)
        }
        None => <Length as der::Decode>::decode(reader),
    }
}

/// A sound length below 64 KiB.
#[inline]
fn common_length<'a, R: Reader<'a>>(reader: &mut R) -> Option<Length> {
    let mut octet = || reader.read_byte().ok();
    match octet()? {
        length @ 0..=0x7f => Some(length.into()),
        0x81 => octet().filter(|length| *length >= 0x80).map(Length::from),
        0x82 => Some(u16::from_be_bytes([octet()?, octet()?])).filter(|length| *length >= 0x100).map(Length::from),
        _ => None,
    }
}

/// The content of the element with the tag `octet` at the beginning of `octets`, and what stands behind it.
#[inline]
pub(crate) fn split_element(octet: u8, octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut input = Input::new(octets).ok()?;
    if input.read_byte().ok()? != octet {
        return None;
    }
    let length = length(&mut input).ok()?;
    let content = input.read_slice(length).ok()?;
    Some((content, input.rest))
}

#[cold]
fn unexpected<'a, R: Reader<'a>>(reader: &mut R, expected: Tag) -> Error {
    let position = reader.position();
    match Tag::peek(reader) {
        Ok(actual) => actual.unexpected_error(Some(expected)).at(position),
        Err(error) => error,
    }
}

/// The one octet of a tag whose number is at most 30 (X.690 section 8.1.2.2). It fails to compile for others.
#[allow(clippy::panic, reason = "evaluated by the compiler only, for constants")]
pub(crate) const fn octet_of(tag: Tag) -> u8 {
    let TagNumber(number) = tag.number();
    assert!(number <= 30, "tag numbers above 30 take more than one octet");
    let [_, _, _, number] = number.to_be_bytes();
    let class = match tag {
        Tag::Application { .. } => 0x40,
        Tag::ContextSpecific { .. } => 0x80,
        Tag::Private { .. } => 0xc0,
        _ => 0,
    };
    let constructed = if tag.is_constructed() { 0x20 } else { 0 };
    class | constructed | number
}
