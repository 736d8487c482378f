//! An authenticator before it is encrypted (RFC 4120 section 5.5.1), and GSS-API's part in it (RFC 4121 section 4.1.1).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::name::{authorization_field, kerberos_time, message_elements};
use super::{ClaimedKey, Element, Error, Name};
use crate::asn1::{GeneralString, OctetString, SequenceOf};
use crate::gss::ContextFlags;
use crate::kerberos::etype::{ChecksumType, EncryptionKey, KeyUsage};
use crate::kerberos::message::{self, KerberosTime, Microseconds, PVNO, PrincipalName, SequenceNumber};
use crate::peer::Principal;
use crate::random::{Randomness, SystemRandom};
use crate::time::Timestamp;

/// An authenticator: its fields, and the key it is encrypted under.
pub struct Authenticator {
    /// The key it is encrypted under.
    pub session_key: EncryptionKey,
    /// The key usage it is encrypted for.
    pub usage: KeyUsage,
    /// The etype it claims to be encrypted by, in the clear.
    pub etype: i32,
    /// Octets that stand where the cipher should, if any.
    pub cipher: Option<Vec<u8>>,

    /// authenticator-vno.
    pub authenticator_vno: i32,
    /// crealm.
    pub crealm: Vec<u8>,
    /// cname.
    pub cname: Name,
    /// What stands in the field cksum.
    pub cksum: ChecksumField,
    /// What GSS-API says, if [`Self::cksum`] is to hold it.
    pub gss: GssFields,
    /// ctime.
    pub ctime: KerberosTime,
    /// cusec.
    pub cusec: i32,
    /// subkey.
    pub subkey: Option<ClaimedKey>,
    /// seq-number.
    pub seq_number: Option<u32>,
    /// authorization-data, absent if empty.
    pub authorization_data: Vec<Element>,
}

/// What stands in the field cksum.
#[derive(Clone, Debug, Default)]
pub enum ChecksumField {
    /// The octets of [`Authenticator::gss`], type 0x8003.
    #[default]
    Gss,
    /// Nothing: the field is absent.
    Absent,
    /// Any octets under any type.
    Other(i32, Vec<u8>),
}

/// What GSS-API puts where a checksum should be.
#[derive(Clone, Debug)]
pub struct GssFields {
    /// Bnd.
    pub bindings: [u8; 16],
    /// Flags.
    pub flags: ContextFlags,
    /// Deleg, a KRB-CRED. DELEGATE is another matter: it stands in the flags.
    pub delegation: Option<Vec<u8>>,
    /// Exts, each with its type.
    pub extensions: Vec<(u32, Vec<u8>)>,
}

impl GssFields {
    /// What clients usually ask for.
    const USUAL: ContextFlags = ContextFlags::from_bits(
        ContextFlags::MUTUAL.bits()
            | ContextFlags::REPLAY.bits()
            | ContextFlags::SEQUENCE.bits()
            | ContextFlags::CONFIDENTIALITY.bits()
            | ContextFlags::INTEGRITY.bits(),
    );

    /// The octets: Lgth, Bnd, Flags, then DlgOpt, Dlgth and Deleg if there is a delegation, then Exts. Lengths that do
    /// not fit their field are cut.
    #[must_use]
    pub fn to_octets(&self) -> Vec<u8> {
        let mut octets = [&16u32.to_le_bytes()[..], &self.bindings, &self.flags.bits().to_le_bytes()].concat();
        if let Some(delegation) = &self.delegation {
            let length = u16::try_from(delegation.len()).unwrap_or(u16::MAX);
            octets.extend_from_slice(&[1, 0]);
            octets.extend_from_slice(&length.to_le_bytes());
            octets.extend_from_slice(delegation);
        }
        for (kind, extension) in &self.extensions {
            let length = u32::try_from(extension.len()).unwrap_or(u32::MAX);
            octets.extend_from_slice(&kind.to_be_bytes());
            octets.extend_from_slice(&length.to_be_bytes());
            octets.extend_from_slice(extension);
        }
        octets
    }
}

impl Default for GssFields {
    fn default() -> Self {
        Self { bindings: [0; 16], flags: Self::USUAL, delegation: None, extensions: Vec::new() }
    }
}

impl Authenticator {
    pub(super) fn new(session_key: &EncryptionKey, client: &Principal, now: Timestamp) -> Result<Self, Error> {
        let mut seq_number = [0; 4];
        SystemRandom.fill(&mut seq_number).map_err(crate::kerberos::etype::Error::from)?;
        Ok(Self {
            session_key: session_key.duplicate(),
            usage: KeyUsage::AP_REQ_AUTHENTICATOR,
            etype: session_key.etype().0,
            cipher: None,
            authenticator_vno: PVNO,
            crealm: client.realm().to_vec(),
            cname: client.into(),
            cksum: ChecksumField::default(),
            gss: GssFields::default(),
            ctime: kerberos_time(now)?,
            cusec: i32::try_from(now.subsecond_micros()).unwrap_or(0),
            subkey: Some((&EncryptionKey::generate(session_key.etype(), &SystemRandom)?).into()),
            seq_number: Some(u32::from_be_bytes(seq_number) & 0x3fff_ffff),
            authorization_data: Vec::new(),
        })
    }

    /// Stamps it with another clock.
    ///
    /// # Errors
    /// [`Error::Time`] before 1970 and after 9999.
    pub fn stamp(&mut self, time: Timestamp) -> Result<(), Error> {
        self.ctime = kerberos_time(time)?;
        self.cusec = i32::try_from(time.subsecond_micros()).unwrap_or(0);
        Ok(())
    }

    /// The encoded Authenticator.
    fn plaintext(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let cname = self.cname.strings();
        let elements = message_elements(&self.authorization_data);
        let gss = self.gss.to_octets();
        let checksum = |cksumtype, octets| message::Checksum { cksumtype, checksum: OctetString(octets) };
        let message = message::Authenticator {
            authenticator_vno: self.authenticator_vno,
            crealm: GeneralString(&self.crealm),
            cname: PrincipalName { name_type: self.cname.name_type, name_string: SequenceOf::new(&cname) },
            cksum: match &self.cksum {
                ChecksumField::Gss => Some(checksum(ChecksumType::GSS_API.0, gss.as_slice())),
                ChecksumField::Other(cksumtype, octets) => Some(checksum(*cksumtype, octets)),
                ChecksumField::Absent => None,
            },
            cusec: Microseconds(self.cusec),
            ctime: self.ctime,
            subkey: self.subkey.as_ref().map(ClaimedKey::as_message),
            seq_number: self.seq_number.map(SequenceNumber),
            authorization_data: authorization_field(&elements),
        };
        Ok(Zeroizing::new(message.to_der()?))
    }

    /// The cipher as it goes over the wire.
    pub(super) fn cipher(&self) -> Result<Vec<u8>, Error> {
        match &self.cipher {
            Some(octets) => Ok(octets.clone()),
            None => Ok(self.session_key.for_encryption(self.usage).encrypt(&self.plaintext()?, &SystemRandom)?),
        }
    }
}
