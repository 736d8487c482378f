//! The file format, versions 0x0504 and 0x0503 ("Credential cache file format" in MIT krb5's documentation).
//!
//! ```text
//!  05 04 | header | client | credential | credential | …      all integers big-endian; 0x0503 has no header
//!
//!  header      u16 length, fields: u16 tag, u16 length, octets     tag 1: what the KDC's clock is ahead, i32 s, i32 µs
//!  principal   u32 name type, u32 count of components, realm, components
//!  credential  client, server          principals
//!              etype        u16        0x0503 has it twice
//!              key          octets
//!              authtime, starttime, endtime, renew-till   u32, seconds since 1970; 0: none
//!              is_skey      u8         1: user-to-user
//!              flags        u32
//!              addresses    u32 count, each u16 type and octets
//!              authdata     u32 count, each u16 type and octets
//!              ticket, second ticket   octets
//!  octets      u32 length, octets
//! ```
//! No count is believed: the credentials are read once to be counted, and once to be kept (row A06).

use alloc::vec::Vec;

use super::credential::{EMPTY_LIST, Rarities, SessionKey};
use super::{Ccache, Credential, Error, Times};
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::keytab::Keytab;
use crate::kerberos::message::{Ticket, TicketFlags};
use crate::peer::{NameType, Principal};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

const VERSION_3: u8 = 3;
const VERSION_4: u8 = 4;

/// The header's only field that anybody knows.
pub(super) const DELTA_TIME: u16 = 1;

pub(super) fn parse(file: &[u8]) -> Result<Ccache, Error> {
    let (version, rest) = match file {
        [] => return Err(Error::Empty),
        [5, version @ (VERSION_3 | VERSION_4), rest @ ..] => (*version, rest),
        // Keytabs count their versions from the same octet: 0x0502 is theirs, and may also be an old cache's.
        [5, 2, ..] if Keytab::parse(file).is_ok() => return Err(Error::Keytab),
        [5, version, ..] => return Err(Error::Version(*version)),
        _ => return Err(Error::NotACcache),
    };
    let mut input = Input { rest, offset: 2, version };
    let header = if version == VERSION_4 { input.header()? } else { &[] };
    let client = input.name()?.to_principal(&[])?;
    let mut counting = input;
    let mut count = 0usize;
    while !counting.rest.is_empty() {
        counting.credential()?;
        count = count.saturating_add(1);
    }
    let mut credentials = Vec::with_capacity(count);
    while !input.rest.is_empty() {
        credentials.push(input.credential()?.to_credential()?);
    }
    Ok(Ccache { header: header.into(), client, credentials })
}

/// What is left of the file.
#[derive(Clone, Copy)]
struct Input<'a> {
    rest: &'a [u8],
    offset: usize,
    version: u8,
}

impl<'a> Input<'a> {
    fn octets(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], Error> {
        let truncated = Error::Truncated { offset: self.offset, field };
        let (octets, rest) = self.rest.split_at_checked(length).ok_or(truncated)?;
        self.rest = rest;
        self.offset = self.offset.saturating_add(length);
        Ok(octets)
    }

