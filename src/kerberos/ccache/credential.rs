//! A ticket, and what its owner knows of it.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::{Config, Error};
use crate::asn1::OctetString;
use crate::kerberos::etype::{self, EncryptionKey, EncryptionType};
use crate::kerberos::message::{AuthorizationElement, HostAddress, TicketFlags};
use crate::peer::Principal;
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// A ticket for one service, with its session key and what the KDC said of it.
///
/// The times, flags and names are the cache's word: what the service goes by stands inside the ticket, encrypted.
pub struct Credential {
    /// Whose ticket it is.
    pub client: Principal,
    /// The service that it is for. Where the file leaves the realm open, as MIT krb5 does when it was the KDC's to find
    /// out, it is the ticket's; the file keeps it open.
    pub server: Principal,
    /// How long it is good.
    pub times: Times,
    /// What the KDC said of it.
    pub flags: TicketFlags,
    /// The ticket as it goes over the wire: a whole DER-encoded `Ticket`. A configuration entry has its value here.
    pub ticket: Vec<u8>,
    pub(super) session_key: SessionKey,
    /// Whether the ticket is encrypted under the session key of another one (user-to-user).
    pub(super) is_user_to_user: bool,
    /// Whether the file does not say the service's realm.
    pub(super) realm_is_open: bool,
    pub(super) rarities: Option<Box<Rarities>>,
}

/// How long a ticket is good.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Times {
    /// When the client proved who it is.
    pub authtime: Timestamp,
    /// From when the ticket is good, if not from `authtime`.
    pub starttime: Option<Timestamp>,
    /// Until when.
    pub endtime: Timestamp,
    /// Until when it can be renewed, if it can.
    pub renew_till: Option<Timestamp>,
}

impl Times {
    /// From when the ticket is good.
    #[must_use]
    pub fn starts(&self) -> Timestamp {
        self.starttime.unwrap_or(self.authtime)
    }
}

/// The session key, or what stands in its place.
pub(super) enum SessionKey {
    Usable(EncryptionKey),
    Unusable(Box<UnusableKey>),
}

pub(super) struct UnusableKey {
    etype: EncryptionType,
    octets: SecretBytes,
    reason: etype::Error,
}

impl SessionKey {
    pub(super) fn new(etype: EncryptionType, octets: &[u8]) -> Self {
        match EncryptionKey::new(etype, octets) {
            Ok(key) => Self::Usable(key),
            Err(reason) => Self::Unusable(Box::new(UnusableKey { etype, octets: SecretBytes::from(octets), reason })),
        }
    }
}

/// What hardly any ticket has. The two lists are kept as the file has them: a count of 32 bits, then each element's type of
/// 16 bits and its octets behind their number in 32 bits.
pub(super) struct Rarities {
    pub(super) addresses: Box<[u8]>,
    pub(super) authorization_data: Box<[u8]>,
    pub(super) second_ticket: Box<[u8]>,
}

/// A list without elements, as the file has it.
pub(super) const EMPTY_LIST: [u8; 4] = [0; 4];

impl Credential {
    /// A ticket as a KDC gives it.
    #[must_use]
    pub const fn new(
        client: Principal,
        server: Principal,
        key: EncryptionKey,
        times: Times,
        flags: TicketFlags,
        ticket: Vec<u8>,
    ) -> Self {
        let session_key = SessionKey::Usable(key);
        Self {
            client,
            server,
            times,
            flags,
            ticket,
            session_key,
            is_user_to_user: false,
            realm_is_open: false,
            rarities: None,
        }
    }

    /// An entry that is no ticket.
    pub(super) fn without_key(client: Principal, server: Principal, octets: Vec<u8>) -> Self {
        let begin = Timestamp::UNIX_EPOCH;
        Self {
            client,
            server,
            times: Times { authtime: begin, starttime: None, endtime: begin, renew_till: None },
            flags: TicketFlags::default(),
            ticket: octets,
            session_key: SessionKey::new(EncryptionType(0), &[]),
            is_user_to_user: false,
            realm_is_open: false,
            rarities: None,
        }
    }

