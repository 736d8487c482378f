//! The PAC: who the user is in Active Directory, and the NDR that most of it is written in.

use negotiate::kerberos::pac::{BufferType, ClaimsInfo, DelegationInfo, DeviceInfo, LogonInfo, Pac, UpnDnsInfo};

/// `kerberos::pac::Pac`: each buffer lies in the PAC, on octets of its own and behind the table; laid out anew, they are the same
/// buffers.
pub fn pac(octets: &[u8]) {
    let Ok(pac) = Pac::parse(octets) else { return };
    let table = pac.buffers().len() * 16 + 8;
    let mut places: Vec<_> = pac.buffers().map(|buffer| (buffer.offset, buffer.octets.len())).collect();
    places.sort_unstable();
    let mut end = table;
    for (offset, length) in places.into_iter().filter(|(_, length)| *length > 0) {
        assert!(offset >= end && offset % 8 == 0, "octets of two buffers, or of the table");
        end = offset + length;
    }
    assert!(end <= octets.len(), "behind the end");
    let buffers: Vec<_> = pac.buffers().map(|buffer| (buffer.buffer_type, buffer.octets)).collect();
    let again = Pac::encode(&buffers).unwrap();
    let again = Pac::parse(&again).unwrap();
    assert!(again.buffers().map(|buffer| (buffer.buffer_type, buffer.octets)).eq(buffers.iter().copied()));
    for (buffer_type, octets) in buffers {
        assert_eq!(pac.find(buffer_type).map(|buffer| buffer.octets), Some(octets), "not found by its type");
        structure(buffer_type, octets);
    }
}

/// The NDR of every buffer that has it: the first octet chooses which. What is read and written again says the same, and lists
/// are no longer than the octets that they came in.
pub fn ndr(octets: &[u8]) {
    let Some((kind, octets)) = octets.split_first() else { return };
    let kinds = [1, 11, 12, 13, 14, 15];
    structure(BufferType(kinds[usize::from(*kind) % kinds.len()]), octets);
}

fn structure(buffer_type: BufferType, octets: &[u8]) {
    match buffer_type {
        BufferType::LOGON_INFO => logon_info(octets),
        BufferType::DEVICE_INFO => device_info(octets),
        BufferType::DELEGATION_INFO => {
            let Ok(info) = DelegationInfo::parse(octets) else { return };
            let again = info.encode().unwrap();
            assert_eq!(DelegationInfo::parse(&again).unwrap().encode().as_ref(), Ok(&again));
        }
        BufferType::UPN_DNS_INFO => {
            let Ok(info) = UpnDnsInfo::parse(octets) else { return };
            let again = info.encode().unwrap();
            assert_eq!(UpnDnsInfo::parse(&again).unwrap().encode().as_ref(), Ok(&again));
        }
        BufferType::CLIENT_CLAIMS_INFO | BufferType::DEVICE_CLAIMS_INFO => claims(buffer_type, octets),
        _ => {}
    }
}

fn logon_info(octets: &[u8]) {
    let Ok(info) = LogonInfo::parse(octets) else { return };
    let lists = [info.group_ids, info.resource_group_ids]
        .into_iter()
        .flatten()
        .map(|list| list.iter().len() * 8)
        .sum::<usize>();
    let extra = info.extra_sids.map_or(0, |sids| sids.iter().count() * 8);
    assert!(lists + extra <= octets.len(), "more groups than there is room for");
    let again = info.encode().unwrap();
    assert_eq!(LogonInfo::parse(&again).unwrap().encode().as_ref(), Ok(&again), "written again, it differs");
}

fn device_info(octets: &[u8]) {
    let Ok(info) = DeviceInfo::parse(octets) else { return };
    let again = info.encode().unwrap();
    assert_eq!(DeviceInfo::parse(&again).unwrap().encode().as_ref(), Ok(&again), "written again, it differs");
}

fn claims(buffer_type: BufferType, octets: &[u8]) {
    let Ok(info) = ClaimsInfo::parse(buffer_type, octets) else { return };
    let again = info.encode().unwrap();
    let same = ClaimsInfo::parse(buffer_type, &again).unwrap();
    assert_eq!((same.compression, same.claims_set), (info.compression, info.claims_set));
    let Ok(Some(claims)) = info.claims() else { return };
    assert!(claims.len() <= octets.len(), "more claims than there is room for");
}
