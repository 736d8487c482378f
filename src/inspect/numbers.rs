//! The registries in words: what a number means, by the specification's own name.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};

use crate::kerberos::etype::{ChecksumType, EncryptionType};

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
    ERRORS.iter().find(|(known, ..)| *known == number).map(|(_, name, _)| Cow::Borrowed(*name))
}

/// What an error code says, in the words of RFC 4120 section 7.5.9.
pub(super) fn error_meaning(number: i64) -> Option<String> {
    ERRORS.iter().find(|(known, ..)| *known == number).map(|(.., meaning)| meaning.to_string())
}

const ERRORS: &[(i64, &str, &str)] = &[
    (0, "KDC_ERR_NONE", "no error"),
    (1, "KDC_ERR_NAME_EXP", "the client's entry in the database has expired"),
    (2, "KDC_ERR_SERVICE_EXP", "the server's entry in the database has expired"),
    (3, "KDC_ERR_BAD_PVNO", "the requested protocol version is not supported"),
    (4, "KDC_ERR_C_OLD_MAST_KVNO", "the client's key is encrypted in an old master key"),
    (5, "KDC_ERR_S_OLD_MAST_KVNO", "the server's key is encrypted in an old master key"),
    (6, "KDC_ERR_C_PRINCIPAL_UNKNOWN", "the client is not in the Kerberos database"),
    (7, "KDC_ERR_S_PRINCIPAL_UNKNOWN", "the service is not in the Kerberos database: no account has this SPN"),
    (8, "KDC_ERR_PRINCIPAL_NOT_UNIQUE", "several entries in the database: two accounts have this SPN"),
    (9, "KDC_ERR_NULL_KEY", "the client or server has a null key"),
    (10, "KDC_ERR_CANNOT_POSTDATE", "the ticket is not eligible for postdating"),
    (11, "KDC_ERR_NEVER_VALID", "the requested starttime is later than the end time"),
    (12, "KDC_ERR_POLICY", "the KDC's policy rejects the request"),
    (13, "KDC_ERR_BADOPTION", "the KDC cannot accommodate a requested option"),
    (14, "KDC_ERR_ETYPE_NOSUPP", "the KDC has no support for the encryption type"),
    (15, "KDC_ERR_SUMTYPE_NOSUPP", "the KDC has no support for the checksum type"),
    (16, "KDC_ERR_PADATA_TYPE_NOSUPP", "the KDC has no support for the padata type"),
    (17, "KDC_ERR_TRTYPE_NOSUPP", "the KDC has no support for the transited type"),
    (18, "KDC_ERR_CLIENT_REVOKED", "the client's credentials have been revoked: the account is disabled or locked"),
    (19, "KDC_ERR_SERVICE_REVOKED", "the credentials of the server have been revoked"),
    (20, "KDC_ERR_TGT_REVOKED", "the TGT has been revoked"),
    (21, "KDC_ERR_CLIENT_NOTYET", "the client is not yet valid"),
    (22, "KDC_ERR_SERVICE_NOTYET", "the server is not yet valid"),
    (23, "KDC_ERR_KEY_EXPIRED", "the password has expired"),
    (24, "KDC_ERR_PREAUTH_FAILED", "the pre-authentication information was invalid: the password is wrong"),
    (25, "KDC_ERR_PREAUTH_REQUIRED", "additional pre-authentication is required"),
    (26, "KDC_ERR_SERVER_NOMATCH", "the requested server and the ticket do not match"),
    (27, "KDC_ERR_MUST_USE_USER2USER", "the server principal is valid for user-to-user only"),
    (28, "KDC_ERR_PATH_NOT_ACCEPTED", "the KDC's policy rejects the transited path"),
    (29, "KDC_ERR_SVC_UNAVAILABLE", "a service is not available"),
    (
        31,
        "KRB_AP_ERR_BAD_INTEGRITY",
        "the integrity check of a decrypted field failed: the key does not fit the ticket",
    ),
    (32, "KRB_AP_ERR_TKT_EXPIRED", "the ticket has expired"),
    (33, "KRB_AP_ERR_TKT_NYV", "the ticket is not yet valid"),
    (34, "KRB_AP_ERR_REPEAT", "the request is a replay"),
    (35, "KRB_AP_ERR_NOT_US", "the ticket is for another service"),
    (36, "KRB_AP_ERR_BADMATCH", "ticket and authenticator do not match"),
    (37, "KRB_AP_ERR_SKEW", "the clocks of client and server are too far apart"),
    (38, "KRB_AP_ERR_BADADDR", "the network address is not one the ticket is for"),
    (39, "KRB_AP_ERR_BADVERSION", "the protocol version does not match"),
    (40, "KRB_AP_ERR_MSG_TYPE", "the message type is invalid"),
    (41, "KRB_AP_ERR_MODIFIED", "the message was modified, or the service has another key than the KDC used"),
    (42, "KRB_AP_ERR_BADORDER", "the message is out of order"),
    (44, "KRB_AP_ERR_BADKEYVER", "the version of the key that the ticket needs is not available"),
    (45, "KRB_AP_ERR_NOKEY", "the service key is not available"),
    (46, "KRB_AP_ERR_MUT_FAIL", "mutual authentication failed"),
    (47, "KRB_AP_ERR_BADDIRECTION", "the message direction is incorrect"),
    (48, "KRB_AP_ERR_METHOD", "another authentication method is required"),
    (49, "KRB_AP_ERR_BADSEQ", "the sequence number is incorrect"),
    (50, "KRB_AP_ERR_INAPP_CKSUM", "the type of checksum is inappropriate"),
    (51, "KRB_AP_PATH_NOT_ACCEPTED", "policy rejects the transited path"),
    (52, "KRB_ERR_RESPONSE_TOO_BIG", "the response is too big for UDP: retry with TCP"),
    (60, "KRB_ERR_GENERIC", "a generic error, perhaps described in e-text"),
    (61, "KRB_ERR_FIELD_TOOLONG", "a field is too long for this implementation"),
    (62, "KDC_ERR_CLIENT_NOT_TRUSTED", "the client's certificate is not trusted (PKINIT)"),
    (63, "KDC_ERR_KDC_NOT_TRUSTED", "the KDC is not trusted (PKINIT)"),
    (64, "KDC_ERR_INVALID_SIG", "a signature is invalid (PKINIT)"),
    (65, "KDC_ERR_KEY_TOO_WEAK", "a key is too weak (PKINIT)"),
    (66, "KDC_ERR_CERTIFICATE_MISMATCH", "the certificate does not match (PKINIT)"),
    (67, "KRB_AP_ERR_NO_TGT", "no TGT is available to validate user-to-user"),
    (68, "KDC_ERR_WRONG_REALM", "the realm is wrong: ask another"),
    (69, "KRB_AP_ERR_USER_TO_USER_REQUIRED", "the ticket must be for user-to-user"),
    (70, "KDC_ERR_CANT_VERIFY_CERTIFICATE", "the certificate cannot be verified (PKINIT)"),
    (71, "KDC_ERR_INVALID_CERTIFICATE", "the certificate is invalid (PKINIT)"),
    (72, "KDC_ERR_REVOKED_CERTIFICATE", "the certificate was revoked (PKINIT)"),
    (73, "KDC_ERR_REVOCATION_STATUS_UNKNOWN", "the revocation status is unknown (PKINIT)"),
    (74, "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE", "the revocation status is unavailable (PKINIT)"),
    (75, "KDC_ERR_CLIENT_NAME_MISMATCH", "the client's name does not match its certificate (PKINIT)"),
    (76, "KDC_ERR_KDC_NAME_MISMATCH", "the KDC's name does not match its certificate (PKINIT)"),
];
