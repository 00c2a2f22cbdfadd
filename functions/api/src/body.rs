//! What clients send, with problems instead of plain-text rejections.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::request::Parts,
};
use serde::{Deserialize, de::DeserializeOwned};

use crate::Problem;

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let result = Json::<T>::from_request(request, state).await;
        result
            .map(|Json(body)| Self(body))
            .map_err(|error: JsonRejection| match error {
                JsonRejection::MissingJsonContentType(_) => {
                    Problem::invalid("send JSON, with Content-Type: application/json")
                }
                other => Problem::invalid(other.body_text()),
            })
    }
}

/// A path segment in its type.
pub(crate) struct Segment<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segment<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let result = Path::<T>::from_request_parts(parts, state).await;
        result
            .map(|Path(segment)| Self(segment))
            .map_err(|error: PathRejection| Problem::invalid(error.body_text()))
    }
}

/// The query's parameters.
pub(crate) struct Parameters<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let result = Query::<T>::from_request_parts(parts, state).await;
        result
            .map(|Query(query)| Self(query))
            .map_err(|error: QueryRejection| Problem::invalid(error.body_text()))
    }
}

/// How many records of a list, and from where on.
#[derive(Debug, Deserialize)]
pub(crate) struct Paging {
    limit: Option<i32>,
    pub(crate) cursor: Option<String>,
}

impl Paging {
    /// A page of the usual size that goes on after `cursor`.
    pub(crate) fn after(cursor: Option<String>) -> Self {
        Self { limit: None, cursor }
    }

    /// Records a page: 50 unless asked, at most 200.
    pub(crate) fn limit(&self) -> Result<i32, Problem> {
        match self.limit.unwrap_or(50) {
            limit @ 1..=200 => Ok(limit),
            other => Err(Problem::invalid(format!("limit: between 1 and 200, not {other}"))),
        }
    }
}
