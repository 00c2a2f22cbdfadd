//! The calls of an external ml-analyze service, under the guard and the limits of its fetcher.

use std::time::Duration;

use domain::{AnalysisRequest, AnalysisStatus, ListItem};
use http::StatusCode;
use thiserror::Error;
use tokio::time::Instant;

use crate::{
    auth::Auth,
    error::FetchError,
    exchange::{Call, Sent},
    fetcher::{Fetched, HttpFetcher, HttpSource},
    source_url::{InvalidUrl, SourceUrl},
};

/// An ml-analyze service. Every call is tried again after transient failures, as the fetcher's policy says.
#[derive(Debug, Clone)]
pub struct MlAnalyze {
    fetcher: HttpFetcher,
    base: SourceUrl,
}

/// Why a service gave no answer that can be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MlAnalyzeError {
    /// It could not be asked, or its result could not be fetched, in as many tries as the policy allows.
    #[error("the ml-analyze service {service} cannot be used now: {}", reason(cause))]
    Unavailable {
        /// Its address.
        service: String,
        /// Of the last try.
        cause: FetchError,
    },
    /// It does not do what it is asked for.
    #[error("the ml-analyze service {service} refuses {what} (HTTP {}): check its address and its token", status.as_u16())]
    Refused {
        /// Its address.
        service: String,
        /// The call.
        what: &'static str,
        /// The answer's status.
        status: StatusCode,
    },
    /// It does not know the analysis (any more).
    #[error("the ml-analyze service {service} no longer knows the analysis")]
    Forgotten {
        /// Its address.
        service: String,
    },
    /// An answer that is not of the protocol.
    #[error("the answer of the ml-analyze service {service} to {what} cannot be read: {detail}")]
    Unreadable {
        /// Its address.
        service: String,
        /// The call.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
}

/// Letters of a service's name for an analysis.
const MAX_ID: usize = 128;

/// Bytes of one item: a built-in reader's item has some hundreds.
const MAX_LINE: usize = 64 << 10;

/// Items of one list: a row of a full worksheet each.
const MAX_ITEMS: usize = 1 << 20;

/// Bytes of a reading report.
const MAX_REPORT: usize = 32 << 20;

impl MlAnalyze {
    /// The service at `base`, with or without a path of its own.
    ///
    /// # Errors
    /// It has a query, below which there is no path.
    pub fn new(fetcher: HttpFetcher, base: &str) -> Result<Self, InvalidUrl> {
        let base: SourceUrl = base.parse()?;
        let plain = base.expose().split('?').next().unwrap_or_default();
        let base = plain.trim_end_matches('/').parse()?;
        Ok(Self { fetcher, base })
    }

    /// Whether the service is up.
    ///
    /// # Errors
    /// It is not.
    pub async fn check_health(&self, time: Duration) -> Result<(), MlAnalyzeError> {
        const WHAT: &str = "the health check";
        let (status, _) = self.call("/health", None, Sent::Nothing, time).await?;
        match status.is_success() {
            true => Ok(()),
            false => Err(self.refused(WHAT, status)),
        }
    }

    /// Asks for a file to be read.
    ///
    /// # Errors
    /// It does not take it.
    pub async fn start(
        &self,
        request: &AnalysisRequest,
        auth: Option<&Auth>,
        time: Duration,
    ) -> Result<AnalysisStatus, MlAnalyzeError> {
        const WHAT: &str = "the analysis of a file";
        let json = serde_json::to_string(request).map_err(|error| self.unreadable(WHAT, error.to_string()))?;
        let sent = Sent::Json(json.into());
        let (status, json) = self.call("/analyze/file", auth, sent, time).await?;
        match status.is_success() {
            true => self.read_status(WHAT, &json),
            false => Err(self.refused(WHAT, status)),
        }
    }

    /// Where an analysis stands.
    ///
    /// # Errors
    /// It does not say.
    pub async fn status(
        &self,
        job_id: &str,
        auth: Option<&Auth>,
        time: Duration,
    ) -> Result<AnalysisStatus, MlAnalyzeError> {
        const WHAT: &str = "the status of an analysis";
        if !is_id(job_id) {
            return Err(self.unreadable(WHAT, "its name for the analysis is none".to_owned()));
        }
        let path = format!("/analyze/status/{job_id}");
        match self.call(&path, auth, Sent::Nothing, time).await? {
            (StatusCode::OK, json) => self.read_status(WHAT, &json),
            (StatusCode::NOT_FOUND | StatusCode::GONE, _) => Err(MlAnalyzeError::Forgotten {
                service: self.base.to_string(),
            }),
            (status, _) => Err(self.refused(WHAT, status)),
        }
    }

