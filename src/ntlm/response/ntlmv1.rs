//! LM and NTLMv1 ([MS-NLMP] section 3.3.1), for those who must still speak to them.

use md5::{Digest, Md5};
use subtle::ConstantTimeEq;

use super::des::desl;
use super::ntlmv2::hash_or_dummy;
use super::{ClientChallenge, Error, LmHash, NtHash, ServerChallenge, SessionBaseKey};

/// The LM response.
#[must_use]
pub fn lm_v1(account: &LmHash, challenge: &ServerChallenge) -> [u8; 24] {
    desl(account.expose(), challenge)
}

/// The NTLMv1 response without extended session security.
#[must_use]
pub fn ntlm_v1(account: &NtHash, challenge: &ServerChallenge) -> [u8; 24] {
    desl(account.expose(), challenge)
}

/// The NTLMv1 response with extended session security, also called NTLM2 session response. The client's challenge goes
/// where the LM response would stand, with 16 zeros behind it.
#[must_use]
pub fn ntlm_v1_extended(account: &NtHash, challenge: &ServerChallenge, client: &ClientChallenge) -> [u8; 24] {
    let both = Md5::new().chain_update(challenge).chain_update(client).finalize();
    let [c0, c1, c2, c3, c4, c5, c6, c7, ..] = <[u8; 16]>::from(both);
    desl(account.expose(), &[c0, c1, c2, c3, c4, c5, c6, c7])
}

/// Checks an NTLMv1 response of an account, or of none, in the same time (row D23).
///
/// # Errors
/// [`Error::LogonFailure`], whatever the reason.
pub fn verify_ntlmv1(
    account: Option<&NtHash>,
    challenge: &ServerChallenge,
    response: &[u8],
) -> Result<SessionBaseKey, Error> {
    verify(account, response, |account| ntlm_v1(account, challenge))
}

/// The same with extended session security; `client` are the first 8 octets of the LM response.
///
/// # Errors
/// [`Error::LogonFailure`], whatever the reason.
pub fn verify_ntlmv1_extended(
    account: Option<&NtHash>,
    challenge: &ServerChallenge,
    client: &ClientChallenge,
    response: &[u8],
) -> Result<SessionBaseKey, Error> {
    verify(account, response, |account| ntlm_v1_extended(account, challenge, client))
}

fn verify(
    account: Option<&NtHash>,
    response: &[u8],
    make: impl FnOnce(&NtHash) -> [u8; 24],
) -> Result<SessionBaseKey, Error> {
    let (hash, known) = hash_or_dummy(account);
    if bool::from(make(hash).ct_eq(response) & known) { Ok(hash.session_base_key()) } else { Err(Error::LogonFailure) }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;
    use crate::ntlm::response::ExportedSessionKey;

    const CHALLENGE: ServerChallenge = hex!("0123456789abcdef");

    /// [MS-NLMP] sections 4.2.2.1 and 4.2.2.2.
    #[test]
    fn ms_nlmp_4_2_2() {
        let (nt, lm) = (NtHash::from_password("Password").unwrap(), LmHash::from_password("Password").unwrap());
        assert_eq!(lm.expose(), &hex!("e52cac67419a9a224a3b108f3fa6cb6d"));
        assert_eq!(nt.expose(), &hex!("a4f49c406510bdcab6824ee7c30fd852"));
        let base = nt.session_base_key();
        assert_eq!(base.expose(), &hex!("d87262b0cde4b1cb7499becccdf10784"));
        assert_eq!(ntlm_v1(&nt, &CHALLENGE), hex!("67c43011f30298a2ad35ece64f16331c44bdbed927841f94"));
        let response = lm_v1(&lm, &CHALLENGE);
        assert_eq!(response, hex!("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13"));

        let exported = ExportedSessionKey::new([0x55; 16]);
        let with_base = base.key_exchange_key().wrap_session_key(&exported);
        assert_eq!(with_base, hex!("518822b1b3f350c8958682ecbb3e3cb7"));
        let without_nt = lm.non_nt_key_exchange_key().wrap_session_key(&exported);
        assert_eq!(without_nt, hex!("7452ca55c225a1ca04b48fae32cf56fc"));
        let with_lm = lm.key_exchange_key(response.first_chunk().unwrap());
        assert_eq!(with_lm.expose(), &hex!("b09e379f7fbecb1eaf0afdcb0383c8a0"));
        assert_eq!(with_lm.wrap_session_key(&exported), hex!("4cd7bb57d697ef9b549f02b8f9b37864"));

        assert!(verify_ntlmv1(Some(&nt), &CHALLENGE, &ntlm_v1(&nt, &CHALLENGE)).is_ok());
    }

    /// [MS-NLMP] sections 4.2.3.1 and 4.2.3.2.
    #[test]
    fn ms_nlmp_4_2_3() {
        let nt = NtHash::from_password("Password").unwrap();
        let response = ntlm_v1_extended(&nt, &CHALLENGE, &[0xaa; 8]);
        assert_eq!(response, hex!("7537f803ae367128ca458204bde7caf81e97ed2683267232"));
        let base = verify_ntlmv1_extended(Some(&nt), &CHALLENGE, &[0xaa; 8], &response).unwrap();
        assert_eq!(base.expose(), &hex!("d87262b0cde4b1cb7499becccdf10784"));
        let key = base.extended_key_exchange_key(&CHALLENGE, &[0xaa; 8]);
        assert_eq!(key.expose(), &hex!("eb93429a8bd952f8b89c55b87f475edc"));
    }

    #[test]
    fn d23_unknown_user_wrong_response_and_no_password_are_alike() {
        let nt = NtHash::from_password("Password").unwrap();
        let empty = NtHash::from_password("").unwrap();
        let right = ntlm_v1(&nt, &CHALLENGE);
        let refused = |account: Option<&NtHash>, response: &[u8]| {
            assert_eq!(verify_ntlmv1(account, &CHALLENGE, response).map(|_| ()), Err(Error::LogonFailure));
        };
        refused(None, &right);
        refused(None, &ntlm_v1(hash_or_dummy(None).0, &CHALLENGE));
        refused(Some(&empty), &ntlm_v1(&empty, &CHALLENGE));
        refused(Some(&nt), &[]);
        refused(Some(&nt), &right[..23]);
        for bit in 0..192 {
            let mut wrong = right;
            wrong[bit / 8] ^= 1 << (bit % 8);
            refused(Some(&nt), &wrong);
        }
    }

    #[test]
    fn d28_long_passwords_are_refused_before_they_are_hashed() {
        let actual = 1 << 20;
        let long = "x".repeat(actual);
        assert_eq!(NtHash::from_password(&long).map(|_| ()), Err(Error::PasswordTooLong { actual }));
        assert!(NtHash::from_password(&long[..1024]).is_ok());
        assert_eq!(LmHash::from_password("fifteen letters").map(|_| ()), Err(Error::NoLmHash));
        assert_eq!(LmHash::from_password("jürgen").map(|_| ()), Err(Error::NoLmHash));
        assert!(LmHash::from_password("").is_ok());
    }
}
