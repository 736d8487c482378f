//! What the keytab opens: the ticket, under its session key the authenticator, and the AP-REP that answers.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

use zeroize::Zeroizing;

use super::schema::Type;
use super::tree::{DECRYPTED, Tree};
use super::{Options, input, messages, pac, walk};
use crate::kerberos::Keytab;
use crate::kerberos::etype::{CipherKey, EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::keytab::KeytabKey;
use crate::kerberos::message::{ApRep, ApReq, Authenticator, EncTicketPart, Ticket};
use crate::time::Timestamp;

/// Keys of other principals that are tried on a ticket whose own name the keytab does not have.
const MAX_OTHERS: usize = 64;

/// What came of it, for the hints.
#[derive(Default)]
pub(super) struct Opened {
    /// What to tell of each key that was used or missed.
    pub(super) remarks: alloc::vec::Vec<String>,
    /// The client's clock.
    pub(super) client_time: Option<Timestamp>,
    /// When the ticket begins and ends.
    pub(super) life: Option<Range<Timestamp>>,
}

/// Opens what can be opened and adds it to the tree, below the ciphers.
pub(super) fn open(tree: &mut Tree, token: &[u8], options: &Options<'_>) -> Opened {
    let mut opened = Opened::default();
    let Some(keytab) = options.keytab else { return opened };
    if let Some((node, octets)) = first_of(tree, token, messages::AP_REQ.name) {
        open_request(tree, node, octets, keytab, options.show_keys, &mut opened);
    }
    if let (Some((node, octets)), Some(request)) = (first_of(tree, token, messages::AP_REP.name), options.request) {
        open_answer(tree, node, octets, request, keytab, options.show_keys, &mut opened);
    }
    opened
}

/// The first node of this kind, and its octets.
fn first_of<'a>(tree: &Tree, token: &'a [u8], kind: &str) -> Option<(usize, &'a [u8])> {
    let index = tree.of_kind(kind).next()?;
    Some((index, token.get(tree.node(index)?.range.clone())?))
}

fn open_request(tree: &mut Tree, node: usize, octets: &[u8], keytab: &Keytab, show_keys: bool, opened: &mut Opened) {
    let ap_req = match ApReq::parse(octets) {
        Ok(ap_req) => ap_req,
        Err(error) => return opened.remarks.push(format!("not decrypted, for the message is malformed: {error}")),
    };
    let (key, plaintext) = match open_ticket(&ap_req.ticket, keytab) {
        Ok((key, plaintext)) => (key, plaintext),
        Err(why) => {
            if let Some(cipher) = tree.at(node, &["ticket", "enc-part", "cipher"]) {
                tree.sealed(cipher, "no key of the keytab opens it");
            }
            return opened.remarks.push(why);
        }
    };
    opened.remarks.extend(about_key(&ap_req.ticket, key));
    let by = format!("by {} kvno {}", key.entry().principal(), key.entry().kvno());
    if let Some(cipher) = tree.at(node, &["ticket", "enc-part", "cipher"]) {
        add(tree, cipher, &plaintext, &by, &messages::ENC_TICKET_PART, show_keys);
        opened.remarks.extend(pac::check(tree, &plaintext, key));
    }
    let part = match EncTicketPart::parse(&plaintext) {
        Ok(part) => part,
        Err(error) => return opened.remarks.push(format!("the decrypted ticket is malformed: {error}")),
    };
    opened.life = Some(part.starttime.unwrap_or(part.authtime).to_timestamp()..part.endtime.to_timestamp());
    let session_key = match EncryptionKey::new(EncryptionType(part.key.keytype), part.key.keyvalue.0) {
        Ok(key) => key,
        Err(error) => return opened.remarks.push(format!("the ticket's session key cannot be used: {error}")),
    };
    let Some(cipher) = tree.at(node, &["authenticator", "cipher"]) else { return };
    let authenticator_key = session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
    match decrypt(&authenticator_key, ap_req.authenticator.cipher.0) {
        Some(plaintext) => {
            add(tree, cipher, &plaintext, "by the ticket's session key", &messages::AUTHENTICATOR, show_keys);
            let authenticator = Authenticator::parse(&plaintext).ok();
            opened.client_time = authenticator.and_then(|it| it.ctime.with_micros(it.cusec));
        }
        None => {
            tree.sealed(cipher, "the ticket's session key does not open it");
            let why =
                "the authenticator is not under the ticket's session key: damaged, or not made by the ticket's owner";
            opened.remarks.push(why.into());
        }
    }
}

fn open_answer(
    tree: &mut Tree,
    node: usize,
    octets: &[u8],
    request: &[u8],
    keytab: &Keytab,
    show_keys: bool,
    opened: &mut Opened,
) {
    let Some(session_key) = session_key_of(request, keytab) else {
        return opened.remarks.push("not decrypted: the request's ticket does not open, or is in no token".into());
    };
    let (Ok(ap_rep), Some(cipher)) = (ApRep::parse(octets), tree.at(node, &["enc-part", "cipher"])) else { return };
    match decrypt(&session_key.for_encryption(KeyUsage::AP_REP), ap_rep.enc_part.cipher.0) {
        Some(plaintext) => {
            let by = "by the session key of the request's ticket";
            add(tree, cipher, &plaintext, by, &messages::ENC_AP_REP_PART, show_keys);
        }
        None => {
            tree.sealed(cipher, "the session key of the request's ticket does not open it");
            opened.remarks.push("this AP-REP does not answer that request, or is damaged".into());
        }
    }
}

