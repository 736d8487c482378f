//! AUTHENTICATE_MESSAGE.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::fields::{Layout, Reading, Writing, even, payload};
use super::received::{Elided, SIGNATURE};
use super::{Charset, Error, Field, LmResponse, MessageType, NegotiateFlags, NtResponse, Received, Version};

/// What an AUTHENTICATE_MESSAGE means ([MS-NLMP] section 2.2.1.3): who logs in, and the proof.
#[derive(Clone, Copy, Default, Eq, PartialEq)]
pub struct Authenticate<'a> {
    /// LmChallengeResponse: see [`Self::lm_response`].
    pub lm_challenge_response: &'a [u8],
    /// NtChallengeResponse: see [`Self::nt_response`].
    pub nt_challenge_response: &'a [u8],
    /// DomainName, in the negotiated character set.
    pub domain_name: &'a [u8],
    /// UserName, in the negotiated character set.
    pub user_name: &'a [u8],
    /// Workstation, in the negotiated character set: a label on which nothing may be decided (row D14).
    pub workstation: &'a [u8],
    /// EncryptedRandomSessionKey: 16 octets, or none.
    pub encrypted_random_session_key: &'a [u8],
    /// NegotiateFlags: what is in effect, as the initiator sees it.
    pub flags: NegotiateFlags,
    /// VERSION, if there is room for one; it says nothing without [`NegotiateFlags::VERSION`].
    pub version: Option<Version>,
    /// MIC, if there is room for one. Whether these octets are one is said by MsvAvFlags inside the response.
    pub mic: Option<[u8; 16]>,
}

/// An AUTHENTICATE_MESSAGE that came.
pub type AuthenticateMessage<'a> = Received<'a, Authenticate<'a>, 6>;

/// A MIC, and what it is computed over: the three in a row, with zeros in the place of `value`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Mic<'a> {
    /// What stands before it.
    pub before: &'a [u8],
    /// The MIC itself.
    pub value: &'a [u8; 16],
    /// What stands behind it.
    pub after: &'a [u8],
}

/// The fixed part with neither VERSION nor MIC: curl, Java, Firefox, impacket, wget.
const HEADER: usize = 64;
const MIC: usize = 16;
/// The fixed part with VERSION, and where MIC is as a rule.
const HEADER_WITH_VERSION: usize = HEADER.saturating_add(Version::LENGTH);
/// The fixed part with MIC but without VERSION: gss-ntlmssp, where VERSION was not negotiated.
const HEADER_WITH_MIC: usize = HEADER.saturating_add(MIC);
/// The fixed part with both. Chromium and Windows leave room for VERSION whether it was negotiated or not.
const HEADER_WITH_BOTH: usize = HEADER_WITH_VERSION.saturating_add(MIC);

impl<'a> AuthenticateMessage<'a> {
    /// Checks a message, but for what is in its texts and responses.
    ///
    /// What its fixed part has behind the flags is told by where the payload begins, and not by the flags: curl sets
    /// [`NegotiateFlags::VERSION`] and leaves it out, Chromium the other way about.
    ///
    /// # Errors
    /// What is wrong (rows D01, D02, D03), and [`Error::NoCharset`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reading = Reading(octets);
        MessageType::Authenticate.expect(&mut reading)?;
        let fields = [
            reading.fields(Field::LmChallengeResponse)?,
            reading.fields(Field::NtChallengeResponse)?,
            reading.fields(Field::DomainName)?,
            reading.fields(Field::UserName)?,
            reading.fields(Field::Workstation)?,
            reading.fields(Field::EncryptedRandomSessionKey)?,
        ];
        let flags = NegotiateFlags::from_bits(reading.u32()?);
        let [_, _, domain_name, user_name, workstation, _] = fields;
        if flags.charset()? == Charset::Unicode {
            even(&[domain_name, user_name, workstation])?;
        }
        let payload = payload(octets, HEADER, &fields)?;
        let [lm_challenge_response, nt_challenge_response, domain_name, user_name, workstation, key] = payload.values;
        let (version, mic) = optional_parts(flags, reading, payload.start);
        let meaning = Authenticate {
            lm_challenge_response,
            nt_challenge_response,
            domain_name,
            user_name,
            workstation,
            encrypted_random_session_key: key,
            flags,
            version,
            mic,
        };
        Ok(Self::new(octets, meaning, Layout::new(octets, &fields)))
    }

    /// The octets in the place of the MIC, if the message has room for one.
    #[must_use]
    pub fn mic(&self) -> Option<Mic<'a>> {
        self.meaning().mic?;
        let place = if self.meaning().version.is_some() { HEADER_WITH_VERSION } else { HEADER };
        let (before, rest) = self.octets().split_at_checked(place)?;
        let (value, after) = rest.split_first_chunk()?;
        Some(Mic { before, value, after })
    }

    /// The MIC of a message whose response announces one ([`AvFlags::MIC`](super::AvFlags::MIC)).
    ///
    /// # Errors
    /// [`Error::MicMissing`] if it was cut out (row D09), [`Error::FieldOverlap`] if a value lies where it is (row D02).
    pub fn announced_mic(&self) -> Result<Mic<'a>, Error> {
        const NAMES: [Field; 6] = [
            Field::LmChallengeResponse,
            Field::NtChallengeResponse,
            Field::DomainName,
            Field::UserName,
            Field::Workstation,
            Field::EncryptedRandomSessionKey,
        ];
        self.mic().ok_or_else(|| {
            let first = NAMES.into_iter().zip(self.layout().fields()).filter(|(_, at)| at.len != 0);
            match first.min_by_key(|(_, at)| at.buffer_offset) {
                Some((field, at)) if (72..88).contains(&at.buffer_offset) => Error::FieldOverlap(field),
                _ => Error::MicMissing,
            }
        })
    }
}

