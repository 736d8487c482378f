//! Who a user is to Windows' access control: SIDs, names, claims.
//!
//! A principal's name says who logged in; what it may do goes by its SIDs, which the domain controller put into the
//! ticket and signed. Nothing here knows of Kerberos: it is what remains when all of that has been verified.
//!
//! ```text
//! Authorization ── user_sid, group_sids, is_member ── Sid
//!               ── logon_name, upn, logon_domain, …
//!               ── user_claims, device_claims ── Claim
//!               ── device_sids
//!               ── delegation
//! ```

mod account;
mod claim;
mod sid;
mod sids;
mod texts;

use alloc::string::String;
use alloc::vec::Vec;

pub use account::Account;
pub(crate) use sids::Sids;
pub(crate) use texts::{Text, Texts};

pub use claim::{Claim, ClaimSource, ClaimValues};
pub use sid::{BadSid, Sid};
pub use sids::{Group, GroupAttributes};

/// What the domain controller says of a user.
///
/// ```no_run
/// # fn demo(authorization: &negotiate::Authorization, editors: &negotiate::Sid) {
/// if authorization.is_member(editors) {
///     println!("{} may write", authorization.logon_name().unwrap_or("somebody"));
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Authorization {
    pub(crate) user_sid: Option<Sid>,
    pub(crate) primary_group_sid: Option<Sid>,
    pub(crate) sids: Sids,
    pub(crate) device_sids: Sids,
    pub(crate) texts: Texts,
    pub(crate) account: Account,
    pub(crate) user_claims: Vec<Claim>,
    pub(crate) device_claims: Vec<Claim>,
    pub(crate) has_compressed_claims: bool,
    pub(crate) delegation: Option<Delegation>,
}

/// Who acts for the user: services that got their ticket in the user's name (S4U2proxy, [MS-SFU]).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Delegation {
    /// The service that the ticket was forwarded to ([MS-PAC] section 2.9, S4U2proxyTarget).
    pub target: String,
    /// The services that the login went through, in order (S4UTransitedServices).
    pub transited_services: Vec<String>,
}

/// Who, and member of what.
impl Authorization {
    /// The user's own SID. `None` where the KDC is no domain controller and gives no SIDs.
    #[must_use]
    pub const fn user_sid(&self) -> Option<Sid> {
        self.user_sid
    }

    /// The SID of the user's primary group.
    #[must_use]
    pub const fn primary_group_sid(&self) -> Option<Sid> {
        self.primary_group_sid
    }

    /// Every SID of the user, in Windows' order: the user, the primary group, the groups of the account's domain, those
    /// of others, those of the service's own domain ([MS-KILE] section 3.4.5.3). The primary group is not repeated among
    /// the groups; what else the domain controller says twice is here twice. It is no sign of what grants anything: ask
    /// [`Self::is_member`].
    pub fn group_sids(&self) -> impl ExactSizeIterator<Item = Sid> + Clone + '_ {
        self.sids.iter().map(|group| group.sid)
    }

    /// As [`Self::group_sids`], with the attributes of each.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = Group> + Clone + '_ {
        self.sids.iter()
    }

    /// Whether the user is this user, or a member of this group whose membership grants something: it is enabled, and not
    /// there only to deny. Any SID can be in a PAC that the KDC signed, those of other domains and of local groups as well.
    /// Numbers are compared first, so a thousand groups take little, and nothing is allocated.
    #[must_use]
    pub fn is_member(&self, sid: &Sid) -> bool {
        self.sids.find(sid).any(GroupAttributes::grants)
    }

    /// Whether a rule that denies something to `sid` has to deny it to this user: a member, though disabled memberships do
    /// not count, those for denying only do.
    ///
    /// Who has no [`Self::user_sid`], or came without a PAC, is denied nothing by this: a rule that denies has to refuse them
    /// first.
    #[must_use]
    pub fn is_denied_as(&self, sid: &Sid) -> bool {
        let counts = |attributes: GroupAttributes| {
            attributes.contains(GroupAttributes::ENABLED) || attributes.contains(GroupAttributes::USE_FOR_DENY_ONLY)
        };
        self.sids.find(sid).any(counts)
    }
}

