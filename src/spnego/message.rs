//! The messages of SPNEGO (RFC 4178 section 4.2), as they stand on the wire.
//!
//! `NegTokenInit` and `NegTokenResp` have extension markers in the RFC, so fields with further numbers are taken and
//! kept ([`Extensions`](crate::asn1::Extensions)) but never looked at. Unlike those of Kerberos, whose types have none.

use alloc::vec::Vec;

use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, TagNumber, Writer};

use crate::asn1::{self, BitString, Error, Flaw, GeneralString, Iter, OctetString, SequenceOf, sequence};
use crate::gss::Oid;

/// One token of a negotiation (RFC 4178 section 4.2). The first comes in the frame of GSS-API, which is not part of this.
///
/// ```text
/// NegotiationToken ::= CHOICE {
///     negTokenInit    [0] NegTokenInit,
///     negTokenResp    [1] NegTokenResp
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NegotiationToken<'a> {
    /// The initiator's first token.
    NegTokenInit(NegTokenInit<'a>),
    /// Any later token, of either side.
    NegTokenResp(NegTokenResp<'a>),
}

impl<'a> NegotiationToken<'a> {
    /// Decodes one whole token as an acceptor gets it: `negTokenInit` is the RFC's [`NegTokenInit`], and Microsoft's
    /// form of it, which only acceptors send, is refused (row C11).
    ///
    /// # Errors
    /// What is wrong with it, and where; [`Flaw::UnexpectedTag`] for anything but the two (row A05).
    pub fn parse(octets: &'a [u8]) -> Result<Self, Error> {
        match octets.first() {
            Some(&RESP) => asn1::parse_tagged::<_, 1>(NegTokenResp::NAME, octets).map(Self::NegTokenResp),
            _ => asn1::parse_tagged::<_, 0>(NegTokenInit::NAME, octets).map(Self::NegTokenInit),
        }
    }

    /// Encodes it.
    ///
    /// # Errors
    /// [`Flaw::Length`] beyond 4 GiB.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        match self {
            Self::NegTokenInit(init) => asn1::to_der_tagged::<0>(NegTokenInit::NAME, init),
            Self::NegTokenResp(resp) => asn1::to_der_tagged::<1>(NegTokenResp::NAME, resp),
        }
    }
}

/// The tag octet of `negTokenResp`.
const RESP: u8 = asn1::octet_of(Tag::ContextSpecific { constructed: true, number: TagNumber(1) });

sequence! {
    "NegTokenInit"
    /// The initiator's offer (RFC 4178 section 4.2.1).
    ///
    /// ```text
    /// NegTokenInit ::= SEQUENCE {
    ///     mechTypes       [0] MechTypeList,
    ///     reqFlags        [1] ContextFlags  OPTIONAL,
    ///       -- inherited from RFC 2478 for backward compatibility,
    ///       -- RECOMMENDED to be left out
    ///     mechToken       [2] OCTET STRING  OPTIONAL,
    ///     mechListMIC     [3] OCTET STRING  OPTIONAL,
    ///     ...
    /// }
    /// ContextFlags ::= BIT STRING {
    ///     delegFlag       (0),
    ///     mutualFlag      (1),
    ///     replayFlag      (2),
    ///     sequenceFlag    (3),
    ///     anonFlag        (4),
    ///     confFlag        (5),
    ///     integFlag       (6)
    /// } (SIZE (32))
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct NegTokenInit<'a> {
        /// The mechanisms the initiator can use, best first.
        mech_types: MechTypeList<'a> [0],
        /// Without effect: nothing protects it, and the RFC has acceptors ignore it.
        req_flags: BitString<'a> [1] OPTIONAL,
        /// The first token of the first mechanism.
        mech_token: OctetString<'a> [2] OPTIONAL,
        /// A MIC over the list, where the first mechanism could already make one.
        mech_list_mic: OctetString<'a> [3] OPTIONAL,
        ... extensions > 3,
    }
}

