//! The extractors of axum.

use std::convert::Infallible;
use std::fmt;

use ::http::StatusCode;
use ::http::request::Parts;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, Response};

use super::Authenticated;
use super::service::Judged;

/// Who makes the request. Where the layer is optional, nobody's request is answered with 401 and what is offered.
impl<State: Sync> FromRequestParts<State> for Authenticated {
    type Rejection = NotAuthenticated;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Self, NotAuthenticated> {
        let judged = parts.extensions.get::<Judged>().is_some();
        let somebody = parts.extensions.get().cloned();
        somebody.ok_or(if judged { NotAuthenticated::Nobody } else { NotAuthenticated::NoLayer })
    }
}

/// Who makes the request, if anybody logged in.
impl<State: Sync> OptionalFromRequestParts<State> for Authenticated {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &State) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get().cloned())
    }
}

/// Why there is no [`Authenticated`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NotAuthenticated {
    /// The layer is optional, and nobody logged in by it: 401.
    Nobody,
    /// No [`NegotiateLayer`](super::NegotiateLayer) is around this route: 500.
    NoLayer,
}

impl IntoResponse for NotAuthenticated {
    fn into_response(self) -> Response {
        match self {
            Self::Nobody => StatusCode::UNAUTHORIZED.into_response(),
            Self::NoLayer => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        }
    }
}

impl fmt::Display for NotAuthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nobody => "nobody is logged in",
            Self::NoLayer => "no NegotiateLayer is around this route: add one with Router::layer or route_layer",
        })
    }
}

impl std::error::Error for NotAuthenticated {}
