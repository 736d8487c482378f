//! Names, and secrets.

use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::kerberos::message::*;

use crate::golden;
use crate::tree::tlv;

fn name(components: &[&[u8]]) -> Vec<u8> {
    let components: Vec<_> = components.iter().map(|component| tlv(0x1b, &[component])).collect();
    tlv(0x30, &[b"\xa0\x03\x02\x01\x01", &tlv(0xa1, &[&tlv(0x30, &[&components.concat()])])])
}

#[test]
fn a09_names_are_counted_octets() {
    let whole = name(&[b"a/b"]);
    let parts = name(&[b"a", b"b"]);
    let (whole, parts) = (PrincipalName::parse(&whole).unwrap(), PrincipalName::parse(&parts).unwrap());
    assert_ne!(whole, parts);
    let principal = parts.to_principal(b"R").unwrap();
    assert!(parts.is(b"R", &principal));
    assert!(!whole.is(b"R", &principal) && !parts.is(b"r", &principal) && !parts.is(b"", &principal));
    assert_ne!(whole.to_principal(b"R").unwrap(), principal);

    let given = [GeneralString(b"a"), GeneralString(b"b")];
    let given = PrincipalName { name_type: 2, name_string: SequenceOf::new(&given) };
    assert_eq!(given, parts, "the type is a hint, and where the components lie does not matter");
    assert_eq!(given.name_string.iter().len(), 2);

    let many = [&b"x"[..]; 17];
    for bad in [&[][..], &[&b"a\0"[..]], &[b"a\nb"], &[b"a", b"\x7f"], &many] {
        let octets = name(bad);
        PrincipalName::parse(&octets).unwrap().to_principal(b"R").unwrap_err();
    }
    parts.to_principal(b"").unwrap_err();
    parts.to_principal(b"R\0A").unwrap_err();
}

#[test]
fn e05_microseconds() {
    let time = golden::time(1_795_377_519);
    assert_eq!(time.with_micros(Microseconds(999_999)).unwrap().as_micros(), 1_795_377_519_999_999);
    for bad in [-1, 1_000_000, i32::MIN, i32::MAX] {
        assert_eq!(time.with_micros(Microseconds(bad)), None);
    }
}

#[test]
fn keys_are_not_printed() {
    let key = KeyValue { keytype: 18, keyvalue: OctetString(&[0xab; 32]) };
    assert_eq!(format!("{key:?}"), "KeyValue { keytype: 18, .. }");
    let octets = golden::enc_ap_rep_part();
    let shown = format!("{:?}", EncApRepPart::parse(&octets).unwrap());
    assert!(shown.contains("2026-11-22T19:58:39Z") && !shown.contains("09"), "{shown}");
}