sequence! {
    "NegTokenInit2"
    /// Microsoft's form of [`NegTokenInit`], with which an acceptor speaks first ([MS-SPNG] 2.2.1). For initiators only.
    ///
    /// ```text
    /// NegTokenInit2 ::= SEQUENCE {
    ///     mechTypes       [0] MechTypeList  OPTIONAL,
    ///     reqFlags        [1] ContextFlags  OPTIONAL,
    ///     mechToken       [2] OCTET STRING  OPTIONAL,
    ///     negHints        [3] NegHints      OPTIONAL,
    ///     mechListMIC     [4] OCTET STRING  OPTIONAL,
    ///     ...
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct NegTokenInit2<'a> {
        /// The mechanisms the acceptor can use.
        mech_types: MechTypeList<'a> [0] OPTIONAL,
        /// Without effect.
        req_flags: BitString<'a> [1] OPTIONAL,
        /// Unused by acceptors.
        mech_token: OctetString<'a> [2] OPTIONAL,
        /// Hints, without effect.
        neg_hints: NegHints<'a> [3] OPTIONAL,
        /// Unused by acceptors.
        mech_list_mic: OctetString<'a> [4] OPTIONAL,
        ... extensions > 4,
    }
}

impl<'a> NegTokenInit2<'a> {
    /// Decodes a whole NegotiationToken that holds one, as an initiator gets it.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn parse_negotiation_token(octets: &'a [u8]) -> Result<Self, Error> {
        asn1::parse_tagged::<_, 0>(Self::NAME, octets)
    }

    /// Encodes the NegotiationToken that holds it.
    ///
    /// # Errors
    /// [`Flaw::Length`] beyond 4 GiB.
    pub fn to_negotiation_token(&self) -> Result<Vec<u8>, Error> {
        asn1::to_der_tagged::<0>(Self::NAME, self)
    }
}

sequence! {
    "NegHints"
    /// Hints of an acceptor that speaks first ([MS-SPNG] 2.2.1). Their content is never used (row C11).
    ///
    /// ```text
    /// NegHints ::= SEQUENCE {
    ///     hintName        [0] GeneralString OPTIONAL,
    ///     hintAddress     [1] OCTET STRING  OPTIONAL
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Eq, PartialEq)]
    pub struct NegHints<'a> {
        /// In practice `not_defined_in_RFC4178@please_ignore`.
        hint_name: GeneralString<'a> [0] OPTIONAL,
        /// Never there.
        hint_address: OctetString<'a> [1] OPTIONAL,
    }
}

sequence! {
    "NegTokenResp"
    /// Every token but the first (RFC 4178 section 4.2.2).
    ///
    /// ```text
    /// NegTokenResp ::= SEQUENCE {
    ///     negState        [0] ENUMERATED {
    ///         accept-completed    (0),
    ///         accept-incomplete   (1),
    ///         reject              (2),
    ///         request-mic         (3)
    ///     }                                 OPTIONAL,
    ///       -- REQUIRED in the first reply from the target
    ///     supportedMech   [1] MechType      OPTIONAL,
    ///       -- present only in the first reply from the target
    ///     responseToken   [2] OCTET STRING  OPTIONAL,
    ///     mechListMIC     [3] OCTET STRING  OPTIONAL,
    ///     ...
    /// }
    /// ```
    #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
    pub struct NegTokenResp<'a> {
        /// How the negotiation stands.
        neg_state: NegState [0] OPTIONAL,
        /// The mechanism the acceptor chose.
        supported_mech: Oid<'a> [1] OPTIONAL,
        /// A token of that mechanism.
        response_token: OctetString<'a> [2] OPTIONAL,
        /// A MIC over the initiator's [`MechTypeList`].
        mech_list_mic: OctetString<'a> [3] OPTIONAL,
        ... extensions > 3,
    }
}

