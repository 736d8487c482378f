//! The ticket-granting ticket that goes along (RFC 4121 section 4.1.1).

use alloc::boxed::Box;

use super::error::Error;
use super::settings::Settings;
use crate::kerberos::ccache::{self, Credential};
use crate::kerberos::etype::EncryptionKey;
use crate::kerberos::message::TicketFlags;
use crate::random::Randomness;
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// What is delegated.
pub(super) enum Delegate {
    /// Nothing.
    Nothing,
    /// The cache's own ticket-granting ticket.
    Own,
    /// This one.
    Given(Box<Credential>),
}

/// The longest `KRB-CRED` that Dlgth can tell, in octets.
const LONGEST: usize = 0xffff;

impl Settings {
    /// The `KRB-CRED` for a login with this ticket: under its session key, as MIT krb5 and Windows make it.
    ///
    /// Without a word of the KDC that the service may be trusted with it (ok-as-delegate, RFC 4120 section 2.8) nothing goes
    /// along: whoever has a ticket-granting ticket is the user, everywhere.
    pub(super) fn delegation(
        &self,
        ticket: &Credential,
        session_key: &EncryptionKey,
        now: Timestamp,
        randomness: &dyn Randomness,
    ) -> Result<Option<SecretBytes>, Error> {
        let is_trusted = self.delegate_to_any || ticket.flags.contains(TicketFlags::OK_AS_DELEGATE);
        let delegated = match &self.delegate {
            _ if !is_trusted => return Ok(None),
            Delegate::Nothing => return Ok(None),
            Delegate::Own => self.tickets.ticket_granting_ticket().ok_or(Error::NothingToDelegate)?,
            Delegate::Given(ticket) => &**ticket,
        };
        if delegated.times.endtime <= now {
            let (server, ended) = (Box::new(delegated.server.clone()), delegated.times.endtime);
            return Err(Error::Delegation(ccache::Error::Expired { server, ended, now }));
        }
        let message = ccache::seal(&[delegated], session_key, now, randomness).map_err(Error::Delegation)?;
        if message.len() > LONGEST {
            return Err(Error::DelegationTooLong(message.len()));
        }
        Ok(Some(message.into()))
    }
}
