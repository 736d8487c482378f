//! The "checksum" of type 0x8003 that is none: GSS-API's own data in the authenticator (RFC 4121 section 4.1.1).
//!
//! ```text
//!   0..4   Lgth    16, little-endian: the length of Bnd
//!   4..20  Bnd     MD5 of the channel bindings, or zeros
//!  20..24  Flags   little-endian
//!  24..26  DlgOpt  1            if DELEGATE is set
//!  26..28  Dlgth   length       if DELEGATE is set
//!  28..    Deleg   KRB-CRED     if DELEGATE is set
//!  ..n     Exts    extensions, each type and length in four octets, big-endian (RFC 6542 section 3.1)
//! ```

use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use crate::error::{Fault, Reason};
use crate::gss::{BindingsHash, ContextFlags};

/// The fields of the checksum, borrowed from the authenticator.
#[derive(Clone, Copy)]
pub(crate) struct GssChecksum<'a> {
    /// The initiator's channel bindings, hashed; zero for none.
    pub(crate) bindings: BindingsHash,
    /// The services the initiator asks for.
    pub(crate) flags: ContextFlags,
    /// The delegated credential, an encoded `KRB-CRED`.
    pub(crate) delegation: Option<&'a [u8]>,
}

/// The length that Lgth must have: an MD5 digest (RFC 4121 section 4.1.1).
const BINDINGS_LENGTH: [u8; 4] = 16u32.to_le_bytes();

/// The value of DlgOpt, little-endian (RFC 4121 section 4.1.1).
const DELEGATION_OPTION: [u8; 2] = 1u16.to_le_bytes();

impl<'a> GssChecksum<'a> {
    /// Reads the field; every octet must have its place (row B05).
    pub(crate) fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let (length, rest) = octets.split_first_chunk::<4>().ok_or(Error::Truncated)?;
        if *length != BINDINGS_LENGTH {
            return Err(Error::BindingsLength);
        }
        let (bindings, rest) = rest.split_first_chunk::<16>().ok_or(Error::Truncated)?;
        let (flags, rest) = rest.split_first_chunk::<4>().ok_or(Error::Truncated)?;
        let flags = ContextFlags::from_bits(u32::from_le_bytes(*flags));
        let (delegation, rest) = if flags.contains(ContextFlags::DELEGATE) {
            let (credential, rest) = delegation(rest)?;
            (Some(credential), rest)
        } else {
            (None, rest)
        };
        extensions(rest)?;
        Ok(Self { bindings: BindingsHash::from_octets(*bindings), flags, delegation })
    }

    /// The octets of the field. DlgOpt, Dlgth and Deleg stand in it if there is a delegation, whatever the flags say.
    ///
    /// # Errors
    /// [`Error::Delegation`] for a `KRB-CRED` that is longer than Dlgth can say.
    pub(crate) fn to_octets(self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let room = self.delegation.map_or(0, |credential| credential.len().saturating_add(4)).saturating_add(24);
        let mut octets = Zeroizing::new(Vec::with_capacity(room));
        octets.extend_from_slice(&BINDINGS_LENGTH);
        octets.extend_from_slice(self.bindings.as_octets());
        octets.extend_from_slice(&self.flags.bits().to_le_bytes());
        if let Some(credential) = self.delegation {
            let length = u16::try_from(credential.len()).map_err(|_| Error::Delegation)?;
            octets.extend_from_slice(&DELEGATION_OPTION);
            octets.extend_from_slice(&length.to_le_bytes());
            octets.extend_from_slice(credential);
        }
        Ok(octets)
    }
}

fn delegation(octets: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let (option, rest) = octets.split_first_chunk::<2>().ok_or(Error::Delegation)?;
    let (length, rest) = rest.split_first_chunk::<2>().ok_or(Error::Delegation)?;
    if *option != DELEGATION_OPTION {
        return Err(Error::Delegation);
    }
    let (credential, rest) =
        rest.split_at_checked(usize::from(u16::from_le_bytes(*length))).ok_or(Error::Delegation)?;
    if !is_krb_cred(credential) {
        return Err(Error::Delegation);
    }
    Ok((credential, rest))
}

/// Whether the octets are framed as one `KRB-CRED ::= [APPLICATION 22] SEQUENCE` (RFC 4120 section 5.8.1). What is
/// inside stays closed until someone asks for the credential.
fn is_krb_cred(octets: &[u8]) -> bool {
    use der::{Decode, Header, Reader, SliceReader, Tag, TagNumber};
    let Ok(mut reader) = SliceReader::new(octets) else { return false };
    let Ok(header) = Header::decode(&mut reader) else { return false };
    header.tag() == Tag::Application { constructed: true, number: TagNumber(22) }
        && header.length() == reader.remaining_len()
}

