//! KERB_VALIDATION_INFO.

use alloc::vec::Vec;
use core::fmt;

use subtle::ConstantTimeEq;

use super::membership::AccountSids;
use super::ndr::{Reader, StringHeader, Writer};
use super::{BufferType, Error, ExtraSids, GroupMemberships, UnicodeString};
use crate::authorization::{self, Account, Authorization, Sid};
use crate::time::{FileTime, Timestamp};

/// Who the user is, and member of what ([MS-PAC] section 2.5, KERB_VALIDATION_INFO). Lists that are `None` are null
/// pointers.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LogonInfo<'a> {
    /// LogonTime.
    pub logon_time: FileTime,
    /// LogoffTime.
    pub logoff_time: FileTime,
    /// KickOffTime.
    pub kick_off_time: FileTime,
    /// PasswordLastSet.
    pub password_last_set: FileTime,
    /// PasswordCanChange.
    pub password_can_change: FileTime,
    /// PasswordMustChange.
    pub password_must_change: FileTime,
    /// EffectiveName: sAMAccountName.
    pub effective_name: UnicodeString<'a>,
    /// FullName.
    pub full_name: UnicodeString<'a>,
    /// LogonScript.
    pub logon_script: UnicodeString<'a>,
    /// ProfilePath.
    pub profile_path: UnicodeString<'a>,
    /// HomeDirectory.
    pub home_directory: UnicodeString<'a>,
    /// HomeDirectoryDrive.
    pub home_directory_drive: UnicodeString<'a>,
    /// LogonCount.
    pub logon_count: u16,
    /// BadPasswordCount.
    pub bad_password_count: u16,
    /// UserId: the account's number in its domain; 0 if the first of ExtraSids is the account.
    pub user_id: u32,
    /// PrimaryGroupId.
    pub primary_group_id: u32,
    /// GroupIds: groups of the account's domain.
    pub group_ids: Option<GroupMemberships<'a>>,
    /// UserFlags. Bit D (0x20) says that there are ExtraSids, bit H (0x200) that there are ResourceGroupIds; whoever reads
    /// goes by what there is.
    pub user_flags: u32,
    /// UserSessionKey.
    pub user_session_key: UserSessionKey<'a>,
    /// LogonServer.
    pub logon_server: UnicodeString<'a>,
    /// LogonDomainName.
    pub logon_domain_name: UnicodeString<'a>,
    /// LogonDomainId: the domain of UserId, PrimaryGroupId and GroupIds.
    pub logon_domain_id: Option<Sid>,
    /// Reserved1: to be ignored.
    pub reserved1: [u32; 2],
    /// UserAccountControl.
    pub user_account_control: u32,
    /// SubAuthStatus.
    pub sub_auth_status: u32,
    /// LastSuccessfulILogon.
    pub last_successful_i_logon: FileTime,
    /// LastFailedILogon.
    pub last_failed_i_logon: FileTime,
    /// FailedILogonCount.
    pub failed_i_logon_count: u32,
    /// Reserved3: to be ignored.
    pub reserved3: u32,
    /// ExtraSids: groups of other domains.
    pub extra_sids: Option<ExtraSids<'a>>,
    /// ResourceGroupDomainSid: the domain of ResourceGroupIds.
    pub resource_group_domain_sid: Option<Sid>,
    /// ResourceGroupIds: groups of the service's own domain.
    pub resource_group_ids: Option<GroupMemberships<'a>>,
}

/// USER_SESSION_KEY ([MS-PAC] section 2.5): a secret of NTLM, all zero in a ticket. It stays where it was received, and is
/// not printed.
#[derive(Clone, Copy)]
pub struct UserSessionKey<'a>(pub &'a [u8; 16]);

impl Default for UserSessionKey<'_> {
    fn default() -> Self {
        Self(&[0; 16])
    }
}

impl PartialEq for UserSessionKey<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(other.0).into()
    }
}

impl Eq for UserSessionKey<'_> {}

impl fmt::Debug for UserSessionKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserSessionKey(..)")
    }
}

const BUFFER: BufferType = BufferType::LOGON_INFO;

