//! Error codes (RFC 4120 section 7.5.9).

use core::fmt;

/// An error code, in words: a number that nobody knows yet is shown as one.
///
/// ```
/// use negotiate::kerberos::message::ErrorCode;
/// assert_eq!(ErrorCode(37).to_string(), "KRB_AP_ERR_SKEW");
/// assert_eq!(ErrorCode(37).meaning(), Some("the clocks of client and server are too far apart"));
/// assert_eq!(ErrorCode(4711).to_string(), "error 4711");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ErrorCode(pub i32);

impl ErrorCode {
    /// Its name in the standard.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        self.known().map(|(_, name, _)| *name)
    }

    /// What it says.
    #[must_use]
    pub fn meaning(self) -> Option<&'static str> {
        self.known().map(|(.., meaning)| *meaning)
    }

    fn known(self) -> Option<&'static (i32, &'static str, &'static str)> {
        ERRORS.iter().find(|(code, ..)| *code == self.0)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "error {}", self.0),
        }
    }
}

const ERRORS: &[(i32, &str, &str)] = &[
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
