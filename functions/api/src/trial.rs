//! Testing a source before it is saved: what would be read of its list, and how.

mod credential;

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::header,
};
use domain::{Currency, FileName, LegacyMapping, ListItem, RowError, Source};
use pricelist::{Limits, ReadOptions, ReadingReport};
use serde::{Deserialize, Serialize};
use sources::{FetchError, FetchPolicy, Fetched, GoogleSheet, HttpSource, SourceUrl};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    Deps, Problem,
    body::{Body, Parameters},
    problem_answers::{TooLarge, Unprocessable},
};

/// Longest list that is tried: it is read within the request, on the api's share of a processor.
pub(crate) const MAX_BYTES: u64 = 8 << 20;

/// Time for the fetch; the rest of the function's 30 s is for reading.
const FETCH_TIME: Duration = Duration::from_secs(12);

/// Time for reading.
const READING_TIME: Duration = Duration::from_secs(12);

/// Rows and errors that are shown.
const SHOWN: usize = 20;

/// A source to be tried.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SourceToTest)]
struct Tried {
    source: Source,
    #[serde(default)]
    default_currency: Option<Currency>,
    /// Off: the list is read by the columns of `legacy`.
    #[serde(default)]
    process_via_ml: Option<bool>,
    #[serde(default)]
    legacy: Option<LegacyMapping>,
}

/// What is said of a sample sent as it is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Sample {
    /// The sample's name.
    #[serde(default)]
    file_name: Option<String>,
    /// The currency of a sample's prices, where it names none.
    #[serde(default)]
    default_currency: Option<Currency>,
    /// The fixed columns by which it is read, in JSON; none: by inference.
    #[serde(default)]
    legacy: Option<String>,
}

/// How a list would be read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Trial {
    pub(crate) file_name: FileName,
    pub(crate) size: u64,
    pub(crate) report: ReadingReport,
    pub(crate) items_total: usize,
    /// The first of them.
    pub(crate) items: Vec<ListItem>,
    pub(crate) errors_total: usize,
    /// The first of them.
    pub(crate) errors: Vec<RowError>,
}

pub(crate) fn routes() -> OpenApiRouter<Arc<Deps>> {
    OpenApiRouter::new().routes(routes!(test))
}

