//! Tickets (RFC 4120 section 5.3).

use super::{AuthorizationData, EncryptedData, HostAddress, KerberosTime, KeyValue, PrincipalName};
use crate::asn1::{GeneralString, OctetString, SequenceOf, bit_flags, sequence};

sequence! {
    "Ticket" [APPLICATION 1]
    /// A ticket (RFC 4120 section 5.3). Only what is encrypted counts: anyone can change the rest (row E01).
    ///
    /// ```text
    /// Ticket          ::= [APPLICATION 1] SEQUENCE {
    ///         tkt-vno         [0] INTEGER (5),
    ///         realm           [1] Realm,
    ///         sname           [2] PrincipalName,
    ///         enc-part        [3] EncryptedData -- EncTicketPart
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct Ticket<'a> {
        /// The version of the ticket format, [`PVNO`](super::PVNO).
        tkt_vno: i32 [0],
        /// The realm that issued it, which is also the service's.
        realm: GeneralString<'a> [1],
        /// The name of the service.
        sname: PrincipalName<'a> [2],
        /// An [`EncTicketPart`] under the key of the service, key usage 2.
        enc_part: EncryptedData<'a> [3],
    }
}

sequence! {
    "EncTicketPart" [APPLICATION 3]
    /// What the KDC tells the service about the client (RFC 4120 section 5.3).
    ///
    /// ```text
    /// -- Encrypted part of ticket
    /// EncTicketPart   ::= [APPLICATION 3] SEQUENCE {
    ///         flags                   [0] TicketFlags,
    ///         key                     [1] EncryptionKey,
    ///         crealm                  [2] Realm,
    ///         cname                   [3] PrincipalName,
    ///         transited               [4] TransitedEncoding,
    ///         authtime                [5] KerberosTime,
    ///         starttime               [6] KerberosTime OPTIONAL,
    ///         endtime                 [7] KerberosTime,
    ///         renew-till              [8] KerberosTime OPTIONAL,
    ///         caddr                   [9] HostAddresses OPTIONAL,
    ///         authorization-data      [10] AuthorizationData OPTIONAL
    /// }
    /// ```
    #[derive(Debug)]
    pub struct EncTicketPart<'a> {
        /// How the ticket was issued.
        flags: TicketFlags [0],
        /// The session key.
        key: KeyValue<'a> [1],
        /// The realm of the client.
        crealm: GeneralString<'a> [2],
        /// The name of the client.
        cname: PrincipalName<'a> [3],
        /// The realms between the client's and this one.
        transited: TransitedEncoding<'a> [4],
        /// When the client proved who it is.
        authtime: KerberosTime [5],
        /// From when the ticket is good, if not from [`Self::authtime`].
        starttime: KerberosTime [6] OPTIONAL,
        /// Until when the ticket is good.
        endtime: KerberosTime [7],
        /// Until when it can be renewed.
        renew_till: KerberosTime [8] OPTIONAL,
        /// From which addresses it may be used; from any, if absent.
        caddr: SequenceOf<'a, HostAddress<'a>> [9] OPTIONAL,
        /// Restrictions, and what the KDC knows about the client.
        authorization_data: AuthorizationData<'a> [10] OPTIONAL,
    }
}

bit_flags! {
    /// Flags of a ticket (RFC 4120 section 5.3, explained in section 2).
    ///
    /// ```text
    /// TicketFlags     ::= KerberosFlags
    ///         -- reserved(0),
    ///         -- forwardable(1),
    ///         -- forwarded(2),
    ///         -- proxiable(3),
    ///         -- proxy(4),
    ///         -- may-postdate(5),
    ///         -- postdated(6),
    ///         -- invalid(7),
    ///         -- renewable(8),
    ///         -- initial(9),
    ///         -- pre-authent(10),
    ///         -- hw-authent(11),
    /// -- the following are new since 1510
    ///         -- transited-policy-checked(12),
    ///         -- ok-as-delegate(13)
    /// ```
    pub struct TicketFlags {
        /// The KDC may issue ticket-granting tickets for other addresses from it.
        FORWARDABLE = 1,
        /// It was forwarded, or issued from a ticket that was.
        FORWARDED = 2,
        /// The KDC may issue service tickets for other addresses from it.
        PROXIABLE = 3,
        /// It is a proxy.
        PROXY = 4,
        /// The KDC may issue postdated tickets from it.
        MAY_POSTDATE = 5,
        /// It was postdated.
        POSTDATED = 6,
        /// It must be validated by the KDC before it is used.
        INVALID = 7,
        /// It can be renewed.
        RENEWABLE = 8,
        /// It was issued for the client's own key, not for a ticket-granting ticket.
        INITIAL = 9,
        /// The client proved who it is before it got the ticket.
        PRE_AUTHENT = 10,
        /// It did so with hardware.
        HW_AUTHENT = 11,
        /// The KDC has checked the realms in between.
        TRANSITED_POLICY_CHECKED = 12,
        /// The service may be trusted with delegated credentials.
        OK_AS_DELEGATE = 13,
        /// The client is anonymous (RFC 8062 section 3).
        ANONYMOUS = 16,
    }
}

sequence! {
    "TransitedEncoding"
    /// The realms a client came through (RFC 4120 section 5.3).
    ///
    /// ```text
    /// -- encoded Transited field
    /// TransitedEncoding       ::= SEQUENCE {
    ///         tr-type         [0] Int32 -- must be registered --,
    ///         contents        [1] OCTET STRING
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct TransitedEncoding<'a> {
        /// How they are written; 1 is DOMAIN-X500-COMPRESS (section 3.3.3.2).
        tr_type: i32 [0],
        /// The realms.
        contents: OctetString<'a> [1],
    }
}
