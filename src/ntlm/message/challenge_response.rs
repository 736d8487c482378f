//! The responses to a challenge, as they stand in an AUTHENTICATE_MESSAGE. What must be in them is computed elsewhere.

use alloc::vec::Vec;
use core::fmt;

use super::fields::Reading;
use super::received::Elided;
use super::{AvPairs, Error, Field, FileTime};

/// LmChallengeResponse.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum LmResponse<'a> {
    /// No octets: none was sent.
    None,
    /// One zero octet, which an anonymous login has ([MS-NLMP] section 3.2.5.1.2).
    Anonymous,
    /// 24 octets: LM_RESPONSE ([MS-NLMP] section 2.2.2.3), LMv2_RESPONSE (section 2.2.2.4), or the challenge of an
    /// initiator with NTLMv1 and extended session security (section 3.3.1). Which one, the octets do not say.
    Response(&'a [u8; 24]),
}

impl<'a> LmResponse<'a> {
    /// By the length.
    ///
    /// # Errors
    /// [`Error::BadResponseLength`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        match octets {
            [] => Ok(Self::None),
            [0] => Ok(Self::Anonymous),
            _ => octets
                .try_into()
                .map(Self::Response)
                .map_err(|_| Error::BadResponseLength(Field::LmChallengeResponse, octets.len())),
        }
    }

    /// Taken as an LMv2_RESPONSE.
    #[must_use]
    pub fn as_v2(self) -> Option<LmV2Response<'a>> {
        let Self::Response(octets) = self else { return None };
        let (response, challenge) = octets.split_first_chunk()?;
        Some(LmV2Response { response, challenge_from_client: challenge.try_into().ok()? })
    }

    /// Taken as what extended session security puts here beside NTLMv1: the initiator's challenge, and 16 zero octets
    /// ([MS-NLMP] section 3.3.1).
    #[must_use]
    pub fn as_client_challenge(self) -> Option<&'a [u8; 8]> {
        let Self::Response(octets) = self else { return None };
        let (challenge, zeros) = octets.split_first_chunk()?;
        zeros.iter().all(|octet| *octet == 0).then_some(challenge)
    }
}

/// LMv2_RESPONSE ([MS-NLMP] section 2.2.2.4).
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct LmV2Response<'a> {
    /// Response.
    pub response: &'a [u8; 16],
    /// ChallengeFromClient.
    pub challenge_from_client: &'a [u8; 8],
}

/// NtChallengeResponse.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum NtResponse<'a> {
    /// No octets: none was sent.
    None,
    /// NTLM_RESPONSE ([MS-NLMP] section 2.2.2.6): NTLMv1, with or without extended session security.
    V1(&'a [u8; 24]),
    /// NTLMv2_RESPONSE.
    V2(NtlmV2Response<'a>),
}

impl<'a> NtResponse<'a> {
    /// By the length: 24 octets are NTLMv1, and more than there are in an NTLMv2_RESPONSE without pairs are NTLMv2.
    ///
    /// # Errors
    /// [`Error::BadResponseLength`] (row D07), and what can be wrong inside an NTLMv2_RESPONSE.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        match octets.split_first_chunk() {
            None if octets.is_empty() => Ok(Self::None),
            Some((response, temp)) if octets.len() >= NtlmV2Response::SHORTEST => {
                Ok(Self::V2(NtlmV2Response { response, temp, client_challenge: ClientChallenge::parse(temp)? }))
            }
            _ => octets
                .try_into()
                .map(Self::V1)
                .map_err(|_| Error::BadResponseLength(Field::NtChallengeResponse, octets.len())),
        }
    }
}

/// NTLMv2_RESPONSE ([MS-NLMP] section 2.2.2.8).
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct NtlmV2Response<'a> {
    /// Response: NTProofStr.
    pub response: &'a [u8; 16],
    /// NTLMv2_CLIENT_CHALLENGE as it came, which is what the proof is computed over: `temp` of section 3.3.2.
    pub temp: &'a [u8],
    /// What it means.
    pub client_challenge: ClientChallenge<'a>,
}

impl NtlmV2Response<'_> {
    /// A proof, the fixed part, and MsvAvEOL.
    const SHORTEST: usize = 48;
}

/// NTLMv2_CLIENT_CHALLENGE ([MS-NLMP] section 2.2.2.7), of which RespType and HiRespType are 1 and the reserved fields 0.
///
/// ```
/// use negotiate::ntlm::message::{AvPair, AvPairs, ClientChallenge, FileTime};
/// let pairs = AvPairs::encode([AvPair::Timestamp(FileTime(0))], 4)?;
/// let challenge = ClientChallenge {
///     time_stamp: FileTime(0),
///     challenge_from_client: [0xaa; 8],
///     av_pairs: AvPairs::parse(&pairs)?,
/// };
/// assert_eq!(ClientChallenge::parse(&challenge.encode())?, challenge);
/// # Ok::<(), negotiate::ntlm::message::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientChallenge<'a> {
    /// TimeStamp.
    pub time_stamp: FileTime,
    /// ChallengeFromClient.
    pub challenge_from_client: [u8; 8],
    /// AvPairs, and the zero octets behind them.
    pub av_pairs: AvPairs<'a>,
}

