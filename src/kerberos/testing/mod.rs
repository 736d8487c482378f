//! Mints tickets and logins, for tests and demonstrations: no KDC is asked, and nothing here is of use to a real client.
//!
//! Whoever has a service's key can make any ticket for it: that is how Kerberos works (a "silver ticket"), and why
//! keytabs are guarded. So this room opens no door that a keytab does not open already.
//!
//! ```
//! use negotiate::kerberos::testing::Realm;
//! # #[cfg(feature = "std")] {
//! let realm = Realm::new("EXAMPLE.TEST", "HTTP/localhost")?;
//! let token = realm.spnego_token("alice", negotiate::Timestamp::now())?;
//! # let _ = (token, realm.keytab()?);
//! # }
//! # Ok::<(), negotiate::kerberos::testing::Error>(())
//! ```
//!
//! [`Realm`] makes sound logins. A [`Login`] is one before it is encoded, every field open to be spoilt: what a sound
//! one has is the default, and a test changes what it is about. [`Initiator`] is the other end of the exchange: it
//! reads the answer, signs, and makes the third leg of DCE style. [`contexts`] are both ends of a login without it. A [`User`] becomes the [`Pac`] of a ticket:
//!
//! ```
//! use negotiate::kerberos::testing::{Realm, User};
//! # #[cfg(feature = "std")] {
//! let realm = Realm::new("EXAMPLE.TEST", "HTTP/localhost")?;
//! let mut alice = User::new("alice", 1103);
//! alice.groups.push(1119);
//! let token = realm.directory_login(&alice, negotiate::Timestamp::now())?.in_spnego().encode()?;
//! # let _ = token;
//! # }
//! # Ok::<(), negotiate::kerberos::testing::Error>(())
//! ```

mod authenticator;
mod contexts;
mod error;
mod initiator;
mod login;
mod name;
mod offer;
mod pac;
mod realm;
mod ticket;

pub use authenticator::{Authenticator, ChecksumField, GssFields};
pub use contexts::contexts;
pub use error::Error;
pub use initiator::{Answer, Initiator};
pub use login::{Frame, Login};
pub use name::{ClaimedKey, Element, Name, if_relevant};
pub use offer::Offer;
pub use pac::{Pac, PacSignature, User};
pub use realm::Realm;
pub use ticket::Ticket;
