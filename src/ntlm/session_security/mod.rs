//! Signatures and sealed messages of an established context ([MS-NLMP] section 3.4).
//!
//! | | with extended session security | without |
//! |---|---|---|
//! | checksum | HMAC-MD5 of number and message, 8 octets | CRC-32, under RC4 |
//! | keys, RC4 states, numbers | one of each per direction | one for both |
//! | forgery | as hard as HMAC-MD5 | a matter of arithmetic |
//!
//! [`SessionSecurity`] serves a connection, whose messages arrive in order; [`DatagramSecurity`] messages that carry
//! their own number.
//!
//! ```
//! use negotiate::ntlm::response::ExportedSessionKey;
//! use negotiate::ntlm::session_security::{Negotiated, Role, SessionSecurity};
//!
//! let (key, negotiated) = (ExportedSessionKey::new([7; 16]), Negotiated::from_flags(0x6008_0030));
//! let mut here = SessionSecurity::new(&key, Role::Initiator, &negotiated)?;
//! let mut there = SessionSecurity::new(&key, Role::Acceptor, &negotiated)?;
//! let mut message = *b"attack at dawn";
//! let signature = here.seal(&mut message)?;
//! there.unseal(&mut message, &signature)?;
//! assert_eq!(&message, b"attack at dawn");
//! # Ok::<(), negotiate::ntlm::session_security::Error>(())
//! ```

mod connection;
mod crc32;
mod datagram;
mod direction;
mod error;
mod keys;

pub use connection::SessionSecurity;
pub use datagram::DatagramSecurity;
pub use error::Error;
pub use keys::{KeyStrength, Negotiated, Role};

/// NTLMSSP_MESSAGE_SIGNATURE ([MS-NLMP] section 2.2.2.9).
pub type MessageSignature = [u8; 16];
