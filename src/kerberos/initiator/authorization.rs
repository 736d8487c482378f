//! What the authenticator's authorization data says (RFC 4537, [MS-KILE] section 3.2.5.8).

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::settings::Settings;
use crate::asn1::{self, OctetString, SequenceOf};
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::message::{AuthorizationData, AuthorizationElement, EtypeList, ad_type};
use crate::peer::Principal;

/// KERB_AP_OPTIONS_CBT: this side knows of channel bindings, so that none at all are no accident ([MS-KILE] section 3.2.5.8).
const KERB_AP_OPTIONS_CBT: u32 = 0x4000;

/// The content of an AD-IF-RELEVANT with all of it, as Windows sends it: who does not know a type passes it over.
pub(super) struct ClientAuthorization {
    /// The encryption types that this side would take for the acceptor's subkey (RFC 4537 section 3).
    pub(super) etypes: Option<Vec<u8>>,
    /// KERB_AP_OPTIONS.
    pub(super) options: Option<[u8; 4]>,
    /// KERB_AUTH_DATA_CLIENT_TARGET: the service's name in UTF-16, `HTTP/web.example.com@EXAMPLE.COM`. It stands where nobody
    /// in between can change it, as the ticket's own name does not (rows E01, E12).
    pub(super) target: Vec<u8>,
}

impl ClientAuthorization {
    pub(super) fn new(
        settings: &Settings,
        session: EncryptionType,
        negotiate: bool,
        bound: bool,
        service: &Principal,
    ) -> Result<Self, asn1::Error> {
        Ok(Self {
            etypes: if negotiate { Some(etype_list(settings, session)?) } else { None },
            options: bound.then(|| KERB_AP_OPTIONS_CBT.to_le_bytes()),
            target: utf16(service),
        })
    }

    pub(super) fn to_der(&self) -> Result<Vec<u8>, asn1::Error> {
        let element = |ad_type, octets| AuthorizationElement { ad_type, ad_data: OctetString(octets) };
        let target = element(ad_type::CLIENT_TARGET, &self.target[..]);
        let etypes = self.etypes.as_deref().map(|octets| element(ad_type::ETYPE_NEGOTIATION, octets));
        let options = self.options.as_ref().map(|octets| element(ad_type::AP_OPTIONS, &octets[..]));
        let elements: Vec<_> = etypes.into_iter().chain(options).chain([target]).collect();
        AuthorizationData(SequenceOf::new(&elements)).to_der()
    }
}

fn utf16(service: &Principal) -> Vec<u8> {
    let mut name = String::with_capacity(service.as_parts().len());
    // A String takes whatever is written to it.
    let _ = write!(name, "{service}");
    let mut octets = Vec::with_capacity(name.len().saturating_mul(2));
    name.encode_utf16().for_each(|unit| octets.extend_from_slice(&unit.to_le_bytes()));
    octets
}

/// The types that are permitted and no weaker than the session key's, which is the last: a weaker one nobody may choose
/// (row E09).
fn etype_list(settings: &Settings, session: EncryptionType) -> Result<Vec<u8>, asn1::Error> {
    let no_weaker = |etype: &EncryptionType| etype.strength_rank() <= session.strength_rank();
    let mut room = [0; EncryptionType::IMPLEMENTED.len()];
    let wanted = EncryptionType::IMPLEMENTED.into_iter().filter(|etype| settings.permits(*etype)).filter(no_weaker);
    let count = room.iter_mut().zip(wanted).map(|(place, etype)| *place = etype.0).count();
    EtypeList(SequenceOf::new(room.get(..count).unwrap_or_default())).to_der()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kerberos::ccache::Ccache;
    use crate::kerberos::initiator::Initiator;

    /// The acceptor may choose what is as strong as the ticket's session key, and nothing below it.
    #[test]
    fn e09_nothing_weaker_than_the_session_key_is_proposed() {
        let initiator = Initiator::new(Ccache::new("alice@EXAMPLE.TEST".parse().unwrap()));
        let opened = Initiator::new(Ccache::new("alice@EXAMPLE.TEST".parse().unwrap())).dangerous().allow_rc4();
        for (place, session) in EncryptionType::IMPLEMENTED.into_iter().enumerate() {
            let proposed = |initiator: &Initiator| {
                let list = etype_list(&initiator.settings, session).unwrap();
                EtypeList::parse(&list).unwrap().0.iter().map(EncryptionType).collect::<Vec<_>>()
            };
            assert_eq!(proposed(&opened), EncryptionType::IMPLEMENTED[..=place], "{session}");
            assert!(!proposed(&initiator).contains(&EncryptionType::RC4_HMAC), "{session}");
        }
    }
}
