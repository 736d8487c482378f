//! The third leg of a DCE-style exchange ([MS-KILE] section 3.4.5.1).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::error::Error;
use super::login::Login;
use super::stamp;
use crate::asn1::OctetString;
use crate::kerberos::etype::KeyUsage;
use crate::kerberos::message::{ApRep, EncApRepPart, EncryptedData, PVNO, SequenceNumber, msg_type};
use crate::time::Timestamp;

/// This side's own AP-REP, which repeats the acceptor's sequence number and so shows that this side is alive. Its time is its
/// own, as with MIT krb5.
pub(super) fn third_leg(login: &Login, acceptor_sequence: u32, now: Timestamp) -> Result<Vec<u8>, Error> {
    let (ctime, cusec) = stamp(login.settings.stamps.next(now))?;
    let part = EncApRepPart { ctime, cusec, subkey: None, seq_number: Some(SequenceNumber(acceptor_sequence)) };
    let plaintext = Zeroizing::new(part.to_der().map_err(Error::Encoding)?);
    let key = login.session_key.for_encryption(KeyUsage::AP_REP);
    let sealed = key.encrypt(&plaintext, &*login.settings.randomness);
    let cipher = sealed.map_err(|error| Error::Key { what: "session key", error })?;
    let enc_part = EncryptedData { etype: key.etype().0, kvno: None, cipher: OctetString(&cipher) };
    ApRep { pvno: PVNO, msg_type: msg_type::AP_REP, enc_part }.to_der().map_err(Error::Encoding)
}
