//! The steps of [`VerifiedPac::verify`], each on its own.

use alloc::string::ToString;
use alloc::vec;

use super::*;
use crate::authorization::{Authorization, Sid};
use crate::kerberos::etype::ChecksumType;
use crate::kerberos::message::KerberosTime;
use crate::kerberos::pac::{
    AccountFlaw, Attributes, ClientFlaw, KdcSignature, LogonInfo, Text, UnicodeString, UpnDnsInfo, requestor,
};
use crate::kerberos::testing::Name;
use crate::random::SystemRandom;

#[test]
fn f03_a_pac_of_every_type_verifies_with_its_key_and_with_no_other() {
    for etype in EncryptionType::IMPLEMENTED {
        let stage = Stage::with(etype, &User::new("alice", 1103));
        let octets = stage.octets();
        let verified = stage.verify(&octets).unwrap_or_else(|error| panic!("{etype}: {error}"));
        assert_eq!(verified.logon_info().unwrap().effective_name.text(), *"alice");
        let other = EncryptionKey::generate(etype, &SystemRandom).unwrap();
        assert_eq!(stage.verify_by(&other, &octets).unwrap_err(), Error::BadServerChecksum);
        let mut for_another_use = stage;
        for_another_use.server().usage = KeyUsage(16);
        // rc4-hmac salts its checksums with the usage, the others derive a key from it.
        assert_eq!(for_another_use.refusal(), Error::BadServerChecksum, "{etype}");
    }
}

/// Every bit of a PAC is signed, but those of the signatures themselves: a change there shows by the signature's own length
/// or value, or, where only the KDC can tell, is told by nobody but the KDC.
#[test]
fn f03_every_octet_counts() {
    let stage = Stage::new();
    let octets = stage.octets();
    let kdc = Pac::parse(&octets).unwrap().find(BufferType::KDC_CHECKSUM).unwrap();
    let of_kdc = kdc.offset + 4..kdc.offset + kdc.octets.len();
    for place in 0..octets.len() {
        for bit in 0..8 {
            let mut changed = octets.clone();
            changed[place] ^= 1 << bit;
            match stage.verify(&changed) {
                Ok(_) => assert!(of_kdc.contains(&place), "{place}"),
                Err(error) => {
                    assert!(!of_kdc.contains(&place), "{place}: {error}");
                    assert!(!error.to_string().is_empty());
                }
            }
        }
    }
    // With a key of krbtgt these count too.
    let keys = [stage.realm.krbtgt_key().for_checksum(KeyUsage::PAC_SIGNATURE)];
    for place in of_kdc {
        let mut changed = octets.clone();
        changed[place] ^= 1;
        let refused = stage.verify(&changed).unwrap().verify_kdc_signatures(&keys, Some(TICKET)).unwrap_err();
        assert_eq!(refused, Error::BadKdcChecksum(BufferType::KDC_CHECKSUM));
    }
}

#[test]
fn f04_the_type_is_the_keys_and_not_the_senders() {
    for claimed in [1, 7, 14, 15, 19, 20, -138, 0x8003, 0, i32::MIN] {
        let actual = ChecksumType(claimed);
        let error = Stage::spoilt(|stage| stage.server().checksum_type = actual);
        let of_other_length = matches!(actual, ChecksumType(19 | 20 | -138));
        match error {
            Error::ChecksumType { expected: ChecksumType::HMAC_SHA1_96_AES256, actual: found } => {
                assert_eq!(found, actual)
            }
            Error::ChecksumLength(BufferType::SERVER_CHECKSUM) => assert!(of_other_length, "{claimed}"),
            other => panic!("{claimed}: {other}"),
        }
    }
    // Signed with a key of that type, which the sender made up.
    for etype in EncryptionType::IMPLEMENTED {
        let key = EncryptionKey::generate(etype, &SystemRandom).unwrap();
        let error = Stage::spoilt(|stage| {
            stage.server().checksum_type = etype.checksum_type().unwrap();
            stage.server().key = key;
        });
        let same = etype == EncryptionType::AES256_CTS_HMAC_SHA1_96;
        assert!(matches!(error, Error::BadServerChecksum) == same, "{etype}: {error}");
        assert!(matches!(error, Error::ChecksumType { .. }) != same, "{etype}: {error}");
    }
}