    fn chunk<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], Error> {
        let offset = self.offset;
        let octets = self.octets(N, field)?;
        octets.try_into().map_err(|_| Error::Truncated { offset, field })
    }

    fn u16(&mut self, field: &'static str) -> Result<u16, Error> {
        self.chunk(field).map(u16::from_be_bytes)
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, Error> {
        self.chunk(field).map(u32::from_be_bytes)
    }

    /// Octets behind their number in 32 bits.
    fn counted(&mut self, field: &'static str) -> Result<&'a [u8], Error> {
        let offset = self.offset;
        let length = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        self.octets(length, field).map_err(|_| Error::Truncated { offset, field })
    }

    /// The header's fields, each of them whole; of those that nobody knows nothing else is asked.
    fn header(&mut self) -> Result<&'a [u8], Error> {
        let length = usize::from(self.u16("header")?);
        let before = *self;
        let octets = self.octets(length, "header")?;
        let mut fields = Input { rest: octets, ..before };
        while !fields.rest.is_empty() {
            let offset = fields.offset;
            let tag = fields.u16("header field")?;
            let length = usize::from(fields.u16("header field")?);
            fields.octets(length, "header field")?;
            if tag == DELTA_TIME && length != 8 {
                return Err(Error::Field { offset, field: "time offset" });
            }
        }
        Ok(octets)
    }

    fn name(&mut self) -> Result<Name<'a>, Error> {
        let offset = self.offset;
        let name_type = NameType(self.u32("name type")?.cast_signed());
        let count = usize::try_from(self.u32("number of components")?).unwrap_or(usize::MAX);
        let realm = self.counted("realm")?;
        let mut components = [&[][..]; Principal::MAX_COMPONENTS];
        for component in components.get_mut(..count).ok_or(Error::BadName { offset })? {
            *component = self.counted("name")?;
        }
        Ok(Name { offset, name_type, realm, components, count })
    }

    fn credential(&mut self) -> Result<Entry<'a>, Error> {
        let (client, server) = (self.name()?, self.name()?);
        let etype = self.u16("encryption type")?;
        if self.version == VERSION_3 {
            // Once the type of the key, which said no more (`ccmarshal.c`).
            self.u16("encryption type")?;
        }
        Ok(Entry {
            client,
            server,
            etype,
            key: self.counted("key")?,
            authtime: self.u32("authtime")?,
            starttime: self.u32("starttime")?,
            endtime: self.u32("endtime")?,
            renew_till: self.u32("renew-till")?,
            is_user_to_user: self.flag("is_skey")?,
            flags: self.u32("flags")?,
            addresses: self.list("addresses")?,
            authorization_data: self.list("authorization data")?,
            ticket: self.counted("ticket")?,
            second_ticket: self.counted("second ticket")?,
        })
    }

    fn flag(&mut self, field: &'static str) -> Result<bool, Error> {
        let offset = self.offset;
        match self.chunk(field)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Error::Field { offset, field }),
        }
    }

    /// A list with its count.
    fn list(&mut self, field: &'static str) -> Result<&'a [u8], Error> {
        let before = self.rest;
        for _ in 0..self.u32(field)? {
            self.u16(field)?;
            self.counted(field)?;
        }
        Ok(before.get(..before.len().saturating_sub(self.rest.len())).unwrap_or_default())
    }
}

/// A name as it stands in the file.
struct Name<'a> {
    offset: usize,
    name_type: NameType,
    realm: &'a [u8],
    components: [&'a [u8]; Principal::MAX_COMPONENTS],
    count: usize,
}

impl Name<'_> {
    /// `realm`: what it is where the file leaves it open.
    fn to_principal(&self, realm: &[u8]) -> Result<Principal, Error> {
        let realm = if self.realm.is_empty() { realm } else { self.realm };
        let components = self.components.into_iter().take(self.count);
        Principal::new(realm, self.name_type, components).map_err(|_| Error::BadName { offset: self.offset })
    }
}

/// A credential as it stands in the file.
struct Entry<'a> {
    client: Name<'a>,
    server: Name<'a>,
    etype: u16,
    key: &'a [u8],
    authtime: u32,
    starttime: u32,
    endtime: u32,
    renew_till: u32,
    is_user_to_user: bool,
    flags: u32,
    addresses: &'a [u8],
    authorization_data: &'a [u8],
    ticket: &'a [u8],
    second_ticket: &'a [u8],
}

