//! PACs of other projects' test data, read where it is found beside the repository: real tickets of Windows, whose keys
//! their makers published. Signatures, names, times, and what the claims say.

#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may panic"
)]

use std::fs;
use std::path::{Path, PathBuf};

use base64ct::{Base64, Encoding};
use negotiate::authorization::{ClaimSource, ClaimValues};
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{EncTicketPart, ad_type};
use negotiate::kerberos::pac::{
    BufferType, ClaimsCompression, ClaimsInfo, Client, KdcSignature, Pac, VerifiedPac, unsigned_ticket,
};
use serde_json::Value;

/// The folder, if it is there.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors");
    let folder = std::env::var_os("NEGOTIATE_VECTORS").map_or(beside, PathBuf::from).join("public");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("no {}: nothing ran", folder.display());
    None
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join(name)).unwrap()).unwrap()
}

fn unhex(value: &Value) -> Vec<u8> {
    let digits: Vec<_> = value.as_str().unwrap().chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

fn key(value: &Value) -> Option<EncryptionKey> {
    let etype = EncryptionType(i32::try_from(value["etype"].as_i64()?).unwrap());
    EncryptionKey::new(etype, &unhex(&value["key"])).ok()
}

fn pac<'a>(ticket: &EncTicketPart<'a>) -> Option<&'a [u8]> {
    let mut elements = ticket.authorization_data?.walk().map(Result::unwrap);
    elements.find(|element| element.ad_type == ad_type::WIN2K_PAC).map(|element| element.ad_data)
}

#[derive(Default)]
struct Count {
    verified: usize,
    kdc: usize,
    ticket: usize,
    extended: usize,
    rodc: usize,
}

/// Verifies a ticket's PAC with the service's key, with no other, and with the KDC's if it is there.
fn verify(name: &str, case: &Value, service_key: &Value, kdc_key: &Value, count: &mut Count) {
    let Some(encoded) = case["enc_ticket_part_der_b64"].as_str() else { return };
    let octets = Base64::decode_vec(encoded).unwrap();
    let ticket = EncTicketPart::parse(&octets).unwrap();
    let Some(octets) = pac(&ticket) else { return };
    let service_key = key(service_key).unwrap();
    let server_key = service_key.for_checksum(KeyUsage::PAC_SIGNATURE);
    let pac = Pac::parse(octets).unwrap();
    let client = Client::from(&ticket);
    let mut verified =
        VerifiedPac::verify(&pac, &server_key, &client).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert_eq!(verified.kdc_signatures().kdc, KdcSignature::Unverified);
    assert!(verified.logon_info().is_some(), "{name}");
    for buffer in pac.buffers() {
        let mut changed = octets.to_vec();
        changed[buffer.offset] ^= 1;
        let changed = Pac::parse(&changed).unwrap();
        assert!(VerifiedPac::verify(&changed, &server_key, &client).is_err(), "{name}: {}", buffer.buffer_type);
    }
    if let Some(delegation) = verified.delegation_info().unwrap() {
        let octets = pac.find(BufferType::DELEGATION_INFO).unwrap().octets;
        assert_eq!(delegation.encode().unwrap(), octets, "{name}");
    }
    for claims in [verified.client_claims().unwrap(), verified.device_claims().unwrap()].into_iter().flatten() {
        claims.claims().unwrap();
    }
    count.verified += 1;
    let Some(kdc_key) = key(kdc_key) else { return };
    let keys = [kdc_key.for_checksum(KeyUsage::PAC_SIGNATURE)];
    let unsigned = unsigned_ticket(&ticket).unwrap();
    if let Some(expected) = case["ticket_checksum_input_der_hex"].as_str() {
        assert_eq!(*unsigned, unhex(&Value::from(expected)), "{name}");
    }
    let states = verified.verify_kdc_signatures(&keys, Some(&unsigned));
    let states = states.unwrap_or_else(|error| panic!("{name}: {error}"));
    count.kdc += usize::from(states.kdc == KdcSignature::Verified);
    count.ticket += usize::from(states.ticket == KdcSignature::Verified);
    count.extended += usize::from(states.extended == KdcSignature::Verified);
    count.rodc += usize::from(case["rodc_id"].as_u64().is_some_and(|id| id != 0));
    let service_keys = [server_key];
    assert!(
        verified.verify_kdc_signatures(&service_keys, Some(&unsigned)).is_err() || kdc_key == service_key,
        "{name}"
    );
}

#[test]
fn f05_real_tickets_of_domain_controllers_verify_read_only_ones_too() {
    let Some(folder) = folder() else { return };
    let mut count = Count::default();
    for (name, case) in read(&folder, "heimdal/pac_tickets.json").as_object().unwrap() {
        verify(name, case, &case["ticket_key"], &case["kdc_pac_key"], &mut count);
    }
    let of_mit = &read(&folder, "mit-krb5/pac.json")["ticket_signature_win2022"];
    verify("win2022", of_mit, &of_mit["server_key"], &of_mit["krbtgt_key"], &mut count);
    assert_eq!((count.verified, count.kdc, count.rodc), (9, 9, 4));
    assert!(count.ticket >= 7 && count.extended >= 1, "{} and {}", count.ticket, count.extended);
    let of_dotnet = read(&folder, "kerberos.net/apreq_verified.json");
    for (name, case) in of_dotnet.as_object().unwrap() {
        let case = &case["ap_req"];
        verify(name, case, &case["service_key"], &Value::Null, &mut count);
    }
    println!(
        "{} tickets verified, {} with the KDC's signature, {} with that of the ticket, {} with the extended one",
        count.verified, count.kdc, count.ticket, count.extended
    );
    assert!(count.verified >= 20, "{}", count.verified);
}

#[test]
fn f08_claims_of_windows() {
    let Some(folder) = folder() else { return };
    let recorded = read(&folder, "gokrb5/pac.json");
    let mut count = 0;
    for (name, expected) in recorded["expected"].as_object().unwrap() {
        if !name.contains("ClaimsInfo") {
            continue;
        }
        let octets = unhex(&recorded["hex"][name]);
        let info = ClaimsInfo::parse(BufferType::CLIENT_CLAIMS_INFO, &octets).unwrap();
        count += 1;
        if expected["compression"] == 4 {
            assert_eq!((info.compression, info.claims()), (ClaimsCompression::XPRESS_HUFFMAN, Ok(None)), "{name}");
            continue;
        }
        let claims = info.claims().unwrap().unwrap();
        let told: Vec<_> = claims
            .iter()
            .map(|claim| {
                assert_eq!(claim.source, ClaimSource::ActiveDirectory);
                let (number, values) = match &claim.values {
                    ClaimValues::Int64(values) => (1, Value::from(values.clone())),
                    ClaimValues::Uint64(values) => (2, Value::from(values.clone())),
                    ClaimValues::String(values) => (3, Value::from(values.clone())),
                    other => panic!("{other:?}"),
                };
                Value::from(vec![Value::from(claim.id.clone()), Value::from(number), values])
            })
            .collect();
        assert_eq!(Value::from(told), expected["claims"], "{name}");
    }
    assert_eq!(count, 6);
}
