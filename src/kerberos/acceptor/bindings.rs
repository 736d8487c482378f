//! The GSS-API part of the authenticator: services, channel bindings, delegation (RFC 4121 section 4.1.1).

use super::authorization::ClientAuthorization;
use super::settings::Settings;
use crate::context::BindingsStatus;
use crate::gss::{BindingsHash, ContextFlags};
use crate::kerberos::error::{BindingsFailure, Error};
use crate::kerberos::etype::{EncryptionKey, KeyUsage};
use crate::kerberos::gss_checksum::GssChecksum;
use crate::kerberos::message::Checksum;
use crate::mechanism::Channel;

/// The checksum type that is no checksum (RFC 4121 section 4.1.1).
const GSS_CHECKSUM: i32 = 0x8003;

/// What an initiator without GSS-API's checksum asks for: an answer if the AP-REQ says so, and nothing else.
pub(super) fn gss_part<'a>(
    checksum: Option<&Checksum<'a>>,
    session_key: &EncryptionKey,
    asks_for_mutual: bool,
    settings: &Settings,
) -> Result<GssChecksum<'a>, Error> {
    match checksum {
        Some(Checksum { cksumtype: GSS_CHECKSUM, checksum }) => Ok(GssChecksum::parse(checksum.0)?),
        other if settings.permit_plain_authenticators => {
            other.map_or(Ok(()), |checksum| verify_plain(checksum, session_key))?;
            let flags = if asks_for_mutual { ContextFlags::MUTUAL } else { ContextFlags::default() };
            Ok(GssChecksum { bindings: BindingsHash::ZERO, flags, delegation: None })
        }
        other => Err(Error::InappropriateChecksum(other.map(|checksum| checksum.cksumtype))),
    }
}

/// A real checksum, over the application data that GSS-API does not have: of the one type that belongs to the session
/// key (row B15), under key usage 10 (RFC 4120 section 7.5.1).
fn verify_plain(checksum: &Checksum<'_>, session_key: &EncryptionKey) -> Result<(), Error> {
    let key = session_key.for_checksum(KeyUsage::AP_REQ_CHECKSUM);
    let inappropriate = Error::InappropriateChecksum(Some(checksum.cksumtype));
    if key.checksum_type().0 != checksum.cksumtype {
        return Err(inappropriate);
    }
    key.verify(&[], checksum.checksum.0).map_err(|_| inappropriate)
}

/// Compares the two sides' channel bindings. That the initiator sent none is told by zeros, which match nothing.
pub(super) fn compare(
    channel: &Channel,
    sent: BindingsHash,
    client: &ClientAuthorization,
) -> Result<BindingsStatus, Error> {
    let Some(own) = &channel.bindings else {
        return if channel.bindings_required { Err(Error::NoOwnBindings) } else { Ok(BindingsStatus::NotChecked) };
    };
    let failure = match (sent.is_zero(), channel.bindings_required) {
        (false, _) if own.hash() == sent => return Ok(BindingsStatus::Matched),
        (false, _) => BindingsFailure::Mismatch,
        (true, true) => BindingsFailure::Missing,
        (true, false) if client.knows_bindings => BindingsFailure::MissingThoughAware,
        (true, false) => return Ok(BindingsStatus::Absent),
    };
    Err(Error::BadBindings(failure))
}
