//! PAC_DEVICE_INFO.

use alloc::vec::Vec;
use core::fmt;

use super::membership::{AccountSids, MAX_SIDS};
use super::ndr::{Reader, Writer};
use super::{BufferType, Error, ExtraSids, GroupMemberships, NdrFlaw};
use crate::authorization::{Authorization, Sid};

/// Which device the user sits at, and member of what ([MS-PAC] section 2.12, PAC_DEVICE_INFO). Lists that are `None` are
/// null pointers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DeviceInfo<'a> {
    /// UserId: the device's number in its domain; 0 if the first of ExtraSids is the device.
    pub user_id: u32,
    /// PrimaryGroupId.
    pub primary_group_id: u32,
    /// AccountDomainId: the domain of UserId, PrimaryGroupId and AccountGroupIds.
    pub account_domain_id: Option<Sid>,
    /// AccountGroupIds: groups of the device's domain.
    pub account_group_ids: Option<GroupMemberships<'a>>,
    /// ExtraSids: groups of no domain.
    pub extra_sids: Option<ExtraSids<'a>>,
    /// DomainGroup: groups of other domains.
    pub domain_groups: Option<DomainGroups<'a>>,
}

/// An array of DOMAIN_GROUP_MEMBERSHIP ([MS-PAC] section 2.2.3), in the octets of a PAC, or in memory to be written.
#[derive(Clone, Copy)]
pub struct DomainGroups<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    /// The array, and a reader at what its first pointer leads to. All of it has been read once.
    Octets {
        array: &'a [[u8; 12]],
        referents: Reader<'a>,
    },
    Memory(&'a [(Sid, GroupMemberships<'a>)]),
}

const BUFFER: BufferType = BufferType::DEVICE_INFO;

impl<'a> DeviceInfo<'a> {
    /// Reads the whole of a buffer.
    ///
    /// # Errors
    /// [`Error::Ndr`] (row F08).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(BUFFER, octets)?;
        let (user_id, primary_group_id) = (reader.u32()?, reader.u32()?);
        let has_domain = reader.pointer()?;
        let (groups, extra_sids) = (reader.counted_pointer()?, reader.counted_pointer()?);
        let domain_groups = reader.counted_pointer()?;
        let info = Self {
            user_id,
            primary_group_id,
            account_domain_id: has_domain.then(|| reader.sid()).transpose()?,
            account_group_ids: GroupMemberships::read(&mut reader, groups)?,
            extra_sids: ExtraSids::read(&mut reader, extra_sids)?,
            domain_groups: DomainGroups::read(&mut reader, domain_groups)?,
        };
        reader.finish()?;
        Ok(info)
    }

    /// The buffer.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(BUFFER);
        writer.u32(self.user_id);
        writer.u32(self.primary_group_id);
        writer.pointer(self.account_domain_id.is_some());
        writer.counted_pointer(self.account_group_ids.map(|groups| groups.0.len()))?;
        writer.counted_pointer(self.extra_sids.map(ExtraSids::len))?;
        writer.counted_pointer(self.domain_groups.map(DomainGroups::len))?;
        self.account_domain_id.iter().for_each(|sid| writer.sid(sid));
        self.account_group_ids.map_or(Ok(()), |groups| writer.array(groups.0))?;
        self.extra_sids.map_or(Ok(()), |sids| sids.write(&mut writer))?;
        self.domain_groups.map_or(Ok(()), |groups| groups.write(&mut writer))?;
        writer.finish()
    }

    /// Every SID of the device, in the order of [MS-KILE] section 3.4.5.3, with its own in front.
    ///
    /// # Errors
    /// [`Error::Domain`] if there are numbers, and no domain they can be in.
    pub(crate) fn tell(&self, authorization: &mut Authorization) -> Result<(), Error> {
        self.tell_sids(authorization).ok_or(Error::Domain(BUFFER))
    }

    fn tell_sids(&self, authorization: &mut Authorization) -> Option<()> {
        let account = AccountSids {
            domain: self.account_domain_id,
            user_id: self.user_id,
            primary_group_id: self.primary_group_id,
            groups: self.account_group_ids.unwrap_or_default(),
            extra_sids: self.extra_sids.unwrap_or_default(),
        };
        let domain_groups = self.domain_groups.unwrap_or_default();
        let others = domain_groups.iter().map(|(_, groups)| groups.0.len()).fold(0, usize::saturating_add);
        let domains = account.extra_sids.len().saturating_add(domain_groups.len()).saturating_add(1);
        let sids = &mut authorization.device_sids;
        sids.reserve(domains, account.len().saturating_add(others));
        account.tell(sids)?;
        for (domain, groups) in domain_groups.iter() {
            let domain = sids.domain(domain)?;
            groups.iter().for_each(|group| sids.push_rid(domain, group.relative_id, group.attributes));
        }
        Some(())
    }
}

