//! The service: one request after the other is judged, and goes on or is answered.

use std::fmt;
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ::http::header::{AUTHORIZATION, CACHE_CONTROL, Entry, WWW_AUTHENTICATE};
use ::http::request::Parts;
use ::http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use http_body::Body;
use tower_service::Service;

use super::body::drain;

use super::cross_origin::is_cross_origin;
use super::half_open::HalfOpen;
use super::proxy::is_marked;
use super::slot::{Lease, Via};
use super::{Authenticated, Error, OtherLogin, OtherScheme, Refusal};
use crate::http::Origin;
use crate::http_login::{self, BindingsPolicy, ConnectionId, HttpAcceptor, HttpVersion};
use crate::{AsyncAccountStore, AsyncReplayCache, Rejected, Timestamp};

/// What [`NegotiateLayer`](super::NegotiateLayer) makes of a service.
#[derive(Clone)]
pub struct Negotiate<S> {
    inner: S,
    settings: Arc<Settings>,
}

/// What the layer was told.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) number: usize,
    pub(super) logins: HttpAcceptor<Origin>,
    /// The same for connections that several clients may share.
    pub(super) unbound: HttpAcceptor<Origin>,
    pub(super) replays: Arc<dyn AsyncReplayCache>,
    pub(super) accounts: Option<Arc<dyn AsyncAccountStore>>,
    pub(super) required: bool,
    pub(super) beside: Vec<Arc<dyn OtherScheme>>,
    pub(super) trusted: Vec<String>,
    pub(super) on_refusal: Arc<dyn Fn(&Refusal) + Send + Sync>,
    pub(super) half_open: HalfOpen,
    pub(super) drained: usize,
    pub(super) clock: fn() -> Timestamp,
}

/// Says among a request's extensions that a layer has seen it.
#[derive(Clone, Copy)]
pub(super) struct Judged;

/// What becomes of a request.
enum Verdict {
    /// It goes on as somebody's, and the field with the response.
    Welcome(Authenticated, Option<HeaderValue>),
    /// It goes on as nobody's, or as another scheme's.
    Passed,
    /// It is answered with this. `goes_on`: the client's next token is waited for.
    Answered { status: StatusCode, fields: Vec<HeaderValue>, refusal: Option<Refusal>, goes_on: bool },
}

impl<S> Negotiate<S> {
    pub(super) const fn new(inner: S, settings: Arc<Settings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, ReqBody, ResBody> Service<Request<ReqBody>> for Negotiate<S>
where
    S: Service<Request<ReqBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    ReqBody: Body + Send + 'static,
    ResBody: Default,
{
    type Response = Response<ResBody>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<ResBody>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<ReqBody>) -> Self::Future {
        // The one that is ready goes with the request, its clone stays.
        let clone = self.inner.clone();
        let inner = mem::replace(&mut self.inner, clone);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move { settings.serve(request, inner).await })
    }
}

impl Settings {
    async fn serve<S, ReqBody, ResBody>(
        &self,
        request: Request<ReqBody>,
        mut inner: S,
    ) -> Result<Response<ResBody>, S::Error>
    where
        S: Service<Request<ReqBody>, Response = Response<ResBody>>,
        ReqBody: Body,
        ResBody: Default,
    {
        let (mut parts, body) = request.into_parts();
        // What lets somebody in is in no log of header fields.
        if let Entry::Occupied(mut credentials) = parts.headers.entry(AUTHORIZATION) {
            credentials.iter_mut().for_each(|line| line.set_sensitive(true));
        }
        let through_proxy = is_marked(&parts.headers, &parts.extensions);
        let (authenticated, field) = match self.judge(&mut parts).await {
            Verdict::Welcome(authenticated, field) => (Some(authenticated), field),
            Verdict::Passed => (None, None),
            Verdict::Answered { status, fields, refusal, goes_on } => {
                if goes_on {
                    drain(body, self.drained).await;
                }
                return Ok(answer(status, fields, refusal));
            }
        };
        parts.extensions.insert(Judged);
        // Whom a layer outside let in is not one whom this one did.
        parts.extensions.remove::<Authenticated>();
        let somebody = authenticated.is_some();
        let by_connection = somebody && !parts.headers.contains_key(AUTHORIZATION);
        if let Some(authenticated) = authenticated {
            parts.extensions.insert(authenticated);
        }
        let mut response = inner.call(Request::from_parts(parts, body)).await?;
        match (somebody, response.status() == StatusCode::UNAUTHORIZED) {
            // The proof of this server belongs to no refusal (row H08), not even the service's own.
            (true, false) => field.into_iter().for_each(|field| add(&mut response, field)),
            (false, true) => self.offer(through_proxy).into_iter().for_each(|field| add(&mut response, field)),
            _ => {}
        }
        if by_connection {
            keep_private(response.headers_mut());
        }
        Ok(response)
    }

