//! KRB-CRED, and what is encrypted in it, to both decoders.

use std::path::Path;

use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::kerberos::Ccache;
use negotiate::kerberos::message::*;
use rasn_kerberos as other;

use crate::differential::{
    first_32_bits, same_address, same_encrypted_data, same_key, same_name, same_optional, same_ticket, same_time,
};

/// What credentials that MIT's acceptor was delegated become in a message in the clear; and one with every field there is.
fn parts() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit/ccache");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut messages: Vec<_> =
        files.map(|path| Ccache::read(path).unwrap().to_kirbi().unwrap().expose().to_vec()).collect();
    messages.push(every_field());
    messages
}

fn every_field() -> Vec<u8> {
    let components = [GeneralString(b"krbtgt"), GeneralString(b"EXAMPLE.COM")];
    let name = PrincipalName { name_type: 2, name_string: SequenceOf::new(&components) };
    let realm = GeneralString(b"EXAMPLE.COM");
    let address = HostAddress { addr_type: HostAddress::IPV4, address: OctetString(&[192, 0, 2, 1]) };
    let time = KerberosTime::new(negotiate::Timestamp::from_seconds(1_795_377_519));
    let addresses = [address];
    let infos = [KrbCredInfo {
        key: KeyValue { keytype: 18, keyvalue: OctetString(&[7; 32]) },
        prealm: Some(realm),
        pname: Some(name),
        flags: Some(TicketFlags(0x40e1_0000)),
        authtime: time,
        starttime: time,
        endtime: time,
        renew_till: time,
        srealm: Some(realm),
        sname: Some(name),
        caddr: Some(SequenceOf::new(&addresses)),
    }];
    let part = EncKrbCredPart {
        ticket_info: SequenceOf::new(&infos),
        nonce: Some(SequenceNumber(0x7fff_ffff)),
        timestamp: time,
        usec: Some(Microseconds(999_999)),
        s_address: Some(address),
        r_address: Some(address),
    };
    let part = part.to_der().unwrap();
    let enc_part = EncryptedData { etype: 0, kvno: Some(0), cipher: OctetString(&part) };
    let tickets = [Ticket { tkt_vno: 5, realm, sname: name, enc_part: EncryptedData { etype: 18, ..enc_part } }];
    KrbCred { pvno: 5, msg_type: 22, tickets: SequenceOf::new(&tickets), enc_part }.to_der().unwrap()
}

/// Both read the same, and write what they read.
fn agree(octets: &[u8]) {
    let ours = KrbCred::parse(octets).unwrap();
    let theirs: other::KrbCred = rasn::der::decode(octets).unwrap();
    assert_eq!(ours.to_der().unwrap(), octets);
    assert_eq!(rasn::der::encode(&theirs).unwrap(), octets);
    assert_eq!((&theirs.pvno, &theirs.msg_type), (&ours.pvno.into(), &ours.msg_type.into()));
    assert_eq!(theirs.tickets.len(), ours.tickets.len());
    ours.tickets.iter().zip(&theirs.tickets).for_each(|(ours, theirs)| same_ticket(&ours, theirs));
    same_encrypted_data(&ours.enc_part, &theirs.enc_part);

    let octets = ours.enc_part.cipher.0;
    let ours = EncKrbCredPart::parse(octets).unwrap();
    let theirs: other::EncKrbCredPart = rasn::der::decode(octets).unwrap();
    assert_eq!(ours.to_der().unwrap(), octets);
    assert_eq!(rasn::der::encode(&theirs).unwrap(), octets);
    assert_eq!(theirs.nonce, ours.nonce.map(|nonce| nonce.0));
    same_optional(ours.timestamp, theirs.timestamp.as_ref(), same_time);
    same_optional(ours.usec, theirs.usec.as_ref(), |ours, theirs| assert_eq!(*theirs, ours.0.into()));
    same_optional(ours.s_address, theirs.sender_address.as_ref(), same_address);
    same_optional(ours.r_address, theirs.recipient_address.as_ref(), same_address);
    assert_eq!(theirs.ticket_info.len(), ours.ticket_info.len());
    ours.ticket_info.iter().zip(&theirs.ticket_info).for_each(|(ours, theirs)| same_info(&ours, theirs));
}

fn same_info(ours: &KrbCredInfo<'_>, theirs: &other::KrbCredInfo) {
    same_key(&ours.key, &theirs.key);
    assert_eq!(theirs.prealm.as_ref().map(|realm| realm.as_bytes()), ours.prealm.as_deref());
    same_optional(ours.pname.as_ref(), theirs.pname.as_ref(), same_name);
    same_optional(ours.flags, theirs.flags.as_ref(), |ours, theirs| assert_eq!(first_32_bits(&theirs.0), ours.0));
    same_optional(ours.authtime, theirs.auth_time.as_ref(), same_time);
    same_optional(ours.starttime, theirs.start_time.as_ref(), same_time);
    same_optional(ours.endtime, theirs.end_time.as_ref(), same_time);
    same_optional(ours.renew_till, theirs.renew_till.as_ref(), same_time);
    assert_eq!(theirs.srealm.as_ref().map(|realm| realm.as_bytes()), ours.srealm.as_deref());
    same_optional(ours.sname.as_ref(), theirs.sname.as_ref(), same_name);
    same_optional(ours.caddr.as_ref(), theirs.caddr.as_ref(), |ours, theirs| {
        assert_eq!(ours.len(), theirs.len());
        ours.iter().zip(theirs).for_each(|(ours, theirs)| same_address(ours, theirs));
    });
}

#[test]
fn both_decoders_agree_on_krb_creds() {
    let messages = parts();
    messages.iter().for_each(|octets| agree(octets));
    println!("{} messages", messages.len());
    assert!(messages.len() > 20);
}

/// Flipped bits get the same verdict from both, as far as tests of other messages say (`a07_flipped_bits_are_judged_alike`):
/// the other does not look at the bit that tells primitive from constructed, takes times before 1970, and no octets from
/// 0x80 on in names.
#[test]
fn a07_what_we_take_of_a_spoilt_krb_cred_the_other_takes_too() {
    let octets = every_field();
    let mut taken = 0;
    for bit in 0..octets.len() * 8 {
        let mut flipped = octets.clone();
        flipped[bit / 8] ^= 0x80 >> (bit % 8);
        let ours = KrbCred::parse(&flipped).and_then(|message| message.to_der());
        let theirs =
            rasn::der::decode::<other::KrbCred>(&flipped).ok().and_then(|theirs| rasn::der::encode(&theirs).ok());
        if let Ok(ours) = ours {
            assert_eq!(ours, flipped);
            assert!(theirs.as_ref() == Some(&ours) || flipped[bit / 8] >= 0x80, "bit {bit}");
            taken += 1;
        }
    }
    println!("{taken} of {} flips are messages", octets.len() * 8);
    assert!(taken > 0);
}
