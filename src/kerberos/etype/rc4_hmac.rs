//! rc4-hmac (RFC 4757): implemented because operators must be able to migrate, deprecated by RFC 8429.

use cipher::{Array, KeyInit, StreamCipher};
use hmac::Hmac;
use hmac::digest::consts::U16;
use md4::Md4;
use md5::{Digest, Md5};
use rc4::Rc4;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::cipher_key::{Layout, Sealing};
use super::scattered::Scattered;
use super::{Error, KeyUsage, mac};
use crate::secret::SecretBytes;

/// A key, a hash, a tag: 16 octets all of them.
pub(super) type Octets16 = Array<u8, U16>;

/// The keys of one usage: K1 of RFC 4757 section 5, which is K2 for keys that are not of the export type.
///
/// The message begins with the MAC over confounder and plaintext; that MAC is what the cipher's key is made from.
pub(super) struct Rc4Hmac {
    k1: Hmac<Md5>,
}

impl Sealing for Rc4Hmac {
    fn layout(&self) -> Layout {
        Layout { leader: 16, confounder: 8, trailer: 0 }
    }

    fn seal(&self, message: &mut [u8]) -> Result<(), Error> {
        let (tag, text) = self.layout().split_leader(message)?;
        tag.copy_from_slice(&mac::mac(&self.k1, &[text]));
        self.apply(tag, text)
    }

    fn open<'a>(&self, message: &'a mut [u8]) -> Result<&'a mut [u8], Error> {
        let (tag, text) = self.layout().split_leader(message)?;
        self.apply(tag, text)?;
        if !mac::verifies(&self.k1, &[text], tag) {
            return Err(Error::Integrity);
        }
        self.layout().plaintext(text)
    }

    fn seal_scattered(&self, text: &mut Scattered<'_, '_>, tag: &mut [u8]) -> Result<(), Error> {
        for (octet, whole) in tag.iter_mut().zip(mac::mac_of(&self.k1, text.signed())) {
            *octet = whole;
        }
        self.apply_scattered(tag, text)
    }

    fn open_scattered(&self, text: &mut Scattered<'_, '_>, tag: &[u8]) -> Result<(), Error> {
        self.apply_scattered(tag, text)?;
        mac::verifies_of(&self.k1, text.signed(), tag).then_some(()).ok_or(Error::Integrity)
    }
}

impl Rc4Hmac {
    /// Encrypts or decrypts `text` under K3, the MAC of the tag.
    fn apply(&self, tag: &[u8], text: &mut [u8]) -> Result<(), Error> {
        self.stream(tag)?.apply_keystream(text);
        Ok(())
    }

    fn apply_scattered(&self, tag: &[u8], text: &mut Scattered<'_, '_>) -> Result<(), Error> {
        let mut stream = self.stream(tag)?;
        text.each_part(|part| stream.apply_keystream(part));
        Ok(())
    }

    fn stream(&self, tag: &[u8]) -> Result<Rc4, Error> {
        let k3 = Zeroizing::new(mac::mac(&self.k1, &[tag]));
        // RC4 takes keys of 1 to 256 octets: 16 are never refused.
        Rc4::new_from_slice(&k3).map_err(|_| Error::Integrity)
    }
}

/// The state of a checksum: Ksign, and the usage that goes in front of the data (RFC 4757 section 4).
pub(super) struct Rc4Checksum {
    sign: Hmac<Md5>,
    salt: [u8; 4],
}

impl Rc4Checksum {
    /// The checksum of all `parts`, one behind the other.
    pub(super) fn checksum<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> Octets16 {
        mac::mac(&self.sign, &[&self.hash(parts)])
    }

    /// Compares in constant time.
    pub(super) fn verifies<'p>(&self, parts: impl Iterator<Item = &'p [u8]>, checksum: &[u8]) -> bool {
        mac::verifies(&self.sign, &[&self.hash(parts)], checksum)
    }

    fn hash<'p>(&self, parts: impl Iterator<Item = &'p [u8]>) -> Octets16 {
        let mut hash = Md5::new();
        hash.update(self.salt);
        parts.for_each(|part| hash.update(part));
        hash.finalize()
    }
}

/// K1 for a usage.
pub(super) fn cipher_key(key: &Octets16, usage: KeyUsage) -> Rc4Hmac {
    let k1 = Zeroizing::new(mac::mac(&mac::hmac::<Md5>(key), &[&salt(usage)]));
    Rc4Hmac { k1: mac::hmac(&*k1) }
}

/// Ksign: the constant counts with its final zero (RFC 4757 section 4).
pub(super) fn checksum_key(key: &Octets16, usage: KeyUsage) -> Rc4Checksum {
    let sign = Zeroizing::new(mac::mac(&mac::hmac::<Md5>(key), &[b"signaturekey\0"]));
    Rc4Checksum { sign: mac::hmac(&*sign), salt: salt(usage) }
}

/// The pseudo-random function: HMAC-SHA1 of the input (RFC 4757 section 5).
pub(super) fn prf(key: &Octets16, input: &[u8]) -> SecretBytes {
    SecretBytes::from(Zeroizing::new(mac::mac(&mac::hmac::<Sha1>(key), &[input])).as_slice())
}

/// MD4 of the password in UTF-16, least significant octet first (RFC 4757 section 2). There is no salt.
pub(super) fn string_to_key(password: &[u8]) -> Result<Zeroizing<Octets16>, Error> {
    let password = core::str::from_utf8(password).map_err(|_| Error::PasswordNotUtf8)?;
    let mut hash = Md4::new();
    for unit in password.encode_utf16() {
        hash.update(unit.to_le_bytes());
    }
    Ok(Zeroizing::new(hash.finalize()))
}

/// The usage as Windows numbers it, least significant octet first (RFC 4757 section 3).
///
/// The table of the RFC maps 9 to 8 as well; MIT krb5 1.20 does not, as its recorded ciphers of usage 9 show. The table
/// knows nothing of 23, which is MIT krb5's number for what Windows calls 13.
fn salt(usage: KeyUsage) -> [u8; 4] {
    let number = match usage.0 {
        // The encrypted part of an AS-REP.
        3 => 8,
        // Integrity of RFC 1964's wrap tokens.
        23 => 13,
        number => number,
    };
    number.to_le_bytes()
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    /// RFC 1320 appendix A.5.
    #[test]
    fn rfc1320_md4() {
        let hashes = |text: &str, expected: [u8; 16]| assert_eq!(Md4::digest(text), expected, "{text}");
        hashes("", hex!("31d6cfe0d16ae931b73c59d7e0c089c0"));
        hashes("a", hex!("bde52cb31de33e46245e05fbdbd6fb24"));
        hashes("abc", hex!("a448017aaf21d8525fc10ae87aa6729d"));
        hashes("message digest", hex!("d9130a8164549fe818874806e1c7014b"));
        hashes("abcdefghijklmnopqrstuvwxyz", hex!("d79e1c308aa5bbcdeea8ed63df412da9"));
        hashes(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            hex!("043f8582f241db351ce627e153e7f0e4"),
        );
        hashes(
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            hex!("e33b4ddc9c38f2199c3e7b164fcc0536"),
        );
    }

    /// RFC 4757 section 3, but 9 as MIT krb5 has it.
    #[test]
    fn usages_as_windows_numbers_them() {
        for (usage, number) in [(1, 1), (2, 2), (3, 8), (8, 8), (9, 9), (11, 11), (13, 13), (23, 13), (1024, 1024)] {
            assert_eq!(u32::from_le_bytes(salt(KeyUsage(usage))), number);
        }
    }
}