impl<'a> LogonInfo<'a> {
    /// Reads the whole of a buffer.
    ///
    /// # Errors
    /// [`Error::Ndr`] (row F08).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(BUFFER, octets)?;
        let (mut info, pointers) = Self::members(&mut reader)?;
        info.referents(&pointers, &mut reader)?;
        reader.finish()?;
        Ok(info)
    }

    /// The buffer, with referent identifiers and padding as Windows and Samba write them.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(BUFFER);
        self.write_members(&mut writer)?;
        self.write_referents(&mut writer)?;
        writer.finish()
    }

    /// Every SID of the user, and the names: the first part of an [`Authorization`].
    ///
    /// # Errors
    /// [`Error::Domain`] if there are numbers, and no domain they can be in.
    pub(crate) fn tell(&self, authorization: &mut Authorization) -> Result<(), Error> {
        self.tell_sids(authorization).ok_or(Error::Domain(BUFFER))?;
        self.tell_texts(authorization);
        authorization.account = self.account();
        Ok(())
    }
}

/// What the pointers among the members say of what comes behind.
struct Pointers {
    names: [StringHeader; 6],
    group_count: Option<u32>,
    logon_names: [StringHeader; 2],
    has_logon_domain_id: bool,
    sid_count: Option<u32>,
    has_resource_group_domain: bool,
    resource_group_count: Option<u32>,
}

/// Reading.
impl<'a> LogonInfo<'a> {
    /// The members, in their order.
    fn members(reader: &mut Reader<'a>) -> Result<(Self, Pointers), Error> {
        let mut info = Self {
            logon_time: reader.file_time()?,
            logoff_time: reader.file_time()?,
            kick_off_time: reader.file_time()?,
            password_last_set: reader.file_time()?,
            password_can_change: reader.file_time()?,
            password_must_change: reader.file_time()?,
            ..Self::default()
        };
        let names = headers(reader)?;
        info.logon_count = reader.u16()?;
        info.bad_password_count = reader.u16()?;
        info.user_id = reader.u32()?;
        info.primary_group_id = reader.u32()?;
        let group_count = reader.counted_pointer()?;
        info.user_flags = reader.u32()?;
        info.user_session_key = UserSessionKey(reader.chunk()?);
        let logon_names = headers(reader)?;
        let has_logon_domain_id = reader.pointer()?;
        info.reserved1 = [reader.u32()?, reader.u32()?];
        info.user_account_control = reader.u32()?;
        info.sub_auth_status = reader.u32()?;
        info.last_successful_i_logon = reader.file_time()?;
        info.last_failed_i_logon = reader.file_time()?;
        info.failed_i_logon_count = reader.u32()?;
        info.reserved3 = reader.u32()?;
        let pointers = Pointers {
            names,
            group_count,
            logon_names,
            has_logon_domain_id,
            sid_count: reader.counted_pointer()?,
            has_resource_group_domain: reader.pointer()?,
            resource_group_count: reader.counted_pointer()?,
        };
        Ok((info, pointers))
    }

    /// What the pointers lead to, in their order.
    fn referents(&mut self, pointers: &Pointers, reader: &mut Reader<'a>) -> Result<(), Error> {
        let [effective_name, full_name, logon_script, profile_path, home_directory, drive] = pointers.names;
        self.effective_name = reader.string(effective_name)?;
        self.full_name = reader.string(full_name)?;
        self.logon_script = reader.string(logon_script)?;
        self.profile_path = reader.string(profile_path)?;
        self.home_directory = reader.string(home_directory)?;
        self.home_directory_drive = reader.string(drive)?;
        self.group_ids = GroupMemberships::read(reader, pointers.group_count)?;
        let [logon_server, logon_domain_name] = pointers.logon_names;
        self.logon_server = reader.string(logon_server)?;
        self.logon_domain_name = reader.string(logon_domain_name)?;
        self.logon_domain_id = pointers.has_logon_domain_id.then(|| reader.sid()).transpose()?;
        self.extra_sids = ExtraSids::read(reader, pointers.sid_count)?;
        self.resource_group_domain_sid = pointers.has_resource_group_domain.then(|| reader.sid()).transpose()?;
        self.resource_group_ids = GroupMemberships::read(reader, pointers.resource_group_count)?;
        Ok(())
    }
}

