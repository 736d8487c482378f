//! Flags, counts and times of an account.

use crate::time::Timestamp;

/// What the domain controller says of an account besides who it is ([MS-PAC] section 2.5). A time is `None` where it is
/// never, or was never.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Account {
    /// UserAccountControl ([MS-SAMR] section 2.2.1.12): disabled, a machine's, …
    pub control: u32,
    /// UserFlags: what else is filled in.
    pub user_flags: u32,
    /// LogonTime: the logon before.
    pub logon_time: Option<Timestamp>,
    /// LogoffTime: when the logon hours end.
    pub logoff_time: Option<Timestamp>,
    /// KickOffTime: when the user is to be logged off by force.
    pub kick_off_time: Option<Timestamp>,
    /// PasswordLastSet.
    pub password_last_set: Option<Timestamp>,
    /// PasswordCanChange: from when on the user may change it.
    pub password_can_change: Option<Timestamp>,
    /// PasswordMustChange: when it expires.
    pub password_must_change: Option<Timestamp>,
    /// LogonCount.
    pub logon_count: u16,
    /// BadPasswordCount.
    pub bad_password_count: u16,
    /// LastSuccessfulILogon.
    pub last_successful_logon: Option<Timestamp>,
    /// LastFailedILogon.
    pub last_failed_logon: Option<Timestamp>,
    /// FailedILogonCount.
    pub failed_logon_count: u32,
}
