//! The first token of the exchange, out of its frame (RFC 4121 section 4.1).

use crate::gss::{self, InitialToken, Oid};
use crate::kerberos::error::{Error, PeerError};
use crate::kerberos::etype::EncryptionType;
use crate::kerberos::message::{ApOptions, ApReq, KrbError, PVNO, msg_type};
use crate::kerberos::token_id;

use super::settings::Settings;

/// An AP-REQ and how it came.
pub(super) struct Request<'a> {
    pub(super) ap_req: ApReq<'a>,
    /// Whether it came in GSS-API's frame. Only DCE-style exchanges may leave it out, and whether this is one stands
    /// inside the authenticator.
    pub(super) is_framed: bool,
}

/// The first octet of a bare AP-REQ, `[APPLICATION 14]`.
const AP_REQ_TAG: u8 = 0x6e;

/// Whether the octets begin like a Kerberos token, framed or bare.
pub(super) fn recognises(token: &[u8]) -> bool {
    match InitialToken::parse(token) {
        Ok(framed) => is_kerberos(framed.mechanism),
        Err(_) => token.first() == Some(&AP_REQ_TAG),
    }
}

/// Kerberos by its name, or by the one that Windows 2000 wrote ([MS-KILE] 3.1.1.6, row B03).
pub(super) fn is_kerberos(oid: Oid<'_>) -> bool {
    oid == Oid::KRB5 || oid == Oid::KRB5_MICROSOFT
}

impl<'a> Request<'a> {
    /// Takes a token out of its frame and decodes it. After a failure here nobody can tell what the peer is, so it is
    /// sent nothing ([MS-KILE] 3.4.5).
    pub(super) fn parse(token: &'a [u8]) -> Result<Self, Error> {
        if token.first() == Some(&AP_REQ_TAG) {
            return Ok(Self { ap_req: ApReq::parse(token)?, is_framed: false });
        }
        let framed = InitialToken::parse(token)?;
        if !is_kerberos(framed.mechanism) {
            return Err(wrong_mechanism(framed.mechanism));
        }
        let (id, message) = framed.inner.split_first_chunk::<2>().ok_or(gss::Error::BadHeader)?;
        match *id {
            token_id::AP_REQ => Ok(Self { ap_req: ApReq::parse(message)?, is_framed: true }),
            token_id::KRB_ERROR => Err(peer_error(message)),
            other => Err(Error::WrongTokenId(other)),
        }
    }

    /// The numbers that say what this is. RFC 4120 section 3.2.3 looks at msg-type before all else; the versions have one
    /// value (section 5.2.4).
    pub(super) fn check_versions(&self) -> Result<(), Error> {
        let ApReq { pvno, msg_type, ticket, .. } = &self.ap_req;
        is_version_5("pvno", *pvno)?;
        if *msg_type != msg_type::AP_REQ {
            return Err(Error::MessageType(*msg_type));
        }
        is_version_5("tkt-vno", ticket.tkt_vno)
    }

    /// Reserved options are ignored; user-to-user needs a ticket-granting ticket, which an acceptor with a keytab does
    /// not have (row E15).
    pub(super) fn check_options(&self) -> Result<(), Error> {
        if self.ap_req.ap_options.contains(ApOptions::USE_SESSION_KEY) { Err(Error::UserToUser) } else { Ok(()) }
    }

    /// Both encryption types as the message names them.
    pub(super) fn check_etypes(&self, settings: &Settings) -> Result<(), Error> {
        settings.require("ticket", EncryptionType(self.ap_req.ticket.enc_part.etype))?;
        settings.require("authenticator", EncryptionType(self.ap_req.authenticator.etype))
    }

    /// Only DCE style does without the frame ([MS-KILE] 3.4.5.1).
    pub(super) fn check_frame(&self, dce_style: bool) -> Result<(), Error> {
        if self.is_framed || dce_style { Ok(()) } else { Err(gss::Error::BadHeader.into()) }
    }

    /// The ciphers of ticket and authenticator.
    pub(super) fn ciphers(&self) -> (&'a [u8], &'a [u8]) {
        (self.ap_req.ticket.enc_part.cipher.0, self.ap_req.authenticator.cipher.0)
    }

    /// Whether the client asks for an answer, by what anyone could have written there.
    pub(super) fn asks_for_mutual(&self) -> bool {
        self.ap_req.ap_options.contains(ApOptions::MUTUAL_REQUIRED)
    }
}

/// The protocol's version, in all places where it stands (RFC 4120 section 7.5.6).
pub(super) fn is_version_5(field: &'static str, value: i32) -> Result<(), Error> {
    if value == PVNO { Ok(()) } else { Err(Error::Version { field, value }) }
}

fn wrong_mechanism(oid: Oid<'_>) -> Error {
    let name = oid.name().map_or_else(|| alloc::format!("{oid}"), alloc::borrow::ToOwned::to_owned);
    Error::WrongMechanism(name)
}

fn peer_error(message: &[u8]) -> Error {
    match KrbError::parse(message) {
        Ok(error) => Error::PeerError(alloc::boxed::Box::new(PeerError { code: error.error_code })),
        Err(error) => error.into(),
    }
}
