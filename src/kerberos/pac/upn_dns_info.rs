//! UPN_DNS_INFO ([MS-PAC] section 2.10): the client's names in Active Directory.

use alloc::vec::Vec;

use super::{AccountFlaw, BufferType, Client, Error, LogonInfo, Text};
use crate::authorization::{self, Authorization, Sid};

/// The client's user principal name, its domain and, in the longer form, its account ([MS-PAC] section 2.10).
///
/// ```text
///    0..4    UpnLength, UpnOffset                         16 bits each, little-endian
///    4..8    DnsDomainNameLength, DnsDomainNameOffset
///    8..12   Flags
///   12..16   SamNameLength, SamNameOffset                 with the flag S only
///   16..20   SidLength, SidOffset
///            what they point to, from the beginning of the structure
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UpnDnsInfo<'a> {
    /// The user principal name, such as `alice@example.com`. It is for show: what it says in front of the `@` and behind
    /// it need not be the account and its realm.
    pub upn: Text<'a>,
    /// The DNS name of the client's domain.
    pub dns_domain_name: Text<'a>,
    /// Flags without S: see [`Self::UPN_CONSTRUCTED`].
    pub flags: u32,
    /// SAM name and SID, in the longer form.
    pub account: Option<(Text<'a>, Sid)>,
}

/// S: SAM name and SID follow.
const EXTENDED: u32 = 2;
/// Octets of the fixed part, without and with the fields of S.
const HEADER: usize = 12;
const EXTENDED_HEADER: usize = 20;

/// A length and an offset.
type Place = [u8; 4];

impl<'a> UpnDnsInfo<'a> {
    /// U: the account has no user principal name, and `upn` was put together from account and domain.
    pub const UPN_CONSTRUCTED: u32 = 1;

    /// Reads a buffer of type 12.
    ///
    /// # Errors
    /// [`Error::Length`] if it ends too early, or something in it lies within the fixed part or leaves the buffer;
    /// [`Error::Text`] if a name is no text, or is half a unit off; [`Error::Sid`] (row F09).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let too_short = Error::Length(BufferType::UPN_DNS_INFO);
        let ([upn, dns_domain_name, flags], _) = three(octets).ok_or(too_short)?;
        let flags = u32::from_le_bytes(flags);
        let is_extended = flags & EXTENDED != 0;
        let reading = Reading { octets, header: if is_extended { EXTENDED_HEADER } else { HEADER } };
        let account = || {
            let (fields, _) = octets.get(HEADER..).and_then(|rest| rest.split_first_chunk::<8>()).ok_or(too_short)?;
            let [s0, s1, s2, s3, sid @ ..] = *fields;
            let sid = Sid::from_octets(reading.octets(sid)?).ok_or(Error::Sid(BufferType::UPN_DNS_INFO))?;
            Ok((reading.text([s0, s1, s2, s3])?, sid))
        };
        Ok(Self {
            upn: reading.text(upn)?,
            dns_domain_name: reading.text(dns_domain_name)?,
            flags: flags & !EXTENDED,
            account: is_extended.then(account).transpose()?,
        })
    }

    /// Whether it is about the account of LOGON_INFO, and of the client's realm (row F09): a KDC that was led to take one
    /// account's name for another's writes what does not fit together (CVE-2021-42287). A PAC with this buffer is a
    /// domain controller's, and such a one has LOGON_INFO ([MS-PAC] section 2.4): without it somebody took it out.
    pub(super) fn check(&self, logon_info: Option<&LogonInfo<'_>>, client: &Client<'_>) -> Result<(), Error> {
        let logon_info = logon_info.ok_or(Error::Missing(BufferType::LOGON_INFO))?;
        if let Some((sam_name, sid)) = &self.account {
            if account_of(logon_info) != Some(*sid) {
                return Err(Error::SidMismatch(AccountFlaw::Sid));
            }
            // A KDC that gives no EffectiveName contradicts nobody.
            let effective_name = logon_info.effective_name.text();
            if !effective_name.is_empty() && *sam_name != effective_name {
                return Err(Error::SidMismatch(AccountFlaw::SamName));
            }
        }
        if self.is_in_realm(client.crealm) { Ok(()) } else { Err(Error::SidMismatch(AccountFlaw::Domain)) }
    }

    /// Whether the domain's DNS name is the realm's: a realm is that name in capitals ([MS-KILE] 3.1.5.7).
    fn is_in_realm(&self, realm: &[u8]) -> bool {
        let Ok(realm) = core::str::from_utf8(realm) else { return false };
        let folded = |character: char| character.to_ascii_lowercase();
        self.dns_domain_name.is_empty() || self.dns_domain_name.chars().map(folded).eq(realm.chars().map(folded))
    }

    /// The names, for an [`Authorization`].
    pub(super) fn tell(&self, authorization: &mut Authorization) {
        use authorization::Text;
        let sam_name = self.account.map(|(name, _)| name).unwrap_or_default();
        let texts = [(Text::Upn, self.upn), (Text::DnsDomain, self.dns_domain_name), (Text::SamName, sam_name)];
        let octets = texts.iter().map(|(_, text)| text.most_octets());
        authorization.texts.reserve(octets.fold(0, usize::saturating_add));
        texts.into_iter().for_each(|(which, text)| authorization.texts.write(which, text.chars()));
    }

    /// The buffer, each part at a multiple of 8.
    ///
    /// # Errors
    /// [`Error::TooLong`] if an offset or a length is beyond 65,535.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let text = |text: Text<'_>| text.units().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let sam_name = self.account.map(|(name, _)| text(name)).unwrap_or_default();
        let sid = self.account.iter().flat_map(|(_, sid)| sid.to_octets()).collect();
        let (header, flags) = match self.account {
            Some(_) => (EXTENDED_HEADER, self.flags | EXTENDED),
            None => (HEADER, self.flags & !EXTENDED),
        };
        let parts = [text(self.upn), text(self.dns_domain_name), sam_name, sid];
        let (mut places, mut payload) = ([[0; 4]; 4], Vec::new());
        let mut offset = header.next_multiple_of(8);
        payload.resize(offset.saturating_sub(header), 0);
        for (place, part) in places.iter_mut().zip(parts) {
            *place = written_place(part.len(), offset)?;
            payload.extend_from_slice(&part);
            let end = offset.saturating_add(part.len());
            offset = end.next_multiple_of(8);
            payload.resize(payload.len().saturating_add(offset.saturating_sub(end)), 0);
        }
        let [upn, dns_domain_name, sam_name, sid] = places;
        let mut octets = [upn, dns_domain_name, flags.to_le_bytes()].concat();
        if self.account.is_some() {
            octets.extend([sam_name, sid].as_flattened());
        }
        octets.append(&mut payload);
        Ok(octets)
    }
}

