//! The PAC ([MS-PAC]): who the user is in Active Directory, in a ticket's authorization data.
//!
//! ```text
//! PACTYPE ── PAC_INFO_BUFFER, PAC_INFO_BUFFER, … ── buffer, buffer, …
//!   Pac        ulType, cbBufferSize, Offset ──────────▲
//!                LOGON_INFO   KERB_VALIDATION_INFO, in NDR    LogonInfo
//!                DEVICE_INFO  PAC_DEVICE_INFO, in NDR         DeviceInfo
//!                …
//! Pac ── server key, the ticket's client ──▶ VerifiedPac ──▶ Authorization
//! ```
//! Structures read and write; reading proves nothing about who wrote it. A [`VerifiedPac`] is what someone with the
//! service's key wrote, which should be the KDC alone.

mod attributes;
mod buffer_type;
pub mod claims;
mod client_info;
mod credentials_info;
mod delegation_info;
mod device_info;
mod error;
mod logon_info;
mod membership;
pub mod ndr;
pub mod requestor;
mod signatures;
#[cfg(test)]
mod tests;
mod text;
mod unsigned_ticket;
mod upn_dns_info;
mod verified;

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

pub use attributes::Attributes;
pub use buffer_type::BufferType;
pub use claims::{ClaimsCompression, ClaimsInfo};
pub use client_info::ClientInfo;
pub use credentials_info::CredentialsInfo;
pub use delegation_info::DelegationInfo;
pub use device_info::{DeviceInfo, DomainGroups};
pub use error::{AccountFlaw, ClientFlaw, Error, NdrFlaw};
pub use logon_info::{LogonInfo, UserSessionKey};
pub use membership::{ExtraSids, GroupMembership, GroupMemberships, SidAndAttributes};
pub use signatures::{KdcSignature, KdcSignatures, Signature};
pub use text::{Text, UnicodeString};
pub use unsigned_ticket::unsigned_ticket;
pub use upn_dns_info::UpnDnsInfo;
pub use verified::{Client, VerifiedPac};

/// A PAC whose table is sound: each buffer lies within it, on its own octets, and no type is there twice.
#[derive(Clone, Copy)]
pub struct Pac<'a> {
    octets: &'a [u8],
    table: &'a [InfoBuffer],
}

/// One buffer of a PAC.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Buffer<'a> {
    /// Its type.
    pub buffer_type: BufferType,
    /// Its content.
    pub octets: &'a [u8],
    /// Where in the PAC its content begins.
    pub offset: usize,
}

/// The most buffers that a PAC may have here. [MS-PAC] section 2.4 names 15 types, and none may be there twice.
pub const MAX_BUFFERS: usize = 64;

/// PACTYPE without its buffers ([MS-PAC] section 2.3).
const HEADER_LENGTH: usize = 8;
/// PAC_INFO_BUFFER ([MS-PAC] section 2.4).
const INFO_BUFFER_LENGTH: usize = 16;
/// What each buffer's Offset is a multiple of ([MS-PAC] section 2.4).
const ALIGNMENT: usize = 8;

type InfoBuffer = [u8; INFO_BUFFER_LENGTH];

