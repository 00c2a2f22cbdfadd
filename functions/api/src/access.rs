//! Who may come in, and what every answer carries.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{Deps, Problem};

pub(crate) const SESSION_COOKIE: &str = "session";

/// Lets only the admin through: by bearer token, or by session cookie. A browser without a session is led to sign in.
pub(crate) async fn require_admin(State(deps): State<Arc<Deps>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let bearer = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default());
    if let Some(bearer) = bearer {
        let token = bearer
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        return match token {
            Some((_, token)) if deps.admin.is(token.trim()) => next.run(request).await,
            _ => Problem::unauthorized("the token is not the admin token").into_response(),
        };
    }
    let has_session = session_of(headers).is_some_and(|session| deps.admin.is_open(session, deps.clock.now()));
    if !has_session {
        return match is_navigation(headers) {
            true => Redirect::to("/sign-in").into_response(),
            false => Problem::unauthorized("send the admin token as Authorization: Bearer …").into_response(),
        };
    }
    if request.method() != Method::GET && !comes_from_our_page(headers) {
        return Problem::forbidden("changes with a session are taken from our own page only").into_response();
    }
    next.run(request).await
}

fn session_of(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == SESSION_COOKIE)
        .map(|(_, session)| session)
}

fn is_navigation(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("text/html")
}

/// Browsers tell the relation of a request's origin to its target, and pages cannot forge it (W3C Fetch Metadata). The
/// Host and Origin headers are no help here: a function URL may stand behind a proxy that changes the host.
pub(crate) fn comes_from_our_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

const SECURITY_HEADERS: [(&str, &str); 5] = [
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("cache-control", "no-store"),
];

/// Adds what keeps a page from being framed, sniffed, cached or fed foreign scripts.
pub(crate) async fn harden(mut response: Response) -> Response {
    for (name, value) in SECURITY_HEADERS {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
