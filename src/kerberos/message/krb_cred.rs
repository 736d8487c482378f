//! KRB_CRED (RFC 4120 section 5.8).

use super::{
    EncryptedData, HostAddress, KerberosTime, KeyValue, Microseconds, PrincipalName, SequenceNumber, Ticket,
    TicketFlags,
};
use crate::asn1::{GeneralString, SequenceOf, sequence};

sequence! {
    "KRB-CRED" [APPLICATION 22]
    /// Tickets on their way from one program to another, with what their owner needs to use them
    /// (RFC 4120 section 5.8.1).
    ///
    /// ```text
    /// KRB-CRED        ::= [APPLICATION 22] SEQUENCE {
    ///         pvno            [0] INTEGER (5),
    ///         msg-type        [1] INTEGER (22),
    ///         tickets         [2] SEQUENCE OF Ticket,
    ///         enc-part        [3] EncryptedData -- EncKrbCredPart
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct KrbCred<'a> {
        /// The protocol version, [`PVNO`](super::PVNO).
        pvno: i32 [0],
        /// [`msg_type::KRB_CRED`](super::msg_type::KRB_CRED).
        msg_type: i32 [1],
        /// The tickets.
        tickets: SequenceOf<'a, Ticket<'a>> [2],
        /// An [`EncKrbCredPart`] under a key that both sides have, key usage 14; or in the clear, with encryption type 0
        /// (RFC 6448).
        enc_part: EncryptedData<'a> [3],
    }
}

sequence! {
    "EncKrbCredPart" [APPLICATION 29]
    /// The encrypted part of a KRB-CRED (RFC 4120 section 5.8.1).
    ///
    /// ```text
    /// EncKrbCredPart  ::= [APPLICATION 29] SEQUENCE {
    ///         ticket-info     [0] SEQUENCE OF KrbCredInfo,
    ///         nonce           [1] UInt32 OPTIONAL,
    ///         timestamp       [2] KerberosTime OPTIONAL,
    ///         usec            [3] Microseconds OPTIONAL,
    ///         s-address       [4] HostAddress OPTIONAL,
    ///         r-address       [5] HostAddress OPTIONAL
    /// }
    /// ```
    #[derive(Debug)]
    pub struct EncKrbCredPart<'a> {
        /// What is to be known of each ticket, in the order of the tickets.
        ticket_info: SequenceOf<'a, KrbCredInfo<'a>> [0],
        /// A number that the receiver asked for; MIT krb5 puts a sequence number here, in its old form too.
        nonce: SequenceNumber [1] OPTIONAL,
        /// When the message was made.
        timestamp: KerberosTime [2] OPTIONAL,
        /// Its microseconds.
        usec: Microseconds [3] OPTIONAL,
        /// The sender's address.
        s_address: HostAddress<'a> [4] OPTIONAL,
        /// The receiver's address.
        r_address: HostAddress<'a> [5] OPTIONAL,
    }
}

sequence! {
    "KrbCredInfo"
    /// What the owner of a ticket knows of it (RFC 4120 section 5.8.1).
    ///
    /// ```text
    /// KrbCredInfo     ::= SEQUENCE {
    ///         key             [0] EncryptionKey,
    ///         prealm          [1] Realm OPTIONAL,
    ///         pname           [2] PrincipalName OPTIONAL,
    ///         flags           [3] TicketFlags OPTIONAL,
    ///         authtime        [4] KerberosTime OPTIONAL,
    ///         starttime       [5] KerberosTime OPTIONAL,
    ///         endtime         [6] KerberosTime OPTIONAL,
    ///         renew-till      [7] KerberosTime OPTIONAL,
    ///         srealm          [8] Realm OPTIONAL,
    ///         sname           [9] PrincipalName OPTIONAL,
    ///         caddr           [10] HostAddresses OPTIONAL
    /// }
    /// ```
    #[derive(Clone, Copy, Debug)]
    pub struct KrbCredInfo<'a> {
        /// The session key.
        key: KeyValue<'a> [0],
        /// The realm of the client.
        prealm: GeneralString<'a> [1] OPTIONAL,
        /// The name of the client.
        pname: PrincipalName<'a> [2] OPTIONAL,
        /// How the ticket was issued.
        flags: TicketFlags [3] OPTIONAL,
        /// When the client proved who it is.
        authtime: KerberosTime [4] OPTIONAL,
        /// From when the ticket is good, if not from [`Self::authtime`].
        starttime: KerberosTime [5] OPTIONAL,
        /// Until when the ticket is good.
        endtime: KerberosTime [6] OPTIONAL,
        /// Until when it can be renewed.
        renew_till: KerberosTime [7] OPTIONAL,
        /// The realm of the service.
        srealm: GeneralString<'a> [8] OPTIONAL,
        /// The name of the service.
        sname: PrincipalName<'a> [9] OPTIONAL,
        /// From which addresses it may be used; from any, if absent.
        caddr: SequenceOf<'a, HostAddress<'a>> [10] OPTIONAL,
    }
}
