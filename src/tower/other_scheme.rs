//! Schemes beside `Negotiate` and `NTLM`, which somebody else judges.

use ::http::HeaderValue;
use ::http::request::Parts;

use crate::Later;

/// A scheme beside `Negotiate` and `NTLM`, such as `Basic` or `Bearer`, which somebody else judges: given to
/// [`NegotiateLayer::beside`](super::NegotiateLayer::beside).
///
/// ```
/// use http::{HeaderValue, request::Parts};
/// use negotiate::Later;
/// use negotiate::tower::{OtherLogin, OtherScheme};
///
/// struct ApiKeys; // a table of them
/// # impl ApiKeys { async fn owner(&self, _: &HeaderValue) -> Option<String> { None } }
///
/// /// Who it is, for the service inside: among the request's extensions.
/// #[derive(Clone)]
/// struct Owner(String);
///
/// impl OtherScheme for ApiKeys {
///     fn name(&self) -> &str {
///         "Bearer"
///     }
///
///     fn challenge(&self) -> HeaderValue {
///         HeaderValue::from_static("Bearer")
///     }
///
///     fn judge<'a>(&'a self, request: &'a mut Parts) -> Later<'a, OtherLogin> {
///         Box::pin(async {
///             let owner = match request.headers.get(http::header::AUTHORIZATION) {
///                 Some(field) => self.owner(field).await,
///                 None => None,
///             };
///             let Some(owner) = owner else { return OtherLogin::Refused };
///             request.extensions.insert(Owner(owner));
///             OtherLogin::Accepted
///         })
///     }
/// }
/// ```
pub trait OtherScheme: Send + Sync {
    /// Its name, in any case (RFC 9110 section 11.1). `Negotiate` is never asked of others, nor is `NTLM` where that is taken.
    fn name(&self) -> &str;

    /// How it is offered: a challenge for the field `WWW-Authenticate` (RFC 9110 section 11.6.1).
    fn challenge(&self) -> HeaderValue;

    /// Judges a request that brings a credential of this scheme, and adds to its extensions who it is.
    fn judge<'a>(&'a self, request: &'a mut Parts) -> Later<'a, OtherLogin>;
}

/// What came of a login by another scheme.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OtherLogin {
    /// The request goes on to the service, without an [`Authenticated`](super::Authenticated).
    Accepted,
    /// The request is answered with 401 and all that is offered.
    Refused,
}
