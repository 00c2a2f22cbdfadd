//! Who may come in.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

use crate::{
    Deps, Problem,
    browser::{SESSION_COOKIE, comes_from_our_page, cookie, is_navigation},
    caller::Caller,
};

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
