//! Kerberos principals.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};
use core::str::FromStr;

use super::escape::write_escaped;

/// The kind of a principal name (RFC 4120 section 6.2): a hint that never takes part in comparisons.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct NameType(pub i32);

impl NameType {
    /// NT-UNKNOWN.
    pub const UNKNOWN: Self = Self(0);
    /// NT-PRINCIPAL: a user.
    pub const PRINCIPAL: Self = Self(1);
    /// NT-SRV-INST: a service and its instance, such as krbtgt.
    pub const SERVICE_INSTANCE: Self = Self(2);
    /// NT-SRV-HST: a service on a host.
    pub const SERVICE_HOST: Self = Self(3);
    /// NT-ENTERPRISE: a user by a mail-like name, in one component.
    pub const ENTERPRISE: Self = Self(10);
    /// NT-WELLKNOWN (RFC 6111).
    pub const WELL_KNOWN: Self = Self(11);
}

/// A principal: a realm and the components of a name, as octets of which nothing is assumed but that they can be shown.
///
/// Equality is by octets; the name type is ignored (RFC 4120 section 6.2). The text form is MIT's:
/// `HTTP/www.example.com@EXAMPLE.COM`, with `\` before a `/`, `@` or `\` that belongs to a component; octets that are not
/// UTF-8 are `\xNN`, characters that a terminal would not show `\u{N}`.
///
/// ```
/// use negotiate::Principal;
/// let principal: Principal = "HTTP/www.example.com@EXAMPLE.COM".parse()?;
/// assert_eq!(principal.realm(), b"EXAMPLE.COM");
/// assert_eq!(principal.components().count(), 2);
/// # Ok::<(), negotiate::peer::BadName>(())
/// ```
#[derive(Clone)]
pub struct Principal {
    name_type: NameType,
    /// Realm, then each component, each behind its length in two octets: one allocation, and one comparison.
    parts: Box<[u8]>,
}

impl Principal {
    /// The most components a name may have. Real names have one or two; Windows' longest SPN form has three.
    pub const MAX_COMPONENTS: usize = 16;

    /// Puts a name together.
    ///
    /// # Errors
    /// [`BadName`] if the realm is empty, there is no component or more than [`Self::MAX_COMPONENTS`], or a part holds
    /// a control character (row A09) or more than 65,535 octets.
    pub fn new<'a>(
        realm: &[u8],
        name_type: NameType,
        components: impl IntoIterator<Item = &'a [u8], IntoIter: Clone>,
    ) -> Result<Self, BadName> {
        let components = components.into_iter();
        let length = |part: &[u8]| part.len().saturating_add(LENGTH_OCTETS);
        let room = components.clone().map(length).fold(length(realm), usize::saturating_add);
        // A name that is refused for its length may be longer than there is memory.
        let mut parts = Vec::with_capacity(room.min(MAX_ROOM));
        push_part(&mut parts, realm)?;
        let mut count = 0usize;
        for component in components {
            push_part(&mut parts, component)?;
            count = count.saturating_add(1);
        }
        if realm.is_empty() || count == 0 || count > Self::MAX_COMPONENTS {
            return Err(BadName);
        }
        Ok(Self { name_type, parts: parts.into() })
    }

    /// The realm, such as `EXAMPLE.COM`.
    #[must_use]
    pub fn realm(&self) -> &[u8] {
        Parts(&self.parts).next().unwrap_or_default()
    }

    /// The components of the name, without the realm.
    pub fn components(&self) -> impl Iterator<Item = &[u8]> + Clone {
        Parts(&self.parts).skip(1)
    }

    /// The kind of name it is said to be.
    #[must_use]
    pub const fn name_type(&self) -> NameType {
        self.name_type
    }

    /// The parts as this type keeps them: equal octets, equal principals. A key for hash tables.
    #[must_use]
    pub fn as_parts(&self) -> &[u8] {
        &self.parts
    }

    /// Whether the first component of the name is `service` (`krbtgt`, `kadmin` …).
    #[must_use]
    pub fn is_service(&self, service: &[u8]) -> bool {
        self.components().next() == Some(service)
    }

    /// The same name in another realm.
    ///
    /// # Errors
    /// [`BadName`] if the realm is empty or holds a control character.
    pub fn in_realm(&self, realm: &[u8]) -> Result<Self, BadName> {
        Self::new(realm, self.name_type, self.components())
    }
}

/// What separates the parts of the text form.
const STRUCTURE: &[char] = &['/', '@', '\\'];

/// Octets of the length in front of each part.
const LENGTH_OCTETS: usize = 2;

/// The most octets that are set aside at once: realm and components of the greatest length.
const MAX_ROOM: usize = 0x1_0001 * (Principal::MAX_COMPONENTS + 1);

fn push_part(parts: &mut Vec<u8>, part: &[u8]) -> Result<(), BadName> {
    if part.iter().any(u8::is_ascii_control) {
        return Err(BadName);
    }
    let length = u16::try_from(part.len()).map_err(|_| BadName)?;
    parts.extend_from_slice(&length.to_be_bytes());
    parts.extend_from_slice(part);
    Ok(())
}

