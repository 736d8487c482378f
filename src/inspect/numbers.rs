//! The registries in words: what a number means, by the specification's own name.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use crate::kerberos::etype::{ChecksumType, EncryptionType};
use crate::kerberos::message::ErrorCode;

/// What a number means, if somebody gave it a name.
pub(super) type Words = fn(i64) -> Option<Cow<'static, str>>;

/// A number that speaks for itself.
pub(super) fn no_words(_: i64) -> Option<Cow<'static, str>> {
    None
}

fn look_up(table: &'static [(i64, &'static str)], number: i64) -> Option<Cow<'static, str>> {
    table.iter().find(|(known, _)| *known == number).map(|(_, name)| Cow::Borrowed(*name))
}

/// Encryption types (RFC 3961 section 8).
pub(super) fn etype(number: i64) -> Option<Cow<'static, str>> {
    EncryptionType(i32::try_from(number).ok()?).name().map(Cow::Borrowed)
}

/// Checksum types (RFC 3961 section 8).
pub(super) fn checksum_type(number: i64) -> Option<Cow<'static, str>> {
    const UNKEYED: &[(i64, &str)] =
        &[(1, "CRC32"), (2, "rsa-md4"), (7, "rsa-md5"), (12, "hmac-sha1-des3-kd"), (14, "sha1")];
    let name = ChecksumType(i32::try_from(number).ok()?).to_string();
    if name.starts_with("checksum type") { look_up(UNKEYED, number) } else { Some(Cow::Owned(name)) }
}

/// RFC 4120 section 6.2; the negative ones are Windows' own ([MS-KILE]).
pub(super) fn name_type(number: i64) -> Option<Cow<'static, str>> {
    const NAMES: &[(i64, &str)] = &[
        (0, "NT-UNKNOWN"),
        (1, "NT-PRINCIPAL"),
        (2, "NT-SRV-INST"),
        (3, "NT-SRV-HST"),
        (4, "NT-SRV-XHST"),
        (5, "NT-UID"),
        (6, "NT-X500-PRINCIPAL"),
        (7, "NT-SMTP-NAME"),
        (10, "NT-ENTERPRISE"),
        (11, "NT-WELLKNOWN"),
        (12, "NT-SRV-HST-DOMAIN"),
        (-128, "NT-MS-PRINCIPAL"),
        (-129, "NT-MS-PRINCIPAL-AND-ID"),
        (-130, "NT-ENT-PRINCIPAL-AND-ID"),
    ];
    look_up(NAMES, number)
}

/// RFC 4120 section 7.5.7.
pub(super) fn message_type(number: i64) -> Option<Cow<'static, str>> {
    const NAMES: &[(i64, &str)] = &[
        (10, "KRB_AS_REQ"),
        (11, "KRB_AS_REP"),
        (12, "KRB_TGS_REQ"),
        (13, "KRB_TGS_REP"),
        (14, "KRB_AP_REQ"),
        (15, "KRB_AP_REP"),
        (20, "KRB_SAFE"),
        (21, "KRB_PRIV"),
        (22, "KRB_CRED"),
        (30, "KRB_ERROR"),
    ];
    look_up(NAMES, number)
}

/// RFC 4120 section 7.5.3.
pub(super) fn address_type(number: i64) -> Option<Cow<'static, str>> {
    const NAMES: &[(i64, &str)] = &[
        (2, "IPv4"),
        (3, "Directional"),
        (5, "ChaosNet"),
        (6, "XNS"),
        (7, "ISO"),
        (12, "DECNET Phase IV"),
        (16, "AppleTalk DDP"),
        (20, "NetBIOS"),
        (24, "IPv6"),
    ];
    look_up(NAMES, number)
}

/// RFC 4120 section 7.5.4, the IANA registry "Kerberos Authorization Data", [MS-KILE] sections 3.1.5.5 and 3.2.5.8.
pub(super) fn authorization_type(number: i64) -> Option<Cow<'static, str>> {
    const NAMES: &[(i64, &str)] = &[
        (1, "AD-IF-RELEVANT"),
        (4, "AD-KDCIssued"),
        (5, "AD-AND-OR"),
        (8, "AD-MANDATORY-FOR-KDC"),
        (9, "AD-INITIAL-VERIFIED-CAS"),
        (64, "OSF-DCE"),
        (65, "SESAME"),
        (71, "AD-fx-fast-armor"),
        (72, "AD-fx-fast-used"),
        (96, "AD-CAMMAC"),
        (97, "AD-AUTHENTICATION-INDICATOR"),
        (128, "AD-WIN2K-PAC"),
        (129, "AD-ETYPE-NEGOTIATION"),
        (141, "KERB-AUTH-DATA-TOKEN-RESTRICTIONS"),
        (142, "KERB-LOCAL"),
        (143, "AD-AUTH-DATA-AP-OPTIONS"),
        (144, "KERB-AUTH-DATA-CLIENT-TARGET"),
        (512, "AD-SIGNTICKET"),
    ];
    look_up(NAMES, number)
}

