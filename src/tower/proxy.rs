//! Requests that came through a proxy, which may send several clients' over one connection.

use ::http::header::{HeaderName, VIA};
use ::http::request::Parts;

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
/// told to leave marks on some requests only, on an earlier one of the connection.
pub(super) fn came_through_proxy(request: &Parts) -> bool {
    let marked = MARKS_OF_PROXIES.iter().any(|mark| request.headers.contains_key(mark));
    match request.extensions.get::<Via>() {
        Some(via) if marked => {
            via.connection.share();
            true
        }
        Some(via) => via.connection.is_shared(),
        None => marked,
    }
}
