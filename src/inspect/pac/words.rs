//! What the PAC's numbers are called.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use crate::time::Timestamp;

/// Seconds from 1601 to 1970, and the 100 nanoseconds in a microsecond and a second.
const EPOCH: u64 = 11_644_473_600;
const PER_MICRO: u64 = 10;
const PER_SECOND: u64 = 10_000_000;

/// A FILETIME: 100 nanoseconds since 1601 ([MS-DTYP] section 2.3.3).
pub(super) fn file_time(octets: [u8; 8]) -> String {
    let ticks = u64::from_le_bytes(octets);
    match ticks {
        0 => "0: not set".into(),
        0x7fff_ffff_ffff_ffff => "never".into(),
        _ => {
            let micros = ticks.checked_div(PER_MICRO).and_then(|micros| {
                let epoch = EPOCH.checked_mul(PER_SECOND)?.checked_div(PER_MICRO)?;
                i64::try_from(micros).ok()?.checked_sub(i64::try_from(epoch).ok()?)
            });
            format!("{} ({ticks})", Timestamp::from_micros(micros.unwrap_or(i64::MAX)))
        }
    }
}

/// A SID as it is written ([MS-DTYP] section 2.4.2.1): revision, count, authority and sub-authorities; none if the octets are
/// not exactly one.
pub(super) fn sid(octets: &[u8]) -> Option<String> {
    let (&[1, count, a, b, c, d, e, f], rest) = octets.split_first_chunk::<8>()? else { return None };
    let authority = u64::from_be_bytes([0, 0, a, b, c, d, e, f]);
    let (parts, []) = rest.as_chunks::<4>() else { return None };
    if parts.len() != usize::from(count) || parts.len() > 15 {
        return None;
    }
    let mut text = if authority >> 32 == 0 { format!("S-1-{authority}") } else { format!("S-1-{authority:#014x}") };
    for part in parts {
        let _ = write!(text, "-{}", u32::from_le_bytes(*part));
    }
    Some(text)
}

/// Names of SIDs that are the same everywhere, or end in a number that is ([MS-DTYP] section 2.4.2.4).
pub(super) fn sid_name(sid: &str) -> Option<&'static str> {
    const WHOLE: &[(&str, &str)] = &[
        ("S-1-1-0", "Everyone"),
        ("S-1-5-2", "Network"),
        ("S-1-5-7", "Anonymous"),
        ("S-1-5-9", "Enterprise Domain Controllers"),
        ("S-1-5-11", "Authenticated Users"),
        ("S-1-5-32-544", "BUILTIN Administrators"),
        ("S-1-5-32-545", "BUILTIN Users"),
        ("S-1-5-32-546", "BUILTIN Guests"),
        ("S-1-5-21-0-0-0-496", "Compounded Authentication"),
        ("S-1-5-21-0-0-0-497", "Claims Valid"),
        ("S-1-18-1", "Authentication Authority Asserted Identity"),
        ("S-1-18-2", "Service Asserted Identity"),
        ("S-1-18-3", "Fresh Public Key Identity"),
        ("S-1-18-4", "Key Trust Identity"),
        ("S-1-18-5", "MFA Key Property"),
        ("S-1-18-6", "Attested Key Property"),
        ("S-1-16-4096", "Low integrity"),
        ("S-1-16-8192", "Medium integrity"),
        ("S-1-16-12288", "High integrity"),
        ("S-1-16-16384", "System integrity"),
    ];
    const OF_A_DOMAIN: &[(&str, &str)] = &[
        ("500", "Administrator"),
        ("501", "Guest"),
        ("502", "krbtgt"),
        ("512", "Domain Admins"),
        ("513", "Domain Users"),
        ("514", "Domain Guests"),
        ("515", "Domain Computers"),
        ("516", "Domain Controllers"),
        ("518", "Schema Admins"),
        ("519", "Enterprise Admins"),
        ("520", "Group Policy Creator Owners"),
        ("525", "Protected Users"),
        ("572", "Denied RODC Password Replication Group"),
    ];
    let whole = WHOLE.iter().find(|(known, _)| *known == sid);
    let of_domain = || {
        let (domain, rid) = sid.rsplit_once('-')?;
        OF_A_DOMAIN.iter().find(|(known, _)| *known == rid && domain.starts_with("S-1-5-21-"))
    };
    whole.or_else(of_domain).map(|(_, name)| *name)
}

/// A SID with its name, where it has one.
pub(super) fn named_sid(sid: &str) -> String {
    sid_name(sid).map_or_else(|| sid.to_string(), |name| format!("{sid} ({name})"))
}

