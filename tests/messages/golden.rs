//! Messages of every kind, made here.

use negotiate::Timestamp;
use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::Oid;
use negotiate::kerberos::message::*;
use negotiate::spnego::message::*;

use crate::corpus::Kind;

pub(crate) const USER: PrincipalName<'_> =
    PrincipalName { name_type: 1, name_string: SequenceOf::new(&[GeneralString(b"alice")]) };
pub(crate) const SERVICE: PrincipalName<'_> = PrincipalName {
    name_type: 3,
    name_string: SequenceOf::new(&[GeneralString(b"HTTP"), GeneralString(b"server.example.com")]),
};
pub(crate) const REALM: GeneralString<'_> = GeneralString(b"EXAMPLE.COM");
const MECHANISMS: &[Oid<'_>] = &[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP];

pub(crate) fn time(seconds: i64) -> KerberosTime {
    KerberosTime::new(Timestamp::from_seconds(seconds)).unwrap()
}

pub(crate) fn ap_req() -> Vec<u8> {
    let enc_part = EncryptedData { etype: 18, kvno: Some(3), cipher: OctetString(&[0x5a; 200]) };
    let ticket = Ticket { tkt_vno: PVNO, realm: REALM, sname: SERVICE, enc_part };
    let authenticator = EncryptedData { etype: 18, kvno: None, cipher: OctetString(&[0xa5; 100]) };
    let ap_options = ApOptions::MUTUAL_REQUIRED;
    ApReq { pvno: PVNO, msg_type: msg_type::AP_REQ, ap_options, ticket, authenticator }.to_der().unwrap()
}

pub(crate) fn ap_rep() -> Vec<u8> {
    let enc_part = EncryptedData { etype: 18, kvno: None, cipher: OctetString(&[0x33; 70]) };
    ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part }.to_der().unwrap()
}

pub(crate) fn enc_ap_rep_part() -> Vec<u8> {
    EncApRepPart {
        ctime: time(1_795_377_519),
        cusec: Microseconds(67_215),
        subkey: Some(KeyValue { keytype: 18, keyvalue: OctetString(&[9; 32]) }),
        seq_number: Some(SequenceNumber(0xffff_fff0)),
    }
    .to_der()
    .unwrap()
}

pub(crate) fn krb_error() -> Vec<u8> {
    let data = KerbErrorData { data_type: 2, data_value: None }.to_der().unwrap();
    KrbError {
        pvno: PVNO,
        msg_type: msg_type::KRB_ERROR,
        ctime: Some(time(0)),
        cusec: Some(Microseconds(0)),
        stime: time(1_795_377_519),
        susec: Microseconds(999_999),
        error_code: 37,
        crealm: Some(REALM),
        cname: Some(USER),
        realm: REALM,
        sname: SERVICE,
        e_text: Some(GeneralString(b"clock skew")),
        e_data: Some(OctetString(&data)),
    }
    .to_der()
    .unwrap()
}

pub(crate) fn neg_token_init() -> Vec<u8> {
    NegotiationToken::NegTokenInit(NegTokenInit {
        mech_types: MechTypeList::new(MECHANISMS).unwrap(),
        req_flags: None,
        mech_token: Some(OctetString(&[0x44; 150])),
        mech_list_mic: Some(OctetString(&[4; 28])),
        extensions: Default::default(),
    })
    .to_der()
    .unwrap()
}

pub(crate) fn neg_token_resp() -> Vec<u8> {
    NegotiationToken::NegTokenResp(NegTokenResp {
        neg_state: Some(NegState::RequestMic),
        supported_mech: Some(Oid::KRB5),
        response_token: Some(OctetString(&[0x44; 150])),
        mech_list_mic: Some(OctetString(&[4; 28])),
        ..NegTokenResp::default()
    })
    .to_der()
    .unwrap()
}

/// One of each kind.
pub(crate) fn all() -> [(Kind, Vec<u8>); 6] {
    [
        (Kind::ApReq, ap_req()),
        (Kind::ApRep, ap_rep()),
        (Kind::EncApRepPart, enc_ap_rep_part()),
        (Kind::KrbError, krb_error()),
        (Kind::Spnego, neg_token_init()),
        (Kind::Spnego, neg_token_resp()),
    ]
}
