//! A ticket before it is encrypted (RFC 4120 section 5.3).

use alloc::vec::Vec;
use core::time::Duration;

use zeroize::Zeroizing;

use super::name::{authorization_field, kerberos_time, message_elements};
use super::{ClaimedKey, Element, Error, Name, Pac, if_relevant};
use crate::asn1::{GeneralString, OctetString, SequenceOf};
use crate::kerberos::etype::{EncryptionKey, KeyUsage};
use crate::kerberos::message::{
    self, EncTicketPart, EncryptedData, HostAddress, KerberosTime, PVNO, PrincipalName, TicketFlags, TransitedEncoding,
    ad_type,
};
use crate::peer::Principal;
use crate::random::SystemRandom;
use crate::time::Timestamp;

/// How long a minted ticket lives: a working day.
const LIFETIME: Duration = Duration::from_secs(36_000);

/// How long before *now* the client logged in to the KDC, if there were one.
const AGE: Duration = Duration::from_secs(60);

/// A ticket: what stands in the clear, what is encrypted, and by which key.
pub struct Ticket {
    /// tkt-vno, in the clear.
    pub tkt_vno: i32,
    /// realm, in the clear.
    pub realm: Vec<u8>,
    /// sname, in the clear.
    pub sname: Name,
    /// The etype it claims to be encrypted by, in the clear.
    pub etype: i32,
    /// The version of the key it claims to be encrypted under, in the clear.
    pub kvno: Option<u32>,
    /// The key it is encrypted under.
    pub service_key: EncryptionKey,
    /// The key usage it is encrypted for.
    pub usage: KeyUsage,
    /// Octets that stand where the cipher should, if any.
    pub cipher: Option<Vec<u8>>,

    /// flags.
    pub flags: TicketFlags,
    /// The session key it hands on.
    pub key: ClaimedKey,
    /// crealm.
    pub crealm: Vec<u8>,
    /// cname.
    pub cname: Name,
    /// tr-type.
    pub tr_type: i32,
    /// The contents of transited.
    pub transited: Vec<u8>,
    /// authtime.
    pub authtime: KerberosTime,
    /// starttime.
    pub starttime: Option<KerberosTime>,
    /// endtime.
    pub endtime: KerberosTime,
    /// renew-till.
    pub renew_till: Option<KerberosTime>,
    /// caddr: addr-type and address.
    pub caddr: Option<Vec<(i32, Vec<u8>)>>,
    /// The PAC, which comes first in authorization-data, in an AD-IF-RELEVANT of its own.
    pub pac: Option<Pac>,
    /// authorization-data, absent if empty.
    pub authorization_data: Vec<Element>,
}

impl Ticket {
    pub(super) fn new(
        (service, service_key, kvno): (&Principal, &EncryptionKey, u32),
        session_key: &EncryptionKey,
        client: &Principal,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let authtime = kerberos_time(now.saturating_sub(AGE))?;
        Ok(Self {
            tkt_vno: PVNO,
            realm: service.realm().to_vec(),
            sname: service.into(),
            etype: service_key.etype().0,
            kvno: Some(kvno),
            service_key: service_key.duplicate(),
            usage: KeyUsage::TICKET,
            cipher: None,
            flags: TicketFlags::FORWARDABLE.with(TicketFlags::PRE_AUTHENT),
            key: session_key.into(),
            crealm: client.realm().to_vec(),
            cname: client.into(),
            tr_type: 1,
            transited: Vec::new(),
            authtime,
            starttime: Some(authtime),
            endtime: kerberos_time(now.saturating_add(LIFETIME))?,
            renew_till: None,
            caddr: None,
            pac: None,
            authorization_data: Vec::new(),
        })
    }

    /// The encoded EncTicketPart, with its PAC signed.
    fn plaintext(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Some(pac) = &self.pac else { return self.plaintext_around(&[]) };
        let with = |pac: Vec<u8>| self.plaintext_around(&[if_relevant(&[Element::new(ad_type::WIN2K_PAC, pac)])?]);
        // One zero octet stands for the PAC when the ticket is signed ([MS-PAC] section 2.8.2).
        with(pac.sign(&with(Vec::from([0]))?)?)
    }

    /// The encoded EncTicketPart with these elements in front of its own authorization-data.
    fn plaintext_around(&self, first: &[Element]) -> Result<Zeroizing<Vec<u8>>, Error> {
        let cname = self.cname.strings();
        let mut elements = message_elements(first);
        elements.extend(message_elements(&self.authorization_data));
        let addresses: Option<Vec<_>> = self.caddr.as_ref().map(|caddr| caddr.iter().map(host_address).collect());
        let part = EncTicketPart {
            flags: self.flags,
            key: self.key.as_message(),
            crealm: GeneralString(&self.crealm),
            cname: PrincipalName { name_type: self.cname.name_type, name_string: SequenceOf::new(&cname) },
            transited: TransitedEncoding { tr_type: self.tr_type, contents: OctetString(&self.transited) },
            authtime: self.authtime,
            starttime: self.starttime,
            endtime: self.endtime,
            renew_till: self.renew_till,
            caddr: addresses.as_ref().map(|addresses| SequenceOf::new(addresses)),
            authorization_data: authorization_field(&elements),
        };
        Ok(Zeroizing::new(part.to_der()?))
    }

    /// The cipher as it goes over the wire.
    pub(super) fn cipher(&self) -> Result<Vec<u8>, Error> {
        match &self.cipher {
            Some(octets) => Ok(octets.clone()),
            None => Ok(self.service_key.for_encryption(self.usage).encrypt(&self.plaintext()?, &SystemRandom)?),
        }
    }

    /// As it goes over the wire, around this cipher; `sname` are the strings of [`Self::sname`].
    pub(super) fn message<'a>(&'a self, sname: &'a [GeneralString<'a>], cipher: &'a [u8]) -> message::Ticket<'a> {
        message::Ticket {
            tkt_vno: self.tkt_vno,
            realm: GeneralString(&self.realm),
            sname: PrincipalName { name_type: self.sname.name_type, name_string: SequenceOf::new(sname) },
            enc_part: EncryptedData { etype: self.etype, kvno: self.kvno, cipher: OctetString(cipher) },
        }
    }
}

fn host_address((addr_type, address): &(i32, Vec<u8>)) -> HostAddress<'_> {
    HostAddress { addr_type: *addr_type, address: OctetString(address) }
}