/// The account's own SID: in its domain, or the first of the others ([MS-PAC] section 2.5, UserId).
fn account_of(logon_info: &LogonInfo<'_>) -> Option<Sid> {
    match logon_info.user_id {
        0 => logon_info.extra_sids?.iter().next().map(|extra| extra.sid),
        user_id => logon_info.logon_domain_id?.with_rid(user_id),
    }
}

/// The first three fields of four octets.
fn three(octets: &[u8]) -> Option<([Place; 3], &[u8])> {
    let (fields, rest) = octets.split_first_chunk::<HEADER>()?;
    let ([one, two, three], _) = fields.as_chunks::<4>() else { return None };
    Some(([*one, *two, *three], rest))
}

fn written_place(length: usize, offset: usize) -> Result<Place, Error> {
    let number = |number| u16::try_from(number).map_err(|_| Error::TooLong(BufferType::UPN_DNS_INFO));
    let ([l0, l1], [o0, o1]) = (number(length)?.to_le_bytes(), number(offset)?.to_le_bytes());
    Ok([l0, l1, o0, o1])
}

/// The structure, and where its fixed part ends.
#[derive(Clone, Copy)]
struct Reading<'a> {
    octets: &'a [u8],
    header: usize,
}

impl<'a> Reading<'a> {
    fn octets(self, [l0, l1, o0, o1]: Place) -> Result<&'a [u8], Error> {
        let (length, offset) = (usize::from(u16::from_le_bytes([l0, l1])), usize::from(u16::from_le_bytes([o0, o1])));
        // Of what is empty nobody cares where it is.
        if length == 0 {
            return Ok(&[]);
        }
        let lies_well = offset >= self.header && offset.is_multiple_of(2);
        let found = self.octets.get(offset..).and_then(|rest| rest.get(..length)).filter(|_| lies_well);
        found.ok_or(Error::Length(BufferType::UPN_DNS_INFO))
    }

    fn text(self, place: Place) -> Result<Text<'a>, Error> {
        Text::from_octets(self.octets(place)?).ok_or(Error::Text(BufferType::UPN_DNS_INFO))
    }
}