impl<'a> DomainGroups<'a> {
    /// To be written: domains, and groups of each.
    #[must_use]
    pub const fn new(groups: &'a [(Sid, GroupMemberships<'a>)]) -> Self {
        Self(Form::Memory(groups))
    }

    /// How many domains there are.
    #[must_use]
    pub const fn len(self) -> usize {
        match self.0 {
            Form::Octets { array, .. } => array.len(),
            Form::Memory(groups) => groups.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Each domain, with its groups.
    pub fn iter(self) -> impl Iterator<Item = (Sid, GroupMemberships<'a>)> + Clone + 'a {
        let (wire, memory) = match self.0 {
            Form::Octets { array, referents } => (Some((array, referents)), Default::default()),
            Form::Memory(groups) => (None, groups),
        };
        let wire = wire.into_iter().flat_map(|(array, mut referents)| {
            // `read` has seen that each is there.
            array.iter().map_while(move |domain| one(&mut referents, domain).ok())
        });
        wire.chain(memory.iter().copied())
    }

    fn read(reader: &mut Reader<'a>, count: Option<u32>) -> Result<Option<Self>, Error> {
        let Some(count) = count else { return Ok(None) };
        let array = reader.array(count)?;
        if array.len() > MAX_SIDS {
            return Err(reader.flaw(NdrFlaw::TooMany));
        }
        let referents = *reader;
        for domain in array {
            one(reader, domain)?;
        }
        Ok(Some(Self(Form::Octets { array, referents })))
    }

    fn write(self, writer: &mut Writer) -> Result<(), Error> {
        writer.count(self.len())?;
        for (_, groups) in self.iter() {
            writer.pointer(true);
            writer.counted_pointer(Some(groups.0.len()))?;
        }
        for (domain, groups) in self.iter() {
            writer.sid(&domain);
            writer.array(groups.0)?;
        }
        Ok(())
    }
}

/// What the two pointers of a DOMAIN_GROUP_MEMBERSHIP lead to: DomainId, GroupCount, GroupIds.
fn one<'a>(referents: &mut Reader<'a>, domain: &[u8; 12]) -> Result<(Sid, GroupMemberships<'a>), Error> {
    let [i0, i1, i2, i3, c0, c1, c2, c3, g0, g1, g2, g3] = *domain;
    if [i0, i1, i2, i3] == [0; 4] {
        return Err(referents.flaw(NdrFlaw::Pointer));
    }
    let sid = referents.sid()?;
    match (u32::from_le_bytes([c0, c1, c2, c3]), [g0, g1, g2, g3] != [0; 4]) {
        (count, true) => Ok((sid, GroupMemberships(referents.array(count)?))),
        (0, false) => Ok((sid, GroupMemberships::default())),
        (_, false) => Err(referents.flaw(NdrFlaw::Pointer)),
    }
}

impl Default for DomainGroups<'_> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl PartialEq for DomainGroups<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for DomainGroups<'_> {}

impl fmt::Debug for DomainGroups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::authorization::GroupAttributes;
    use crate::kerberos::pac::SidAndAttributes;

    fn device(extra_sids: &[SidAndAttributes]) -> Authorization {
        let groups = [[1, 0, 0, 0, 7, 0, 0, 0]];
        let domain_groups = [("S-1-5-21-1-2-3".parse().unwrap(), GroupMemberships(&groups))];
        let info = DeviceInfo {
            user_id: 1200,
            primary_group_id: 515,
            account_domain_id: Some("S-1-5-21-7-8-9".parse().unwrap()),
            account_group_ids: Some(GroupMemberships(&[[3, 2, 0, 0, 7, 0, 0, 0]])),
            extra_sids: Some(ExtraSids::new(extra_sids)),
            domain_groups: Some(DomainGroups::new(&domain_groups)),
        };
        let octets = info.encode().unwrap();
        let mut authorization = Authorization::default();
        DeviceInfo::parse(&octets).unwrap().tell(&mut authorization).unwrap();
        authorization
    }

    /// [MS-KILE] section 3.4.5.3.
    #[test]
    fn a_device_counts_if_it_was_authenticated_too() {
        let extra = SidAndAttributes { sid: Sid::CLAIMS_VALID, attributes: GroupAttributes::USUAL };
        let mut authorization = device(&[extra]);
        let device = "S-1-5-21-7-8-9-1200".parse().unwrap();
        assert!(authorization.device_groups().len() == 0 && !authorization.is_device_member(&device));
        authorization.sids.push(Sid::COMPOUNDED_AUTHENTICATION, GroupAttributes::USUAL);
        let sids = authorization.device_groups().map(|group| group.sid.to_string());
        let expected = ["S-1-5-21-7-8-9-1200", "S-1-5-21-7-8-9-515", "S-1-5-21-0-0-0-497", "S-1-5-21-1-2-3-1"];
        assert!(sids.eq(expected));
        assert!(authorization.is_device_member(&device) && !authorization.is_member(&device));
    }
}
