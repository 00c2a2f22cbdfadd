//! What clients send, with problems instead of plain-text rejections.

use axum::{
    Json,
    extract::{
        FromRequest, FromRequestParts, Path, Query, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

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
                    Problem::unsupported_media_type("send JSON, with Content-Type: application/json")
                }
                other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(other.body_text()),
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
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// Records of a page at most: 50 unless asked.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i32>,
    /// The `next_cursor` of the page before; the first page without it.
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

/// A cursor that no page gave.
pub(crate) fn unknown_cursor<E>(_: E) -> Problem {
    Problem::invalid("cursor: not one that was given out; begin again without it")
}

/// The key of a supplier's item ([`domain::item_keys`]), which becomes part of records' keys.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, min_length = 1, max_length = 1024, example = "sku:a-1001")]
pub(crate) struct ItemKey(pub(crate) String);

impl ItemKey {
    /// In bytes: the longest sort key of a table ("Quotas", DynamoDB developer guide).
    const LONGEST: usize = 1024;

    /// Whether a text is one.
    pub(crate) fn is_valid(text: &str) -> bool {
        (1..=Self::LONGEST).contains(&text.len())
    }
}

impl TryFrom<String> for ItemKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match Self::is_valid(&text) {
            true => Ok(Self(text)),
            false => Err(format!("item_key: 1 to {} bytes are needed", Self::LONGEST)),
        }
    }
}
