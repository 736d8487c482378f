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
mod output;
mod sequence;
mod sequence_of;
mod value;

pub use error::{Error, Flaw};
pub use extensions::Extensions;
pub use sequence_of::{Iter, SequenceOf};
pub use value::{BitString, GeneralString, OctetString};

pub(crate) use input::{element, octet_of, split_element};
#[cfg(feature = "kerberos")]
pub(crate) use long_lengths::with_shortest_lengths;
pub(crate) use output::{Output, element_length, write_element, write_header};
#[cfg(feature = "kerberos")]
pub(crate) use sequence::bit_flags;
pub(crate) use sequence::{
    ByDer, Reading, decode_sequence, encode_field, field, field_length, optional_field, sequence,
};

use alloc::vec::Vec;

use der::{DecodeValue, Encode, EncodeValue, FixedTag, Length};
use input::Input;
#[cfg(feature = "kerberos")]
use output::Place;

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
    write_whole(value).map_err(|error| Error::new(name, error))
}

fn write_whole(value: &impl Encode) -> der::Result<Vec<u8>> {
    let length = value.encoded_len()?;
    let mut octets = Vec::with_capacity(usize::try_from(length)?);
    value.encode(&mut Output(&mut octets))?;
    debug_assert_eq!(Length::try_from(octets.len()), Ok(length), "a length that does not match its value");
    Ok(octets)
}

/// The same behind the explicit context tag `NUMBER`: an alternative of a CHOICE.
pub(crate) fn to_der_tagged<const NUMBER: u32>(
    name: &'static str,
    value: &(impl EncodeValue + FixedTag),
) -> Result<Vec<u8>, Error> {
    let write = || {
        let length = field_length(value)?;
        let mut octets = Vec::with_capacity(usize::try_from(length)?);
        encode_field::<_, _, NUMBER>(&mut Output(&mut octets), value)?;
        debug_assert_eq!(Length::try_from(octets.len()), Ok(length), "a length that does not match its value");
        Ok(octets)
    };
    write().map_err(|error| Error::new(name, error))
}

/// The octets that a value of the type called `name` becomes.
#[cfg(feature = "kerberos")]
pub(crate) fn encoded_length(name: &'static str, value: &impl EncodeValue) -> Result<usize, Error> {
    let length = value.value_len().and_then(element_length).and_then(usize::try_from);
    length.map_err(|error| Error::new(name, error))
}

/// Encodes a value of the type called `name` behind what is there already.
#[cfg(feature = "kerberos")]
pub(crate) fn append<T: EncodeValue + FixedTag>(
    name: &'static str,
    value: &T,
    octets: &mut Vec<u8>,
) -> Result<(), Error> {
    let written = value.value_len().and_then(|length| write_element(&mut Output(octets), value, length));
    written.map_err(|error| Error::new(name, error))
}

/// Encodes a value of the type called `name` at the beginning of `place`.
#[cfg(feature = "kerberos")]
pub(crate) fn write_to<T: EncodeValue + FixedTag>(
    name: &'static str,
    value: &T,
    place: &mut [u8],
) -> Result<(), Error> {
    let written = value.value_len().and_then(|length| write_element(&mut Place(place), value, length));
    written.map_err(|error| Error::new(name, error))
}
