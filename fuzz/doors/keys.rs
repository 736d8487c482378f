//! Keys and what they are used for: keytab files, and the ciphers of every encryption type.

use negotiate::kerberos::Keytab;
use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
use negotiate::kerberos::keytab::KeytabEntry;
use negotiate::random::{Randomness, Unavailable};

use super::logins::{Fixed, fixed_key};

/// Keytabs with more entries are not merged: each of theirs is compared with each of the same name.
const MERGED: usize = 64;

/// `Keytab::parse`: what is read holds no more than the file, is written and read again as the same, and each entry is
/// found by its name.
pub fn keytab(octets: &[u8]) {
    let Ok(mut keytab) = Keytab::parse(octets) else { return };
    let written = keytab.to_bytes();
    assert!(written.expose().len() <= octets.len(), "more entries than the file has room for");
    let again = Keytab::parse(written.expose()).unwrap();
    assert!(keytab.entries().map(facts).eq(again.entries().map(facts)), "written again, it differs");
    assert_eq!(again.to_bytes(), written);

    let mut found = 0;
    for principal in keytab.principals() {
        let name = principal.name();
        let same = keytab.find(name.realm(), name.components());
        assert_eq!(same.map(|same| same.name()), Some(name), "not found by its name");
        assert!(keytab.find_similar(name.realm(), name.components()).is_none_or(|similar| similar.name() != name));
        for entry in principal.entries() {
            let candidates = principal.candidates(entry.etype(), Some(entry.kvno()));
            let kvnos: Vec<_> = candidates.map(|key| key.entry().kvno()).collect();
            assert!(kvnos.len() <= Keytab::MAX_CANDIDATES);
            assert!(entry.key().is_none() || kvnos.contains(&entry.kvno()), "its own kvno is no candidate");
            found += 1;
        }
    }
    assert_eq!(found, keytab.len(), "entries that no principal has");
    assert!(keytab.find(octets, [octets]).is_none_or(|found| found.name().realm() == octets));
    if found <= MERGED {
        assert_eq!(keytab.merge(again), 0, "it does not know its own entries");
    }
}

/// All that an entry says.
fn facts(entry: &KeytabEntry) -> (Vec<u8>, i32, u32, i32, i64, &[u8], bool) {
    let name = entry.principal();
    let (kvno, etype, created) = (entry.kvno(), entry.etype().0, entry.created().as_seconds());
    let usable = entry.key().is_some();
    (name.as_parts().to_vec(), name.name_type().0, kvno, etype, created, entry.expose_key(), usable)
}

/// `kerberos::etype`: the first octet chooses the type, the second the key, the third its usage, the fourth a place. What
/// is decrypted is what encrypts to the same octets, what is encrypted comes back, and nothing else passes for either.
pub fn encryption(octets: &[u8]) {
    let Some((&[etype, key, usage, place], message)) = octets.split_first_chunk() else { return };
    any_key(etype, message);
    let etype = EncryptionType::IMPLEMENTED[usize::from(etype) % EncryptionType::IMPLEMENTED.len()];
    let key = fixed_key(etype, key);
    let usage = KeyUsage(usage.into());
    decrypted(&key, usage, message);
    encrypted(&key, usage, place, message);
    checked(&key, usage, place, message);
}

/// A key has the one length of its type.
fn any_key(etype: u8, octets: &[u8]) {
    let etype = EncryptionType(i32::from(etype.cast_signed()));
    let key = EncryptionKey::new(etype, octets);
    assert_eq!(key.is_ok(), etype.key_len() == Some(octets.len()));
}

/// One cipher for each plaintext and confounder, or the replay cache would take a changed authenticator for a new one.
fn decrypted(key: &EncryptionKey, usage: KeyUsage, cipher: &[u8]) {
    let key = key.for_encryption(usage);
    let mut octets = cipher.to_vec();
    let Ok(plaintext) = key.decrypt_in_place(&mut octets) else { return };
    assert_eq!(key.encrypted_len(plaintext.len()), cipher.len());
    let plaintext = plaintext.to_vec();
    let header = octets.get(..key.header_len()).unwrap();
    let confounder = &header[header.len() - key.confounder_len()..];
    assert_eq!(key.encrypt(&plaintext, &Given(confounder)).ok().as_deref(), Some(cipher), "two ciphers of one text");
}

fn encrypted(key: &EncryptionKey, usage: KeyUsage, place: u8, plaintext: &[u8]) {
    let other_usage = key.for_encryption(KeyUsage(usage.0 + 1));
    let key = key.for_encryption(usage);
    let mut cipher = key.encrypt(plaintext, &Fixed).unwrap();
    assert_eq!(cipher.len(), key.encrypted_len(plaintext.len()));
    assert_eq!(key.decrypt_in_place(&mut cipher.clone()).ok().as_deref(), Some(plaintext));
    assert!(other_usage.decrypt_in_place(&mut cipher.clone()).is_err(), "another usage opens it");
    assert!(key.decrypt_in_place(&mut cipher[1..].to_vec()).is_err(), "without its first octet it opens");
    // The beginning, the end and what is between, whatever its length.
    let at = usize::from(place) * (cipher.len() - 1) / 255;
    cipher[at] ^= 1 << (place & 7);
    assert!(key.decrypt_in_place(&mut cipher.clone()).is_err(), "a changed octet at {at} and it opens");
    cipher.pop();
    assert!(key.decrypt_in_place(&mut cipher).is_err(), "without its last octet it opens");
}

fn checked(key: &EncryptionKey, usage: KeyUsage, place: u8, message: &[u8]) {
    let key = key.for_checksum(usage);
    let (one, two) = message.split_at(usize::from(place).min(message.len()));
    let whole = key.checksum(&[message]);
    assert_eq!(whole.len(), key.checksum_len());
    assert_eq!(&*key.checksum(&[one, two]), &*whole, "it depends on how the message is cut");
    assert!(key.verify(&[one, &[], two], &whole).is_ok());
    let mut spoilt = whole.to_vec();
    let at = usize::from(place) % spoilt.len();
    spoilt[at] ^= 1 << (place & 7);
    assert!(key.verify(&[message], &spoilt).is_err(), "a changed checksum verifies");
    assert!(key.verify(&[message], &whole[1..]).is_err(), "a short checksum verifies");
    assert_eq!(key.verify(&[two], one).is_ok(), *key.checksum(&[two]) == *one);
}

/// Randomness that was told what to say.
struct Given<'a>(&'a [u8]);

impl Randomness for Given<'_> {
    fn fill(&self, out: &mut [u8]) -> Result<(), Unavailable> {
        out.copy_from_slice(self.0.get(..out.len()).ok_or(Unavailable)?);
        Ok(())
    }
}
