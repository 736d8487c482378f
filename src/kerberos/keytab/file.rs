//! The file format, version 0x0502 ("Keytab file format" in MIT krb5's documentation, `kt_file.c` for its lengths).
//!
//! ```text
//!  05 02 | record | record | …                              all integers big-endian
//!
//!  record   size        i32    0: the end; negative: a hole of -size octets; positive: an entry
//!  entry    components  u16    without the realm
//!           realm       u16 length, octets
//!           component   u16 length, octets                  as many as said
//!           name type   u32
//!           timestamp   u32    seconds since 1970
//!           kvno        u8     the low 8 bits
//!           etype       u16
//!           key         u16 length, octets
//!           kvno        u32    if there is room; counts if not zero
//!           …                  whatever else: flags (Heimdal, Samba), the rest of a reused hole
//! ```

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Error, KeytabEntry};
use crate::peer::{NameType, Principal};
use crate::secret::SecretBytes;

/// An entry's fields as they stand in the file, so that it can be written as it was read.
pub(super) struct Fields {
    pub(super) timestamp: u32,
    pub(super) kvno8: u8,
    pub(super) etype: u16,
    /// Everything behind the key. A secret, because a reused hole may hold the rest of a longer key.
    pub(super) trailer: SecretBytes,
}

impl Fields {
    /// The 32-bit kvno if it is there and not zero, else the 8-bit one.
    pub(super) fn kvno(&self) -> u32 {
        let wide = self.trailer.expose().first_chunk().map(|octets| u32::from_be_bytes(*octets));
        wide.filter(|kvno| *kvno != 0).unwrap_or(u32::from(self.kvno8))
    }
}

const VERSION: [u8; 2] = [5, 2];

pub(super) fn parse(file: &[u8]) -> Result<Vec<KeytabEntry>, Error> {
    let mut rest = match file.split_first_chunk() {
        Some((&VERSION, rest)) => rest,
        Some((&[5, version], _)) => return Err(Error::Version(version)),
        _ => return Err(Error::NotAKeytab),
    };
    let mut entries: Vec<KeytabEntry> = Vec::new();
    while !rest.is_empty() {
        let offset = file.len().saturating_sub(rest.len());
        let (octets, behind) = rest.split_first_chunk().ok_or(Error::Truncated { offset })?;
        let size = i32::from_be_bytes(*octets);
        // Zero ends the file for MIT krb5 as well, whatever follows.
        if size == 0 {
            break;
        }
        let length = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
        let (record, behind) = behind.split_at_checked(length).ok_or(Error::Size { offset, size })?;
        rest = behind;
        if size > 0 {
            let entry = entry(Record { rest: record, offset }, entries.last())?;
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Reads one entry. `before` is the one in front of it, which mostly has the same principal and shares it then.
fn entry(mut record: Record<'_>, before: Option<&KeytabEntry>) -> Result<KeytabEntry, Error> {
    let principal = principal(&mut record)?;
    let principal = match before.map(KeytabEntry::shared_principal) {
        Some(before) if **before == principal && before.name_type() == principal.name_type() => Arc::clone(before),
        _ => Arc::new(principal),
    };
    let timestamp = record.u32("timestamp")?;
    let [kvno8] = *record.chunk("kvno")?;
    let etype = record.u16("encryption type")?;
    let key = record.counted("key")?;
    Ok(KeytabEntry::read(principal, Fields { timestamp, kvno8, etype, trailer: SecretBytes::from(record.rest) }, key))
}

fn principal(record: &mut Record<'_>) -> Result<Principal, Error> {
    let bad_name = Error::BadName { offset: record.offset };
    let count = usize::from(record.u16("number of components")?);
    let realm = record.counted("realm")?;
    let mut components = [&[][..]; Principal::MAX_COMPONENTS];
    for component in components.get_mut(..count).ok_or(bad_name.clone())? {
        *component = record.counted("name")?;
    }
    let name_type = NameType(i32::from_be_bytes(*record.chunk("name type")?));
    Principal::new(realm, name_type, components.into_iter().take(count)).map_err(|_| bad_name)
}

/// What is left of a record.
struct Record<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Record<'a> {
    fn chunk<const N: usize>(&mut self, field: &'static str) -> Result<&'a [u8; N], Error> {
        let (chunk, rest) = self.rest.split_first_chunk().ok_or(Error::Field { offset: self.offset, field })?;
        self.rest = rest;
        Ok(chunk)
    }

    fn u16(&mut self, field: &'static str) -> Result<u16, Error> {
        self.chunk(field).map(|octets| u16::from_be_bytes(*octets))
    }

    fn u32(&mut self, field: &'static str) -> Result<u32, Error> {
        self.chunk(field).map(|octets| u32::from_be_bytes(*octets))
    }

    /// Octets behind their number in 16 bits. (MIT's documentation long said 32 bits for a key; its files have 16.)
    fn counted(&mut self, field: &'static str) -> Result<&'a [u8], Error> {
        let length = usize::from(self.u16(field)?);
        let (octets, rest) = self.rest.split_at_checked(length).ok_or(Error::Field { offset: self.offset, field })?;
        self.rest = rest;
        Ok(octets)
    }
}

/// The file of these entries, without holes.
pub(super) fn write(entries: &[KeytabEntry]) -> SecretBytes {
    // Reserved at once: a buffer that grows leaves copies of keys behind.
    let size = entries.iter().fold(VERSION.len(), |sum, entry| sum.saturating_add(4).saturating_add(size(entry)));
    let mut file = Vec::with_capacity(size);
    file.extend_from_slice(&VERSION);
    for entry in entries {
        file.extend_from_slice(&i32::try_from(self::size(entry)).unwrap_or(i32::MAX).to_be_bytes());
        write_entry(&mut file, entry);
    }
    SecretBytes::from(file)
}

fn write_entry(file: &mut Vec<u8>, entry: &KeytabEntry) {
    let (principal, fields, key) = (entry.principal(), entry.fields(), entry.expose_key());
    file.extend_from_slice(&u16_of(principal.components().count()));
    for part in core::iter::once(principal.realm()).chain(principal.components()) {
        file.extend_from_slice(&u16_of(part.len()));
        file.extend_from_slice(part);
    }
    file.extend_from_slice(&principal.name_type().0.to_be_bytes());
    file.extend_from_slice(&fields.timestamp.to_be_bytes());
    file.push(fields.kvno8);
    file.extend_from_slice(&fields.etype.to_be_bytes());
    file.extend_from_slice(&u16_of(key.len()));
    file.extend_from_slice(key);
    file.extend_from_slice(fields.trailer.expose());
}

/// Octets of an entry behind its size.
fn size(entry: &KeytabEntry) -> usize {
    /// Component count, name type, timestamp, kvno, etype, key length.
    const FIXED: usize = 2 + 4 + 4 + 1 + 2 + 2;
    // A principal's parts are what the file has, each behind 16 bits of length.
    let variable = [entry.principal().as_parts(), entry.expose_key(), entry.fields().trailer.expose()];
    variable.iter().fold(FIXED, |sum, octets| sum.saturating_add(octets.len()))
}

/// Lengths that came from 16 bits, or that `Principal` and `EncryptionKey` keep far below.
fn u16_of(length: usize) -> [u8; 2] {
    u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes()
}
