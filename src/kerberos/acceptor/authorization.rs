//! Authorization data of ticket and authenticator (RFC 4120 section 5.2.6, [MS-KILE] 3.4.5.3).

use alloc::string::{String, ToString};

use crate::kerberos::error::Error;
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::message::{AuthorizationData, EtypeList, ad_type};
use crate::peer::Principal;

use super::settings::Settings;

/// KERB_AP_OPTIONS_CBT: the initiator knows of channel bindings and sends them where there is a channel
/// ([MS-KILE] 3.2.5.8).
const KERB_AP_OPTIONS_CBT: u32 = 0x4000;

/// What the ticket's authorization data says: the KDC's word.
#[derive(Default)]
pub(super) struct TicketAuthorization<'a> {
    /// The PAC, of which nothing is known yet.
    pub(super) pac: Option<&'a [u8]>,
}

/// What the authenticator's authorization data says: the client's word, which can only restrict.
#[derive(Default)]
pub(super) struct ClientAuthorization {
    /// The initiator knows of channel bindings.
    pub(super) knows_bindings: bool,
    /// The strongest type this acceptor permits among those the initiator would take (RFC 4537).
    pub(super) negotiated_etype: Option<EncryptionType>,
}

/// Reads the ticket's.
pub(super) fn of_ticket<'a>(data: Option<&AuthorizationData<'a>>) -> Result<TicketAuthorization<'a>, Error> {
    let mut found = TicketAuthorization::default();
    for element in data.iter().flat_map(|data| data.walk()) {
        let element = element?;
        match element.ad_type {
            // A PAC counts only within AD-IF-RELEVANT, and only if it is the only one (row F12, [MS-PAC] section 2).
            ad_type::WIN2K_PAC if element.inside_if_relevant && found.pac.is_none() => {
                found.pac = Some(element.ad_data);
            }
            ad_type::WIN2K_PAC => return Err(Error::AuthorizationData(ad_type::WIN2K_PAC)),
            // For the KDC to understand, whoever else sees it may pass over it (RFC 4120 section 5.2.6.4).
            ad_type::MANDATORY_FOR_KDC => {}
            // Whoever does not implement it may ignore it (RFC 4120 section 5.2.6.2).
            ad_type::KDC_ISSUED => {}
            other => may_be_ignored(other, element.inside_if_relevant)?,
        }
    }
    Ok(found)
}

/// Reads the authenticator's. Windows puts all of its own within AD-IF-RELEVANT. `opened_by`: whose key opened the ticket.
pub(super) fn of_client(
    data: Option<&AuthorizationData<'_>>,
    opened_by: &Principal,
    settings: &Settings,
) -> Result<ClientAuthorization, Error> {
    let mut found = ClientAuthorization::default();
    for element in data.iter().flat_map(|data| data.walk()) {
        let element = element?;
        match element.ad_type {
            ad_type::ETYPE_NEGOTIATION => found.negotiated_etype = strongest(element.ad_data, settings)?,
            ad_type::AP_OPTIONS => found.knows_bindings |= ap_options(element.ad_data)? & KERB_AP_OPTIONS_CBT != 0,
            ad_type::CLIENT_TARGET => check_target(element.ad_data, opened_by)?,
            // A client's PAC is the client's invention (row F12).
            other => may_be_ignored(other, element.inside_if_relevant)?,
        }
    }
    Ok(found)
}

/// An element of an unknown type may be passed over within AD-IF-RELEVANT only (RFC 4120 section 5.2.6, row E16).
fn may_be_ignored(ad_type: i32, inside_if_relevant: bool) -> Result<(), Error> {
    if inside_if_relevant { Ok(()) } else { Err(Error::CriticalAuthorizationData(ad_type)) }
}

/// The strongest permitted type of the initiator's list (RFC 4537 section 3).
fn strongest(octets: &[u8], settings: &Settings) -> Result<Option<EncryptionType>, Error> {
    let list = EtypeList::parse(octets)?;
    let offered = list.0.iter().map(EncryptionType).filter(|etype| settings.permits(*etype));
    Ok(offered.min_by_key(|etype| etype.strength_rank()))
}

/// Four octets, little-endian ([MS-KILE] 3.2.5.8).
fn ap_options(octets: &[u8]) -> Result<u32, Error> {
    let octets = octets.try_into().map_err(|_| Error::AuthorizationData(ad_type::AP_OPTIONS))?;
    Ok(u32::from_le_bytes(octets))
}

/// KERB_AUTH_DATA_CLIENT_TARGET: the service name the initiator meant ([MS-KILE] 3.2.5.8), in UTF-16. A login that was
/// meant for another service was relayed (row E12), even if that service's key is in the same keytab: it must be the one
/// whose key opened the ticket. Names of services are compared without regard to ASCII case, as Active Directory does.
fn check_target(octets: &[u8], opened_by: &Principal) -> Result<(), Error> {
    let target = utf16(octets).ok_or(Error::AuthorizationData(ad_type::CLIENT_TARGET))?;
    let own = opened_by.to_string();
    let name = own.rsplit_once('@').map_or(own.as_str(), |(name, _)| name);
    let is_meant = target.eq_ignore_ascii_case(&own) || target.eq_ignore_ascii_case(name);
    if is_meant { Ok(()) } else { Err(Error::ClientTarget(target)) }
}

fn utf16(octets: &[u8]) -> Option<String> {
    let (units, []) = octets.as_chunks::<2>() else { return None };
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<_, _>>().ok()
}
