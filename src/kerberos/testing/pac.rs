//! PACs before they are signed ([MS-PAC]).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::{Error, Ticket};
use crate::authorization::{Claim, GroupAttributes, Sid};
use crate::kerberos::etype::{ChecksumType, EncryptionKey, KeyUsage};
use crate::kerberos::pac::{
    self, BufferType, ClientInfo, ExtraSids, GroupMembership, GroupMemberships, LogonInfo, SidAndAttributes, Signature,
    Text, UnicodeString, UpnDnsInfo, claims,
};
use crate::time::FileTime;

/// A user of Active Directory, for a [`Pac`] to be about.
#[derive(Clone, Debug)]
pub struct User {
    /// sAMAccountName.
    pub name: String,
    /// displayName.
    pub full_name: String,
    /// userPrincipalName.
    pub upn: String,
    /// The NetBIOS name of the domain.
    pub domain: String,
    /// The SID of the domain.
    pub domain_sid: Sid,
    /// The user's own number in the domain.
    pub rid: u32,
    /// The number of the primary group.
    pub primary_group: u32,
    /// The numbers of the groups, the primary one among them.
    pub groups: Vec<u32>,
    /// Groups of other domains.
    pub extra_sids: Vec<Sid>,
    /// The domain of the service and groups of it, if there are any.
    pub resource_groups: Option<(Sid, Vec<u32>)>,
    /// What is claimed of the user.
    pub claims: Vec<Claim>,
}

impl User {
    /// A user of the domain `EXAMPLE`, S-1-5-21-1-2-3, who is in the group Domain Users and in no other.
    #[must_use]
    pub fn new(name: &str, rid: u32) -> Self {
        Self {
            name: name.to_string(),
            full_name: String::new(),
            upn: String::new(),
            domain: String::from("EXAMPLE"),
            domain_sid: Sid::new([0, 0, 0, 0, 0, 5], &[21, 1, 2, 3]).unwrap_or(Sid::NULL),
            rid,
            primary_group: Sid::DOMAIN_USERS,
            groups: alloc::vec![Sid::DOMAIN_USERS],
            extra_sids: Vec::new(),
            resource_groups: None,
            claims: Vec::new(),
        }
    }

    /// KERB_VALIDATION_INFO.
    fn logon_info(&self) -> Result<Vec<u8>, Error> {
        let groups = memberships(&self.groups);
        let claims_valid = (!self.claims.is_empty()).then_some(Sid::CLAIMS_VALID);
        let extra = self.extra_sids.iter().copied().chain(claims_valid);
        let extra: Vec<_> = extra.map(|sid| SidAndAttributes { sid, attributes: GRANTED }).collect();
        let resource_groups = self.resource_groups.as_ref().map(|(_, groups)| memberships(groups));
        let info = LogonInfo {
            logoff_time: NEVER,
            kick_off_time: NEVER,
            password_must_change: NEVER,
            effective_name: string(BufferType::LOGON_INFO, &self.name)?,
            full_name: string(BufferType::LOGON_INFO, &self.full_name)?,
            user_id: self.rid,
            primary_group_id: self.primary_group,
            group_ids: Some(GroupMemberships(&groups)),
            // ExtraSids and ResourceGroupIds are filled in ([MS-PAC] section 2.5, bits D and H).
            user_flags: if extra.is_empty() { 0 } else { 0x20 } | if resource_groups.is_some() { 0x200 } else { 0 },
            logon_domain_name: string(BufferType::LOGON_INFO, &self.domain)?,
            logon_domain_id: Some(self.domain_sid),
            extra_sids: (!extra.is_empty()).then(|| ExtraSids::new(&extra)),
            resource_group_domain_sid: self.resource_groups.as_ref().map(|(domain, _)| *domain),
            resource_group_ids: resource_groups.as_ref().map(|groups| GroupMemberships(groups)),
            ..LogonInfo::default()
        };
        Ok(info.encode()?)
    }

    /// UPN_DNS_INFO in its longer form.
    fn upn_dns_info(&self, realm: &str) -> Result<Vec<u8>, Error> {
        let kind = BufferType::UPN_DNS_INFO;
        let sid = self.domain_sid.with_rid(self.rid).ok_or(pac::Error::Domain(kind))?;
        let info = UpnDnsInfo {
            upn: text(kind, &self.upn)?,
            dns_domain_name: text(kind, realm)?,
            flags: 0,
            account: Some((text(kind, &self.name)?, sid)),
        };
        Ok(info.encode()?)
    }
}

