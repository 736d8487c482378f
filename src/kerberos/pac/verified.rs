//! The only PAC that says anything: one that the service's own key vouches for, in the ticket of the client it is about.

use super::signatures::required;
use super::{
    BufferType, ClaimsInfo, ClientInfo, DelegationInfo, DeviceInfo, Error, KdcSignatures, LogonInfo, Pac, Signature,
    UpnDnsInfo,
};
use crate::authorization::Authorization;
use crate::kerberos::etype::ChecksumKey;
use crate::kerberos::message::{EncTicketPart, KerberosTime, PrincipalName};

/// What a ticket says of its client, for its PAC to agree with.
#[derive(Clone, Copy, Debug)]
pub struct Client<'a> {
    /// cname.
    pub cname: PrincipalName<'a>,
    /// crealm.
    pub crealm: &'a [u8],
    /// authtime.
    pub authtime: KerberosTime,
}

impl<'a> From<&EncTicketPart<'a>> for Client<'a> {
    fn from(ticket: &EncTicketPart<'a>) -> Self {
        Self { cname: ticket.cname, crealm: ticket.crealm.0, authtime: ticket.authtime }
    }
}

/// A PAC that was verified: the KDC, or someone else who has the service's key, says this of this client (row F03).
///
/// There is no other way to what is in a PAC than [`Self::verify`]. (`Pac` and the structures of the buffers read octets,
/// and prove nothing.)
#[derive(Clone, Copy, Debug)]
pub struct VerifiedPac<'a> {
    pac: Pac<'a>,
    server_signature: Signature<'a>,
    kdc_signatures: KdcSignatures,
    client_info: ClientInfo<'a>,
    logon_info: Option<LogonInfo<'a>>,
    upn_dns_info: Option<UpnDnsInfo<'a>>,
}

/// Buffers that only a ticket-granting ticket has ([MS-KILE] 3.3.5.6.4.8, 3.3.5.7.3).
const OF_TICKET_GRANTING_TICKETS: [BufferType; 2] = [BufferType::ATTRIBUTES_INFO, BufferType::REQUESTOR_SID];

impl<'a> VerifiedPac<'a> {
    /// Verifies a PAC. `server_key`: the key that opened the ticket, for usage 17 (`KeyUsage::PAC_SIGNATURE`); `client`:
    /// whose ticket it is.
    ///
    /// In this order, each step only if the one before succeeded: the server signature; name and authtime; LOGON_INFO; the
    /// account in UPN_DNS_INFO; no mark of a ticket-granting ticket.
    ///
    /// # Errors
    /// Which step failed (rows E03, F03 to F06, F08, F09).
    pub fn verify(pac: &Pac<'a>, server_key: &ChecksumKey, client: &Client<'_>) -> Result<Self, Error> {
        let server_signature = Signature::of_server(pac, server_key)?;
        let client_info = ClientInfo::parse(required(pac, BufferType::CLIENT_INFO)?)?;
        client_info.check(client)?;
        let logon_info = pac.find(BufferType::LOGON_INFO).map(|buffer| LogonInfo::parse(buffer.octets)).transpose()?;
        let upn_dns_info = optional(pac, BufferType::UPN_DNS_INFO).map(UpnDnsInfo::parse).transpose()?;
        if let Some(upn_dns_info) = &upn_dns_info {
            upn_dns_info.check(logon_info.as_ref(), client)?;
        }
        if OF_TICKET_GRANTING_TICKETS.iter().any(|kind| pac.find(*kind).is_some()) {
            return Err(Error::TicketGrantingTicket);
        }
        let kdc_signatures = KdcSignatures::of(pac)?;
        Ok(Self { pac: *pac, server_signature, kdc_signatures, client_info, logon_info, upn_dns_info })
    }

    /// Verifies the KDC's own signatures too, with keys of krbtgt for usage 17. `unsigned_ticket`: what
    /// [`unsigned_ticket`](super::unsigned_ticket) made of the ticket; without it the ticket signature stays unverified.
    ///
    /// # Errors
    /// [`Error::BadKdcChecksum`] if one that is there was made by none of `keys` (row F10).
    pub fn verify_kdc_signatures(
        &mut self,
        keys: &[ChecksumKey],
        unsigned_ticket: Option<&[u8]>,
    ) -> Result<KdcSignatures, Error> {
        let verified = self.kdc_signatures.verify(&self.pac, &self.server_signature, unsigned_ticket, keys)?;
        self.kdc_signatures = verified;
        Ok(verified)
    }