#[test]
fn f04_a_signature_has_its_types_length() {
    let stage = Stage::new();
    let mut pac = stage.pac.sign(TICKET).unwrap();
    let server = Pac::parse(&pac).unwrap().find(BufferType::SERVER_CHECKSUM).unwrap().octets.len();
    let place = pac.chunks(8).position(|chunk| chunk[..4] == [6, 0, 0, 0]).unwrap() * 8 + 4;
    for length in 0..=server {
        pac[place] = u8::try_from(length).unwrap();
        match stage.verify(&pac) {
            Err(Error::ChecksumLength(BufferType::SERVER_CHECKSUM)) if length < server => {}
            // The length itself is signed, and now it is as it was.
            Ok(_) if length == server => {}
            other => panic!("{length}: {other:?}"),
        }
    }
}

#[test]
fn f05_the_identifier_of_a_read_only_domain_controller_is_not_signed_and_the_type_is() {
    let mut stage = Stage::new();
    for signature in &mut stage.pac.signatures {
        signature.rodc = Some(46_673);
    }
    let octets = stage.octets();
    let mut verified = stage.verify(&octets).unwrap();
    assert_eq!(verified.server_signature().rodc, Some(46_673));
    let keys = [stage.realm.krbtgt_key().for_checksum(KeyUsage::PAC_SIGNATURE)];
    let signatures = verified.verify_kdc_signatures(&keys, Some(TICKET)).unwrap();
    assert_eq!((signatures.kdc, signatures.extended), (KdcSignature::Verified, KdcSignature::Verified));
    // The KDC signature's type is signed by the server's.
    let kdc = Pac::parse(&octets).unwrap().find(BufferType::KDC_CHECKSUM).unwrap().offset;
    let mut changed = octets;
    changed[kdc] = 15;
    assert_eq!(stage.verify(&changed).unwrap_err(), Error::BadServerChecksum);
}

#[test]
fn f06_the_name_is_the_tickets() {
    for (cname, same) in [
        (Name::new(1, &["alice"]), true),
        // A name's type takes part in no comparison (RFC 4120 section 6.2).
        (Name::new(10, &["alice"]), true),
        (Name::new(1, &["Alice"]), false),
        (Name::new(1, &["alic"]), false),
        (Name::new(1, &["alice2"]), false),
        (Name::new(1, &["alice", ""]), false),
        (Name::new(1, &["administrator"]), false),
        (Name::new(1, &["alice@EXAMPLE.TEST"]), false),
        (Name::new(1, &[]), false),
    ] {
        let mut stage = Stage::new();
        stage.login.ticket.cname = cname.clone();
        let verified = stage.verify(&stage.octets()).map(|_| ());
        let expected = if same { Ok(()) } else { Err(Error::ClientMismatch(ClientFlaw::Name)) };
        assert_eq!(verified, expected, "{cname:?}");
    }
    // Enterprise names as a whole, several components with `/`, any characters.
    for components in [&["carol.smith@corp.example.com"][..], &["host", "www"], &["jürgen"], &["日本太郎"], &["😀"]]
    {
        let mut stage = Stage::new();
        stage.login.ticket.cname = Name::new(10, components);
        let pac = testing::Pac::of_mit(&stage.login.ticket, stage.realm.krbtgt_key()).unwrap();
        stage.pac = pac;
        stage.verify(&stage.octets()).unwrap_or_else(|error| panic!("{components:?}: {error}"));
    }
    // A name that is no UTF-8 is nobody's in Active Directory.
    let mut stage = Stage::new();
    stage.login.ticket.cname.components = vec![b"al\xffce".to_vec()];
    assert_eq!(stage.refusal(), Error::ClientMismatch(ClientFlaw::Name));
}

#[test]
fn f06_the_time_is_the_tickets_to_the_second_and_beyond() {
    for units in [1, 10_000_000, -1, -10_000_000] {
        let error = Stage::spoilt(|stage| {
            let info = stage.pac.buffer(BufferType::CLIENT_INFO).unwrap();
            let time = i64::from_le_bytes(info[..8].try_into().unwrap());
            info[..8].copy_from_slice(&(time + units).to_le_bytes());
        });
        assert_eq!(error, Error::ClientMismatch(ClientFlaw::Time), "{units}");
    }
    let zero = Stage::spoilt(|stage| stage.pac.buffer(BufferType::CLIENT_INFO).unwrap()[..8].fill(0));
    assert_eq!(zero, Error::ClientMismatch(ClientFlaw::Time));
    // Times that 32 bits do not hold.
    for seconds in [0, 2_147_483_648, 4_294_967_296, 253_402_300_799] {
        let mut stage = Stage::new();
        stage.login.ticket.authtime = KerberosTime::new(Timestamp::from_seconds(seconds)).unwrap();
        assert_eq!(stage.refusal(), Error::ClientMismatch(ClientFlaw::Time));
        stage.pac = testing::Pac::of_mit(&stage.login.ticket, stage.realm.krbtgt_key()).unwrap();
        stage.verify(&stage.octets()).unwrap();
    }
}

