//! KRB_ERROR (RFC 4120 section 5.9.1).

use super::{KerberosTime, Microseconds, PrincipalName};
use crate::asn1::{GeneralString, OctetString, sequence};

sequence! {
    "KRB-ERROR" [APPLICATION 30]
    /// A refusal, in the clear and so not to be believed (RFC 4120 section 5.9.1).
    ///
    /// ```text
    /// KRB-ERROR       ::= [APPLICATION 30] SEQUENCE {
    ///         pvno            [0] INTEGER (5),
    ///         msg-type        [1] INTEGER (30),
    ///         ctime           [2] KerberosTime OPTIONAL,
    ///         cusec           [3] Microseconds OPTIONAL,
    ///         stime           [4] KerberosTime,
    ///         susec           [5] Microseconds,
    ///         error-code      [6] Int32,
    ///         crealm          [7] Realm OPTIONAL,
    ///         cname           [8] PrincipalName OPTIONAL,
    ///         realm           [9] Realm -- service realm --,
    ///         sname           [10] PrincipalName -- service name --,
    ///         e-text          [11] KerberosString OPTIONAL,
    ///         e-data          [12] OCTET STRING OPTIONAL
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct KrbError<'a> {
        /// The protocol version, [`PVNO`](super::PVNO).
        pvno: i32 [0],
        /// [`msg_type::KRB_ERROR`](super::msg_type::KRB_ERROR).
        msg_type: i32 [1],
        /// The client's time, from the authenticator.
        ctime: KerberosTime [2] OPTIONAL,
        /// Its microseconds.
        cusec: Microseconds [3] OPTIONAL,
        /// The time of whoever refuses.
        stime: KerberosTime [4],
        /// Its microseconds.
        susec: Microseconds [5],
        /// Why (section 7.5.9).
        error_code: i32 [6],
        /// The realm of the client.
        crealm: GeneralString<'a> [7] OPTIONAL,
        /// The name of the client.
        cname: PrincipalName<'a> [8] OPTIONAL,
        /// The realm of the service.
        realm: GeneralString<'a> [9],
        /// The name of the service.
        sname: PrincipalName<'a> [10],
        /// Words for people.
        e_text: GeneralString<'a> [11] OPTIONAL,
        /// More about the error; its form depends on the code.
        e_data: OctetString<'a> [12] OPTIONAL,
    }
}

sequence! {
    "KERB-ERROR-DATA"
    /// What Windows puts into `e-data` ([MS-KILE] 2.2.2).
    ///
    /// ```text
    /// KERB-ERROR-DATA ::= SEQUENCE {
    ///         data-type       [1] INTEGER,
    ///         data-value      [2] OCTET STRING OPTIONAL
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct KerbErrorData<'a> {
        /// What it is: 2 (KERB_AP_ERR_TYPE_SKEW_RECOVERY) lets the client correct its clock, 3 has an extended error.
        data_type: i32 [1],
        /// The error, as its type says.
        data_value: OctetString<'a> [2] OPTIONAL,
    }
}
