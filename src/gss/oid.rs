//! Mechanism names: object identifiers, compared as octets and never decoded to decide anything (SECURITY row A14).

use core::fmt;

use der::{DecodeValue, EncodeValue, Error, ErrorKind, FixedTag, Header, Length, Reader, Tag, Writer};

/// The content octets of an OBJECT IDENTIFIER that names a GSS-API mechanism.
///
/// ```
/// use negotiate::gss::Oid;
/// assert_eq!(Oid::KRB5.to_string(), "1.2.840.113554.1.2.2");
/// assert_eq!(Oid::KRB5.name(), Some("Kerberos V5"));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Oid<'a>(&'a [u8]);

impl Oid<'static> {
    /// Kerberos V5, 1.2.840.113554.1.2.2 (RFC 1964 section 1).
    pub const KRB5: Self = Self(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02");
    /// Kerberos V5 as Windows 2000 misspelt it and all its successors still offer it, 1.2.840.48018.1.2.2 ([MS-SPNG] 3.1.5.2).
    pub const KRB5_MICROSOFT: Self = Self(b"\x2a\x86\x48\x82\xf7\x12\x01\x02\x02");
    /// Kerberos V5 user-to-user, 1.2.840.113554.1.2.2.3.
    pub const KRB5_USER_TO_USER: Self = Self(b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x03");
    /// Initial and pass-through authentication, 1.3.6.1.5.2.5 (draft-ietf-kitten-iakerb).
    pub const IAKERB: Self = Self(b"\x2b\x06\x01\x05\x02\x05");
    /// SPNEGO, 1.3.6.1.5.5.2 (RFC 4178 section 4.2).
    pub const SPNEGO: Self = Self(b"\x2b\x06\x01\x05\x05\x02");
    /// NTLM, 1.3.6.1.4.1.311.2.2.10 ([MS-NLMP] 1.9).
    pub const NTLMSSP: Self = Self(b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a");
    /// Extended negotiation, 1.3.6.1.4.1.311.2.2.30 ([MS-NEGOEX] 1.9.1).
    pub const NEGOEX: Self = Self(b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x1e");

    const NAMES: [(Self, &'static str); 7] = [
        (Self::KRB5, "Kerberos V5"),
        (Self::KRB5_MICROSOFT, "Kerberos V5 (Microsoft)"),
        (Self::KRB5_USER_TO_USER, "Kerberos V5 user-to-user"),
        (Self::IAKERB, "IAKERB"),
        (Self::SPNEGO, "SPNEGO"),
        (Self::NTLMSSP, "NTLM"),
        (Self::NEGOEX, "NegoEx"),
    ];
}

impl<'a> Oid<'a> {
    /// Content octets as they came, well-formed or not: an unknown name is simply nobody's.
    #[must_use]
    pub const fn from_octets(octets: &'a [u8]) -> Self {
        Self(octets)
    }

    /// The content octets, without tag and length.
    #[must_use]
    pub const fn as_octets(self) -> &'a [u8] {
        self.0
    }

    /// What people call it, where it is one of the known ones.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Oid::NAMES.iter().find(|(oid, _)| *oid == self).map(|(_, name)| *name)
    }
}

/// Dotted decimal (X.660), for people only; an arc beyond 64 bits or cut off shows as `?`.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0u64;
        let mut whole = true;
        let mut first = true;
        for &octet in self.0 {
            whole &= arc.leading_zeros() > 7;
            arc = (arc << 7) | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            match (first, whole) {
                (true, true) => write_first_arcs(f, arc)?,
                (true, false) => f.write_str("?")?,
                (false, true) => write!(f, ".{arc}")?,
                (false, false) => f.write_str(".?")?,
            }
            (arc, whole, first) = (0, true, false);
        }
        match self.0.last() {
            Some(last) if last & 0x80 == 0 => Ok(()),
            _ => f.write_str("?"),
        }
    }
}

/// The first subidentifier holds two arcs: 40 times the first plus the second (X.690 section 8.19.4).
fn write_first_arcs(f: &mut fmt::Formatter<'_>, subidentifier: u64) -> fmt::Result {
    match subidentifier {
        0..40 => write!(f, "0.{subidentifier}"),
        40..80 => write!(f, "1.{}", subidentifier.saturating_sub(40)),
        _ => write!(f, "2.{}", subidentifier.saturating_sub(80)),
    }
}

impl FixedTag for Oid<'_> {
    const TAG: Tag = Tag::ObjectIdentifier;
}

/// Decoding a field takes well-formed names only: subidentifiers that are whole and minimal (X.690 section 8.19.2),
/// 64 octets at most (row A14).
impl<'a> DecodeValue<'a> for Oid<'a> {
    type Error = Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let octets = reader.read_slice(header.length())?;
        let whole = octets.last().is_some_and(|last| last & 0x80 == 0);
        let minimal = octets.split_inclusive(|octet| octet & 0x80 == 0).all(|arc| arc.first() != Some(&0x80));
        if !whole || !minimal || octets.len() > 64 {
            return Err(reader.error(ErrorKind::OidMalformed));
        }
        Ok(Self(octets))
    }
}

impl EncodeValue for Oid<'_> {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.0.len())
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn dotted_names() {
        assert_eq!(Oid::NTLMSSP.to_string(), "1.3.6.1.4.1.311.2.2.10");
        assert_eq!(Oid::SPNEGO.to_string(), "1.3.6.1.5.5.2");
        assert_eq!(Oid::KRB5_MICROSOFT.to_string(), "1.2.840.48018.1.2.2");
    }

    #[test]
    fn a14_odd_octets_print_and_match_nothing() {
        for octets in [&b""[..], b"\x80", b"\x2b\x86", &[0xff; 129]] {
            let oid = Oid::from_octets(octets);
            assert!(oid.name().is_none());
            assert!(oid.to_string().ends_with('?'));
        }
    }
}