/// No extension is known here; each is skipped, but must be whole.
fn extensions(mut octets: &[u8]) -> Result<(), Error> {
    while !octets.is_empty() {
        let (_, rest) = octets.split_first_chunk::<4>().ok_or(Error::Extension)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(Error::Extension)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Error::Extension)?;
        (_, octets) = rest.split_at_checked(length).ok_or(Error::Extension)?;
    }
    Ok(())
}

/// A checksum of type 0x8003 that does not follow RFC 4121 section 4.1.1.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// Fewer than 24 octets.
    Truncated,
    /// Lgth is not 16.
    BindingsLength,
    /// DELEGATE is set, but what follows is not one whole `KRB-CRED` behind DlgOpt and Dlgth.
    Delegation,
    /// What follows is not a sequence of whole extensions.
    Extension,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the authenticator's GSS-API checksum (RFC 4121 section 4.1.1) is malformed: ")?;
        f.write_str(match self {
            Self::Truncated => "it has fewer than 24 octets",
            Self::BindingsLength => "its length of the channel bindings is not 16",
            Self::Delegation => "it announces delegation, but holds no whole KRB-CRED",
            Self::Extension => "octets follow that are no whole extension",
        })
    }
}

impl core::error::Error for Error {}

impl Reason for Error {
    fn fault(&self) -> Fault {
        Fault::Peer
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Delegation => "bad-delegation",
            _ => "bad-checksum",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checksum(flags: u32, rest: &[u8]) -> Vec<u8> {
        [&16u32.to_le_bytes()[..], &[7; 16], &flags.to_le_bytes(), rest].concat()
    }

    #[test]
    fn the_plain_form() {
        let octets = checksum(0x13e, b"");
        let parsed = GssChecksum::parse(&octets).unwrap();
        assert_eq!(parsed.flags.bits(), 0x13e);
        assert!(parsed.delegation.is_none());
        assert!(!parsed.bindings.is_zero());
    }

    #[test]
    fn there_and_back() {
        let credential = b"\x76\x03\x30\x01\x00";
        for (flags, delegation) in [(0x3e, None), (0x3f, Some(&credential[..]))] {
            let made = GssChecksum {
                bindings: BindingsHash::from_octets([7; 16]),
                flags: ContextFlags::from_bits(flags),
                delegation,
            };
            let octets = made.to_octets().unwrap();
            let parsed = GssChecksum::parse(&octets).unwrap();
            assert_eq!((parsed.bindings, parsed.flags, parsed.delegation), (made.bindings, made.flags, delegation));
            let too_long = GssChecksum { delegation: Some(&[0; 0x1_0000]), ..made };
            assert_eq!(too_long.to_octets().err(), Some(Error::Delegation));
        }
    }

    #[test]
    fn b05_lengths() {
        let whole = checksum(0x3e, b"");
        for length in 0..whole.len() {
            assert_eq!(GssChecksum::parse(&whole[..length]).err(), Some(Error::Truncated), "{length}");
        }
        for wrong in [15u32, 17, u32::MAX, 0] {
            let mut octets = whole.clone();
            octets[..4].copy_from_slice(&wrong.to_le_bytes());
            assert_eq!(GssChecksum::parse(&octets).err(), Some(Error::BindingsLength), "{wrong}");
        }
    }

    #[test]
    fn b05_delegation() {
        let credential = b"\x76\x03\x30\x01\x00";
        let sound = [&[1, 0, 5, 0][..], credential].concat();
        assert_eq!(GssChecksum::parse(&checksum(1, &sound)).unwrap().delegation, Some(&credential[..]));
        for length in 0..sound.len() {
            assert_eq!(GssChecksum::parse(&checksum(1, &sound[..length])).err(), Some(Error::Delegation), "{length}");
        }
        for wrong in [&[2, 0, 5, 0][..], &[1, 0, 6, 0], &[1, 0, 4, 0], &[0, 0, 5, 0]] {
            let octets = [wrong, credential].concat();
            assert_eq!(GssChecksum::parse(&checksum(1, &octets)).err(), Some(Error::Delegation), "{wrong:?}");
        }
        assert_eq!(GssChecksum::parse(&checksum(1, b"\x01\x00\x04\x00junk")).err(), Some(Error::Delegation));
    }

    #[test]
    fn b05_extensions() {
        assert!(GssChecksum::parse(&checksum(0, b"\0\0\0\x01\0\0\0\x02ab\0\0\0\x02\0\0\0\0")).is_ok());
        for wrong in [&b"\0"[..], b"\0\0\0\x01\0\0\0\x02a", b"\0\0\0\x01\xff\xff\xff\xff", b"\x01\x02\x03\x04"] {
            assert_eq!(GssChecksum::parse(&checksum(0, wrong)).err(), Some(Error::Extension), "{wrong:?}");
        }
    }
}