impl<'a> Pac<'a> {
    /// Checks the table of a PAC. Types that nobody knows are kept, a buffer may be empty ([MS-PAC] sections 2.3 and 2.4).
    ///
    /// ```text
    ///   0..4   cBuffers       little-endian
    ///   4..8   Version        0
    ///   8..    PAC_INFO_BUFFER, 16 octets each: ulType 4, cbBufferSize 4, Offset 8
    /// ```
    ///
    /// # Errors
    /// What is wrong with it (rows F01, F02).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let (header, rest) = octets.split_first_chunk::<HEADER_LENGTH>().ok_or(Error::Truncated)?;
        let [c0, c1, c2, c3, version @ ..] = *header;
        let (count, version) = (u32::from_le_bytes([c0, c1, c2, c3]), u32::from_le_bytes(version));
        if version != 0 {
            return Err(Error::Version(version));
        }
        let length = usize::try_from(count).ok().filter(|count| (1..=MAX_BUFFERS).contains(count));
        let length = length.ok_or(Error::BufferCount(count))?.saturating_mul(INFO_BUFFER_LENGTH);
        let (table, _) = rest.split_at_checked(length).ok_or(Error::Truncated)?;
        let pac = Self { octets, table: table.as_chunks().0 };
        pac.check()?;
        Ok(pac)
    }

    /// The whole PAC.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The buffers, in the order of the table.
    pub fn buffers(&self) -> impl ExactSizeIterator<Item = Buffer<'a>> + Clone + use<'a> {
        let octets = self.octets;
        self.table.iter().map(move |info| {
            let (buffer_type, place) = read(info);
            // `check` has seen that it lies there.
            let place = place.and_then(|place| Some((place.start, octets.get(place)?)));
            let (offset, octets) = place.unwrap_or_default();
            Buffer { buffer_type, octets, offset }
        })
    }

    /// The buffer of this type.
    #[must_use]
    pub fn find(&self, buffer_type: BufferType) -> Option<Buffer<'a>> {
        self.buffers().find(|buffer| buffer.buffer_type == buffer_type)
    }

    /// A PAC of these buffers, in their order: each at the next multiple of 8, zeros between them and behind the last one,
    /// as Windows and Samba lay them out.
    ///
    /// # Errors
    /// [`Error::BufferCount`], [`Error::Duplicate`], [`Error::TooLong`].
    pub fn encode(buffers: &[(BufferType, &[u8])]) -> Result<Vec<u8>, Error> {
        let too_many = || Error::BufferCount(u32::try_from(buffers.len()).unwrap_or(u32::MAX));
        let count = u32::try_from(buffers.len()).map_err(|_| too_many())?;
        if buffers.is_empty() || buffers.len() > MAX_BUFFERS {
            return Err(too_many());
        }
        let contents = buffers.iter().map(|(_, content)| content.len().next_multiple_of(ALIGNMENT));
        let table = buffers.len().saturating_mul(INFO_BUFFER_LENGTH).saturating_add(HEADER_LENGTH);
        let mut octets = Vec::with_capacity(contents.clone().fold(table, usize::saturating_add));
        octets.extend(count.to_le_bytes());
        octets.extend([0; 4]);
        let mut offset = table;
        for (index, (buffer_type, content)) in buffers.iter().enumerate() {
            if buffers.iter().take(index).any(|(other, _)| other == buffer_type) {
                return Err(Error::Duplicate(*buffer_type));
            }
            let size = u32::try_from(content.len()).map_err(|_| Error::TooLong(*buffer_type))?;
            let place = u64::try_from(offset).map_err(|_| Error::TooLong(*buffer_type))?;
            octets.extend(buffer_type.0.to_le_bytes().into_iter().chain(size.to_le_bytes()).chain(place.to_le_bytes()));
            offset = offset.saturating_add(content.len().next_multiple_of(ALIGNMENT));
        }
        for (_, content) in buffers {
            octets.extend_from_slice(content);
            octets.resize(octets.len().next_multiple_of(ALIGNMENT), 0);
        }
        Ok(octets)
    }

    fn check(&self) -> Result<(), Error> {
        let begin = self.table.as_flattened().len().saturating_add(HEADER_LENGTH);
        for (index, info) in self.table.iter().enumerate() {
            let (buffer_type, place) = read(info);
            let place = place.filter(|place| place.start >= begin && place.end <= self.octets.len());
            let place = place.ok_or(Error::Bounds(buffer_type))?;
            if !place.start.is_multiple_of(ALIGNMENT) {
                return Err(Error::Align(buffer_type));
            }
            for other in self.table.iter().take(index).map(read) {
                apart((buffer_type, &place), other)?;
            }
        }
        Ok(())
    }
}

/// The buffers without their content: UserSessionKey is in one of them, credentials are in another (row G03).
impl fmt::Debug for Pac<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pac").field(&self.buffers().collect::<Vec<_>>()).finish()
    }
}

impl fmt::Debug for Buffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { buffer_type, octets, offset } = self;
        let mut buffer = f.debug_struct("Buffer");
        buffer.field("buffer_type", buffer_type).field("length", &octets.len()).field("offset", offset).finish()
    }
}

/// What a PAC_INFO_BUFFER says: the type, and from where to where, if that can be said on this machine.
fn read(info: &InfoBuffer) -> (BufferType, Option<Range<usize>>) {
    let [t0, t1, t2, t3, s0, s1, s2, s3, offset @ ..] = *info;
    let (size, offset) = (u64::from(u32::from_le_bytes([s0, s1, s2, s3])), u64::from_le_bytes(offset));
    let end = offset.checked_add(size).and_then(|end| usize::try_from(end).ok());
    let place = usize::try_from(offset).ok().zip(end).map(|(begin, end)| begin..end);
    (BufferType(u32::from_le_bytes([t0, t1, t2, t3])), place)
}

/// Two buffers are of two types, and share no octet.
fn apart(
    (one, place): (BufferType, &Range<usize>),
    (other, its_place): (BufferType, Option<Range<usize>>),
) -> Result<(), Error> {
    if one == other {
        return Err(Error::Duplicate(one));
    }
    let shares = |its: Range<usize>| place.start.max(its.start) < place.end.min(its.end);
    if its_place.is_some_and(shares) { Err(Error::Overlap(other, one)) } else { Ok(()) }
}
