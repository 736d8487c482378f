//! What a PAC costs: read, verified, and made into who the user is, by its number of groups.
//!
//! The PACs are a Samba domain controller's, out of recorded tickets: of a user in 8 groups, in 250, and in 1,000.
#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a benchmark")]

use std::hint::black_box;
use std::path::Path;

use base64ct::{Base64, Encoding};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use negotiate::Sid;
use negotiate::gss::InitialToken;
use negotiate::kerberos::Keytab;
use negotiate::kerberos::etype::EncryptionType;
use negotiate::kerberos::message::{ApReq, EncTicketPart};
use negotiate::kerberos::pac::{Client, Pac, VerifiedPac};
use negotiate::spnego::message::NegotiationToken;

const CASES: [&str; 3] = ["alice-web-spnego", "user-many-web-spnego", "user-huge-web-spnego"];

fn pac(criterion: &mut Criterion) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/samba");
    let keytab = Keytab::read(folder.join("keytabs/web.keytab")).unwrap();
    let mut group = criterion.benchmark_group("PAC");
    for case in CASES {
        let text = std::fs::read_to_string(folder.join(case).with_extension("txt")).unwrap();
        let token = text.lines().find_map(|line| line.strip_prefix("> ")).unwrap();
        let token = Base64::decode_vec(token).unwrap();
        let NegotiationToken::NegTokenInit(init) =
            NegotiationToken::parse(InitialToken::parse(&token).unwrap().inner).unwrap()
        else {
            panic!("{case} begins otherwise")
        };
        let InitialToken { inner, .. } = InitialToken::parse(init.mech_token.unwrap().0).unwrap();
        let request = ApReq::parse(inner.get(2..).unwrap()).unwrap();
        let ticket = &request.ticket;
        let components = ticket.sname.name_string.iter().map(|component| component.0);
        let keys = keytab.find(ticket.realm.0, components).unwrap();
        let key = keys.candidates(EncryptionType(ticket.enc_part.etype), ticket.enc_part.kvno).next().unwrap();
        let mut octets = ticket.enc_part.cipher.0.to_vec();
        let plaintext = key.ticket_key().decrypt_in_place(&mut octets).unwrap();
        let part = EncTicketPart::parse(plaintext).unwrap();
        let element = part.authorization_data.as_ref().unwrap().walk().find_map(Result::ok).unwrap();
        let octets = element.ad_data;
        let client = Client::from(&part);

        let verified = VerifiedPac::verify(&Pac::parse(octets).unwrap(), key.pac_key(), &client).unwrap();
        let authorization = verified.to_authorization().unwrap();
        let groups = authorization.group_sids().len();
        group.throughput(Throughput::Elements(u64::try_from(groups).unwrap()));
        group.bench_function(BenchmarkId::new("table", groups), |b| b.iter(|| Pac::parse(black_box(octets)).unwrap()));
        group.bench_function(BenchmarkId::new("signature alone", groups), |b| {
            b.iter(|| key.pac_key().checksum(&[black_box(octets)]));
        });
        group.bench_function(BenchmarkId::new("read and verified", groups), |b| {
            b.iter(|| VerifiedPac::verify(&Pac::parse(black_box(octets)).unwrap(), key.pac_key(), &client).unwrap());
        });
        group.bench_function(BenchmarkId::new("and who the user is", groups), |b| {
            b.iter(|| {
                let pac = VerifiedPac::verify(&Pac::parse(black_box(octets)).unwrap(), key.pac_key(), &client).unwrap();
                pac.to_authorization().unwrap()
            });
        });
        let stranger: Sid = "S-1-5-21-1111111111-2222222222-3333333333-4242".parse().unwrap();
        group.bench_function(BenchmarkId::new("is_member, of none", groups), |b| {
            b.iter(|| authorization.is_member(black_box(&stranger)));
        });
    }
    group.finish();
}

criterion_group!(benches, pac);
criterion_main!(benches);