/// The device that the user sits at, and claims.
impl Authorization {
    /// Every SID of the user's device: its own, its primary group, its groups ([MS-PAC] section 2.12). Nothing if the
    /// domain controller did not say that both were authenticated ([`Sid::COMPOUNDED_AUTHENTICATION`], [MS-KILE] section
    /// 3.4.5.3).
    pub fn device_groups(&self) -> impl ExactSizeIterator<Item = Group> + Clone + '_ {
        self.device().iter()
    }

    /// Whether the user's device is this device, or a member of this group, as [`Self::is_member`] says of the user.
    #[must_use]
    pub fn is_device_member(&self, sid: &Sid) -> bool {
        self.device().find(sid).any(GroupAttributes::grants)
    }

    /// What is claimed of the user, if the domain controller vouches for it ([`Sid::CLAIMS_VALID`], [MS-KILE] section
    /// 3.4.5.3).
    #[must_use]
    pub fn user_claims(&self) -> &[Claim] {
        if self.sids.contains(&Sid::CLAIMS_VALID) { &self.user_claims } else { &[] }
    }

    /// What is claimed of the device, under the same condition, for the device's SIDs.
    #[must_use]
    pub fn device_claims(&self) -> &[Claim] {
        if self.device().contains(&Sid::CLAIMS_VALID) { &self.device_claims } else { &[] }
    }

    /// Whether there are claims that nobody here can read: Windows compresses all but small sets of them. Then not finding
    /// one says nothing.
    #[must_use]
    pub const fn has_compressed_claims(&self) -> bool {
        self.has_compressed_claims
    }

    /// The services that act for the user by S4U2Proxy, if any do. One that only claims to know who its user is (S4U2Self) shows
    /// in [`Sid::SERVICE_ASSERTED_IDENTITY`].
    #[must_use]
    pub const fn delegation(&self) -> Option<&Delegation> {
        self.delegation.as_ref()
    }

    fn device(&self) -> &Sids {
        const NONE: &Sids = &Sids::NONE;
        if self.sids.contains(&Sid::COMPOUNDED_AUTHENTICATION) { &self.device_sids } else { NONE }
    }
}

/// Names; `None` where there is none, or an empty one.
impl Authorization {
    /// The account's name within its domain, without the domain: sAMAccountName ([MS-PAC] section 2.5, EffectiveName).
    #[must_use]
    pub fn logon_name(&self) -> Option<&str> {
        self.texts.read(Text::LogonName)
    }

    /// The user's name as people say it (FullName).
    #[must_use]
    pub fn full_name(&self) -> Option<&str> {
        self.texts.read(Text::FullName)
    }

    /// The NetBIOS name of the account's domain (LogonDomainName).
    #[must_use]
    pub fn logon_domain(&self) -> Option<&str> {
        self.texts.read(Text::LogonDomain)
    }

    /// The NetBIOS name of the KDC that authenticated the user (LogonServer).
    #[must_use]
    pub fn logon_server(&self) -> Option<&str> {
        self.texts.read(Text::LogonServer)
    }

    /// LogonScript.
    #[must_use]
    pub fn logon_script(&self) -> Option<&str> {
        self.texts.read(Text::LogonScript)
    }

    /// ProfilePath.
    #[must_use]
    pub fn profile_path(&self) -> Option<&str> {
        self.texts.read(Text::ProfilePath)
    }

    /// HomeDirectory.
    #[must_use]
    pub fn home_directory(&self) -> Option<&str> {
        self.texts.read(Text::HomeDirectory)
    }

    /// HomeDirectoryDrive, such as `H:`.
    #[must_use]
    pub fn home_directory_drive(&self) -> Option<&str> {
        self.texts.read(Text::HomeDirectoryDrive)
    }

    /// The user's principal name, such as `alice@example.com` ([MS-PAC] section 2.10, Upn). It can be changed, and names
    /// nobody for ever: a SID does.
    #[must_use]
    pub fn upn(&self) -> Option<&str> {
        self.texts.read(Text::Upn)
    }

    /// The DNS name of the account's domain (DnsDomainName).
    #[must_use]
    pub fn dns_domain(&self) -> Option<&str> {
        self.texts.read(Text::DnsDomain)
    }

    /// The account's name once more, from beside its SID (SamName).
    #[must_use]
    pub fn sam_name(&self) -> Option<&str> {
        self.texts.read(Text::SamName)
    }

    /// Flags, counts and times of the account.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }
}
