//! Whose the requests of a connection are.

use http::Version;
use negotiate::tower::{Connection, Refusal};
use tower::Layer;

use crate::stage::*;

#[test]
fn who_brings_nothing_is_asked() {
    let stage = Stage::new();
    let layer = stage.layer();
    let seen = run(connect(&layer).get(None));
    seen.is_refused();
    assert_eq!(seen.offered, ["Negotiate", "NTLM"]);
    let layer = stage.layer_by(stage.logins());
    assert_eq!(run(connect(&layer).get(None)).offered, ["Negotiate"], "NTLM needs connections that are bound");
    assert!(stage.refused().is_empty(), "to be asked is no refusal");
}

#[test]
fn a_ticket_logs_in_its_request() {
    run(async {
        let stage = Stage::new();
        for layer in [stage.layer(), stage.layer_by(stage.logins())] {
            let client = connect(&layer);
            let seen = client.get(Some(&stage.ticket("alice"))).await;
            seen.is_of("alice@EXAMPLE.COM");
            assert!(seen.offered[0].starts_with("Negotiate oY"), "the server proves itself: {seen:?}");
            client.get(None).await.is_refused();
            client.get(Some(&stage.ticket("bob"))).await.is_of("bob@EXAMPLE.COM");
        }
    });
}

#[test]
fn h01_ntlm_logs_in_its_connection_and_no_other() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        for carrier in CARRIERS {
            let (one, two) = (connect(&layer), connect(&layer));
            one.log_in(carrier, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            two.log_in(carrier, r"ADEX\bob", "Bob-Pw-1").await.is_of(r"ADEX\bob");
            for _ in 0..3 {
                one.get(None).await.is_of(r"ADEX\alice");
                two.get(None).await.is_of(r"ADEX\bob");
                connect(&layer).get(None).await.is_refused();
            }
        }
    });
}

#[test]
fn h01_legs_do_not_change_places() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        for carrier in CARRIERS {
            let (one, two) = (connect(&layer), connect(&layer));
            let alices = one.challenged(carrier, r"ADEX\alice", "Alice-Pw-1").await;
            let bobs = two.challenged(carrier, r"ADEX\bob", "Bob-Pw-1").await;
            one.get(Some(&bobs)).await.is_refused();
            two.get(Some(&alices)).await.is_refused();
            // Each handshake is used up, for its rightful owner as well.
            one.get(Some(&alices)).await.is_refused();
            two.get(Some(&bobs)).await.is_refused();
            assert_eq!(stage.refused().len(), 4, "{carrier:?}");
            one.get(None).await.is_refused();
        }
    });
}

#[test]
fn h01_another_users_credential_ends_the_first_ones_login() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        for carrier in CARRIERS {
            let client = connect(&layer);
            client.log_in(carrier, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            client.log_in(carrier, r"ADEX\bob", "Bob-Pw-1").await.is_of(r"ADEX\bob");
            client.get(None).await.is_of(r"ADEX\bob");
            client.log_in(carrier, r"ADEX\alice", "wrong").await.is_refused();
            client.get(None).await.is_refused();
            assert_eq!(stage.refused(), ["logon-failure"]);
            // A ticket is its request's, and the login of before does not come back.
            client.log_in(carrier, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            client.get(Some(&stage.ticket("carol"))).await.is_of("carol@EXAMPLE.COM");
            client.get(None).await.is_refused();
        }
    });
}

#[test]
fn h02_without_a_connection_there_is_no_login_of_several_tokens() {
    run(async {
        let stage = Stage::new();
        // Nobody says which connection it is, though the logins need to know: this server is set up wrongly.
        let client = Client(stage.layer().layer(whose_service()));
        let seen = client.get(None).await;
        assert_eq!((seen.status, seen.offered.len()), (500, 0));
        assert!(seen.response.extensions().get::<Refusal>().unwrap().error().to_string().contains("PerConnection"));
        client.get(Some(&stage.ticket("alice"))).await.response.extensions().get::<Refusal>().unwrap();
        assert_eq!(stage.refused(), ["no-connection"; 2]);
        // Where they do not, tickets are taken, and NTLM is not.
        let client = Client(stage.layer_by(stage.logins()).layer(whose_service()));
        client.get(Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
        for carrier in CARRIERS {
            client.get(Some(&carrier.begin("alice", "x").0)).await.is_refused();
        }
        assert_eq!(stage.refused(), ["other-scheme", "not-connection-bound", "not-connection-bound"]);
    });
}

#[test]
fn h02_behind_a_proxy_connections_are_nobodys() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        for mark in ["via", "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"] {
            let client = connect(&layer);
            let marked = |credential: Option<&str>| {
                let mut request = get(credential);
                request.headers_mut().insert(mark, "1.1 proxy".parse().unwrap());
                client.request(request)
            };
            assert_eq!(marked(None).await.offered, ["Negotiate"], "{mark}");
            marked(Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
            for carrier in CARRIERS {
                let seen = marked(Some(&carrier.begin("alice", "x").0)).await;
                seen.is_refused();
                assert_eq!(seen.offered, ["Negotiate"]);
            }
            assert_eq!(stage.refused(), ["through-proxy"; 3]);
        }
    });
}

