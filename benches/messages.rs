//! What reading and writing the messages costs, without any cryptography; and what protecting messages costs.
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a benchmark")]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use negotiate::asn1::{GeneralString, OctetString, SequenceOf};
use negotiate::gss::{ContextFlags, Oid};
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::message::{
    ApOptions, ApReq, Authenticator, AuthorizationData, AuthorizationElement, Checksum, EncTicketPart, EncryptedData,
    KerberosTime, KeyValue, Microseconds, PrincipalName, SequenceNumber, Ticket, TicketFlags, TransitedEncoding,
};
use negotiate::kerberos::testing::contexts;
use negotiate::spnego::message::{MechTypeList, NegState, NegTokenInit, NegTokenResp, NegotiationToken};
use negotiate::{Piece, Placement, Protection, Timestamp, TokenParts};

/// An AP-REQ of about 2 KB, as one with a small PAC is.
fn ap_req() -> Vec<u8> {
    let cipher = [0x5a; 1600];
    ApReq {
        pvno: 5,
        msg_type: 14,
        ap_options: ApOptions::MUTUAL_REQUIRED,
        ticket: Ticket {
            tkt_vno: 5,
            realm: GeneralString(b"EXAMPLE.COM"),
            sname: PrincipalName {
                name_type: 3,
                name_string: SequenceOf::new(&[GeneralString(b"HTTP"), GeneralString(b"server.example.com")]),
            },
            enc_part: EncryptedData { etype: 18, kvno: Some(3), cipher: OctetString(&cipher) },
        },
        authenticator: EncryptedData { etype: 18, kvno: None, cipher: OctetString(&cipher[..300]) },
    }
    .to_der()
    .unwrap()
}

fn enc_ticket_part() -> Vec<u8> {
    let time = KerberosTime::new(Timestamp::from_seconds(1_795_377_519)).unwrap();
    EncTicketPart {
        flags: TicketFlags::FORWARDABLE,
        key: KeyValue { keytype: 18, keyvalue: OctetString(&[7; 32]) },
        crealm: GeneralString(b"EXAMPLE.COM"),
        cname: PrincipalName { name_type: 1, name_string: SequenceOf::new(&[GeneralString(b"alice")]) },
        transited: TransitedEncoding { tr_type: 1, contents: OctetString(b"") },
        authtime: time,
        starttime: Some(time),
        endtime: time,
        renew_till: Some(time),
        caddr: None,
        authorization_data: Some(AuthorizationData(SequenceOf::new(&[AuthorizationElement {
            ad_type: 1,
            ad_data: OctetString(&[0; 900]),
        }]))),
    }
    .to_der()
    .unwrap()
}

fn authenticator() -> Vec<u8> {
    Authenticator {
        authenticator_vno: 5,
        crealm: GeneralString(b"EXAMPLE.COM"),
        cname: PrincipalName { name_type: 1, name_string: SequenceOf::new(&[GeneralString(b"alice")]) },
        cksum: Some(Checksum { cksumtype: 0x8003, checksum: OctetString(&[0; 24]) }),
        cusec: Microseconds(123_456),
        ctime: KerberosTime::new(Timestamp::from_seconds(1_795_377_519)).unwrap(),
        subkey: Some(KeyValue { keytype: 18, keyvalue: OctetString(&[7; 32]) }),
        seq_number: Some(SequenceNumber(123_456_789)),
        authorization_data: None,
    }
    .to_der()
    .unwrap()
}

fn messages(criterion: &mut Criterion) {
    let octets = ap_req();
    criterion.bench_function("AP-REQ decode", |b| b.iter(|| ApReq::parse(black_box(&octets)).unwrap()));
    let octets = enc_ticket_part();
    criterion.bench_function("EncTicketPart decode", |b| b.iter(|| EncTicketPart::parse(black_box(&octets)).unwrap()));
    let octets = authenticator();
    criterion.bench_function("Authenticator decode", |b| b.iter(|| Authenticator::parse(black_box(&octets)).unwrap()));

    let token = [0x60; 2048];
    let list = [Oid::KRB5, Oid::KRB5_MICROSOFT, Oid::NTLMSSP];
    let init = NegotiationToken::NegTokenInit(NegTokenInit {
        mech_types: MechTypeList::new(&list).unwrap(),
        req_flags: None,
        mech_token: Some(OctetString(&token)),
        mech_list_mic: None,
        extensions: Default::default(),
    })
    .to_der()
    .unwrap();
    let answer = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        supported_mech: Some(Oid::KRB5),
        response_token: Some(OctetString(&token[..150])),
        ..NegTokenResp::default()
    };
    criterion.bench_function("NegTokenInit decode", |b| b.iter(|| NegotiationToken::parse(black_box(&init)).unwrap()));
    criterion.bench_function("NegTokenInit decode, NegTokenResp encode", |b| {
        b.iter(|| {
            let init = NegotiationToken::parse(black_box(&init)).unwrap();
            (init, NegotiationToken::NegTokenResp(black_box(answer)).to_der().unwrap())
        });
    });
}

/// Sealed messages and signatures of a context, of each type and size; and the same where the message stands.
fn protection(criterion: &mut Criterion) {
    let flags = ContextFlags::from_bits(0x3c);
    for etype in EncryptionType::IMPLEMENTED {
        for size in [64, 1024, 65_536] {
            let [mut ours, _] = contexts(etype, flags).unwrap();
            let mut message = vec![7; size];
            let mut group = criterion.benchmark_group(format!("{etype}/{size}"));
            group.throughput(Throughput::Bytes(u64::try_from(size).unwrap()));
            group.bench_function("wrap", |b| b.iter(|| ours.wrap(&message, Protection::Confidentiality).unwrap()));
            let lengths = ours.wrap_lengths(size, Protection::Confidentiality, Placement::Around).unwrap();
            let (mut header, mut trailer) = (vec![0; lengths.header], vec![0; lengths.trailer]);
            group.bench_function("wrap in place", |b| {
                b.iter(|| {
                    let around = TokenParts { header: &mut header, trailer: &mut trailer };
                    ours.wrap_pieces(&mut [Piece::Data(&mut message)], around, Protection::Confidentiality).unwrap();
                });
            });
            group.bench_function("unwrap", |b| {
                // Each token once and in order, as a context takes it.
                let [mut ours, mut theirs] = contexts(etype, flags).unwrap();
                b.iter_batched(
                    || ours.wrap(&message, Protection::Confidentiality).unwrap(),
                    |mut token| theirs.unwrap(&mut token).unwrap().message.len(),
                    BatchSize::PerIteration,
                );
            });
            group.bench_function("MIC", |b| b.iter(|| ours.get_mic(&message).unwrap()));
            group.finish();
        }
    }
}

criterion_group!(benches, messages, protection);
criterion_main!(benches);
