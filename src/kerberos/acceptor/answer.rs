//! What goes back to the initiator: AP-REP (RFC 4120 section 3.2.4), KRB-ERROR (section 5.9.1).

use alloc::vec::Vec;

use zeroize::Zeroize;

use super::settings::{ErrorReplies, Settings};
use crate::asn1::{self, GeneralString, OctetString, SequenceOf};
use crate::error::{Reason, Rejected};
use crate::gss::{InitialToken, Oid};
use crate::kerberos::error::{Error, code};
use crate::kerberos::etype::{EncryptionKey, KeyUsage};
use crate::kerberos::message::{
    ApRep, EncApRepPart, EncryptedData, KerbErrorData, KerberosTime, KeyValue, KrbError, Microseconds, PVNO,
    PrincipalName, SequenceNumber, msg_type,
};
use crate::kerberos::token_id;
use crate::random::Randomness;
use crate::time::Timestamp;

/// Everything an AP-REP says.
pub(super) struct Proof<'a> {
    pub(super) session_key: &'a EncryptionKey,
    pub(super) ctime: KerberosTime,
    pub(super) cusec: Microseconds,
    pub(super) subkey: Option<&'a EncryptionKey>,
    pub(super) sequence: u32,
}

impl Proof<'_> {
    /// The AP-REP, in GSS-API's frame or bare as DCE style has it ([MS-KILE] 3.4.5.1).
    pub(super) fn to_token(&self, is_framed: bool, randomness: &dyn Randomness) -> Result<Vec<u8>, Error> {
        let part = EncApRepPart {
            ctime: self.ctime,
            cusec: self.cusec,
            subkey: self.subkey.map(|key| KeyValue { keytype: key.etype().0, keyvalue: OctetString(key.expose()) }),
            seq_number: Some(SequenceNumber(self.sequence)),
        };
        let key = self.session_key.for_encryption(KeyUsage::AP_REP);
        let length = key.encrypted_len(asn1::encoded_length(EncApRepPart::NAME, &part)?);
        let room = OctetString(ROOM.get(..length).unwrap_or(&ROOM));
        let mut token = self.around(room, is_framed)?;
        // The cipher is the message's last field, so its room is the token's end.
        let cipher = token.len().checked_sub(length).and_then(|begin| token.get_mut(begin..)).unwrap_or_default();
        let plaintext = cipher.get_mut(key.header_len()..).unwrap_or_default();
        asn1::write_to(EncApRepPart::NAME, &part, plaintext)?;
        if let Err(error) = key.encrypt_in_place(cipher, randomness) {
            // The subkey stands there in the clear.
            token.zeroize();
            return Err(Error::Key { what: "session key", error });
        }
        Ok(token)
    }

    /// The token around the encrypted part.
    fn around(&self, cipher: OctetString<'_>, is_framed: bool) -> Result<Vec<u8>, Error> {
        let enc_part = EncryptedData { etype: self.session_key.etype().0, kvno: None, cipher };
        let message = ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part };
        if !is_framed {
            return Ok(message.to_der()?);
        }
        let length = asn1::encoded_length(ApRep::NAME, &message)?.saturating_add(token_id::AP_REP.len());
        let mut token = InitialToken::begin(Oid::KRB5, length)?;
        token.extend_from_slice(&token_id::AP_REP);
        asn1::append(ApRep::NAME, &message, &mut token)?;
        Ok(token)
    }
}

/// Stands for the encrypted part until that is written in its place: EncAPRepPart has at most 95 octets (two times of 15
/// and 3, a key of 32, a number of 5, and their tags), confounder and tag 40.
const ROOM: [u8; 160] = [0; 160];

/// KERB_AP_ERR_TYPE_SKEW_RECOVERY: Windows clients correct their clock by the error's stime and try again
/// ([MS-KILE] 2.2.2).
const SKEW_RECOVERY: i32 = 2;

/// A refusal: the error for the operator, and a KRB-ERROR for a peer that asked for an answer.
pub(super) fn refuse(settings: &Settings, asks_for_mutual: bool, error: Error, now: Timestamp) -> Rejected {
    let silent = settings.error_replies == ErrorReplies::Never || !asks_for_mutual;
    let token = if silent { None } else { krb_error(settings, &error, now) };
    Rejected { error: error.into(), token }
}

/// The KRB-ERROR that belongs to an error, if one does. It names this side by a principal of its own, never by what the
/// ticket's clear part says, and has no text.
fn krb_error(settings: &Settings, error: &Error, now: Timestamp) -> Option<Vec<u8>> {
    let error_code = told_code(settings, error.krb_error()?);
    let own = settings.own_names().next()?;
    let components: Vec<_> = own.components().map(GeneralString).collect();
    let clock = KerbErrorData { data_type: SKEW_RECOVERY, data_value: None }.to_der().ok()?;
    let message = KrbError {
        pvno: PVNO,
        msg_type: msg_type::KRB_ERROR,
        ctime: None,
        cusec: None,
        stime: KerberosTime::new(now)?,
        susec: Microseconds(i32::try_from(now.subsecond_micros()).ok()?),
        error_code,
        crealm: None,
        cname: None,
        realm: GeneralString(own.realm()),
        sname: PrincipalName { name_type: own.name_type().0, name_string: SequenceOf::new(&components) },
        e_text: None,
        e_data: (error_code == code::AP_ERR_SKEW).then_some(OctetString(&clock)),
    };
    InitialToken::encode(Oid::KRB5, &[&token_id::KRB_ERROR, &message.to_der().ok()?]).ok()
}

/// The code the peer is told: unless asked otherwise, what would let it find out which names and key versions the keytab
/// holds is told as one.
fn told_code(settings: &Settings, code: i32) -> i32 {
    match (code, settings.error_replies) {
        (
            code::AP_ERR_BAD_INTEGRITY | code::AP_ERR_NOT_US | code::AP_ERR_BADKEYVER | code::AP_ERR_NOKEY,
            ErrorReplies::Minimal,
        ) => code::ERR_GENERIC,
        (code::AP_ERR_BAD_INTEGRITY, _) if settings.kile_errors => code::AP_ERR_MODIFIED,
        (code, _) => code,
    }
}
