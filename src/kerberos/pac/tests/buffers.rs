//! The buffers one by one: there and back, and spoilt.

use alloc::string::String;
use alloc::vec;

use super::*;
use crate::authorization::{Claim, ClaimSource, ClaimValues, Sid};
use crate::kerberos::pac::{
    ClaimsCompression, ClaimsInfo, DelegationInfo, KdcSignature, NdrFlaw, Text, UnicodeString, UpnDnsInfo, claims,
};

fn text(text: &str) -> Text<'_> {
    Text::new(text).unwrap()
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter_map(|digit| digit.to_digit(16)).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

/// alice's, as Samba 4.17 wrote it: each part at a multiple of 8, the SID right behind the SAM name.
const OF_SAMBA: &str = "
    280018001c004000020000000a0060001c006a0000000000 61006c006900630065004000610064002e006500780061006d007000
    6c0065002e0063006f006d00 41 0044002e004500580041004d0050004c0045002e0043004f004d0000000000 61006c006900630065
    00 010500000000000515000000c7353a428e6b748455a1aec64f040000 0000";

#[test]
fn upn_dns_info_of_samba() {
    let octets = unhex(OF_SAMBA);
    let info = UpnDnsInfo::parse(&octets).unwrap();
    let sid = "S-1-5-21-1111111111-2222222222-3333333333-1103".parse().unwrap();
    let expected = UpnDnsInfo {
        upn: text("alice@ad.example.com"),
        dns_domain_name: text("AD.EXAMPLE.COM"),
        flags: 0,
        account: Some((text("alice"), sid)),
    };
    assert_eq!(info, expected);
    assert_eq!(UpnDnsInfo::parse(&info.encode().unwrap()).unwrap(), info);
    let short = UpnDnsInfo { account: None, flags: UpnDnsInfo::UPN_CONSTRUCTED, ..info };
    assert_eq!(UpnDnsInfo::parse(&short.encode().unwrap()).unwrap(), short);
    let long = "a".repeat(0x8000);
    assert_eq!(UpnDnsInfo { upn: text(&long), ..info }.encode(), Err(Error::TooLong(BufferType::UPN_DNS_INFO)));
}

#[test]
fn f09_upn_dns_info_stays_within_its_buffer() {
    let octets = unhex(OF_SAMBA);
    // The last two octets are padding.
    for length in 0..octets.len() - 2 {
        assert!(UpnDnsInfo::parse(&octets[..length]).is_err(), "{length}");
    }
    // Each length and offset: too much, odd, in the fixed part.
    for (place, name) in [(0, "upn"), (4, "domain"), (12, "SAM name"), (16, "SID")] {
        for value in [0xffff, 0x8000, 137, 129] {
            let mut changed = octets.clone();
            changed[place..place + 2].copy_from_slice(&u16::to_le_bytes(value));
            assert!(UpnDnsInfo::parse(&changed).is_err(), "{name}: {value} octets");
        }
        for offset in [0, 2, 12, 18, 25, 0x61, 135, 136, 0xfffe, 0xffff] {
            let mut changed = octets.clone();
            changed[place + 2..place + 4].copy_from_slice(&u16::to_le_bytes(offset));
            assert!(UpnDnsInfo::parse(&changed).is_err(), "{name} at {offset}");
        }
    }
    let mut surrogate = octets.clone();
    surrogate[0x19] = 0xd8;
    assert_eq!(UpnDnsInfo::parse(&surrogate), Err(Error::Text(BufferType::UPN_DNS_INFO)));
    let mut no_sid = octets;
    no_sid[0x6a] = 2;
    assert_eq!(UpnDnsInfo::parse(&no_sid), Err(Error::Sid(BufferType::UPN_DNS_INFO)));
}

fn delegation() -> DelegationInfo<'static> {
    DelegationInfo {
        target: text("cifs/back").into(),
        transited_services: vec![text("frontsvc@AD").into(), text("x@Y").into(), UnicodeString::default()],
    }
}

#[test]
fn delegation_there_and_back() {
    for info in [delegation(), DelegationInfo::default()] {
        let octets = info.encode().unwrap();
        let read = DelegationInfo::parse(&octets).unwrap();
        assert_eq!(read.to_delegation(), info.to_delegation());
        assert_eq!(read.encode().unwrap(), octets);
    }
}

