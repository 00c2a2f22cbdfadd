#![doc = include_str!("../README.md")]

mod access;
mod body;
mod catalogue;
mod deps;
mod items;
mod jobs;
mod pages;
mod problem;
mod session;
mod starting;
mod suppliers;
mod uploads;

use std::sync::Arc;

use axum::{
    Router, middleware,
    routing::{get, post},
};
pub use deps::{Deps, StartError};
pub use problem::Problem;
pub use session::AdminToken;

/// The whole API and its pages.
pub fn router(deps: Arc<Deps>) -> Router {
    let guarded = Router::new()
        .route("/admin/uploads", post(uploads::announce_list))
        .route("/admin/catalogue", get(catalogue::show))
        .route("/admin/catalogue/uploads", post(uploads::announce_catalogue))
        .route("/admin/jobs", get(jobs::list))
        .route("/admin/jobs/{job_id}", get(jobs::show))
        .route("/admin/jobs/{job_id}/report", get(jobs::report))
        .route("/admin/jobs/{job_id}/retry", post(jobs::retry))
        .route("/admin/suppliers", get(suppliers::list).post(suppliers::add))
        .route(
            "/admin/suppliers/{supplier_id}",
            get(suppliers::show).put(suppliers::change),
        )
        .route("/admin/suppliers/{supplier_id}/sync", post(suppliers::sync))
        .route("/admin/suppliers/{supplier_id}/items", get(items::of_supplier))
        .route("/admin/products/{product_id}", get(catalogue::product))
        .route("/admin/products/{product_id}/offers", get(items::offers))
        .route("/", get(pages::jobs))
        .route("/jobs/rows", get(pages::job_rows))
        .route("/sign-out", post(pages::sign_out))
        .route_layer(middleware::from_fn_with_state(Arc::clone(&deps), access::require_admin));
    Router::new()
        .merge(guarded)
        .route("/healthz", get(|| async { "ok" }))
        // Not "/login": an emulator's Cognito answers that path itself.
        .route("/sign-in", get(pages::sign_in_page).post(pages::sign_in))
        .route("/assets/app.css", get(pages::style))
        .route("/assets/app.js", get(pages::script))
        .fallback(|| async { Problem::not_found("no such path") })
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::map_response(access::harden))
        .with_state(deps)
}
