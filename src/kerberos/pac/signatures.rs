//! PAC_SIGNATURE_DATA ([MS-PAC] section 2.8): who made a signature over what, and whether it fits.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::{Buffer, BufferType, Error, Pac};
use crate::kerberos::etype::{ChecksumKey, ChecksumType};

/// A signature as it stands in its buffer ([MS-PAC] section 2.8).
///
/// ```text
///   0..4   SignatureType    little-endian, a checksum type
///   4..n   Signature        as long as its type's checksums are
///   n..    RODCIdentifier   2, only if a read-only domain controller made it
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Signature<'a> {
    /// SignatureType: of what kind the checksum is.
    pub checksum_type: ChecksumType,
    /// Signature: the checksum.
    pub checksum: &'a [u8],
    /// RODCIdentifier: which read-only domain controller made it, if one did.
    pub rodc: Option<u16>,
}

/// Octets of SignatureType, which the server signature covers, and the octets behind it not (row F05).
const TYPE_LENGTH: usize = 4;

impl<'a> Signature<'a> {
    /// Reads a buffer of type 6, 7, 16 or 19.
    ///
    /// # Errors
    /// [`Error::ChecksumLength`] if it has not the length of its type, with or without RODCIdentifier (row F04). Of a
    /// type that nobody knows, nobody knows the length either: all behind the type is its checksum.
    pub fn parse(kind: BufferType, octets: &'a [u8]) -> Result<Self, Error> {
        let (checksum_type, rest) = octets.split_first_chunk::<TYPE_LENGTH>().ok_or(Error::ChecksumLength(kind))?;
        let checksum_type = ChecksumType(i32::from_le_bytes(*checksum_type));
        let Some(length) = checksum_len(checksum_type) else {
            return Ok(Self { checksum_type, checksum: rest, rodc: None });
        };
        let (checksum, rodc) = rest.split_at_checked(length).ok_or(Error::ChecksumLength(kind))?;
        let rodc = match rodc {
            [] => None,
            [low, high] => Some(u16::from_le_bytes([*low, *high])),
            _ => return Err(Error::ChecksumLength(kind)),
        };
        Ok(Self { checksum_type, checksum, rodc })
    }

    /// The buffer.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut octets = self.checksum_type.0.to_le_bytes().to_vec();
        octets.extend_from_slice(self.checksum);
        octets.extend(self.rodc.iter().flat_map(|rodc| rodc.to_le_bytes()));
        octets
    }

    /// The server signature of `pac`, if `key` made it.
    ///
    /// The type must be the one that goes with the service's key: whoever could choose it would choose one without a key
    /// (row F04, CVE-2014-6324).
    pub(crate) fn of_server(pac: &Pac<'a>, key: &ChecksumKey) -> Result<Self, Error> {
        let kind = BufferType::SERVER_CHECKSUM;
        let signature = Self::parse(kind, required(pac, kind)?)?;
        if signature.checksum_type != key.checksum_type() {
            return Err(Error::ChecksumType { expected: key.checksum_type(), actual: signature.checksum_type });
        }
        let blanked = Blanked::new(pac, &[BufferType::SERVER_CHECKSUM, BufferType::KDC_CHECKSUM])?;
        let verified = key.verify(blanked.parts(), signature.checksum);
        verified.map(|()| signature).map_err(|_| Error::BadServerChecksum)
    }

    /// Whether one of `keys` made it over `parts`. Which of a KDC's keys did, nothing says but the type.
    fn is_by(&self, keys: &[ChecksumKey], parts: &[&[u8]]) -> bool {
        let of_type = |key: &&ChecksumKey| key.checksum_type() == self.checksum_type;
        keys.iter().filter(of_type).any(|key| key.verify(parts, self.checksum).is_ok())
    }
}

/// The content of a buffer that no PAC of a service ticket may lack.
pub(super) fn required<'a>(pac: &Pac<'a>, kind: BufferType) -> Result<&'a [u8], Error> {
    pac.find(kind).map(|buffer| buffer.octets).ok_or(Error::Missing(kind))
}

/// Octets of a checksum of a type that keys of this crate make, in [`ChecksumKey::checksum_len`]'s words.
const fn checksum_len(checksum_type: ChecksumType) -> Option<usize> {
    match checksum_type {
        ChecksumType::HMAC_SHA1_96_AES128 | ChecksumType::HMAC_SHA1_96_AES256 => Some(12),
        ChecksumType::HMAC_SHA256_128_AES128
        | ChecksumType::CMAC_CAMELLIA128
        | ChecksumType::CMAC_CAMELLIA256
        | ChecksumType::HMAC_MD5 => Some(16),
        ChecksumType::HMAC_SHA384_192_AES256 => Some(24),
        _ => None,
    }
}

/// What is known of a signature that only the KDC's own key verifies (row F10).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KdcSignature {
    /// The PAC has none: its KDC is older than this signature, or somebody took it out.
    #[default]
    Absent,
    /// There is one, and nobody looked at it: that takes the key of krbtgt, which no service has.
    Unverified,
    /// A key of krbtgt that was given made it.
    Verified,
}

