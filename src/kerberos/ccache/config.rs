//! Configuration entries: what a cache remembers beside its tickets ("Credential cache configuration entries" in MIT
//! krb5's documentation).

use alloc::string::ToString;
use core::fmt;

use super::Credential;
use crate::peer::{BadName, NameType, Principal};

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

/// The first component of their names.
const NAME: &[u8] = b"krb5_ccache_conf_data";

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
        let is_one = entry.server.realm() == REALM && components.next() == Some(NAME);
        if !is_one || entry.is_removed() {
            return None;
        }
        Some(Self { key: components.next()?, principal: components.next(), value: &entry.ticket })
    }
}

/// The entry of a setting, as MIT krb5 writes it (`krb5_cc_set_config` in `ccfns.c`): no key, no times, the value in the
/// ticket's place.
pub(super) fn entry(
    client: &Principal,
    key: &str,
    principal: Option<&Principal>,
    value: &[u8],
) -> Result<Credential, BadName> {
    let about = principal.map(Principal::to_string);
    let components = [Some(NAME), Some(key.as_bytes()), about.as_deref().map(str::as_bytes)];
    let server = Principal::new(REALM, NameType::PRINCIPAL, components.into_iter().flatten())?;
    Ok(Credential::without_key(client.clone(), server, value.into()))
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
