//! What is kept with a connection: the handshake that waits, and who is logged in.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::mem;
use core::net::IpAddr;

use super::{BindingsPolicy, ConnectionId, Error, HttpAcceptor, HttpVersion};
use crate::acceptor::{Accept, Handshake, Opening};
use crate::context::Context;
use crate::error::Rejected;
use crate::gss::ChannelBindings;
use crate::http::{Authorization, Challenge, Challenger, Credential, Scheme};
use crate::time::Timestamp;

/// The logins of one connection, one after the other; see [the room](super).
///
/// Each request goes through [`Self::receive`] and [`Self::respond`], whatever it brings: one that brings no credential
/// ends the handshake that waited (row H07).
pub struct Connection<C> {
    logins: HttpAcceptor<C>,
    id: ConnectionId,
    version: HttpVersion,
    bindings: Option<ChannelBindings>,
    peer_address: Option<IpAddr>,
    state: State,
}

/// Where a connection's logins stand.
#[derive(Default)]
enum State {
    #[default]
    Nobody,
    /// The client owes the next token, under this scheme.
    Waiting { next: Handshake, scheme: Scheme<'static> },
    /// A request is being judged.
    Judging { scheme: Scheme<'static>, took_several: bool },
    /// Somebody is logged in: for this request, or for those to come as well.
    Known { context: Arc<Context>, kept: bool },
}

/// What to answer a request with.
#[derive(Debug)]
pub enum Response {
    /// The request is [`Connection::context`]'s: serve it. The field, if there is one, belongs to a success and to no other
    /// response (row H08): the client may want it for the proof that this is the server it meant.
    Welcome {
        /// Name and value.
        field: Option<(&'static str, String)>,
    },
    /// Answer with [`Challenger::STATUS`] and these fields.
    Unauthorized {
        /// Names and values.
        fields: Vec<(&'static str, String)>,
        /// Why, for the operator's log; nothing where a login goes on, or was not tried.
        error: Option<crate::Error>,
    },
}

impl<C: Challenger> Connection<C> {
    pub(super) const fn new(logins: HttpAcceptor<C>, id: ConnectionId, version: HttpVersion) -> Self {
        Self { logins, id, version, bindings: None, peer_address: None, state: State::Nobody }
    }

    /// Which connection it is.
    #[must_use]
    pub const fn id(&self) -> ConnectionId {
        self.id
    }

    /// The bindings of the secure channel that the connection is (`tls-server-end-point` for HTTPS).
    #[must_use]
    pub fn channel_bindings(mut self, bindings: ChannelBindings) -> Self {
        self.bindings = Some(bindings);
        self
    }

    /// The client's network address, to be compared with those that a ticket is limited to.
    #[must_use]
    pub const fn peer_address(mut self, address: IpAddr) -> Self {
        self.peer_address = Some(address);
        self
    }

    /// Takes the credential of a request, `fields` being the lines of its [`Authorization::FIELD`], and says what the
    /// acceptor says: nothing if there is no credential. Questions are the caller's to answer; what comes of it goes to
    /// [`Self::respond`].
    ///
    /// `from` is the connection that the request came over: this one, unless the server mixed them up.
    ///
    /// # Errors
    /// [`Rejected`], as the acceptor's, [`http::Error`](crate::http::Error), or [`Error`]. It goes to [`Self::respond`] too.
    pub fn receive<'a, V>(
        &mut self,
        from: ConnectionId,
        fields: impl IntoIterator<Item = &'a V>,
        now: Timestamp,
    ) -> Result<Option<Accept>, Rejected>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        // Taken out whatever happens: what is not the next token ends the handshake, and who sends a credential is nobody
        // until it is judged.
        let state = mem::take(&mut self.state);
        if from != self.id {
            return Err(Error::ConnectionMismatch.into());
        }
        match self.authorization(fields)? {
            Authorization::Negotiate(credential) | Authorization::Ntlm(credential) => {
                self.judge(state, &credential, now).map(Some)
            }
            Authorization::Absent => {
                self.state = state.without_credential(now);
                Ok(None)
            }
            Authorization::OtherScheme(Scheme::Ntlm) if self.logins.ntlm_scheme => {
                self.logins.binds(self.version)?;
                Err(Error::NotConnectionBound.into())
            }
            Authorization::OtherScheme(scheme) => Err(Error::OtherScheme(scheme.name().into()).into()),
        }
    }

    /// What to answer the request with whose step this is. A handshake that goes on, or who is logged in now, is kept.
    #[must_use]
    pub fn respond(&mut self, step: Result<Option<Accept>, Rejected>) -> Response {
        let (scheme, took_several) = match mem::take(&mut self.state) {
            State::Judging { scheme, took_several } => (scheme, took_several),
            // One that is not kept was another request's.
            known @ State::Known { kept: true, .. } if matches!(step, Ok(None)) => {
                self.state = known;
                return Response::Welcome { field: None };
            }
            _ => (Scheme::Negotiate, false),
        };
        match step {
            Ok(Some(Accept::Established { token, context })) => {
                let kept = took_several && self.logins.binds(self.version).is_ok();
                self.state = State::Known { context: Arc::new(context), kept };
                let token = token.filter(|token| !token.is_empty());
                Response::Welcome { field: token.map(|token| field::<C>(scheme, &token)) }
            }
            Ok(Some(Accept::NeedsToken { token, next })) => match self.logins.binds(self.version) {
                Ok(()) => {
                    self.state = State::Waiting { next, scheme };
                    Response::Unauthorized { fields: [field::<C>(scheme, &token)].into(), error: None }
                }
                Err(error) => self.unauthorized(None, Some(error.into())),
            },
            Ok(Some(Accept::NeedsReplayCheck(_))) => self.unanswered("whether it was seen before"),
            Ok(Some(Accept::NeedsAccount(_))) => self.unanswered("whose account it is"),
            Ok(None) => self.unauthorized(None, None),
            Err(Rejected { error, token }) => {
                // A last word exists under Negotiate only: bare NTLM has none.
                let last_word = token.filter(|_| scheme == Scheme::Negotiate);
                self.unauthorized(last_word.as_deref(), Some(error))
            }
        }
    }

    /// Who makes the request that was just welcomed.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        self.shared_context().map(|context| &**context)
    }

    /// The same, to be kept by whoever serves the request. It says who made that one, and nothing of any other.
    #[must_use]
    pub const fn shared_context(&self) -> Option<&Arc<Context>> {
        match &self.state {
            State::Known { context, .. } => Some(context),
            _ => None,
        }
    }

    /// The same, to protect messages with: bodies that a protocol above signs or seals. Nothing while somebody else keeps
    /// it ([`Self::shared_context`]).
    #[must_use]
    pub fn context_mut(&mut self) -> Option<&mut Context> {
        match &mut self.state {
            State::Known { context, .. } => Arc::get_mut(context),
            _ => None,
        }
    }

    /// Until when the client's next token is waited for, if one is: from then on there is no use in keeping this.
    #[must_use]
    pub const fn deadline(&self) -> Option<Timestamp> {
        match &self.state {
            State::Waiting { next, .. } => Some(next.deadline()),
            _ => None,
        }
    }

    /// Whether there is anything here for the requests to come: a login that waits, or somebody who is logged in for the
    /// connection. If not, a new one does as well.
    #[must_use]
    pub const fn outlasts_request(&self) -> bool {
        matches!(self.state, State::Waiting { .. } | State::Known { kept: true, .. })
    }

    fn unanswered(&self, question: &'static str) -> Response {
        self.unauthorized(None, Some(Error::Unanswered(question).into()))
    }

    fn takes_ntlm_scheme(&self) -> bool {
        self.logins.offers_ntlm_scheme() && self.logins.binds(self.version).is_ok()
    }

    fn authorization<'a, V>(
        &self,
        fields: impl IntoIterator<Item = &'a V>,
    ) -> Result<Authorization<'a, C>, crate::http::Error>
    where
        V: AsRef<[u8]> + ?Sized + 'a,
    {
        if self.takes_ntlm_scheme() {
            Authorization::parse_with_ntlm(fields, self.logins.max_token)
        } else {
            Authorization::parse(fields, self.logins.max_token)
        }
    }

