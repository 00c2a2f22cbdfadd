//! The ways in, by token and by the company's accounts, and the way out.

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
    body::Parameters,
    browser::{SESSION_COOKIE, comes_from_our_page, cookie},
    caller::Caller,
    oidc::{Journey, Oidc, PATIENCE, Refusal, Return},
    session::SESSION,
    throttle::{self, Address},
};

/// Holds the [`Journey`] to the provider and back, and its seal's purpose.
const JOURNEY_COOKIE: &str = "sign-in";

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    /// Why the last try was refused.
    refused: Option<String>,
    by_account: bool,
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
}

pub(super) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        // Not "/login": an emulator's Cognito answers that path itself.
        .route("/sign-in", get(show).post(sign_in))
        .route("/sign-in/oidc", get(to_provider))
        .route("/sign-in/oidc/back", get(from_provider))
        .route("/sign-out", post(sign_out))
}

async fn show(State(deps): State<Arc<Deps>>) -> Result<Response, Problem> {
    page(&SignInPage {
        refused: None,
        by_account: deps.oidc.is_some(),
    })
}

fn refused(deps: &Deps, status: StatusCode, why: String) -> Result<Response, Problem> {
    let mut page = page(&SignInPage {
        refused: Some(why),
        by_account: deps.oidc.is_some(),
    })?;
    *page.status_mut() = status;
    Ok(page)
}

async fn sign_in(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    address: Address,
    Form(credentials): Form<Credentials>,
) -> Result<Response, Problem> {
    if !comes_from_our_page(&headers) {
        return Err(Problem::forbidden("sign in on our own page"));
    }
    let counted = throttle::count(&deps, address, deps.clock.now()).await?;
    let Some(role) = deps.tokens.role_of(credentials.token.trim()) else {
        let why = "That token opens nothing here. It was chosen when the stack was deployed.";
        return refused(&deps, StatusCode::FORBIDDEN, why.to_owned());
    };
    counted.take_back(&deps).await?;
    let session = deps.sessions.start(&Caller::by_token(role), deps.clock.now())?;
    with_cookie(
        Redirect::to("/").into_response(),
        SESSION_COOKIE,
        &session,
        SESSION.as_secs(),
    )
}

async fn to_provider(State(deps): State<Arc<Deps>>) -> Result<Response, Problem> {
    let now = deps.clock.now();
    match provider(&deps)?.begin(now).await {
        Ok((address, journey)) => {
            let sealed = deps.sessions.seal(JOURNEY_COOKIE, &journey, now, PATIENCE)?;
            let response = Redirect::to(address.as_str()).into_response();
            with_cookie(response, JOURNEY_COOKIE, &sealed, PATIENCE.as_secs())
        }
        Err(refusal) => not_let_in(&deps, &refusal),
    }
}

async fn from_provider(
    State(deps): State<Arc<Deps>>,
    headers: HeaderMap,
    address: Address,
    Parameters(back): Parameters<Return>,
) -> Result<Response, Problem> {
    let now = deps.clock.now();
    let provider = provider(&deps)?;
    let journey: Option<Journey> =
        cookie(&headers, JOURNEY_COOKIE).and_then(|sealed| deps.sessions.open(JOURNEY_COOKIE, sealed, now));
    let counted = throttle::count(&deps, address, now).await?;
    let came = match journey {
        Some(journey) => provider.finish(back, &journey, now).await,
        None => Err(Refusal::OtherJourney),
    };
    let response = match came {
        Ok(caller) => {
            counted.take_back(&deps).await?;
            let session = deps.sessions.start(&caller, now)?;
            with_cookie(
                Redirect::to("/").into_response(),
                SESSION_COOKIE,
                &session,
                SESSION.as_secs(),
            )?
        }
        Err(refusal) => not_let_in(&deps, &refusal)?,
    };
    // A journey is made once.
    with_cookie(response, JOURNEY_COOKIE, "", 0)
}

fn provider(deps: &Deps) -> Result<&Oidc, Problem> {
    let none = || Problem::not_found("signing in with an account is not set up here; sign in with a token");
    deps.oidc.as_ref().ok_or_else(none)
}

/// What went wrong between us and the provider stands in the log; the page tells what to do.
fn not_let_in(deps: &Deps, refusal: &Refusal) -> Result<Response, Problem> {
    tracing::warn!(%refusal, cause = ?std::error::Error::source(refusal), "not signed in");
    let status = match refusal {
        Refusal::Provider(_) | Refusal::Random(_) => StatusCode::BAD_GATEWAY,
        _ => StatusCode::FORBIDDEN,
    };
    let mut why = refusal.to_string();
    if let Some(first) = why.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    refused(deps, status, format!("{why}."))
}

async fn sign_out(headers: HeaderMap) -> Result<Response, Problem> {
    if !comes_from_our_page(&headers) {
        return Err(Problem::forbidden("sign out on our own page"));
    }
    with_cookie(Redirect::to("/sign-in").into_response(), SESSION_COOKIE, "", 0)
}

/// `Lax`, not `Strict`: a link in a message must open for whoever is signed in, and a provider sends back from its own
/// site. Changes are guarded by where they come from (`browser::comes_from_our_page`).
fn with_cookie(mut response: Response, name: &str, value: &str, seconds: i64) -> Result<Response, Problem> {
    let cookie = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax");
    let cookie = HeaderValue::from_str(&cookie).map_err(|_| Problem::internal())?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