/// The attributes of a common group: mandatory, enabled by default, enabled.
const GRANTED: GroupAttributes = GroupAttributes(7);
/// No moment ([MS-PAC] section 2.5).
const NEVER: FileTime = FileTime(0x7fff_ffff_ffff_ffff);

fn memberships(groups: &[u32]) -> Vec<[u8; 8]> {
    let membership = |group: &u32| GroupMembership { relative_id: *group, attributes: GRANTED }.to_octets();
    groups.iter().map(membership).collect()
}

fn text(kind: BufferType, text: &str) -> Result<Text<'_>, pac::Error> {
    Text::new(text).ok_or(pac::Error::Text(kind))
}

fn string(kind: BufferType, value: &str) -> Result<UnicodeString<'_>, pac::Error> {
    text(kind, value).map(UnicodeString::from)
}

/// A PAC: its content, and who signs it. It is signed when its ticket is encoded.
#[derive(Debug)]
pub struct Pac {
    /// The buffers but the signatures, in their order.
    pub buffers: Vec<(BufferType, Vec<u8>)>,
    /// The signatures, which come behind them.
    pub signatures: Vec<PacSignature>,
}

/// A signature of a PAC before it is made.
pub struct PacSignature {
    /// Which one: what it covers ([MS-PAC] section 2.8).
    pub kind: BufferType,
    /// The key that makes it.
    pub key: EncryptionKey,
    /// What the key is used for.
    pub usage: KeyUsage,
    /// The type it claims to be of.
    pub checksum_type: ChecksumType,
    /// RODCIdentifier.
    pub rodc: Option<u16>,
}

impl core::fmt::Debug for PacSignature {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { kind, key: _, usage: _, checksum_type, rodc } = self;
        f.debug_struct("PacSignature")
            .field("kind", kind)
            .field("checksum_type", checksum_type)
            .field("rodc", rodc)
            .finish_non_exhaustive()
    }
}

impl Pac {
    /// A sound PAC about `user` for `ticket`, signed by the service's key and by `krbtgt`.
    ///
    /// # Errors
    /// [`Error::Pac`] if a text of the user's has a NUL or is too long.
    pub fn new(user: &User, ticket: &Ticket, krbtgt: &EncryptionKey) -> Result<Self, Error> {
        let realm = String::from_utf8_lossy(&ticket.crealm);
        let mut buffers = alloc::vec![
            (BufferType::LOGON_INFO, user.logon_info()?),
            (BufferType::CLIENT_INFO, client_info(ticket)?),
            (BufferType::UPN_DNS_INFO, user.upn_dns_info(&realm)?),
        ];
        if !user.claims.is_empty() {
            let kind = BufferType::CLIENT_CLAIMS_INFO;
            buffers.push((kind, claims::encode(kind, &user.claims)?));
        }
        Ok(Self { buffers, signatures: signatures(ticket, krbtgt) })
    }

    /// A sound PAC about nobody in Active Directory, as MIT's KDC writes them: the client's name, and signatures.
    ///
    /// # Errors
    /// [`Error::Pac`] if the client's name has a NUL or is too long.
    pub fn of_mit(ticket: &Ticket, krbtgt: &EncryptionKey) -> Result<Self, Error> {
        let buffers = alloc::vec![(BufferType::CLIENT_INFO, client_info(ticket)?)];
        Ok(Self { buffers, signatures: signatures(ticket, krbtgt) })
    }

    /// The content of a buffer, to be spoilt.
    pub fn buffer(&mut self, kind: BufferType) -> Option<&mut Vec<u8>> {
        self.buffers.iter_mut().find(|(found, _)| *found == kind).map(|(_, content)| content)
    }

    /// A signature, to be spoilt.
    pub fn signature(&mut self, kind: BufferType) -> Option<&mut PacSignature> {
        self.signatures.iter_mut().find(|signature| signature.kind == kind)
    }

