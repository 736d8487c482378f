//! Where a login goes, and where it does not (row H11).

use negotiate::http_login::{Redirect, WebScheme};

use super::*;

fn site_of(url: &str) -> Site {
    url.parse().unwrap_or_else(|error| panic!("{url}: {error}"))
}

#[test]
fn h11_no_token_for_whom_the_program_does_not_name() {
    let logins = logins().ntlm(alice());
    for other in [
        "http://server.example.com",
        "https://server.example.com:444",
        "https://server.example.com.evil.test",
        "https://example.com",
        "https://xserver.example.com",
        "http://server.example.com:443",
    ] {
        let found = logins.handshake(&site_of(other), ONE, HttpVersion::Http1);
        assert_eq!(refused(found), ClientError::NotTrusted(site_of(other)));
    }
    assert!(logins.handshake(&site_of("https://SERVER.example.com.:443/x?y"), ONE, HttpVersion::Http1).is_ok());
    // Nobody is named by default.
    assert!(HttpInitiator::<Origin>::new().ntlm(alice()).handshake(&site(), ONE, HttpVersion::Http1).is_err());
}

#[test]
fn h11_domains_are_trusted_by_whole_labels_and_over_tls() {
    let logins = HttpInitiator::<Origin>::new().trust_domain(".example.com").unwrap();
    for inside in ["https://example.com", "https://a.example.com", "https://a.b.EXAMPLE.com:8443"] {
        assert!(logins.trusts(&site_of(inside)), "{inside}");
    }
    for outside in [
        "http://a.example.com",
        "https://aexample.com",
        "https://example.com.evil.test",
        "https://example.org",
        "https://192.0.2.1",
        "https://[::1]",
    ] {
        assert!(!logins.trusts(&site_of(outside)), "{outside}");
    }
    for domain in ["com", "", ".", "192.0.2.1", "example.com/x", "a b.c", "*.example.com"] {
        assert!(HttpInitiator::<Origin>::new().trust_domain(domain).is_err(), "{domain}");
    }
}

#[test]
fn h11_a_redirect_takes_no_login_along() {
    let logins =
        logins().ntlm(alice()).trust(site_of("http://server.example.com")).trust(site_of("https://b.example.com"));
    let judge = |location| logins.redirect(&site(), location).unwrap();
    for same in [
        "/elsewhere",
        "elsewhere?u=http://evil.test/",
        "",
        "?q",
        "#f",
        "https://server.example.com/",
        "HTTPS://SERVER.example.com:443/a@b",
        "//server.example.com/x",
    ] {
        assert_eq!(judge(same), Redirect::SameOrigin, "{same}");
    }
    let cases = [
        ("https://evil.test/", "https://evil.test", false),
        ("//evil.test/", "https://evil.test", false),
        ("https://server.example.com:8443/", "https://server.example.com:8443", false),
        ("https://b.example.com/", "https://b.example.com", true),
        // Down to http never, though that is trusted where it is asked for by itself.
        ("http://server.example.com/", "http://server.example.com", false),
        ("http://server.example.com:443/", "http://server.example.com:443", false),
    ];
    for (location, to, may_log_in) in cases {
        assert_eq!(judge(location), Redirect::OtherOrigin { site: site_of(to), may_log_in }, "{location}");
    }
    for bad in [
        "ftp://server.example.com/",
        "javascript:x",
        "https://server.example.com@evil.test/",
        "https://user:pw@server.example.com/",
        "https:\\\\evil.test/",
        "/\\evil.test/",
        "//",
        "https:///x",
        "https://server.example.com:99999/",
        "https://server.example.com:4a/",
        "https://ser ver/",
        "\thttps://evil.test/",
        "https://[::1/",
        "https:/evil.test/",
        "https:evil.test",
        "https:/\\\\evil.test/",
        "http:elsewhere",
        "///evil.test/",
        "https://server.example.com%2eevil.test/",
        "https://server.example.com%00.evil.test/",
        "https://server.example.com\u{3002}evil.test/",
        "https://\u{ff53}erver.example.com/",
        "https://server.example.com:443:443/",
        "https://server.example.com../",
        "https://.server.example.com/",
        "https://[fe80::1%25eth0]/",
        "https://server.example.com;evil.test/",
        "https://server.example.com&evil.test/",
    ] {
        let found = logins.redirect(&site(), bad);
        assert_eq!(refused(found), ClientError::BadLocation, "{bad}");
    }
}

#[test]
fn sites_are_read_as_urls_are() {
    assert_eq!(site_of("http://h:80"), Site::new(WebScheme::Http, "h", None).unwrap());
    assert_eq!(site_of("http://[::1]:8080/").authority(), "[::1]:8080");
    assert_eq!(site_of("http://h:8080/p").to_string(), "http://h:8080");
    for bad in ["h", "ws://h", "http://", "http://h:x", "http://a b", "http://h\u{e9}", "http://u@h", "http://h:+80"] {
        assert!(bad.parse::<Site>().is_err(), "{bad}");
    }
}
