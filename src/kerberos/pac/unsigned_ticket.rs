//! What the ticket signature covers ([MS-PAC] section 2.8.2): a ticket without its PAC.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::asn1::{Error, OctetString, SequenceOf};
use crate::kerberos::message::{AuthorizationData, AuthorizationElement, EncTicketPart, KeyValue, ad_type};

/// What stands in place of the PAC: one zero octet.
const NO_PAC: &[u8] = &[0];

/// The EncTicketPart encoded with one zero octet in place of the PAC, where KDCs put it: in an AD-IF-RELEVANT of the outer
/// list. It holds the session key.
///
/// # Errors
/// If there is an AD-IF-RELEVANT that is none, or beyond 4 GiB.
pub fn unsigned_ticket(ticket: &EncTicketPart<'_>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let outer: Vec<_> = ticket.authorization_data.iter().flat_map(|data| data.0.iter()).collect();
    let containers = outer.iter().map(|element| match element.ad_type {
        ad_type::IF_RELEVANT => without_pac(element.ad_data.0),
        _ => Ok(Vec::new()),
    });
    let containers = containers.collect::<Result<Vec<_>, _>>()?;
    let elements: Vec<_> = outer
        .iter()
        .zip(&containers)
        .map(|(element, container)| match element.ad_type {
            ad_type::IF_RELEVANT => AuthorizationElement { ad_data: OctetString(container), ..*element },
            _ => *element,
        })
        .collect();
    let part = EncTicketPart {
        key: KeyValue { keytype: ticket.key.keytype, keyvalue: ticket.key.keyvalue },
        authorization_data: ticket.authorization_data.map(|_| AuthorizationData(SequenceOf::new(&elements))),
        ..*ticket
    };
    Ok(Zeroizing::new(part.to_der()?))
}

/// The content of an AD-IF-RELEVANT with one zero octet in place of a PAC.
fn without_pac(container: &[u8]) -> Result<Vec<u8>, Error> {
    let elements = AuthorizationData::parse(container)?.0.iter().map(|element| match element.ad_type {
        ad_type::WIN2K_PAC => AuthorizationElement { ad_data: OctetString(NO_PAC), ..element },
        _ => element,
    });
    let elements: Vec<_> = elements.collect();
    AuthorizationData(SequenceOf::new(&elements)).to_der()
}