fn headers<const N: usize>(reader: &mut Reader<'_>) -> Result<[StringHeader; N], Error> {
    let mut headers = [StringHeader::default(); N];
    for header in &mut headers {
        *header = reader.string_header()?;
    }
    Ok(headers)
}

/// Writing.
impl LogonInfo<'_> {
    fn names(&self) -> [&UnicodeString<'_>; 6] {
        let Self {
            effective_name, full_name, logon_script, profile_path, home_directory, home_directory_drive, ..
        } = self;
        [effective_name, full_name, logon_script, profile_path, home_directory, home_directory_drive]
    }

    fn write_members(&self, writer: &mut Writer) -> Result<(), Error> {
        let times = [self.logon_time, self.logoff_time, self.kick_off_time];
        let password_times = [self.password_last_set, self.password_can_change, self.password_must_change];
        times.into_iter().chain(password_times).for_each(|time| writer.file_time(time));
        self.names().into_iter().try_for_each(|name| writer.string_header(name))?;
        writer.u16(self.logon_count);
        writer.u16(self.bad_password_count);
        writer.u32(self.user_id);
        writer.u32(self.primary_group_id);
        writer.counted_pointer(self.group_ids.map(|groups| groups.0.len()))?;
        writer.u32(self.user_flags);
        writer.put(self.user_session_key.0);
        writer.string_header(&self.logon_server)?;
        writer.string_header(&self.logon_domain_name)?;
        writer.pointer(self.logon_domain_id.is_some());
        let [reserved, also_reserved] = self.reserved1;
        writer.u32(reserved);
        writer.u32(also_reserved);
        writer.u32(self.user_account_control);
        writer.u32(self.sub_auth_status);
        writer.file_time(self.last_successful_i_logon);
        writer.file_time(self.last_failed_i_logon);
        writer.u32(self.failed_i_logon_count);
        writer.u32(self.reserved3);
        writer.counted_pointer(self.extra_sids.map(ExtraSids::len))?;
        writer.pointer(self.resource_group_domain_sid.is_some());
        writer.counted_pointer(self.resource_group_ids.map(|groups| groups.0.len()))
    }

    fn write_referents(&self, writer: &mut Writer) -> Result<(), Error> {
        self.names().into_iter().try_for_each(|name| writer.string(name))?;
        self.group_ids.map_or(Ok(()), |groups| writer.array(groups.0))?;
        writer.string(&self.logon_server)?;
        writer.string(&self.logon_domain_name)?;
        self.logon_domain_id.iter().for_each(|sid| writer.sid(sid));
        self.extra_sids.map_or(Ok(()), |sids| sids.write(writer))?;
        self.resource_group_domain_sid.iter().for_each(|sid| writer.sid(sid));
        self.resource_group_ids.map_or(Ok(()), |groups| writer.array(groups.0))
    }
}

