//! The encrypted parts of real tickets and authenticators, opened by the recorded keytabs: written again they are the same
//! octets, and `rasn-kerberos` reads the same out of them.
#![cfg(all(feature = "std", feature = "kerberos"))]
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::path::Path;

use base64ct::{Base64, Encoding};
use negotiate::gss::{InitialToken, Oid};
use negotiate::kerberos::Keytab;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::message::{ApReq, Authenticator, EncTicketPart};
use negotiate::spnego::message::NegotiationToken;

/// The AP-REQ in a first token, framed, in SPNEGO or bare; none where another mechanism comes first.
fn ap_req(token: &[u8]) -> Option<ApReq<'_>> {
    let mut token = token;
    if let Ok(InitialToken { mechanism: Oid::SPNEGO, inner }) = InitialToken::parse(token) {
        let Ok(NegotiationToken::NegTokenInit(init)) = NegotiationToken::parse(inner) else { return None };
        token = init.mech_token?.0;
    }
    match InitialToken::parse(token) {
        Ok(framed) => ApReq::parse(framed.inner.get(2..)?).ok(),
        Err(_) => ApReq::parse(token).ok(),
    }
}

#[test]
fn encrypted_parts_of_real_logins_are_read_as_another_decoder_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/mit");
    let mut compared = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // Made by hand or damaged: other tests say what becomes of them.
        if path.extension().is_none_or(|extension| extension != "txt")
            || name.starts_with("crafted")
            || name.starts_with("damaged")
        {
            continue;
        }
        let case = std::fs::read_to_string(&path).unwrap();
        let field = |start: &str| case.lines().find_map(|line| line.strip_prefix(start)).unwrap();
        let token = Base64::decode_vec(field("> ")).unwrap();
        let keytab = Keytab::read(folder.join("keytabs").join(field("keytab: "))).unwrap();
        let Some(ap_req) = ap_req(&token) else { continue };
        compared += i32::from(compare(&name, &ap_req, &keytab));
    }
    println!("{compared} logins");
    assert!(compared >= 200, "only {compared} logins");
}

/// Whether a key of the keytab opened it (triple DES, stale and foreign keys do not).
fn compare(name: &str, ap_req: &ApReq<'_>, keytab: &Keytab) -> bool {
    let ticket = &ap_req.ticket;
    let components = ticket.sname.name_string.iter().map(|component| component.0);
    let Some(own) = keytab.find(ticket.realm.0, components) else { return false };
    let etype = EncryptionType(ticket.enc_part.etype);
    let opened = own.candidates(etype, ticket.enc_part.kvno).find_map(|key| {
        let mut cipher = ticket.enc_part.cipher.0.to_vec();
        key.ticket_key().decrypt_in_place(&mut cipher).ok().map(|plaintext| plaintext.to_vec())
    });
    let Some(plaintext) = opened else { return false };
    let part = EncTicketPart::parse(&plaintext).unwrap();
    assert_eq!(part.to_der().unwrap(), plaintext, "{name}: EncTicketPart, written again");
    let theirs: rasn_kerberos::EncTicketPart = rasn::der::decode(&plaintext).unwrap();
    assert_eq!(rasn::der::encode(&theirs).unwrap(), plaintext, "{name}: EncTicketPart, by rasn");
    assert_eq!(theirs.key.value, part.key.keyvalue.0, "{name}: session key");
    assert_eq!(theirs.crealm.as_bytes(), part.crealm.0, "{name}: crealm");

    let Ok(session_key) = EncryptionKey::new(EncryptionType(part.key.keytype), part.key.keyvalue.0) else {
        return false;
    };
    let mut cipher = ap_req.authenticator.cipher.0.to_vec();
    let plaintext = session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR).decrypt_in_place(&mut cipher).unwrap();
    let authenticator = Authenticator::parse(plaintext).unwrap();
    assert_eq!(authenticator.to_der().unwrap(), &*plaintext, "{name}: Authenticator, written again");
    let theirs: rasn_kerberos::Authenticator = rasn::der::decode(plaintext).unwrap();
    assert_eq!(i64::try_from(theirs.cusec).ok(), Some(i64::from(authenticator.cusec.0)), "{name}: cusec");
    assert_eq!(theirs.crealm.as_bytes(), authenticator.crealm.0, "{name}: crealm");
    true
}
