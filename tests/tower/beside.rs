//! Other schemes, and requests without any.

use axum::body::Body;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderValue, Response, StatusCode};
use negotiate::Later;
use negotiate::tower::{Authenticated, Connection, OtherLogin, OtherScheme};
use tower::{Layer, service_fn};

use crate::stage::*;

/// Takes the token `right`, and says who that is.
struct Tokens;

#[derive(Clone)]
struct Owner(&'static str);

impl OtherScheme for Tokens {
    fn name(&self) -> &str {
        "Bearer"
    }

    fn challenge(&self) -> HeaderValue {
        HeaderValue::from_static("Bearer realm=\"tests\"")
    }

    fn judge<'a>(&'a self, request: &'a mut Parts) -> Later<'a, OtherLogin> {
        Box::pin(async {
            tokio::task::yield_now().await;
            if request.headers[AUTHORIZATION] != "Bearer right" {
                return OtherLogin::Refused;
            }
            request.extensions.insert(Owner("the owner of the token"));
            OtherLogin::Accepted
        })
    }
}

#[test]
fn another_scheme_is_offered_and_judged_by_others() {
    run(async {
        let stage = Stage::new();
        let inner = service_fn(async |request: http::Request<Body>| {
            let owner = request.extensions().get::<Owner>().map(|owner| owner.0.to_owned());
            let somebody = request.extensions().get::<Authenticated>().map(|who| who.peer().to_string());
            Ok::<_, std::convert::Infallible>(Response::new(Body::from(owner.or(somebody).unwrap_or_default())))
        });
        let client = Client(Connection::new().serve(stage.layer().beside(Tokens).layer(inner)));
        assert_eq!(client.get(None).await.offered, ["Negotiate", "NTLM", "Bearer realm=\"tests\""]);
        client.get(Some("Bearer right")).await.is_of("the owner of the token");
        let seen = client.get(Some("bEARER wrong")).await;
        seen.is_refused();
        assert_eq!(seen.offered, ["Negotiate", "NTLM", "Bearer realm=\"tests\""]);
        client.get(Some("Basic eDp5")).await.is_refused();
        assert_eq!(stage.refused(), ["other-scheme"], "the log of the other scheme is its own");
        // A leg of a login has its answer alone, and the other scheme ends the login.
        let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        client.get(Some("Bearer right")).await.is_of("the owner of the token");
        client.get(Some(&second)).await.is_refused();
        // Who was logged in for the connection is not the one with the token, nor afterwards again.
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        client.get(Some("Bearer right")).await.is_of("the owner of the token");
        client.get(None).await.is_refused();
    });
}

/// Browsers send `Basic` by themselves as well, for whatever page.
#[test]
fn h09_another_scheme_is_no_way_around_the_origin() {
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer().beside(Tokens));
        let post = |origin: &str| {
            let mut request = get(Some("Bearer right"));
            *request.method_mut() = http::Method::POST;
            request.headers_mut().insert("origin", origin.parse().unwrap());
            client.request(request)
        };
        let seen = post("https://evil.example").await;
        assert_eq!((seen.status, seen.offered.len()), (403, 0));
        assert_eq!(stage.refused(), ["cross-origin"]);
        post("http://server.example.com").await.is_of("nobody");
    });
}

/// Behind a proxy no words of the layer's offer NTLM: neither when another scheme refused, nor when the service did.
#[test]
fn h02_ntlm_is_not_offered_behind_a_proxy_whoever_refuses() {
    run(async {
        let stage = Stage::new();
        let inner = service_fn(async |_: http::Request<Body>| {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::UNAUTHORIZED;
            Ok::<_, std::convert::Infallible>(response)
        });
        let client = Client(Connection::new().serve(stage.layer().optional().beside(Tokens).layer(inner)));
        for credential in [None, Some("Bearer wrong"), Some("Bearer right")] {
            let mut request = get(credential);
            request.headers_mut().insert("via", "1.1 proxy".parse().unwrap());
            let seen = client.request(request).await;
            seen.is_refused();
            assert_eq!(seen.offered, ["Negotiate", "Bearer realm=\"tests\""], "{credential:?}");
        }
    });
}

#[test]
fn an_optional_layer_lets_nobody_through_as_nobody() {
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer().optional());
        let seen = client.get(None).await;
        seen.is_of("nobody");
        assert!(seen.offered.is_empty(), "nobody is asked");
        client.get(Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
        client.log_in(Carrier::Spnego, r"ADEX\bob", "Bob-Pw-1").await.is_of(r"ADEX\bob");
        client.get(None).await.is_of(r"ADEX\bob");
        // What is refused is not nobody.
        client.log_in(Carrier::Spnego, r"ADEX\bob", "wrong").await.is_refused();
        client.get(Some("Negotiate !")).await.is_refused();
        client.get(Some("Basic eDp5")).await.is_refused();
        client.get(None).await.is_of("nobody");
    });
}

/// The service decides who has to log in, and the layer says how.
#[test]
fn where_an_optional_layers_service_says_401_logins_are_offered() {
    run(async {
        let stage = Stage::new();
        let inner = service_fn(async |request: http::Request<Body>| {
            let somebody = request.extensions().get::<Authenticated>().is_some();
            let mut response = Response::new(Body::from("a page of its own"));
            *response.status_mut() = if somebody { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
            Ok::<_, std::convert::Infallible>(response)
        });
        let client = Client(Connection::new().serve(stage.layer().optional().beside(Tokens).layer(inner)));
        let seen = client.get(None).await;
        assert_eq!((seen.status, seen.body.as_str()), (401, "a page of its own"));
        assert_eq!(seen.offered, ["Negotiate", "NTLM", "Bearer realm=\"tests\""]);
        let seen = client.get(Some(&stage.ticket("alice"))).await;
        assert_eq!(seen.status, 200);
    });
}
