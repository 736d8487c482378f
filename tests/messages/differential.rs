//! The same octets to a second, independent decoder: `rasn-kerberos`.

use negotiate::asn1::{Flaw, GeneralString, OctetString, SequenceOf};
use negotiate::kerberos::message::*;
use rasn_kerberos as other;
use serde_json::Value;

use crate::corpus::{Kind, Message, messages_in, tokens, unhex};
use crate::golden;

/// What `rasn-kerberos` makes of a message: what it encodes of what it decoded, after a comparison field by field
/// where ours decodes it, too.
fn theirs(message: Message<'_>) -> Option<Vec<u8>> {
    macro_rules! compare {
        ($kind:ident, $same:ident) => {{
            let theirs: other::$kind = rasn::der::decode(message.octets).ok()?;
            if let Ok(ours) = $kind::parse(message.octets) {
                $same(&ours, &theirs);
            }
            rasn::der::encode(&theirs).ok()
        }};
    }
    match message.kind {
        Kind::ApReq => compare!(ApReq, same_ap_req),
        Kind::ApRep => compare!(ApRep, same_ap_rep),
        Kind::KrbError => compare!(KrbError, same_krb_error),
        Kind::EncApRepPart => compare!(EncApRepPart, same_enc_ap_rep_part),
        Kind::Spnego | Kind::SpnegoHint => None,
    }
}

fn is_kerberos(message: &Message<'_>) -> bool {
    !matches!(message.kind, Kind::Spnego | Kind::SpnegoHint)
}

#[test]
fn both_decoders_agree_on_every_recorded_message() {
    let Some(tokens) = tokens() else { return };
    let mut compared = 0;
    for token in tokens.iter().filter(|token| !token.is_damaged()) {
        for message in messages_in(&token.octets).into_iter().filter(is_kerberos) {
            assert_eq!(theirs(message).as_deref(), Some(message.octets), "{} {:?}", token.case, message.kind);
            compared += 1;
        }
    }
    println!("{compared} messages");
    assert!(compared >= 500);
}

#[test]
fn both_decoders_agree_on_golden_messages() {
    for (kind, octets) in &golden::all()[..4] {
        let message = Message { kind: *kind, octets };
        assert_eq!(theirs(message).as_deref(), Some(&octets[..]), "{kind:?}");
    }
}

/// Flipped bits get the same verdict from both, and where both take the message, the same octets again.
///
/// Where the other is stricter, wrongly for Kerberos: octets 0x80 to 0xA0 in a GeneralString, which UTF-8 names have.
/// Where it is laxer: it does not look at the bit of a tag that tells primitive from constructed, and it takes years
/// before 1970. Flags of fewer than 32 bits are taken by both, but encoded with 32 again by this crate only.
#[test]
fn a07_flipped_bits_are_judged_alike() {
    let Some(tokens) = tokens() else { return };
    let mut laxer = 0;
    let mut judged = 0;
    let messages = tokens.iter().filter(|token| !token.is_damaged()).flat_map(|token| messages_in(&token.octets));
    let short = |message: &Message<'_>| is_kerberos(message) && message.octets.len() < 900;
    for message in messages.filter(short).step_by(23).take(20) {
        for bit in 0..message.octets.len() * 8 {
            let mut octets = message.octets.to_vec();
            octets[bit / 8] ^= 0x80 >> (bit % 8);
            let flipped = Message { kind: message.kind, octets: &octets };
            let (ours, theirs) = (flipped.re_encoded(), theirs(flipped));
            judged += 1;
            match (ours, theirs) {
                (Ok(_), Some(_)) if octets[..bit / 8].ends_with(b"\x03\x05") => {}
                (Ok(ours), Some(theirs)) => assert_eq!(ours, theirs),
                (Ok(_), None) if (0x80..=0xa0).contains(&octets[bit / 8]) => {}
                (Ok(_), None) => panic!("only we take {octets:02x?}, bit {bit} of a {:?} flipped", message.kind),
                (Err(error), Some(_)) => {
                    let constructed = bit % 8 == 2 && error.flaw == Flaw::UnexpectedTag;
                    assert!(constructed || error.flaw == Flaw::Time, "{error}: {octets:02x?}");
                    laxer += 1;
                }
                (Err(_), None) => {}
            }
        }
    }
    println!("{judged} flips, of which only rasn takes {laxer}");
    assert!(judged > 0);
}

