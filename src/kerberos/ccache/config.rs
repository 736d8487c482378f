//! Configuration entries: what a cache remembers beside its tickets ("Credential cache configuration entries" in MIT
//! krb5's documentation).

use core::fmt;

use super::Credential;
use crate::peer::Principal;

/// A setting that was kept with the tickets, such as `fast_avail` or `pa_type`: an entry that looks like a ticket for
/// `krb5_ccache_conf_data/KEY[/PRINCIPAL]@X-CACHECONF:`.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Config<'c> {
    /// What it is called.
    pub key: &'c [u8],
    /// The principal that it is about, in its text form, if it is about one.
    pub principal: Option<&'c [u8]>,
    /// The value, in the form that its key says.
    pub value: &'c [u8],
}

/// The realm of the entries.
const REALM: &[u8] = b"X-CACHECONF:";

/// The realm that MIT krb5 gives an entry when it takes it out (`delete_cred` in `cc_file.c`).
const REALM_OF_REMOVED: &[u8] = b"X-RMED-CONF:";

impl<'c> Config<'c> {
    /// Whether the service is that of a configuration entry, taken out or not.
    pub(super) fn is_one(server: &Principal) -> bool {
        matches!(server.realm(), REALM | REALM_OF_REMOVED)
    }

    pub(super) fn of(entry: &'c Credential) -> Option<Self> {
        let mut components = entry.server.components();
        let is_one = entry.server.realm() == REALM && components.next() == Some(b"krb5_ccache_conf_data");
        if !is_one || entry.is_removed() {
            return None;
        }
        Some(Self { key: components.next()?, principal: components.next(), value: &entry.ticket })
    }
}

/// Without the value: nobody here knows what it is.
impl fmt::Debug for Config<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, principal, value: _ } = self;
        write!(f, "Config({}", key.escape_ascii())?;
        match principal {
            Some(principal) => write!(f, ", {}, ..)", principal.escape_ascii()),
            None => f.write_str(", ..)"),
        }
    }
}