fn claims() -> Vec<Claim> {
    let claim = |id: &str, source, values| Claim { id: String::from(id), source, values };
    vec![
        claim("ad://ext/department", ClaimSource::ActiveDirectory, ClaimValues::String(vec!["Büro".into(), "".into()])),
        claim("ad://ext/level", ClaimSource::ActiveDirectory, ClaimValues::Int64(vec![-1, i64::MIN, 7])),
        claim("smartcard", ClaimSource::Certificate, ClaimValues::Bool(vec![true, false])),
        claim("ad://ext/mask", ClaimSource::ActiveDirectory, ClaimValues::Uint64(vec![u64::MAX])),
        claim("else", ClaimSource::Other(9), ClaimValues::Int64(vec![0])),
    ]
}

#[test]
fn claims_of_every_type_there_and_back() {
    let kind = BufferType::CLIENT_CLAIMS_INFO;
    let octets = claims::encode(kind, &claims()).unwrap();
    let info = ClaimsInfo::parse(kind, &octets).unwrap();
    assert_eq!(info.encode().unwrap(), octets);
    let mut expected = claims();
    // Those of one source stand together.
    expected[2..4].rotate_left(1);
    assert_eq!(info.claims().unwrap().unwrap(), expected);
    let none = claims::encode(kind, &[]).unwrap();
    assert_eq!(ClaimsInfo::parse(kind, &none).unwrap().claims(), Ok(Some(vec![])));
    let nul = Claim { id: "a\0".into(), source: ClaimSource::ActiveDirectory, values: ClaimValues::Int64(vec![1]) };
    assert!(claims::encode(kind, &[nul]).is_err());
}

#[test]
fn compressed_claims_are_told_from_none() {
    let kind = BufferType::CLIENT_CLAIMS_INFO;
    let plain = claims::encode(kind, &claims()).unwrap();
    let plain = ClaimsInfo::parse(kind, &plain).unwrap();
    for compression in [ClaimsCompression::LZNT1, ClaimsCompression::XPRESS, ClaimsCompression::XPRESS_HUFFMAN] {
        let octets = ClaimsInfo { compression, claims_set: b"no matter", ..plain }.encode().unwrap();
        let info = ClaimsInfo::parse(kind, &octets).unwrap();
        assert_eq!((info.compression, info.claims()), (compression, Ok(None)));
        // Whoever has decompressed them.
        assert_eq!(info.read(plain.claims_set).unwrap().len(), 5);
        let mut stage = Stage::new();
        stage.pac.buffers.push((kind, octets));
        let octets = stage.octets();
        let authorization = stage.verify(&octets).unwrap().to_authorization().unwrap();
        assert!(authorization.has_compressed_claims() && authorization.user_claims().is_empty());
    }
}

type Reads<'r> = &'r dyn Fn(&[u8]) -> Result<(), Error>;

