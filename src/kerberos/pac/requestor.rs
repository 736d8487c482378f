//! PAC_REQUESTOR_SID ([MS-PAC] section 2.15): who asked for a ticket-granting ticket.

use alloc::vec::Vec;

use super::{BufferType, Error};
use crate::authorization::Sid;

/// Reads a buffer of type 18: one SID and nothing else.
///
/// # Errors
/// [`Error::Sid`] if it is none.
pub fn parse(octets: &[u8]) -> Result<Sid, Error> {
    Sid::from_octets(octets).ok_or(Error::Sid(BufferType::REQUESTOR_SID))
}

/// The buffer.
#[must_use]
pub fn encode(requestor: &Sid) -> Vec<u8> {
    requestor.to_octets().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sid_and_nothing_else() {
        let sid: Sid = "S-1-5-21-1111111111-2222222222-3333333333-1103".parse().unwrap();
        let octets = encode(&sid);
        assert_eq!(parse(&octets).unwrap(), sid);
        for length in 0..octets.len() {
            assert!(parse(&octets[..length]).is_err(), "{length}");
        }
        assert!(parse(&[&octets[..], &[0]].concat()).is_err());
    }
}
