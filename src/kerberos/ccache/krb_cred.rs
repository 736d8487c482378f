//! Tickets in a `KRB-CRED` (RFC 4120 section 5.8): encrypted, as a login delegates them; in the clear (RFC 6448), as
//! mimikatz, Rubeus and impacket keep them in files named `.kirbi`.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::credential::{EMPTY_LIST, Rarities, SessionKey};
use super::error::KrbCredFlaw;
use super::{Ccache, Credential, Error, Times};
use crate::asn1::{self, GeneralString, OctetString, SequenceOf};
use crate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::message::{
    EncKrbCredPart, EncryptedData, HostAddress, KerberosTime, KeyValue, KrbCred, KrbCredInfo, Microseconds, PVNO,
    PrincipalName, Ticket, TicketFlags, msg_type,
};
use crate::peer::Principal;
use crate::random::Randomness;
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// The encryption type of a part in the clear (RFC 6448 section 3).
const IN_THE_CLEAR: i32 = 0;

/// The most tickets that one message may hold. A delegated login has one; a file, those of one logon session.
const MAX_TICKETS: usize = 256;

impl Ccache {
    /// Reads a `KRB-CRED` in the clear, such as a `.kirbi` file. The cache is that of the first ticket's client. Lengths may be in
    /// a longer form than DER has them: Windows writes all in five octets, and mimikatz what Windows gave it.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is none; [`Error::KrbCred`] if it is one that says too little, or is encrypted.
    pub fn from_kirbi(message: &[u8]) -> Result<Self, Error> {
        let credentials = match open(message, &[]) {
            Err(Error::Malformed(asn1::Error { flaw: asn1::Flaw::Length, .. })) => open_with_long_lengths(message)?,
            strict => strict?,
        };
        let client = credentials.first().ok_or(KrbCredFlaw::Count)?.client.clone();
        Ok(Self { credentials, ..Self::new(client) })
    }

    /// All tickets in one `KRB-CRED` in the clear: what a `.kirbi` file holds, session keys included.
    ///
    /// # Errors
    /// [`Error::Malformed`] if a ticket is none; [`Error::KrbCred`] if there is none, or more than a message may hold.
    pub fn to_kirbi(&self) -> Result<SecretBytes, Error> {
        let credentials: Vec<_> = self.credentials().collect();
        let part = enc_part(&credentials, None)?;
        message(&credentials, IN_THE_CLEAR, &part).map(SecretBytes::from)
    }
}

/// These tickets in a `KRB-CRED` under `key`, with key usage 14: what a login delegates (RFC 4121 section 4.1.1).
///
/// # Errors
/// [`Error::Malformed`] if a ticket is none; [`Error::KrbCred`] if there is none, or more than a message may hold;
/// [`Error::Encryption`] if there is no randomness.
pub fn seal(
    credentials: &[&Credential],
    key: &EncryptionKey,
    now: Timestamp,
    random: &dyn Randomness,
) -> Result<Vec<u8>, Error> {
    let part = enc_part(credentials, Some(now))?;
    let cipher = key.for_encryption(KeyUsage::KRB_CRED).encrypt(&part, random).map_err(Error::Encryption)?;
    message(credentials, key.etype().0, &cipher)
}

/// The tickets in a `KRB-CRED`, opened by the first of these keys that does; without keys, those of one in the clear. With
/// keys such a one is refused: anybody can have made it.
///
/// # Errors
/// [`Error::Malformed`] if it is none; [`Error::KrbCred`] if no key opens it, or it says too little, or has more tickets
/// than a message may hold.
pub fn open(message: &[u8], keys: &[&EncryptionKey]) -> Result<Vec<Credential>, Error> {
    if !keys.is_empty() && KrbCred::parse(message)?.enc_part.etype == IN_THE_CLEAR {
        return Err(KrbCredFlaw::InTheClear.into());
    }
    open_bounded(message, keys.iter().copied(), MAX_TICKETS)
}

