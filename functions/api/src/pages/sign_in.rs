//! The way in by token, and the way out.

use std::sync::Arc;

use askama::Template;
use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;

use super::page;
use crate::{
    Deps, Problem,
    access::{SESSION_COOKIE, comes_from_our_page},
    session::{Caller, SESSION},
};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    /// Why the last try was refused.
    refused: Option<String>,
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        // Not "/login": an emulator's Cognito answers that path itself.
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-out", post(sign_out))
}

async fn show() -> Result<Response, Problem> {
    page(&SignInPage { refused: None })
}

async fn sign_in(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Problem> {
    if !comes_from_our_page(&headers) {
        return Err(Problem::forbidden("sign in on our own page"));
    }
    let Some(role) = deps.tokens.role_of(credentials.token.trim()) else {
        let refused = Some("That token opens nothing here. It was chosen when the stack was deployed.".to_owned());
        let mut page = page(&SignInPage { refused })?;
        *page.status_mut() = StatusCode::FORBIDDEN;
        return Ok(page);
    };
    let session = deps.sessions.start(&Caller::by_token(role), deps.clock.now())?;
    with_session(Redirect::to("/").into_response(), &session, SESSION.as_secs())
}

async fn sign_out(headers: HeaderMap) -> Result<Response, Problem> {
    if !comes_from_our_page(&headers) {
        return Err(Problem::forbidden("sign out on our own page"));
    }
    with_session(Redirect::to("/sign-in").into_response(), "", 0)
}

/// `Lax`, not `Strict`: a link in a message must open for whoever is signed in. Changes are guarded by where they come from
/// (`access::comes_from_our_page`).
fn with_session(mut response: Response, session: &str, seconds: i64) -> Result<Response, Problem> {
    let cookie = format!("{SESSION_COOKIE}={session}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(response)
}
