//! S4U_DELEGATION_INFO ([MS-PAC] section 2.9): the services that act for the user.

use alloc::string::ToString;
use alloc::vec::Vec;

use super::ndr::{Reader, Writer};
use super::{BufferType, Error, UnicodeString};
use crate::authorization::Delegation;

/// The way a login took through services that asked for tickets in the user's name ([MS-PAC] section 2.9).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DelegationInfo<'a> {
    /// S4U2proxyTarget: the service that this ticket was asked for.
    pub target: UnicodeString<'a>,
    /// S4UTransitedServices: the services that asked, in order.
    pub transited_services: Vec<UnicodeString<'a>>,
}

/// Octets of an RPC_UNICODE_STRING without its text.
const STRING_HEADER: usize = 8;

impl<'a> DelegationInfo<'a> {
    /// Reads a buffer of type 11.
    ///
    /// # Errors
    /// [`Error::Ndr`].
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(BufferType::DELEGATION_INFO, octets)?;
        let target = reader.string_header()?;
        let count = reader.counted_pointer()?;
        let target = reader.string(target)?;
        let mut transited_services = Vec::new();
        if let Some(count) = count {
            let mut headers = reader;
            let places = reader.array::<STRING_HEADER>(count)?;
            headers.u32()?;
            // As many as there are octets for: growing would take twice as much (row A06).
            transited_services.reserve_exact(places.len());
            for _ in places {
                transited_services.push(reader.string(headers.string_header()?)?);
            }
        }
        reader.finish()?;
        Ok(Self { target, transited_services })
    }

    /// The buffer.
    ///
    /// # Errors
    /// [`Error::TooLong`] for a name of more than 65,534 octets.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut writer = Writer::new(BufferType::DELEGATION_INFO);
        let services = (!self.transited_services.is_empty()).then_some(&self.transited_services);
        writer.string_header(&self.target)?;
        writer.counted_pointer(services.map(Vec::len))?;
        writer.string(&self.target)?;
        if let Some(services) = services {
            writer.count(services.len())?;
            services.iter().try_for_each(|service| writer.string_header(service))?;
            services.iter().try_for_each(|service| writer.string(service))?;
        }
        writer.finish()
    }

    /// The same without the PAC.
    #[must_use]
    pub fn to_delegation(&self) -> Delegation {
        Delegation {
            target: self.target.text().to_string(),
            transited_services: self.transited_services.iter().map(|service| service.text().to_string()).collect(),
        }
    }
}
