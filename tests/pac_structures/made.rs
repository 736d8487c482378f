//! What this crate writes.

use negotiate::Sid;
use negotiate::authorization::GroupAttributes;
use negotiate::kerberos::pac::{
    DeviceInfo, DomainGroups, ExtraSids, GroupMembership, GroupMemberships, LogonInfo, SidAndAttributes, Text,
};
use negotiate::time::FileTime;

pub(crate) fn sid(text: &str) -> Sid {
    text.parse().unwrap()
}

pub(crate) fn group(relative_id: u32) -> [u8; 8] {
    GroupMembership { relative_id, attributes: GroupAttributes::USUAL }.to_octets()
}

fn extra(text: &str) -> SidAndAttributes {
    SidAndAttributes { sid: sid(text), attributes: GroupAttributes::USUAL }
}

/// With everything in it.
pub(crate) fn logon_info() -> Vec<u8> {
    let text = |text| Text::new(text).unwrap().into();
    let extra_sids = [extra("S-1-18-1"), extra("S-1-5-32-544"), extra("S-1-5-21-1-2-3-512")];
    LogonInfo {
        logoff_time: FileTime(0x7fff_ffff_ffff_ffff),
        effective_name: text("alice"),
        full_name: text("Alice Liddell"),
        logon_script: text("logon.cmd"),
        profile_path: text(r"\\dc1\profiles\alice"),
        home_directory: text(r"\\dc1\home\alice"),
        home_directory_drive: text("H:"),
        user_id: 1103,
        primary_group_id: 513,
        group_ids: Some(GroupMemberships(&[group(513), group(1119)])),
        user_flags: 0x220,
        logon_server: text("DC1"),
        logon_domain_name: text("ADEX"),
        logon_domain_id: Some(sid("S-1-5-21-1111111111-2222222222-3333333333")),
        extra_sids: Some(ExtraSids::new(&extra_sids)),
        resource_group_domain_sid: Some(sid("S-1-5-21-7-8-9")),
        resource_group_ids: Some(GroupMemberships(&[group(2000)])),
        ..LogonInfo::default()
    }
    .encode()
    .unwrap()
}

/// With everything in it.
pub(crate) fn device_info() -> Vec<u8> {
    let (one, two) = ([group(1), group(2)], [group(3)]);
    let domains = [(sid("S-1-5-21-1-2-3"), GroupMemberships(&one)), (sid("S-1-5-21-4-5-6"), GroupMemberships(&two))];
    DeviceInfo {
        user_id: 1200,
        primary_group_id: 515,
        account_domain_id: Some(sid("S-1-5-21-1111111111-2222222222-3333333333")),
        account_group_ids: Some(GroupMemberships(&[group(515)])),
        extra_sids: Some(ExtraSids::new(&[extra("S-1-18-1"), extra("S-1-5-21-0-0-0-497")])),
        domain_groups: Some(DomainGroups::new(&domains)),
    }
    .encode()
    .unwrap()
}

#[test]
fn nothing_at_all_is_read_again() {
    let (logon_info, device_info) = (LogonInfo::default(), DeviceInfo::default());
    assert_eq!(LogonInfo::parse(&logon_info.encode().unwrap()).unwrap(), logon_info);
    assert_eq!(DeviceInfo::parse(&device_info.encode().unwrap()).unwrap(), device_info);
}

#[test]
fn what_is_too_long_is_not_written() {
    let long = "x".repeat(32_768);
    let full_name = Text::new(&long).unwrap().into();
    assert!(LogonInfo { full_name, ..LogonInfo::default() }.encode().is_err());
    let full_name = Text::new(&long[1..]).unwrap().into();
    let octets = LogonInfo { full_name, ..LogonInfo::default() }.encode().unwrap();
    assert_eq!(LogonInfo::parse(&octets).unwrap().full_name.text(), long[1..]);
}
