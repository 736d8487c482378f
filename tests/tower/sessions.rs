//! A program's own sessions beside these logins: how one that does as the guide says keeps them apart (row H09).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, header};
use axum::routing::get as route;
use negotiate::tower::{Authenticated, Connection};

use crate::stage::*;

/// Whose session it is, by its identifier.
type Sessions = Arc<Mutex<BTreeMap<String, String>>>;

/// As docs/howto-axum.md has it: a session belongs to a name, and one that somebody else holds, or that nobody made here, is
/// replaced by a new one.
async fn enter(State(sessions): State<Sessions>, who: Authenticated, headers: HeaderMap) -> (HeaderMap, String) {
    let name = who.peer().to_string();
    let mut sessions = sessions.lock().unwrap();
    let brought = headers.get(header::COOKIE).and_then(|cookie| cookie.to_str().ok()?.strip_prefix("session="));
    if brought.and_then(|id| sessions.get(id)) == Some(&name) {
        return (HeaderMap::new(), name);
    }
    let id = format!("{}-{}", sessions.len(), "0123456789abcdef");
    let cookie = format!("session={id}; HttpOnly; SameSite=Lax; Path=/").parse().unwrap();
    sessions.insert(id, name.clone());
    (HeaderMap::from_iter([(header::SET_COOKIE, cookie)]), name)
}

/// Jetty #3627: who plants an identifier before the login must not share the session after it.
#[test]
fn h09_a_session_from_before_the_login_is_not_the_one_after_it() {
    run(async {
        let stage = Stage::new();
        let sessions = Sessions::default();
        let app = Router::new().route("/", route(enter)).with_state(sessions.clone()).layer(stage.layer());
        let client = Client(Connection::new().serve(app));
        let ask = |credential: String, session: Option<String>| {
            let request = Request::get("/").header(header::AUTHORIZATION, credential);
            let request = session
                .into_iter()
                .fold(request, |request, id| request.header(header::COOKIE, format!("session={id}")));
            client.request(request.body(Body::empty()).unwrap())
        };
        let given = |seen: &Seen| {
            let cookie = seen.response.headers().get(header::SET_COOKIE)?.to_str().unwrap();
            Some(cookie.split(['=', ';']).nth(1).unwrap().to_owned())
        };
        let planted = "planted-by-mallory".to_owned();
        let seen = ask(stage.ticket("alice"), Some(planted.clone())).await;
        seen.is_of("alice@EXAMPLE.COM");
        let alices = given(&seen).expect("a new session");
        assert!(alices != planted && !sessions.lock().unwrap().contains_key(&planted));
        assert_eq!(given(&ask(stage.ticket("alice"), Some(alices.clone())).await), None, "she keeps hers");
        // Somebody else with her cookie is somebody else, in a session of their own.
        let seen = ask(stage.ticket("bob"), Some(alices.clone())).await;
        seen.is_of("bob@EXAMPLE.COM");
        assert_ne!(given(&seen), Some(alices));
    });
}
