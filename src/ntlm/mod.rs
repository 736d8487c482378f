//! NTLM, after [MS-NLMP]: a challenge, a response made with the hash of a password, messages signed and sealed after it.
//!
//! ```text
//! NEGOTIATE_MESSAGE ─▶ CHALLENGE_MESSAGE ─▶ AUTHENTICATE_MESSAGE
//! ```
//! | room | what |
//! |---|---|
//! | [`message`] | what stands on the wire |
//! | [`response`] | what answers a challenge, and the keys that come of it |
//! | [`session_security`] | signatures and sealed messages of an established context |
//! | [`initiator`] | the side that logs in |
//!
//! [`Acceptor`] decides whether a login is to be believed; whose account it is says an [`AccountStore`](crate::AccountStore).

mod acceptor;
pub mod accounts;
mod credential;
mod error;
mod established;
mod hmac_md5;
pub mod initiator;
pub mod message;
mod rc4_stream;
mod reflection;
pub mod response;
pub mod session_security;
mod target_info;

pub use acceptor::{Acceptor, Dangerous};
#[cfg(feature = "std")]
pub use accounts::MemoryAccounts;
pub use credential::{Credential, CredentialError, UserName};
pub use error::{BindingsFailure, Error, Staleness, TargetFailure};
pub use established::{Details, Proof};
pub use initiator::{Dangerous as DangerousInitiator, Error as InitiatorError, Initiator};
pub use reflection::ReflectionGuard;
pub use response::NtHash;
pub use target_info::{BadTargetInfo, TargetInfo};