    /// The verdict, of which the operator is told if it is a refusal.
    async fn judge(&self, parts: &mut Parts) -> Verdict {
        let verdict = match self.logins_of(parts) {
            Ok((logins, lease)) => self.judge_by(logins, lease, parts).await,
            Err(error) => self.refused(error.into(), Vec::new(), parts),
        };
        if let Verdict::Answered { refusal: Some(refusal), .. } = &verdict {
            (self.on_refusal)(refusal);
        }
        verdict
    }

    async fn judge_by(
        &self,
        mut logins: http_login::Connection<Origin>,
        lease: Option<Lease>,
        parts: &mut Parts,
    ) -> Verdict {
        let now = (self.clock)();
        let received = logins.receive(logins.id(), parts.headers.get_all(AUTHORIZATION), now);
        if let Some(scheme) = received.as_ref().err().and_then(|rejected| self.beside(rejected)) {
            return match scheme.judge(parts).await {
                OtherLogin::Accepted => self.passed(parts),
                OtherLogin::Refused => asked(self.offer(is_marked(&parts.headers, &parts.extensions)), false),
            };
        }
        let step = match received {
            Ok(Some(step)) => step.answered(&*self.replays, self.accounts.as_deref(), self.clock).await.map(Some),
            other => other,
        };
        let asks_nobody = matches!(step, Ok(None));
        let response = logins.respond(step);
        let somebody = logins.shared_context().map(|context| Authenticated::new(Arc::clone(context)));
        let waits = logins.deadline().is_some();
        self.keep(logins, lease);
        match (response, somebody) {
            (http_login::Response::Welcome { field }, Some(somebody)) if !is_cross_origin(parts, &self.trusted) => {
                Verdict::Welcome(somebody, field.and_then(|(_, value)| HeaderValue::try_from(value).ok()))
            }
            (http_login::Response::Welcome { .. }, _) => self.refused(Error::CrossOrigin.into(), Vec::new(), parts),
            (http_login::Response::Unauthorized { .. }, _) if asks_nobody && !self.required => Verdict::Passed,
            (http_login::Response::Unauthorized { fields, error }, _) => {
                let mut fields: Vec<_> =
                    fields.into_iter().filter_map(|(_, value)| HeaderValue::try_from(value).ok()).collect();
                if !waits {
                    fields.extend(self.beside.iter().map(|scheme| scheme.challenge()));
                }
                match error {
                    Some(error) => self.refused(self.blamed(error), fields, parts),
                    None => asked(fields, waits),
                }
            }
        }
    }

    /// Where the operator did say that connections are bound, it is a proxy that unbound this one.
    fn blamed(&self, error: crate::Error) -> crate::Error {
        let unbound = matches!(error.downcast_ref(), Some(http_login::Error::NotConnectionBound));
        if unbound && self.logins.is_connection_bound() { Error::ThroughProxy.into() } else { error }
    }

    /// The logins of the connection that the request came over, and the right to put them back if they are to be kept.
    fn logins_of(&self, parts: &Parts) -> Result<(http_login::Connection<Origin>, Option<Lease>), Error> {
        let via = parts.extensions.get::<Via>();
        let needs_connection = self.logins.channel_bindings_policy() == BindingsPolicy::Required;
        let one_request = |logins: &HttpAcceptor<Origin>, version| match via {
            Some(via) => Ok((via.connection.fresh(logins, version), None)),
            None if needs_connection => Err(Error::NoConnection),
            None => Ok((logins.connection(ConnectionId(0), version), None)),
        };
        match parts.version {
            Version::HTTP_2 | Version::HTTP_3 => one_request(&self.logins, HttpVersion::Http2OrLater),
            _ if !self.logins.is_connection_bound() || is_marked(&parts.headers, &parts.extensions) => {
                one_request(&self.unbound, HttpVersion::Http1)
            }
            _ => {
                let via = via.ok_or(Error::NoConnection)?;
                let (lease, logins) = via.take(self.number, &self.logins).ok_or(Error::Overlapping)?;
                Ok((logins, Some(lease)))
            }
        }
    }

