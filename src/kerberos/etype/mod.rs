//! Encryption and checksum types: what RFC 3961 calls the cryptosystem.
//!
//! | etype | name | encryption and MAC | checksum type | profile |
//! |---|---|---|---|---|
//! | 17, 18 | `aes128-cts-hmac-sha1-96`, `aes256-…` | AES-CBC-CTS, HMAC-SHA1 to 96 bits | 15, 16 | RFC 3962 |
//! | 19 | `aes128-cts-hmac-sha256-128` | AES-CBC-CTS, then HMAC-SHA256 to 128 bits | 19 | RFC 8009 |
//! | 20 | `aes256-cts-hmac-sha384-192` | AES-CBC-CTS, then HMAC-SHA384 to 192 bits | 20 | RFC 8009 |
//! | 25, 26 | `camellia128-cts-cmac`, `camellia256-…` | Camellia-CBC-CTS, CMAC | 17, 18 | RFC 6803 |
//! | 23 | `rc4-hmac` | RC4, HMAC-MD5 | -138 | RFC 4757 |
//!
//! An [`EncryptionKey`] is the *protocol key* of RFC 3961: what tickets and keytabs carry. It encrypts nothing by
//! itself: for each [`KeyUsage`] keys are derived from it, once, into a [`CipherKey`] or a [`ChecksumKey`], which hold
//! expanded schedules and keyed MAC states and then serve any number of messages.
//!
//! ```
//! use negotiate::kerberos::etype::{EncryptionKey, EncryptionType, KeyUsage};
//! use negotiate::random::SystemRandom;
//!
//! let key = EncryptionKey::generate(EncryptionType::AES256_CTS_HMAC_SHA1_96, &SystemRandom)?;
//! let ticket_key = key.for_encryption(KeyUsage::TICKET);
//! let mut message = ticket_key.encrypt(b"enc-ticket-part", &SystemRandom)?;
//! assert_eq!(ticket_key.decrypt_in_place(&mut message)?, b"enc-ticket-part");
//! # Ok::<(), negotiate::kerberos::etype::Error>(())
//! ```
//!
//! Whether a weak type may be used at all is not decided here: this room computes what it is asked to, RC4 included;
//! the acceptor's policy refuses. DES and triple DES (1, 2, 3, 16) have names but no implementation (RFC 6649, RFC 8429).

mod aes_sha1;
mod aes_sha2;
mod camellia;
mod checksum_key;
mod cipher_key;
mod cts;
mod error;
mod key;
mod mac;
mod number;
mod password;
mod pbkdf2;
mod rc4_hmac;
mod scattered;
pub mod simplified;

pub use checksum_key::{Checksum, ChecksumKey};
pub use cipher_key::CipherKey;
pub use error::Error;
pub use key::{EncryptionKey, krb_fx_cf2};
pub use number::{ChecksumType, EncryptionType, KeyUsage, UnknownName};
pub use password::{MAX_ITERATIONS, string_to_key};
pub(crate) use scattered::Scattered;