/// What [`Ccache::from_kirbi`] reads where a length is longer than need be.
fn open_with_long_lengths(message: &[u8]) -> Result<Vec<Credential>, Error> {
    let flaw = Error::Malformed(asn1::Error::of(KrbCred::NAME, asn1::Flaw::Length));
    let message = asn1::with_shortest_lengths(message).ok_or_else(|| flaw.clone())?;
    let message = KrbCred::parse(&message)?;
    check(&message, MAX_TICKETS)?;
    if message.enc_part.etype != IN_THE_CLEAR {
        return Err(KrbCredFlaw::Key.into());
    }
    let part = asn1::with_shortest_lengths(message.enc_part.cipher.0).ok_or(flaw)?;
    read(&message, &part)
}

/// The same with another bound, and without a list of keys; also in the clear, for what stands within an encrypted message.
pub(in crate::kerberos) fn open_bounded<'k>(
    message: &[u8],
    keys: impl Iterator<Item = &'k EncryptionKey>,
    most: usize,
) -> Result<Vec<Credential>, Error> {
    let message = KrbCred::parse(message)?;
    check(&message, most)?;
    if message.enc_part.etype == IN_THE_CLEAR {
        return read(&message, message.enc_part.cipher.0);
    }
    let fitting = keys.filter(|key| key.etype().0 == message.enc_part.etype);
    for key in fitting {
        let mut octets = Zeroizing::new(message.enc_part.cipher.0.to_vec());
        if let Ok(part) = key.for_encryption(KeyUsage::KRB_CRED).decrypt_in_place(&mut octets) {
            return read(&message, part);
        }
    }
    Err(KrbCredFlaw::Key.into())
}

/// Whether it says that it is one, of no more tickets than it may, and of tickets that say what they are.
fn check(message: &KrbCred<'_>, most: usize) -> Result<(), Error> {
    if message.pvno != PVNO || message.msg_type != msg_type::KRB_CRED {
        return Err(KrbCredFlaw::NotKrbCred.into());
    }
    if message.tickets.is_empty() || message.tickets.len() > most {
        return Err(KrbCredFlaw::Count.into());
    }
    if message.tickets.iter().any(|ticket| ticket.tkt_vno != PVNO) {
        return Err(KrbCredFlaw::TicketVersion.into());
    }
    Ok(())
}

fn read(message: &KrbCred<'_>, part: &[u8]) -> Result<Vec<Credential>, Error> {
    let part = EncKrbCredPart::parse(part)?;
    if part.ticket_info.len() != message.tickets.len() {
        return Err(KrbCredFlaw::Count.into());
    }
    message.tickets.iter().zip(part.ticket_info.iter()).map(|(ticket, info)| credential(&ticket, &info)).collect()
}

/// A ticket with what was said of it. Names that were left out of the description are the ticket's, as far as it says
/// them in the clear; of the times all but the end may be missing (mimikatz writes no authtime).
fn credential(ticket: &Ticket<'_>, info: &KrbCredInfo<'_>) -> Result<Credential, Error> {
    let (prealm, pname) = info.prealm.zip(info.pname).ok_or(KrbCredFlaw::Name)?;
    let sname = info.sname.unwrap_or(ticket.sname);
    let srealm = info.srealm.unwrap_or(ticket.realm);
    let endtime = time(info.endtime)?.ok_or(KrbCredFlaw::Time)?;
    let starttime = time(info.starttime)?;
    let keytype = i16::try_from(info.key.keytype).map_err(|_| KrbCredFlaw::KeyType)?;
    Ok(Credential {
        client: pname.to_principal(prealm.0).map_err(|_| KrbCredFlaw::Name)?,
        server: sname.to_principal(srealm.0).map_err(|_| KrbCredFlaw::Name)?,
        times: Times {
            authtime: time(info.authtime)?.or(starttime).unwrap_or(Timestamp::UNIX_EPOCH),
            starttime,
            endtime,
            renew_till: time(info.renew_till)?,
        },
        flags: info.flags.unwrap_or_default(),
        ticket: ticket.to_der()?,
        session_key: SessionKey::new(EncryptionType(keytype.into()), info.key.keyvalue.0),
        is_user_to_user: false,
        realm_is_open: false,
        rarities: info.caddr.and_then(|addresses| rarities(&addresses)).map(Into::into),
    })
}