/// VERSION and MIC, as far as they fit in before the payload.
fn optional_parts(
    flags: NegotiateFlags,
    mut reading: Reading<'_>,
    start: usize,
) -> (Option<Version>, Option<[u8; 16]>) {
    match start {
        HEADER_WITH_BOTH.. => (reading.octets().ok().map(Version::from_octets), reading.octets().ok()),
        HEADER_WITH_MIC.. if !flags.contains(NegotiateFlags::VERSION) => (None, reading.octets().ok()),
        HEADER_WITH_VERSION.. => (reading.octets().ok().map(Version::from_octets), None),
        _ => (None, None),
    }
}

impl<'a> Authenticate<'a> {
    /// LmChallengeResponse by its form.
    ///
    /// # Errors
    /// [`Error::BadResponseLength`].
    pub fn lm_response(&self) -> Result<LmResponse<'a>, Error> {
        LmResponse::parse(self.lm_challenge_response)
    }

    /// NtChallengeResponse by its form.
    ///
    /// # Errors
    /// [`Error::BadResponseLength`] (row D07), and what can be wrong inside.
    pub fn nt_response(&self) -> Result<NtResponse<'a>, Error> {
        NtResponse::parse(self.nt_challenge_response)
    }

    /// The text of DomainName.
    ///
    /// # Errors
    /// What is wrong with it (row D05), and [`Error::NoCharset`].
    pub fn decode_domain_name(&self) -> Result<String, Error> {
        self.flags.charset()?.decode(self.domain_name, Field::DomainName)
    }

    /// The text of UserName.
    ///
    /// # Errors
    /// What is wrong with it (row D05), and [`Error::NoCharset`].
    pub fn decode_user_name(&self) -> Result<String, Error> {
        self.flags.charset()?.decode(self.user_name, Field::UserName)
    }

    /// The text of Workstation.
    ///
    /// # Errors
    /// What is wrong with it (row D05), and [`Error::NoCharset`].
    pub fn decode_workstation(&self) -> Result<String, Error> {
        self.flags.charset()?.decode(self.workstation, Field::Workstation)
    }

    /// The message, with the payload in the order that [MS-NLMP] section 4.2 shows: the texts first, which keeps them even.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        self.write(None)
    }

    /// The message, arranged as another one was.
    ///
    /// # Errors
    /// [`Error::TooLong`].
    pub fn encode_as(&self, layout: &Layout<'_, 6>) -> Result<Vec<u8>, Error> {
        self.write(Some(layout))
    }

    fn write(&self, layout: Option<&Layout<'_, 6>>) -> Result<Vec<u8>, Error> {
        let header = match (self.version, self.mic) {
            (None, None) => HEADER,
            (Some(_), None) => HEADER_WITH_VERSION,
            (None, Some(_)) => HEADER_WITH_MIC,
            (Some(_), Some(_)) => HEADER_WITH_BOTH,
        };
        let values = [
            (Field::LmChallengeResponse, self.lm_challenge_response),
            (Field::NtChallengeResponse, self.nt_challenge_response),
            (Field::DomainName, self.domain_name),
            (Field::UserName, self.user_name),
            (Field::Workstation, self.workstation),
            (Field::EncryptedRandomSessionKey, self.encrypted_random_session_key),
        ];
        let writing = Writing::payload(header, values, [2, 3, 4, 0, 1, 5], layout)?;
        let fields = writing.fields;
        let start = writing.put(&SIGNATURE).put(&MessageType::Authenticate.number().to_le_bytes());
        let writing = fields.into_iter().fold(start, |writing, at| writing.put(&at.to_octets()));
        let writing = writing.put(&self.flags.bits().to_le_bytes());
        let writing = match self.version {
            Some(version) => writing.put(&version.to_octets()),
            None => writing,
        };
        Ok(match &self.mic {
            Some(mic) => writing.put(mic),
            None => writing,
        }
        .finish())
    }
}

impl fmt::Debug for Authenticate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authenticate")
            .field("lm_challenge_response", &Elided(self.lm_challenge_response))
            .field("nt_challenge_response", &Elided(self.nt_challenge_response))
            .field("domain_name", &self.decode_domain_name())
            .field("user_name", &self.decode_user_name())
            .field("workstation", &self.decode_workstation())
            .field("encrypted_random_session_key", &Elided(self.encrypted_random_session_key))
            .field("flags", &self.flags)
            .field("version", &self.version)
            .field("mic", &self.mic.is_some())
            .finish()
    }
}
