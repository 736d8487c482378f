//! The ticket for a service.

use super::error::{Error, SESSION_KEY};
use super::settings::Settings;
use crate::kerberos::ccache::Credential;
use crate::peer::Target;
use crate::time::Timestamp;

impl Settings {
    /// The ticket for this service, if there is one that can be used now.
    pub(super) fn ticket_for(&self, target: &Target, now: Timestamp) -> Result<&Credential, crate::Error> {
        let credential = find(&self.tickets, target, now)?;
        let etype = credential.key.etype();
        if self.permits(etype) { Ok(credential) } else { Err(Error::EtypeNotPermitted { what: SESSION_KEY, etype }.into()) }
    }
}

/// Until the cache chooses by itself.
fn find<'c>(tickets: &'c crate::kerberos::Ccache, target: &Target, now: Timestamp) -> Result<&'c Credential, Error> {
    let name = alloc::format!("{target}");
    let fits = |ticket: &&Credential| {
        ticket.server.components().collect::<alloc::vec::Vec<_>>().join(&b'/') == name.as_bytes() && ticket.times.endtime > now
    };
    tickets.credentials().find(fits).ok_or(Error::NoTicket)
}