impl fmt::Display for KdcSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Absent => "absent",
            Self::Unverified => "unverified",
            Self::Verified => "verified",
        })
    }
}

/// The three signatures of a PAC that the KDC makes for itself, to know again what it once said.
///
/// Whoever has a service's key can sign any PAC for that service; these signatures are what such a forger lacks.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub struct KdcSignatures {
    /// The KDC signature, over the server signature ([MS-PAC] section 2.8.5).
    pub kdc: KdcSignature,
    /// The ticket signature, over the ticket without the PAC ([MS-PAC] section 2.8.2).
    pub ticket: KdcSignature,
    /// The extended KDC signature, over the whole PAC ([MS-PAC] section 2.8.3).
    pub extended: KdcSignature,
}

impl KdcSignatures {
    /// Which of them there are. The first must be (section 2.4).
    pub(super) fn of(pac: &Pac<'_>) -> Result<Self, Error> {
        let state = |kind| match pac.find(kind) {
            Some(buffer) => Signature::parse(kind, buffer.octets).map(|_| KdcSignature::Unverified),
            None => Ok(KdcSignature::Absent),
        };
        required(pac, BufferType::KDC_CHECKSUM)?;
        Ok(Self {
            kdc: state(BufferType::KDC_CHECKSUM)?,
            ticket: state(BufferType::TICKET_CHECKSUM)?,
            extended: state(BufferType::EXTENDED_KDC_CHECKSUM)?,
        })
    }

    /// Verifies those that there are with the keys of krbtgt. `server`: the server signature; `ticket`: the EncTicketPart
    /// encoded with one zero octet in place of the PAC, if the ticket is at hand.
    pub(super) fn verify(
        self,
        pac: &Pac<'_>,
        server: &Signature<'_>,
        ticket: Option<&[u8]>,
        keys: &[ChecksumKey],
    ) -> Result<Self, Error> {
        let check = |kind, parts: &[&[u8]]| match pac.find(kind) {
            None => Ok(KdcSignature::Absent),
            Some(buffer) if Signature::parse(kind, buffer.octets)?.is_by(keys, parts) => Ok(KdcSignature::Verified),
            Some(_) => Err(Error::BadKdcChecksum(kind)),
        };
        let extended = Blanked::new(
            pac,
            &[BufferType::SERVER_CHECKSUM, BufferType::KDC_CHECKSUM, BufferType::EXTENDED_KDC_CHECKSUM],
        )?;
        Ok(Self {
            kdc: check(BufferType::KDC_CHECKSUM, &[server.checksum])?,
            ticket: match ticket {
                Some(ticket) => check(BufferType::TICKET_CHECKSUM, &[ticket])?,
                None => self.ticket,
            },
            extended: check(BufferType::EXTENDED_KDC_CHECKSUM, extended.parts())?,
        })
    }
}

/// The most octets behind a SignatureType that are blanked: no checksum is longer than 64, RODCIdentifier counted in.
static ZEROS: [u8; 66] = [0; 66];

/// Three signatures, and what stands around them.
const PARTS: usize = 7;

/// A PAC with zeros in place of signatures, as it is signed, without a copy: in parts.
///
/// All behind the SignatureType is blanked, the RODCIdentifier included: so it is in real tickets of read-only domain
/// controllers (row F05). The SignatureType itself stays.
pub(super) struct Blanked<'a> {
    parts: [&'a [u8]; PARTS],
}

impl<'a> Blanked<'a> {
    pub(super) fn new(pac: &Pac<'a>, kinds: &[BufferType]) -> Result<Self, Error> {
        let mut ranges = [const { Range { start: usize::MAX, end: usize::MAX } }; 3];
        for (range, kind) in ranges.iter_mut().zip(kinds) {
            if let Some(Buffer { octets, offset, .. }) =
                pac.find(*kind).filter(|buffer| buffer.octets.len() > TYPE_LENGTH)
            {
                *range = offset.saturating_add(TYPE_LENGTH)..offset.saturating_add(octets.len());
            }
        }
        // Buffers do not overlap, and stand in any order (section 2.4).
        ranges.sort_unstable_by_key(|range| range.start);
        let mut parts: [&[u8]; PARTS] = [&[]; PARTS];
        let (pairs, _) = parts.as_chunks_mut::<2>();
        let (mut rest, mut begin) = (pac.octets(), 0usize);
        for ([before, blank], Range { start, end }) in pairs.iter_mut().zip(ranges) {
            if start == usize::MAX {
                break;
            }
            let length = end.saturating_sub(start);
            let at = start.saturating_sub(begin);
            let split = rest.split_at_checked(at).and_then(|(kept, rest)| Some((kept, rest.get(length..)?)));
            (*before, rest) = split.ok_or(Error::Truncated)?;
            *blank = ZEROS.get(..length).ok_or(Error::ChecksumLength(BufferType::KDC_CHECKSUM))?;
            begin = end;
        }
        let [.., last] = &mut parts;
        *last = rest;
        Ok(Self { parts })
    }

    pub(super) const fn parts(&self) -> &[&'a [u8]] {
        &self.parts
    }
}
