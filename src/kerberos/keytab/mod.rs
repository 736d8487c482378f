//! Keytabs: the long-term keys of services, in the file format that MIT krb5, Heimdal, Java, Samba and Windows' ktpass
//! share.

mod entry;
mod error;
mod file;
mod index;

use alloc::vec::Vec;
use core::fmt;

pub use entry::{KeytabEntry, KeytabKey};
pub use error::Error;
use index::{Index, Name};

use crate::kerberos::etype::EncryptionType;
use crate::peer::Principal;
use crate::secret::SecretBytes;

/// The keys of a service, ready to be looked up.
///
/// Entries that this crate has no use for (triple DES, a key of the wrong length) are kept, listed and written again,
/// and [`Self::skipped`] reports them.
///
/// ```
/// use negotiate::kerberos::etype::{EncryptionKey, EncryptionType};
/// use negotiate::kerberos::keytab::{Keytab, KeytabEntry};
/// use negotiate::{Principal, Timestamp};
///
/// let web: Principal = "HTTP/web.example.com@EXAMPLE.COM".parse()?;
/// let key = EncryptionKey::new(EncryptionType::AES256_CTS_HMAC_SHA1_96, &[7; 32])?;
/// let mut keytab = Keytab::new();
/// keytab.add(KeytabEntry::new(web.clone(), 3, Timestamp::UNIX_EPOCH, key));
///
/// let keytab = Keytab::parse(keytab.to_bytes().expose())?;
/// let found = keytab.find(web.realm(), web.components()).ok_or("not there")?;
/// assert_eq!(found.to_string(), "aes256-cts-hmac-sha1-96 kvno 3");
/// let mut candidates = found.candidates(EncryptionType::AES256_CTS_HMAC_SHA1_96, Some(3));
/// assert_eq!(candidates.next().ok_or("no key")?.entry().kvno(), 3);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Keytab {
    entries: Vec<KeytabEntry>,
    index: Index,
}

impl Keytab {
    /// Keys of one principal and type that are tried on a ticket whose kvno finds none: enough for every rekeying in a
    /// ticket's lifetime, few enough that a forged ticket costs little.
    pub const MAX_CANDIDATES: usize = 8;

    /// A keytab without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the octets of a keytab file.
    ///
    /// # Errors
    /// [`Error`] if they are not of version 0x0502, or damaged: a keytab is taken whole or not at all. (MIT krb5 takes
    /// what precedes the damage, so a damaged file looks to it like one without the keys behind.)
    pub fn parse(file: &[u8]) -> Result<Self, Error> {
        file::parse(file).map(Self::from_iter)
    }

    /// Reads a keytab file.
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
        parsed.map_err(|error| Error::File { path: shown(), error: alloc::boxed::Box::new(error) })
    }

    /// The octets of a keytab file with these entries. What [`Self::parse`] read comes out as it was, but for holes.
    #[must_use]
    pub fn to_bytes(&self) -> SecretBytes {
        file::write(&self.entries)
    }

    /// The entries, in the order of the file.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &KeytabEntry> {
        self.entries.iter()
    }

    /// The entries whose keys cannot be used; [`KeytabEntry::unusable`] says why.
    pub fn skipped(&self) -> impl Iterator<Item = &KeytabEntry> {
        self.entries.iter().filter(|entry| entry.unusable().is_some())
    }

    /// The number of entries.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no entry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The principals, by name.
    pub fn principals(&self) -> impl Iterator<Item = KeytabPrincipal<'_>> {
        self.index.runs(&self.entries).filter_map(|run| KeytabPrincipal::of(&self.entries, run))
    }

    /// The keys of the principal with this realm and these components, compared octet by octet. Allocates nothing, and
    /// takes as long in a large keytab as in a small one.
    #[must_use]
    pub fn find<'n, C>(&self, realm: &'n [u8], components: C) -> Option<KeytabPrincipal<'_>>
    where
        C: IntoIterator<Item = &'n [u8], IntoIter: Clone>,
    {
        let name = Name { realm, components: components.into_iter() };
        self.index.find(&self.entries, &name).and_then(|run| KeytabPrincipal::of(&self.entries, run))
    }

    /// A principal whose name differs from this one in nothing but ASCII case. It is another principal (RFC 4120
    /// section 6), and most likely what someone meant: for the operator's log.
    #[must_use]
    pub fn find_similar<'n, C>(&self, realm: &'n [u8], components: C) -> Option<KeytabPrincipal<'_>>
    where
        C: IntoIterator<Item = &'n [u8], IntoIter: Clone>,
    {
        let name = Name { realm, components: components.into_iter() };
        self.index.find_similar(&self.entries, &name).and_then(|run| KeytabPrincipal::of(&self.entries, run))
    }

    /// Adds an entry at the end. To add many, [`Extend`] sorts but once.
    pub fn add(&mut self, entry: KeytabEntry) {
        self.extend([entry]);
    }

    /// Removes the entries that `keep` says no to, and returns how many those are.
    pub fn retain(&mut self, keep: impl FnMut(&KeytabEntry) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(keep);
        self.index = Index::new(&self.entries);
        before.saturating_sub(self.entries.len())
    }

    /// Adds the entries of another keytab, but for keys that are here already (same principal, kvno, type and octets),
    /// and returns how many were added.
    pub fn merge(&mut self, other: Self) -> usize {
        let before = self.entries.len();
        let added: Vec<_> = other.entries.into_iter().filter(|entry| !self.holds(entry)).collect();
        self.extend(added);
        self.entries.len().saturating_sub(before)
    }

    fn holds(&self, entry: &KeytabEntry) -> bool {
        let principal = entry.principal();
        let found = self.find(principal.realm(), principal.components());
        found.is_some_and(|found| found.entries().any(|known| known.repeats(entry)))
    }
}