    fn judge(&mut self, state: State, credential: &Credential<C>, now: Timestamp) -> Result<Accept, Rejected> {
        let scheme = credential.scheme();
        match state {
            State::Waiting { next, scheme: begun } if begun == scheme => {
                self.state = State::Judging { scheme, took_several: true };
                next.accept(credential.token(), now)
            }
            _ => {
                self.state = State::Judging { scheme, took_several: false };
                self.opening().accept(credential.token(), now)
            }
        }
    }

    fn opening(&self) -> Opening {
        let mut opening = self.logins.acceptor.begin();
        if self.logins.bindings == BindingsPolicy::Required {
            opening = opening.require_channel_bindings();
        }
        if let Some(bindings) = self.bindings.as_ref().filter(|_| self.logins.bindings != BindingsPolicy::Off) {
            opening = opening.channel_bindings(bindings.clone());
        }
        match self.peer_address {
            Some(address) => opening.peer_address(address),
            None => opening,
        }
    }

    /// All that is offered, with the last word of a refused login if there is one.
    fn unauthorized(&self, last_word: Option<&[u8]>, error: Option<crate::Error>) -> Response {
        let mut fields = Vec::with_capacity(2);
        fields.push(Challenge::<C>::header(last_word));
        // Over HTTP/2 it is not taken, but clients that read it there go over to HTTP/1.1, if they have not tried already.
        let first_word = error.is_none() && self.logins.offers_ntlm_scheme();
        if first_word || self.takes_ntlm_scheme() {
            fields.push(Challenge::<C>::ntlm_header(None));
        }
        Response::Unauthorized { fields, error }
    }
}

fn field<C: Challenger>(scheme: Scheme<'static>, token: &[u8]) -> (&'static str, String) {
    match scheme {
        Scheme::Ntlm => Challenge::<C>::ntlm_header(Some(token)),
        _ => Challenge::<C>::header(Some(token)),
    }
}

impl State {
    /// After a request without a credential: who was logged in for the connection still is, until the login expires.
    fn without_credential(self, now: Timestamp) -> Self {
        match self {
            Self::Known { context, kept: true } if context.expires_at().is_none_or(|end| now < end) => {
                Self::Known { context, kept: true }
            }
            _ => Self::Nobody,
        }
    }
}

impl<C> fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { logins: _, id, version, bindings: _, peer_address, state } = self;
        let (state, context) = match state {
            State::Nobody => ("nobody", None),
            State::Waiting { .. } => ("waiting", None),
            State::Judging { .. } => ("judging", None),
            State::Known { context, .. } => ("known", Some(context)),
        };
        f.debug_struct("Connection")
            .field("id", id)
            .field("version", version)
            .field("peer_address", peer_address)
            .field("state", &state)
            .field("context", &context)
            .finish_non_exhaustive()
    }
}
