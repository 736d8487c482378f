//! The third leg of a DCE-style exchange ([MS-KILE] 3.4.5.1).

use alloc::boxed::Box;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::context::Context;
use crate::error::Rejected;
use crate::kerberos::error::Error;
use crate::kerberos::etype::{EncryptionKey, KeyUsage};
use crate::kerberos::message::{ApRep, EncApRepPart, PVNO, msg_type};
use crate::mechanism::{AcceptorHandshake, MechStep};
use crate::time::Timestamp;

/// Waits for the initiator's own AP-REP, which repeats the acceptor's sequence number and so shows that it is alive.
pub(super) struct ThirdLeg {
    /// The acceptor's own AP-REP: it would pass for the initiator's, so it must not come back as that.
    pub(super) second_leg: Vec<u8>,
    pub(super) session_key: EncryptionKey,
    pub(super) sequence: u32,
    pub(super) context: Context,
}

impl AcceptorHandshake for ThirdLeg {
    fn accept(self: Box<Self>, token: &[u8], _now: Timestamp) -> Result<MechStep, Rejected> {
        self.check(token)?;
        Ok(MechStep::Established { token: None, context: self.context })
    }
}

impl ThirdLeg {
    fn check(&self, token: &[u8]) -> Result<(), Error> {
        let ApRep { pvno, msg_type, enc_part } = ApRep::parse(token)?;
        if pvno != PVNO || msg_type != msg_type::AP_REP || enc_part.etype != self.session_key.etype().0 {
            return Err(Error::ThirdLeg);
        }
        if enc_part.cipher == ApRep::parse(&self.second_leg)?.enc_part.cipher {
            return Err(Error::ThirdLeg);
        }
        let mut octets: Zeroizing<Vec<u8>> = Zeroizing::new(enc_part.cipher.0.to_vec());
        let key = self.session_key.for_encryption(KeyUsage::AP_REP);
        let plaintext = key.decrypt_in_place(&mut octets).map_err(|_| Error::ThirdLeg)?;
        let part = EncApRepPart::parse(plaintext)?;
        if part.seq_number.is_some_and(|number| number.0 == self.sequence) { Ok(()) } else { Err(Error::ThirdLeg) }
    }
}
