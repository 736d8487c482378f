//! The ticket's PAC: it is verified, or the login is refused ([MS-KILE] 3.4.5.3).

use alloc::boxed::Box;

use super::settings::Settings;
use crate::authorization::Authorization;
use crate::kerberos::error::Error;
use crate::kerberos::keytab::KeytabKey;
use crate::kerberos::message::EncTicketPart;
use crate::kerberos::pac::{Client, KdcSignatures, Pac, VerifiedPac, unsigned_ticket};

/// What a login keeps of its PAC: nothing, if there is none.
#[derive(Default)]
pub(super) struct PacFacts {
    pub(super) authorization: Option<Box<Authorization>>,
    pub(super) kdc_signatures: Option<KdcSignatures>,
}

impl Settings {
    /// Verifies a PAC, which `key` must have signed as it encrypted the ticket, and takes out of it who the user is. Without
    /// one the login is as good, but for who requires one (rows F07, F11).
    pub(super) fn judge_pac(
        &self,
        octets: Option<&[u8]>,
        key: KeytabKey<'_>,
        ticket: &EncTicketPart<'_>,
    ) -> Result<PacFacts, Error> {
        let Some(octets) = octets else {
            return if self.require_pac { Err(Error::PacMissing) } else { Ok(PacFacts::default()) };
        };
        let mut pac = VerifiedPac::verify(&Pac::parse(octets)?, key.pac_key(), &Client::from(ticket))?;
        if !self.krbtgt_keys.is_empty() {
            let unsigned = unsigned_ticket(ticket)?;
            pac.verify_kdc_signatures(&self.krbtgt_keys, Some(&unsigned))?;
        }
        let authorization = Some(Box::new(pac.to_authorization()?));
        Ok(PacFacts { authorization, kdc_signatures: Some(pac.kdc_signatures()) })
    }
}
