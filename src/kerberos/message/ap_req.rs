//! KRB_AP_REQ (RFC 4120 section 5.5.1).

use super::{EncryptedData, Ticket};
use crate::asn1::{bit_flags, sequence};

sequence! {
    "AP-REQ" [APPLICATION 14]
    /// What a client says to a service: a ticket, and the proof that it holds the ticket's session key
    /// (RFC 4120 section 5.5.1).
    ///
    /// ```text
    /// AP-REQ          ::= [APPLICATION 14] SEQUENCE {
    ///         pvno            [0] INTEGER (5),
    ///         msg-type        [1] INTEGER (14),
    ///         ap-options      [2] APOptions,
    ///         ticket          [3] Ticket,
    ///         authenticator   [4] EncryptedData -- Authenticator
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct ApReq<'a> {
        /// The protocol version, [`PVNO`](super::PVNO).
        pvno: i32 [0],
        /// [`msg_type::AP_REQ`](super::msg_type::AP_REQ).
        msg_type: i32 [1],
        /// What the client asks for.
        ap_options: ApOptions [2],
        /// The ticket for the service.
        ticket: Ticket<'a> [3],
        /// An [`Authenticator`](super::Authenticator) under the session key, key usage 11.
        authenticator: EncryptedData<'a> [4],
    }
}

bit_flags! {
    /// Options of an AP-REQ (RFC 4120 section 5.5.1).
    ///
    /// ```text
    /// APOptions       ::= KerberosFlags
    ///         -- reserved(0),
    ///         -- use-session-key(1),
    ///         -- mutual-required(2)
    /// ```
    pub struct ApOptions {
        /// The ticket is under the session key of the service's ticket-granting ticket (user-to-user).
        USE_SESSION_KEY = 1,
        /// The client wants an AP-REP.
        MUTUAL_REQUIRED = 2,
    }
}
