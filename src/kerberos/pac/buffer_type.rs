//! Types of buffers.

use core::fmt;

/// The type of a PAC_INFO_BUFFER ([MS-PAC] section 2.4, ulType).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct BufferType(pub u32);

impl BufferType {
    /// KERB_VALIDATION_INFO ([MS-PAC] section 2.5).
    pub const LOGON_INFO: Self = Self(1);
    /// PAC_CREDENTIAL_INFO ([MS-PAC] section 2.6).
    pub const CREDENTIAL_INFO: Self = Self(2);
    /// PAC_SIGNATURE_DATA of the service's key ([MS-PAC] section 2.8.4).
    pub const SERVER_CHECKSUM: Self = Self(6);
    /// PAC_SIGNATURE_DATA of the KDC's key, over the server's ([MS-PAC] section 2.8.5).
    pub const KDC_CHECKSUM: Self = Self(7);
    /// PAC_CLIENT_INFO ([MS-PAC] section 2.7).
    pub const CLIENT_INFO: Self = Self(10);
    /// S4U_DELEGATION_INFO ([MS-PAC] section 2.9).
    pub const DELEGATION_INFO: Self = Self(11);
    /// UPN_DNS_INFO ([MS-PAC] section 2.10).
    pub const UPN_DNS_INFO: Self = Self(12);
    /// PAC_CLIENT_CLAIMS_INFO ([MS-PAC] section 2.11).
    pub const CLIENT_CLAIMS_INFO: Self = Self(13);
    /// PAC_DEVICE_INFO ([MS-PAC] section 2.12).
    pub const DEVICE_INFO: Self = Self(14);
    /// PAC_DEVICE_CLAIMS_INFO ([MS-PAC] section 2.13).
    pub const DEVICE_CLAIMS_INFO: Self = Self(15);
    /// PAC_SIGNATURE_DATA of the KDC's key, over the ticket ([MS-PAC] section 2.8.2).
    pub const TICKET_CHECKSUM: Self = Self(16);
    /// PAC_ATTRIBUTES_INFO ([MS-PAC] section 2.14).
    pub const ATTRIBUTES_INFO: Self = Self(17);
    /// PAC_REQUESTOR_SID ([MS-PAC] section 2.15).
    pub const REQUESTOR_SID: Self = Self(18);
    /// PAC_SIGNATURE_DATA of the KDC's key, over the whole PAC ([MS-PAC] section 2.8.3).
    pub const EXTENDED_KDC_CHECKSUM: Self = Self(19);
    /// PAC_REQUESTOR_GUID ([MS-PAC] section 2.16).
    pub const REQUESTOR_GUID: Self = Self(20);

    /// The name of the structure in the specification, if it is a known one.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::LOGON_INFO => "KERB_VALIDATION_INFO",
            Self::CREDENTIAL_INFO => "PAC_CREDENTIAL_INFO",
            Self::SERVER_CHECKSUM => "server checksum",
            Self::KDC_CHECKSUM => "KDC checksum",
            Self::CLIENT_INFO => "PAC_CLIENT_INFO",
            Self::DELEGATION_INFO => "S4U_DELEGATION_INFO",
            Self::UPN_DNS_INFO => "UPN_DNS_INFO",
            Self::CLIENT_CLAIMS_INFO => "PAC_CLIENT_CLAIMS_INFO",
            Self::DEVICE_INFO => "PAC_DEVICE_INFO",
            Self::DEVICE_CLAIMS_INFO => "PAC_DEVICE_CLAIMS_INFO",
            Self::TICKET_CHECKSUM => "ticket checksum",
            Self::ATTRIBUTES_INFO => "PAC_ATTRIBUTES_INFO",
            Self::REQUESTOR_SID => "PAC_REQUESTOR_SID",
            Self::EXTENDED_KDC_CHECKSUM => "extended KDC checksum",
            Self::REQUESTOR_GUID => "PAC_REQUESTOR_GUID",
            _ => return None,
        })
    }
}

impl fmt::Display for BufferType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "buffer of type {}", self.0),
        }
    }
}