/// A time that a cache can hold. Its beginning, 1970, means that there is none.
fn time(time: Option<KerberosTime>) -> Result<Option<Timestamp>, Error> {
    let time = time.map(KerberosTime::to_timestamp).filter(|time| *time != Timestamp::UNIX_EPOCH);
    match time.map(|time| u32::try_from(time.as_seconds())) {
        Some(Err(_)) => Err(KrbCredFlaw::Time.into()),
        _ => Ok(time),
    }
}

/// The addresses in the form of a cache's file. Types beyond its 16 bits are none that anybody has.
fn rarities(addresses: &SequenceOf<'_, HostAddress<'_>>) -> Option<Rarities> {
    let mut list = EMPTY_LIST.to_vec();
    let mut count = 0u32;
    for HostAddress { addr_type, address } in addresses.iter() {
        let (Ok(kind), Ok(length)) = (u16::try_from(addr_type), u32::try_from(address.len())) else { continue };
        list.extend_from_slice(&kind.to_be_bytes());
        list.extend_from_slice(&length.to_be_bytes());
        list.extend_from_slice(&address);
        count = count.saturating_add(1);
    }
    list.get_mut(..EMPTY_LIST.len())?.copy_from_slice(&count.to_be_bytes());
    (count > 0).then(|| Rarities {
        addresses: list.into(),
        authorization_data: EMPTY_LIST.into(),
        second_ticket: [].into(),
    })
}

fn message(credentials: &[&Credential], etype: i32, cipher: &[u8]) -> Result<Vec<u8>, Error> {
    let tickets: Vec<_> = credentials.iter().map(|one| Ticket::parse(&one.ticket)).collect::<Result<_, _>>()?;
    let enc_part = EncryptedData { etype, kvno: None, cipher: OctetString(cipher) };
    let tickets = SequenceOf::new(&tickets);
    Ok(KrbCred { pvno: PVNO, msg_type: msg_type::KRB_CRED, tickets, enc_part }.to_der()?)
}

/// The part to be encrypted.
fn enc_part(credentials: &[&Credential], now: Option<Timestamp>) -> Result<Zeroizing<Vec<u8>>, Error> {
    if credentials.is_empty() || credentials.len() > MAX_TICKETS {
        return Err(KrbCredFlaw::Count.into());
    }
    let names: Vec<_> = credentials.iter().map(|one| [components(&one.client), components(&one.server)]).collect();
    let addresses: Vec<Vec<_>> = credentials.iter().map(|one| one.addresses().collect()).collect();
    let infos = credentials.iter().zip(&names).zip(&addresses);
    let infos: Vec<_> = infos.map(|((one, names), addresses)| info(one, names, addresses)).collect();
    let usec = now.map(|now| i32::try_from(now.subsecond_micros()).map(Microseconds).unwrap_or_default());
    let part = EncKrbCredPart {
        ticket_info: SequenceOf::new(&infos),
        nonce: None,
        timestamp: now.and_then(KerberosTime::new),
        usec,
        s_address: None,
        r_address: None,
    };
    Ok(Zeroizing::new(asn1::to_der(EncKrbCredPart::NAME, &part)?))
}

fn components(name: &Principal) -> Vec<GeneralString<'_>> {
    name.components().map(GeneralString).collect()
}

fn info<'a>(
    credential: &'a Credential,
    [client, server]: &'a [Vec<GeneralString<'a>>; 2],
    addresses: &'a [HostAddress<'a>],
) -> KrbCredInfo<'a> {
    let Times { authtime, starttime, endtime, renew_till } = credential.times;
    let name = |name: &Principal, components| PrincipalName {
        name_type: name.name_type().0,
        name_string: SequenceOf::new(components),
    };
    KrbCredInfo {
        key: KeyValue { keytype: credential.etype().0, keyvalue: OctetString(credential.expose_key()) },
        prealm: Some(GeneralString(credential.client.realm())),
        pname: Some(name(&credential.client, client)),
        flags: Some(TicketFlags(credential.flags.0)),
        authtime: KerberosTime::new(authtime),
        starttime: starttime.and_then(KerberosTime::new),
        endtime: KerberosTime::new(endtime),
        renew_till: renew_till.and_then(KerberosTime::new),
        srealm: Some(GeneralString(credential.server.realm())),
        sname: Some(name(&credential.server, server)),
        caddr: (!addresses.is_empty()).then(|| SequenceOf::new(addresses)),
    }
}
