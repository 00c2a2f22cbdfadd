//! Analysis by another service: the two calls of an ml-analyze service, and what a job remembers of its own.
//!
//! `POST {service}/analyze/file` takes an [`AnalysisRequest`] and answers with an [`AnalysisStatus`];
//! `GET {service}/analyze/status/{job_id}` answers with the status as it is by then. A finished one says where the items are.

use std::{fmt, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::{AnalysisProgress, Container, SupplierId};

/// What a file is, in the words of the calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisFileType {
    /// A PDF.
    Pdf,
    /// A workbook of any kind.
    Excel,
    /// Anything else: delimited text, or a page of it.
    Csv,
}

impl From<Container> for AnalysisFileType {
    fn from(container: Container) -> Self {
        match container {
            Container::Pdf => Self::Pdf,
            Container::Zip | Container::Ole2 => Self::Excel,
            _ => Self::Csv,
        }
    }
}

/// "Read this file."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnalysisRequest {
    /// Where the file can be fetched without credentials, for a while.
    pub file_url: String,
    /// Whose list it is, under the caller's id.
    pub supplier_id: SupplierId,
    /// What it is. The bytes count where they say otherwise.
    pub file_type: AnalysisFileType,
}

/// Where an analysis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisState {
    /// Taken on.
    Pending,
    /// Being read.
    Processing,
    /// Read; the items are there.
    Completed,
    /// Given up; `errors` says why.
    Failed,
}

impl AnalysisState {
    /// Whether it will not change any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed)
    }
}

/// What a service says of an analysis. Only the first two fields are needed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnalysisStatus {
    /// The service's name for it.
    pub job_id: String,
    /// Where it stands.
    pub status: AnalysisState,
    /// 0 to 100.
    #[serde(default)]
    pub progress_percentage: f64,
    /// Items done.
    #[serde(default)]
    pub items_processed: u64,
    /// Items found so far.
    #[serde(default)]
    pub items_total: u64,
    /// What is wrong, as texts or as objects with a `message`.
    #[serde(default)]
    pub errors: Vec<Value>,
    /// Of a completed one: where its items can be fetched without credentials, one JSON object (a `ListItem`) a line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items_url: Option<String>,
    /// Of a completed one: where its reading report can be fetched without credentials, if the service makes one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report_url: Option<String>,
}

/// Letters of another service's sentence that are kept.
const SENTENCE: usize = 300;

impl AnalysisStatus {
    /// One that was just taken on.
    pub fn pending(job_id: impl Into<String>) -> Self {
        Self {
            job_id: job_id.into(),
            status: AnalysisState::Pending,
            progress_percentage: 0.0,
            items_processed: 0,
            items_total: 0,
            errors: Vec::new(),
            items_url: None,
            report_url: None,
        }
    }

    /// How far it is, once the service knows how many items there are.
    pub fn progress(&self) -> Option<AnalysisProgress> {
        (self.items_total > 0).then(|| AnalysisProgress {
            items_processed: self.items_processed.min(self.items_total),
            items_total: self.items_total,
        })
    }

    /// The first thing that is wrong, shortened and on one line; none where the service says nothing.
    pub fn first_error(&self) -> Option<String> {
        let said = self.errors.iter().find_map(|error| match error {
            Value::String(text) => Some(text.as_str()),
            other => other.get("message").and_then(Value::as_str),
        })?;
        let line = said.chars().map(|c| if c.is_control() { ' ' } else { c });
        Some(line.take(SENTENCE).collect::<String>().trim().to_owned()).filter(|text| !text.is_empty())
    }
}

/// What reads a list when the service does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RemoteFallback {
    /// The built-in reader.
    #[default]
    Builtin,
    /// The supplier's fixed columns; a supplier that has none is not read.
    Legacy,
    /// Nothing: the job fails.
    Off,
}

/// Not one of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("one of builtin, legacy, off")]
pub struct InvalidRemoteFallback;

impl FromStr for RemoteFallback {
    type Err = InvalidRemoteFallback;

    fn from_str(text: &str) -> Result<Self, InvalidRemoteFallback> {
        match text {
            "builtin" => Ok(Self::Builtin),
            "legacy" => Ok(Self::Legacy),
            "off" => Ok(Self::Off),
            _ => Err(InvalidRemoteFallback),
        }
    }
}

/// What came of asking an ml-analyze service for a job's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RemoteUse {
    /// It is at work, or about to be asked.
    Asked,
    /// Its items are the job's.
    Used,
    /// It gave none; the list was read here.
    FellBack,
}

impl fmt::Display for RemoteUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asked => "asked",
            Self::Used => "used",
            Self::FellBack => "fell back",
        })
    }
}

/// An ml-analyze service's part in a job. It is written down before anybody waits, so that whoever takes the job over goes
/// on where the last one stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoteAnalysis {
    /// What came of it.
    pub state: RemoteUse,
    /// The service's name for its analysis, once it has given one.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub remote_job_id: Option<String>,
    /// When it was first asked.
    pub asked_at: Timestamp,
    /// How often it was asked.
    #[serde(default)]
    pub asked: u32,
    /// Why it gave no items.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(fields: Value) -> AnalysisStatus {
        let mut status = json!({"job_id": "a", "status": "processing"});
        for (name, value) in fields.as_object().unwrap() {
            status[name] = value.clone();
        }
        serde_json::from_value(status).unwrap()
    }

    #[test]
    fn a_status_needs_no_more_than_name_and_state() {
        let status = status(json!({"surplus": [1]}));
        assert_eq!((status.status, status.progress()), (AnalysisState::Processing, None));
        assert_eq!(
            AnalysisStatus {
                status: AnalysisState::Pending,
                ..status
            },
            AnalysisStatus::pending("a")
        );
        assert!(serde_json::from_str::<AnalysisStatus>(r#"{"job_id": "a", "status": "running"}"#).is_err());
    }

    #[test]
    fn progress_never_passes_its_total() {
        let progress = status(json!({"items_processed": 9, "items_total": 4}))
            .progress()
            .unwrap();
        assert_eq!((progress.items_processed, progress.items_total), (4, 4));
    }

    #[test]
    fn what_a_service_says_is_a_short_line() {
        let said = |errors: Value| status(json!({ "errors": errors })).first_error();
        assert_eq!(said(json!(["no\ttable\n"])).as_deref(), Some("no table"));
        assert_eq!(
            said(json!([{"row": 3, "message": "no price"}])).as_deref(),
            Some("no price")
        );
        assert_eq!(said(json!(["x".repeat(10_000)])).unwrap().len(), SENTENCE);
        for nothing in [json!([]), json!([7, null]), json!(["\n"])] {
            assert_eq!(said(nothing), None);
        }
    }
}