    /// Keeps what has to outlast the request.
    fn keep(&self, logins: http_login::Connection<Origin>, lease: Option<Lease>) {
        let Some(lease) = lease.filter(|_| logins.outlasts_request()) else { return };
        let waiting =
            logins.deadline().map(|deadline| self.half_open.enter(deadline, (self.clock)(), lease.connection()));
        lease.put_back(logins, waiting);
    }

    /// The scheme beside ours that a refusal is about, if one of them was offered.
    fn beside(&self, rejected: &Rejected) -> Option<&dyn OtherScheme> {
        let Some(http_login::Error::OtherScheme(name)) = rejected.error.downcast_ref() else { return None };
        self.beside.iter().map(|scheme| &**scheme).find(|scheme| scheme.name().eq_ignore_ascii_case(name))
    }

    /// What is offered to whoever has not logged in.
    fn offer(&self, through_proxy: bool) -> Vec<HeaderValue> {
        let logins = if through_proxy { &self.unbound } else { &self.logins };
        let ours = logins.offer().filter_map(|value| HeaderValue::try_from(value).ok());
        ours.chain(self.beside.iter().map(|scheme| scheme.challenge())).collect()
    }

    /// Somebody whom another scheme let in.
    fn passed(&self, parts: &Parts) -> Verdict {
        if is_cross_origin(parts, &self.trusted) {
            return self.refused(Error::CrossOrigin.into(), Vec::new(), parts);
        }
        Verdict::Passed
    }

    fn refused(&self, error: crate::Error, fields: Vec<HeaderValue>, parts: &Parts) -> Verdict {
        let address = parts.extensions.get::<Via>().and_then(|via| via.connection.peer_address());
        let refusal = Refusal::new(error, address);
        let status = refusal.status();
        let fields = if status == StatusCode::UNAUTHORIZED { fields } else { Vec::new() };
        Verdict::Answered { status, fields, refusal: Some(refusal), goes_on: false }
    }
}

/// Nobody has done anything wrong: a login is asked for, or goes on.
const fn asked(fields: Vec<HeaderValue>, goes_on: bool) -> Verdict {
    Verdict::Answered { status: StatusCode::UNAUTHORIZED, fields, refusal: None, goes_on }
}

/// RFC 9111 section 3.5 keeps out of shared caches what answers a request with `Authorization`. A request that goes on by its
/// connection's login has none, so its answer says so itself, unless the service knows better.
fn keep_private(headers: &mut HeaderMap) {
    let is_public = |line: &HeaderValue| {
        line.to_str().is_ok_and(|line| line.split(',').any(|word| word.trim().eq_ignore_ascii_case("public")))
    };
    if !headers.get_all(CACHE_CONTROL).iter().any(is_public) {
        headers.append(CACHE_CONTROL, HeaderValue::from_static("private"));
    }
}

fn answer<B: Default>(status: StatusCode, fields: Vec<HeaderValue>, refusal: Option<Refusal>) -> Response<B> {
    let mut response = Response::new(B::default());
    *response.status_mut() = status;
    fields.into_iter().for_each(|field| add(&mut response, field));
    if let Some(refusal) = refusal {
        response.extensions_mut().insert(refusal);
    }
    response
}

fn add<B>(response: &mut Response<B>, mut field: HeaderValue) {
    field.set_sensitive(true);
    response.headers_mut().append(WWW_AUTHENTICATE, field);
}

impl<S: fmt::Debug> fmt::Debug for Negotiate<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, settings: _ } = self;
        f.debug_struct("Negotiate").field("inner", inner).finish_non_exhaustive()
    }
}