/// One request with a mark shows what the connection is, to those that follow it and to who was logged in before.
#[test]
fn h02_a_connection_that_a_proxy_shares_once_is_shared_for_good() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        let marked = || {
            let mut request = get(None);
            request.headers_mut().insert("via", "1.1 proxy".parse().unwrap());
            request
        };
        let client = connect(&layer);
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        client.request(marked()).await.is_refused();
        client.get(None).await.is_refused();
        assert_eq!(client.get(None).await.offered, ["Negotiate"]);
        client.get(Some(&Carrier::Spnego.begin("alice", "x").0)).await.is_refused();
        assert_eq!(stage.refused(), ["through-proxy"]);
        client.get(Some(&stage.ticket("bob"))).await.is_of("bob@EXAMPLE.COM");
        // A login that waits goes too.
        let client = connect(&layer);
        let _second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        client.request(marked()).await.is_refused();
        assert!(layer.half_open().is_empty());
    });
}

#[test]
fn h03_http_2_takes_single_tokens() {
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer());
        let over = |version: Version, credential: Option<&str>| {
            let mut request = get(credential);
            *request.version_mut() = version;
            client.request(request)
        };
        for version in [Version::HTTP_2, Version::HTTP_3] {
            over(version, Some(&stage.ticket("alice"))).await.is_of("alice@EXAMPLE.COM");
            over(version, None).await.is_refused();
            for carrier in CARRIERS {
                let seen = over(version, Some(&carrier.begin("alice", "x").0)).await;
                seen.is_refused();
                assert!(seen.response.extensions().get::<Refusal>().unwrap().needs_http11(), "{carrier:?}");
                assert_eq!(stage.refused(), ["needs-http-1.1"]);
            }
        }
        // A login over HTTP/1.1 says nothing of requests over HTTP/2.
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        over(Version::HTTP_2, None).await.is_refused();
    });
}

#[test]
fn h07_what_comes_between_two_legs_ends_the_login() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        for carrier in CARRIERS {
            for between in
                [None, Some(stage.ticket("bob")), Some("Basic eDp5".to_owned()), Some("Negotiate".to_owned())]
            {
                let client = connect(&layer);
                let second = client.challenged(carrier, r"ADEX\alice", "Alice-Pw-1").await;
                let _whatever = client.get(between.as_deref()).await;
                client.get(Some(&second)).await.is_refused();
                client.get(None).await.is_refused();
            }
        }
    });
}

/// A request to a route that the layer is not around.
#[test]
fn h07_even_a_request_that_the_layer_does_not_see() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer();
        let app = axum::Router::new()
            .route(
                "/",
                axum::routing::get(|who: negotiate::tower::Authenticated| async move { who.peer().to_string() }),
            )
            .layer(layer.clone())
            .route("/open", axum::routing::get(|| async { "open" }));
        let client = Client(Connection::new().serve(app));
        let open = || http::Request::get("http://server.example.com/open").body(axum::body::Body::empty()).unwrap();
        let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        client.request(open()).await.is_of("open");
        client.get(Some(&second)).await.is_refused();
        // Who is logged in stays so.
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        client.request(open()).await.is_of("open");
        client.get(None).await.is_of(r"ADEX\alice");
    });
}

/// Two layers on one connection have each their own users.
#[test]
fn h01_another_layers_login_counts_for_nothing() {
    run(async {
        let stage = Stage::new();
        let (one, two) = (stage.layer(), stage.layer());
        let app = axum::Router::new()
            .route_service("/one", one.layer(tower::service_fn(whose)))
            .route_service("/two", two.layer(tower::service_fn(whose)));
        let client = Client(Connection::new().serve(app));
        let ask = |path: &'static str, credential: Option<String>| {
            let mut request = get(credential.as_deref());
            *request.uri_mut() = path.parse().unwrap();
            client.request(request)
        };
        let (first, next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        let second = Carrier::Ntlm.go_on(next, &ask("/one", Some(first)).await);
        ask("/two", Some(second.clone())).await.is_refused();
        ask("/one", Some(second)).await.is_refused();

        let (first, next) = Carrier::Ntlm.begin(r"ADEX\alice", "Alice-Pw-1");
        let second = Carrier::Ntlm.go_on(next, &ask("/one", Some(first)).await);
        ask("/one", Some(second)).await.is_of(r"ADEX\alice");
        ask("/two", None).await.is_refused();
    });
}

