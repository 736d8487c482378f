//! Network addresses (RFC 4120 section 5.2.5).

use crate::asn1::{OctetString, sequence};

sequence! {
    "HostAddress"
    /// A network address (RFC 4120 section 5.2.5).
    ///
    /// ```text
    /// HostAddress     ::= SEQUENCE  {
    ///         addr-type       [0] Int32,
    ///         address         [1] OCTET STRING
    /// }
    ///
    /// -- NOTE: HostAddresses is always used as an OPTIONAL field and
    /// -- should not be empty.
    /// HostAddresses   -- NOTE: subtly different from rfc1510,
    ///                 -- but has a value mapping and encodes the same
    ///         ::= SEQUENCE OF HostAddress
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct HostAddress<'a> {
        /// The kind of address (section 7.5.3).
        addr_type: i32 [0],
        /// The address, in network byte order.
        address: OctetString<'a> [1],
    }
}

impl HostAddress<'_> {
    /// An IPv4 address, 4 octets (RFC 4120 section 7.1).
    pub const IPV4: i32 = 2;
    /// An IPv6 address, 16 octets (RFC 4120 section 7.1).
    pub const IPV6: i32 = 24;
}
