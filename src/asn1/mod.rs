//! The DER floor: strict, borrowing decoding and encoding of ASN.1 over the crate `der`.
//!
//! Every message is declared once, with the macro `sequence!`, under the ASN.1 text of its RFC; the declaration is the struct, its decoder
//! and its encoder. What is refused everywhere: indefinite and non-minimal lengths, lengths that leave the enclosing
//! element, fields out of order, twice, unknown or missing, octets left over at any level, INTEGERs that are not minimal
//! or do not fit their type. Nothing is allocated while decoding, and no function recurses over the input: lists are
//! checked whole and then walked where they lie ([`SequenceOf`]).
//!
//! The messages implement traits of the crate `der`, so that one can hold another. Those implementations are not part of
//! the stable interface: use `parse` and `to_der`.
//!
//! Where more than DER is let through, the name says so: [`BitString::first_32_bits`] takes flags shorter or longer
//! than 32 bits, `SequenceNumber` the historical negative form, [`Extensions`] what an RFC's `...` announces, and
//! `with_shortest_lengths` the long lengths of a file of tickets that Windows wrote.

mod error;
#[cfg(test)]
mod exhaustive;
mod extensions;
mod input;
#[cfg(feature = "kerberos")]
mod long_lengths;
mod sequence;
mod sequence_of;
mod value;

pub use error::{Error, Flaw};
pub use extensions::Extensions;
pub use sequence_of::{Iter, SequenceOf};
pub use value::{BitString, GeneralString, OctetString};

pub(crate) use input::{element, octet_of};
#[cfg(feature = "kerberos")]
pub(crate) use long_lengths::with_shortest_lengths;
#[cfg(feature = "kerberos")]
pub(crate) use sequence::bit_flags;
pub(crate) use sequence::{decode_sequence, encode_field, field, field_length, optional_field, sequence};

use alloc::vec::Vec;

use der::{DecodeValue, Encode, FixedTag, Header, Length, Writer};
use input::Input;

/// Decodes one whole value of the type called `name`, which must fill `octets` exactly.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn parse<'a, T>(name: &'static str, octets: &'a [u8]) -> Result<T, Error>
where
    T: DecodeValue<'a, Error = der::Error> + FixedTag,
{
    read_whole(octets, element).map_err(|error| Error::new(name, error))
}

#[inline]
fn read_whole<'a, T>(octets: &'a [u8], read: impl FnOnce(&mut Input<'a>) -> der::Result<T>) -> der::Result<T> {
    let mut input = Input::new(octets)?;
    let value = read(&mut input)?;
    der::Reader::finish(input)?;
    Ok(value)
}

/// Decodes one whole value behind the explicit context tag `NUMBER`: an alternative of a CHOICE.
///
/// # Errors
/// What is wrong with it, and where.
pub(crate) fn parse_tagged<'a, T, const NUMBER: u32>(name: &'static str, octets: &'a [u8]) -> Result<T, Error>
where
    T: DecodeValue<'a, Error = der::Error> + FixedTag,
{
    read_whole(octets, field::<_, T, NUMBER>).map_err(|error| Error::new(name, error))
}

/// Encodes a value of the type called `name`, in one allocation.
///
/// # Errors
/// [`Flaw::Length`] beyond 4 GiB.
pub(crate) fn to_der(name: &'static str, value: &impl Encode) -> Result<Vec<u8>, Error> {
    write_whole(&[], value).map_err(|error| Error::new(name, error))
}

/// The same behind one explicit context tag: an alternative of a CHOICE.
pub(crate) fn to_der_tagged(name: &'static str, number: u32, value: &impl Encode) -> Result<Vec<u8>, Error> {
    let outer = |value: &_| -> der::Result<Header> {
        Ok(Header::new(sequence::context_tag(number), Encode::encoded_len(value)?))
    };
    outer(value).and_then(|header| write_whole(&[header], value)).map_err(|error| Error::new(name, error))
}

fn write_whole(headers: &[Header], value: &impl Encode) -> der::Result<Vec<u8>> {
    let mut length = value.encoded_len()?;
    for header in headers {
        length = (length + header.encoded_len()?)?;
    }
    let mut octets = Vec::with_capacity(usize::try_from(length)?);
    let mut output = Output(&mut octets);
    for header in headers {
        header.encode(&mut output)?;
    }
    value.encode(&mut output)?;
    debug_assert_eq!(Length::try_from(octets.len()), Ok(length), "a length that does not match its value");
    Ok(octets)
}

/// The octets that a value of the type called `name` becomes.
#[cfg(feature = "kerberos")]
pub(crate) fn encoded_length(name: &'static str, value: &impl Encode) -> Result<usize, Error> {
    value.encoded_len().and_then(usize::try_from).map_err(|error| Error::new(name, error))
}

/// Encodes a value of the type called `name` behind what is there already.
#[cfg(feature = "kerberos")]
pub(crate) fn append(name: &'static str, value: &impl Encode, octets: &mut Vec<u8>) -> Result<(), Error> {
    value.encode(&mut Output(octets)).map_err(|error| Error::new(name, error))
}

/// Encodes a value of the type called `name` at the beginning of `place`.
#[cfg(feature = "kerberos")]
pub(crate) fn write_to(name: &'static str, value: &impl Encode, place: &mut [u8]) -> Result<(), Error> {
    value.encode_to_slice(place).map(|_| ()).map_err(|error| Error::new(name, error))
}

/// A vector to write to: `der` itself writes to slices only, which must be filled with zeros first.
struct Output<'v>(&'v mut Vec<u8>);

impl Writer for Output<'_> {
    #[inline]
    fn write(&mut self, octets: &[u8]) -> der::Result<()> {
        self.0.extend_from_slice(octets);
        Ok(())
    }

    #[inline]
    fn write_byte(&mut self, octet: u8) -> der::Result<()> {
        self.0.push(octet);
        Ok(())
    }
}