/// The encrypted parts, made from what was recorded of them.
#[test]
fn both_decoders_agree_on_encrypted_parts() {
    let Some(tokens) = tokens() else { return };
    let (mut tickets, mut authenticators, mut replies) = (0, 0, 0);
    for decoded in tokens.iter().map(|token| &token.decoded) {
        if decoded["ap_req"].is_object() {
            tickets += 1;
            ticket_there_and_back(&decoded["ap_req"]["ticket"]);
            authenticators += 1;
            authenticator_there_and_back(&decoded["ap_req"]["authenticator"]);
        }
        if decoded["ap_rep"].is_object() {
            replies += 1;
            reply_there_and_back(&decoded["ap_rep"]);
        }
    }
    println!("{tickets} tickets, {authenticators} authenticators, {replies} replies");
    assert!(tickets >= 300 && replies >= 150);
}

fn ticket_there_and_back(part: &Value) {
    let (components, keyvalue, contents) =
        (texts(&part["cname"]["components"]), unhex(&part["key"]["key"]), unhex(&part["transited"]["contents"]));
    let name: Vec<_> = components.iter().map(|text| GeneralString(text.as_bytes())).collect();
    let addresses: Vec<_> = list(&part["caddr"]).map(|one| (number(&one["type"]), unhex(&one["addr"]))).collect();
    let addresses: Vec<_> = addresses
        .iter()
        .map(|(addr_type, address)| HostAddress { addr_type: *addr_type, address: OctetString(address) })
        .collect();
    let data = authorization_data(&part["authorization_data"]);
    let elements = elements(&data);
    let ours = EncTicketPart {
        flags: TicketFlags(u32::from_str_radix(part["flags"].as_str().unwrap(), 16).unwrap()),
        key: KeyValue { keytype: number(&part["key"]["etype"]), keyvalue: OctetString(&keyvalue) },
        crealm: GeneralString(part["crealm"].as_str().unwrap().as_bytes()),
        cname: PrincipalName { name_type: number(&part["cname"]["name_type"]), name_string: SequenceOf::new(&name) },
        transited: TransitedEncoding { tr_type: number(&part["transited"]["type"]), contents: OctetString(&contents) },
        authtime: time(&part["authtime"]).unwrap(),
        starttime: time(&part["starttime"]),
        endtime: time(&part["endtime"]).unwrap(),
        renew_till: time(&part["renew_till"]),
        caddr: part["caddr"].is_array().then(|| SequenceOf::new(&addresses)),
        authorization_data: part["authorization_data"]
            .is_array()
            .then(|| AuthorizationData(SequenceOf::new(&elements))),
    };
    let octets = ours.to_der().unwrap();
    let theirs: other::EncTicketPart = rasn::der::decode(&octets).unwrap();
    same_ticket_part(&ours, &theirs);
    same_ticket_part(&EncTicketPart::parse(&octets).unwrap(), &theirs);
    assert_eq!(rasn::der::encode(&theirs).unwrap(), octets);
}

fn authenticator_there_and_back(part: &Value) {
    let (components, checksum, subkey) =
        (texts(&part["cname"]["components"]), octets(&part["cksum"]["data"]), octets(&part["subkey"]["key"]));
    let name: Vec<_> = components.iter().map(|text| GeneralString(text.as_bytes())).collect();
    let data = authorization_data(&part["authorization_data"]);
    let elements = elements(&data);
    let ours = Authenticator {
        authenticator_vno: number(&part["vno"]),
        crealm: GeneralString(part["crealm"].as_str().unwrap().as_bytes()),
        cname: PrincipalName { name_type: number(&part["cname"]["name_type"]), name_string: SequenceOf::new(&name) },
        cksum: checksum
            .as_deref()
            .map(|octets| Checksum { cksumtype: number(&part["cksum"]["type"]), checksum: OctetString(octets) }),
        cusec: Microseconds(number(&part["cusec"])),
        ctime: time(&part["ctime"]).unwrap(),
        subkey: subkey
            .as_deref()
            .map(|octets| KeyValue { keytype: number(&part["subkey"]["etype"]), keyvalue: OctetString(octets) }),
        seq_number: sequence_number(part),
        authorization_data: part["authorization_data"]
            .is_array()
            .then(|| AuthorizationData(SequenceOf::new(&elements))),
    };
    let octets = ours.to_der().unwrap();
    let theirs: other::Authenticator = rasn::der::decode(&octets).unwrap();
    same_authenticator(&ours, &theirs);
    same_authenticator(&Authenticator::parse(&octets).unwrap(), &theirs);
    assert_eq!(rasn::der::encode(&theirs).unwrap(), octets);
}

