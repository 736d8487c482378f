//! Requests that came through a proxy, which may send several clients' over one connection.

use ::http::header::{HeaderName, VIA};
use ::http::{Extensions, HeaderMap, Request};

use super::slot::Via;

/// The marks that a proxy leaves on requests (RFC 9110 section 7.6.3, RFC 7239, and custom).
const MARKS_OF_PROXIES: [HeaderName; 6] = [
    VIA,
    HeaderName::from_static("forwarded"),
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-forwarded-proto"),
    HeaderName::from_static("x-real-ip"),
];

/// Whether there is a mark of a proxy, behind which connections are nobody's (row H02): on this request or, as a proxy can be
/// told to leave marks on some requests only, on an earlier one of the connection that was asked about.
///
/// [`NegotiateLayer`](super::NegotiateLayer) goes by it. So should whatever else a program keeps with a connection and shows to
/// whoever is at its other end.
pub fn came_through_proxy<B>(request: &Request<B>) -> bool {
    is_marked(request.headers(), request.extensions())
}

/// The same of a request in parts.
pub(super) fn is_marked(headers: &HeaderMap, extensions: &Extensions) -> bool {
    let marked = MARKS_OF_PROXIES.iter().any(|mark| headers.contains_key(mark));
    match extensions.get::<Via>() {
        Some(via) if marked => {
            via.connection.share();
            true
        }
        Some(via) => via.connection.is_shared(),
        None => marked,
    }
}
