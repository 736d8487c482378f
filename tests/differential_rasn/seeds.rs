//! Sound messages of every kind, with every field and with few.

use negotiate::Timestamp;
use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::ccache::Ccache;
use negotiate::kerberos::etype::KeyUsage;
use negotiate::kerberos::message::{
    ApRep, EncApRepPart, EncryptedData, KerbErrorData, KerberosTime, KeyValue, KrbCred, KrbError, Microseconds,
    PrincipalName, SequenceNumber, ad_type,
};
use negotiate::kerberos::testing::{Element, Login, Offer, Realm, User, if_relevant};
use negotiate::spnego::message::{MechTypeList, NegHints, NegState, NegTokenInit2, NegTokenResp, NegotiationToken};

const NOW: Timestamp = Timestamp::from_seconds(1_795_377_519);
const REALM: GeneralString<'_> = GeneralString(b"EXAMPLE.TEST");
const SERVICE: PrincipalName<'_> = PrincipalName {
    name_type: 3,
    name_string: SequenceOf::new(&[GeneralString(b"HTTP"), GeneralString(b"localhost")]),
};
const MECHANISMS: &[Oid<'_>] = &[Oid::KRB5_MICROSOFT, Oid::KRB5, Oid::NEGOEX, Oid::NTLMSSP];

/// Each with the name of its kind.
pub(crate) fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let realm = Realm::new("EXAMPLE.TEST", "HTTP/localhost").unwrap();
    let mut seeds = Vec::new();
    for is_full in [true, false] {
        logins(&realm, is_full, &mut seeds);
        answers(is_full, &mut seeds);
        negotiation(is_full, &mut seeds);
    }
    let mut cache = Ccache::new("alice@EXAMPLE.TEST".parse().unwrap());
    for user in ["alice@EXAMPLE.TEST", "bob/admin@EXAMPLE.TEST"] {
        cache.add(realm.ticket_granting_ticket(user, NOW).unwrap());
        let kirbi = cache.to_kirbi().unwrap();
        let part = KrbCred::parse(kirbi.expose()).unwrap().enc_part.cipher.0.to_vec();
        seeds.extend([("KrbCred", kirbi.expose().to_vec()), ("EncKrbCredPart", part)]);
    }
    seeds
}

fn logins(realm: &Realm, is_full: bool, seeds: &mut Vec<(&'static str, Vec<u8>)>) {
    let mut login: Login = realm.login("alice", NOW).unwrap();
    if is_full {
        login = realm.directory_login(&User::new("alice", 1103), NOW).unwrap();
        login.ticket.renew_till = Some(login.ticket.endtime);
        login.ticket.caddr = Some(vec![(2, vec![10, 1, 2, 3]), (24, vec![0; 16])]);
        login.ticket.transited = b"EDU,MIT.".to_vec();
        let inner = [Element::new(ad_type::AP_OPTIONS, [0, 0x40, 0, 0]), Element::new(-17, *b"local")];
        login.authenticator.authorization_data = vec![if_relevant(&inner).unwrap(), Element::new(9_999, *b"?")];
    } else {
        login.ticket.starttime = None;
        login.authenticator.subkey = None;
        login.authenticator.seq_number = None;
    }
    let (mut ticket, mut authenticator) = login.ciphers().unwrap();
    let request = login.encode().unwrap();
    let request = InitialToken::parse(&request).unwrap().inner[2..].to_vec();
    let key = login.ticket.service_key.for_encryption(KeyUsage::TICKET);
    let ticket = key.decrypt_in_place(&mut ticket).unwrap().to_vec();
    let key = login.authenticator.session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
    let authenticator = key.decrypt_in_place(&mut authenticator).unwrap().to_vec();
    // Behind the tag and the length: SEQUENCE OF.
    let data = if_relevant(&[Element::new(ad_type::WIN2K_PAC, [1; 40]), Element::new(1, *b"\x30\x00")]).unwrap();
    seeds.extend([
        ("ApReq", request),
        ("EncTicketPart", ticket),
        ("Authenticator", authenticator),
        ("AuthorizationData", data.ad_data),
    ]);
}

fn answers(is_full: bool, seeds: &mut Vec<(&'static str, Vec<u8>)>) {
    let time = KerberosTime::new(NOW).unwrap();
    let full = |number: u32| is_full.then_some(number);
    let enc_part = EncryptedData { etype: 18, kvno: full(3), cipher: OctetString(&[0x33; 70]) };
    let reply = ApRep { pvno: 5, msg_type: 15, enc_part };
    let part = EncApRepPart {
        ctime: time,
        cusec: Microseconds(67_215),
        subkey: is_full.then_some(KeyValue { keytype: 18, keyvalue: OctetString(&[9; 32]) }),
        seq_number: full(0xffff_fff0).map(SequenceNumber),
    };
    let data = KerbErrorData { data_type: 2, data_value: is_full.then_some(OctetString(b"data")) }.to_der().unwrap();
    let error = KrbError {
        pvno: 5,
        msg_type: 30,
        ctime: is_full.then_some(time),
        cusec: is_full.then_some(Microseconds(0)),
        stime: time,
        susec: Microseconds(999_999),
        error_code: 37,
        crealm: is_full.then_some(REALM),
        cname: is_full.then_some(SERVICE),
        realm: REALM,
        sname: SERVICE,
        e_text: is_full.then_some(GeneralString(b"clock skew")),
        e_data: is_full.then_some(OctetString(&data)),
    };
    seeds.extend([
        ("ApRep", reply.to_der().unwrap()),
        ("EncApRepPart", part.to_der().unwrap()),
        ("KrbError", error.to_der().unwrap()),
        ("KerbErrorData", data.clone()),
    ]);
}

fn negotiation(is_full: bool, seeds: &mut Vec<(&'static str, Vec<u8>)>) {
    let mut offer = Offer::of(&[Oid::KRB5, Oid::NTLMSSP]);
    offer.mech_list_mic = is_full.then(|| vec![4; 28]);
    let init = offer.encode(is_full.then_some(&[0x44; 150])).unwrap();
    let resp = NegotiationToken::NegTokenResp(NegTokenResp {
        neg_state: Some(NegState::RequestMic),
        supported_mech: is_full.then_some(Oid::KRB5),
        response_token: is_full.then_some(OctetString(&[0x44; 150])),
        mech_list_mic: is_full.then_some(OctetString(&[4; 28])),
        ..NegTokenResp::default()
    });
    let init2 = NegTokenInit2 {
        mech_types: Some(MechTypeList::new(MECHANISMS).unwrap()),
        req_flags: None,
        mech_token: is_full.then_some(OctetString(&[0x44; 150])),
        neg_hints: is_full.then_some(NegHints {
            hint_name: Some(GeneralString(b"not_defined_in_RFC4178@please_ignore")),
            hint_address: None,
        }),
        mech_list_mic: is_full.then_some(OctetString(&[4; 28])),
        extensions: Default::default(),
    };
    seeds.extend([
        ("NegotiationToken", InitialToken::parse(&init).unwrap().inner.to_vec()),
        ("NegotiationToken", resp.to_der().unwrap()),
        ("NegTokenInit2", init2.to_negotiation_token().unwrap()),
    ]);
}