/// How a negotiation stands (RFC 4178 section 4.2.2). There are no other values (row C13).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum NegState {
    /// The context is established.
    AcceptCompleted,
    /// Another token is needed.
    AcceptIncomplete,
    /// The negotiation has failed.
    Reject,
    /// The mechanism is not the first of the list: MICs over the list must be exchanged.
    RequestMic,
}

impl NegState {
    const ALL: [Self; 4] = [Self::AcceptCompleted, Self::AcceptIncomplete, Self::Reject, Self::RequestMic];

    const fn number(self) -> u8 {
        match self {
            Self::AcceptCompleted => 0,
            Self::AcceptIncomplete => 1,
            Self::Reject => 2,
            Self::RequestMic => 3,
        }
    }
}

impl FixedTag for NegState {
    const TAG: Tag = Tag::Enumerated;
}

impl<'a> DecodeValue<'a> for NegState {
    type Error = der::Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let octets = reader.read_slice(header.length())?;
        let named = Self::ALL.into_iter().find(|state| octets == [state.number()]);
        named.ok_or_else(|| reader.error(Self::TAG.value_error()))
    }
}

impl EncodeValue for NegState {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        Ok(Length::ONE)
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write_byte(self.number())
    }
}

/// A list of mechanisms, best first (RFC 4178 section 4.1), not empty and of no more than
/// [`Self::MAX_MECHANISMS`] (row C01).
///
/// ```text
/// MechType ::= OBJECT IDENTIFIER
///     -- OID represents each security mechanism as suggested by [RFC2743]
/// MechTypeList ::= SEQUENCE OF MechType
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MechTypeList<'a>(SequenceOf<'a, Oid<'a>>);

impl<'a> MechTypeList<'a> {
    /// The most mechanisms a list may have. Windows offers four or five; the limit is this crate's own.
    pub const MAX_MECHANISMS: usize = 32;

    /// A list of these mechanisms.
    ///
    /// # Errors
    /// [`Flaw::Count`] if there are none or more than [`Self::MAX_MECHANISMS`].
    pub const fn new(mechanisms: &'a [Oid<'a>]) -> Result<Self, Error> {
        match mechanisms.len() {
            1..=Self::MAX_MECHANISMS => Ok(Self(SequenceOf::new(mechanisms))),
            _ => Err(Error::of("MechTypeList", Flaw::Count)),
        }
    }

    /// The mechanisms in order.
    #[must_use]
    pub fn iter(&self) -> Iter<'a, Oid<'a>> {
        self.0.iter()
    }

    /// The initiator's favourite, for which `mechToken` is. (There is always one.)
    #[must_use]
    pub fn first(&self) -> Option<Oid<'a>> {
        self.iter().next()
    }

    /// The DER of the list, which `mechListMIC` is computed over (RFC 4178 section 5). For a decoded list these are the
    /// very octets that were received (row C04): the content is kept as it came, and as lengths must be minimal there
    /// is but one header that can have stood before it.
    ///
    /// # Errors
    /// [`Flaw::Length`] beyond 4 GiB.
    pub fn to_der(&self) -> Result<Vec<u8>, Error> {
        asn1::to_der("MechTypeList", self)
    }
}

impl<'a> IntoIterator for MechTypeList<'a> {
    type Item = Oid<'a>;
    type IntoIter = Iter<'a, Oid<'a>>;

    fn into_iter(self) -> Iter<'a, Oid<'a>> {
        self.iter()
    }
}

impl FixedTag for MechTypeList<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for MechTypeList<'a> {
    type Error = der::Error;

    #[inline]
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let position = reader.position();
        let list = SequenceOf::decode_value(reader, header)?;
        match list.len() {
            1..=Self::MAX_MECHANISMS => Ok(Self(list)),
            _ => Err(Self::TAG.value_error().at(position)),
        }
    }
}

impl EncodeValue for MechTypeList<'_> {
    #[inline]
    fn value_len(&self) -> der::Result<Length> {
        self.0.value_len()
    }

    #[inline]
    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.0.encode_value(writer)
    }
}
