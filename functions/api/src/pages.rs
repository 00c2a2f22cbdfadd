//! The pages: HTML from templates, kept live by htmx. Each subject has a file of its own, with its `routes()`.

mod assets;
mod catalogue;
mod differences;
pub(crate) mod format;
mod frame;
mod health;
mod items;
mod job;
mod jobs;
mod matching;
mod phases;
mod products;
mod reading;
mod reference;
mod review;
mod sign_in;
mod suppliers;
mod upload;

use std::sync::Arc;

use askama::Template;
pub(crate) use assets::{address as asset, icon, style, style_source};
use axum::{
    Router,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
pub(crate) use frame::{Frame, Section};

use crate::{Deps, Problem, browser::is_navigation};

/// Pages for those who are signed in.
pub(crate) fn routes() -> Router<Arc<Deps>> {
    Router::new()
        .merge(catalogue::routes())
        .merge(items::routes())
        .merge(job::routes())
        .merge(jobs::routes())
        .merge(matching::routes())
        .merge(products::routes())
        .merge(reference::routes())
        .merge(review::routes())
        .merge(suppliers::routes())
        .merge(upload::routes())
}

/// What is there for everybody: the way in, and what pages are made of.
pub(crate) fn open_routes() -> Router<Arc<Deps>> {
    Router::new().merge(sign_in::routes()).merge(assets::routes())
}

/// A page or a part of one.
pub(crate) fn page(template: &impl Template) -> Result<Response, Problem> {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page could not be rendered");
        Problem::internal()
    })?;
    Ok(Html(html).into_response())
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    problem: Problem,
}

/// A person who opens an address that cannot be answered sees a page, not JSON.
pub(crate) async fn show_problems(request: Request, next: Next) -> Response {
    let wants_page = is_navigation(request.headers());
    let response = next.run(request).await;
    match response.extensions().get::<Problem>() {
        Some(problem) if wants_page => {
            let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let shown = page(&ProblemPage {
                problem: problem.clone(),
            });
            let mut shown = shown.unwrap_or_else(IntoResponse::into_response);
            *shown.status_mut() = status;
            if let Some(challenge) = response.headers().get(header::WWW_AUTHENTICATE) {
                shown.headers_mut().insert(header::WWW_AUTHENTICATE, challenge.clone());
            }
            shown
        }
        _ => response,
    }
}
