//! A keytab's entries, and the keys among them that can be used.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
#[cfg(feature = "std")]
use std::sync::OnceLock;

use super::file::Fields;
use crate::kerberos::etype::{self, ChecksumKey, CipherKey, EncryptionKey, EncryptionType, KeyUsage};
use crate::peer::Principal;
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// One key of one principal, as a keytab holds it.
pub struct KeytabEntry {
    principal: Arc<Principal>,
    kvno: u32,
    fields: Fields,
    material: Material,
}

/// The key, or what stands in its place.
enum Material {
    Usable(UsableKey),
    Unusable { octets: SecretBytes, reason: etype::Error },
}

struct UsableKey {
    key: EncryptionKey,
    ticket_key: Derived<CipherKey>,
    pac_key: Derived<ChecksumKey>,
}

impl KeytabEntry {
    /// A new entry, with its kvno both in 8 and in 32 bits as MIT krb5 writes them.
    ///
    /// `created` is kept in whole seconds; before 1970 or after 2106 it becomes 0, which means unknown.
    #[must_use]
    pub fn new(principal: Principal, kvno: u32, created: Timestamp, key: EncryptionKey) -> Self {
        let wide = kvno.to_be_bytes();
        let [_, _, _, kvno8] = wide;
        let [_, _, high, low] = key.etype().0.to_be_bytes();
        let fields = Fields {
            timestamp: u32::try_from(created.as_seconds()).unwrap_or(0),
            kvno8,
            etype: u16::from_be_bytes([high, low]),
            trailer: SecretBytes::from(&wide[..]),
        };
        Self { principal: Arc::new(principal), kvno, fields, material: Material::usable(key) }
    }

    pub(super) fn read(principal: Arc<Principal>, fields: Fields, key: &[u8]) -> Self {
        let material = match EncryptionKey::new(etype_of(&fields), key) {
            Ok(key) => Material::usable(key),
            Err(reason) => Material::Unusable { octets: SecretBytes::from(key), reason },
        };
        Self { principal, kvno: fields.kvno(), fields, material }
    }

    /// Whose key it is.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The key version number: the 32-bit one if the entry has one that is not 0, else the 8-bit one.
    #[must_use]
    pub const fn kvno(&self) -> u32 {
        self.kvno
    }

    /// The encryption type, which may be one that this crate has no use for.
    #[must_use]
    pub fn etype(&self) -> EncryptionType {
        etype_of(&self.fields)
    }

    /// When the entry was made; 1970 if its maker did not say.
    #[must_use]
    pub fn created(&self) -> Timestamp {
        Timestamp::from_seconds(i64::from(self.fields.timestamp))
    }

    /// The key, if it can be used.
    #[must_use]
    pub const fn key(&self) -> Option<KeytabKey<'_>> {
        match &self.material {
            Material::Usable(usable) => Some(KeytabKey { entry: self, usable }),
            Material::Unusable { .. } => None,
        }
    }

    /// Why the key cannot be used: its type is not implemented, or it has the wrong length for its type.
    #[must_use]
    pub const fn unusable(&self) -> Option<&etype::Error> {
        match &self.material {
            Material::Usable(_) => None,
            Material::Unusable { reason, .. } => Some(reason),
        }
    }

    /// The octets of the key, usable or not. Whoever calls this answers for where they go.
    #[must_use]
    pub fn expose_key(&self) -> &[u8] {
        match &self.material {
            Material::Usable(usable) => usable.key.expose(),
            Material::Unusable { octets, .. } => octets.expose(),
        }
    }

    /// Whether both are the same key of the same principal, whenever they were made.
    pub(super) fn repeats(&self, other: &Self) -> bool {
        let same_key = match (&self.material, &other.material) {
            (Material::Usable(one), Material::Usable(another)) => one.key == another.key,
            (Material::Unusable { octets: one, .. }, Material::Unusable { octets: another, .. }) => one == another,
            _ => false,
        };
        same_key
            && self.kvno == other.kvno
            && self.fields.etype == other.fields.etype
            && self.principal == other.principal
    }

    pub(in crate::kerberos) const fn shared_principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }
}

/// MIT krb5 reads the 16 bits as a signed number.
fn etype_of(fields: &Fields) -> EncryptionType {
    EncryptionType(i32::from(fields.etype.cast_signed()))
}

impl fmt::Debug for KeytabEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, kvno, fields: _, material: _ } = self;
        f.debug_struct("KeytabEntry")
            .field("principal", principal)
            .field("kvno", kvno)
            .field("etype", &self.etype())
            .field("unusable", &self.unusable())
            .finish_non_exhaustive()
    }
}

/// An entry whose key can be used.
#[derive(Clone, Copy)]
pub struct KeytabKey<'k> {
    entry: &'k KeytabEntry,
    usable: &'k UsableKey,
}

impl<'k> KeytabKey<'k> {
    /// Where it comes from: its principal, kvno and type.
    #[must_use]
    pub const fn entry(self) -> &'k KeytabEntry {
        self.entry
    }

    /// The protocol key, for what is derived from it now and then.
    #[must_use]
    pub const fn encryption_key(self) -> &'k EncryptionKey {
        &self.usable.key
    }

    /// What decrypts tickets to this key: key usage 2 (RFC 4120 section 7.5.1), derived once.
    #[must_use]
    pub fn ticket_key(self) -> &'k CipherKey {
        self.usable.ticket_key.of(&self.usable.key, ticket_key)
    }

    /// What verifies the server signatures of PACs in tickets to this key: key usage 17 ([MS-PAC] section 2.8), derived
    /// once.
    #[must_use]
    pub fn pac_key(self) -> &'k ChecksumKey {
        self.usable.pac_key.of(&self.usable.key, pac_key)
    }
}

impl fmt::Debug for KeytabKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { entry, usable: _ } = self;
        f.debug_tuple("KeytabKey").field(entry).finish()
    }
}

impl Material {
    fn usable(key: EncryptionKey) -> Self {
        let (ticket_key, pac_key) = (Derived::new(&key, ticket_key), Derived::new(&key, pac_key));
        Self::Usable(UsableKey { key, ticket_key, pac_key })
    }
}

/// A key of one usage is a KiB of schedules and states. So with `std` it is derived by the first ticket that needs it, and
/// a keytab of 100,000 entries does not begin with 100 MB of keys that nobody uses; without `std` there is nothing safe to
/// wait with, and it is derived at once. Either way once.
#[cfg(feature = "std")]
struct Derived<K>(OnceLock<Box<K>>);

#[cfg(feature = "std")]
impl<K> Derived<K> {
    const fn new(_: &EncryptionKey, _: fn(&EncryptionKey) -> K) -> Self {
        Self(OnceLock::new())
    }

    fn of(&self, key: &EncryptionKey, derive: fn(&EncryptionKey) -> K) -> &K {
        self.0.get_or_init(|| Box::new(derive(key)))
    }
}

#[cfg(not(feature = "std"))]
struct Derived<K>(Box<K>);

#[cfg(not(feature = "std"))]
impl<K> Derived<K> {
    fn new(key: &EncryptionKey, derive: fn(&EncryptionKey) -> K) -> Self {
        Self(Box::new(derive(key)))
    }

    fn of(&self, _: &EncryptionKey, _: fn(&EncryptionKey) -> K) -> &K {
        &self.0
    }
}

fn ticket_key(key: &EncryptionKey) -> CipherKey {
    key.for_encryption(KeyUsage::TICKET)
}

fn pac_key(key: &EncryptionKey) -> ChecksumKey {
    key.for_checksum(KeyUsage::PAC_SIGNATURE)
}
