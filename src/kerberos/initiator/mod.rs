//! The side that logs in (RFC 4120 sections 3.2.2 and 3.2.5, RFC 4121 section 4.1).
//!
//! ```text
//! ticket ─▶ AP-REQ ─▶ AP-REP ─▶ reply ─▶ Context
//!  by the    request   or KRB-   this login's?
//!  ccache              ERROR     (in DCE style: ─▶ AP-REP of this side)
//! ```

mod authorization;
mod dce;
mod delegation;
mod error;
mod login;
mod refusal;
mod reply;
mod request;
mod settings;
mod stamps;
mod ticket;

pub use error::Error;
pub use login::Details;
pub use refusal::Refusal;
pub use settings::{Dangerous, Initiator};

use alloc::boxed::Box;
use alloc::sync::Arc;

use self::authorization::ClientAuthorization;
use self::login::Login;
use self::request::Request;
use self::settings::Settings;
use super::ccache::Credential;
use super::etype::EncryptionKey;
use super::message::{KerberosTime, Microseconds, Ticket};
use crate::gss::{BindingsHash, ChannelBindings, ContextFlags, Oid};
use crate::kerberos::etype::EncryptionType;
use crate::mechanism::{Approach, InitiatorHandshake, InitiatorMechanism, InitiatorStep};
use crate::random::{Pool, Randomness};
use crate::secret::SecretBytes;
use crate::time::Timestamp;

impl InitiatorMechanism for Initiator {
    fn oid(&self) -> Oid<'static> {
        Oid::KRB5
    }

    fn has_credential(&self, approach: &Approach, now: Timestamp) -> Result<(), crate::Error> {
        self.settings.ticket_for(&approach.target, now).map(|_| ())
    }

    fn initiate(&self, approach: &Approach, now: Timestamp) -> Result<InitiatorStep, crate::Error> {
        let (credential, session_key) = self.settings.ticket_for(&approach.target, now)?;
        // The clock that the tickets go by.
        let now = self.settings.tickets.kdc_time(now);
        // One call of the generator for all that is random here: subkey, number, confounders.
        let randomness = Pool::<96>::drawn(&*self.settings.randomness).map_err(Error::from)?;
        let delegation = self.settings.delegation(credential, session_key, now, &randomness)?;
        let mut login = begin(&self.settings, (credential, session_key), &randomness, now)?;
        if delegation.is_some() {
            login.flags = login.flags | ContextFlags::DELEGATE;
        }
        let flags = login.flags;
        let bindings = approach.bindings.as_ref().map(ChannelBindings::hash);
        let request = Request {
            credential,
            login: &login,
            bindings: bindings.unwrap_or(BindingsHash::ZERO),
            delegation: delegation.as_ref().map(SecretBytes::expose),
            authorization: ClientAuthorization::new(
                &self.settings,
                session_key.etype(),
                self.settings.negotiate_etype && flags.contains(ContextFlags::MUTUAL),
                bindings.is_some(),
                &credential.server,
            )
            .map_err(Error::Encoding)?,
        };
        let token = request.to_token(&randomness)?;
        if flags.contains(ContextFlags::MUTUAL) {
            return Ok(InitiatorStep::Continue { token, next: Box::new(Waiting { login }) });
        }
        Ok(InitiatorStep::Established { token: Some(token), context: login.unanswered() })
    }
}

/// What is new with each login: its time, subkey, and number. The subkey is of the session key's type.
fn begin(
    settings: &Arc<Settings>,
    (credential, session_key): (&Credential, &EncryptionKey),
    randomness: &dyn Randomness,
    now: Timestamp,
) -> Result<Login, Error> {
    let subkey = EncryptionKey::generate(session_key.etype(), randomness);
    let ticket = Ticket::parse(&credential.ticket).map_err(Error::Ticket)?;
    Ok(Login {
        settings: Arc::clone(settings),
        client: credential.client.clone(),
        service: credential.server.clone(),
        ticket_etype: EncryptionType(ticket.enc_part.etype),
        ends: credential.times.endtime,
        session_key: session_key.duplicate(),
        subkey: subkey.map_err(|error| Error::Key { what: "subkey", error })?,
        stamp: stamp(settings.stamps.next(now))?,
        sequence: initial_sequence(randomness)?,
        flags: settings.flags(),
    })
}

/// ctime and cusec.
fn stamp(time: Timestamp) -> Result<(KerberosTime, Microseconds), Error> {
    let ctime = KerberosTime::new(time).ok_or(Error::Time(time))?;
    Ok((ctime, Microseconds(i32::try_from(time.subsecond_micros()).unwrap_or(0))))
}

/// A first sequence number of 30 bits, so that it is positive for whoever reads it signed, and does not wrap soon.
fn initial_sequence(randomness: &dyn Randomness) -> Result<u32, Error> {
    let mut octets = [0; 4];
    randomness.fill(&mut octets)?;
    Ok(u32::from_be_bytes(octets) & 0x3fff_ffff)
}

/// The AP-REQ is sent, and the acceptor has to prove itself.
struct Waiting {
    login: Login,
}

impl InitiatorHandshake for Waiting {
    fn step(self: Box<Self>, token: &[u8], now: Timestamp) -> Result<InitiatorStep, crate::Error> {
        let Self { login } = *self;
        let proof = reply::read(&login, token, now)?;
        let last = if login.flags.contains(ContextFlags::DCE_STYLE) {
            Some(dce::third_leg(&login, proof.sequence, now)?)
        } else {
            None
        };
        Ok(InitiatorStep::Established { token: last, context: login.answered(proof) })
    }
}