    /// What is known of the KDC's own signatures.
    #[must_use]
    pub const fn kdc_signatures(&self) -> KdcSignatures {
        self.kdc_signatures
    }

    /// The server signature, which fits.
    #[must_use]
    pub const fn server_signature(&self) -> Signature<'a> {
        self.server_signature
    }

    /// PAC_CLIENT_INFO, which agrees with the ticket.
    #[must_use]
    pub const fn client_info(&self) -> ClientInfo<'a> {
        self.client_info
    }

    /// LOGON_INFO: the account, its groups. KDCs that are no domain controllers, such as MIT's, write none (row F07).
    #[must_use]
    pub const fn logon_info(&self) -> Option<&LogonInfo<'a>> {
        self.logon_info.as_ref()
    }

    /// UPN_DNS_INFO, which agrees with LOGON_INFO.
    #[must_use]
    pub const fn upn_dns_info(&self) -> Option<&UpnDnsInfo<'a>> {
        self.upn_dns_info.as_ref()
    }

    /// S4U_DELEGATION_INFO: the services that act for the user.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn delegation_info(&self) -> Result<Option<DelegationInfo<'a>>, Error> {
        optional(&self.pac, BufferType::DELEGATION_INFO).map(DelegationInfo::parse).transpose()
    }

    /// The user's claims.
    ///
    /// # Errors
    /// If they are malformed.
    pub fn client_claims(&self) -> Result<Option<ClaimsInfo<'a>>, Error> {
        self.claims(BufferType::CLIENT_CLAIMS_INFO)
    }

    /// The claims of the user's device.
    ///
    /// # Errors
    /// If they are malformed.
    pub fn device_claims(&self) -> Result<Option<ClaimsInfo<'a>>, Error> {
        self.claims(BufferType::DEVICE_CLAIMS_INFO)
    }

    fn claims(&self, kind: BufferType) -> Result<Option<ClaimsInfo<'a>>, Error> {
        optional(&self.pac, kind).map(|octets| ClaimsInfo::parse(kind, octets)).transpose()
    }

    /// The user's device and its groups.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn device_info(&self) -> Result<Option<DeviceInfo<'a>>, Error> {
        optional(&self.pac, BufferType::DEVICE_INFO).map(DeviceInfo::parse).transpose()
    }

    /// Who the user is, out of all of it. Nothing is known of the user if there is no LOGON_INFO (row F07).
    ///
    /// # Errors
    /// If a buffer is malformed, or has SIDs without a domain (row F08).
    pub fn to_authorization(&self) -> Result<Authorization, Error> {
        let mut authorization = Authorization::default();
        if let Some(logon_info) = &self.logon_info {
            logon_info.tell(&mut authorization)?;
        }
        if let Some(upn_dns_info) = &self.upn_dns_info {
            upn_dns_info.tell(&mut authorization);
        }
        if let Some(device_info) = self.device_info()? {
            device_info.tell(&mut authorization)?;
        }
        for (claims, told) in [
            (self.client_claims()?, &mut authorization.user_claims),
            (self.device_claims()?, &mut authorization.device_claims),
        ] {
            let Some(claims) = claims else { continue };
            match claims.claims()? {
                Some(claims) => *told = claims,
                None => authorization.has_compressed_claims = true,
            }
        }
        authorization.delegation = self.delegation_info()?.map(|info| info.to_delegation());
        Ok(authorization)
    }

    /// The whole PAC, with buffers of types that nobody knows.
    #[must_use]
    pub const fn pac(&self) -> &Pac<'a> {
        &self.pac
    }
}

/// The content of a buffer that a KDC may leave out, or leave empty (section 2.4, row F01).
fn optional<'a>(pac: &Pac<'a>, kind: BufferType) -> Option<&'a [u8]> {
    pac.find(kind).map(|buffer| buffer.octets).filter(|octets| !octets.is_empty())
}
