//! CHALLENGE_MESSAGE.

use alloc::string::String;
use alloc::vec::Vec;

use super::fields::{Layout, Reading, Writing, even, payload};
use super::received::SIGNATURE;
use super::{AvPairs, Charset, Error, Field, MessageType, NegotiateFlags, Received, Version};

/// What a CHALLENGE_MESSAGE means ([MS-NLMP] section 2.2.1.2): the acceptor's choices, its challenge, and who it is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Challenge<'a> {
    /// TargetName, in the negotiated character set. Without [`NegotiateFlags::REQUEST_TARGET`] it is to be ignored.
    pub target_name: &'a [u8],
    /// NegotiateFlags: what was chosen of what was offered.
    pub flags: NegotiateFlags,
    /// ServerChallenge: never used twice.
    pub server_challenge: [u8; 8],
    /// TargetInfo: see [`Self::av_pairs`].
    pub target_info: &'a [u8],
    /// VERSION, if there is room for one; it says nothing without [`NegotiateFlags::VERSION`].
    pub version: Option<Version>,
}

/// A CHALLENGE_MESSAGE that came.
pub type ChallengeMessage<'a> = Received<'a, Challenge<'a>, 2>;

/// The fixed part without VERSION.
const HEADER: usize = 48;
/// The fixed part with VERSION.
const HEADER_WITH_VERSION: usize = HEADER.saturating_add(Version::LENGTH);
/// Where Reserved begins.
const RESERVED: usize = 32;

impl<'a> ChallengeMessage<'a> {
    /// Checks a message, but for what is in its texts and in its TargetInfo. Reserved is ignored, as is demanded.
    ///
    /// # Errors
    /// What is wrong (rows D01, D02, D03), and [`Error::NoCharset`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reading = Reading(octets);
        MessageType::Challenge.expect(&mut reading)?;
        let target_name = reading.fields(Field::TargetName)?;
        let flags = NegotiateFlags::from_bits(reading.u32()?);
        let server_challenge = reading.octets()?;
        reading.octets::<8>()?;
        let fields = [target_name, reading.fields(Field::TargetInfo)?];
        if flags.charset()? == Charset::Unicode {
            even(&[target_name])?;
        }
        let version = reading.octets().ok();
        let header = match version {
            None if flags.contains(NegotiateFlags::VERSION) => return Err(Error::Truncated),
            Some(_) if flags.contains(NegotiateFlags::VERSION) => HEADER_WITH_VERSION,
            _ => HEADER,
        };
        let payload = payload(octets, header, &fields)?;
        let [target_name, target_info] = payload.values;
        let version = version.filter(|_| payload.start >= HEADER_WITH_VERSION).map(Version::from_octets);
        let meaning = Challenge { target_name, flags, server_challenge, target_info, version };
        Ok(Self::new(octets, meaning, Layout::new(octets, &fields)))
    }
}

impl<'a> Challenge<'a> {
    /// The text of TargetName.
    ///
    /// # Errors
    /// What is wrong with it (row D05), and [`Error::NoCharset`].
    pub fn decode_target_name(&self) -> Result<String, Error> {
        self.flags.charset()?.decode(self.target_name, Field::TargetName)
    }

    /// The pairs of TargetInfo; `None` without [`NegotiateFlags::TARGET_INFO`], whatever stands there.
    ///
    /// # Errors
    /// What is wrong with them (rows D04, D05, D10).
    pub fn av_pairs(&self) -> Result<Option<AvPairs<'a>>, Error> {
        if self.flags.contains(NegotiateFlags::TARGET_INFO) {
            AvPairs::parse(self.target_info).map(Some)
        } else {
            Ok(None)
        }
    }

    /// The message.
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
    pub fn encode_as(&self, layout: &Layout<'_, 2>) -> Result<Vec<u8>, Error> {
        self.write(Some(layout))
    }

    fn write(&self, layout: Option<&Layout<'_, 2>>) -> Result<Vec<u8>, Error> {
        let header = if self.version.is_some() { HEADER_WITH_VERSION } else { HEADER };
        let values = [(Field::TargetName, self.target_name), (Field::TargetInfo, self.target_info)];
        let writing = Writing::payload(header, values, [0, 1], layout)?;
        let [target_name, target_info] = writing.fields;
        let reserved = layout.and_then(|layout| layout.fixed(RESERVED)).unwrap_or([0; 8]);
        let writing = writing
            .put(&SIGNATURE)
            .put(&MessageType::Challenge.number().to_le_bytes())
            .put(&target_name.to_octets())
            .put(&self.flags.bits().to_le_bytes())
            .put(&self.server_challenge)
            .put(&reserved)
            .put(&target_info.to_octets());
        Ok(match self.version {
            Some(version) => writing.put(&version.to_octets()),
            None => writing,
        }
        .finish())
    }
}