impl Entry<'_> {
    fn to_credential(&self) -> Result<Credential, Error> {
        let realm_of_ticket = || Ticket::parse(self.ticket).map_or(&[][..], |ticket| ticket.realm.0);
        let realm_is_open = self.server.realm.is_empty();
        // MIT krb5 and Heimdal read the 16 bits as a signed number, and the 32 bits of a time as an unsigned one.
        let etype = EncryptionType(i32::from(self.etype.cast_signed()));
        let time = |seconds: u32| Timestamp::from_seconds(i64::from(seconds));
        let time_if_any = |seconds: u32| (seconds != 0).then(|| time(seconds));
        Ok(Credential {
            client: self.client.to_principal(&[])?,
            server: self.server.to_principal(if realm_is_open { realm_of_ticket() } else { &[] })?,
            times: Times {
                authtime: time(self.authtime),
                starttime: time_if_any(self.starttime),
                endtime: time(self.endtime),
                renew_till: time_if_any(self.renew_till),
            },
            flags: TicketFlags(self.flags),
            ticket: self.ticket.into(),
            session_key: SessionKey::new(etype, self.key),
            is_user_to_user: self.is_user_to_user,
            realm_is_open,
            rarities: self.rarities().map(Into::into),
        })
    }

    fn rarities(&self) -> Option<Rarities> {
        let lists = [self.addresses, self.authorization_data];
        if lists == [EMPTY_LIST; 2] && self.second_ticket.is_empty() {
            return None;
        }
        Some(Rarities {
            addresses: self.addresses.into(),
            authorization_data: self.authorization_data.into(),
            second_ticket: self.second_ticket.into(),
        })
    }
}

/// The file of a cache, in version 0x0504.
pub(super) fn write(cache: &Ccache) -> SecretBytes {
    // Measured first: a buffer that grows leaves copies of keys behind.
    let mut measure = Measure(0);
    write_to(cache, &mut measure);
    let mut file = Vec::with_capacity(measure.0);
    write_to(cache, &mut file);
    SecretBytes::from(file)
}

/// Where a file goes.
trait Output {
    fn put(&mut self, octets: &[u8]);
}

impl Output for Vec<u8> {
    fn put(&mut self, octets: &[u8]) {
        self.extend_from_slice(octets);
    }
}

/// Counts octets.
struct Measure(usize);

impl Output for Measure {
    fn put(&mut self, octets: &[u8]) {
        self.0 = self.0.saturating_add(octets.len());
    }
}

fn write_to(cache: &Ccache, file: &mut impl Output) {
    file.put(&[5, VERSION_4]);
    // A header that was read has no more; none is made here.
    file.put(&u16::try_from(cache.header.len()).unwrap_or(u16::MAX).to_be_bytes());
    file.put(&cache.header);
    put_name(file, &cache.client, cache.client.realm());
    for credential in &cache.credentials {
        put_credential(file, credential);
    }
}

fn put_credential(file: &mut impl Output, credential: &Credential) {
    let Credential { client, server, times, flags, ticket, rarities, .. } = credential;
    put_name(file, client, client.realm());
    put_name(file, server, if credential.realm_is_open { &[] } else { server.realm() });
    let [_, _, high, low] = credential.etype().0.to_be_bytes();
    file.put(&[high, low]);
    put_counted(file, credential.expose_key());
    let Times { authtime, starttime, endtime, renew_till } = times;
    for time in [Some(authtime), starttime.as_ref(), Some(endtime), renew_till.as_ref()] {
        file.put(&time.map_or(0, |time| seconds(*time)).to_be_bytes());
    }
    file.put(&[u8::from(credential.is_user_to_user)]);
    file.put(&flags.0.to_be_bytes());
    let rarities = rarities.as_deref();
    file.put(rarities.map_or(&EMPTY_LIST, |rarities| &rarities.addresses));
    file.put(rarities.map_or(&EMPTY_LIST, |rarities| &rarities.authorization_data));
    put_counted(file, ticket);
    put_counted(file, credential.second_ticket());
}

fn put_name(file: &mut impl Output, name: &Principal, realm: &[u8]) {
    file.put(&name.name_type().0.to_be_bytes());
    file.put(&u32_of(name.components().count()));
    put_counted(file, realm);
    name.components().for_each(|component| put_counted(file, component));
}

fn put_counted(file: &mut impl Output, octets: &[u8]) {
    file.put(&u32_of(octets.len()));
    file.put(octets);
}

/// The time as the file has it: before 1970 it is the beginning of 1970, and from 2106 on the last second before.
fn seconds(time: Timestamp) -> u32 {
    let seconds = time.as_seconds().max(0);
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Lengths that came from 32 bits, or that memory holds as tickets and names.
fn u32_of(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes()
}
