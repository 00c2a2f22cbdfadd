//! What every answer carries to keep pages safe.

use std::sync::Arc;

use axum::{extract::State, http::HeaderValue, response::Response};

use crate::{Deps, pages};

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
