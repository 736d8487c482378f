//! Owned forms of what the messages borrow, without any of their rules.

use alloc::vec::Vec;

use super::Error;
use crate::asn1::{GeneralString, OctetString, SequenceOf};
use crate::kerberos::etype::EncryptionKey;
use crate::kerberos::message::{AuthorizationData, AuthorizationElement, KerberosTime, KeyValue, ad_type};
use crate::peer::{BadName, NameType, Principal};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

/// A PrincipalName of any octets, also such as no [`Principal`] has.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Name {
    /// name-type.
    pub name_type: i32,
    /// name-string.
    pub components: Vec<Vec<u8>>,
}

impl Name {
    /// A name of these components.
    #[must_use]
    pub fn new(name_type: i32, components: &[&str]) -> Self {
        Self { name_type, components: components.iter().map(|component| component.as_bytes().to_vec()).collect() }
    }

    /// The principal of this name, if it is one.
    pub(super) fn in_realm(&self, realm: &[u8]) -> Result<Principal, BadName> {
        Principal::new(realm, NameType(self.name_type), self.components.iter().map(Vec::as_slice))
    }

    /// The components as the messages take them.
    pub(super) fn strings(&self) -> Vec<GeneralString<'_>> {
        self.components.iter().map(|component| GeneralString(component)).collect()
    }
}

impl From<&Principal> for Name {
    fn from(principal: &Principal) -> Self {
        Self { name_type: principal.name_type().0, components: principal.components().map(<[u8]>::to_vec).collect() }
    }
}

/// What stands in the place of a key in a ticket or an authenticator, whether or not it is one.
#[derive(Debug)]
pub struct ClaimedKey {
    /// keytype.
    pub keytype: i32,
    /// keyvalue.
    pub keyvalue: SecretBytes,
}

impl ClaimedKey {
    /// Any octets under any type.
    #[must_use]
    pub fn new(keytype: i32, keyvalue: &[u8]) -> Self {
        Self { keytype, keyvalue: keyvalue.into() }
    }

    pub(super) fn as_message(&self) -> KeyValue<'_> {
        KeyValue { keytype: self.keytype, keyvalue: OctetString(self.keyvalue.expose()) }
    }
}

impl From<&EncryptionKey> for ClaimedKey {
    fn from(key: &EncryptionKey) -> Self {
        Self::new(key.etype().0, key.expose())
    }
}

/// An element of authorization data (RFC 4120 section 5.2.6).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Element {
    /// ad-type.
    pub ad_type: i32,
    /// ad-data.
    pub ad_data: Vec<u8>,
}

impl Element {
    /// An element.
    #[must_use]
    pub fn new(ad_type: i32, ad_data: impl Into<Vec<u8>>) -> Self {
        Self { ad_type, ad_data: ad_data.into() }
    }

    fn as_message(&self) -> AuthorizationElement<'_> {
        AuthorizationElement { ad_type: self.ad_type, ad_data: OctetString(&self.ad_data) }
    }
}

/// AD-IF-RELEVANT around these elements (RFC 4120 section 5.2.6.1).
///
/// # Errors
/// [`Error::Message`] beyond 4 GiB.
pub fn if_relevant(elements: &[Element]) -> Result<Element, Error> {
    let inner = message_elements(elements);
    let ad_data = AuthorizationData(SequenceOf::new(&inner)).to_der()?;
    Ok(Element { ad_type: ad_type::IF_RELEVANT, ad_data })
}

/// The elements as the messages take them.
pub(super) fn message_elements(elements: &[Element]) -> Vec<AuthorizationElement<'_>> {
    elements.iter().map(Element::as_message).collect()
}

/// The whole list as a field, absent if it is empty.
pub(super) fn authorization_field<'a>(elements: &'a [AuthorizationElement<'a>]) -> Option<AuthorizationData<'a>> {
    (!elements.is_empty()).then(|| AuthorizationData(SequenceOf::new(elements)))
}

/// The second that `time` lies in.
pub(super) fn kerberos_time(time: Timestamp) -> Result<KerberosTime, Error> {
    KerberosTime::new(time).ok_or(Error::Time)
}
