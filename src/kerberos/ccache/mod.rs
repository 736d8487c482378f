//! Credential caches: the tickets of a user, in the file format that MIT krb5, Heimdal, Java and Samba share.

mod choice;
mod config;
mod credential;
mod error;
mod file;
mod krb_cred;
#[cfg(feature = "std")]
mod location;

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

pub use config::Config;
pub use credential::{Credential, Times};
pub use error::{Error, KrbCredFlaw, NoTicket};
pub(in crate::kerberos) use krb_cred::open_bounded;
pub use krb_cred::{open, seal};
#[cfg(feature = "std")]
pub use location::{Found, Location};

use crate::peer::Principal;
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// The tickets of one client, with their session keys.
///
/// It is what the file was when it was read, and asks no KDC: a program that runs for longer than its tickets live reads the file
/// again, after whatever renews them (`kinit -R`, `k5start`, `sssd`), and makes its initiator anew with it. Each service needs a
/// ticket of its own (`kvno HTTP/web.example.com`): the one that `kinit` gets is for the KDC.
///
/// Everything that the file holds is kept and written again, also what this crate has no use for: unknown fields of the
/// header, settings, entries that were taken out, keys of unknown types.
///
/// ```
/// use negotiate::kerberos::Ccache;
/// use negotiate::kerberos::ccache::{Credential, Times};
/// use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
/// use negotiate::kerberos::message::TicketFlags;
/// use negotiate::Timestamp;
///
/// let key = EncryptionKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[7; 32])?;
/// let now = Timestamp::from_seconds(1_795_377_519);
/// let times = Times { authtime: now, starttime: None, endtime: Timestamp::from_seconds(1_795_413_519), renew_till: None };
/// let server = "HTTP/web.example.com@EXAMPLE.COM".parse()?;
/// let mut cache = Ccache::new("alice@EXAMPLE.COM".parse()?);
/// # let ticket = vec![0x61];
/// cache.add(Credential::new(cache.client().clone(), server, key, times, TicketFlags::FORWARDABLE, ticket));
///
/// let cache = Ccache::parse(cache.to_bytes().expose())?;
/// let found = cache.find(&"HTTP@web.example.com".parse()?, now)?;
/// assert_eq!(found.server.to_string(), "HTTP/web.example.com@EXAMPLE.COM");
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Ccache {
    /// The fields of the file's header, each a whole one.
    header: Box<[u8]>,
    client: Principal,
    credentials: Vec<Credential>,
}

impl Ccache {
    /// A cache without tickets.
    #[must_use]
    pub fn new(client: Principal) -> Self {
        Self { header: Box::default(), client, credentials: Vec::new() }
    }

    /// Reads the octets of a cache's file.
    ///
    /// # Errors
    /// [`Error`] if they are not of version 0x0504 or 0x0503, or damaged: a cache is taken whole or not at all.
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        file::parse(file)
    }

    /// Reads a cache's file. It is not locked: whoever reads while another program adds a ticket may find the file cut
    /// ([`Error::Truncated`]), and can read it again.
    ///
    /// # Errors
    /// As [`Self::parse`], with the path in [`Error::File`]; [`Error::Unreadable`] if the file cannot be read.
    #[cfg(feature = "std")]
    pub fn read(path: impl AsRef<std::path::Path>) -> Result<Self, Error> {
        use alloc::string::ToString;

        let path = path.as_ref();
        let shown = || path.display().to_string();
        let file =
            std::fs::read(path).map_err(|reason| Error::Unreadable { path: shown(), reason: reason.to_string() })?;
        let parsed = Self::parse(SecretBytes::from(file).expose());
        parsed.map_err(|error| Error::File { path: shown(), error: Box::new(error) })
    }

    /// The octets of a cache's file, in version 0x0504. What [`Self::parse`] read of that version comes out as it was.
    #[must_use]
    pub fn to_bytes(&self) -> SecretBytes {
        file::write(self)
    }

    /// Whose tickets these are: the cache's default principal.
    #[must_use]
    pub const fn client(&self) -> &Principal {
        &self.client
    }

    /// The tickets, in the order of the file.
    pub fn credentials(&self) -> impl DoubleEndedIterator<Item = &Credential> {
        self.credentials.iter().filter(|entry| entry.is_ticket())
    }

    /// All that the file holds, in its order: tickets, settings, and entries that were taken out.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Credential> {
        self.credentials.iter()
    }

    /// The settings that were kept with the tickets.
    pub fn configs(&self) -> impl Iterator<Item = Config<'_>> {
        self.credentials.iter().filter_map(Config::of)
    }

    /// Keeps a setting, in the place of the one that was called so and was about the same, if there was one.
    ///
    /// # Errors
    /// [`BadName`](crate::peer::BadName) if the key has a control character.
    pub fn set_config(
        &mut self,
        key: &str,
        principal: Option<&Principal>,
        value: &[u8],
    ) -> Result<(), crate::peer::BadName> {
        let entry = config::entry(&self.client, key, principal, value)?;
        self.credentials.retain(|kept| Config::of(kept).is_none() || kept.server != entry.server);
        self.credentials.push(entry);
        Ok(())
    }

    /// Adds a ticket at the end.
    pub fn add(&mut self, credential: Credential) {
        self.credentials.push(credential);
    }

    /// What the KDC's clock says when this machine's says `now`, as far as the cache knows: whoever logged in may have
    /// noted how far the two are apart. The two are the same if not.
    #[must_use]
    pub fn kdc_time(&self, now: Timestamp) -> Timestamp {
        const MICROS: i64 = 1_000_000;
        let (seconds, micros) = self.delta_time().unwrap_or_default();
        let offset = i64::from(seconds).saturating_mul(MICROS).saturating_add(i64::from(micros));
        Timestamp::from_micros(now.as_micros().saturating_add(offset))
    }

    /// The header's field DeltaTime.
    fn delta_time(&self) -> Option<(i32, i32)> {
        let mut rest = &*self.header;
        loop {
            let (tag, behind) = rest.split_first_chunk()?;
            let (length, behind) = behind.split_first_chunk()?;
            let (value, behind) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            if u16::from_be_bytes(*tag) == file::DELTA_TIME {
                let (seconds, micros) = value.split_first_chunk()?;
                return Some((i32::from_be_bytes(*seconds), i32::from_be_bytes(*micros.first_chunk()?)));
            }
            rest = behind;
        }
    }
}

impl fmt::Debug for Ccache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { header: _, client, credentials } = self;
        f.debug_struct("Ccache").field("client", client).field("credentials", credentials).finish()
    }
}