#[test]
fn f06_a_name_lies_within_its_buffer() {
    let length = |length: u16| {
        Stage::spoilt(|stage| {
            stage.pac.buffer(BufferType::CLIENT_INFO).unwrap()[8..10].copy_from_slice(&length.to_le_bytes());
        })
    };
    assert_eq!(length(0xffff), Error::Length(BufferType::CLIENT_INFO));
    assert_eq!(length(11), Error::Length(BufferType::CLIENT_INFO));
    assert_eq!(length(9), Error::Text(BufferType::CLIENT_INFO));
    assert_eq!(length(8), Error::ClientMismatch(ClientFlaw::Name));
    assert_eq!(length(0), Error::ClientMismatch(ClientFlaw::Name));
    for cut in 0..20 {
        let error = Stage::spoilt(|stage| stage.pac.buffer(BufferType::CLIENT_INFO).unwrap().truncate(cut));
        assert_eq!(error, Error::Length(BufferType::CLIENT_INFO), "{cut}");
    }
    // What is behind the name is nobody's: other buffers were put there once.
    let mut stage = Stage::new();
    stage.pac.buffer(BufferType::CLIENT_INFO).unwrap().extend([1, 2, 3, 4]);
    stage.verify(&stage.octets()).unwrap();
}

#[test]
fn f07_a_pac_without_logon_info_says_nothing_of_the_user() {
    let mut stage = Stage::new();
    stage.pac = testing::Pac::of_mit(&stage.login.ticket, stage.realm.krbtgt_key()).unwrap();
    let octets = stage.octets();
    let verified = stage.verify(&octets).unwrap();
    assert!(verified.logon_info().is_none());
    assert_eq!(verified.to_authorization().unwrap(), Authorization::default());
    // A domain controller's without it is not whole.
    let error = Stage::spoilt(|stage| stage.pac.buffers.retain(|(kind, _)| *kind != BufferType::LOGON_INFO));
    assert_eq!(error, Error::Missing(BufferType::LOGON_INFO));
    for kind in [BufferType::SERVER_CHECKSUM, BufferType::KDC_CHECKSUM, BufferType::CLIENT_INFO] {
        let error = Stage::spoilt(|stage| {
            stage.pac.buffers.retain(|(found, _)| *found != kind);
            stage.pac.signatures.retain(|signature| signature.kind != kind);
        });
        assert_eq!(error, Error::Missing(kind));
    }
}

#[test]
fn f09_one_account_in_one_domain() {
    let alice = |upn: UpnDnsInfo<'_>| {
        Stage::spoilt(|stage| *stage.pac.buffer(BufferType::UPN_DNS_INFO).unwrap() = upn.encode().unwrap())
    };
    let text = |text| Text::new(text).unwrap();
    let sid: Sid = "S-1-5-21-1-2-3-1103".parse().unwrap();
    let sound = UpnDnsInfo {
        upn: text("alice@example.test"),
        dns_domain_name: text("EXAMPLE.TEST"),
        flags: 0,
        account: Some((text("alice"), sid)),
    };
    for foreign in ["S-1-5-21-1-2-3-500", "S-1-5-21-1-2-4-1103", "S-1-5-21-1-2-3", "S-1-1-0"] {
        let account = Some((text("alice"), foreign.parse().unwrap()));
        assert_eq!(alice(UpnDnsInfo { account, ..sound }), Error::SidMismatch(AccountFlaw::Sid), "{foreign}");
    }
    for name in ["", "alice$", "Alice", "administrator"] {
        let account = Some((text(name), sid));
        assert_eq!(alice(UpnDnsInfo { account, ..sound }), Error::SidMismatch(AccountFlaw::SamName), "{name}");
    }
    for domain in ["ELSEWHERE.TEST", "EXAMPLE", "EXAMPLE.TEST.", "SUB.EXAMPLE.TEST"] {
        let elsewhere = UpnDnsInfo { dns_domain_name: text(domain), ..sound };
        assert_eq!(alice(elsewhere), Error::SidMismatch(AccountFlaw::Domain), "{domain}");
    }
    // A KDC that gives no EffectiveName contradicts nobody; the SID still counts.
    let nameless = |rid| {
        let mut stage = Stage::new();
        let mut nameless = stage.realm.directory_login(&User::new("alice", rid), NOW).unwrap().ticket.pac.unwrap();
        let octets = nameless.buffer(BufferType::LOGON_INFO).unwrap();
        let info = LogonInfo { effective_name: UnicodeString::default(), ..LogonInfo::parse(octets).unwrap() };
        *stage.pac.buffer(BufferType::LOGON_INFO).unwrap() = info.encode().unwrap();
        stage.verify(&stage.octets()).map(|_| ())
    };
    assert_eq!(nameless(1103), Ok(()));
    assert_eq!(nameless(500), Err(Error::SidMismatch(AccountFlaw::Sid)));
    // What is no contradiction: the shorter form, the domain in small letters, a UPN of any kind.
    for good in [
        UpnDnsInfo { account: None, ..sound },
        UpnDnsInfo { dns_domain_name: text("example.test"), ..sound },
        UpnDnsInfo { upn: text("carol.smith@corp.example.com"), flags: UpnDnsInfo::UPN_CONSTRUCTED, ..sound },
    ] {
        let mut stage = Stage::new();
        *stage.pac.buffer(BufferType::UPN_DNS_INFO).unwrap() = good.encode().unwrap();
        let octets = stage.octets();
        assert_eq!(stage.verify(&octets).unwrap().upn_dns_info(), Some(&good));
    }
}

