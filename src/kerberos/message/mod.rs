//! The messages of Kerberos V5 (RFC 4120 section 5), as they stand on the wire. Nothing here decrypts or decides.
//!
//! ```text
//! AP-REQ ── ap-options
//!        ├─ Ticket ── realm, sname, EncryptedData ─ key of the service ─> EncTicketPart ── AuthorizationData
//!        └─ EncryptedData ─ session key ─> Authenticator ── Checksum, subkey, seq-number, AuthorizationData
//! AP-REP ── EncryptedData ─ session key ─> EncAPRepPart
//! KRB-CRED ── Ticket, Ticket …
//!          └─ EncryptedData ─ a key of both, or none ─> EncKrbCredPart ── KrbCredInfo, KrbCredInfo …
//! KRB-ERROR
//! ```
//! Structs have the RFC's names and fields, in its order. Decoded, they borrow from the message and cost no allocation.
//! None of these types has an extension marker in the RFC, which says itself that fields cannot be added (section
//! 1.5.1), so unknown fields are refused. Numbers such as `pvno` are kept as they came: what they must be is for the
//! acceptor to say.

mod ap_rep;
mod ap_req;
mod authenticator;
mod authorization_data;
mod encrypted_data;
mod error_code;
mod host_address;
mod krb_cred;
mod krb_error;
mod number;
mod principal_name;
mod ticket;
mod time;

pub use ap_rep::{ApRep, EncApRepPart};
pub use ap_req::{ApOptions, ApReq};
pub use authenticator::{Authenticator, Checksum};
pub use authorization_data::{AuthorizationData, AuthorizationDatum, AuthorizationElement, EtypeList, Walk, ad_type};
pub use encrypted_data::{EncryptedData, KeyValue};
pub use error_code::ErrorCode;
pub use host_address::HostAddress;
pub use krb_cred::{EncKrbCredPart, KrbCred, KrbCredInfo};
pub use krb_error::{KerbErrorData, KrbError};
pub use number::{Microseconds, SequenceNumber};
pub use principal_name::PrincipalName;
pub use ticket::{EncTicketPart, Ticket, TicketFlags, TransitedEncoding};
pub use time::KerberosTime;

/// The protocol version number, `pvno`, `tkt-vno` and `authenticator-vno` of all messages (RFC 4120 section 7.5.6).
pub const PVNO: i32 = 5;

/// Message types (RFC 4120 section 7.5.7), which are also the application tags.
pub mod msg_type {
    /// KRB_AP_REQ.
    pub const AP_REQ: i32 = 14;
    /// KRB_AP_REP.
    pub const AP_REP: i32 = 15;
    /// KRB_CRED.
    pub const KRB_CRED: i32 = 22;
    /// KRB_ERROR.
    pub const KRB_ERROR: i32 = 30;
}
