//! VERSION.

/// VERSION ([MS-NLMP] section 2.2.2.10): which system built a message. For debugging; nothing is decided by it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Version {
    /// ProductMajorVersion.
    pub major: u8,
    /// ProductMinorVersion.
    pub minor: u8,
    /// ProductBuild.
    pub build: u16,
    /// Reserved: zero, as a rule.
    pub reserved: [u8; 3],
    /// NTLMRevisionCurrent: 15, [`Self::NTLMSSP_REVISION_W2K3`].
    pub revision: u8,
}

impl Version {
    /// Its octets in a message.
    pub(super) const LENGTH: usize = 8;

    /// The only revision there is.
    pub const NTLMSSP_REVISION_W2K3: u8 = 15;

    /// What this crate sends: 10.0 without a build number, revision 15.
    pub const SENT: Self =
        Self { major: 10, minor: 0, build: 0, reserved: [0; 3], revision: Self::NTLMSSP_REVISION_W2K3 };

    /// From the octets of a message.
    #[must_use]
    pub const fn from_octets(octets: [u8; 8]) -> Self {
        let [major, minor, low, high, a, b, c, revision] = octets;
        Self { major, minor, build: u16::from_le_bytes([low, high]), reserved: [a, b, c], revision }
    }

    /// As it stands in a message.
    #[must_use]
    pub const fn to_octets(self) -> [u8; 8] {
        let ([low, high], [a, b, c]) = (self.build.to_le_bytes(), self.reserved);
        [self.major, self.minor, low, high, a, b, c, self.revision]
    }
}
