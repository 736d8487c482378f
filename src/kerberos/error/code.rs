//! Error codes of RFC 4120 section 7.5.9 that an acceptor answers with.

pub(crate) const KDC_ERR_TRTYPE_NOSUPP: i32 = 17;
pub(crate) const AP_ERR_BAD_INTEGRITY: i32 = 31;
pub(crate) const AP_ERR_TKT_EXPIRED: i32 = 32;
pub(crate) const AP_ERR_TKT_NYV: i32 = 33;
pub(crate) const AP_ERR_NOT_US: i32 = 35;
pub(crate) const AP_ERR_BADMATCH: i32 = 36;
pub(crate) const AP_ERR_SKEW: i32 = 37;
pub(crate) const AP_ERR_BADADDR: i32 = 38;
pub(crate) const AP_ERR_BADVERSION: i32 = 39;
pub(crate) const AP_ERR_MSG_TYPE: i32 = 40;
pub(crate) const AP_ERR_MODIFIED: i32 = 41;
pub(crate) const AP_ERR_BADKEYVER: i32 = 44;
pub(crate) const AP_ERR_NOKEY: i32 = 45;
pub(crate) const AP_ERR_MUT_FAIL: i32 = 46;
pub(crate) const AP_ERR_INAPP_CKSUM: i32 = 50;
pub(crate) const AP_PATH_NOT_ACCEPTED: i32 = 51;
pub(crate) const ERR_GENERIC: i32 = 60;
pub(crate) const AP_ERR_NO_TGT: i32 = 67;
