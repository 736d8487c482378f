//! What stands between the connection and the application: it writes down what is said, and makes the page of it.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Request, Response, Version};
use axum::{BoxError, Router};
use negotiate::kerberos::Keytab;
use negotiate::tower::{Authenticated, Refusal, came_through_proxy};
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

impl<B> Service<Request<B>> for Recorder
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        <Router as Service<Request<B>>>::poll_ready(&mut self.inner, cx).map_err(|never| match never {})
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let seen = Arc::clone(&self.seen);
        seen.has_asked.store(true, Ordering::Relaxed);
        let said = Said::of(&request);
        // Several clients may share what came through a proxy: each is shown its own request only.
        let is_shared = seen.site.behind_proxy || came_through_proxy(&request);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await.map_err(|never: Infallible| match never {})?;
            seen.finish(response, said, is_shared)
        })
    }
}

impl Seen {
    /// Writes the exchange down, and then makes the page: its own response is part of what it shows.
    fn finish(&self, mut response: Response<Body>, said: Said, is_shared: bool) -> Result<Response<Body>, BoxError> {
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

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use clap::Parser;
    use negotiate::Timestamp;
    use negotiate::http::{Credential, Origin};
    use negotiate::kerberos::testing::Realm;
    use negotiate::tower::{Connection, OnConnection};
    use tower::ServiceExt;

    use super::*;
    use crate::logins::{alice, alice_of_the_directory, layer};
    use crate::options::Options;

    struct Demo {
        realm: Realm,
        app: Router,
        site: Arc<Site>,
    }

    impl Demo {
        fn new(is_demo: bool) -> Self {
            let realm = Realm::new("WHOAMI.TEST", "HTTP/localhost").unwrap();
            let options = Options::parse_from(["whoami"]);
            let logins = layer(Some(realm.keytab().unwrap()), Some(alice().unwrap()), &options).unwrap();
            let demo = is_demo.then(|| realm.keytab().unwrap());
            let site = Site { demo, services: vec!["HTTP/localhost@WHOAMI.TEST".to_owned()], behind_proxy: false };
            Self { app: crate::app::routes(&logins), site: Arc::new(site), realm }
        }

        fn connect(&self) -> OnConnection<Recorder> {
            let peer = SocketAddr::from(([127, 0, 0, 1], 1));
            let seen = Arc::new(Seen::new(Arc::clone(&self.site), peer, None));
            Connection::new().serve(Recorder::new(self.app.clone(), seen))
        }

        fn ticket(&self) -> String {
            let login = self.realm.directory_login(&alice_of_the_directory(), Timestamp::now()).unwrap().in_spnego();
            Credential::<Origin>::new(login.encode().unwrap()).header().1
        }
    }

    async fn get(connection: &OnConnection<Recorder>, fields: &[(&str, &str)]) -> (u16, String) {
        let request =
            fields.iter().fold(Request::builder().uri("/"), |request, (name, value)| request.header(*name, *value));
        let response = connection.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_shows_the_login_that_led_to_it() {
        let demo = Demo::new(true);
        let connection = demo.connect();
        let (status, page) = get(&connection, &[("host", "localhost")]).await;
        assert!(status == 401 && page.contains("Who are you?") && !page.contains("You are"), "{page}");
        let (status, page) = get(&connection, &[("host", "localhost"), ("authorization", &demo.ticket())]).await;
        assert_eq!(status, 200, "{page}");
        for word in [
            "You are",
            "alice@WHOAMI.TEST",
            "Domain Users",
            "Wonderland",
            "2 requests",
            "<b>AP-REP</b>",
            "EncAPRepPart",
        ] {
            assert!(page.contains(word), "does not say {word}: {page}");
        }
    }

    #[tokio::test]
    async fn nobody_sees_what_came_over_another_connection() {
        let demo = Demo::new(true);
        let ticket = demo.ticket();
        assert_eq!(get(&demo.connect(), &[("authorization", &ticket)]).await.0, 200);
        let (status, page) = get(&demo.connect(), &[]).await;
        assert!(status == 401 && page.contains("1 request ") && !page.contains("Negotiate YII"), "{page}");
        // Nor what came over the same one, where a proxy may have sent it for somebody else.
        let shared = demo.connect();
        assert_eq!(get(&shared, &[("via", "1.1 proxy"), ("authorization", &demo.ticket())]).await.0, 200);
        let (status, page) = get(&shared, &[("via", "1.1 proxy")]).await;
        assert!(status == 401 && page.contains("1 request ") && !page.contains("Negotiate YII"), "{page}");
        // Not even where it left its mark on one of them only.
        let shared = demo.connect();
        assert_eq!(get(&shared, &[("authorization", &demo.ticket())]).await.0, 200);
        let marked = get(&shared, &[("x-forwarded-proto", "https"), ("authorization", &demo.ticket())]).await;
        let unmarked = get(&shared, &[]).await;
        assert!(marked.0 == 200 && marked.1.contains("1 request "), "{}", marked.1);
        assert!(unmarked.0 == 401 && !unmarked.1.contains("Negotiate YII"), "{}", unmarked.1);
    }

    #[tokio::test]
    async fn why_a_login_was_refused_is_told_to_who_runs_the_server_only() {
        let cut = [("host", "localhost"), ("authorization", "Negotiate YIIBAAA=")];
        let (status, page) = get(&Demo::new(true).connect(), &cut).await;
        assert!(status == 401 && page.contains("Why the login was refused"), "{page}");
        let real = Demo::new(false);
        let (status, page) = get(&real.connect(), &cut).await;
        assert_eq!(status, 401);
        assert!(!page.contains("refused") && !page.contains("YIIBAAA="), "{page}");
        let (_, stranger) = get(&real.connect(), &[("host", "localhost"), ("authorization", "Negotiate AAAA")]).await;
        assert_eq!(page, stranger);
    }
}
