//! The ticket for a service.

use super::error::{Error, SESSION_KEY};
use super::settings::Settings;
use crate::kerberos::ccache::Credential;
use crate::kerberos::etype::EncryptionKey;
use crate::peer::Target;
use crate::time::Timestamp;

impl Settings {
    /// The ticket for this service and its session key, if there is one that can be used now.
    pub(super) fn ticket_for(
        &self,
        target: &Target,
        now: Timestamp,
    ) -> Result<(&Credential, &EncryptionKey), crate::Error> {
        let credential = self.tickets.find(target, now)?;
        let etype = credential.etype();
        // Row B09.
        if !self.permits(etype) {
            return Err(Error::EtypeNotPermitted { what: SESSION_KEY, etype }.into());
        }
        Ok((credential, credential.key()?))
    }
}
