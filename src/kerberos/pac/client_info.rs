//! PAC_CLIENT_INFO ([MS-PAC] section 2.7): whose PAC it is.

use alloc::vec::Vec;

use super::{BufferType, Client, ClientFlaw, Error, Text};
use crate::time::FileTime;

/// Whose ticket a PAC belongs to ([MS-PAC] section 2.7).
///
/// ```text
///   0..8    ClientId     little-endian: the ticket's authtime as a FILETIME
///   8..10   NameLength   little-endian, in octets
///  10..     Name         UTF-16, little-endian: the client's name without its realm
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ClientInfo<'a> {
    /// ClientId: when the client proved who it is, as authtime of the ticket says too.
    pub client_id: FileTime,
    /// Name: cname of the ticket ([MS-KILE] 3.3.5.6.4.2).
    pub name: Text<'a>,
}

impl<'a> ClientInfo<'a> {
    /// Reads a buffer of type 10. What is behind the Name is ignored.
    ///
    /// # Errors
    /// [`Error::Length`] if it ends before the Name does, [`Error::Text`] if that is no text (row F06).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        let kind = BufferType::CLIENT_INFO;
        let (client_id, rest) = octets.split_first_chunk::<8>().ok_or(Error::Length(kind))?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Error::Length(kind))?;
        let name = rest.get(..usize::from(u16::from_le_bytes(*length))).ok_or(Error::Length(kind))?;
        Ok(Self {
            client_id: FileTime(u64::from_le_bytes(*client_id)),
            name: Text::from_octets(name).ok_or(Error::Text(kind))?,
        })
    }

    /// The buffer.
    ///
    /// # Errors
    /// [`Error::TooLong`] if the name has more than 65,535 octets.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let name: Vec<_> = self.name.units().flat_map(u16::to_le_bytes).collect();
        let length = u16::try_from(name.len()).map_err(|_| Error::TooLong(BufferType::CLIENT_INFO))?;
        Ok([&self.client_id.0.to_le_bytes()[..], &length.to_le_bytes(), &name].concat())
    }

    /// Whether it is the PAC of `client`'s ticket: the same name without its realm, the same moment (row F06).
    ///
    /// Nothing is folded: the KDC writes both ([MS-KILE] 3.3.5.6.4.2). An enterprise name is one component and stands in
    /// both as a whole; the components of others stand with `/` in between.
    pub(super) fn check(&self, client: &Client<'_>) -> Result<(), Error> {
        if !self.names(client) {
            return Err(Error::ClientMismatch(ClientFlaw::Name));
        }
        let authtime = FileTime::from_timestamp(client.authtime.to_timestamp());
        if self.client_id == authtime { Ok(()) } else { Err(Error::ClientMismatch(ClientFlaw::Time)) }
    }

    fn names(&self, client: &Client<'_>) -> bool {
        let components = client.cname.name_string.iter().enumerate();
        let parts = components.flat_map(|(place, component)| {
            let separator: &[u8] = if place == 0 { b"" } else { b"/" };
            [separator, component.0]
        });
        let mut units = self.name.units();
        let mut is_next = |unit| units.next() == Some(unit);
        let mut chunks = parts.flat_map(<[u8]>::utf8_chunks);
        let begins = chunks.all(|chunk| chunk.invalid().is_empty() && chunk.valid().encode_utf16().all(&mut is_next));
        begins && units.next().is_none()
    }
}
