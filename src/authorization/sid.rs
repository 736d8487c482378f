//! Security identifiers.

mod text;
mod well_known;

pub use text::BadSid;

/// The name that Windows' access control knows a user, a group or a domain by: a SID ([MS-DTYP] section 2.4.2).
///
/// A SID within a domain is the domain's own and a last number, the relative identifier.
///
/// ```
/// use negotiate::Sid;
/// let user: Sid = "S-1-5-21-1111111111-2222222222-3333333333-1103".parse()?;
/// let domain = user.domain().ok_or("no domain")?;
/// assert_eq!(user.rid(), Some(1103));
/// assert!(user.is_in(&domain));
/// assert_eq!(domain.with_rid(Sid::DOMAIN_USERS), Some("S-1-5-21-1111111111-2222222222-3333333333-513".parse()?));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
// The sub-authorities that are not there are zero, so that the order is that of the numbers, a domain before what is in it.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Sid {
    authority: [u8; 6],
    sub_authorities: [u32; Sid::MAX_SUB_AUTHORITIES],
    count: u8,
}

/// Revision, SubAuthorityCount and IdentifierAuthority ([MS-DTYP] section 2.4.2.2).
const HEADER_LENGTH: usize = 8;
/// The only Revision there is.
const REVISION: u8 = 1;

impl Sid {
    /// The most sub-authorities ([MS-DTYP] section 2.4.2.2).
    pub const MAX_SUB_AUTHORITIES: usize = 15;

    /// From the authority and the sub-authorities; `None` if these are more than 15.
    #[must_use]
    pub fn new(authority: [u8; 6], sub_authorities: &[u32]) -> Option<Self> {
        let mut sid = Self { authority, sub_authorities: [0; Self::MAX_SUB_AUTHORITIES], count: 0 };
        sid.sub_authorities.get_mut(..sub_authorities.len())?.copy_from_slice(sub_authorities);
        sid.count = u8::try_from(sub_authorities.len()).ok()?;
        Some(sid)
    }

    /// From its packet representation, numbers little-endian ([MS-DTYP] section 2.4.2.2): the whole of `octets`, of
    /// revision 1, with at most 15 sub-authorities; else `None`.
    #[must_use]
    pub fn from_octets(octets: &[u8]) -> Option<Self> {
        let (&[revision, count, ref authority @ ..], numbers) = octets.split_first_chunk::<HEADER_LENGTH>()?;
        let (numbers, []) = numbers.as_chunks::<4>() else { return None };
        if revision != REVISION || usize::from(count) != numbers.len() {
            return None;
        }
        let mut sid = Self { authority: *authority, sub_authorities: [0; Self::MAX_SUB_AUTHORITIES], count };
        let places = sid.sub_authorities.get_mut(..numbers.len())?;
        places.iter_mut().zip(numbers).for_each(|(place, number)| *place = u32::from_le_bytes(*number));
        Some(sid)
    }

