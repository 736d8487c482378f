//! Lists of groups.

use core::fmt;

use super::ndr::{Reader, Writer};
use super::{Error, NdrFlaw};
use crate::authorization::{GroupAttributes, Sid, Sids};

/// GROUP_MEMBERSHIP ([MS-PAC] section 2.2.2): a group of a domain that is named elsewhere.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct GroupMembership {
    /// RelativeId.
    pub relative_id: u32,
    /// Attributes.
    pub attributes: GroupAttributes,
}

impl GroupMembership {
    /// The structure in a PAC.
    #[must_use]
    pub const fn from_octets([r0, r1, r2, r3, attributes @ ..]: [u8; 8]) -> Self {
        let attributes = GroupAttributes(u32::from_le_bytes(attributes));
        Self { relative_id: u32::from_le_bytes([r0, r1, r2, r3]), attributes }
    }

    /// The structure in a PAC.
    #[must_use]
    pub const fn to_octets(self) -> [u8; 8] {
        let ([r0, r1, r2, r3], [a0, a1, a2, a3]) = (self.relative_id.to_le_bytes(), self.attributes.0.to_le_bytes());
        [r0, r1, r2, r3, a0, a1, a2, a3]
    }
}

/// An array of GROUP_MEMBERSHIP, in the octets of a PAC.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GroupMemberships<'a>(pub &'a [[u8; 8]]);

impl<'a> GroupMemberships<'a> {
    /// Each of them.
    pub fn iter(self) -> impl ExactSizeIterator<Item = GroupMembership> + Clone + 'a {
        self.0.iter().map(|octets| GroupMembership::from_octets(*octets))
    }

    pub(super) fn read(reader: &mut Reader<'a>, count: Option<u32>) -> Result<Option<Self>, Error> {
        count.map(|count| reader.array(count).map(Self)).transpose()
    }
}

/// KERB_SID_AND_ATTRIBUTES ([MS-PAC] section 2.2.1): a group of any domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SidAndAttributes {
    /// Sid.
    pub sid: Sid,
    /// Attributes.
    pub attributes: GroupAttributes,
}

/// An array of KERB_SID_AND_ATTRIBUTES, in the octets of a PAC, or in memory to be written.
#[derive(Clone, Copy)]
pub struct ExtraSids<'a>(Form<'a>);

#[derive(Clone, Copy)]
enum Form<'a> {
    /// The array, and a reader at its first SID. All of it has been read once.
    Octets {
        array: &'a [[u8; 8]],
        sids: Reader<'a>,
    },
    Memory(&'a [SidAndAttributes]),
}

/// The most SIDs (row F08). A ticket with more of them than a token of Windows holds (1,024) is none of a real KDC.
pub(super) const MAX_SIDS: usize = 4_096;

impl<'a> ExtraSids<'a> {
    /// To be written.
    #[must_use]
    pub const fn new(sids: &'a [SidAndAttributes]) -> Self {
        Self(Form::Memory(sids))
    }

    /// How many there are.
    #[must_use]
    pub const fn len(self) -> usize {
        match self.0 {
            Form::Octets { array, .. } => array.len(),
            Form::Memory(sids) => sids.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = SidAndAttributes> + Clone + 'a {
        let (wire, memory) = match self.0 {
            Form::Octets { array, sids } => (Some((array, sids)), Default::default()),
            Form::Memory(sids) => (None, sids),
        };
        let wire = wire.into_iter().flat_map(|(array, mut sids)| {
            array.iter().map_while(move |octets| {
                // `read` has seen that each is there.
                let attributes = GroupMembership::from_octets(*octets).attributes;
                sids.sid().ok().map(|sid| SidAndAttributes { sid, attributes })
            })
        });
        wire.chain(memory.iter().copied())
    }

    pub(super) fn read(reader: &mut Reader<'a>, count: Option<u32>) -> Result<Option<Self>, Error> {
        let Some(count) = count else { return Ok(None) };
        let array: &[[u8; 8]] = reader.array(count)?;
        if array.len() > MAX_SIDS {
            return Err(reader.flaw(NdrFlaw::TooMany));
        }
        let sids = *reader;
        for [p0, p1, p2, p3, ..] in array {
            if [*p0, *p1, *p2, *p3] == [0; 4] {
                return Err(reader.flaw(NdrFlaw::Pointer));
            }
            reader.sid()?;
        }
        Ok(Some(Self(Form::Octets { array, sids })))
    }

    pub(super) fn write(self, writer: &mut Writer) -> Result<(), Error> {
        writer.count(self.len())?;
        for extra in self.iter() {
            writer.pointer(true);
            writer.u32(extra.attributes.0);
        }
        self.iter().for_each(|extra| writer.sid(&extra.sid));
        Ok(())
    }
}

impl Default for ExtraSids<'_> {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl PartialEq for ExtraSids<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for ExtraSids<'_> {}

impl fmt::Debug for ExtraSids<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// An account with its groups, as a domain controller tells of a user or of a device ([MS-PAC] sections 2.5 and 2.12).
pub(super) struct AccountSids<'a> {
    pub(super) domain: Option<Sid>,
    pub(super) user_id: u32,
    pub(super) primary_group_id: u32,
    pub(super) groups: GroupMemberships<'a>,
    pub(super) extra_sids: ExtraSids<'a>,
}

/// The account's own SID, and its primary group's.
pub(super) struct Own {
    pub(super) user: Option<Sid>,
    pub(super) primary_group: Option<Sid>,
}

impl AccountSids<'_> {
    /// Adds all of them, in the order of [MS-KILE] section 3.4.5.3: the account, its primary group, its groups, the extra
    /// SIDs. The primary group is in the list of groups again, as a rule, and is not repeated. `None` if there are numbers
    /// and no domain that they can be in.
    pub(super) fn tell(&self, sids: &mut Sids) -> Option<Own> {
        let mut own = Own { user: None, primary_group: None };
        let mut extra_sids = self.extra_sids.iter();
        if self.user_id == 0 {
            // The account is of no domain: its own SID is the first of the extra ones ([MS-PAC] section 2.5, UserId).
            own.user = extra_sids.next().map(|extra| extra.sid);
            own.user.into_iter().for_each(|sid| sids.push(sid, GroupAttributes::USUAL));
        }
        match self.domain {
            Some(domain) => {
                let place = sids.domain(domain)?;
                if self.user_id != 0 {
                    own.user = domain.with_rid(self.user_id);
                    sids.push_rid(place, self.user_id, GroupAttributes::USUAL);
                }
                own.primary_group = domain.with_rid(self.primary_group_id);
                let listed = self.groups.iter().find(|group| group.relative_id == self.primary_group_id);
                let attributes = listed.map_or(GroupAttributes::USUAL, |group| group.attributes);
                sids.push_rid(place, self.primary_group_id, attributes);
                let others = self.groups.iter().filter(|group| group.relative_id != self.primary_group_id);
                others.for_each(|group| sids.push_rid(place, group.relative_id, group.attributes));
            }
            None if self.user_id != 0 || !self.groups.0.is_empty() => return None,
            None => {}
        }
        extra_sids.for_each(|extra| sids.push(extra.sid, extra.attributes));
        Some(own)
    }

    /// How many SIDs [`Self::tell`] adds, at most.
    pub(super) const fn len(&self) -> usize {
        self.groups.0.len().saturating_add(self.extra_sids.len()).saturating_add(2)
    }
}
