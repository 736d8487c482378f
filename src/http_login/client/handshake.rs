//! One login, response by response.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use super::{ClientError, ClientLogin, HttpInitiator, Next, Site};
use crate::context::Context;
use crate::gss::{ChannelBindings, ContextFlags};
use crate::http::{Challenge, Challenger, Credential, Origin, Proxy, Scheme};
use crate::http_login::{ConnectionId, HttpVersion};
use crate::initiator::{Handshake, Initiate, Initiator, LeftOut};
use crate::mechanism::{Approach, InitiatorMechanism};
use crate::time::Timestamp;

/// How many requests a login may take. NTLM takes two and Kerberos one; signatures of the offer add one.
const MAX_LEGS: u8 = 8;
/// How many schemes an error names.
const NAMED: usize = 8;
/// How much of a scheme's name: it may be as long as a header.
const LONGEST_NAME: usize = 40;

/// The login for one request over one connection, before the response that it is given. Each response consumes it.
pub struct ClientHandshake<C> {
    initiator: HttpInitiator<C>,
    site: Site,
    connection: ConnectionId,
    version: HttpVersion,
    bindings: Option<ChannelBindings>,
    legs: u8,
    state: State,
}

enum State {
    /// The request has gone without a credential.
    Fresh,
    /// A token has gone, and the server's is due.
    Waiting { scheme: Scheme<'static>, next: Handshake },
    /// The last token has gone: by what it says now the server takes it or does not.
    Sent { scheme: Scheme<'static>, context: Box<Context> },
}

/// The challenges of a response that concern us.
#[derive(Default)]
struct Seen {
    negotiate: Option<Option<Vec<u8>>>,
    ntlm: Option<Option<Vec<u8>>>,
    offered: String,
}

impl<C: Challenger> ClientHandshake<C> {
    pub(super) const fn new(
        initiator: HttpInitiator<C>,
        site: Site,
        connection: ConnectionId,
        version: HttpVersion,
    ) -> Self {
        Self { initiator, site, connection, version, bindings: None, legs: 0, state: State::Fresh }
    }

    /// The bindings of the TLS that the connection is (`tls-server-end-point`), so that the login is of no use on another one.
    #[must_use]
    pub fn channel_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.bindings = Some(bindings);
        self
    }

    /// The connection that the login belongs to.
    #[must_use]
    pub const fn connection(&self) -> ConnectionId {
        self.connection
    }

    /// The server, or the proxy.
    #[must_use]
    pub const fn site(&self) -> &Site {
        &self.site
    }

    /// The mechanisms that were configured and not offered, and why, once a token has gone: for the log, so that somebody sees
    /// why a login that should have been by Kerberos was by NTLM.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        match &self.state {
            State::Waiting { next, .. } => next.left_out(),
            _ => &[],
        }
    }

    /// Takes a response: its status, and the lines of its [`Challenge::FIELD`]. `from` is the connection that it came over.
    ///
    /// # Errors
    /// Why to give up: [`ClientError`], [`http::Error`](crate::http::Error), what the mechanisms say. Nothing is left to go on
    /// with, and the connection is to be closed. A login that was refused is not tried by another mechanism.
    pub fn receive<'a, V>(
        self,
        from: ConnectionId,
        status: u16,
        fields: impl IntoIterator<Item = &'a V>,
        now: Timestamp,
    ) -> Result<Next<C>, crate::Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        if from != self.connection {
            return Err(ClientError::ConnectionMismatch.into());
        }
        // What a server says comes through a proxy that has let the request pass, but not the other way round.
        if C::STATUS == Origin::STATUS && status == Proxy::STATUS {
            return Err(ClientError::OtherChallenger.into());
        }
        let seen = Seen::read::<C, V>(fields, self.initiator.settings.max_token)?;
        if status == C::STATUS { self.asked(seen, now) } else { self.served(status, seen, now) }
    }

    /// The server wants a token, or another one.
    fn asked(mut self, seen: Seen, now: Timestamp) -> Result<Next<C>, crate::Error> {
        match core::mem::replace(&mut self.state, State::Fresh) {
            State::Fresh => self.begin(&seen, now),
            State::Sent { .. } => Err(ClientError::Refused.into()),
            State::Waiting { scheme, next } => {
                let Some(token) = seen.token(scheme)? else { return Err(ClientError::Refused.into()) };
                let step = next.step(&token, now)?;
                if self.version == HttpVersion::Http2OrLater {
                    return Ok(Next::NeedsHttp11);
                }
                self.send(scheme, step)
            }
        }
    }

    /// The server has served the request, or refused it for another reason.
    fn served(mut self, status: u16, seen: Seen, now: Timestamp) -> Result<Next<C>, crate::Error> {
        let (scheme, context) = match core::mem::replace(&mut self.state, State::Fresh) {
            // Whoever stands in between need only not ask.
            State::Fresh if self.initiator.settings.require_mutual => {
                return Err(ClientError::MutualMissing { status }.into());
            }
            // A token that nobody asked for is nobody's.
            State::Fresh => return Ok(Next::Finished { login: None }),
            State::Waiting { scheme, next } => match seen.token(scheme)? {
                Some(token) => match next.step(&token, now)? {
                    Initiate::Established { token: None, context } => (scheme, Some(Box::new(context))),
                    _ => return Err(ClientError::Unfinished.into()),
                },
                None => (scheme, None),
            },
            State::Sent { scheme, context } => match seen.token(scheme)? {
                Some(_) => return Err(ClientError::UnexpectedChallenge.into()),
                None => (scheme, Some(context)),
            },
        };
        let mutual = context.as_ref().is_some_and(|context| context.flags().contains(ContextFlags::MUTUAL));
        if self.initiator.settings.require_mutual && !mutual {
            return Err(ClientError::MutualMissing { status }.into());
        }
        let Self { initiator, site, connection, legs, .. } = self;
        Ok(Next::Finished {
            login: Some(ClientLogin { initiator, site, connection, scheme, context, several_legs: legs > 1 }),
        })
    }

    /// The first token: of `Negotiate` where that is offered and there is something to do it with, else of `NTLM`.
    fn begin(self, seen: &Seen, now: Timestamp) -> Result<Next<C>, crate::Error> {
        if [&seen.negotiate, &seen.ntlm].into_iter().flatten().any(Option::is_some) {
            return Err(ClientError::UnexpectedChallenge.into());
        }
        let approach = Approach { target: self.site.target()?, bindings: self.bindings.clone() };
        let settings = Arc::clone(&self.initiator.settings);
        let has_ticket = |kerberos: &Arc<dyn InitiatorMechanism>| kerberos.has_credential(&approach, now);
        let usable = settings.kerberos.as_ref().is_some_and(|kerberos| has_ticket(kerberos).is_ok());
        let ntlm = settings.ntlm.as_ref().filter(|_| !settings.forbid_ntlm && !settings.require_mutual);
        let side_by_side = self.version == HttpVersion::Http2OrLater;
        let inside = ntlm.filter(|_| !side_by_side);
        let usable = usable || inside.is_some();
        match (&seen.negotiate, &seen.ntlm, ntlm) {
            // Without a ticket Kerberos is left out of the offer, and the handshake says why.
            (Some(_), _, _) if usable => {
                let offer = settings.kerberos.iter().chain(inside).cloned().collect();
                let step = Initiator::of(approach, offer, false).initiate(now)?;
                self.send(Scheme::Negotiate, step)
            }
            (Some(_), _, Some(_)) | (_, Some(_), Some(_)) if side_by_side => Ok(Next::NeedsHttp11),
            (_, Some(_), Some(ntlm)) => {
                let step = Initiator::of(approach, [Arc::clone(ntlm)].into(), true).initiate(now)?;
                self.send(Scheme::Ntlm, step)
            }
            (Some(_), ..) => {
                // Of what is missing the ticket says the most.
                settings.kerberos.as_ref().map_or(Ok(()), has_ticket)?;
                Err(seen.nothing_in_common().into())
            }
            _ => Err(seen.nothing_in_common().into()),
        }
    }

    fn send(mut self, scheme: Scheme<'static>, step: Initiate) -> Result<Next<C>, crate::Error> {
        self.legs = self.legs.saturating_add(1);
        if self.legs > MAX_LEGS {
            return Err(ClientError::TooManyRounds.into());
        }
        let token = match step {
            Initiate::NeedsToken { token, next } => {
                self.state = State::Waiting { scheme, next };
                token
            }
            Initiate::Established { token: Some(token), context } => {
                self.state = State::Sent { scheme, context: Box::new(context) };
                token
            }
            // Done, as both sides say, and the server asks all the same.
            Initiate::Established { token: None, .. } => return Err(ClientError::Refused.into()),
        };
        let credential = match scheme {
            Scheme::Ntlm => Credential::<C>::ntlm(token)?,
            _ => Credential::<C>::new(token),
        };
        Ok(Next::Resend { field: credential.header(), next: self })
    }
}

