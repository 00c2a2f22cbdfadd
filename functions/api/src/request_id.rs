//! A name for each request: in its answer, in a problem, and in every log line that it leaves. Each leaves at least one.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;
use uuid::Uuid;

use crate::Problem;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Longest name that is taken over from a client.
const LONGEST: usize = 64;

/// Names the request: as the client does in `x-request-id`, if that is a plain word, or anew.
pub(crate) async fn name(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let span = tracing::info_span!("request", request_id = id, method = %request.method(), path = request.uri().path());
    let mut response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), "answered"));
    if let Some(problem) = response.extensions().get::<Problem>()
        && is_problem_json(&response)
    {
        let headers = response.headers().clone();
        let mut named = problem.clone().of_request(id.clone()).into_response();
        for (name, value) in &headers {
            if name != axum::http::header::CONTENT_LENGTH {
                named.headers_mut().insert(name, value.clone());
            }
        }
        response = named;
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(HEADER)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    ((1..=LONGEST).contains(&id.len()) && id.bytes().all(plain)).then(|| id.to_owned())
}

fn is_problem_json(response: &Response) -> bool {
    let content_type = response.headers().get(axum::http::header::CONTENT_TYPE);
    content_type.is_some_and(|value| value == "application/problem+json")
}
