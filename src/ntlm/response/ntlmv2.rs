//! NTLMv2 ([MS-NLMP] section 3.3.2).

use subtle::{Choice, ConstantTimeEq};

use super::upcase::{in_octets, upcase};
use super::{ClientChallenge, Error, NtHash, ServerChallenge, SessionBaseKey};
use crate::ntlm::hmac_md5::HmacMd5;

/// NTOWFv2 and LMOWFv2, which are the same: the account's hash, bound to the user's and the domain's name.
pub struct ResponseKey(HmacMd5);

impl NtHash {
    /// NTOWFv2: the user's name in upper case, the domain's as it was sent (row D24), both in UTF-16 code units.
    #[must_use]
    pub fn response_key(
        &self,
        user: impl IntoIterator<Item = u16>,
        domain: impl IntoIterator<Item = u16>,
    ) -> ResponseKey {
        ResponseKey(HmacMd5::new(&zeroize::Zeroizing::new(self.ntowf_v2(user, domain))))
    }

    fn ntowf_v2(&self, user: impl IntoIterator<Item = u16>, domain: impl IntoIterator<Item = u16>) -> [u8; 16] {
        let mut state = HmacMd5::new(self.expose());
        in_octets(user.into_iter().map(upcase).chain(domain), |octets| state.update(octets));
        state.finish()
    }
}

impl ResponseKey {
    /// NTProofStr over the challenge and what [MS-NLMP] calls `temp`: the NTLMv2_CLIENT_CHALLENGE and all octets behind it.
    #[must_use]
    pub fn nt_proof(&self, challenge: &ServerChallenge, temp: &[u8]) -> [u8; 16] {
        self.0.mac(&[challenge, temp])
    }

    /// The LMv2 response: a proof over both challenges, and the client's.
    #[must_use]
    pub fn lm_v2(&self, challenge: &ServerChallenge, client: &ClientChallenge) -> [u8; 24] {
        let mut response = [0; 24];
        let octets = self.0.mac(&[challenge, client]).into_iter().chain(*client);
        response.iter_mut().zip(octets).for_each(|(to, octet)| *to = octet);
        response
    }

    /// SessionBaseKey, from the proof.
    #[must_use]
    pub fn session_base_key(&self, nt_proof: &[u8; 16]) -> SessionBaseKey {
        SessionBaseKey::proven(self.0.mac(&[nt_proof]))
    }
}

/// Checks the NTLMv2 response of an account, or of none, in the same time (row D23).
///
/// `user` and `domain` are the names as they were sent, in UTF-16 code units ([`code_units`](super::code_units));
/// `response` is NtChallengeResponse: the proof of 16 octets, and what is proven. An account without a password is no
/// account: nobody logs in to it from afar.
///
/// # Errors
/// [`Error::LogonFailure`], whatever the reason.
pub fn verify_ntlmv2(
    account: Option<&NtHash>,
    user: impl IntoIterator<Item = u16>,
    domain: impl IntoIterator<Item = u16>,
    challenge: &ServerChallenge,
    response: &[u8],
) -> Result<SessionBaseKey, Error> {
    let (hash, known) = hash_or_dummy(account);
    let key = hash.response_key(user, domain);
    let (given, temp) = response.split_first_chunk::<16>().ok_or(Error::LogonFailure)?;
    let proof = key.nt_proof(challenge, temp);
    if bool::from(proof.ct_eq(given) & known) { Ok(key.session_base_key(&proof)) } else { Err(Error::LogonFailure) }
}

