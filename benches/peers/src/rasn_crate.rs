//! The crates rasn and rasn-kerberos: messages, no cryptography. SPNEGO is written down here, as RFC 4178 has it.

use std::fs;
use std::path::Path;

use rasn::prelude::*;
use rasn_kerberos::ApReq;

use crate::report_batch;

/// RFC 2743 section 3.1, with SPNEGO within.
#[derive(AsnType, Decode, Encode)]
#[rasn(tag(application, 0))]
struct InitialToken {
    mechanism: ObjectIdentifier,
    inner: NegotiationToken,
}

#[derive(AsnType, Decode, Encode)]
#[rasn(choice)]
enum NegotiationToken {
    #[rasn(tag(explicit(0)))]
    Init(NegTokenInit),
    #[rasn(tag(explicit(1)))]
    Resp(NegTokenResp),
}

#[derive(AsnType, Decode, Encode)]
struct NegTokenInit {
    #[rasn(tag(explicit(0)))]
    mech_types: Vec<ObjectIdentifier>,
    #[rasn(tag(explicit(1)))]
    req_flags: Option<BitString>,
    #[rasn(tag(explicit(2)))]
    mech_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

#[derive(AsnType, Decode, Encode)]
struct NegTokenResp {
    #[rasn(tag(explicit(0)))]
    neg_state: Option<NegState>,
    #[rasn(tag(explicit(1)))]
    supported_mech: Option<ObjectIdentifier>,
    #[rasn(tag(explicit(2)))]
    response_token: Option<OctetString>,
    #[rasn(tag(explicit(3)))]
    mech_list_mic: Option<OctetString>,
}

#[derive(AsnType, Clone, Copy, Debug, Decode, Encode, PartialEq, Eq)]
#[rasn(enumerated)]
enum NegState {
    AcceptCompleted = 0,
    AcceptIncomplete = 1,
    Reject = 2,
    RequestMic = 3,
}

pub(crate) fn run(section: &str, dir: &Path) {
    if section != "spnego" {
        return;
    }
    let offer = fs::read(dir.join("spnego.token")).unwrap();
    report_batch("spnego/parse", || {
        let framed: InitialToken = rasn::der::decode(&offer).unwrap();
        assert_eq!(&framed.mechanism[..], [1, 3, 6, 1, 5, 5, 2]);
        let NegotiationToken::Init(offer) = framed.inner else { panic!("no offer") };
        let answer = NegTokenResp {
            neg_state: Some(NegState::AcceptCompleted),
            supported_mech: offer.mech_types.into_iter().next(),
            response_token: Some(OctetString::from_static(&[7; 156])),
            mech_list_mic: None,
        };
        (offer.mech_token.unwrap(), rasn::der::encode(&NegotiationToken::Resp(answer)).unwrap())
    });
    let request = fs::read(dir.join("ap-req.octets")).unwrap();
    report_batch("ap-req/parse", || rasn::der::decode::<ApReq>(&request).unwrap());
}
