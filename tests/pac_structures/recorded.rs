//! PACs of real domain controllers, from other projects' tests, where they are.

use std::collections::BTreeMap;

use negotiate::kerberos::pac::{BufferType, LogonInfo, Pac};

use crate::corpus::{public, public_pacs};

#[test]
fn every_public_frame_is_re_encoded_octet_by_octet() {
    let Some(pacs) = public_pacs() else { return };
    for (place, octets) in &pacs {
        let buffers: Vec<_> = Pac::parse(octets).unwrap().buffers().map(|b| (b.buffer_type, b.octets)).collect();
        assert_eq!(Pac::encode(&buffers).unwrap(), *octets, "{place}");
    }
    println!("{} PACs", pacs.len());
    assert!(pacs.len() >= 30);
}

/// The length, the meaning and, but for the pointers' numbers, the octets are the same. Windows numbers the pointers of
/// ExtraSids before those that stand behind it, Samba and this crate after them: it shows where there are both.
#[test]
fn every_public_logon_info_is_re_encoded() {
    let Some(pacs) = public_pacs() else { return };
    let (mut exact, mut numbered) = (0, 0);
    for (place, octets) in &pacs {
        let pac = Pac::parse(octets).unwrap();
        let Some(buffer) = pac.find(BufferType::LOGON_INFO) else { continue };
        let info = LogonInfo::parse(buffer.octets).unwrap();
        let encoded = info.encode().unwrap();
        assert_eq!((LogonInfo::parse(&encoded).unwrap(), encoded.len()), (info, buffer.octets.len()), "{place}");
        if encoded == buffer.octets {
            exact += 1;
            continue;
        }
        assert!(info.extra_sids.is_some() && info.resource_group_ids.is_some(), "{place}");
        // The same numbers at the same places, one for another.
        let mut names = BTreeMap::new();
        for (ours, theirs) in encoded.as_chunks::<4>().0.iter().zip(buffer.octets.as_chunks::<4>().0) {
            if ours != theirs {
                let is_referent = [ours, theirs].iter().all(|octets| octets[1..] == [0, 2, 0]);
                assert!(is_referent && names.insert(ours, theirs).is_none(), "{place}");
            }
        }
        numbered += 1;
    }
    println!("{exact} octet by octet, {numbered} with other numbers for the pointers");
    assert!(exact >= 30);
}

/// One that dotnet/runtime made, with what it expects.
#[test]
fn a_logon_info_of_dotnet() {
    let Some(found) = public() else { return };
    let (_, octets) = found.iter().find(|(place, _)| place == "pac_logon_info.json/logon_info_hex").unwrap();
    let info = LogonInfo::parse(octets).unwrap();
    assert_eq!(info.effective_name.text(), *"testuser");
    assert_eq!(info.logon_domain_name.text(), *"CONTOSO");
    let domain = "S-1-5-21-2127521184-1604012920-1887927527".parse().unwrap();
    assert_eq!((info.logon_domain_id, info.user_id, info.primary_group_id), (Some(domain), 1104, 513));
    assert!(info.group_ids.unwrap().iter().map(|group| group.relative_id).eq([513, 512, 1105]));
    let extra_sids: Vec<_> = info.extra_sids.unwrap().iter().map(|extra| extra.sid.to_string()).collect();
    assert_eq!(extra_sids, ["S-1-5-21-111-222-333-1201"]);
    assert_eq!(info.encode().unwrap(), *octets);
}
