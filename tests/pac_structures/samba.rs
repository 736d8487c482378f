//! Every PAC of a Samba domain controller, compared with what Samba's own NDR says of it.

use negotiate::Sid;
use negotiate::kerberos::pac::{
    BufferType, Error, ExtraSids, GroupMemberships, LogonInfo, NdrFlaw, Pac, UnicodeString,
};
use negotiate::time::FileTime;
use serde_json::{Value, json};

use crate::corpus::samba;

/// What is wrong with each of the forged ones whose frame or whose KERB_VALIDATION_INFO is not sound.
fn expected(case: &str) -> Option<Error> {
    let buffer = BufferType::LOGON_INFO;
    let ndr = |flaw, at| Some(Error::Ndr { buffer, flaw, at });
    match case {
        "forged-cbuffers-huge" => Some(Error::BufferCount(u32::MAX)),
        "forged-duplicate-server-sig" => Some(Error::Duplicate(BufferType::SERVER_CHECKSUM)),
        "forged-empty-pac" => Some(Error::Truncated),
        "forged-ndr-big-endian" | "forged-ndr-common-header-len" => ndr(NdrFlaw::Header, 4),
        "forged-ndr-groupcount-conformance" | "forged-ndr-groupcount-huge" => ndr(NdrFlaw::Count, 448),
        "forged-ndr-objlen-long" | "forged-ndr-objlen-short" => ndr(NdrFlaw::ObjectLength, 16),
        "forged-offset-overflow" | "forged-offset-overlaps-header" | "forged-offset-wrap" | "forged-size-overflow" => {
            Some(Error::Bounds(buffer))
        }
        "forged-truncated" => Some(Error::Bounds(buffer)),
        "forged-unaligned" => Some(Error::Align(buffer)),
        "forged-version-1" => Some(Error::Version(1)),
        _ => None,
    }
}

fn checked(octets: &[u8]) -> Result<(), Error> {
    let pac = Pac::parse(octets)?;
    pac.find(BufferType::LOGON_INFO).map_or(Ok(()), |info| LogonInfo::parse(info.octets).map(drop))
}

#[test]
fn f01_f02_f08_each_forged_pac_is_refused_by_name() {
    let Some(cases) = samba() else { return };
    let mut refused = 0;
    for (case, octets, _) in &cases {
        assert_eq!(checked(octets).err(), expected(case), "{case}");
        refused += usize::from(expected(case).is_some());
    }
    println!("{} PACs, {refused} of them refused", cases.len());
    assert!(refused >= 14);
}

/// Buffers, their order, their types and places; and put together again, octet by octet.
#[test]
fn every_frame_is_what_samba_says_and_is_re_encoded_octet_by_octet() {
    let Some(cases) = samba() else { return };
    let mut count = 0;
    for (case, octets, decoded) in &cases {
        let (Ok(pac), Some(buffers)) = (Pac::parse(octets), decoded["buffers"].as_array()) else { continue };
        let ours = pac.buffers().map(|buffer| (buffer.buffer_type.0, buffer.octets.len(), buffer.offset));
        let number = |value: &Value| value.as_u64().unwrap() as usize;
        let theirs = buffers.iter().map(|b| (number(&b["type"]) as u32, number(&b["size"]), number(&b["offset"])));
        assert!(ours.eq(theirs), "{case}");
        let buffers: Vec<_> = pac.buffers().map(|buffer| (buffer.buffer_type, buffer.octets)).collect();
        assert_eq!(Pac::encode(&buffers).unwrap(), *octets, "{case}");
        count += 1;
    }
    println!("{count} PACs");
    assert!(count >= 60);
}

/// Every member of KERB_VALIDATION_INFO; and written down again, octet by octet.
#[test]
fn every_logon_info_is_what_samba_says_and_is_re_encoded_octet_by_octet() {
    let Some(cases) = samba() else { return };
    let mut count = 0;
    for (case, octets, decoded) in &cases {
        let Some(buffers) = decoded["buffers"].as_array().filter(|_| checked(octets).is_ok()) else { continue };
        let Some(theirs) = buffers.iter().find(|buffer| buffer["type"] == 1) else { continue };
        let pac = Pac::parse(octets).unwrap();
        let buffer = pac.find(BufferType::LOGON_INFO).unwrap();
        let info = LogonInfo::parse(buffer.octets).unwrap();
        let mut theirs = theirs["logon_info"].clone();
        // Samba's list of SIDs leaves the resource groups out; the list itself is compared elsewhere.
        theirs.as_object_mut().unwrap().remove("all_sids");
        assert_eq!(as_json(&info), theirs, "{case}");
        assert_eq!((info.reserved1, info.reserved3), ([0; 2], 0), "{case}");
        let encoded = info.encode().unwrap();
        if case == "silver-impacket" {
            // impacket fills with what it likes, and numbers its pointers at random: the meaning is the same.
            assert_eq!(LogonInfo::parse(&encoded).unwrap(), info);
        } else {
            assert_eq!(encoded, buffer.octets, "{case}");
        }
        count += 1;
    }
    println!("{count} of KERB_VALIDATION_INFO");
    assert!(count >= 60);
}

/// In the names and forms of the recorded decoding.
fn as_json(info: &LogonInfo<'_>) -> Value {
    let text = |string: &UnicodeString<'_>| string.text.map(|text| text.to_string());
    let sid = |sid: Option<Sid>| sid.map(|sid| sid.to_string());
    let time = |time: FileTime| time.0;
    let groups = |groups: Option<GroupMemberships<'_>>| {
        let groups = groups.unwrap_or_default().iter().map(|group| (group.relative_id, group.attributes.0));
        groups.collect::<Vec<_>>()
    };
    let extra_sids = |sids: Option<ExtraSids<'_>>| {
        let sids = sids.unwrap_or_default().iter().map(|extra| (extra.sid.to_string(), extra.attributes.0));
        sids.collect::<Vec<_>>()
    };
    let session_key: String = info.user_session_key.0.iter().map(|octet| format!("{octet:02x}")).collect();
    let mut json = json!({
        "account_name": text(&info.effective_name),
        "full_name": text(&info.full_name),
        "logon_script": text(&info.logon_script),
        "profile_path": text(&info.profile_path),
        "home_directory": text(&info.home_directory),
        "home_drive": text(&info.home_directory_drive),
        "logon_count": info.logon_count,
        "bad_password_count": info.bad_password_count,
        "rid": info.user_id,
        "primary_gid": info.primary_group_id,
        "group_rids": groups(info.group_ids),
        "user_flags": info.user_flags,
        "user_session_key": session_key,
        "logon_server": text(&info.logon_server),
        "logon_domain": text(&info.logon_domain_name),
    });
    let more = json!({
        "domain_sid": sid(info.logon_domain_id),
        "acct_flags_samr": info.user_account_control,
        "sub_auth_status": info.sub_auth_status,
        "logon_time": time(info.logon_time),
        "logoff_time": time(info.logoff_time),
        "kickoff_time": time(info.kick_off_time),
        "last_password_change": time(info.password_last_set),
        "allow_password_change": time(info.password_can_change),
        "force_password_change": time(info.password_must_change),
        "extra_sids": extra_sids(info.extra_sids),
        "resource_group_domain_sid": sid(info.resource_group_domain_sid),
        "resource_groups": groups(info.resource_group_ids),
    });
    json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json
}
