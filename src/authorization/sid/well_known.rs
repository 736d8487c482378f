//! Well-known SIDs and relative identifiers ([MS-DTYP] section 2.4.2.4).

use super::Sid;

const fn sid<const N: usize>(authority: u8, numbers: [u32; N]) -> Sid {
    let mut sub_authorities = [0; Sid::MAX_SUB_AUTHORITIES];
    let (mut rest, mut from) = (sub_authorities.as_mut_slice(), numbers.as_slice());
    let mut count: u8 = 0;
    while let (Some((place, places)), Some((number, numbers))) = (rest.split_first_mut(), from.split_first()) {
        *place = *number;
        (rest, from, count) = (places, numbers, count.saturating_add(1));
    }
    Sid { authority: [0, 0, 0, 0, 0, authority], sub_authorities, count }
}

/// Whole ones, the same everywhere.
impl Sid {
    /// NULL: nobody.
    pub const NULL: Self = sid(0, [0]);
    /// EVERYONE: all users. A domain controller does not write it into a PAC, so membership in it is not to be asked for.
    pub const EVERYONE: Self = sid(1, [0]);
    /// NETWORK: users who logged on through the network. Not in a PAC either.
    pub const NETWORK: Self = sid(5, [2]);
    /// ANONYMOUS: an anonymous logon.
    pub const ANONYMOUS: Self = sid(5, [7]);
    /// ENTERPRISE_DOMAIN_CONTROLLERS: the domain controllers of a forest.
    pub const ENTERPRISE_DOMAIN_CONTROLLERS: Self = sid(5, [9]);
    /// AUTHENTICATED_USERS: users whose identity was authenticated. The system that is logged on to adds it, not the KDC.
    pub const AUTHENTICATED_USERS: Self = sid(5, [11]);
    /// THIS_ORGANIZATION: users of the same organization.
    pub const THIS_ORGANIZATION: Self = sid(5, [15]);
    /// OTHER_ORGANIZATION: users of another organization, whose trust is restricted to some services.
    pub const OTHER_ORGANIZATION: Self = sid(5, [1000]);
    /// COMPOUNDED_AUTHENTICATION: the ticket holds the identity of the device as well.
    pub const COMPOUNDED_AUTHENTICATION: Self = sid(5, [21, 0, 0, 0, 496]);
    /// CLAIMS_VALID: the claims come from the account's domain.
    pub const CLAIMS_VALID: Self = sid(5, [21, 0, 0, 0, 497]);
    /// BUILTIN: the domain of the groups that each system has.
    pub const BUILTIN: Self = sid(5, [32]);
    /// BUILTIN_ADMINISTRATORS: administrators of a system.
    pub const BUILTIN_ADMINISTRATORS: Self = sid(5, [32, 544]);
    /// BUILTIN_USERS: users of a system.
    pub const BUILTIN_USERS: Self = sid(5, [32, 545]);
    /// BUILTIN_GUESTS: guests of a system.
    pub const BUILTIN_GUESTS: Self = sid(5, [32, 546]);
    /// AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY: the user proved to the KDC who it is.
    pub const AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY: Self = sid(18, [1]);
    /// SERVICE_ASSERTED_IDENTITY: a service said who the user is (S4U2self), and nobody proved it.
    pub const SERVICE_ASSERTED_IDENTITY: Self = sid(18, [2]);
}

/// Relative identifiers, for [`Sid::with_rid`] of a domain's SID.
impl Sid {
    /// ADMINISTRATOR.
    pub const ADMINISTRATOR: u32 = 500;
    /// GUEST.
    pub const GUEST: u32 = 501;
    /// DOMAIN_ADMINS.
    pub const DOMAIN_ADMINS: u32 = 512;
    /// DOMAIN_USERS.
    pub const DOMAIN_USERS: u32 = 513;
    /// DOMAIN_GUESTS.
    pub const DOMAIN_GUESTS: u32 = 514;
    /// DOMAIN_COMPUTERS.
    pub const DOMAIN_COMPUTERS: u32 = 515;
    /// DOMAIN_DOMAIN_CONTROLLERS.
    pub const DOMAIN_CONTROLLERS: u32 = 516;
    /// SCHEMA_ADMINISTRATORS, of the forest's first domain.
    pub const SCHEMA_ADMINS: u32 = 518;
    /// ENTERPRISE_ADMINS, of the forest's first domain.
    pub const ENTERPRISE_ADMINS: u32 = 519;
    /// PROTECTED_USERS.
    pub const PROTECTED_USERS: u32 = 525;
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn they_are_what_the_table_says() {
        let table = [
            (Sid::NULL, "S-1-0-0"),
            (Sid::EVERYONE, "S-1-1-0"),
            (Sid::NETWORK, "S-1-5-2"),
            (Sid::ANONYMOUS, "S-1-5-7"),
            (Sid::ENTERPRISE_DOMAIN_CONTROLLERS, "S-1-5-9"),
            (Sid::AUTHENTICATED_USERS, "S-1-5-11"),
            (Sid::THIS_ORGANIZATION, "S-1-5-15"),
            (Sid::OTHER_ORGANIZATION, "S-1-5-1000"),
            (Sid::COMPOUNDED_AUTHENTICATION, "S-1-5-21-0-0-0-496"),
            (Sid::CLAIMS_VALID, "S-1-5-21-0-0-0-497"),
            (Sid::BUILTIN, "S-1-5-32"),
            (Sid::BUILTIN_ADMINISTRATORS, "S-1-5-32-544"),
            (Sid::BUILTIN_USERS, "S-1-5-32-545"),
            (Sid::BUILTIN_GUESTS, "S-1-5-32-546"),
            (Sid::AUTHENTICATION_AUTHORITY_ASSERTED_IDENTITY, "S-1-18-1"),
            (Sid::SERVICE_ASSERTED_IDENTITY, "S-1-18-2"),
        ];
        for (sid, text) in table {
            assert_eq!(sid.to_string(), text);
            assert_eq!(text.parse(), Ok(sid));
        }
    }
}