/// Each 16 and each 32 bits of a buffer changed to what counts, pointers and lengths would not be, and each prefix: an error
/// or another meaning, and never more elements than the octets hold.
#[test]
fn f08_counts_and_pointers_of_claims_and_delegation() {
    let kind = BufferType::DEVICE_CLAIMS_INFO;
    let claims = claims::encode(kind, &claims()).unwrap();
    let read_claims = |octets: &[u8]| ClaimsInfo::parse(kind, octets).and_then(|info| info.claims()).map(|_| ());
    let delegation = delegation().encode().unwrap();
    let read_delegation = |octets: &[u8]| DelegationInfo::parse(octets).map(|_| ());
    let readers: [(&[u8], Reads<'_>); 2] = [(&claims, &read_claims), (&delegation, &read_delegation)];
    let mut refused = 0;
    for (octets, read) in readers {
        read(octets).unwrap();
        for length in 0..octets.len() {
            assert!(read(&octets[..length]).is_err(), "{length}");
        }
        for place in (0..octets.len() - 4).step_by(2) {
            for value in [0, 1, 0x7fff_ffff, 0xffff_ffff, 0x2000_0000, 0x0010_0000] {
                let mut changed = octets.to_vec();
                changed[place..place + 4].copy_from_slice(&u32::to_le_bytes(value));
                refused += usize::from(read(&changed).is_err());
                let mut changed = octets.to_vec();
                changed[place..place + 2].copy_from_slice(&u16::to_le_bytes((value >> 16) as u16));
                refused += usize::from(read(&changed).is_err());
            }
        }
    }
    assert!(refused > 500, "{refused}");
}

#[test]
fn f08_claims_of_types_nobody_knows_and_of_two_types() {
    let kind = BufferType::CLIENT_CLAIMS_INFO;
    let one = Claim { id: "x".into(), source: ClaimSource::ActiveDirectory, values: ClaimValues::Int64(vec![2]) };
    let octets = claims::encode(kind, &[one]).unwrap();
    let set = ClaimsInfo::parse(kind, &octets).unwrap();
    // Type and switch stand behind the pointer to the Id: headers 16, pointer 4, CLAIMS_SET 20, count 4, CLAIMS_ARRAY 12,
    // count 4, pointer 4.
    let place = 16 + 4 + 20 + 4 + 12 + 4 + 4;
    let with = |claim_type: u16, switch: u16| {
        let mut changed = set.claims_set.to_vec();
        changed[place..place + 2].copy_from_slice(&claim_type.to_le_bytes());
        changed[place + 2..place + 4].copy_from_slice(&switch.to_le_bytes());
        set.read(&changed)
    };
    assert_eq!(with(1, 1).unwrap().len(), 1);
    assert_eq!(with(2, 2).unwrap()[0].values, ClaimValues::Uint64(vec![2]));
    let flaw = |result: Result<Vec<Claim>, Error>| match result {
        Err(Error::Ndr { flaw, .. }) => flaw,
        other => panic!("{other:?}"),
    };
    assert_eq!(flaw(with(1, 2)), NdrFlaw::Value);
    // A boolean of 2.
    assert_eq!(flaw(with(6, 6)), NdrFlaw::Value);
    // The union of an unknown type is empty: what follows is then read as something else, and does not fit.
    assert!(with(5, 5).is_err());
}

#[test]
fn the_authorization_has_all_of_it() {
    let mut user = User::new("alice", 1103);
    user.upn = "alice@example.test".into();
    user.full_name = "Alice Liddell".into();
    user.groups.extend([1119, 1120]);
    user.extra_sids = vec!["S-1-18-1".parse().unwrap()];
    user.resource_groups = Some(("S-1-5-21-9-9-9".parse().unwrap(), vec![1500]));
    user.claims = claims();
    let mut stage = Stage::with(EncryptionType::AES128_CTS_HMAC_SHA256_128, &user);
    stage.pac.buffers.push((BufferType::DELEGATION_INFO, delegation().encode().unwrap()));
    // Buffers may be empty.
    stage.pac.buffers.push((BufferType::DEVICE_CLAIMS_INFO, vec![]));
    let octets = stage.octets();
    let verified = stage.verify(&octets).unwrap();
    assert_eq!(verified.kdc_signatures().kdc, KdcSignature::Unverified);
    let authorization = verified.to_authorization().unwrap();
    let sids: Vec<_> = authorization.group_sids().map(|sid| alloc::format!("{sid}")).collect();
    let expected = [
        "S-1-5-21-1-2-3-1103",
        "S-1-5-21-1-2-3-513",
        "S-1-5-21-1-2-3-1119",
        "S-1-5-21-1-2-3-1120",
        "S-1-18-1",
        "S-1-5-21-0-0-0-497",
        "S-1-5-21-9-9-9-1500",
    ];
    assert_eq!(sids, expected);
    assert!(authorization.is_member(&"S-1-5-21-1-2-3-1119".parse::<Sid>().unwrap()));
    assert_eq!(authorization.logon_name(), Some("alice"));
    assert_eq!(authorization.full_name(), Some("Alice Liddell"));
    assert_eq!(authorization.upn(), Some("alice@example.test"));
    assert_eq!(authorization.dns_domain(), Some("EXAMPLE.TEST"));
    assert_eq!(authorization.user_claims().len(), 5);
    assert_eq!(authorization.delegation().unwrap().transited_services, ["frontsvc@AD", "x@Y", ""]);
}
