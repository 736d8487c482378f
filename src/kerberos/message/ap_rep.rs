//! KRB_AP_REP (RFC 4120 section 5.5.2).

use super::{EncryptedData, KerberosTime, KeyValue, Microseconds, SequenceNumber};
use crate::asn1::sequence;

sequence! {
    "AP-REP" [APPLICATION 15]
    /// What the service answers: the proof that it could decrypt the ticket (RFC 4120 section 5.5.2).
    ///
    /// ```text
    /// AP-REP          ::= [APPLICATION 15] SEQUENCE {
    ///         pvno            [0] INTEGER (5),
    ///         msg-type        [1] INTEGER (15),
    ///         enc-part        [2] EncryptedData -- EncAPRepPart
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct ApRep<'a> {
        /// The protocol version, [`PVNO`](super::PVNO).
        pvno: i32 [0],
        /// [`msg_type::AP_REP`](super::msg_type::AP_REP).
        msg_type: i32 [1],
        /// An [`EncApRepPart`] under the session key, key usage 12.
        enc_part: EncryptedData<'a> [2],
    }
}

sequence! {
    "EncAPRepPart" [APPLICATION 27]
    /// The encrypted part of an AP-REP (RFC 4120 section 5.5.2).
    ///
    /// ```text
    /// EncAPRepPart    ::= [APPLICATION 27] SEQUENCE {
    ///         ctime           [0] KerberosTime,
    ///         cusec           [1] Microseconds,
    ///         subkey          [2] EncryptionKey OPTIONAL,
    ///         seq-number      [3] UInt32 OPTIONAL
    /// }
    /// ```
    #[derive(Debug)]
    pub struct EncApRepPart<'a> {
        /// The client's time, from the authenticator.
        ctime: KerberosTime [0],
        /// Its microseconds.
        cusec: Microseconds [1],
        /// The key that the service chose for this context.
        subkey: KeyValue<'a> [2] OPTIONAL,
        /// The number of the service's first message.
        seq_number: SequenceNumber [3] OPTIONAL,
    }
}
