#![doc = include_str!("../README.md")]

mod access;
mod analyses;
mod body;
mod browser;
mod calibration;
mod caller;
mod catalogue;
mod contract;
mod coverage;
mod deps;
mod drawing;
mod export;
mod hardening;
mod held_results;
mod items;
mod jobs;
mod offers;
mod oidc;
mod pages;
mod problem;
mod problem_answers;
mod products;
mod rates;
mod request_id;
mod review;
mod reviews;
mod searches;
mod session;
mod starting;
mod suppliers;
mod throttle;
mod tokens;
mod trial;
mod uploads;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};
pub use caller::{Caller, Role};
pub use coverage::Offered;
pub use deps::{Deps, StartError, trial_fetcher};
pub use oidc::{InvalidOidc, Oidc, OidcSettings};
pub use problem::Problem;
pub use rates::Rates;
pub use searches::Searches;
pub use session::Sessions;
pub use tokens::{InvalidTokenHash, TokenHash, Tokens};
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// The whole API and its pages. Each subject has its own `routes()`.
pub fn router(deps: Arc<Deps>) -> Router {
    let (api, _) = api_routes().split_for_parts();
    let guarded = api
        .merge(pages::routes())
        .route_layer(middleware::from_fn_with_state(Arc::clone(&deps), rates::limit))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&deps), access::authenticate));
    let served = analyses::routes()
        .route_layer(middleware::from_fn_with_state(Arc::clone(&deps), rates::limit))
        .route_layer(middleware::from_fn_with_state(
            Arc::clone(&deps),
            access::authenticate_service,
        ));
    Router::new()
        .merge(guarded)
        .merge(served)
        .merge(pages::open_routes())
        .route("/healthz", get(|| async { "ok" }))
        .route("/health", get(|| async { "ok" }))
        .fallback(|| async { Problem::not_found("there is nothing at this address") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn(pages::show_problems))
        .layer(middleware::map_response_with_state(
            Arc::clone(&deps),
            hardening::harden,
        ))
        .layer(middleware::from_fn(request_id::name))
        .layer(CompressionLayer::new())
        .with_state(deps)
}

/// The API: a route and its description are one thing.
fn api_routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new()
        .merge(calibration::routes())
        .merge(catalogue::routes())
        .merge(contract::routes())
        .merge(coverage::routes())
        .merge(drawing::routes())
        .merge(export::routes())
        .merge(held_results::routes())
        .merge(items::routes())
        .merge(offers::routes())
        .merge(jobs::routes())
        .merge(products::routes())
        .merge(reviews::routes())
        .merge(suppliers::routes())
        .merge(trial::routes())
        .merge(uploads::routes())
}

/// The API's OpenAPI document, as it is served.
pub fn openapi() -> OpenApi {
    contract::described(api_routes().into_openapi())
}
