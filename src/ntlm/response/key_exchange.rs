//! From the session base key to the key that signs and seals ([MS-NLMP] sections 3.1.5.1.2, 3.2.5.1.2 and 3.4.5.1).

use md4::{Digest, Md4};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::des::des;
use super::{ClientChallenge, Error, LmHash, NtHash, ServerChallenge};
use crate::ntlm::hmac_md5::HmacMd5;
use crate::ntlm::rc4_stream::rc4k;
use crate::random::{Randomness, Unavailable};

/// SessionBaseKey: what a right response proves both sides to know. A domain controller may hand it over.
pub struct SessionBaseKey(SixteenOctets);

/// KeyExchangeKey: what the session key travels under, or the session key itself.
pub struct KeyExchangeKey(SixteenOctets);

/// ExportedSessionKey: what the messages of the context are signed and sealed under, and the MIC of the handshake.
pub struct ExportedSessionKey(SixteenOctets);

/// A key, and whether it came of nobody's login: such a key is known to everybody, and so is what it was sent under.
struct SixteenOctets {
    octets: [u8; 16],
    null_session: bool,
}

impl SessionBaseKey {
    /// From whoever verified the response, such as a domain controller. 16 zeros are a null session's.
    #[must_use]
    pub fn new(octets: [u8; 16]) -> Self {
        Self(SixteenOctets::new(octets))
    }

    /// The key of anonymous and guest logins: 16 zeros ([MS-NLMP] section 3.2.5.1.2).
    #[must_use]
    pub fn null_session() -> Self {
        Self::new([0; 16])
    }

    /// Whether it came of nobody's login, so that it proves nothing and protects nothing (row D29).
    #[must_use]
    pub const fn is_null_session(&self) -> bool {
        self.0.null_session
    }

    pub(super) fn proven(octets: [u8; 16]) -> Self {
        Self(SixteenOctets { octets, null_session: false })
    }

    /// KXKEY of NTLMv2, and of NTLMv1 without extended session security where neither LM_KEY nor NON_NT_SESSION_KEY was
    /// negotiated: this key itself.
    #[must_use]
    pub fn key_exchange_key(&self) -> KeyExchangeKey {
        KeyExchangeKey(self.0.duplicate())
    }

    /// KXKEY of NTLMv1 with extended session security; `client` are the first 8 octets of the LM response.
    #[must_use]
    pub fn extended_key_exchange_key(&self, challenge: &ServerChallenge, client: &ClientChallenge) -> KeyExchangeKey {
        let octets = HmacMd5::new(&self.0.octets).mac(&[challenge, client]);
        KeyExchangeKey(SixteenOctets { octets, null_session: self.0.null_session })
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0.octets
    }
}

impl NtHash {
    /// SessionBaseKey of NTLMv1: MD4 of the hash, the same for every login.
    #[must_use]
    pub fn session_base_key(&self) -> SessionBaseKey {
        SessionBaseKey::proven(Md4::digest(self.expose()).into())
    }
}

impl LmHash {
    /// KXKEY of NTLMv1 with LM_KEY; `lm_response` are the first 8 octets of the LM response.
    #[must_use]
    pub fn key_exchange_key(&self, lm_response: &[u8; 8]) -> KeyExchangeKey {
        let [k0, k1, k2, k3, k4, k5, k6, k7, ..] = *self.expose();
        let left = des(&[k0, k1, k2, k3, k4, k5, k6], lm_response);
        let right = des(&[k7, 0xbd, 0xbd, 0xbd, 0xbd, 0xbd, 0xbd], lm_response);
        KeyExchangeKey(SixteenOctets::joined(left, right))
    }

    /// KXKEY of NTLMv1 with NON_NT_SESSION_KEY: half the hash, and zeros.
    #[must_use]
    pub fn non_nt_key_exchange_key(&self) -> KeyExchangeKey {
        let [k0, k1, k2, k3, k4, k5, k6, k7, ..] = *self.expose();
        KeyExchangeKey(SixteenOctets::joined([k0, k1, k2, k3, k4, k5, k6, k7], [0; 8]))
    }
}

impl KeyExchangeKey {
    /// The session key where none was exchanged: this key itself.
    #[must_use]
    pub fn exported_session_key(&self) -> ExportedSessionKey {
        ExportedSessionKey(self.0.duplicate())
    }

    /// EncryptedRandomSessionKey: what the client sends.
    #[must_use]
    pub fn wrap_session_key(&self, exported: &ExportedSessionKey) -> [u8; 16] {
        let mut octets = *exported.expose();
        rc4k(&self.0.octets, &mut octets);
        octets
    }