/// Nor does what a layer outside found out: inside of one that let nobody in there is nobody.
#[test]
fn h01_the_innermost_layer_says_who_it_is() {
    run(async {
        let stage = Stage::new();
        let inner = stage.layer_by(stage.logins()).optional().layer(whose_service());
        let client = Client(Connection::new().serve(stage.layer().layer(inner)));
        let second = client.challenged(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await;
        client.get(Some(&second)).await.is_refused();
        client.get(None).await.is_of("nobody");
    });
}

#[test]
fn h08_the_proof_goes_with_no_refusal() {
    run(async {
        let stage = Stage::new();
        let refuses = tower::service_fn(async |_| {
            let mut response = http::Response::new(axum::body::Body::empty());
            *response.status_mut() = http::StatusCode::UNAUTHORIZED;
            Ok::<_, std::convert::Infallible>(response)
        });
        let client = Client(Connection::new().serve(stage.layer().layer(refuses)));
        let seen = client.get(Some(&stage.ticket("alice"))).await;
        assert_eq!((seen.status, seen.offered.len()), (401, 0), "{seen:?}");
    });
}

/// A ticket that is limited to an address is no use to whoever took it elsewhere, as far as the server tells the layer.
#[test]
fn a_ticket_can_be_limited_to_an_address() {
    run(async {
        let stage = Stage::new();
        for (layer, bound) in [(stage.layer(), true), (stage.layer_by(stage.logins()), false)] {
            let from = |address: &str| {
                Client(Connection::new().peer_address(address.parse().unwrap()).serve(layer.layer(whose_service())))
            };
            let ticket = || {
                let mut login = stage.login("alice").in_spnego();
                login.ticket.caddr = Some(vec![(2, vec![192, 0, 2, 1])]);
                field(&login.encode().unwrap())
            };
            let seen = from("192.0.2.9").get(Some(&ticket())).await;
            seen.is_refused();
            let refusal = seen.response.extensions().get::<Refusal>().unwrap();
            assert!(refusal.to_string().starts_with("192.0.2.9 refused (bad-address"), "{refusal}");
            from("192.0.2.1").get(Some(&ticket())).await.is_of("alice@EXAMPLE.COM");
            assert_eq!(stage.refused(), ["bad-address"], "bound: {bound}");
        }
    });
}

#[test]
fn a_login_ends_when_its_ticket_does() {
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer());
        // Three legs, so that it holds for the connection.
        let login = stage.login("alice").dce_style();
        let seen = client.get(Some(&field(&login.encode().unwrap()))).await;
        let initiator = login.initiator().unwrap();
        let third = initiator.third_leg(initiator.read(&seen.token()).unwrap().seq_number).unwrap();
        client.get(Some(&field(&third))).await.is_of("alice@EXAMPLE.COM");
        client.get(None).await.is_of("alice@EXAMPLE.COM");
        later(10 * 365 * 24 * 3600);
        client.get(None).await.is_refused();
    });
}

/// RFC 9111 section 3.5 keeps out of shared caches what answers a request with `Authorization`. The requests of a
/// connection that is logged in have none.
#[test]
fn h02_no_shared_cache_keeps_what_a_connections_login_got() {
    run(async {
        let stage = Stage::new();
        let inner = tower::service_fn(async |request: http::Request<axum::body::Body>| {
            let says = request.headers().get("x-says").cloned().unwrap_or("max-age=60".parse().unwrap());
            let mut response = whose(request).await.unwrap();
            response.headers_mut().insert("cache-control", says);
            Ok::<_, std::convert::Infallible>(response)
        });
        let client = Client(Connection::new().serve(stage.layer().optional().layer(inner)));
        let says = |seen: &Seen| {
            let lines = seen.response.headers().get_all("cache-control").iter();
            lines.map(|line| line.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(says(&client.get(None).await), ["max-age=60"], "nobody's");
        assert_eq!(says(&client.get(Some(&stage.ticket("alice"))).await), ["max-age=60"]);
        client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
        let seen = client.get(None).await;
        seen.is_of(r"ADEX\alice");
        assert_eq!(says(&seen), ["max-age=60", "private"]);
        for (service, heard) in
            [("max-age=5, Public", &["max-age=5, Public"][..]), ("no-store", &["no-store", "private"])]
        {
            let mut request = get(None);
            request.headers_mut().insert("x-says", service.parse().unwrap());
            assert_eq!(says(&client.request(request).await), heard);
        }
    });
}
