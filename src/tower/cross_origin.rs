//! Requests that another site's page made the browser send.
//!
//! A browser logs in by itself, whoever made it send a request. So one that changes something, and comes from a page of
//! another site, is refused (row H09). Browsers say where a request comes from: in `Sec-Fetch-Site` (Fetch Metadata Request
//! Headers section 2.2), to secure sites only, and in `Origin` (Fetch section 3.2). Programs that are no browsers send neither,
//! and nobody makes them send anything.

use ::http::header::{HOST, HeaderName, ORIGIN, UPGRADE};
use ::http::request::Parts;
use ::http::{HeaderMap, HeaderValue};

/// Where a proxy puts the host that the client asked for. No page can make a browser send it to another site unasked.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether it is one of those, `trusted` being the origins that may.
pub(super) fn is_cross_origin(request: &Parts, trusted: &[String]) -> bool {
    // A WebSocket begins with a GET, which the same-origin policy does not hold back (RFC 6455 section 10.2).
    // Over HTTP/2 it begins with CONNECT (RFC 8441 section 4), which is none of the safe methods.
    if request.method.is_safe() && !request.headers.contains_key(UPGRADE) {
        return false;
    }
    let origin = request.headers.get(ORIGIN);
    let is_trusted = |origin: &HeaderValue| origin != "null" && trusted.iter().any(|trusted| origin == trusted);
    if origin.is_some_and(is_trusted) {
        return false;
    }
    match (request.headers.get(FETCH_SITE), origin) {
        (Some(site), _) => site != "same-origin" && site != "none",
        (None, Some(origin)) => !is_own(origin, request),
        (None, None) => false,
    }
}

/// Whether the origin is of the host that was asked. Behind a proxy nobody here knows by which scheme it was.
fn is_own(origin: &HeaderValue, request: &Parts) -> bool {
    let Some(host) = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host) else {
        return false;
    };
    let asked = request.uri.authority().map(|authority| authority.as_str());
    [asked, text(&request.headers, &HOST), text(&request.headers, &FORWARDED_HOST)]
        .into_iter()
        .flatten()
        .any(|own| own.eq_ignore_ascii_case(host))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
