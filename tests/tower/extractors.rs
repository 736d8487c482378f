//! axum's extractors, and its own way to serve.

use axum::Router;
use axum::body::Body;
use axum::routing::get as route;
use axum::serve::IncomingStream;
use http::StatusCode;
use negotiate::tower::{Authenticated, Connection, PerConnection};
use tokio::net::TcpListener;
use tower::Layer;

use crate::server::Wire;
use crate::stage::*;

fn app() -> Router {
    Router::new().route("/", route(|who: Authenticated| async move { who.peer().to_string() })).route(
        "/maybe",
        route(
            |who: Option<Authenticated>| async move { who.map_or("nobody".to_owned(), |who| who.peer().to_string()) },
        ),
    )
}

#[test]
fn a_handler_says_whom_it_needs() {
    run(async {
        let stage = Stage::new();
        let maybe = || http::Request::get("/maybe").body(Body::empty()).unwrap();
        let client = Client(Connection::new().serve(app().layer(stage.layer().optional())));
        let seen = client.get(None).await;
        assert_eq!((seen.status, seen.offered.len()), (401, 2), "nobody, and how that can change: {seen:?}");
        client.request(maybe()).await.is_of("nobody");
        client.get(Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
        client.log_in(Carrier::Spnego, r"ADEX\bob", "Bob-Pw-1").await.is_of(r"ADEX\bob");
        client.request(maybe()).await.is_of(r"ADEX\bob");
    });
}

/// enceladus #1122: whoever judges a token a second time is told that it was seen before. Nobody has to.
#[test]
fn h12_the_login_is_there_for_all_who_ask_within_its_request() {
    run(async {
        let stage = Stage::new();
        let app = Router::new().route(
            "/",
            route(|one: Authenticated, two: Authenticated, request: axum::extract::Request| async move {
                let three = request.extensions().get::<Authenticated>().unwrap().peer().clone();
                assert!(*one.peer() == *two.peer() && three == *one.peer());
                three.to_string()
            }),
        );
        let client = Client(Connection::new().serve(app.clone().layer(stage.layer())));
        client.get(Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
        // Two layers with one memory around one route are two judges.
        let layer = stage.layer();
        let client = Client(Connection::new().serve(app.layer(layer.clone()).layer(layer)));
        client.get(Some(&stage.ticket("alice"))).await.is_refused();
        assert_eq!(stage.refused(), ["replay"]);
    });
}

/// No layer: never a panic, never somebody.
#[test]
fn without_the_layer_the_server_is_at_fault() {
    run(async {
        let stage = Stage::new();
        let client = Client(Connection::new().serve(app()));
        let seen = client.get(Some(&stage.ticket("alice"))).await;
        assert_eq!((seen.status, seen.offered.len()), (StatusCode::INTERNAL_SERVER_ERROR.as_u16(), 0));
    });
}

/// `axum::serve`, with and without knowledge of the connections.
#[test]
fn axum_serves_connections() {
    fn describe(stream: &IncomingStream<'_, TcpListener>) -> Connection {
        Connection::new().peer_address(stream.remote_addr().ip())
    }
    run(async {
        let stage = Stage::new();
        let app = app().layer(stage.layer());
        let listeners =
            [TcpListener::bind("127.0.0.1:0").await.unwrap(), TcpListener::bind("127.0.0.1:0").await.unwrap()];
        let addresses = listeners.each_ref().map(|listener| listener.local_addr().unwrap());
        let [plain, described] = listeners;
        tokio::spawn(axum::serve(plain, PerConnection::new(app.clone())).into_future());
        tokio::spawn(axum::serve(described, PerConnection::described_by(app, describe)).into_future());
        for address in addresses {
            let (mut one, mut two) = (Wire::connect(address).await, Wire::connect(address).await);
            one.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            two.get(None).await.is_refused();
            two.get(Some(&stage.ticket("bob"))).await.is_of("bob@EXAMPLE.COM");
            one.get(None).await.is_of(r"ADEX\alice");
        }
    });
}

/// Whoever logs requests and responses must not log what lets others in.
#[test]
fn no_token_is_in_a_log_of_header_fields() {
    run(async {
        let stage = Stage::new();
        let inner = tower::service_fn(async |request: http::Request<Body>| {
            let headers = format!("{:?}", request.headers());
            Ok::<_, std::convert::Infallible>(http::Response::new(Body::from(headers)))
        });
        let client = Client(Connection::new().serve(stage.layer().layer(inner)));
        let ticket = stage.ticket("alice");
        let seen = client.get(Some(&ticket)).await;
        assert!(seen.status == 200 && !seen.body.contains(ticket.as_str()), "{}", seen.body);
        let proof = format!("{:?}", seen.response.headers());
        assert!(!seen.offered.is_empty() && !proof.contains("Negotiate"), "{proof}");
    });
}