/// Telling.
impl LogonInfo<'_> {
    fn tell_sids(&self, authorization: &mut Authorization) -> Option<()> {
        let account = AccountSids {
            domain: self.logon_domain_id,
            user_id: self.user_id,
            primary_group_id: self.primary_group_id,
            groups: self.group_ids.unwrap_or_default(),
            extra_sids: self.extra_sids.unwrap_or_default(),
        };
        let resource_groups = self.resource_group_ids.unwrap_or_default();
        let sids = &mut authorization.sids;
        // The domains: the account's, the resource groups', and one for each extra SID at most.
        sids.reserve(account.extra_sids.len().saturating_add(2), account.len().saturating_add(resource_groups.0.len()));
        let own = account.tell(sids)?;
        if !resource_groups.0.is_empty() {
            let domain = sids.domain(self.resource_group_domain_sid?)?;
            resource_groups.iter().for_each(|group| sids.push_rid(domain, group.relative_id, group.attributes));
        }
        authorization.user_sid = own.user;
        authorization.primary_group_sid = own.primary_group;
        Some(())
    }

    fn tell_texts(&self, authorization: &mut Authorization) {
        use authorization::Text;
        let which = [
            (Text::LogonName, &self.effective_name),
            (Text::FullName, &self.full_name),
            (Text::LogonScript, &self.logon_script),
            (Text::ProfilePath, &self.profile_path),
            (Text::HomeDirectory, &self.home_directory),
            (Text::HomeDirectoryDrive, &self.home_directory_drive),
            (Text::LogonServer, &self.logon_server),
            (Text::LogonDomain, &self.logon_domain_name),
        ];
        let octets = which.iter().map(|(_, string)| string.text().most_octets());
        authorization.texts.reserve(octets.fold(0, usize::saturating_add));
        for (which, string) in which {
            authorization.texts.write(which, string.text().chars());
        }
    }

    fn account(&self) -> Account {
        Account {
            control: self.user_account_control,
            user_flags: self.user_flags,
            logon_time: moment(self.logon_time),
            logoff_time: moment(self.logoff_time),
            kick_off_time: moment(self.kick_off_time),
            password_last_set: moment(self.password_last_set),
            password_can_change: moment(self.password_can_change),
            password_must_change: moment(self.password_must_change),
            logon_count: self.logon_count,
            bad_password_count: self.bad_password_count,
            last_successful_logon: moment(self.last_successful_i_logon),
            last_failed_logon: moment(self.last_failed_i_logon),
            failed_logon_count: self.failed_i_logon_count,
        }
    }
}

