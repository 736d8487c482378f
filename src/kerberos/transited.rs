//! The realms a ticket's client came through (RFC 4120 sections 3.3.3.2 and 5.3).

use crate::peer::Principal;

/// The tr-type DOMAIN-X500-COMPRESS (RFC 4120 section 7.5.5), the only one there is.
const DOMAIN_X500_COMPRESS: i32 = 1;

/// The most realms a path may name. Real ones have one or two.
const MAX_REALMS: usize = 16;

/// Which realms may stand between a client's realm and the acceptor's.
///
/// Clients of the acceptor's own realm, and of one that shares a key with it directly, pass through none.
#[derive(Clone, Debug, Default)]
pub enum TransitedPolicy {
    /// A path is taken if the KDC says that it has checked it (the ticket flag TRANSITED-POLICY-CHECKED).
    #[default]
    KdcChecked,
    /// The KDC's word does not count: each realm of the path must be one of these.
    Realms(alloc::vec::Vec<alloc::string::String>),
}

/// Why a path was refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Refusal {
    /// An encoding this crate does not know: KDC_ERR_TRTYPE_NOSUPP.
    UnknownEncoding(i32),
    /// The path does not please the policy: KRB_AP_PATH_NOT_ACCEPTED.
    NotAccepted,
}

/// The fields of a ticket that tell its path.
pub(crate) struct Path<'a> {
    /// Whether the flag TRANSITED-POLICY-CHECKED is set.
    pub(crate) kdc_checked: bool,
    /// The encoding of `contents`.
    pub(crate) tr_type: i32,
    /// The realms between the client's and the server's.
    pub(crate) contents: &'a [u8],
}

impl TransitedPolicy {
    /// Judges a path: RFC 4120 section 2.7 leaves it to the server when the KDC has not.
    pub(crate) fn judge(&self, path: &Path<'_>) -> Result<(), Refusal> {
        match self {
            Self::KdcChecked if path.kdc_checked => Ok(()),
            _ if path.contents.is_empty() => Ok(()),
            _ if path.tr_type != DOMAIN_X500_COMPRESS => Err(Refusal::UnknownEncoding(path.tr_type)),
            Self::KdcChecked => Err(Refusal::NotAccepted),
            Self::Realms(allowed) => all_allowed(path.contents, allowed),
        }
    }
}

/// Takes a path only if each realm stands there in full and is allowed. The compressed forms (a `\` escape, a leading
/// or trailing `.` or `/`, an empty realm that stands for "all between") mean realms that are not spelt out; an
/// allow-list cannot vouch for what it does not see.
fn all_allowed(contents: &[u8], allowed: &[alloc::string::String]) -> Result<(), Refusal> {
    let mut realms = contents.split(|octet| *octet == b',');
    let known = |realm: &[u8]| allowed.iter().any(|name| name.as_bytes() == realm);
    let first_are_known = realms.by_ref().take(MAX_REALMS).all(known);
    if first_are_known && realms.next().is_none() { Ok(()) } else { Err(Refusal::NotAccepted) }
}

/// Whether a principal is the anonymous one of RFC 8062 section 3, in any realm.
pub(crate) fn is_anonymous(client: &Principal) -> bool {
    client.realm() == b"WELLKNOWN:ANONYMOUS" || client.components().eq([&b"WELLKNOWN"[..], b"ANONYMOUS"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use alloc::vec;

    fn judge(policy: &TransitedPolicy, kdc_checked: bool, tr_type: i32, contents: &[u8]) -> Result<(), Refusal> {
        policy.judge(&Path { kdc_checked, tr_type, contents })
    }

    #[test]
    fn e11_default_is_no_path_or_a_checked_one() {
        let policy = TransitedPolicy::default();
        assert_eq!(judge(&policy, false, 1, b""), Ok(()));
        assert_eq!(judge(&policy, false, 0, b""), Ok(()));
        assert_eq!(judge(&policy, true, 1, b"EVIL.TEST"), Ok(()));
        assert_eq!(judge(&policy, false, 1, b"EVIL.TEST"), Err(Refusal::NotAccepted));
        assert_eq!(judge(&policy, false, 0, b"x"), Err(Refusal::UnknownEncoding(0)));
        assert_eq!(judge(&policy, false, 7, b"x"), Err(Refusal::UnknownEncoding(7)));
    }

    #[test]
    fn e11_allow_list_sees_through_nothing() {
        let policy = TransitedPolicy::Realms(vec!["MID.ORG".to_string(), "B".to_string()]);
        assert_eq!(judge(&policy, false, 1, b"MID.ORG"), Ok(()));
        assert_eq!(judge(&policy, true, 1, b"MID.ORG,B"), Ok(()));
        let commas = vec![b','; 10_000];
        let many = b"B,".repeat(16);
        for path in [
            &b"EVIL"[..],
            b"MID.ORG,",
            b",MID.ORG",
            b"MID.ORG\\",
            b"/MID",
            b"MID.",
            b".ORG,MID",
            b" MID.ORG",
            &commas,
            &many,
        ] {
            assert_eq!(judge(&policy, true, 1, path), Err(Refusal::NotAccepted), "{path:?}");
        }
    }

    #[test]
    fn e18_anonymous_names() {
        assert!(is_anonymous(&"WELLKNOWN/ANONYMOUS@WELLKNOWN:ANONYMOUS".parse().unwrap()));
        assert!(is_anonymous(&"WELLKNOWN/ANONYMOUS@EXAMPLE.COM".parse().unwrap()));
        assert!(is_anonymous(&"alice@WELLKNOWN:ANONYMOUS".parse().unwrap()));
        assert!(!is_anonymous(&"ANONYMOUS@EXAMPLE.COM".parse().unwrap()));
    }
}