impl Seen {
    fn read<'a, C: Challenger, V>(fields: impl IntoIterator<Item = &'a V>, limit: usize) -> Result<Self, crate::Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        let mut seen = Self::default();
        // A malformed challenge ends its line; that may be another scheme's, which is none of our business.
        for (number, challenge) in Challenge::<C>::parse(fields).flatten().enumerate() {
            if number < NAMED {
                let separator = if number == 0 { "" } else { ", " };
                let name = challenge.scheme.name();
                seen.offered.extend([separator, name.get(..LONGEST_NAME).unwrap_or(name)]);
            }
            let place = match challenge.scheme {
                Scheme::Negotiate => &mut seen.negotiate,
                Scheme::Ntlm => &mut seen.ntlm,
                Scheme::Other(_) => continue,
            };
            let token = challenge.token(limit)?;
            match place {
                // Said twice it is still an offer, but of two tokens nobody knows which counts.
                Some(before) if before.is_some() || token.is_some() => {
                    return Err(ClientError::UnexpectedChallenge.into());
                }
                _ => *place = Some(token),
            }
        }
        Ok(seen)
    }

    /// The token of the scheme that the login was begun under.
    fn token(&self, scheme: Scheme<'static>) -> Result<Option<Vec<u8>>, ClientError> {
        let (ours, other) = match scheme {
            Scheme::Ntlm => (&self.ntlm, &self.negotiate),
            _ => (&self.negotiate, &self.ntlm),
        };
        if matches!(other, Some(Some(_))) {
            return Err(ClientError::SchemeChanged);
        }
        Ok(ours.clone().flatten())
    }

    fn nothing_in_common(&self) -> ClientError {
        ClientError::NoCommonScheme { offered: self.offered.clone() }
    }
}

impl<C> fmt::Debug for ClientHandshake<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { initiator: _, site, connection, version, bindings: _, legs, state } = self;
        let state = match state {
            State::Fresh => "fresh",
            State::Waiting { .. } => "waiting",
            State::Sent { .. } => "sent",
        };
        f.debug_struct("ClientHandshake")
            .field("site", site)
            .field("connection", connection)
            .field("version", version)
            .field("legs", legs)
            .field("state", &state)
            .finish_non_exhaustive()
    }
}