/// What to compute with, and whether the result may count: for an unknown user nothing is right, not even the response
/// made from the stand-in's hash.
pub(super) fn hash_or_dummy(account: Option<&NtHash>) -> (&NtHash, Choice) {
    /// Nobody's.
    static DUMMY: NtHash = NtHash::new([0x5a; 16]);
    /// Of the empty password.
    const EMPTY: [u8; 16] =
        [0x31, 0xd6, 0xcf, 0xe0, 0xd1, 0x6a, 0xe9, 0x31, 0xb7, 0x3c, 0x59, 0xd7, 0xe0, 0xc0, 0x89, 0xc0];
    let hash = account.unwrap_or(&DUMMY);
    (hash, Choice::from(u8::from(account.is_some())) & !hash.expose().ct_eq(&EMPTY))
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;

    const CHALLENGE: ServerChallenge = hex!("0123456789abcdef");
    const TEMP: [u8; 68] = hex!(
        "01010000000000000000000000000000aaaaaaaaaaaaaaaa0000000002000c0044006f006d00610069006e00"
        "01000c005300650072007600650072000000000000000000"
    );

    /// [MS-NLMP] sections 4.2.4.1 and 4.2.4.2.
    #[test]
    fn ms_nlmp_4_2_4() {
        let account = NtHash::from_password("Password").unwrap();
        let names = || ("User".encode_utf16(), "Domain".encode_utf16());
        let (user, domain) = names();
        assert_eq!(account.ntowf_v2(user, domain), hex!("0c868a403bfd7a93a3001ef22ef02e3f"));
        let (user, domain) = names();
        let key = account.response_key(user, domain);
        let proof = key.nt_proof(&CHALLENGE, &TEMP);
        assert_eq!(proof, hex!("68cd0ab851e51c96aabc927bebef6a1c"));
        assert_eq!(key.lm_v2(&CHALLENGE, &[0xaa; 8]), hex!("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa"));
        let base = key.session_base_key(&proof);
        assert_eq!(base.expose(), &hex!("8de40ccadbc14a82f15cb0ad0de95ca3"));
        let exported = super::super::ExportedSessionKey::new([0x55; 16]);
        let wrapped = base.key_exchange_key().wrap_session_key(&exported);
        assert_eq!(wrapped, hex!("c5dad2544fc9799094ce1ce90bc9d03e"));

        let response = [&proof[..], &TEMP].concat();
        let (user, domain) = names();
        let base = verify_ntlmv2(Some(&account), user, domain, &CHALLENGE, &response).unwrap();
        let unwrapped = base.key_exchange_key().unwrap_session_key(&wrapped).unwrap();
        assert_eq!(unwrapped.expose(), &[0x55; 16]);
    }

    #[test]
    fn d12_d23_each_bit_of_the_proof_counts_and_all_failures_are_alike() {
        let account = NtHash::from_password("Password").unwrap();
        let verdict = |account: Option<&NtHash>, response: &[u8]| {
            verify_ntlmv2(account, "User".encode_utf16(), "Domain".encode_utf16(), &CHALLENGE, response).map(|_| ())
        };
        let made = |account: &NtHash| {
            let proof =
                account.response_key("User".encode_utf16(), "Domain".encode_utf16()).nt_proof(&CHALLENGE, &TEMP);
            [&proof[..], &TEMP].concat()
        };
        let right = made(&account);
        assert_eq!(verdict(Some(&account), &right), Ok(()));
        for bit in 0..right.len() * 8 {
            let mut wrong = right.clone();
            wrong[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verdict(Some(&account), &wrong), Err(Error::LogonFailure), "{bit}");
        }
        for end in 0..right.len() {
            assert_eq!(verdict(Some(&account), &right[..end]), Err(Error::LogonFailure), "{end}");
        }
        assert_eq!(verdict(None, &right), Err(Error::LogonFailure));
        assert_eq!(verdict(None, &made(hash_or_dummy(None).0)), Err(Error::LogonFailure), "the stand-in's own");
        let empty = NtHash::from_password("").unwrap();
        assert_eq!(verdict(Some(&empty), &made(&empty)), Err(Error::LogonFailure), "no password");
    }

    #[test]
    fn d24_the_domain_is_as_it_was_sent() {
        let account = NtHash::new([1; 16]);
        let made = |user: &str, domain: &str| account.ntowf_v2(user.encode_utf16(), domain.encode_utf16());
        assert_eq!(made("user", "Dom"), made("USER", "Dom"));
        assert_ne!(made("user", "Dom"), made("user", "DOM"));
    }
}