/// 0 and 0x7FFFFFFFFFFFFFFF are no moments ([MS-PAC] section 2.5); whatever is later than the latter is none either.
fn moment(time: FileTime) -> Option<Timestamp> {
    const NEVER: u64 = 0x7fff_ffff_ffff_ffff;
    (1..NEVER).contains(&time.0).then(|| time.to_timestamp())
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec;

    use allocation_counter::measure;

    use super::*;
    use crate::authorization::GroupAttributes;
    use crate::kerberos::pac::{GroupMembership, SidAndAttributes, Text};

    const DOMAIN: &str = "S-1-5-21-1111111111-2222222222-3333333333";
    const DENY_ONLY: GroupAttributes = GroupAttributes(0x10);

    fn sid(text: &str) -> Sid {
        text.parse().unwrap()
    }

    fn in_domain(rid: u32) -> Sid {
        sid(DOMAIN).with_rid(rid).unwrap()
    }

    fn group(relative_id: u32, attributes: GroupAttributes) -> [u8; 8] {
        GroupMembership { relative_id, attributes }.to_octets()
    }

    fn extra(text: &str, attributes: GroupAttributes) -> SidAndAttributes {
        SidAndAttributes { sid: sid(text), attributes }
    }

    /// Through the octets, so that what is told is what was read.
    fn told(info: &LogonInfo<'_>) -> Result<Authorization, Error> {
        let octets = info.encode()?;
        let mut authorization = Authorization::default();
        LogonInfo::parse(&octets)?.tell(&mut authorization)?;
        Ok(authorization)
    }

    fn texts(authorization: &Authorization) -> Vec<String> {
        authorization.group_sids().map(|sid| sid.to_string()).collect()
    }

    /// [MS-KILE] section 3.4.5.3, and the resource groups behind it; the primary group once.
    #[test]
    fn the_sids_are_in_windows_order() {
        let usual = GroupAttributes::USUAL;
        let groups = [group(1119, usual), group(513, GroupAttributes(7 | 8)), group(1120, usual), group(1119, usual)];
        let extra_sids = [extra("S-1-18-1", usual), extra("S-1-5", usual), extra("S-1-5-32-544", usual)];
        let mut info = LogonInfo {
            user_id: 1103,
            primary_group_id: 513,
            group_ids: Some(GroupMemberships(&groups)),
            logon_domain_id: Some(sid(DOMAIN)),
            extra_sids: Some(ExtraSids::new(&extra_sids)),
            resource_group_domain_sid: Some(sid("S-1-5-21-7-8-9")),
            resource_group_ids: Some(GroupMemberships(&[group(2000, GroupAttributes(0x2000_0007))])),
            ..LogonInfo::default()
        };
        let authorization = told(&info).unwrap();
        let domain = |rid: u32| alloc::format!("{DOMAIN}-{rid}");
        let own = [domain(1103), domain(513), domain(1119), domain(1120), domain(1119)];
        let others = ["S-1-18-1", "S-1-5", "S-1-5-32-544", "S-1-5-21-7-8-9-2000"].map(String::from);
        assert_eq!(texts(&authorization), [&own[..], &others].concat());
        assert_eq!(authorization.user_sid(), Some(in_domain(1103)));
        assert_eq!(authorization.primary_group_sid(), Some(in_domain(513)));
        assert_eq!(authorization.groups().nth(1).unwrap().attributes, GroupAttributes(7 | 8));
        assert!(authorization.group_sids().all(|sid| authorization.is_member(&sid)));
        let strangers = ["S-1-5-21-7-8-9-1119", "S-1-5-21-7-8-9", "S-1-5-32", "S-1-5-32-545", "S-1-1", DOMAIN];
        assert!(!strangers.iter().any(|stranger| authorization.is_member(&sid(stranger))));
        // A primary group that is not among the groups is one all the same.
        info.primary_group_id = 514;
        assert_eq!(texts(&told(&info).unwrap())[1..4], [domain(514), domain(1119), domain(513)]);
    }

    #[test]
    fn what_is_only_there_to_deny_grants_nothing() {
        let groups = [
            group(513, DENY_ONLY),
            group(1, GroupAttributes(DENY_ONLY.0 | GroupAttributes::USUAL.0)),
            group(2, GroupAttributes::MANDATORY),
            group(3, GroupAttributes::ENABLED),
            group(4, DENY_ONLY),
            group(4, GroupAttributes::USUAL),
        ];
        let info = LogonInfo {
            user_id: 1103,
            primary_group_id: 513,
            group_ids: Some(GroupMemberships(&groups)),
            logon_domain_id: Some(sid(DOMAIN)),
            ..LogonInfo::default()
        };
        let authorization = told(&info).unwrap();
        let is = |rid| (authorization.is_member(&in_domain(rid)), authorization.is_denied_as(&in_domain(rid)));
        assert_eq!((is(1103), is(513), is(1)), ((true, true), (false, true), (false, true)));
        assert_eq!((is(2), is(3), is(4), is(5)), ((false, false), (true, true), (true, true), (false, false)));
        assert_eq!(authorization.group_sids().len(), 7);
    }

    /// [MS-PAC] section 2.5, UserId: an account of no domain.
    #[test]
    fn without_a_number_the_first_extra_sid_is_the_user() {
        let extra_sids = [extra("S-1-5-21-1-2-3-4", DENY_ONLY), extra("S-1-18-1", GroupAttributes::USUAL)];
        let extra_sids = Some(ExtraSids::new(&extra_sids));
        let info = LogonInfo { extra_sids, ..LogonInfo::default() };
        let authorization = told(&info).unwrap();
        assert_eq!(authorization.user_sid(), Some(sid("S-1-5-21-1-2-3-4")));
        assert_eq!(texts(&authorization), ["S-1-5-21-1-2-3-4", "S-1-18-1"]);
        assert!(authorization.is_member(&sid("S-1-5-21-1-2-3-4")) && authorization.primary_group_sid().is_none());
        let nobody = told(&LogonInfo::default()).unwrap();
        assert_eq!((nobody.user_sid(), nobody.group_sids().len()), (None, 0));
    }

    #[test]
    fn f09_numbers_without_a_domain() {
        let groups = Some(GroupMemberships(&[[1, 0, 0, 0, 7, 0, 0, 0]]));
        let full = Sid::new([0, 0, 0, 0, 0, 5], &[21; 15]);
        let wrong = [
            LogonInfo { user_id: 1, ..LogonInfo::default() },
            LogonInfo { group_ids: groups, ..LogonInfo::default() },
            LogonInfo { resource_group_ids: groups, ..LogonInfo::default() },
            LogonInfo { logon_domain_id: full, ..LogonInfo::default() },
            LogonInfo { resource_group_ids: groups, resource_group_domain_sid: full, ..LogonInfo::default() },
        ];
        for info in wrong {
            assert_eq!(told(&info), Err(Error::Domain(BUFFER)), "{info:?}");
        }
    }

    #[test]
    fn g03_a_session_key_is_not_printed() {
        let user_session_key = UserSessionKey(&[0xa7; 16]);
        let info = LogonInfo { user_session_key, ..LogonInfo::default() };
        let octets = info.encode().unwrap();
        let read = LogonInfo::parse(&octets).unwrap();
        assert!(read == info && read != LogonInfo::default());
        let printed = alloc::format!("{read:?} {read:x?}");
        assert!(printed.contains("UserSessionKey(..)") && !printed.contains("167") && !printed.contains("a7"));
    }

    #[test]
    fn names_and_times() {
        let text = |text| Text::new(text).unwrap().into();
        let never = FileTime(0x7fff_ffff_ffff_ffff);
        let info = LogonInfo {
            logon_time: FileTime(134_398_508_247_373_550),
            logoff_time: never,
            password_must_change: FileTime(u64::MAX),
            effective_name: text("日本太郎"),
            full_name: text(""),
            home_directory_drive: text("H:"),
            user_account_control: 0x10,
            ..LogonInfo::default()
        };
        let authorization = told(&info).unwrap();
        assert_eq!(authorization.logon_name(), Some("日本太郎"));
        assert_eq!((authorization.full_name(), authorization.logon_server()), (None, None));
        assert_eq!(authorization.home_directory_drive(), Some("H:"));
        let account = authorization.account();
        assert_eq!(account.logon_time, Some(Timestamp::from_micros(1_795_377_224_737_355)));
        let never =
            [account.logoff_time, account.kick_off_time, account.password_last_set, account.password_must_change];
        assert_eq!((never, account.control), ([None; 4], 0x10));
    }

    /// Row A06: no allocation for each group, and no more memory than four times the input.
    #[test]
    fn a06_a_thousand_groups_take_as_many_allocations_as_ten() {
        let cost = |count: u32, extra_count: u32| {
            let groups: Vec<_> = (0..count).map(|rid| group(1_000 + rid, GroupAttributes::USUAL)).collect();
            let extra_sids: Vec<_> = (0..extra_count).map(extra_of).collect();
            let info = LogonInfo {
                effective_name: Text::new("alice").unwrap().into(),
                user_id: 1103,
                primary_group_id: 513,
                group_ids: Some(GroupMemberships(&groups)),
                logon_domain_id: Some(sid(DOMAIN)),
                extra_sids: Some(ExtraSids::new(&extra_sids)),
                ..LogonInfo::default()
            };
            let octets = info.encode().unwrap();
            let mut authorization = Authorization::default();
            let cost = measure(|| LogonInfo::parse(&octets).unwrap().tell(&mut authorization).unwrap());
            assert_eq!(authorization.group_sids().len(), usize::try_from(count + extra_count).unwrap() + 2);
            let most = 4 * u64::try_from(octets.len()).unwrap() + 4_096;
            assert!(cost.bytes_max <= most, "{} octets for {}", cost.bytes_max, octets.len());
            let mut is_member = false;
            let asking = measure(|| is_member = authorization.is_member(&in_domain(1_000 + count - 1)));
            assert!(is_member && asking.count_total == 0);
            (cost.count_total, cost.bytes_total)
        };
        let costs = vec![cost(10, 0), cost(1_000, 0), cost(10, 10), cost(1_000, 4_000)];
        std::println!("allocations and octets: {costs:?}");
        assert!(costs.iter().all(|(count, _)| *count == 3));
    }

    fn extra_of(rid: u32) -> SidAndAttributes {
        let sid = Sid::new([0, 0, 0, 0, 0, 5], &[rid, rid]).unwrap();
        SidAndAttributes { sid, attributes: GroupAttributes::USUAL }
    }
}