impl Default for Keytab {
    fn default() -> Self {
        Self::from_iter([])
    }
}

impl FromIterator<KeytabEntry> for Keytab {
    fn from_iter<E: IntoIterator<Item = KeytabEntry>>(entries: E) -> Self {
        let entries: Vec<_> = entries.into_iter().collect();
        Self { index: Index::new(&entries), entries }
    }
}

impl Extend<KeytabEntry> for Keytab {
    fn extend<E: IntoIterator<Item = KeytabEntry>>(&mut self, entries: E) {
        self.entries.extend(entries);
        self.index = Index::new(&self.entries);
    }
}

impl fmt::Debug for Keytab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entries, index: _ } = self;
        f.debug_tuple("Keytab").field(entries).finish()
    }
}

/// A principal of a keytab with all its keys. Shown, it is what an operator wants to know: types and kvnos.
#[derive(Clone, Copy)]
pub struct KeytabPrincipal<'k> {
    name: &'k Principal,
    entries: &'k [KeytabEntry],
    run: &'k [usize],
}

impl<'k> KeytabPrincipal<'k> {
    fn of(entries: &'k [KeytabEntry], run: &'k [usize]) -> Option<Self> {
        let first = entries.get(*run.first()?)?;
        Some(Self { name: first.principal(), entries, run })
    }

    /// The name.
    #[must_use]
    pub const fn name(self) -> &'k Principal {
        self.name
    }

    /// Its entries: by encryption type, then the newest first.
    pub fn entries(self) -> impl Iterator<Item = &'k KeytabEntry> {
        self.run.iter().filter_map(move |position| self.entries.get(*position))
    }

    /// The keys to try on a ticket of this encryption type and kvno, at most [`Keytab::MAX_CANDIDATES`] (row G02).
    ///
    /// First those of this kvno; then those that agree in the low 8 bits if either side may have kept no more; then the
    /// others, the newest kvno first, and of one kvno the latest made: keytabs and tickets disagree on kvnos in real
    /// life, and whether a key is the right one is for the ticket's integrity check to say. Without a kvno, or with 0,
    /// all are "the others". [`KeytabEntry::kvno`] tells which it was.
    pub fn candidates(self, etype: EncryptionType, kvno: Option<u32>) -> impl Iterator<Item = KeytabKey<'k>> {
        let begin = self.run.partition_point(|position| self.etype_at(*position) < Some(etype));
        let end = self.run.partition_point(|position| self.etype_at(*position) <= Some(etype));
        let run = Self { run: self.run.get(begin..end).unwrap_or_default(), ..self };
        let kvno = kvno.filter(|kvno| *kvno != 0);
        [Fit::Same, Fit::LowOctet, Fit::Other]
            .into_iter()
            .flat_map(move |fit| run.entries().filter(move |entry| Fit::of(entry.kvno(), kvno) == fit))
            .filter_map(KeytabEntry::key)
            .take(Keytab::MAX_CANDIDATES)
    }

    fn etype_at(self, position: usize) -> Option<EncryptionType> {
        self.entries.get(position).map(KeytabEntry::etype)
    }
}

/// How an entry's kvno agrees with a ticket's.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Fit {
    Same,
    LowOctet,
    Other,
}

impl Fit {
    fn of(entry: u32, ticket: Option<u32>) -> Self {
        const LOW_OCTET: u32 = 0xff;
        match ticket {
            Some(ticket) if ticket == entry => Self::Same,
            Some(ticket) if ticket & LOW_OCTET == entry & LOW_OCTET && ticket.min(entry) <= LOW_OCTET => Self::LowOctet,
            _ => Self::Other,
        }
    }
}

/// For instance `aes256-cts-hmac-sha1-96 kvno 4, 3; rc4-hmac kvno 3`.
impl fmt::Display for KeytabPrincipal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut before = None;
        for entry in self.entries() {
            if before == Some(entry.etype()) {
                write!(f, ", {}", entry.kvno())?;
            } else {
                let separator = if before.is_some() { "; " } else { "" };
                write!(f, "{separator}{} kvno {}", entry.etype(), entry.kvno())?;
            }
            if entry.unusable().is_some() {
                f.write_str(" (unusable)")?;
            }
            before = Some(entry.etype());
        }
        Ok(())
    }
}

impl fmt::Debug for KeytabPrincipal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, entries: _, run: _ } = self;
        write!(f, "KeytabPrincipal({name}: {self})")
    }
}