    /// The session key that the client sent as EncryptedRandomSessionKey.
    ///
    /// # Errors
    /// [`Error::SessionKeyLength`] unless it has exactly 16 octets (row D18).
    pub fn unwrap_session_key(&self, encrypted: &[u8]) -> Result<ExportedSessionKey, Error> {
        let octets: &[u8; 16] =
            encrypted.try_into().map_err(|_| Error::SessionKeyLength { actual: encrypted.len() })?;
        let mut key = SixteenOctets { octets: *octets, null_session: self.0.null_session };
        rc4k(&self.0.octets, &mut key.octets);
        Ok(ExportedSessionKey(key))
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0.octets
    }
}

impl ExportedSessionKey {
    /// From octets that someone else derived. 16 zeros are a null session's.
    #[must_use]
    pub fn new(octets: [u8; 16]) -> Self {
        Self(SixteenOctets::new(octets))
    }

    /// A new one, as the client makes it to send it.
    ///
    /// # Errors
    /// [`Unavailable`] if the source does not deliver.
    pub fn generate(source: &dyn Randomness) -> Result<Self, Unavailable> {
        let mut key = SixteenOctets { octets: [0; 16], null_session: false };
        source.fill(&mut key.octets)?;
        Ok(Self(key))
    }

    /// The MIC of the three messages, in the order they were sent and as they were sent, the third with 16 zeros where
    /// its MIC goes. Without a connection there is no first.
    #[must_use]
    pub fn mic(&self, messages: &[&[u8]]) -> [u8; 16] {
        HmacMd5::new(&self.0.octets).mac(messages)
    }

    /// Checks the MIC that stands in the third message at octet `at`, in constant time.
    ///
    /// # Errors
    /// [`Error::MicMismatch`] if it does not fit, or does not lie within the message.
    pub fn verify_mic(&self, negotiate: &[u8], challenge: &[u8], authenticate: &[u8], at: usize) -> Result<(), Error> {
        let (front, rest) = authenticate.split_at_checked(at).ok_or(Error::MicMismatch)?;
        let (given, back) = rest.split_first_chunk::<16>().ok_or(Error::MicMismatch)?;
        let expected = Zeroizing::new(self.mic(&[negotiate, challenge, front, &[0; 16], back]));
        if bool::from(expected.ct_eq(given)) { Ok(()) } else { Err(Error::MicMismatch) }
    }

    /// Whether it came of nobody's login, so that nothing may be signed or sealed under it (row D29).
    #[must_use]
    pub const fn is_null_session(&self) -> bool {
        self.0.null_session
    }

    /// The octets themselves. Whoever calls this answers for where they go.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 16] {
        &self.0.octets
    }
}

impl SixteenOctets {
    fn new(octets: [u8; 16]) -> Self {
        Self { octets, null_session: octets.ct_eq(&[0; 16]).into() }
    }

    fn joined(left: [u8; 8], right: [u8; 8]) -> Self {
        let mut key = Self { octets: [0; 16], null_session: false };
        key.octets.iter_mut().zip(left.into_iter().chain(right)).for_each(|(to, octet)| *to = octet);
        key
    }

    fn duplicate(&self) -> Self {
        Self { octets: self.octets, null_session: self.null_session }
    }
}

impl Drop for SixteenOctets {
    fn drop(&mut self) {
        self.octets.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d18_an_encrypted_key_has_16_octets() {
        let key = SessionBaseKey::new([1; 16]).key_exchange_key();
        for actual in [0, 15, 17] {
            let verdict = key.unwrap_session_key(&[7; 17][..actual]).map(|_| ());
            assert_eq!(verdict, Err(Error::SessionKeyLength { actual }));
        }
    }

    #[test]
    fn d29_a_null_session_stays_one() {
        let base = SessionBaseKey::null_session();
        assert!(base.key_exchange_key().exported_session_key().is_null_session());
        assert!(base.key_exchange_key().unwrap_session_key(&[7; 16]).unwrap().is_null_session());
        assert!(base.extended_key_exchange_key(&[1; 8], &[2; 8]).exported_session_key().is_null_session());
        assert!(!SessionBaseKey::new([1; 16]).key_exchange_key().exported_session_key().is_null_session());
    }

    #[test]
    fn d16_each_bit_of_the_three_messages_counts() {
        let key = ExportedSessionKey::new([3; 16]);
        let messages = [[1; 40], [2; 40], [0; 40]];
        let mic = key.mic(&[&messages[0], &messages[1], &messages[2]]);
        let mut sent = messages.concat();
        sent[88..104].copy_from_slice(&mic);
        let verdict = |sent: &[u8]| key.verify_mic(&sent[..40], &sent[40..80], &sent[80..], 8);
        assert_eq!(verdict(&sent), Ok(()));
        for bit in 0..sent.len() * 8 {
            sent[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(verdict(&sent), Err(Error::MicMismatch), "{bit}");
            sent[bit / 8] ^= 1 << (bit % 8);
        }
        for at in [25, 40, 41, usize::MAX] {
            assert_eq!(key.verify_mic(&[], &[], &sent[80..], at), Err(Error::MicMismatch));
        }
    }
}
