//! What other sites' pages make a browser send.

use axum::body::Body;
use http::{Method, Request, Version};

use crate::stage::*;

/// Method, fields, and whether it gets in where `https://portal.example.com` is trusted.
type Case = (&'static str, &'static [(&'static str, &'static str)], bool);

const CASES: &[Case] = &[
    // No browser.
    ("POST", &[], true),
    // Browsers that say it.
    ("POST", &[("sec-fetch-site", "same-origin")], true),
    ("POST", &[("sec-fetch-site", "none")], true),
    ("POST", &[("sec-fetch-site", "same-site")], false),
    ("POST", &[("sec-fetch-site", "cross-site")], false),
    ("PUT", &[("sec-fetch-site", "cross-site"), ("origin", "http://server.example.com")], false),
    ("DELETE", &[("sec-fetch-site", "who knows")], false),
    ("POST", &[("sec-fetch-site", "cross-site"), ("origin", "https://portal.example.com")], true),
    // Browsers that do not, on plain HTTP.
    ("POST", &[("origin", "http://server.example.com")], true),
    ("POST", &[("origin", "http://SERVER.example.com")], true),
    ("POST", &[("origin", "http://server.example.com:8080")], false),
    ("POST", &[("origin", "http://evil.example")], false),
    ("POST", &[("origin", "http://server.example.com.evil.example")], false),
    ("POST", &[("origin", "null")], false),
    ("POST", &[("origin", "")], false),
    ("PATCH", &[("origin", "https://portal.example.com")], true),
    ("POST", &[("origin", "https://web.example.com"), ("x-forwarded-host", "web.example.com")], true),
    // What changes nothing: links and images from everywhere are what the web is made of.
    ("GET", &[("sec-fetch-site", "cross-site"), ("origin", "http://evil.example")], true),
    ("HEAD", &[("sec-fetch-site", "cross-site")], true),
    ("OPTIONS", &[("sec-fetch-site", "cross-site")], true),
    // But for what begins with a GET and goes on otherwise.
    ("GET", &[("origin", "http://evil.example"), ("upgrade", "websocket")], false),
    ("GET", &[("origin", "http://server.example.com"), ("upgrade", "websocket")], true),
    ("CONNECT", &[("sec-fetch-site", "cross-site")], false),
    ("CONNECT", &[], true),
];

#[test]
fn h09_another_sites_page_does_nothing_in_the_users_name() {
    run(async {
        let stage = Stage::new();
        let layer = stage.layer().trust_origin("https://portal.example.com").trust_origin("null");
        for (method, fields, gets_in) in CASES {
            let client = connect(&layer);
            let request = |credential: Option<String>| {
                let request = Request::builder()
                    .method(method.parse::<Method>().unwrap())
                    .uri("/")
                    .header("host", "server.example.com");
                let request = fields.iter().fold(request, |request, (name, value)| request.header(*name, *value));
                let request =
                    credential.into_iter().fold(request, |request, line| request.header("authorization", line));
                client.request(request.body(Body::empty()).unwrap())
            };
            // By a ticket of its own, and by the connection's login.
            let seen = request(Some(stage.ticket("alice"))).await;
            assert_eq!(seen.status, if *gets_in { 200 } else { 403 }, "{method} {fields:?}");
            assert_eq!(seen.offered.is_empty(), !gets_in, "{method} {fields:?}: no proof with a refusal");
            if fields.iter().any(|(name, _)| *name == "x-forwarded-host") {
                continue;
            }
            client.log_in(Carrier::Ntlm, r"ADEX\alice", "Alice-Pw-1").await.is_of(r"ADEX\alice");
            assert_eq!(request(None).await.status, if *gets_in { 200 } else { 403 }, "{method} {fields:?}");
            let refused = stage.refused();
            assert_eq!(refused.len(), if *gets_in { 0 } else { 2 }, "{method} {fields:?}");
            assert!(refused.iter().all(|kind| *kind == "cross-origin"));
            client.get(None).await.is_of(r"ADEX\alice");
        }
    });
}

/// A WebSocket over HTTP/2 begins with CONNECT (RFC 8441 section 4), not with a GET that wants an upgrade.
#[test]
fn h09_a_websocket_over_http_2_is_no_way_around() {
    run(async {
        let stage = Stage::new();
        let client = connect(&stage.layer());
        let connect = |origin: &str| {
            let request = Request::connect("https://server.example.com/chat").version(Version::HTTP_2);
            let request = request.header("origin", origin).header("authorization", stage.ticket("alice"));
            client.request(request.body(Body::empty()).unwrap())
        };
        assert_eq!(connect("https://evil.example").await.status, 403);
        assert_eq!(stage.refused(), ["cross-origin"]);
        connect("https://server.example.com").await.is_of("alice@EXAMPLE.COM");
    });
}
