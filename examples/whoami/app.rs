//! The application: what a program of your own would have behind the layer.

use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use negotiate::tower::{Authenticated, NegotiateLayer};
use serde_json::json;

/// The longest body that is read.
const MAX_BODY: usize = 1 << 20;

/// Says on a response that its body is the page about whoever made the request: [`Recorder`](crate::recorder::Recorder)
/// makes it, for the page tells of the whole handshake, and the last word of that is not said yet when a handler returns.
#[derive(Clone, Copy)]
pub(crate) struct WantsPage;

/// Everything but `/public` is for those who log in.
pub(crate) fn routes(logins: &NegotiateLayer) -> Router {
    let known = Router::new().route("/", get(page).post(echo)).route("/json", get(facts)).route_layer(logins.clone());
    let anybody = Router::new().route("/public", get(public)).route_layer(logins.clone().optional());
    known.merge(anybody).layer(DefaultBodyLimit::max(MAX_BODY))
}

async fn page(user: Authenticated) -> impl IntoResponse {
    (Extension(user), Extension(WantsPage))
}

/// The same for scripts.
async fn facts(user: Authenticated) -> impl IntoResponse {
    let sids = user.authorization().map(|user| user.group_sids().map(|sid| sid.to_string()).collect::<Vec<_>>());
    let facts = json!({
        "peer": user.peer().to_string(),
        "mechanism": user.mechanism().to_string(),
        "wrapping": user.wrapping().to_string(),
        "flags": user.flags().names().collect::<Vec<_>>(),
        "channel_bindings": user.channel_bindings().to_string(),
        "user_sid": user.authorization().and_then(|user| user.user_sid()).map(|sid| sid.to_string()),
        "sids": sids.unwrap_or_default(),
    });
    ([(CONTENT_TYPE, "application/json")], Extension(user), format!("{facts}\n"))
}

/// The body went through the login: it is read once, by the request that is let in.
async fn echo(user: Authenticated, body: Bytes) -> impl IntoResponse {
    let text = format!("{} octets from {}\n", body.len(), user.peer());
    (Extension(user), text)
}

/// Who comes without a login is nobody, and welcome.
async fn public(user: Option<Authenticated>) -> String {
    user.map_or_else(|| "nobody\n".to_owned(), |user| format!("{}\n", user.peer()))
}
