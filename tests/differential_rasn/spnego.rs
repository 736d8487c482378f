//! The messages that `rasn-kerberos` does not have, for `rasn`, from the text of their standards.

use rasn::prelude::*;

/// RFC 4178 section 4.2.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[rasn(choice)]
pub(crate) enum NegotiationToken {
    #[rasn(tag(explicit(0)))]
    NegTokenInit(NegTokenInit),
    #[rasn(tag(explicit(1)))]
    NegTokenResp(NegTokenResp),
}

/// The same with Microsoft's form of the first ([MS-SPNG] section 2.2.1).
#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[rasn(choice)]
pub(crate) enum NegotiationToken2 {
    #[rasn(tag(explicit(0)))]
    NegTokenInit2(NegTokenInit2),
}

/// RFC 4178 section 4.2.1.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[non_exhaustive]
pub(crate) struct NegTokenInit {
    #[rasn(tag(explicit(0)))]
    mech_types: SequenceOf<ObjectIdentifier>,
    #[rasn(tag(explicit(1)))]
    req_flags: Option<BitString>,
    #[rasn(tag(explicit(2)))]
    mech_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

/// [MS-SPNG] section 2.2.1.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[non_exhaustive]
pub(crate) struct NegTokenInit2 {
    #[rasn(tag(explicit(0)))]
    mech_types: Option<SequenceOf<ObjectIdentifier>>,
    #[rasn(tag(explicit(1)))]
    req_flags: Option<BitString>,
    #[rasn(tag(explicit(2)))]
    mech_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    neg_hints: Option<NegHints>,
    #[rasn(tag(explicit(4)))]
    mech_list_mic: Option<OctetString>,
}

/// [MS-SPNG] section 2.2.1.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
pub(crate) struct NegHints {
    #[rasn(tag(explicit(0)))]
    hint_name: Option<GeneralString>,
    #[rasn(tag(explicit(1)))]
    hint_address: Option<OctetString>,
}

/// RFC 4178 section 4.2.2.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
#[non_exhaustive]
pub(crate) struct NegTokenResp {
    #[rasn(tag(explicit(0)))]
    neg_state: Option<NegState>,
    #[rasn(tag(explicit(1)))]
    supported_mech: Option<ObjectIdentifier>,
    #[rasn(tag(explicit(2)))]
    response_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

/// RFC 4178 section 4.2.2.
#[derive(AsnType, Clone, Copy, Debug, Decode, Encode, Eq, PartialEq)]
#[rasn(enumerated)]
pub(crate) enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

/// [MS-KILE] section 2.2.1.
#[derive(AsnType, Clone, Debug, Decode, Encode)]
pub(crate) struct KerbErrorData {
    #[rasn(tag(explicit(1)))]
    data_type: i32,
    #[rasn(tag(explicit(2)))]
    data_value: Option<OctetString>,
}
