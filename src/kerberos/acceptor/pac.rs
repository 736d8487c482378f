//! The frame of a PAC ([MS-PAC] section 2.3): enough to know that there is one. Its content stays closed.

use crate::kerberos::error::Error;

/// The length of PACTYPE without its buffers, and of one PAC_INFO_BUFFER ([MS-PAC] sections 2.3 and 2.4).
const HEADER_LENGTH: usize = 8;
const INFO_BUFFER_LENGTH: usize = 16;

/// The most buffers a PAC may have. [MS-PAC] section 2.4 names 15 types, and of each but the first counts.
const MAX_BUFFERS: usize = 64;

/// PAC_ATTRIBUTES_INFO and PAC_REQUESTOR ([MS-PAC] section 2.4), which only ticket-granting tickets carry.
const OF_TICKET_GRANTING_TICKETS: [u32; 2] = [17, 18];

/// Takes octets for the PAC of a service ticket: sound in its frame, and without the buffers that only a ticket-granting
/// ticket has, which under a service's key is a ticket for someone else (row E03).
pub(super) fn of_service_ticket(octets: &[u8]) -> Result<&[u8], Error> {
    let buffers = framed(octets)?;
    let is_foreign = |[t0, t1, t2, t3, ..]: &InfoBuffer| {
        OF_TICKET_GRANTING_TICKETS.contains(&u32::from_le_bytes([*t0, *t1, *t2, *t3]))
    };
    if buffers.iter().any(is_foreign) { Err(Error::TicketGrantingTicket) } else { Ok(octets) }
}

type InfoBuffer = [u8; INFO_BUFFER_LENGTH];

/// The PAC_INFO_BUFFERs, if the header and all the buffers lie within the PAC.
///
/// ```text
///   0..4   cBuffers       little-endian
///   4..8   Version        0
///   8..    PAC_INFO_BUFFER, 16 octets each: ulType 4, cbBufferSize 4, Offset 8
/// ```
fn framed(octets: &[u8]) -> Result<&[InfoBuffer], Error> {
    let (count, rest) = octets.split_first_chunk::<4>().ok_or(Error::Pac)?;
    let (version, rest) = rest.split_first_chunk::<4>().ok_or(Error::Pac)?;
    let count = usize::try_from(u32::from_le_bytes(*count)).map_err(|_| Error::Pac)?;
    if *version != [0; 4] || count == 0 || count > MAX_BUFFERS {
        return Err(Error::Pac);
    }
    let table = count.saturating_mul(INFO_BUFFER_LENGTH);
    let (table, _) = rest.split_at_checked(table).ok_or(Error::Pac)?;
    let begin = table.len().saturating_add(HEADER_LENGTH);
    let (buffers, _) = table.as_chunks::<INFO_BUFFER_LENGTH>();
    if buffers.iter().all(|buffer| lies_within(buffer, begin, octets.len())) { Ok(buffers) } else { Err(Error::Pac) }
}

/// Whether a buffer begins behind the table, at a multiple of 8, and ends before the PAC does (row F01).
fn lies_within(buffer: &InfoBuffer, begin: usize, end: usize) -> bool {
    let [_, _, _, _, s0, s1, s2, s3, offset @ ..] = buffer;
    let (size, offset) = (u64::from(u32::from_le_bytes([*s0, *s1, *s2, *s3])), u64::from_le_bytes(*offset));
    let begins_well = usize::try_from(offset).is_ok_and(|offset| offset >= begin) && offset.is_multiple_of(8);
    let last = offset.checked_add(size).and_then(|last| usize::try_from(last).ok());
    begins_well && last.is_some_and(|last| last <= end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn pac(count: u32, version: u32, size: u32, offset: u64) -> Vec<u8> {
        let fields = [count.to_le_bytes(), version.to_le_bytes(), 1u32.to_le_bytes(), size.to_le_bytes()].concat();
        [&fields[..], &offset.to_le_bytes(), &[0; 16]].concat()
    }

    #[test]
    fn e03_a_ticket_granting_tickets_pac() {
        for (kind, expected) in [(1u32, true), (16, true), (17, false), (18, false), (19, true)] {
            let mut octets = pac(1, 0, 16, 24);
            octets[8..12].copy_from_slice(&kind.to_le_bytes());
            assert_eq!(of_service_ticket(&octets).is_ok(), expected, "{kind}");
        }
    }

    #[test]
    fn f01_bounds() {
        for (size, offset) in [(16, 24), (8, 32), (0, 40), (0, 24)] {
            assert!(framed(&pac(1, 0, size, offset)).is_ok(), "{size} at {offset}");
        }
        let broken = [(17, 24), (16, 32), (1, 25), (0, 16), (0, 48), (16, u64::MAX - 7), (u32::MAX, 24), (8, 28)];
        for (size, offset) in broken {
            assert!(framed(&pac(1, 0, size, offset)).is_err(), "{size} at {offset}");
        }
        for (count, version) in [(0, 0), (65, 0), (2, 0), (0x1000_0000, 0), (u32::MAX, 0), (1, 1)] {
            assert!(framed(&pac(count, version, 0, 24)).is_err(), "{count} buffers, version {version}");
        }
        let whole = pac(1, 0, 16, 24);
        for length in 0..whole.len() {
            assert!(framed(&whole[..length]).is_err(), "{length}");
        }
    }
}
