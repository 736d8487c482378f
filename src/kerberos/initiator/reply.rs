//! The acceptor's answer: AP-REP (RFC 4120 section 3.2.5), or KRB-ERROR (section 3.2.6).

use alloc::boxed::Box;

use zeroize::Zeroizing;

use super::error::Error;
use super::login::Login;
use super::refusal::Refusal;
use crate::gss::{ContextFlags, InitialToken, Oid};
use crate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::message::{ApRep, EncApRepPart, KeyValue, KrbError, PVNO, msg_type};
use crate::kerberos::token_id;
use crate::time::Timestamp;

/// What an AP-REP said that is this login's: that there is one is the proof that the acceptor has the service's key.
pub(super) struct Proof {
    /// The acceptor's subkey.
    pub(super) subkey: Option<EncryptionKey>,
    /// The number of the acceptor's first message.
    pub(super) sequence: u32,
}

/// The first octets of messages without a frame, `[APPLICATION 15]` and `[APPLICATION 30]`.
const AP_REP_TAG: u8 = 0x6f;
const KRB_ERROR_TAG: u8 = 0x7e;

/// Takes the answer. A KRB-ERROR is anybody's word, so nothing comes of it but the end, and the reason for the log.
pub(super) fn read(login: &Login, token: &[u8], now: Timestamp) -> Result<Proof, Error> {
    match message(login, token)? {
        Message::ApRep(octets) => verify(login, octets),
        Message::KrbError(octets) => Err(refusal(octets, now)),
    }
}

enum Message<'t> {
    ApRep(&'t [u8]),
    KrbError(&'t [u8]),
}

/// The message out of its frame. DCE style has none around an AP-REP ([MS-KILE] section 3.4.5.1), everything else has one
/// (RFC 4121 section 4.1). A KRB-ERROR comes with it or without: some acceptors forget it.
fn message<'t>(login: &Login, token: &'t [u8]) -> Result<Message<'t>, Error> {
    let dce_style = login.flags.contains(ContextFlags::DCE_STYLE);
    match token.first() {
        Some(&KRB_ERROR_TAG) => return Ok(Message::KrbError(token)),
        Some(&AP_REP_TAG) if dce_style => return Ok(Message::ApRep(token)),
        _ => {}
    }
    let framed = InitialToken::parse(token).map_err(Error::Frame)?;
    if framed.mechanism != Oid::KRB5 && framed.mechanism != Oid::KRB5_MICROSOFT {
        return Err(Error::WrongMechanism(alloc::format!("{}", framed.mechanism)));
    }
    match framed.inner.split_first_chunk() {
        Some((&token_id::AP_REP, message)) if !dce_style => Ok(Message::ApRep(message)),
        Some((&token_id::KRB_ERROR, message)) => Ok(Message::KrbError(message)),
        Some((other, _)) => Err(Error::WrongTokenId(*other)),
        None => Err(Error::Frame(crate::gss::Error::BadHeader)),
    }
}

/// Whether the AP-REP is an answer to this very login: encrypted under the ticket's session key (key usage 12), with the
/// authenticator's time in it (row E13).
fn verify(login: &Login, octets: &[u8]) -> Result<Proof, Error> {
    let ApRep { pvno, msg_type, enc_part } = ApRep::parse(octets).map_err(Error::Malformed)?;
    if pvno != PVNO {
        return Err(Error::Version(pvno));
    }
    if msg_type != msg_type::AP_REP {
        return Err(Error::MessageType(msg_type));
    }
    if enc_part.etype != login.session_key.etype().0 {
        return Err(Error::ReplyIntegrity);
    }
    let mut buffer = Zeroizing::new(enc_part.cipher.0.to_vec());
    let key = login.session_key.for_encryption(KeyUsage::AP_REP);
    let plaintext = key.decrypt_in_place(&mut buffer).map_err(|_| Error::ReplyIntegrity)?;
    let part = EncApRepPart::parse(plaintext).map_err(Error::Malformed)?;
    if (part.ctime, part.cusec) != login.stamp {
        return Err(Error::OtherLogin);
    }
    let subkey = part.subkey.as_ref().map(|key| usable_subkey(login, key)).transpose()?;
    // An absent number is 0, as MIT krb5 and Heimdal read it.
    Ok(Proof { subkey, sequence: part.seq_number.unwrap_or_default().0 })
}

fn usable_subkey(login: &Login, key: &KeyValue<'_>) -> Result<EncryptionKey, Error> {
    let etype = EncryptionType(key.keytype);
    login.check_subkey(etype)?;
    EncryptionKey::new(etype, key.keyvalue.0).map_err(|error| Error::Key { what: "acceptor's subkey", error })
}

fn refusal(octets: &[u8], now: Timestamp) -> Error {
    match KrbError::parse(octets) {
        Ok(message) => Error::Refused(Box::new(Refusal::of(&message, now))),
        Err(error) => Error::Malformed(error),
    }
}
