//! The SIDs of a user or a device, in few octets.

use alloc::vec::Vec;
use core::fmt;

use super::Sid;

/// Attributes of a group in somebody's list ([MS-PAC] section 2.2.1): whether and how the membership counts.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct GroupAttributes(pub u32);

impl GroupAttributes {
    /// SE_GROUP_MANDATORY: the user cannot disable it.
    pub const MANDATORY: Self = Self(0x0000_0001);
    /// SE_GROUP_ENABLED_BY_DEFAULT.
    pub const ENABLED_BY_DEFAULT: Self = Self(0x0000_0002);
    /// SE_GROUP_ENABLED: it grants what its members are granted.
    pub const ENABLED: Self = Self(0x0000_0004);
    /// SE_GROUP_OWNER: it may own things.
    pub const OWNER: Self = Self(0x0000_0008);
    /// SE_GROUP_USE_FOR_DENY_ONLY: it grants nothing, and only what is denied to its members counts. [MS-PAC] has no
    /// such bit, Windows' access tokens have.
    pub const USE_FOR_DENY_ONLY: Self = Self(0x0000_0010);
    /// SE_GROUP_RESOURCE: a group of the service's own domain.
    pub const RESOURCE: Self = Self(0x2000_0000);

    /// What a membership that counts has: mandatory, enabled by default, enabled.
    pub const USUAL: Self = Self(0x0000_0007);

    /// Whether all of the `others` are set.
    #[must_use]
    pub const fn contains(self, others: Self) -> bool {
        self.0 & others.0 == others.0
    }

    /// Whether the membership grants anything: it is enabled, and not only there to deny.
    #[must_use]
    pub const fn grants(self) -> bool {
        self.contains(Self::ENABLED) && !self.contains(Self::USE_FOR_DENY_ONLY)
    }
}

/// One membership.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Group {
    /// The group.
    pub sid: Sid,
    /// How the membership counts.
    pub attributes: GroupAttributes,
}

/// A list of SIDs with their attributes. Most are of one domain, which is written down once: a ticket that says eight
/// octets of each of its thousand groups must not take seventy for each here (row A06).
#[derive(Clone, Default)]
pub(crate) struct Sids {
    domains: Vec<Sid>,
    members: Vec<Member>,
}

#[derive(Clone, Copy)]
struct Member {
    /// Its place in `domains`.
    domain: u32,
    /// `None` for a SID that is an authority and nothing more, which stands in `domains` itself.
    rid: Option<u32>,
    attributes: GroupAttributes,
}

impl Sids {
    /// Nothing.
    pub(crate) const NONE: Self = Self { domains: Vec::new(), members: Vec::new() };

    /// Makes room for as many more.
    pub(crate) fn reserve(&mut self, domains: usize, members: usize) {
        self.domains.reserve_exact(domains);
        self.members.reserve_exact(members);
    }

    /// Writes down a domain, for [`Self::push_rid`]; `None` if its SID is too long for anything to be in it.
    pub(crate) fn domain(&mut self, domain: Sid) -> Option<Domain> {
        domain.with_rid(0)?;
        let place = u32::try_from(self.domains.len()).ok()?;
        self.domains.push(domain);
        Some(Domain(place))
    }

    /// Adds what has this number within the domain.
    pub(crate) fn push_rid(&mut self, domain: Domain, rid: u32, attributes: GroupAttributes) {
        self.members.push(Member { domain: domain.0, rid: Some(rid), attributes });
    }

    /// Adds a SID of any domain.
    pub(crate) fn push(&mut self, sid: Sid, attributes: GroupAttributes) {
        let domain = sid.domain().unwrap_or(sid);
        if self.domains.last() != Some(&domain) {
            self.domains.push(domain);
        }
        let last = self.domains.len().saturating_sub(1);
        self.members.push(Member { domain: u32::try_from(last).unwrap_or(u32::MAX), rid: sid.rid(), attributes });
    }

    /// All of them, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = Group> + Clone + '_ {
        self.members.iter().map(|member| Group { sid: self.sid(member), attributes: member.attributes })
    }

    /// Whether it is one of them, whatever its attributes.
    pub(crate) fn contains(&self, sid: &Sid) -> bool {
        self.find(sid).next().is_some()
    }

    /// The attributes of each time it is one of them.
    pub(crate) fn find<'s>(&'s self, sid: &Sid) -> impl Iterator<Item = GroupAttributes> + 's {
        let (rid, domain) = (sid.rid(), sid.domain().unwrap_or(*sid));
        // The number alone tells nearly all apart.
        let same_number = self.members.iter().filter(move |member| member.rid == rid);
        same_number.filter(move |member| self.domain_of(member) == Some(&domain)).map(|member| member.attributes)
    }

    fn domain_of(&self, member: &Member) -> Option<&Sid> {
        self.domains.get(usize::try_from(member.domain).ok()?)
    }

    fn sid(&self, member: &Member) -> Sid {
        // Both are always there, for `push` and `push_rid` checked it.
        let domain = self.domain_of(member).copied().unwrap_or(Sid::NULL);
        match member.rid {
            Some(rid) => domain.with_rid(rid).unwrap_or(domain),
            None => domain,
        }
    }
}

/// A domain in a [`Sids`].
#[derive(Clone, Copy)]
pub(crate) struct Domain(u32);

impl PartialEq for Sids {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Sids {}

impl fmt::Debug for Sids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
