//! Authorization data (RFC 4120 section 5.2.6).

use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};

use crate::asn1::{self, Error, Flaw, OctetString, SequenceOf, sequence};

/// Types of authorization data (RFC 4120 section 7.5.4, [MS-KILE] 3.1.5.5 and 3.2.5.8).
pub mod ad_type {
    /// AD-IF-RELEVANT: what is inside may be ignored if it is not understood.
    pub const IF_RELEVANT: i32 = 1;
    /// AD-KDCIssued: from the KDC, with a checksum.
    pub const KDC_ISSUED: i32 = 4;
    /// AD-AND-OR.
    pub const AND_OR: i32 = 5;
    /// AD-MANDATORY-FOR-KDC: for the KDC, which must understand it (section 5.2.6.4).
    pub const MANDATORY_FOR_KDC: i32 = 8;
    /// AD-WIN2K-PAC ([MS-PAC]).
    pub const WIN2K_PAC: i32 = 128;
    /// The encryption types a client would accept, an [`EtypeList`](super::EtypeList) (RFC 4537).
    pub const ETYPE_NEGOTIATION: i32 = 129;
    /// KERB-AUTH-DATA-TOKEN-RESTRICTIONS ([MS-KILE] 2.2.6).
    pub const TOKEN_RESTRICTIONS: i32 = 141;
    /// KERB-LOCAL, KERB_AUTH_DATA_LOOPBACK in [MS-KILE] 2.2.4.
    pub const LOCAL: i32 = 142;
    /// AD-AUTH-DATA-AP-OPTIONS ([MS-KILE] 3.2.5.8): 4 octets.
    pub const AP_OPTIONS: i32 = 143;
    /// KERB-AUTH-DATA-CLIENT-TARGET: the service name the client meant ([MS-KILE] 3.2.5.8), in UTF-16.
    pub const CLIENT_TARGET: i32 = 144;
}

sequence! {
    "AuthorizationData element"
    /// One element of authorization data (RFC 4120 section 5.2.6).
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct AuthorizationElement<'a> {
        /// What it is, one of [`ad_type`].
        ad_type: i32 [0],
        /// The element, in the form its type says.
        ad_data: OctetString<'a> [1],
    }
}

/// Authorization data (RFC 4120 section 5.2.6).
///
/// ```text
/// -- NOTE: AuthorizationData is always used as an OPTIONAL field and
/// -- should not be empty.
/// AuthorizationData       ::= SEQUENCE OF SEQUENCE {
///         ad-type         [0] Int32,
///         ad-data         [1] OCTET STRING
/// }
/// AD-IF-RELEVANT          ::= AuthorizationData
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorizationData<'a>(pub SequenceOf<'a, AuthorizationElement<'a>>);

impl<'a> AuthorizationData<'a> {
    /// Its name in the standard.
    pub const NAME: &'static str = "AuthorizationData";

    /// Decodes one whole list, borrowing from it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        asn1::parse(Self::NAME, octets)
    }

    /// Encodes it: also the content of an AD-IF-RELEVANT.
    ///
    /// # Errors
    /// [`Flaw::Length`] beyond 4 GiB.
    pub fn to_der(&self) -> Result<alloc::vec::Vec<u8>, Error> {
        asn1::to_der(Self::NAME, self)
    }

    /// All elements in order, those within AD-IF-RELEVANT in the place of their container.
    #[must_use]
    pub fn walk(&self) -> Walk<'a> {
        Walk { outer: self.0.iter(), inner: nothing(), innermost: nothing() }
    }
}

/// An element of authorization data, and whether it may be ignored.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuthorizationDatum<'a> {
    /// What it is, one of [`ad_type`].
    pub ad_type: i32,
    /// The element, in the form its type says.
    pub ad_data: &'a [u8],
    /// Whether it is within an AD-IF-RELEVANT (section 5.2.6.1): if not, it must be understood (row E16).
    pub inside_if_relevant: bool,
}

/// Walks authorization data, see [`AuthorizationData::walk`]. AD-IF-RELEVANT may hold AD-IF-RELEVANT, as no real message
/// does, but no deeper (row A04): a third container is [`Flaw::NestingDepth`]. The walk ends with the first error.
#[derive(Clone)]
pub struct Walk<'a> {
    outer: Elements<'a>,
    inner: Elements<'a>,
    innermost: Elements<'a>,
}

type Elements<'a> = asn1::Iter<'a, AuthorizationElement<'a>>;

fn nothing<'a>() -> Elements<'a> {
    SequenceOf::new(&[]).iter()
}

impl<'a> Walk<'a> {
    /// Goes into a container: its elements come next.
    fn enter(&mut self, depth: u8, container: &'a [u8]) -> Result<(), Error> {
        let level = match depth {
            0 => &mut self.inner,
            1 => &mut self.innermost,
            _ => return Err(Error::of("AD-IF-RELEVANT", Flaw::NestingDepth)),
        };
        *level = asn1::parse::<AuthorizationData<'a>>("AD-IF-RELEVANT", container)?.0.iter();
        Ok(())
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Result<AuthorizationDatum<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let innermost = self.innermost.next().map(|element| (2, element));
            let inner = || self.inner.next().map(|element| (1, element));
            let outer = || self.outer.next().map(|element| (0, element));
            let (depth, AuthorizationElement { ad_type, ad_data }) = innermost.or_else(inner).or_else(outer)?;
            if ad_type != ad_type::IF_RELEVANT {
                return Some(Ok(AuthorizationDatum { ad_type, ad_data: ad_data.0, inside_if_relevant: depth > 0 }));
            }
            if let Err(error) = self.enter(depth, ad_data.0) {
                *self = Self { outer: nothing(), inner: nothing(), innermost: nothing() };
                return Some(Err(error));
            }
        }
    }
}

impl FixedTag for AuthorizationData<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for AuthorizationData<'a> {
    type Error = der::Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        SequenceOf::decode_value(reader, header).map(Self)
    }
}

impl EncodeValue for AuthorizationData<'_> {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}

/// The encryption types a client would accept, the content of [`ad_type::ETYPE_NEGOTIATION`] (RFC 4537 section 3).
///
/// ```text
/// EtypeList ::= SEQUENCE OF Int32
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EtypeList<'a>(pub SequenceOf<'a, i32>);

impl<'a> EtypeList<'a> {
    /// Decodes one whole list, borrowing from it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        asn1::parse("EtypeList", octets).map(Self)
    }

    /// Encodes it.
    ///
    /// # Errors
    /// [`Flaw::Length`] beyond 4 GiB.
    pub fn to_der(&self) -> Result<alloc::vec::Vec<u8>, Error> {
        asn1::to_der("EtypeList", &self.0)
    }
}
