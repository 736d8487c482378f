//! The frame around a mechanism's first token (RFC 2743 section 3.1).

use alloc::vec::Vec;
use core::fmt;

use der::{EncodeValue, Length, Tag, TagNumber};

use super::Oid;
use crate::asn1::{Output, element_length, octet_of, split_element, write_element, write_header};
use crate::error::{Fault, Reason};

/// A first token, taken out of its frame.
///
/// ```text
/// InitialContextToken ::= [APPLICATION 0] IMPLICIT SEQUENCE {
///     thisMech          MechType,
///     innerContextToken ANY DEFINED BY thisMech }
/// ```
/// The inner token need not be ASN.1: for Kerberos it is a two-octet identifier and a message (RFC 4121 section 4.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct InitialToken<'a> {
    /// The mechanism the token is for.
    pub mechanism: Oid<'a>,
    /// What is behind the mechanism's name, to the end of the token.
    pub inner: &'a [u8],
}

const FRAME: Tag = Tag::Application { constructed: true, number: TagNumber(0) };

impl<'a> InitialToken<'a> {
    /// Whether these octets claim to be framed: they begin with `0x60`.
    #[must_use]
    pub fn is_framed(token: &[u8]) -> bool {
        token.first() == Some(&0x60)
    }

    /// Takes a token out of its frame. The frame must fill the token exactly (rows B01, B02).
    ///
    /// # Errors
    /// [`Error::BadHeader`] for anything but a whole frame with one mechanism name.
    pub fn parse(token: &'a [u8]) -> Result<Self, Error> {
        let (frame, behind) = split_element(const { octet_of(FRAME) }, token).ok_or(Error::BadHeader)?;
        let name = split_element(const { octet_of(Tag::ObjectIdentifier) }, frame);
        let (mechanism, inner) = name.filter(|_| behind.is_empty()).ok_or(Error::BadHeader)?;
        Ok(Self { mechanism: Oid::from_octets(mechanism), inner })
    }

    /// Puts the frame around `inner`, given in pieces.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond 4 GiB.
    pub fn encode(mechanism: Oid<'_>, inner: &[&[u8]]) -> Result<Vec<u8>, Error> {
        let length = inner.iter().fold(0usize, |sum, piece| sum.saturating_add(piece.len()));
        let mut token = Self::begin(mechanism, length)?;
        inner.iter().for_each(|piece| token.extend_from_slice(piece));
        Ok(token)
    }

    /// The frame's beginning, with room for an inner token of `length` octets, which must follow.
    pub(crate) fn begin(mechanism: Oid<'_>, length: usize) -> Result<Vec<u8>, Error> {
        Self::write(mechanism, length).map_err(|_| Error::TooLong)
    }

    fn write(mechanism: Oid<'_>, inner: usize) -> der::Result<Vec<u8>> {
        let name = mechanism.value_len()?;
        let length = (element_length(name)? + Length::try_from(inner)?)?;
        let mut token = Vec::with_capacity(usize::try_from(element_length(length)?)?);
        let mut output = Output(&mut token);
        write_header(&mut output, FRAME, length)?;
        write_element(&mut output, &mechanism, name)?;
        Ok(token)
    }
}

/// A frame that is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Not one whole `InitialContextToken`.
    BadHeader,
    /// Too long to be framed.
    TooLong,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadHeader => {
                "the token has no sound GSS-API frame (RFC 2743 section 3.1): cut, damaged, or not a GSS-API token"
            }
            Self::TooLong => "the token is too long for a GSS-API frame",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        "bad-header"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn there_and_back() {
        for length in [0, 1, 100, 127, 128, 255, 256, 70_000] {
            let body = vec![7; length];
            let token = InitialToken::encode(Oid::KRB5, &[b"\x01\x00", &body]).unwrap();
            let parsed = InitialToken::parse(&token).unwrap();
            assert_eq!(parsed.mechanism, Oid::KRB5);
            assert_eq!(parsed.inner[..2], *b"\x01\x00");
            assert_eq!(parsed.inner[2..], body);
        }
    }

    #[test]
    fn b01_b02_broken_frames() {
        let tokens: [&[u8]; 9] = [
            b"",
            b"\x60",
            b"\x60\x00",
            b"\x60\x01",
            b"\x60\x01\x06",
            b"\x60\x02\x06\x00\x00",
            b"\x60\x03\x06\x02\x00",
            b"\x60\x84\xff\xff\xff\xff",
            b"\x60\x80\x06\x00\x00\x00",
        ];
        for token in tokens {
            assert_eq!(InitialToken::parse(token), Err(Error::BadHeader), "{token:x?}");
        }
        let mut sound = InitialToken::encode(Oid::KRB5, &[b"\x01\x00body"]).unwrap();
        for wrong in [sound[1] + 1, sound[1] - 1] {
            sound[1] = wrong;
            assert_eq!(InitialToken::parse(&sound), Err(Error::BadHeader));
        }
    }
}
