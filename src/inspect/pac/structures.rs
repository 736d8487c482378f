//! The NDR structures as tables: names and order are those of the IDL ([MS-PAC] appendix A, [MS-ADTS] section 2.2.18).

use super::words;

/// A structure by its name and fields.
pub(super) struct Structure {
    pub(super) name: &'static str,
    pub(super) fields: &'static [(&'static str, Kind)],
}

/// What a field is.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// FILETIME.
    Time,
    UShort,
    ULong,
    /// ULONG of bits with names.
    Flags(&'static [(u32, &'static str)]),
    /// Octets that may be a key.
    Secret16,
    /// Octets without a meaning.
    Reserved8,
    /// RPC_UNICODE_STRING: lengths, and a pointer to the text.
    Text,
    /// A pointer.
    To(Referent),
    /// The union of a claim's values: its type again, the number of values, a pointer to them.
    ClaimValues,
}

/// What a pointer points to.
#[derive(Clone, Copy)]
pub(super) enum Referent {
    Sid,
    /// A conformant and varying array of UTF-16 units, as RPC_UNICODE_STRING and `wchar_t *` have it.
    Text,
    /// Conformant array of GROUP_MEMBERSHIP: RelativeId and Attributes.
    Groups,
    /// Conformant array of structures.
    Structures(&'static Structure),
    /// Conformant array of pointers to texts.
    Texts,
    /// Conformant array of numbers of eight octets, with a sign or without, or true and false.
    Numbers(Sign),
    /// Conformant array of octets that hold a CLAIMS_SET.
    Claims,
    /// Conformant array of octets.
    Octets,
}

/// How a number is to be read.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    Signed,
    Unsigned,
    Boolean,
}

const SID: Kind = Kind::To(Referent::Sid);

/// [MS-PAC] section 2.5.
pub(super) static KERB_VALIDATION_INFO: Structure = Structure {
    name: "KERB_VALIDATION_INFO",
    fields: &[
        ("LogonTime", Kind::Time),
        ("LogoffTime", Kind::Time),
        ("KickOffTime", Kind::Time),
        ("PasswordLastSet", Kind::Time),
        ("PasswordCanChange", Kind::Time),
        ("PasswordMustChange", Kind::Time),
        ("EffectiveName", Kind::Text),
        ("FullName", Kind::Text),
        ("LogonScript", Kind::Text),
        ("ProfilePath", Kind::Text),
        ("HomeDirectory", Kind::Text),
        ("HomeDirectoryDrive", Kind::Text),
        ("LogonCount", Kind::UShort),
        ("BadPasswordCount", Kind::UShort),
        ("UserId", Kind::ULong),
        ("PrimaryGroupId", Kind::ULong),
        ("GroupCount", Kind::ULong),
        ("GroupIds", Kind::To(Referent::Groups)),
        ("UserFlags", Kind::Flags(words::USER_FLAGS)),
        ("UserSessionKey", Kind::Secret16),
        ("LogonServer", Kind::Text),
        ("LogonDomainName", Kind::Text),
        ("LogonDomainId", SID),
        ("Reserved1", Kind::Reserved8),
        ("UserAccountControl", Kind::Flags(words::ACCOUNT_CONTROL)),
        ("SubAuthStatus", Kind::ULong),
        ("LastSuccessfulILogon", Kind::Time),
        ("LastFailedILogon", Kind::Time),
        ("FailedILogonCount", Kind::ULong),
        ("Reserved3", Kind::ULong),
        ("SidCount", Kind::ULong),
        ("ExtraSids", Kind::To(Referent::Structures(&KERB_SID_AND_ATTRIBUTES))),
        ("ResourceGroupDomainSid", SID),
        ("ResourceGroupCount", Kind::ULong),
        ("ResourceGroupIds", Kind::To(Referent::Groups)),
    ],
};

/// [MS-PAC] section 2.2.1.
pub(super) static KERB_SID_AND_ATTRIBUTES: Structure = Structure {
    name: "KERB_SID_AND_ATTRIBUTES",
    fields: &[("Sid", SID), ("Attributes", Kind::Flags(words::GROUP_ATTRIBUTES))],
};

/// [MS-PAC] section 2.9.
pub(super) static S4U_DELEGATION_INFO: Structure = Structure {
    name: "S4U_DELEGATION_INFO",
    fields: &[
        ("S4U2proxyTarget", Kind::Text),
        ("TransitedListSize", Kind::ULong),
        ("S4UTransitedServices", Kind::To(Referent::Structures(&UNICODE_STRING))),
    ],
};

static UNICODE_STRING: Structure = Structure { name: "RPC_UNICODE_STRING", fields: &[("Service", Kind::Text)] };

/// [MS-PAC] section 2.12.
pub(super) static PAC_DEVICE_INFO: Structure = Structure {
    name: "PAC_DEVICE_INFO",
    fields: &[
        ("UserId", Kind::ULong),
        ("PrimaryGroupId", Kind::ULong),
        ("AccountDomainId", SID),
        ("AccountGroupCount", Kind::ULong),
        ("AccountGroupIds", Kind::To(Referent::Groups)),
        ("SidCount", Kind::ULong),
        ("ExtraSids", Kind::To(Referent::Structures(&KERB_SID_AND_ATTRIBUTES))),
        ("DomainGroupCount", Kind::ULong),
        ("DomainGroup", Kind::To(Referent::Structures(&DOMAIN_GROUP_MEMBERSHIP))),
    ],
};

/// [MS-PAC] section 2.2.3.
static DOMAIN_GROUP_MEMBERSHIP: Structure = Structure {
    name: "DOMAIN_GROUP_MEMBERSHIP",
    fields: &[("DomainId", SID), ("GroupCount", Kind::ULong), ("GroupIds", Kind::To(Referent::Groups))],
};

/// [MS-ADTS] section 2.2.18.7.
pub(super) static CLAIMS_SET_METADATA: Structure = Structure {
    name: "CLAIMS_SET_METADATA",
    fields: &[
        ("ulClaimsSetSize", Kind::ULong),
        ("ClaimsSet", Kind::To(Referent::Claims)),
        ("usCompressionFormat", Kind::UShort),
        ("ulUncompressedClaimsSetSize", Kind::ULong),
        ("usReservedType", Kind::UShort),
        ("ulReservedFieldSize", Kind::ULong),
        ("ReservedField", Kind::To(Referent::Octets)),
    ],
};

/// [MS-ADTS] section 2.2.18.6.
pub(super) static CLAIMS_SET: Structure = Structure {
    name: "CLAIMS_SET",
    fields: &[
        ("ulClaimsArrayCount", Kind::ULong),
        ("ClaimsArrays", Kind::To(Referent::Structures(&CLAIMS_ARRAY))),
        ("usReservedType", Kind::UShort),
        ("ulReservedFieldSize", Kind::ULong),
        ("ReservedField", Kind::To(Referent::Octets)),
    ],
};

/// [MS-ADTS] section 2.2.18.5.
static CLAIMS_ARRAY: Structure = Structure {
    name: "CLAIMS_ARRAY",
    fields: &[
        ("usClaimsSourceType", Kind::UShort),
        ("ulClaimsCount", Kind::ULong),
        ("ClaimEntries", Kind::To(Referent::Structures(&CLAIM_ENTRY))),
    ],
};

/// [MS-ADTS] section 2.2.18.4.
static CLAIM_ENTRY: Structure = Structure {
    name: "CLAIM_ENTRY",
    fields: &[("Id", Kind::To(Referent::Text)), ("Type", Kind::UShort), ("Values", Kind::ClaimValues)],
};
