//! The initiator's side of a login ([MS-NLMP] section 3.1.5.1).
//!
//! ```text
//! NEGOTIATE_MESSAGE ─▶ CHALLENGE_MESSAGE ─▶ agreed ─▶ answer ─▶ AUTHENTICATE_MESSAGE, Context
//!  what is offered                          strong     proof,
//!                                           enough?    keys
//! ```

mod agreed;
mod answer;
mod error;
mod pending;
mod settings;

use alloc::boxed::Box;
use alloc::string::ToString;
use alloc::sync::Arc;

pub use error::Error;
pub use settings::{Dangerous, Initiator};

use self::pending::Pending;
use self::settings::{Response, Settings};
use crate::gss::Oid;
use crate::mechanism::{Approach, InitiatorMechanism, InitiatorStep};
use crate::ntlm::message::{Negotiate, NegotiateFlags};
use crate::time::Timestamp;

impl InitiatorMechanism for Initiator {
    fn oid(&self) -> Oid<'static> {
        Oid::NTLMSSP
    }

    /// Makes the NEGOTIATE_MESSAGE ([MS-NLMP] section 3.1.5.1.1). It says nothing of the user or of this machine.
    fn initiate(&self, approach: &Approach, _: Timestamp) -> Result<InitiatorStep, crate::Error> {
        let offered = self.settings.offer();
        let version = Some(self.settings.version);
        let token = Negotiate { flags: offered, version, ..Negotiate::default() }.encode()?;
        let next = Box::new(Pending {
            settings: Arc::clone(&self.settings),
            negotiate: token.clone(),
            offered,
            target_name: approach.target.to_string(),
            target: approach.target.clone(),
            bindings: approach.bindings.as_ref().map(crate::gss::ChannelBindings::hash),
        });
        Ok(InitiatorStep::Continue { token, next })
    }
}

impl Settings {
    /// NegotiateFlags of the NEGOTIATE_MESSAGE: as [MS-NLMP] section 3.1.5.1.1 demands, and what Windows offers, but for
    /// LM_KEY, whose keys are of no use.
    fn offer(&self) -> NegotiateFlags {
        let always = NegotiateFlags::UNICODE
            | NegotiateFlags::OEM
            | NegotiateFlags::REQUEST_TARGET
            | NegotiateFlags::NTLM
            | NegotiateFlags::ALWAYS_SIGN
            | NegotiateFlags::VERSION
            | NegotiateFlags::KEY_128
            | NegotiateFlags::KEY_EXCH
            | NegotiateFlags::KEY_56;
        match self.response {
            Response::V1AndLm => always | self.ask,
            Response::V1 | Response::V2 => always | self.ask | NegotiateFlags::EXTENDED_SESSIONSECURITY,
        }
    }
}
