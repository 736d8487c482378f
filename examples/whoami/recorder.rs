//! What stands between the connection and the application: it writes down what is said, and makes the page of it.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, VIA,
    WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Request, Response, Version};
use hyper::body::Incoming;
use negotiate::kerberos::Keytab;
use negotiate::tower::{Authenticated, Refusal};
use tower::Service;

use crate::app::WantsPage;
use crate::exchange::{Answer, Exchange, History, Said};
use crate::page;

/// What the server knows of itself.
pub(crate) struct Site {
    /// The built-in realm's keys: with them the page opens the tickets. Nobody else's are opened.
    pub(crate) demo: Option<Keytab>,
    /// The principals that tickets are taken for; empty if they are not.
    pub(crate) services: Vec<String>,
    pub(crate) behind_proxy: bool,
}

/// A connection.
pub(crate) struct Seen {
    pub(crate) site: Arc<Site>,
    pub(crate) peer: SocketAddr,
    /// The version of TLS.
    pub(crate) tls: Option<&'static str>,
    has_asked: AtomicBool,
    history: Mutex<History>,
}

impl Seen {
    pub(crate) fn new(site: Arc<Site>, peer: SocketAddr, tls: Option<&'static str>) -> Self {
        Self { site, peer, tls, has_asked: AtomicBool::new(false), history: Mutex::default() }
    }

    /// Whether a request has come.
    pub(crate) fn has_asked(&self) -> bool {
        self.has_asked.load(Ordering::Relaxed)
    }
}

/// The application on one connection, recorded.
#[derive(Clone)]
pub(crate) struct Recorder {
    inner: Router,
    seen: Arc<Seen>,
}

impl Recorder {
    pub(crate) const fn new(inner: Router, seen: Arc<Seen>) -> Self {
        Self { inner, seen }
    }
}

impl Service<Request<Incoming>> for Recorder {
    type Response = Response<Body>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        <Router as Service<Request<Incoming>>>::poll_ready(&mut self.inner, cx).map_err(|never| match never {})
    }

    fn call(&mut self, request: Request<Incoming>) -> Self::Future {
        let seen = Arc::clone(&self.seen);
        seen.has_asked.store(true, Ordering::Relaxed);
        let said = Said::of(&request);
        // Several clients may share what came through a proxy: each is shown its own request only.
        let is_shared = seen.site.behind_proxy || came_through_proxy(request.headers());
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await.map_err(|never: Infallible| match never {})?;
            seen.finish(response, said, is_shared)
        })
    }
}

impl Seen {
    /// Writes the exchange down, and then makes the page: its own response is part of what it shows.
    fn finish(
        &self,
        mut response: Response<Body>,
        said: Said,
        is_shared: bool,
    ) -> Result<Response<Body>, Box<dyn Error + Send + Sync>> {
        let refusal = response.extensions().get::<Refusal>().cloned();
        if said.version == Version::HTTP_2 && refusal.as_ref().is_some_and(Refusal::needs_http11) {
            // hyper resets the stream with the reason that it finds in the error.
            return Err(Box::new(h2::Error::from(h2::Reason::HTTP_1_1_REQUIRED)));
        }
        let user = response.extensions().get::<Authenticated>().cloned();
        if let Some(user) = &user {
            eprintln!("{} is {}, by {}", self.peer, user.peer(), user.mechanism());
        }
        protect(response.headers_mut());
        let is_login = user.is_some() || refusal.is_some() || response.headers().contains_key(WWW_AUTHENTICATE);
        let wants_page = response.extensions().get::<WantsPage>().is_some();
        if is_login && (wants_page || user.is_none()) {
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
            // axum has counted the body that is there now, which is none. hyper counts the page.
            response.headers_mut().remove(CONTENT_LENGTH);
        }
        let answer = Answer::of(&response, said.version, user.is_some());
        let judged_in = said.at.elapsed();
        let exchange = Exchange { said, answer, judged_in, waited: None };
        let mut own = History::default();
        let mut kept = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let history = if is_shared { &mut own } else { &mut *kept };
        if is_login {
            history.push(exchange);
        }
        let visit = page::Visit { seen: self, history };
        match user {
            Some(user) if wants_page => *response.body_mut() = Body::from(page::known(&user, &visit)),
            None if is_login => *response.body_mut() = Body::from(page::unknown(refusal.as_ref(), &visit)),
            _ => {}
        }
        Ok(response)
    }
}

/// The page is for whoever made the connection, for now, and runs nothing.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, page::POLICY),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The marks by which the layer knows a proxy as well.
fn came_through_proxy(headers: &HeaderMap) -> bool {
    let marks = [
        VIA,
        HeaderName::from_static("forwarded"),
        HeaderName::from_static("x-forwarded-for"),
        HeaderName::from_static("x-real-ip"),
    ];
    marks.iter().any(|mark| headers.contains_key(mark))
}