    /// Its packet representation, 8 to 68 octets ([MS-DTYP] section 2.4.2.2).
    pub fn to_octets(&self) -> impl Iterator<Item = u8> + Clone + '_ {
        let numbers = self.sub_authorities().iter().flat_map(|number| number.to_le_bytes());
        [REVISION, self.count].into_iter().chain(self.authority).chain(numbers)
    }

    /// How many octets [`Self::to_octets`] has.
    #[must_use]
    pub fn octet_count(&self) -> usize {
        usize::from(self.count).saturating_mul(4).saturating_add(HEADER_LENGTH)
    }

    /// The IdentifierAuthority as it stands on the wire, a number of 48 bits, most significant octet first.
    #[must_use]
    pub const fn authority(&self) -> [u8; 6] {
        self.authority
    }

    /// The sub-authorities, the relative identifier last.
    #[must_use]
    pub fn sub_authorities(&self) -> &[u32] {
        self.sub_authorities.get(..usize::from(self.count)).unwrap_or_default()
    }

    /// The last number, which tells it from the others of its domain.
    #[must_use]
    pub fn rid(&self) -> Option<u32> {
        self.sub_authorities().last().copied()
    }

    /// The SID without its last number: for a user or a group, the SID of its domain.
    #[must_use]
    pub fn domain(&self) -> Option<Self> {
        let mut domain = *self;
        domain.count = self.count.checked_sub(1)?;
        *domain.sub_authorities.get_mut(usize::from(domain.count))? = 0;
        Some(domain)
    }

    /// The SID of what has this number within the domain `self`; `None` if there is no room for another one.
    #[must_use]
    pub fn with_rid(&self, rid: u32) -> Option<Self> {
        let mut sid = *self;
        *sid.sub_authorities.get_mut(usize::from(self.count))? = rid;
        sid.count = self.count.checked_add(1)?;
        Some(sid)
    }

    /// Whether it is `domain`'s: that SID and one number more.
    #[must_use]
    pub fn is_in(&self, domain: &Self) -> bool {
        self.domain().is_some_and(|own| own == *domain)
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    #[test]
    fn octets_and_back() {
        // [MS-PAC] section 3.1 has such a domain; this one is the lab's.
        let octets = b"\x01\x04\0\0\0\0\0\x05\x15\0\0\0\xc7\x35\x3a\x42\x8e\x6b\x74\x84\x55\xa1\xae\xc6";
        let sid = Sid::from_octets(octets).unwrap();
        assert_eq!(sid.to_octets().collect::<Vec<_>>(), octets);
        assert_eq!(sid.octet_count(), octets.len());
        assert_eq!(sid, "S-1-5-21-1111111111-2222222222-3333333333".parse().unwrap());
        for length in 0..octets.len() {
            assert_eq!(Sid::from_octets(&octets[..length]), None, "{length}");
        }
        assert_eq!(Sid::from_octets(&[&octets[..], &[0]].concat()), None);
        assert_eq!(Sid::from_octets(&[&octets[..], &[0; 4]].concat()), None);
    }

    #[test]
    fn f08_no_more_than_fifteen_sub_authorities() {
        for count in 0..=255u8 {
            let octets = [&[1, count, 0, 0, 0, 0, 0, 5][..], &[1, 0, 0, 0].repeat(count.into())].concat();
            assert_eq!(Sid::from_octets(&octets).is_some(), count <= 15, "{count}");
            assert_eq!(Sid::new([0, 0, 0, 0, 0, 5], &[1].repeat(count.into())), Sid::from_octets(&octets));
        }
        for revision in (0..=255).filter(|revision| *revision != 1) {
            assert_eq!(Sid::from_octets(&[revision, 0, 0, 0, 0, 0, 0, 5]), None);
        }
        let full = Sid::new([0; 6], &[1; 15]).unwrap();
        assert_eq!(full.with_rid(1), None);
    }

    #[test]
    fn a_domain_and_what_is_in_it() {
        let domain = Sid::new([0, 0, 0, 0, 0, 5], &[21, 1, 2, 3]).unwrap();
        let user = domain.with_rid(1103).unwrap();
        assert!(user.is_in(&domain) && !domain.is_in(&domain) && !domain.is_in(&user));
        assert_eq!((user.domain(), user.rid()), (Some(domain), Some(1103)));
        // Whatever was there before, equal SIDs are equal.
        assert_eq!(user.domain().unwrap().with_rid(1103), Some(user));
        let authority = Sid::new([0, 0, 0, 0, 0, 5], &[]).unwrap();
        assert_eq!((authority.domain(), authority.rid()), (None, None));
    }

    #[test]
    fn the_order_is_that_of_the_numbers() {
        let sorted = ["S-1-1-0", "S-1-5", "S-1-5-2", "S-1-5-2-0", "S-1-5-2-1", "S-1-5-11", "S-1-18-1"];
        let sids: Vec<Sid> = sorted.iter().map(|sid| sid.parse().unwrap()).collect();
        assert!(sids.is_sorted());
    }
}