/// How a source's list, or a sample, would be read; saves nothing.
///
/// JSON names a source, which is fetched; anything else is the list itself, of at most 2 MB.
#[utoipa::path(
    post, path = "/admin/sources/test", tag = "Suppliers", operation_id = "test_source",
    params(Sample),
    request_body(content((Tried = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses((status = OK, description = "How it would be read.", body = Trial), TooLarge, Unprocessable),
)]
async fn test(State(deps): State<Arc<Deps>>, request: Request) -> Result<Json<Trial>, Problem> {
    Ok(Json(run(&deps, request).await?))
}

/// Tries what a request names (JSON) or holds (anything else: the file itself, named by `?file_name=`).
pub(crate) async fn run(deps: &Deps, request: Request) -> Result<Trial, Problem> {
    let content_type = request.headers().get(header::CONTENT_TYPE);
    let is_json = content_type.is_some_and(|it| it.as_bytes().starts_with(b"application/json"));
    if is_json {
        let Body(Tried {
            source,
            default_currency,
            process_via_ml,
            legacy,
        }) = Body::from_request(request, &()).await?;
        source.check().map_err(Problem::invalid)?;
        let mapping = match process_via_ml {
            Some(false) => {
                let missing = || Problem::invalid("legacy: a mapping is needed for process_via_ml = false");
                Some(checked(legacy.ok_or_else(missing)?)?)
            }
            _ => None,
        };
        let (file_name, bytes) = fetch(deps, &source).await?;
        return read(file_name, bytes, default_currency, mapping).await;
    }
    let (mut parts, body) = request.into_parts();
    let Parameters(sample) =
        <Parameters<Sample> as axum::extract::FromRequestParts<()>>::from_request_parts(&mut parts, &()).await?;
    let bytes = Bytes::from_request(Request::from_parts(parts, body), &()).await;
    let bytes = bytes.map_err(|error| Problem::too_large(error.body_text()))?;
    if bytes.is_empty() {
        return Err(Problem::invalid(
            "the sample is empty; send the file itself as the body",
        ));
    }
    let file_name = FileName::sanitised(sample.file_name.as_deref().unwrap_or_default());
    let mapping = match sample.legacy {
        Some(json) => {
            let invalid = |error| Problem::invalid(format!("legacy: {error}"));
            Some(checked(serde_json::from_str(&json).map_err(invalid)?)?)
        }
        None => None,
    };
    read(file_name, bytes.into(), sample.default_currency, mapping).await
}

fn checked(mapping: LegacyMapping) -> Result<LegacyMapping, Problem> {
    mapping.check().map_err(Problem::invalid)?;
    Ok(mapping)
}

async fn fetch(deps: &Deps, source: &Source) -> Result<(FileName, Vec<u8>), Problem> {
    let fetched = match source {
        Source::Http { url, credential } => {
            let url: SourceUrl = url.parse().map_err(|error| refused(&FetchError::from(error)))?;
            let auth = match credential {
                Some(secret) => Some(credential::auth(&deps.secrets, secret).await?),
                None => None,
            };
            let source = HttpSource {
                url,
                auth,
                known_state: None,
            };
            deps.trial_fetcher.open(&source).await
        }
        Source::GoogleSheet { sheet, tab, credential } => {
            let account = match credential {
                Some(secret) => Some(credential::account(&deps.secrets, secret).await?),
                None => None,
            };
            let sheet = GoogleSheet {
                sheet: sheet.clone(),
                tab: *tab,
                account,
                known_state: None,
            };
            deps.trial_sheets
                .open_within(&sheet, FETCH_TIME, deps.clock.now())
                .await
        }
        Source::Upload => {
            return Err(Problem::unprocessable(
                "not_testable",
                "lists of this supplier are uploaded; test with a sample file",
            ));
        }
    };
    let Fetched::Body(mut body) = fetched.map_err(|error| refused(&error))? else {
        return Err(Problem::internal());
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next_chunk().await.map_err(|error| refused(&error))? {
        bytes.extend_from_slice(&chunk);
    }
    Ok((body.file_name, bytes))
}

/// The limits of a trial's fetch: one try, and no longer list than is read.
pub(crate) fn policy(policy: FetchPolicy) -> FetchPolicy {
    FetchPolicy {
        max_bytes: MAX_BYTES,
        read_timeout: FETCH_TIME,
        total_timeout: FETCH_TIME,
        attempts: 1,
        max_resumes: 1,
        ..policy
    }
}

fn refused(error: &FetchError) -> Problem {
    Problem::unprocessable("not_fetched", error.to_string())
}

async fn read(
    file_name: FileName,
    bytes: Vec<u8>,
    default_currency: Option<Currency>,
    mapping: Option<LegacyMapping>,
) -> Result<Trial, Problem> {
    let size = bytes.len() as u64;
    let options = ReadOptions {
        file_name: Some(file_name.to_string()),
        limits: Limits {
            file_bytes: MAX_BYTES,
            entry_bytes: 64 << 20,
            text_bytes: 32 << 20,
            cells: 1_000_000,
            ..Limits::default()
        },
        default_currency,
        ..ReadOptions::default()
    };
    // On a thread of its own: reading is pure computation, and a panic in it costs this request only.
    let reading = tokio::task::spawn_blocking(move || match mapping {
        Some(mapping) => pricelist::read_mapped(&bytes, &options, &mapping),
        None => pricelist::read(&bytes, &options),
    });
    let reading = tokio::time::timeout(READING_TIME, reading).await.map_err(|_| {
        let detail = "reading it takes too long for a test; save the supplier and sync it, or upload the list";
        Problem::unprocessable("too_slow", detail)
    })?;
    let reading = reading.map_err(|panic| {
        tracing::error!(%file_name, %panic, "the reader panicked");
        Problem::unprocessable(
            "reader_failed",
            "the file made the reader fail; send it to whoever keeps this installation",
        )
    })?;
    let mut reading = reading.map_err(|error| Problem::unprocessable(error.code(), error.to_string()))?;
    let (items_total, errors_total) = (reading.items.len(), reading.errors.len());
    reading.items.truncate(SHOWN);
    reading.errors.truncate(SHOWN);
    Ok(Trial {
        file_name,
        size,
        report: reading.report,
        items_total,
        items: reading.items,
        errors_total,
        errors: reading.errors,
    })
}
