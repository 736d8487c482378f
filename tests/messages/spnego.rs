//! SECURITY section C, as far as it is about the form of messages.

use hex_literal::hex;
use negotiate::asn1::{Flaw, OctetString};
use negotiate::gss::Oid;
use negotiate::spnego::message::*;

use crate::tree::tlv;

/// Of a live acceptor that speaks first: `{ mechTypes { krb5 }, negHints { hintName } }`.
const HINT: [u8; 63] = hex!(
    "a03d303ba00d300b06092a864886f712010202a32a3028a0261b246e6f745f646566"
    "696e65645f696e5f5246433431373840706c656173655f69676e6f7265"
);

fn init(fields: &[&[u8]]) -> Result<Vec<Vec<u8>>, Flaw> {
    let token = tlv(0xa0, &[&tlv(0x30, fields)]);
    match NegotiationToken::parse(&token).map_err(|error| error.flaw)? {
        NegotiationToken::NegTokenInit(init) => {
            Ok(init.mech_types.iter().map(|mechanism| mechanism.as_octets().to_vec()).collect())
        }
        NegotiationToken::NegTokenResp(_) => panic!("another token"),
    }
}

fn mech_types(names: &[&[u8]]) -> Vec<u8> {
    let names: Vec<_> = names.iter().map(|name| tlv(6, &[name])).collect();
    tlv(0xa0, &[&tlv(0x30, &[&names.concat()])])
}

#[test]
fn c01_lists_of_mechanisms() {
    let krb5 = Oid::KRB5.as_octets();
    assert_eq!(init(&[&mech_types(&[])]), Err(Flaw::Count));
    assert_eq!(init(&[]), Err(Flaw::Truncated));
    assert_eq!(init(&[&tlv(0xa2, &[b"\x04\x00"])]), Err(Flaw::UnexpectedTag));
    assert_eq!(init(&[&mech_types(&[krb5; 33])]), Err(Flaw::Count));
    assert_eq!(init(&[&mech_types(&[krb5; 32])]).map(|list| list.len()), Ok(32));
    assert_eq!(init(&[&mech_types(&[krb5])]), Ok(vec![krb5.to_vec()]));
    // [3] must be an OCTET STRING.
    assert_eq!(init(&[&mech_types(&[krb5]), &tlv(0xa3, &[b"\x30\x00"])]), Err(Flaw::UnexpectedTag));
    assert_eq!(MechTypeList::new(&[]).unwrap_err().flaw, Flaw::Count);
    assert_eq!(MechTypeList::new(&[Oid::KRB5; 33]).unwrap_err().flaw, Flaw::Count);
}

#[test]
fn a14_names_of_mechanisms() {
    for good in [&b"\x2a"[..], b"\x2a\x86\x48", &[1; 64], b"\x2a\x81\x00"] {
        assert_eq!(init(&[&mech_types(&[good])]), Ok(vec![good.to_vec()]));
    }
    for bad in [&b""[..], b"\x80", b"\x80\x01", b"\x2a\x80\x01", b"\x2a\x86", b"\x2a\x86\xc8", &[1; 65], &[1; 129]] {
        assert_eq!(init(&[&mech_types(&[bad])]), Err(Flaw::Oid), "{bad:02x?}");
    }
}

#[test]
fn c11_hints_are_for_initiators() {
    assert_eq!(NegotiationToken::parse(&HINT).unwrap_err().flaw, Flaw::UnexpectedTag);
    let hint = NegTokenInit2::parse_negotiation_token(&HINT).unwrap();
    assert_eq!(hint.mech_types.unwrap().first(), Some(Oid::KRB5));
    assert_eq!(&*hint.neg_hints.unwrap().hint_name.unwrap(), b"not_defined_in_RFC4178@please_ignore");
    assert_eq!(hint.to_negotiation_token().unwrap(), HINT);
}

#[test]
fn c13_states() {
    let state = |octets: &[u8]| {
        let token = tlv(0xa1, &[&tlv(0x30, &[&tlv(0xa0, &[&tlv(0x0a, &[octets])])])]);
        match NegotiationToken::parse(&token).map_err(|error| error.flaw)? {
            NegotiationToken::NegTokenResp(resp) => Ok(resp.neg_state),
            NegotiationToken::NegTokenInit(_) => panic!("another token"),
        }
    };
    assert_eq!(state(&[0]), Ok(Some(NegState::AcceptCompleted)));
    assert_eq!(state(&[1]), Ok(Some(NegState::AcceptIncomplete)));
    assert_eq!(state(&[2]), Ok(Some(NegState::Reject)));
    assert_eq!(state(&[3]), Ok(Some(NegState::RequestMic)));
    for bad in [&[4][..], &[255], &[0, 1], &[]] {
        assert_eq!(state(bad), Err(Flaw::Enumerated), "{bad:?}");
    }
    assert_eq!(
        NegotiationToken::parse(b"\xa1\x02\x30\x00").map(|_| ()),
        Ok(()),
        "no field need be there (row C02 is the acceptor's)"
    );
}

#[test]
fn replies_are_encoded_as_the_standard_has_them() {
    let resp = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        supported_mech: Some(Oid::KRB5),
        response_token: Some(OctetString(b"token")),
        ..NegTokenResp::default()
    };
    let octets = hex!("a11b 3019 a003 0a01 00 a10b 0609 2a864886f712010202 a205 0403 746f6b");
    let short = NegTokenResp { response_token: Some(OctetString(b"tok")), ..resp };
    assert_eq!(NegotiationToken::NegTokenResp(short).to_der().unwrap(), octets);
    assert_eq!(NegotiationToken::parse(&octets), Ok(NegotiationToken::NegTokenResp(short)));
}
