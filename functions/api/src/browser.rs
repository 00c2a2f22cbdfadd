//! What a browser's request says of itself.

use axum::http::{HeaderMap, header};

/// The cookie of a session.
pub(crate) const SESSION_COOKIE: &str = "session";

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

/// Browsers tell the relation of a request's origin to its target, and pages cannot forge it (W3C Fetch Metadata). The
/// Host and Origin headers are no help here: a function URL may stand behind a proxy that changes the host.
pub(crate) fn comes_from_our_page(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

/// Whether a person's browser asks for a page, and not a script of one for a part.
pub(crate) fn is_navigation(headers: &HeaderMap) -> bool {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    accept.contains("text/html") && !headers.contains_key("hx-request")
}