fn reply_there_and_back(part: &Value) {
    let subkey = octets(&part["subkey"]["key"]);
    let ours = EncApRepPart {
        ctime: time(&part["ctime"]).unwrap(),
        cusec: Microseconds(number(&part["cusec"])),
        subkey: subkey
            .as_deref()
            .map(|octets| KeyValue { keytype: number(&part["subkey"]["etype"]), keyvalue: OctetString(octets) }),
        seq_number: sequence_number(part),
    };
    let octets = ours.to_der().unwrap();
    assert_eq!(theirs(Message { kind: Kind::EncApRepPart, octets: &octets }), Some(octets.clone()));
}

/// The number as recorded, and as recorded in DER, with the historical negative form among them (row A10).
fn sequence_number(part: &Value) -> Option<SequenceNumber> {
    let recorded = part["seq_number"].as_i64()?;
    let field = crate::tree::tlv(0xa3, &[&unhex(&part["seq_number_der"])]);
    let times = [crate::tree::tlv(0xa0, &[b"\x18\x0f19700101000000Z"]), crate::tree::tlv(0xa1, &[b"\x02\x01\x00"])];
    let message = crate::tree::tlv(0x7b, &[&crate::tree::tlv(0x30, &[&times.concat(), &field])]);
    let decoded = EncApRepPart::parse(&message).unwrap().seq_number.unwrap();
    assert_eq!(i64::from(decoded.0), recorded & 0xffff_ffff);
    Some(decoded)
}

fn same_ap_req(ours: &ApReq<'_>, theirs: &other::ApReq) {
    assert_eq!(theirs.pvno, ours.pvno.into());
    assert_eq!(theirs.msg_type, ours.msg_type.into());
    assert_eq!(first_32_bits(&theirs.ap_options.0), ours.ap_options.0);
    same_ticket(&ours.ticket, &theirs.ticket);
    same_encrypted_data(&ours.authenticator, &theirs.authenticator);
}

pub(crate) fn same_ticket(ours: &Ticket<'_>, theirs: &other::Ticket) {
    assert_eq!(theirs.tkt_vno, ours.tkt_vno.into());
    assert_eq!(theirs.realm.as_bytes(), &*ours.realm);
    same_name(&ours.sname, &theirs.sname);
    same_encrypted_data(&ours.enc_part, &theirs.enc_part);
}

fn same_ap_rep(ours: &ApRep<'_>, theirs: &other::ApRep) {
    assert_eq!(theirs.pvno, ours.pvno.into());
    assert_eq!(theirs.msg_type, ours.msg_type.into());
    same_encrypted_data(&ours.enc_part, &theirs.enc_part);
}

fn same_enc_ap_rep_part(ours: &EncApRepPart<'_>, theirs: &other::EncApRepPart) {
    same_time(ours.ctime, &theirs.ctime);
    assert_eq!(theirs.cusec, ours.cusec.0.into());
    same_optional(ours.subkey.as_ref(), theirs.subkey.as_ref(), same_key);
    assert_eq!(theirs.seq_number, ours.seq_number.map(|number| number.0));
}

fn same_krb_error(ours: &KrbError<'_>, theirs: &other::KrbError) {
    let micros = |theirs: &rasn::types::Integer, ours: Microseconds| assert_eq!(*theirs, ours.0.into());
    assert_eq!(theirs.pvno, ours.pvno.into());
    assert_eq!(theirs.msg_type, ours.msg_type.into());
    same_optional(ours.ctime, theirs.ctime.as_ref(), same_time);
    same_optional(ours.cusec, theirs.cusec.as_ref(), |ours, theirs| micros(theirs, ours));
    same_time(ours.stime, &theirs.stime);
    micros(&theirs.susec, ours.susec);
    assert_eq!(theirs.error_code, ours.error_code);
    assert_eq!(theirs.crealm.as_ref().map(|realm| realm.as_bytes()), ours.crealm.as_deref());
    same_optional(ours.cname.as_ref(), theirs.cname.as_ref(), same_name);
    assert_eq!(theirs.realm.as_bytes(), &*ours.realm);
    same_name(&ours.sname, &theirs.sname);
    assert_eq!(theirs.e_text.as_ref().map(|text| text.as_bytes()), ours.e_text.as_deref());
    assert_eq!(theirs.e_data.as_deref(), ours.e_data.as_deref());
}

