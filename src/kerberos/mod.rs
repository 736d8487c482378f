//! Kerberos V5, both sides: a ticket, a keytab and the time in; a principal or a reason out.
//!
//! ```text
//! AP-REQ ─▶ acceptor ─▶ the replay question ─▶ AP-REP and Context
//!             │ ticket by keytab (usage 2), authenticator by session key (usage 11)
//!             ▼
//!          message   what stands on the wire
//!          etype     encryption types
//!          keytab    the service's keys
//!          ccache    a user's tickets
//!          pac       who the user is in Active Directory
//!
//! ticket of a ccache ─▶ initiator ─▶ AP-REQ, AP-REP ─▶ Context
//!
//!          delegation    tickets that came along with a login
//!          established   what a context of either side keeps
//!          per_message   its signed and sealed messages: RFC 4121, and RFC 4757 by rc4-hmac
//! ```

pub mod acceptor;
pub mod ccache;
mod delegation;
mod error;
mod established;
pub mod etype;
mod gss_checksum;
pub mod initiator;
pub mod keytab;
pub mod message;
pub mod pac;
mod per_message;
pub mod replay;
pub mod testing;
mod transited;

pub use acceptor::{Acceptor, Dangerous, Details, ErrorReplies};
pub use ccache::Ccache;
pub use error::{BindingsFailure, DelegationFailure, Error, NoKey, PeerError, WhyNoKey};
pub use gss_checksum::Error as GssChecksumError;
pub use initiator::{Dangerous as DangerousInitiator, Details as InitiatorDetails, Error as InitiatorError, Initiator};
pub use keytab::Keytab;
pub use per_message::MessageError;
#[cfg(feature = "std")]
pub use replay::MemoryReplayCache;
pub use transited::TransitedPolicy;

/// The two octets TOK_ID in front of each message (RFC 4121 section 4.1).
mod token_id {
    pub(super) const AP_REQ: [u8; 2] = [0x01, 0x00];
    pub(super) const AP_REP: [u8; 2] = [0x02, 0x00];
    pub(super) const KRB_ERROR: [u8; 2] = [0x03, 0x00];
}
