//! PAC_DEVICE_INFO ([MS-PAC] section 2.12).

use negotiate::kerberos::pac::{BufferType, DeviceInfo, Error, NdrFlaw};

use crate::made::{device_info, sid};

#[test]
fn every_member_is_read() {
    let octets = device_info();
    let info = DeviceInfo::parse(&octets).unwrap();
    assert_eq!((info.user_id, info.primary_group_id), (1200, 515));
    assert_eq!(info.account_domain_id, Some(sid("S-1-5-21-1111111111-2222222222-3333333333")));
    assert!(info.account_group_ids.unwrap().iter().map(|group| group.relative_id).eq([515]));
    let extra_sids: Vec<_> = info.extra_sids.unwrap().iter().map(|extra| extra.sid.to_string()).collect();
    assert_eq!(extra_sids, ["S-1-18-1", "S-1-5-21-0-0-0-497"]);
    let domain_groups =
        info.domain_groups.unwrap().iter().map(|(domain, groups)| {
            (domain.to_string(), groups.iter().map(|group| group.relative_id).collect::<Vec<_>>())
        });
    let domain_groups: Vec<_> = domain_groups.collect();
    assert_eq!(domain_groups, [("S-1-5-21-1-2-3".to_owned(), vec![1, 2]), ("S-1-5-21-4-5-6".to_owned(), vec![3])]);
    assert_eq!(info.encode().unwrap(), octets);
}

#[test]
fn f08_counts_and_pointers() {
    let octets = device_info();
    let flaw = |at: usize, value: u32| {
        let mut octets = octets.clone();
        octets[at..at + 4].copy_from_slice(&value.to_le_bytes());
        match DeviceInfo::parse(&octets) {
            Err(Error::Ndr { buffer: BufferType::DEVICE_INFO, flaw, .. }) => Some(flaw),
            other => panic!("{other:?}"),
        }
    };
    // AccountGroupCount, SidCount, DomainGroupCount, each with its pointer behind it.
    for at in [32, 40, 48] {
        for wrong in [0, 3, 0x1555_5556, u32::MAX] {
            assert_eq!(flaw(at, wrong), Some(NdrFlaw::Count), "{wrong} at {at}");
        }
        assert_eq!(flaw(at + 4, 0), Some(NdrFlaw::Pointer), "{at}");
    }
    // The array of DOMAIN_GROUP_MEMBERSHIP: DomainId, GroupCount, GroupIds.
    let is_array = |octets: &[u8]| octets[..4] == [2, 0, 0, 0] && octets[5..12] == [0, 2, 0, 2, 0, 0, 0];
    let first = octets.windows(12).position(is_array).unwrap() + 4;
    assert_eq!(flaw(first, 0), Some(NdrFlaw::Pointer));
    for wrong in [0, 1, 3, u32::MAX] {
        assert_eq!(flaw(first + 4, wrong), Some(NdrFlaw::Count), "{wrong}");
    }
    assert_eq!(flaw(first + 8, 0), Some(NdrFlaw::Pointer));
}
