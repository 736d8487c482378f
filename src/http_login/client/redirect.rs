//! Whether a login goes along with a redirect (row H11): never. Whether another may be made there.

use super::site::split_scheme;
use super::{ClientError, HttpInitiator, Site, WebScheme};
use crate::http::Origin;

/// What may follow a redirect. No token ever goes along: each request has a handshake of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Redirect {
    /// To the same scheme, host and port: a new handshake, for the next request.
    SameOrigin,
    /// Elsewhere. The request may go there without a login.
    OtherOrigin {
        /// Where.
        site: Site,
        /// Whether a login may be made there, if it is asked for: the program trusts that server by name, and the way there
        /// is not from `https` down to `http`.
        may_log_in: bool,
    },
}

pub(super) fn judge(initiator: &HttpInitiator<Origin>, from: &Site, location: &str) -> Result<Redirect, crate::Error> {
    let site = target(from, location)?;
    if site == *from {
        return Ok(Redirect::SameOrigin);
    }
    let downgrade = from.scheme() == WebScheme::Https && site.scheme() == WebScheme::Http;
    let may_log_in = !downgrade && initiator.trusts(&site);
    Ok(Redirect::OtherOrigin { site, may_log_in })
}

/// `Location` is a URI reference (RFC 9110 section 10.2.2): absolute, or in relation to the request's.
fn target(from: &Site, location: &str) -> Result<Site, ClientError> {
    // A backslash is a slash to browsers and a letter to others, and control characters and spaces are taken out by some.
    if location.contains(|c: char| c == '\\' || c.is_control() || c.is_whitespace()) {
        return Err(ClientError::BadLocation);
    }
    if let Some(rest) = location.strip_prefix("//") {
        return Site::from_authority(from.scheme(), rest).map_err(|_| ClientError::BadLocation);
    }
    if let Some((scheme, rest)) = split_scheme(location) {
        return Site::from_authority(scheme, rest).map_err(|_| ClientError::BadLocation);
    }
    // A colon in front of every slash is a scheme's, and this is none of the two.
    let first_segment = location.split(['/', '?', '#']).next().unwrap_or_default();
    if first_segment.contains(':') { Err(ClientError::BadLocation) } else { Ok(from.clone()) }
}
