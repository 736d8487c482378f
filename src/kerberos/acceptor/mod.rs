//! Whether an AP-REQ is to be believed (RFC 4120 section 3.2.3, RFC 4121 section 4.1, [MS-KILE] 3.4.5).

mod answer;
mod authorization;
mod bindings;
mod dce;
mod names;
mod pac;
mod pending;
mod request;
mod settings;
mod ticket;
mod times;

pub use pending::Details;
pub use settings::{Acceptor, Dangerous, ErrorReplies};

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use zeroize::Zeroize;

use super::delegation;
use super::error::Error;
use super::etype::{EncryptionKey, EncryptionType, KeyUsage};
use super::message::{Authenticator, EncTicketPart, KeyValue};
use crate::error::Rejected;
use crate::gss::{ContextFlags, Oid};
use crate::mechanism::{AcceptorMechanism, Ask, Channel, MechStep};
use crate::time::Timestamp;
use pending::Pending;
use request::Request;
use settings::Settings;

impl AcceptorMechanism for Acceptor {
    fn oid(&self) -> Oid<'static> {
        Oid::KRB5
    }

    fn answers_to(&self, oid: Oid<'_>) -> bool {
        request::is_kerberos(oid)
    }

    fn recognises(&self, token: &[u8]) -> bool {
        request::recognises(token)
    }

    fn check(&self) -> Result<(), crate::Error> {
        self.settings.check()
    }

    fn accept(&self, channel: &Channel, token: &[u8], now: Timestamp) -> Result<MechStep, Rejected> {
        let request = Request::parse(token)?;
        match judge(&self.settings, channel, &request, now) {
            Ok(pending) => Ok(MechStep::AskReplay(Ask { question: pending.question, resume: Box::new(pending) })),
            Err(error) => Err(answer::refuse(&self.settings, request.asks_for_mutual(), error, now)),
        }
    }
}

/// The checks, in their order. Whatever fails ends it, and until all have passed nothing can be seen from outside. What
/// has a side effect, the replay question, is left for the caller to ask last.
fn judge(settings: &Arc<Settings>, channel: &Channel, request: &Request<'_>, now: Timestamp) -> Result<Pending, Error> {
    request.check_versions()?;
    request.check_options()?;
    request.check_etypes(settings)?;

    let mut buffer = Buffer::holding(request);
    let (ticket_octets, authenticator_octets) = buffer.parts();
    let (key, ticket_octets) = ticket::open(settings, &request.ap_req.ticket, ticket_octets)?;
    let ticket = EncTicketPart::parse(ticket_octets)?;
    let session_key = settings.usable_key("session key", &ticket.key)?;
    let authenticator = open_authenticator(request, &session_key, authenticator_octets)?;

    let client = names::check(settings, &ticket, &authenticator)?;
    names::check_address(&ticket, channel.peer_address)?;
    let in_time = times::check(settings, &ticket, &authenticator, now)?;
    names::check_path(settings, &ticket)?;
    let from_kdc = authorization::of_ticket(ticket.authorization_data.as_ref())?;
    let from_client =
        authorization::of_client(authenticator.authorization_data.as_ref(), key.entry().principal(), settings)?;
    let gss = bindings::gss_part(authenticator.cksum.as_ref(), &session_key, request.asks_for_mutual(), settings)?;
    request.check_frame(gss.flags.contains(ContextFlags::DCE_STYLE))?;
    let channel_bindings = bindings::compare(channel, gss.bindings, &from_client)?;
    let pac = settings.judge_pac(from_kdc.pac, key, &ticket)?;
    let subkey = authenticator.subkey.as_ref().map(|key| settings.usable_key("subkey", key)).transpose()?;
    is_no_way_down(&session_key, subkey.as_ref())?;
    let delegated = gss.delegation.filter(|_| settings.accept_delegation);
    let delegated = delegated.map(|message| delegation::open(message, &session_key, subkey.as_ref(), &client));

    let replay = pending::question(settings, &session_key, request, &client, &in_time, now);
    Ok(Pending {
        settings: Arc::clone(settings),
        question: replay,
        now,
        asks_for_mutual: request.asks_for_mutual(),
        in_time,
        authenticator_time: (authenticator.ctime, authenticator.cusec),
        sequence: authenticator.seq_number.unwrap_or_default().0,
        client,
        acceptor: Arc::clone(key.entry().shared_principal()),
        kvno: key.entry().kvno(),
        ticket_etype: key.entry().etype(),
        ticket_kvno: request.ap_req.ticket.enc_part.kvno,
        channel_bindings,
        flags: gss.flags,
        delegated_credential: delegated.transpose()?,
        pac,
        acceptor_etype: pending::subkey_etype(&session_key, subkey.as_ref(), from_client.negotiated_etype, gss.flags),
        session_key,
        subkey,
    })
}

/// The authenticator, opened by the session key that the KDC put into the ticket (key usage 11).
fn open_authenticator<'b>(
    request: &Request<'_>,
    session_key: &EncryptionKey,
    octets: &'b mut [u8],
) -> Result<Authenticator<'b>, Error> {
    if request.ap_req.authenticator.etype != session_key.etype().0 {
        return Err(Error::AuthenticatorIntegrity);
    }
    let key = session_key.for_encryption(KeyUsage::AP_REQ_AUTHENTICATOR);
    let plaintext = key.decrypt_in_place(octets).map_err(|_| Error::AuthenticatorIntegrity)?;
    let authenticator = Authenticator::parse(plaintext)?;
    request::is_version_5("authenticator-vno", authenticator.authenticator_vno)?;
    Ok(authenticator)
}

/// A subkey of rc4-hmac under a better session key would weaken what the KDC chose (row E09), RC4 permitted or not.
fn is_no_way_down(session_key: &EncryptionKey, subkey: Option<&EncryptionKey>) -> Result<(), Error> {
    match subkey.map(EncryptionKey::etype) {
        Some(etype @ EncryptionType::RC4_HMAC) if session_key.etype() != etype => {
            Err(Error::EtypeNotPermitted { what: "subkey", etype })
        }
        _ => Ok(()),
    }
}

impl Settings {
    /// Refuses an encryption type that this acceptor does not take.
    fn require(&self, what: &'static str, etype: EncryptionType) -> Result<(), Error> {
        if self.permits(etype) { Ok(()) } else { Err(Error::EtypeNotPermitted { what, etype }) }
    }

    /// A key out of a decrypted message, if its type is permitted and its length fits (rows B09, E08, E09).
    fn usable_key(&self, what: &'static str, key: &KeyValue<'_>) -> Result<EncryptionKey, Error> {
        let etype = EncryptionType(key.keytype);
        self.require(what, etype)?;
        EncryptionKey::new(etype, key.keyvalue.0).map_err(|error| Error::Key { what, error })
    }
}

/// The one copy of the two ciphers, which are decrypted where they lie. Wiped when dropped: the ticket holds a key.
struct Buffer {
    octets: Vec<u8>,
    ticket_length: usize,
}

impl Buffer {
    fn holding(request: &Request<'_>) -> Self {
        let (ticket, authenticator) = request.ciphers();
        Self { octets: [ticket, authenticator].concat(), ticket_length: ticket.len() }
    }

    fn parts(&mut self) -> (&mut [u8], &mut [u8]) {
        self.octets.split_at_mut_checked(self.ticket_length).unwrap_or_default()
    }
}

/// As a slice: of a vector, each octet is wiped by itself, which for a large PAC takes as long as decrypting it.
impl Drop for Buffer {
    fn drop(&mut self) {
        self.octets.as_mut_slice().zeroize();
    }
}
