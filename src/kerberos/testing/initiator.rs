//! The initiator's half of the exchange, behind its first token.

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::{Authenticator, Error};
use crate::asn1::OctetString;
use crate::gss::{InitialToken, Oid};
use crate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use crate::kerberos::message::{
    ApRep, EncApRepPart, EncryptedData, KerberosTime, Microseconds, PVNO, SequenceNumber, msg_type,
};
use crate::kerberos::token_id;
use crate::random::SystemRandom;

/// What an initiator keeps of its login, to read the answer and to sign.
pub struct Initiator {
    session_key: EncryptionKey,
    subkey: Option<EncryptionKey>,
    ctime: KerberosTime,
    cusec: i32,
    /// The number of its first message.
    pub sequence: u64,
}

/// What the acceptor said in its AP-REP.
pub struct Answer {
    /// ctime: the authenticator's.
    pub ctime: KerberosTime,
    /// cusec: the authenticator's.
    pub cusec: i32,
    /// The acceptor's subkey.
    pub subkey: Option<EncryptionKey>,
    /// The number of the acceptor's first message.
    pub seq_number: Option<u32>,
}

impl Initiator {
    pub(super) fn of(authenticator: &Authenticator) -> Result<Self, Error> {
        let subkey = authenticator.subkey.as_ref();
        let subkey = subkey.map(|key| EncryptionKey::new(EncryptionType(key.keytype), key.keyvalue.expose()));
        Ok(Self {
            session_key: authenticator.session_key.duplicate(),
            subkey: subkey.transpose()?,
            ctime: authenticator.ctime,
            cusec: authenticator.cusec,
            sequence: authenticator.seq_number.unwrap_or(0).into(),
        })
    }

    /// Reads an AP-REP, in GSS-API's frame or bare, and checks that it answers this login (RFC 4120 section 3.2.5).
    ///
    /// # Errors
    /// [`Error::Unexpected`] if it is another message or answers another login, [`Error::Key`] if it is not encrypted
    /// under the session key, [`Error::Message`] if it is malformed.
    pub fn read(&self, token: &[u8]) -> Result<Answer, Error> {
        let message = if InitialToken::is_framed(token) {
            let framed = InitialToken::parse(token)?;
            let (id, message) = framed.inner.split_first_chunk().ok_or(Error::Unexpected)?;
            if framed.mechanism != Oid::KRB5 || *id != token_id::AP_REP {
                return Err(Error::Unexpected);
            }
            message
        } else {
            token
        };
        let ApRep { pvno, msg_type, enc_part } = ApRep::parse(message)?;
        if pvno != PVNO || msg_type != msg_type::AP_REP || enc_part.etype != self.session_key.etype().0 {
            return Err(Error::Unexpected);
        }
        let mut octets = Zeroizing::new(enc_part.cipher.0.to_vec());
        self.answer(self.session_key.for_encryption(KeyUsage::AP_REP).decrypt_in_place(&mut octets)?)
    }

    fn answer(&self, plaintext: &[u8]) -> Result<Answer, Error> {
        let part = EncApRepPart::parse(plaintext)?;
        if part.ctime != self.ctime || part.cusec.0 != self.cusec {
            return Err(Error::Unexpected);
        }
        let subkey = part.subkey.map(|key| EncryptionKey::new(EncryptionType(key.keytype), key.keyvalue.0));
        Ok(Answer {
            ctime: part.ctime,
            cusec: part.cusec.0,
            subkey: subkey.transpose()?,
            seq_number: part.seq_number.map(|number| number.0),
        })
    }

    /// The third leg of DCE style: an AP-REP of the initiator's own, which repeats the acceptor's sequence number
    /// ([MS-KILE] 3.4.5.1).
    ///
    /// # Errors
    /// [`Error::Key`] if there is no randomness.
    pub fn third_leg(&self, seq_number: Option<u32>) -> Result<Vec<u8>, Error> {
        let part = EncApRepPart {
            ctime: self.ctime,
            cusec: Microseconds(self.cusec),
            subkey: None,
            seq_number: seq_number.map(SequenceNumber),
        };
        let plaintext = Zeroizing::new(part.to_der()?);
        let cipher = self.session_key.for_encryption(KeyUsage::AP_REP).encrypt(&plaintext, &SystemRandom)?;
        let enc_part = EncryptedData { etype: self.session_key.etype().0, kvno: None, cipher: OctetString(&cipher) };
        Ok(ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part }.to_der()?)
    }

    /// The initiator's MIC token over `message` (RFC 4121 section 4.2.6.1), under the acceptor's subkey if an answer
    /// brought one. Contexts of rc4-hmac, which sign by RFC 4757, are not served.
    #[must_use]
    pub fn mic(&self, answer: Option<&Answer>, message: &[u8]) -> Vec<u8> {
        let acceptor_subkey = answer.and_then(|answer| answer.subkey.as_ref());
        let key = acceptor_subkey.or(self.subkey.as_ref()).unwrap_or(&self.session_key);
        mic(key, KeyUsage::INITIATOR_SIGN, if acceptor_subkey.is_some() { 4 } else { 0 }, self.sequence, message)
    }

    /// Whether `token` is the MIC token of an acceptor that answered so (RFC 4121 section 4.2.6.1).
    #[must_use]
    pub fn is_acceptors_mic(&self, answer: &Answer, message: &[u8], token: &[u8]) -> bool {
        let key = answer.subkey.as_ref().or(self.subkey.as_ref()).unwrap_or(&self.session_key);
        let flags = if answer.subkey.is_some() { 5 } else { 1 };
        token == mic(key, KeyUsage::ACCEPTOR_SIGN, flags, answer.seq_number.unwrap_or(0).into(), message)
    }
}

/// TOK_ID, flags (1 sent by the acceptor, 4 under its subkey), filler, SND_SEQ; then the checksum over message and header.
fn mic(key: &EncryptionKey, usage: KeyUsage, flags: u8, sequence: u64, message: &[u8]) -> Vec<u8> {
    let header = [&[4, 4, flags, 0xff, 0xff, 0xff, 0xff, 0xff][..], &sequence.to_be_bytes()].concat();
    let checksum = key.for_checksum(usage).checksum(&[message, &header]);
    [&header[..], &checksum].concat()
}