/// The session key in the ticket of a request.
fn session_key_of(request: &[u8], keytab: &Keytab) -> Option<EncryptionKey> {
    let (_, token, _) = input::recognise(request);
    let tree = walk::token(&token, false);
    let (_, octets) = first_of(&tree, &token, messages::AP_REQ.name)?;
    let ap_req = ApReq::parse(octets).ok()?;
    let (_, plaintext) = open_ticket(&ap_req.ticket, keytab).ok()?;
    let part = EncTicketPart::parse(&plaintext).ok()?;
    EncryptionKey::new(EncryptionType(part.key.keytype), part.key.keyvalue.0).ok()
}

/// The key that opens a ticket, whosever it is, and what is inside; or why there is none.
fn open_ticket<'k>(
    ticket: &Ticket<'_>,
    keytab: &'k Keytab,
) -> Result<(KeytabKey<'k>, Zeroizing<alloc::vec::Vec<u8>>), String> {
    let components = || ticket.sname.name_string.iter().map(|component| component.0);
    let etype = EncryptionType(ticket.enc_part.etype);
    let cipher = ticket.enc_part.cipher.0;
    let try_on = |key: KeytabKey<'k>| decrypt(key.ticket_key(), cipher).map(|plaintext| (key, plaintext));
    let Some(own) = keytab.find(ticket.realm.0, components()) else {
        let keys = keytab.entries().filter(|entry| entry.etype() == etype).filter_map(|entry| entry.key());
        return keys.take(MAX_OTHERS).find_map(try_on).ok_or_else(|| not_ours(ticket, keytab));
    };
    own.candidates(etype, ticket.enc_part.kvno).find_map(try_on).ok_or_else(|| {
        let has_etype = own.entries().any(|entry| entry.etype() == etype);
        let same_kvno = own.entries().any(|entry| entry.etype() == etype && Some(entry.kvno()) == ticket.enc_part.kvno);
        let why = match (has_etype, same_kvno) {
            (false, _) => "a key of this encryption type is missing",
            (true, true) => {
                "the key of this version does not open it: wrong salt or password, or the ticket is damaged"
            }
            (true, false) => "the key of this version is missing: keytab or ticket is out of date",
        };
        format!("the ticket is not opened: it is {}; the keytab holds {own}: {why}", encrypted_with(ticket))
    })
}

fn not_ours(ticket: &Ticket<'_>, keytab: &Keytab) -> String {
    let components = || ticket.sname.name_string.iter().map(|component| component.0);
    let similar = match keytab.find_similar(ticket.realm.0, components()) {
        Some(similar) => format!("; it has {}, which differs in upper and lower case", similar.name()),
        None => String::new(),
    };
    format!(
        "the ticket is not opened: the keytab has no keys of its service{similar}; it is {}",
        encrypted_with(ticket)
    )
}

fn encrypted_with(ticket: &Ticket<'_>) -> String {
    let etype = EncryptionType(ticket.enc_part.etype);
    match ticket.enc_part.kvno {
        Some(kvno) => format!("encrypted with {etype} kvno {kvno}"),
        None => format!("encrypted with {etype}, of a kvno it does not name"),
    }
}

/// What is odd about the key that opened a ticket.
fn about_key(ticket: &Ticket<'_>, key: KeytabKey<'_>) -> alloc::vec::Vec<String> {
    let entry = key.entry();
    let mut remarks = alloc::vec::Vec::new();
    if !ticket.sname.is(ticket.realm.0, entry.principal()) {
        remarks.push(format!(
            "the keytab has no keys of the service that the ticket names, but the key of {} opens it: an alias of the same account",
            entry.principal()
        ));
    }
    if ticket.enc_part.kvno != Some(entry.kvno()) {
        let named = ticket.enc_part.kvno.map_or("none".into(), |kvno| format!("{kvno}"));
        remarks.push(format!("kvno: the ticket names {named}, and the keytab's key that opens it is {}", entry.kvno()));
    }
    remarks
}

/// The plaintext, in a buffer that is wiped.
fn decrypt(key: &CipherKey, cipher: &[u8]) -> Option<Zeroizing<alloc::vec::Vec<u8>>> {
    let mut buffer = Zeroizing::new(cipher.to_vec());
    let plaintext = key.decrypt_in_place(&mut buffer).ok()?;
    Some(Zeroizing::new(plaintext.to_vec()))
}

fn add(tree: &mut Tree, cipher: usize, plaintext: &[u8], by: &str, holds: &'static Type, show_keys: bool) {
    let node = tree.add(cipher, "octets", DECRYPTED, 0..plaintext.len());
    let octets = plaintext.len();
    tree.set_value(node, format!("{octets} octets, {by}; ranges below (|) count from the first of them"));
    walk::decrypted(tree, node, plaintext, holds, show_keys);
}