    /// The signed PAC. `unsigned_ticket`: what the ticket signature covers, from
    /// [`unsigned_ticket`](crate::kerberos::pac::unsigned_ticket).
    ///
    /// # Errors
    /// [`Error::Pac`] for what no PAC can hold.
    pub fn sign(&self, unsigned_ticket: &[u8]) -> Result<Vec<u8>, Error> {
        let mut buffers = self.buffers.clone();
        buffers.extend(self.signatures.iter().map(|signature| (signature.kind, signature.blank())));
        // Each covers those before it ([MS-PAC] section 2.8.1).
        let order = [
            BufferType::TICKET_CHECKSUM,
            BufferType::EXTENDED_KDC_CHECKSUM,
            BufferType::SERVER_CHECKSUM,
            BufferType::KDC_CHECKSUM,
        ];
        for kind in order {
            let Some(signature) = self.signatures.iter().find(|signature| signature.kind == kind) else { continue };
            let covered = match kind {
                BufferType::TICKET_CHECKSUM => unsigned_ticket.to_vec(),
                BufferType::KDC_CHECKSUM => self.server_checksum(&buffers),
                _ => layout(&buffers)?,
            };
            let made = signature.make(&covered);
            buffers.iter_mut().filter(|(found, _)| *found == kind).for_each(|(_, content)| content.clone_from(&made));
        }
        layout(&buffers)
    }

    /// The checksum of the server signature among `buffers`.
    fn server_checksum(&self, buffers: &[(BufferType, Vec<u8>)]) -> Vec<u8> {
        let is_server = |kind: BufferType| kind == BufferType::SERVER_CHECKSUM;
        let length = self.signatures.iter().find(|signature| is_server(signature.kind)).map(PacSignature::checksum_len);
        let content = buffers.iter().find(|(kind, _)| is_server(*kind)).map(|(_, content)| content.as_slice());
        let checksum = content.and_then(|content| content.get(4..)?.get(..length?));
        checksum.unwrap_or_default().to_vec()
    }
}

impl PacSignature {
    fn new(kind: BufferType, key: &EncryptionKey) -> Self {
        let checksum_type = key.etype().checksum_type().unwrap_or(ChecksumType::HMAC_SHA1_96_AES256);
        Self { kind, key: key.duplicate(), usage: KeyUsage::PAC_SIGNATURE, checksum_type, rodc: None }
    }

    fn checksum_len(&self) -> usize {
        self.key.for_checksum(self.usage).checksum_len()
    }

    /// The buffer with zeros behind its type.
    fn blank(&self) -> Vec<u8> {
        let checksum = alloc::vec![0; self.checksum_len()];
        let rodc = self.rodc.map(|_| 0);
        Signature { checksum_type: self.checksum_type, checksum: &checksum, rodc }.encode()
    }

    fn make(&self, covered: &[u8]) -> Vec<u8> {
        let checksum = self.key.for_checksum(self.usage).checksum(&[covered]);
        Signature { checksum_type: self.checksum_type, checksum: &checksum, rodc: self.rodc }.encode()
    }
}

fn layout(buffers: &[(BufferType, Vec<u8>)]) -> Result<Vec<u8>, Error> {
    let buffers: Vec<_> = buffers.iter().map(|(kind, content)| (*kind, content.as_slice())).collect();
    Ok(pac::Pac::encode(&buffers)?)
}

/// PAC_CLIENT_INFO of a ticket.
fn client_info(ticket: &Ticket) -> Result<Vec<u8>, Error> {
    let components: Vec<_> = ticket.cname.components.iter().map(|octets| String::from_utf8_lossy(octets)).collect();
    let name = components.join("/");
    let client_id = FileTime::from_timestamp(ticket.authtime.to_timestamp());
    Ok(ClientInfo { client_id, name: text(BufferType::CLIENT_INFO, &name)? }.encode()?)
}

fn signatures(ticket: &Ticket, krbtgt: &EncryptionKey) -> Vec<PacSignature> {
    alloc::vec![
        PacSignature::new(BufferType::SERVER_CHECKSUM, &ticket.service_key),
        PacSignature::new(BufferType::KDC_CHECKSUM, krbtgt),
        PacSignature::new(BufferType::TICKET_CHECKSUM, krbtgt),
        PacSignature::new(BufferType::EXTENDED_KDC_CHECKSUM, krbtgt),
    ]
}