    /// The items at `items_url`, which a finished analysis named. No credentials are sent there.
    ///
    /// # Errors
    /// They cannot be fetched, or are none.
    pub async fn items(&self, items_url: &str, time: Duration) -> Result<Vec<ListItem>, MlAnalyzeError> {
        const WHAT: &str = "the items of an analysis";
        let mut items = Vec::new();
        let mut line = Vec::new();
        let take = |line: &[u8], items: &mut Vec<ListItem>| {
            let number = items.len() + 1;
            if line.trim_ascii().is_empty() {
                return Ok(());
            }
            if number > MAX_ITEMS {
                return Err(self.unreadable(WHAT, format!("more than {MAX_ITEMS} items")));
            }
            let item = serde_json::from_slice(line);
            // The error is of the parser's own words; of the line it repeats the place and the kind of what stands there.
            items.push(item.map_err(|error| self.unreadable(WHAT, format!("item {number}: {error}")))?);
            Ok(())
        };
        let until = Instant::now() + time;
        let mut body = self.open(items_url, time).await?;
        let next = async {
            while let Some(chunk) = body.next_chunk().await.map_err(|cause| self.unavailable(cause))? {
                for piece in chunk.split_inclusive(|byte| *byte == b'\n') {
                    line.extend_from_slice(piece);
                    if line.len() > MAX_LINE {
                        return Err(self.unreadable(WHAT, format!("a line of more than {MAX_LINE} bytes")));
                    }
                    if piece.ends_with(b"\n") {
                        take(&line, &mut items)?;
                        line.clear();
                    }
                }
            }
            take(&line, &mut items)
        };
        tokio::time::timeout_at(until, next)
            .await
            .map_err(|_| self.unreadable(WHAT, format!("they did not come within {} s", time.as_secs())))??;
        Ok(items)
    }

    /// The reading report at `report_url`, as JSON.
    ///
    /// # Errors
    /// It cannot be fetched, or is too large.
    pub async fn report(&self, report_url: &str, time: Duration) -> Result<Vec<u8>, MlAnalyzeError> {
        const WHAT: &str = "the report of an analysis";
        let mut json = Vec::new();
        let mut body = self.open(report_url, time).await?;
        while let Some(chunk) = body.next_chunk().await.map_err(|cause| self.unavailable(cause))? {
            if json.len() + chunk.len() > MAX_REPORT {
                return Err(self.unreadable(WHAT, format!("more than {MAX_REPORT} bytes")));
            }
            json.extend_from_slice(&chunk);
        }
        Ok(json)
    }

    async fn open(&self, url: &str, time: Duration) -> Result<Box<crate::FetchedBody>, MlAnalyzeError> {
        let opened = async {
            let source = HttpSource {
                url: url.parse().map_err(FetchError::from)?,
                auth: None,
                known_state: None,
            };
            match self.fetcher.open_within(&source, time).await? {
                Fetched::Body(body) => Ok(body),
                // Nothing was asked conditionally.
                Fetched::Unchanged => Err(FetchError::UnreadableAnswer {
                    url: source.url.to_string(),
                }),
            }
        };
        opened.await.map_err(|cause| self.unavailable(cause))
    }

    async fn call(
        &self,
        path: &str,
        auth: Option<&Auth>,
        sent: Sent,
        time: Duration,
    ) -> Result<(StatusCode, Vec<u8>), MlAnalyzeError> {
        let called = async {
            let url: SourceUrl = format!("{}{path}", self.base.expose().trim_end_matches('/')).parse()?;
            let call = Call { url: &url, auth, sent };
            self.fetcher.call(&call, time).await
        };
        called.await.map_err(|cause| self.unavailable(cause))
    }

    fn read_status(&self, what: &'static str, json: &[u8]) -> Result<AnalysisStatus, MlAnalyzeError> {
        let status: AnalysisStatus =
            serde_json::from_slice(json).map_err(|error| self.unreadable(what, error.to_string()))?;
        match is_id(&status.job_id) {
            true => Ok(status),
            false => Err(self.unreadable(what, "its name for the analysis is none".to_owned())),
        }
    }

    fn unavailable(&self, cause: FetchError) -> MlAnalyzeError {
        let service = self.base.to_string();
        MlAnalyzeError::Unavailable { service, cause }
    }

    fn refused(&self, what: &'static str, status: StatusCode) -> MlAnalyzeError {
        let service = self.base.to_string();
        MlAnalyzeError::Refused { service, what, status }
    }

    fn unreadable(&self, what: &'static str, detail: String) -> MlAnalyzeError {
        let detail = detail.chars().filter(|c| !c.is_control()).take(200).collect();
        MlAnalyzeError::Unreadable {
            service: self.base.to_string(),
            what,
            detail,
        }
    }
}

impl MlAnalyzeError {
    /// A stable name for the class, for job records, metrics and alarms.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "remote_unavailable",
            Self::Refused { .. } => "remote_refused",
            Self::Forgotten { .. } => "remote_forgotten",
            Self::Unreadable { .. } => "remote_unreadable",
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unavailable { cause, .. } => cause.is_transient(),
            Self::Forgotten { .. } => true,
            Self::Refused { .. } | Self::Unreadable { .. } => false,
        }
    }
}

/// Why a call failed, as to a service of the operator's own: the sentences of [`FetchError`] speak of suppliers.
fn reason(cause: &FetchError) -> String {
    match cause {
        FetchError::ConnectionFailed { .. } => "nobody answers there".to_owned(),
        FetchError::NameNotResolved { .. } => "its host could not be found".to_owned(),
        FetchError::TimedOut { after, .. } => format!("no whole answer within {} s", after.as_secs_f64()),
        FetchError::ServerError { status, .. } => format!("it fails (HTTP {})", status.as_u16()),
        FetchError::RateLimited { .. } => "it is asked too often (HTTP 429)".to_owned(),
        FetchError::AddressRefused { refusal, .. } => {
            format!("it is at a refused address ({refusal}); AllowedSourceCidrs has to list its network")
        }
        other => other.code().to_owned(),
    }
}

/// Whether a service's name for an analysis can be part of a path.
fn is_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(is_plain)
}