/// RFC 4120 section 7.5.5.
pub(super) fn transited_type(number: i64) -> Option<Cow<'static, str>> {
    look_up(&[(1, "DOMAIN-X500-COMPRESS")], number)
}

/// RFC 4178 section 4.2.2.
pub(super) fn neg_state(number: i64) -> Option<Cow<'static, str>> {
    look_up(&[(0, "accept-completed"), (1, "accept-incomplete"), (2, "reject"), (3, "request-mic")], number)
}

/// [MS-KILE] section 2.2.2.
pub(super) fn error_data_type(number: i64) -> Option<Cow<'static, str>> {
    look_up(&[(2, "KERB_AP_ERR_TYPE_SKEW_RECOVERY"), (3, "KERB_ERR_TYPE_EXTENDED")], number)
}

/// [MS-PAC] section 2.4.
pub(super) fn pac_buffer(number: i64) -> Option<Cow<'static, str>> {
    const NAMES: &[(i64, &str)] = &[
        (1, "KERB_VALIDATION_INFO: logon information"),
        (2, "PAC_CREDENTIAL_INFO: credentials"),
        (6, "PAC_SIGNATURE_DATA: server signature"),
        (7, "PAC_SIGNATURE_DATA: KDC signature"),
        (10, "PAC_CLIENT_INFO: client name and ticket time"),
        (11, "S4U_DELEGATION_INFO: constrained delegation"),
        (12, "UPN_DNS_INFO: user principal name and DNS domain"),
        (13, "PAC_CLIENT_CLAIMS_INFO: client claims"),
        (14, "PAC_DEVICE_INFO: device information"),
        (15, "PAC_DEVICE_CLAIMS_INFO: device claims"),
        (16, "PAC_SIGNATURE_DATA: ticket signature"),
        (17, "PAC_ATTRIBUTES_INFO: attributes"),
        (18, "PAC_REQUESTOR: SID of the requestor"),
        (19, "PAC_SIGNATURE_DATA: extended KDC signature"),
        (20, "PAC_REQUESTOR_GUID: GUID of the requestor"),
    ];
    look_up(NAMES, number)
}

/// TOK_ID of a Kerberos token (RFC 4121 section 4.1, RFC 1964 section 1.1, draft-swift-win2k-krb-user2user,
/// draft-ietf-kitten-iakerb section 3).
pub(super) const fn token_id(id: [u8; 2]) -> Option<&'static str> {
    match id {
        [0x01, 0x00] => Some("KRB_AP_REQ"),
        [0x02, 0x00] => Some("KRB_AP_REP"),
        [0x03, 0x00] => Some("KRB_ERROR"),
        [0x04, 0x00] => Some("KERB_TGT_REQUEST, user-to-user"),
        [0x04, 0x01] => Some("KERB_TGT_REPLY, user-to-user"),
        [0x05, 0x01] => Some("IAKERB_PROXY"),
        [0x01, 0x01] => Some("MIC of RFC 1964 or RFC 4757"),
        [0x02, 0x01] => Some("Wrap of RFC 1964 or RFC 4757"),
        [0x01, 0x02] => Some("context deletion"),
        _ => None,
    }
}

/// [MS-NLMP] section 2.2.1.
pub(super) fn ntlm_message(number: i64) -> Option<Cow<'static, str>> {
    look_up(&[(1, "NEGOTIATE_MESSAGE"), (2, "CHALLENGE_MESSAGE"), (3, "AUTHENTICATE_MESSAGE")], number)
}

/// Error codes (RFC 4120 section 7.5.9), by name.
pub(super) fn error_code(number: i64) -> Option<Cow<'static, str>> {
    i32::try_from(number).ok().and_then(|code| ErrorCode(code).name()).map(Cow::Borrowed)
}

/// What an error code says, in the words of RFC 4120 section 7.5.9.
pub(super) fn error_meaning(number: i64) -> Option<String> {
    i32::try_from(number).ok().and_then(|code| ErrorCode(code).meaning()).map(ToString::to_string)
}