fn same_ticket_part(ours: &EncTicketPart<'_>, theirs: &other::EncTicketPart) {
    assert_eq!(first_32_bits(&theirs.flags.0), ours.flags.0);
    same_key(&ours.key, &theirs.key);
    assert_eq!(theirs.crealm.as_bytes(), &*ours.crealm);
    same_name(&ours.cname, &theirs.cname);
    assert_eq!(theirs.transited.r#type, ours.transited.tr_type);
    assert_eq!(&*theirs.transited.contents, &*ours.transited.contents);
    same_time(ours.authtime, &theirs.auth_time);
    same_optional(ours.starttime, theirs.start_time.as_ref(), same_time);
    same_time(ours.endtime, &theirs.end_time);
    same_optional(ours.renew_till, theirs.renew_till.as_ref(), same_time);
    same_optional(ours.caddr.as_ref(), theirs.caddr.as_ref(), |ours, theirs| {
        assert_eq!(ours.len(), theirs.len());
        for (ours, theirs) in ours.iter().zip(theirs) {
            same_address(ours, theirs);
        }
    });
    same_optional(ours.authorization_data.as_ref(), theirs.authorization_data.as_ref(), same_authorization_data);
}

fn same_authenticator(ours: &Authenticator<'_>, theirs: &other::Authenticator) {
    assert_eq!(theirs.authenticator_vno, ours.authenticator_vno.into());
    assert_eq!(theirs.crealm.as_bytes(), &*ours.crealm);
    same_name(&ours.cname, &theirs.cname);
    same_optional(ours.cksum, theirs.cksum.as_ref(), |ours, theirs| {
        assert_eq!((ours.cksumtype, &*ours.checksum), (theirs.r#type, &*theirs.checksum));
    });
    assert_eq!(theirs.cusec, ours.cusec.0.into());
    same_time(ours.ctime, &theirs.ctime);
    same_optional(ours.subkey.as_ref(), theirs.subkey.as_ref(), same_key);
    assert_eq!(theirs.seq_number, ours.seq_number.map(|number| number.0));
    same_optional(ours.authorization_data.as_ref(), theirs.authorization_data.as_ref(), same_authorization_data);
}

pub(crate) fn same_address(ours: HostAddress<'_>, theirs: &other::HostAddress) {
    assert_eq!((ours.addr_type, &*ours.address), (theirs.addr_type, &*theirs.address));
}

pub(crate) fn same_optional<T, U>(ours: Option<T>, theirs: Option<U>, same: impl FnOnce(T, U)) {
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => same(ours, theirs),
        (None, None) => {}
        (ours, theirs) => panic!("ours {}, theirs {}", ours.is_some(), theirs.is_some()),
    }
}

pub(crate) fn same_encrypted_data(ours: &EncryptedData<'_>, theirs: &other::EncryptedData) {
    assert_eq!((theirs.etype, theirs.kvno, &*theirs.cipher), (ours.etype, ours.kvno, &*ours.cipher));
}

pub(crate) fn same_key(ours: &KeyValue<'_>, theirs: &other::EncryptionKey) {
    assert_eq!((theirs.r#type, &*theirs.value), (ours.keytype, &*ours.keyvalue));
}

pub(crate) fn same_name(ours: &PrincipalName<'_>, theirs: &other::PrincipalName) {
    assert_eq!(theirs.r#type, ours.name_type);
    assert!(theirs.string.iter().map(|component| component.as_bytes()).eq(ours.name_string.iter().map(|ours| ours.0)));
}

pub(crate) fn same_time(ours: KerberosTime, theirs: &other::KerberosTime) {
    assert_eq!(theirs.0.timestamp(), ours.to_timestamp().as_seconds());
}

fn same_authorization_data(ours: &AuthorizationData<'_>, theirs: &other::AuthorizationData) {
    assert_eq!(ours.0.len(), theirs.len());
    for (ours, theirs) in ours.0.iter().zip(theirs) {
        assert_eq!((ours.ad_type, &*ours.ad_data), (theirs.r#type, &*theirs.data));
    }
}

pub(crate) fn first_32_bits(bits: &other::KerberosFlags) -> u32 {
    bits.iter().take(32).enumerate().fold(0, |word, (at, bit)| word | u32::from(*bit) << (31 - at))
}

fn number(value: &Value) -> i32 {
    value.as_i64().unwrap().try_into().unwrap()
}

fn time(value: &Value) -> Option<KerberosTime> {
    value.as_i64().map(golden::time)
}

fn octets(value: &Value) -> Option<Vec<u8>> {
    value.is_string().then(|| unhex(value))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Vec<&str> {
    list(value).map(|text| text.as_str().unwrap()).collect()
}

fn authorization_data(value: &Value) -> Vec<(i32, Vec<u8>)> {
    list(value).map(|element| (number(&element["type"]), unhex(&element["data"]))).collect()
}

fn elements(data: &[(i32, Vec<u8>)]) -> Vec<AuthorizationElement<'_>> {
    data.iter().map(|(ad_type, data)| AuthorizationElement { ad_type: *ad_type, ad_data: OctetString(data) }).collect()
}
