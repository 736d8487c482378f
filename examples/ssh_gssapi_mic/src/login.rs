//! The login: `negotiate` behind russh's [`GssapiAuthenticator`].

use std::error::Error;
use std::mem;

use negotiate::gss::{ContextFlags, Oid};
use negotiate::initiator::Handshake;
use negotiate::kerberos::Ccache;
use negotiate::{Initiate, Initiator, Target, Timestamp, kerberos};
use russh::{GssapiAuthenticator, GssapiError, GssapiStep};

/// A login by Kerberos. SPNEGO has no place here: SSH chooses the mechanism itself (RFC 4462 section 3.2).
pub(crate) struct Login {
    initiator: Initiator,
    state: State,
    tamper: bool,
    /// What the server said of it, if it said something.
    pub(crate) complaint: Option<String>,
}

enum State {
    Beginning,
    Waiting(Handshake),
    Over,
}

impl Login {
    /// By the ticket for the host, as SSH names its service (RFC 4462 section 3.2: `host`).
    pub(crate) fn new(host: &str, delegate: bool) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let kerberos = kerberos::Initiator::new(Ccache::open_default()?);
        let kerberos = if delegate { kerberos.delegate_own() } else { kerberos };
        let initiator = Initiator::builder(Target::new("host", host)?).kerberos(kerberos).bare().build()?;
        Ok(Self { initiator, state: State::Beginning, tamper: false, complaint: None })
    }

    pub(crate) const fn tamper(&mut self) {
        self.tamper = true;
    }

    /// The mechanisms to choose from: Kerberos, with tag and length.
    pub(crate) fn mechanisms() -> Vec<Vec<u8>> {
        let oid = Oid::KRB5.as_octets();
        let length = u8::try_from(oid.len()).unwrap_or_default();
        vec![[&[0x06, length], oid].concat()]
    }
}

impl GssapiAuthenticator for Login {
    type Error = Box<dyn Error + Send + Sync>;

    async fn gssapi_step(
        &mut self,
        selected_mechanism: Option<Vec<u8>>,
        input_token: Option<Vec<u8>>,
        mic_data: Vec<u8>,
    ) -> Result<GssapiStep, Self::Error> {
        let now = Timestamp::now();
        let step = match (mem::replace(&mut self.state, State::Over), selected_mechanism, input_token) {
            (State::Beginning, Some(mechanism), None) if Self::mechanisms().contains(&mechanism) => {
                self.initiator.initiate(now)?
            }
            (State::Beginning, Some(_), None) => return Err("the server chose what it was not offered".into()),
            (State::Waiting(next), None, Some(token)) => next.step(&token, now)?,
            _ => return Err("the server is out of step".into()),
        };
        match step {
            Initiate::NeedsToken { token, next } => {
                self.state = State::Waiting(next);
                Ok(GssapiStep::Continue { token })
            }
            Initiate::Established { token, mut context } => {
                // What ties the login to this very connection: it signs the connection's hash, the user and the method
                // (section 3.5). Without it somebody in between could pass the login on.
                if !context.flags().contains(ContextFlags::INTEGRITY) {
                    return Err("the login cannot sign".into());
                }
                let signed = if self.tamper { b"something else".to_vec() } else { mic_data };
                Ok(GssapiStep::Complete { token, mic: Some(context.get_mic(&signed)?) })
            }
        }
    }

    async fn gssapi_error(&mut self, error: GssapiError) {
        self.complaint = Some(match error {
            GssapiError::Status { message, .. } => message,
            // Of Kerberos it would be a KRB-ERROR, which the next step would explain; the server takes none.
            GssapiError::ErrorToken(token) => format!("an error token of {} octets", token.len()),
        });
    }
}