/// Attributes of a group in a token ([MS-PAC] section 2.2.1).
pub(super) const GROUP_ATTRIBUTES: &[(u32, &str)] = &[
    (0x1, "mandatory"),
    (0x2, "enabled-by-default"),
    (0x4, "enabled"),
    (0x8, "owner"),
    (0x10, "deny-only"),
    (0x20, "integrity"),
    (0x40, "integrity-enabled"),
    (0x2000_0000, "resource"),
    (0xc000_0000, "logon-id"),
];

/// UserFlags of KERB_VALIDATION_INFO ([MS-PAC] section 2.5).
pub(super) const USER_FLAGS: &[(u32, &str)] = &[
    (0x1, "guest"),
    (0x2, "no-encryption"),
    (0x8, "LM"),
    (0x20, "ExtraSids"),
    (0x40, "subauthentication"),
    (0x80, "machine"),
    (0x100, "NTLMv2"),
    (0x200, "ResourceGroupIds"),
    (0x400, "profile-path"),
    (0x800, "NTLMv2-and-LMv2"),
    (0x1000, "LMv2"),
    (0x2000, "NTLMv2-and-LMv2-of-NTLM"),
];

/// UserAccountControl as SAM has it, not as the directory does ([MS-SAMR] section 2.2.1.12).
pub(super) const ACCOUNT_CONTROL: &[(u32, &str)] = &[
    (0x1, "disabled"),
    (0x2, "home-directory-required"),
    (0x4, "password-not-required"),
    (0x8, "temporary-duplicate"),
    (0x10, "normal-account"),
    (0x20, "MNS-logon"),
    (0x40, "interdomain-trust"),
    (0x80, "workstation-trust"),
    (0x100, "server-trust"),
    (0x200, "password-does-not-expire"),
    (0x400, "locked"),
    (0x800, "encrypted-text-password"),
    (0x1000, "smartcard-required"),
    (0x2000, "trusted-for-delegation"),
    (0x4000, "not-delegated"),
    (0x8000, "DES-only"),
    (0x10000, "no-preauthentication"),
    (0x20000, "password-expired"),
    (0x40000, "trusted-to-authenticate-for-delegation"),
    (0x80000, "no-auth-data-required"),
    (0x10_0000, "partial-secrets"),
    (0x20_0000, "AES-keys"),
];

/// Flags of UPN_DNS_INFO ([MS-PAC] section 2.10).
pub(super) const UPN_FLAGS: &[(u32, &str)] = &[(0x1, "constructed"), (0x2, "with-sam-name-and-sid")];

/// Flags of PAC_ATTRIBUTES_INFO ([MS-PAC] section 2.14).
pub(super) const PAC_ATTRIBUTES: &[(u32, &str)] = &[(0x1, "was-requested"), (0x2, "was-given-implicitly")];

/// Bits by their names.
pub(super) fn flags(bits: u32, names: &[(u32, &str)]) -> String {
    let mut text = format!("{bits:#x}");
    for (_, name) in names.iter().filter(|(bit, _)| bits & bit == *bit) {
        let _ = write!(text, " {name}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sids_are_written_and_named() {
        let users = b"\x01\x02\0\0\0\0\0\x05\x20\0\0\0\x21\x02\0\0";
        assert_eq!(sid(users).as_deref(), Some("S-1-5-32-545"));
        assert_eq!(named_sid("S-1-5-32-545"), "S-1-5-32-545 (BUILTIN Users)");
        assert_eq!(named_sid("S-1-5-21-1-2-3-512"), "S-1-5-21-1-2-3-512 (Domain Admins)");
        assert_eq!((sid_name("S-1-5-32-512"), sid_name("")), (None, None));
        for cut in 0..users.len() {
            assert_eq!(sid(&users[..cut]), None);
        }
        assert_eq!(sid(b"\x02\0\0\0\0\0\0\x05"), None);
        assert_eq!(sid(b"\x01\0\x01\0\0\0\0\x05").as_deref(), Some("S-1-0x010000000005"));
    }

    #[test]
    fn times() {
        assert_eq!(file_time([0; 8]), "0: not set");
        assert_eq!(file_time(u64::MAX.to_le_bytes().map(|octet| octet)), file_time(u64::MAX.to_le_bytes()));
        assert_eq!(file_time(i64::MAX.to_le_bytes()), "never");
        assert!(file_time(134_398_508_400_000_000u64.to_le_bytes()).starts_with("2026-11-22T19:54:00Z ("));
    }
}
