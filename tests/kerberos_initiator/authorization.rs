//! What the authenticator says in its authorization data (RFC 4537, [MS-KILE] section 3.2.5.8): Active Directory goes by it,
//! and no acceptor here would miss it.

use negotiate::gss::{ChannelBindings, InitialToken};
use negotiate::kerberos;
use negotiate::kerberos::etype::{EncryptionType, KeyUsage};
use negotiate::kerberos::message::{ApReq, Authenticator, AuthorizationData, EtypeList, ad_type};
use negotiate::{Initiate, Initiator};

use crate::pair::usual;
use crate::{NOW, SERVICE};

type Ask = fn(kerberos::Initiator) -> kerberos::Initiator;

/// Opens the AP-REQ of a login: the types and octets within its one AD-IF-RELEVANT.
fn said(ask: Ask, bindings: Option<&ChannelBindings>) -> Vec<(i32, Vec<u8>)> {
    let cache = usual().ccache("alice", NOW).unwrap();
    let key = cache.credentials().next().unwrap().key().unwrap().duplicate();
    let mut builder =
        Initiator::builder(SERVICE.parse().unwrap()).kerberos(ask(kerberos::Initiator::new(cache))).bare();
    if let Some(bindings) = bindings {
        builder = builder.channel_bindings(bindings.clone());
    }
    let token = match builder.build().unwrap().initiate(NOW).unwrap() {
        Initiate::NeedsToken { token, .. } | Initiate::Established { token: Some(token), .. } => token,
        step => panic!("{step:?}"),
    };
    let message = InitialToken::parse(&token).map_or(&token[..], |framed| framed.inner.strip_prefix(&[1, 0]).unwrap());
    let mut sealed = ApReq::parse(message).unwrap().authenticator.cipher.0.to_vec();
    let opened = key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR).decrypt_in_place(&mut sealed).unwrap();
    let outer = Authenticator::parse(opened).unwrap().authorization_data.unwrap().0;
    assert_eq!(outer.iter().map(|element| element.ad_type).collect::<Vec<_>>(), [ad_type::IF_RELEVANT]);
    let relevant = AuthorizationData::parse(outer.iter().next().unwrap().ad_data.0).unwrap().0;
    relevant.iter().map(|element| (element.ad_type, element.ad_data.0.to_vec())).collect()
}

#[test]
fn an_ap_req_says_what_it_is_for_and_what_it_takes() {
    let target: Vec<u8> =
        "HTTP/www.example.test@EXAMPLE.TEST".encode_utf16().flat_map(|unit| unit.to_le_bytes()).collect();
    let bindings = ChannelBindings::application_data(b"tls-unique:one");
    let asks: [(Ask, bool); 4] = [
        (|usual| usual, true),
        (kerberos::Initiator::dce_style, true),
        (kerberos::Initiator::without_mutual_authentication, false),
        (kerberos::Initiator::without_etype_negotiation, false),
    ];
    for (ask, negotiates) in asks {
        for bindings in [None, Some(&bindings)] {
            let mut said = said(ask, bindings);
            if negotiates {
                let (ad_type, octets) = said.remove(0);
                assert_eq!(ad_type, 129);
                let etypes: Vec<_> = EtypeList::parse(&octets).unwrap().0.iter().map(EncryptionType).collect();
                assert!(etypes.contains(&EncryptionType::AES256_CTS_HMAC_SHA384_192), "{etypes:?}");
            }
            if bindings.is_some() {
                assert_eq!(said.remove(0), (143, vec![0, 0x40, 0, 0]));
            }
            assert_eq!(said, [(144, target.clone())]);
        }
    }
}