/// RespType and HiRespType 1, Reserved1 and Reserved2 zero.
const RESP_TYPE: [u8; 8] = [1, 1, 0, 0, 0, 0, 0, 0];

impl<'a> ClientChallenge<'a> {
    /// Checks all of it. The reserved fields, which [MS-NLMP] would have a receiver ignore, must be zero: nobody sends
    /// anything else.
    ///
    /// # Errors
    /// [`Error::BadClientChallenge`], [`Error::Truncated`], and what can be wrong with the pairs.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reading = Reading(octets);
        let resp_type = reading.octets()?;
        let time_stamp = FileTime(u64::from_le_bytes(reading.octets()?));
        let challenge_from_client = reading.octets()?;
        if (resp_type, reading.u32()?) != (RESP_TYPE, 0) {
            return Err(Error::BadClientChallenge);
        }
        Ok(Self { time_stamp, challenge_from_client, av_pairs: AvPairs::parse(reading.0)? })
    }

    /// `temp` of [MS-NLMP] section 3.3.2, which the proof is computed over.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (time, reserved3) = (self.time_stamp.0.to_le_bytes(), [0; 4]);
        [&RESP_TYPE[..], &time, &self.challenge_from_client, &reserved3, self.av_pairs.octets()].concat()
    }
}

impl fmt::Debug for LmResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Anonymous => f.write_str("Anonymous"),
            Self::Response(octets) => f.debug_tuple("Response").field(&Elided(*octets)).finish(),
        }
    }
}

impl fmt::Debug for LmV2Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LmV2Response").finish_non_exhaustive()
    }
}

impl fmt::Debug for NtResponse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::V1(octets) => f.debug_tuple("V1").field(&Elided(*octets)).finish(),
            Self::V2(response) => f.debug_tuple("V2").field(response).finish(),
        }
    }
}

impl fmt::Debug for NtlmV2Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("NtlmV2Response");
        out.field("response", &Elided(self.response)).field("client_challenge", &self.client_challenge).finish()
    }
}

#[cfg(test)]
mod tests {
    use hex_literal::hex;

    use super::*;
    use crate::ntlm::message::AvFlaw;

    /// [MS-NLMP] sections 4.2.2.2.2, 4.2.3.2.1 and 4.2.4.2.1.
    #[test]
    fn the_lm_responses_of_the_examples() {
        let v1 = hex!("98def7b87f88aa5dafe2df779688a172def11c7d5ccdef13");
        let ess = hex!("aaaaaaaaaaaaaaaa00000000000000000000000000000000");
        let v2 = hex!("86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa");
        assert_eq!(LmResponse::parse(&v1), Ok(LmResponse::Response(&v1)));
        assert_eq!(LmResponse::parse(&v1).unwrap().as_client_challenge(), None);
        assert_eq!(LmResponse::parse(&ess).unwrap().as_client_challenge(), Some(&[0xaa; 8]));
        let v2 = LmResponse::parse(&v2).unwrap().as_v2().unwrap();
        assert_eq!((v2.response, v2.challenge_from_client), (&hex!("86c35097ac9cec102554764a57cccc19"), &[0xaa; 8]));
        assert_eq!(LmResponse::parse(&[]), Ok(LmResponse::None));
        assert_eq!(LmResponse::parse(&[0]), Ok(LmResponse::Anonymous));
        assert_eq!(LmResponse::Anonymous.as_v2(), None);
        for length in (1..24).chain(25..50) {
            let bad = Err(Error::BadResponseLength(Field::LmChallengeResponse, length));
            assert_eq!(LmResponse::parse(&[1; 50][..length]), bad);
        }
    }

    #[test]
    fn d07_an_nt_response_is_empty_or_24_octets_or_48_at_least() {
        assert_eq!(NtResponse::parse(&[]), Ok(NtResponse::None));
        assert_eq!(NtResponse::parse(&[7; 24]), Ok(NtResponse::V1(&[7; 24])));
        for length in (1..24).chain(25..48) {
            let bad = Err(Error::BadResponseLength(Field::NtChallengeResponse, length));
            assert_eq!(NtResponse::parse(&[7; 48][..length]), bad);
        }
        let mut shortest = [0; 48];
        shortest[16..18].copy_from_slice(&[1, 1]);
        assert!(matches!(NtResponse::parse(&shortest), Ok(NtResponse::V2(_))));
    }

    /// SECURITY section 2b, step 5.
    #[test]
    fn d07_a_client_challenge_is_of_version_1_and_reserves_nothing() {
        let sound = ClientChallenge {
            time_stamp: FileTime(5),
            challenge_from_client: [0xaa; 8],
            av_pairs: AvPairs::parse(&[0; 4]).unwrap(),
        };
        let octets = sound.encode();
        assert_eq!(ClientChallenge::parse(&octets), Ok(sound));
        for at in (0..8).chain(24..28) {
            let mut octets = octets.clone();
            octets[at] ^= 2;
            assert_eq!(ClientChallenge::parse(&octets), Err(Error::BadClientChallenge), "{at}");
        }
        for length in 0..28 {
            assert_eq!(ClientChallenge::parse(&octets[..length]), Err(Error::Truncated));
        }
        assert_eq!(ClientChallenge::parse(&octets[..28]), Err(Error::BadAvPair(AvFlaw::NoEol)));
    }
}