/// Walks length-prefixed parts.
#[derive(Clone)]
struct Parts<'a>(&'a [u8]);

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<2>()?;
        let (part, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        self.0 = rest;
        Some(part)
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        self.parts == other.parts
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.parts.hash(state);
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Principal({self})")
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, component) in self.components().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            write_escaped(f, component, STRUCTURE)?;
        }
        f.write_str("@")?;
        write_escaped(f, self.realm(), STRUCTURE)
    }
}

/// Reads the text form. The realm is required: this crate has no default realm.
impl FromStr for Principal {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let mut parts = alloc::vec![Vec::new()];
        let mut realm_begun = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match character {
                '/' if !realm_begun => parts.push(Vec::new()),
                '@' if !realm_begun => {
                    realm_begun = true;
                    parts.push(Vec::new());
                }
                '@' => return Err(BadName),
                '\\' => unescape(&mut characters, parts.last_mut().ok_or(BadName)?)?,
                _ => push_character(parts.last_mut().ok_or(BadName)?, character),
            }
        }
        let (realm, components) = parts.split_last().filter(|_| realm_begun).ok_or(BadName)?;
        Self::new(realm, NameType::PRINCIPAL, components.iter().map(Vec::as_slice))
    }
}

/// What stands behind a `\`: `xNN` an octet, `u{N}` a character by number, any other character itself.
fn unescape(characters: &mut core::str::Chars<'_>, part: &mut Vec<u8>) -> Result<(), BadName> {
    match characters.next().ok_or(BadName)? {
        'x' => {
            let digits = characters.as_str().get(..2).ok_or(BadName)?;
            *characters = characters.as_str().get(2..).unwrap_or_default().chars();
            part.push(u8::from_str_radix(digits, 16).map_err(|_| BadName)?);
        }
        'u' => {
            let (digits, rest) =
                characters.as_str().strip_prefix('{').and_then(|rest| rest.split_once('}')).ok_or(BadName)?;
            *characters = rest.chars();
            let number = u32::from_str_radix(digits, 16).map_err(|_| BadName)?;
            push_character(part, char::from_u32(number).ok_or(BadName)?);
        }
        literal => push_character(part, literal),
    }
    Ok(())
}

fn push_character(part: &mut Vec<u8>, character: char) {
    part.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Not a principal name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadName;

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a principal name: it needs a realm and 1 to 16 components, without control characters (service/host@REALM)")
    }
}

impl core::error::Error for BadName {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::peer::escape::is_formatting;
    use alloc::string::ToString;

    #[test]
    fn text_form_there_and_back() {
        for text in [
            "alice@EXAMPLE.COM",
            "HTTP/www.example.com@EXAMPLE.COM",
            r"a\/b@R",
            r"root\@x.org@R",
            r"back\\slash@R",
            "zoë@R",
        ] {
            assert_eq!(text.parse::<Principal>().unwrap().to_string(), text);
        }
        for octets in [
            &b"\xff\xfe"[..],
            "a\u{200b}b".as_bytes(),
            "\u{202e}".as_bytes(),
            b"a\\b/c@d",
            "\u{85}".as_bytes(),
            "ad\u{ad}min".as_bytes(),
            "a\u{e0041}\u{3000}\u{fe0f}b".as_bytes(),
        ] {
            let principal = Principal::new(b"R", NameType::PRINCIPAL, [octets]).unwrap();
            assert!(!principal.to_string().contains(is_formatting), "{principal}");
            assert_eq!(principal.to_string().parse(), Ok(principal));
        }
        for text in [r"\xz0@R", r"\x1", r"\u{110000}@R", r"\u{41@R", r"\x00@R", "a@R\\"] {
            assert_eq!(text.parse::<Principal>(), Err(BadName), "{text}");
        }
        for text in ["", "alice", "@R", "alice@", "a@b@c", "a\\", "a\0b@R", "a\nb@R"] {
            let parsed = text.parse::<Principal>();
            assert!(parsed.is_err() || text == "@R", "{text:?}: {parsed:?}");
        }
    }

    #[test]
    fn a09_structure_counts_not_spelling() {
        let one = Principal::new(b"R", NameType::PRINCIPAL, [&b"a/b"[..]]).unwrap();
        let two = Principal::new(b"R", NameType::PRINCIPAL, [&b"a"[..], b"b"]).unwrap();
        assert_ne!(one, two);
        assert_ne!(one.to_string(), two.to_string());
        assert_eq!(two, Principal::new(b"R", NameType::SERVICE_HOST, [&b"a"[..], b"b"]).unwrap());
        assert_eq!(Principal::new(b"R\0A", NameType::PRINCIPAL, [&b"a"[..]]), Err(BadName));
        assert_eq!(Principal::new(b"R", NameType::PRINCIPAL, []), Err(BadName));
    }
}
