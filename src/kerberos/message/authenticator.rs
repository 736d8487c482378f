//! The Authenticator (RFC 4120 section 5.5.1).

use core::fmt;

use super::{AuthorizationData, KerberosTime, KeyValue, Microseconds, PrincipalName, SequenceNumber};
use crate::asn1::{GeneralString, OctetString, sequence};

sequence! {
    "Authenticator" [APPLICATION 2]
    /// The client's proof that it holds the session key, fresh with every AP-REQ (RFC 4120 section 5.5.1).
    ///
    /// ```text
    /// -- Unencrypted authenticator
    /// Authenticator   ::= [APPLICATION 2] SEQUENCE  {
    ///         authenticator-vno       [0] INTEGER (5),
    ///         crealm                  [1] Realm,
    ///         cname                   [2] PrincipalName,
    ///         cksum                   [3] Checksum OPTIONAL,
    ///         cusec                   [4] Microseconds,
    ///         ctime                   [5] KerberosTime,
    ///         subkey                  [6] EncryptionKey OPTIONAL,
    ///         seq-number              [7] UInt32 OPTIONAL,
    ///         authorization-data      [8] AuthorizationData OPTIONAL
    /// }
    /// ```
    #[derive(Debug)]
    pub struct Authenticator<'a> {
        /// The version of the format, [`PVNO`](super::PVNO).
        authenticator_vno: i32 [0],
        /// The realm of the client, as in the ticket.
        crealm: GeneralString<'a> [1],
        /// The name of the client, as in the ticket.
        cname: PrincipalName<'a> [2],
        /// A checksum of what goes with the AP-REQ; in GSS-API, flags and channel bindings (RFC 4121 section 4.1.1).
        cksum: Checksum<'a> [3] OPTIONAL,
        /// The microseconds of the client's time.
        cusec: Microseconds [4],
        /// The client's time.
        ctime: KerberosTime [5],
        /// The key that the client proposes for this context.
        subkey: KeyValue<'a> [6] OPTIONAL,
        /// The number of the client's first message.
        seq_number: SequenceNumber [7] OPTIONAL,
        /// Authorization data from the client: restrictions, never permissions.
        authorization_data: AuthorizationData<'a> [8] OPTIONAL,
    }
}

sequence! {
    "Checksum"
    /// A checksum (RFC 4120 section 5.2.9).
    ///
    /// ```text
    /// Checksum        ::= SEQUENCE {
    ///         cksumtype       [0] Int32,
    ///         checksum        [1] OCTET STRING
    /// }
    /// ```
    #[derive(Clone, Copy, Eq, PartialEq)]
    pub struct Checksum<'a> {
        /// The algorithm, or 0x8003 for what RFC 4121 section 4.1.1 puts in its place.
        cksumtype: i32 [0],
        /// The checksum.
        checksum: OctetString<'a> [1],
    }
}

/// Without the octets: in GSS-API's case a delegated credential is among them.
impl fmt::Debug for Checksum<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cksumtype, checksum: _ } = self;
        f.debug_struct("Checksum").field("cksumtype", cksumtype).finish_non_exhaustive()
    }
}