    /// The session key.
    ///
    /// # Errors
    /// [`Error::Key`] if its type is not implemented, or its length is not its type's.
    pub fn key(&self) -> Result<&EncryptionKey, Error> {
        match &self.session_key {
            SessionKey::Usable(key) => Ok(key),
            SessionKey::Unusable(unusable) => {
                Err(Error::Key { server: Box::new(self.server.clone()), error: unusable.reason })
            }
        }
    }

    /// The encryption type of the session key, which may be one that this crate has no use for.
    #[must_use]
    pub fn etype(&self) -> EncryptionType {
        match &self.session_key {
            SessionKey::Usable(key) => key.etype(),
            SessionKey::Unusable(unusable) => unusable.etype,
        }
    }

    /// The octets of the session key, usable or not. Whoever calls this answers for where they go.
    #[must_use]
    pub fn expose_key(&self) -> &[u8] {
        match &self.session_key {
            SessionKey::Usable(key) => key.expose(),
            SessionKey::Unusable(unusable) => unusable.octets.expose(),
        }
    }

    /// Whether the ticket is encrypted under the session key of [`Self::second_ticket`] (user-to-user, RFC 4120 section
    /// 3.7): no ticket for a service with a keytab.
    #[must_use]
    pub const fn is_user_to_user(&self) -> bool {
        self.is_user_to_user
    }

    /// The addresses that the ticket may be used from; from any, if there is none.
    pub fn addresses(&self) -> impl Iterator<Item = HostAddress<'_>> {
        let list = self.rarities.as_ref().map_or(&EMPTY_LIST[..], |rarities| &rarities.addresses);
        Elements::of(list)
            .map(|(addr_type, address)| HostAddress { addr_type: i32::from(addr_type), address: OctetString(address) })
    }

    /// The authorization data that the client asked to have put into the ticket.
    pub fn authorization_data(&self) -> impl Iterator<Item = AuthorizationElement<'_>> {
        let list = self.rarities.as_ref().map_or(&EMPTY_LIST[..], |rarities| &rarities.authorization_data);
        // MIT krb5 reads the 16 bits as a signed number.
        Elements::of(list).map(|(ad_type, ad_data)| AuthorizationElement {
            ad_type: i32::from(ad_type.cast_signed()),
            ad_data: OctetString(ad_data),
        })
    }

    /// The ticket-granting ticket whose session key this one is encrypted under; empty if there is none.
    #[must_use]
    pub fn second_ticket(&self) -> &[u8] {
        self.rarities.as_ref().map_or(&[], |rarities| &rarities.second_ticket)
    }

    /// Whether MIT krb5 or Heimdal took the entry out of the file: they only mark it (`cred_removed` in MIT's `cc_file.c`).
    #[must_use]
    pub fn is_removed(&self) -> bool {
        let Times { authtime, endtime, .. } = self.times;
        endtime == Timestamp::UNIX_EPOCH && authtime != Timestamp::UNIX_EPOCH
    }

    /// The setting, if this is one and no ticket.
    #[must_use]
    pub fn config(&self) -> Option<Config<'_>> {
        Config::of(self)
    }

    /// Whether it is a ticket: no configuration entry, and not taken out.
    #[must_use]
    pub fn is_ticket(&self) -> bool {
        !self.is_removed() && !Config::is_one(&self.server)
    }
}

/// Walks a list as the file has it.
struct Elements<'a> {
    left: u32,
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    fn of(list: &'a [u8]) -> Self {
        match list.split_first_chunk() {
            Some((count, rest)) => Self { left: u32::from_be_bytes(*count), rest },
            None => Self { left: 0, rest: &[] },
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let (kind, rest) = self.rest.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (octets, rest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
        self.rest = rest;
        Some((u16::from_be_bytes(*kind), octets))
    }
}

/// Without key and ticket.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            client,
            server,
            times,
            flags,
            ticket: _,
            session_key: _,
            is_user_to_user,
            realm_is_open: _,
            rarities: _,
        } = self;
        f.debug_struct("Credential")
            .field("client", client)
            .field("server", server)
            .field("etype", &self.etype())
            .field("times", times)
            .field("flags", flags)
            .field("is_user_to_user", is_user_to_user)
            .finish_non_exhaustive()
    }
}
