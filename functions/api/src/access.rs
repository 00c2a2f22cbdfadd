//! Who may come in, and what every answer carries.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{Deps, Problem, caller::Caller, pages};

pub(crate) const SESSION_COOKIE: &str = "session";

/// Lets in whoever has a token or a session, and tells the handlers who it is ([`Caller`]). Viewers may only look. A
/// browser without a session is led to sign in.
pub(crate) async fn authenticate(State(deps): State<Arc<Deps>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let changes = !request.method().is_safe();
    let caller = match bearer(headers) {
        Some(token) => match token.and_then(|token| deps.tokens.role_of(token)) {
            Some(role) => Caller::by_token(role),
            None => return Problem::unauthorized("the token is not one that opens this API").into_response(),
        },
        None => match cookie(headers, SESSION_COOKIE).and_then(|it| deps.sessions.caller(it, deps.clock.now())) {
            Some(_) if changes && !comes_from_our_page(headers) => {
                return Problem::forbidden("changes with a session are taken from our own page only").into_response();
            }
            Some(caller) => caller,
            None if is_navigation(headers) => return Redirect::to("/sign-in").into_response(),
            None => return Problem::unauthorized("send a token as Authorization: Bearer …").into_response(),
        },
    };
    if changes && !caller.may_change() {
        return Problem::forbidden("viewers may look, not change; ask an admin to do this").into_response();
    }
    request.extensions_mut().insert(caller);
    next.run(request).await
}

/// Lets in whoever may have files read: other programs, which have a token and no session.
pub(crate) async fn authenticate_service(State(deps): State<Arc<Deps>>, mut request: Request, next: Next) -> Response {
    let token = bearer(request.headers()).flatten();
    if !token.is_some_and(|token| deps.tokens.opens_analyses(token)) {
        let detail = "send a token that may have files read as Authorization: Bearer …";
        return Problem::unauthorized(detail).into_response();
    }
    request.extensions_mut().insert(Caller::service());
    next.run(request).await
}

/// The bearer token, if there is an Authorization header: `Some(None)` where the header holds something else.
fn bearer(headers: &HeaderMap) -> Option<Option<&str>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().unwrap_or_default();
    let token = value
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, token)| token.trim());
    Some(token)
}

/// The value of a cookie.
pub(crate) fn cookie<'h>(headers: &'h HeaderMap, wanted: &str) -> Option<&'h str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}

/// Whether a person's browser asks for a page, and not a script of one for a part.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("text/html") && !headers.contains_key("hx-request")
}

/// Browsers tell the relation of a request's origin to its target, and pages cannot forge it (W3C Fetch Metadata). The
/// Host and Origin headers are no help here: a function URL may stand behind a proxy that changes the host.
pub(crate) fn comes_from_our_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

/// The page's policy. `connect` names where else its script may send: the bucket that uploads go to.
pub(crate) fn content_security_policy(connect: &str) -> String {
    let style = pages::style_source();
    format!(
        "default-src 'none'; script-src 'self'; style-src {style}; img-src 'self'; connect-src 'self' {connect}; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

const SECURITY_HEADERS: [(&str, &str); 4] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("strict-transport-security", "max-age=31536000"),
    ("cache-control", "no-store"),
];

/// Adds what keeps a page from being framed, sniffed, cached or fed foreign scripts.
pub(crate) async fn harden(State(deps): State<Arc<Deps>>, mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in SECURITY_HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&deps.upload_origin)) {
        headers.entry("content-security-policy").or_insert(policy);
    }
    response
}