#[test]
fn f10_the_kdcs_signatures_are_never_called_good_without_its_key() {
    let stage = Stage::new();
    let octets = stage.octets();
    let mut verified = stage.verify(&octets).unwrap();
    let signatures = verified.kdc_signatures();
    for signature in [signatures.kdc, signatures.ticket, signatures.extended] {
        assert_eq!(signature, KdcSignature::Unverified);
    }
    let keys = [stage.realm.krbtgt_key().for_checksum(KeyUsage::PAC_SIGNATURE)];
    let without_ticket = verified.verify_kdc_signatures(&keys, None).unwrap();
    assert_eq!((without_ticket.kdc, without_ticket.ticket), (KdcSignature::Verified, KdcSignature::Unverified));
    let signatures = verified.verify_kdc_signatures(&keys, Some(TICKET)).unwrap();
    for signature in [signatures.kdc, signatures.ticket, signatures.extended] {
        assert_eq!(signature, KdcSignature::Verified);
    }
    let refused = |kind| Err(Error::BadKdcChecksum(kind));
    assert_eq!(verified.verify_kdc_signatures(&[], None), refused(BufferType::KDC_CHECKSUM));
    assert_eq!(verified.verify_kdc_signatures(&keys, Some(b"another ticket")), refused(BufferType::TICKET_CHECKSUM));
    // Whoever has the service's key only, and signs with that.
    for kind in [BufferType::KDC_CHECKSUM, BufferType::TICKET_CHECKSUM, BufferType::EXTENDED_KDC_CHECKSUM] {
        let mut silver = Stage::new();
        let (service, krbtgt) = (silver.realm.key().duplicate(), silver.realm.krbtgt_key());
        let keys = [krbtgt.for_checksum(KeyUsage::PAC_SIGNATURE)];
        silver.pac.signature(kind).unwrap().key = service;
        let octets = silver.octets();
        let mut verified = silver.verify(&octets).unwrap();
        assert_eq!(verified.verify_kdc_signatures(&keys, Some(TICKET)), refused(kind));
    }
    // An older KDC's PAC has no more than the one.
    let mut old = Stage::new();
    old.pac.signatures.truncate(2);
    let octets = old.octets();
    let signatures = old.verify(&octets).unwrap().kdc_signatures();
    assert_eq!((signatures.ticket, signatures.extended), (KdcSignature::Absent, KdcSignature::Absent));
}

#[test]
fn e03_a_ticket_granting_tickets_pac() {
    let sid = "S-1-5-21-1-2-3-1103".parse().unwrap();
    let attributes = Attributes { flags_length: 2, flags: Attributes::WAS_REQUESTED };
    for (kind, content) in
        [(BufferType::ATTRIBUTES_INFO, attributes.encode()), (BufferType::REQUESTOR_SID, requestor::encode(&sid))]
    {
        let error = Stage::spoilt(|stage| stage.pac.buffers.push((kind, content)));
        assert_eq!(error, Error::TicketGrantingTicket);
    }
    // What nobody knows is none of our business, and stays there to be read.
    let mut stage = Stage::new();
    stage.pac.buffers.push((BufferType(0x1000), b"from the future".to_vec()));
    let octets = stage.octets();
    let verified = stage.verify(&octets).unwrap();
    assert_eq!(verified.pac().find(BufferType(0x1000)).unwrap().octets, b"from the future");
}
