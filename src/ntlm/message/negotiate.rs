//! NEGOTIATE_MESSAGE.

use alloc::vec::Vec;

use super::fields::{Layout, Reading, Writing, payload};
use super::received::SIGNATURE;
use super::{Error, Field, MessageType, NegotiateFlags, Received, Version};

/// What a NEGOTIATE_MESSAGE means ([MS-NLMP] section 2.2.1.1): what the initiator can do.
///
/// ```
/// use negotiate::ntlm::message::{Negotiate, NegotiateFlags, NegotiateMessage};
/// let flags = NegotiateFlags::UNICODE | NegotiateFlags::NTLM | NegotiateFlags::ALWAYS_SIGN;
/// let octets = Negotiate { flags, ..Negotiate::default() }.encode()?;
/// assert_eq!(octets.len(), 32);
/// assert_eq!(NegotiateMessage::parse(&octets)?.meaning().flags, flags);
/// # Ok::<(), negotiate::ntlm::message::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Negotiate<'a> {
    /// NegotiateFlags: what is offered.
    pub flags: NegotiateFlags,
    /// DomainName, in the OEM character set whatever the flags say; to be ignored without
    /// [`NegotiateFlags::OEM_DOMAIN_SUPPLIED`].
    pub domain_name: &'a [u8],
    /// WorkstationName, in the OEM character set whatever the flags say; to be ignored without
    /// [`NegotiateFlags::OEM_WORKSTATION_SUPPLIED`].
    pub workstation: &'a [u8],
    /// VERSION, if there is room for one; it says nothing without [`NegotiateFlags::VERSION`].
    pub version: Option<Version>,
}

/// A NEGOTIATE_MESSAGE that came.
pub type NegotiateMessage<'a> = Received<'a, Negotiate<'a>, 2>;

/// The fixed part without VERSION: what curl, Java, Firefox and impacket send.
const HEADER: usize = 32;
/// The fixed part with VERSION.
const HEADER_WITH_VERSION: usize = HEADER.saturating_add(Version::LENGTH);

impl<'a> NegotiateMessage<'a> {
    /// Checks a message. VERSION has no place of its own in old messages: it is there if the payload begins behind it.
    ///
    /// # Errors
    /// What is wrong (rows D01, D02, D03), and [`Error::NoCharset`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reading = Reading(octets);
        MessageType::Negotiate.expect(&mut reading)?;
        let flags = NegotiateFlags::from_bits(reading.u32()?);
        let fields = [reading.fields(Field::DomainName)?, reading.fields(Field::Workstation)?];
        flags.charset()?;
        let version = reading.octets().ok();
        let header = match version {
            None if flags.contains(NegotiateFlags::VERSION) => return Err(Error::Truncated),
            Some(_) if flags.contains(NegotiateFlags::VERSION) => HEADER_WITH_VERSION,
            _ => HEADER,
        };
        let payload = payload(octets, header, &fields)?;
        let [domain_name, workstation] = payload.values;
        let version = version.filter(|_| payload.start >= HEADER_WITH_VERSION).map(Version::from_octets);
        let meaning = Negotiate { flags, domain_name, workstation, version };
        Ok(Self::new(octets, meaning, Layout::new(octets, &fields)))
    }
}

impl Negotiate<'_> {
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
        let values = [(Field::DomainName, self.domain_name), (Field::Workstation, self.workstation)];
        let writing = Writing::payload(header, values, [0, 1], layout)?;
        let [domain_name, workstation] = writing.fields;
        let writing = writing
            .put(&SIGNATURE)
            .put(&MessageType::Negotiate.number().to_le_bytes())
            .put(&self.flags.bits().to_le_bytes())
            .put(&domain_name.to_octets())
            .put(&workstation.to_octets());
        Ok(match self.version {
            Some(version) => writing.put(&version.to_octets()),
            None => writing,
        }
        .finish())
    }
}
