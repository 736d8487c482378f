//! Principal names (RFC 4120 section 5.2.2).

use crate::Principal;
use crate::asn1::{GeneralString, SequenceOf, sequence};
use crate::peer::{BadName, NameType};

sequence! {
    "PrincipalName"
    /// The name of a principal within a realm (RFC 4120 section 5.2.2).
    ///
    /// ```text
    /// PrincipalName   ::= SEQUENCE {
    ///         name-type       [0] Int32,
    ///         name-string     [1] SEQUENCE OF KerberosString
    /// }
    /// ```
    /// Equality is by components: the type is a hint (section 6.2), see [`crate::Principal`].
    #[derive(Clone, Copy, Debug, Eq)]
    pub struct PrincipalName<'a> {
        /// What kind of name it is said to be.
        name_type: i32 [0],
        /// The components.
        name_string: SequenceOf<'a, GeneralString<'a>> [1],
    }
}

impl PartialEq for PrincipalName<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.name_string == other.name_string
    }
}

impl PrincipalName<'_> {
    /// The principal of this name in `realm`.
    ///
    /// # Errors
    /// [`BadName`] if it has no or too many components, an empty realm, or control characters (row A09).
    pub fn to_principal(&self, realm: &[u8]) -> Result<Principal, BadName> {
        if self.name_string.len() > Principal::MAX_COMPONENTS {
            return Err(BadName);
        }
        Principal::new(realm, NameType(self.name_type), self.name_string.iter().map(|component| component.0))
    }

    /// Whether this name in `realm` is `principal`, octet by octet.
    #[must_use]
    pub fn is(&self, realm: &[u8], principal: &Principal) -> bool {
        principal.realm() == realm && principal.components().eq(self.name_string.iter().map(|component| component.0))
    }
}
