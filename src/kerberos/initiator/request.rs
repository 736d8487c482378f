//! AP-REQ: the ticket, and the proof that it is this side's (RFC 4120 sections 3.2.2 and 5.5.1, RFC 4121 section 4.1).

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::authorization::ClientAuthorization;
use super::error::Error;
use super::login::Login;
use crate::asn1::{self, GeneralString, OctetString, SequenceOf};
use crate::gss::{BindingsHash, ContextFlags, InitialToken, Oid};
use crate::kerberos::ccache::Credential;
use crate::kerberos::etype::{ChecksumType, KeyUsage};
use crate::kerberos::gss_checksum::GssChecksum;
use crate::kerberos::message::{
    ApOptions, ApReq, Authenticator, AuthorizationData, AuthorizationElement, Checksum, EncryptedData, KeyValue, PVNO,
    PrincipalName, SequenceNumber, Ticket, ad_type, msg_type,
};
use crate::kerberos::token_id;
use crate::random::Randomness;

/// Everything an AP-REQ says.
pub(super) struct Request<'a> {
    pub(super) credential: &'a Credential,
    pub(super) login: &'a Login,
    pub(super) bindings: BindingsHash,
    pub(super) delegation: Option<&'a [u8]>,
    pub(super) authorization: ClientAuthorization,
}

impl Request<'_> {
    /// The token: in GSS-API's frame, or bare as DCE style has it ([MS-KILE] section 3.4.5.1).
    pub(super) fn to_token(&self, randomness: &dyn Randomness) -> Result<Vec<u8>, Error> {
        let key = self.login.session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
        let sealed = key.encrypt(&self.authenticator()?, randomness);
        let cipher = sealed.map_err(|error| Error::Key { what: "session key", error })?;
        let flags = self.login.flags;
        let message = ApReq {
            pvno: PVNO,
            msg_type: msg_type::AP_REQ,
            ap_options: if flags.contains(ContextFlags::MUTUAL) {
                ApOptions::MUTUAL_REQUIRED
            } else {
                ApOptions::default()
            },
            ticket: Ticket::parse(&self.credential.ticket).map_err(Error::Ticket)?,
            authenticator: EncryptedData { etype: key.etype().0, kvno: None, cipher: OctetString(&cipher) },
        };
        if flags.contains(ContextFlags::DCE_STYLE) {
            return message.to_der().map_err(Error::Encoding);
        }
        framed(&message).map_err(Error::Encoding)
    }

    /// The encoded Authenticator: in the clear, with the subkey in it.
    fn authenticator(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let Self { credential, login, bindings, delegation, authorization } = self;
        let components: Vec<_> = credential.client.components().map(GeneralString).collect();
        let gss = GssChecksum { bindings: *bindings, flags: login.flags, delegation: *delegation };
        let gss = gss.to_octets().map_err(Error::GssChecksum)?;
        let relevant = authorization.to_der().map_err(Error::Encoding)?;
        let elements = [AuthorizationElement { ad_type: ad_type::IF_RELEVANT, ad_data: OctetString(&relevant) }];
        let (ctime, cusec) = login.stamp;
        let message = Authenticator {
            authenticator_vno: PVNO,
            crealm: GeneralString(credential.client.realm()),
            cname: PrincipalName {
                name_type: credential.client.name_type().0,
                name_string: SequenceOf::new(&components),
            },
            cksum: Some(Checksum { cksumtype: ChecksumType::GSS_API.0, checksum: OctetString(&gss) }),
            cusec,
            ctime,
            subkey: Some(KeyValue { keytype: login.subkey.etype().0, keyvalue: OctetString(login.subkey.expose()) }),
            seq_number: Some(SequenceNumber(login.sequence)),
            authorization_data: Some(AuthorizationData(SequenceOf::new(&elements))),
        };
        message.to_der().map(Zeroizing::new).map_err(Error::Encoding)
    }
}

/// The message behind its identifier, in GSS-API's frame.
fn framed(message: &ApReq<'_>) -> Result<Vec<u8>, asn1::Error> {
    let length = asn1::encoded_length(ApReq::NAME, message)?.saturating_add(token_id::AP_REQ.len());
    // What is too long for a frame is too long for DER, which has said so.
    let mut token = InitialToken::begin(Oid::KRB5, length).unwrap_or_default();
    token.extend_from_slice(&token_id::AP_REQ);
    asn1::append(ApReq::NAME, message, &mut token)?;
    Ok(token)
}
