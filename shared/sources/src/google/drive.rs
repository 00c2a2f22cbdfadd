//! What Drive says of a file.

use std::collections::HashMap;

use domain::{FileState, SheetId};
use serde::Deserialize;

use super::GoogleEndpoints;
use crate::{body::FetchedBody, error::FetchError, source_url::SourceUrl};

/// The MIME type of a Google sheet.
pub(super) const SPREADSHEET: &str = "application/vnd.google-apps.spreadsheet";

/// The MIME type of a workbook.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The fields of Drive's `File` that are asked for.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DriveFile {
    pub(super) name: String,
    pub(super) mime_type: String,
    /// An integer as text; rises with every change, those of sharing included.
    version: Option<String>,
    modified_time: Option<String>,
    #[serde(default)]
    export_links: HashMap<String, String>,
}

/// An answer with these fields is under 4 KB.
const MAX_ANSWER: usize = 64 << 10;

impl DriveFile {
    pub(super) async fn read(mut body: Box<FetchedBody>) -> Result<Self, FetchError> {
        let unreadable = FetchError::UnreadableAnswer {
            url: body.final_url.to_string(),
        };
        let mut json = Vec::new();
        while let Some(chunk) = body.next_chunk().await? {
            if json.len() + chunk.len() > MAX_ANSWER {
                return Err(unreadable);
            }
            json.extend_from_slice(&chunk);
        }
        serde_json::from_slice(&json).map_err(|_| unreadable)
    }

    pub(super) fn state(&self) -> FileState {
        FileState {
            drive_version: self.version.clone(),
            drive_modified: self.modified_time.clone(),
            ..FileState::default()
        }
    }

    /// Whether the file's content is what it was in state `known`: neither was it written since, nor anything else about
    /// it changed.
    pub(super) fn is_in(&self, known: &FileState) -> bool {
        let same = |now: &Option<String>, known: &Option<String>| now.is_some() && now == known;
        same(&self.version, &known.drive_version) || same(&self.modified_time, &known.drive_modified)
    }

    pub(super) fn export_link(&self, endpoints: &GoogleEndpoints, mime_type: &str) -> Option<SourceUrl> {
        endpoints.trusted(self.export_links.get(mime_type)?)
    }

    pub(super) fn not_a_sheet(&self, sheet: &SheetId, tab: bool) -> FetchError {
        let mime_type = self.mime_type.chars().filter(|c| !c.is_control()).take(100).collect();
        FetchError::NotASheet {
            sheet: sheet.to_string(),
            mime_type,
            tab,
        }
    }
}

/// Why Drive refused, as it says in the body of a 403 (`error.errors[].reason`, "Resolve errors", Drive API guide).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// A quota is used up for now.
    Quota,
    /// Over the 10 MB that `files.export` gives.
    ExportTooLarge,
    /// The account's project does not use the Drive API.
    ApiDisabled,
}

impl Refused {
    /// Reads the body of a 403; none if it is another reason, or not in Google's form.
    pub(crate) fn of_body(json: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Answer {
            error: Status,
        }
        #[derive(Deserialize)]
        struct Status {
            #[serde(default)]
            errors: Vec<Reason>,
        }
        #[derive(Deserialize)]
        struct Reason {
            reason: String,
        }
        let answer: Answer = serde_json::from_slice(json).ok()?;
        answer
            .error
            .errors
            .iter()
            .find_map(|error| match error.reason.as_str() {
                "rateLimitExceeded"
                | "userRateLimitExceeded"
                | "sharingRateLimitExceeded"
                | "dailyLimitExceeded"
                | "quotaExceeded"
                | "downloadQuotaExceeded" => Some(Self::Quota),
                "exportSizeLimitExceeded" => Some(Self::ExportTooLarge),
                "accessNotConfigured" => Some(Self::ApiDisabled),
                _ => None,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(reason: &str) -> String {
        serde_json::json!({"error": {"code": 403, "message": "m", "errors": [
            {"domain": "usageLimits", "reason": reason, "message": "m"}]}})
        .to_string()
    }

    #[test]
    fn a_refusal_s_reason_is_in_its_body() {
        for (reason, refused) in [
            ("userRateLimitExceeded", Some(Refused::Quota)),
            ("exportSizeLimitExceeded", Some(Refused::ExportTooLarge)),
            ("accessNotConfigured", Some(Refused::ApiDisabled)),
            ("insufficientFilePermissions", None),
        ] {
            assert_eq!(Refused::of_body(body(reason).as_bytes()), refused, "{reason}");
        }
        for other in ["", "<html>", "[]", r#"{"error":"invalid_grant"}"#] {
            assert_eq!(Refused::of_body(other.as_bytes()), None);
        }
    }

    #[test]
    fn a_file_is_unchanged_by_version_or_time_and_never_for_want_of_both() {
        let file = |version: Option<&str>, time: Option<&str>| DriveFile {
            name: "Prices".into(),
            mime_type: SPREADSHEET.into(),
            version: version.map(str::to_owned),
            modified_time: time.map(str::to_owned),
            export_links: HashMap::new(),
        };
        let known = file(Some("7"), Some("2026-01-01T00:00:00.000Z")).state();
        assert!(file(Some("8"), Some("2026-01-01T00:00:00.000Z")).is_in(&known));
        assert!(file(Some("7"), None).is_in(&known));
        assert!(!file(Some("8"), Some("2026-01-02T00:00:00.000Z")).is_in(&known));
        assert!(!file(None, None).is_in(&FileState::default()));
    }

    #[test]
    fn a_token_goes_to_google_only() {
        let endpoints = GoogleEndpoints::new(None, None).unwrap();
        assert!(
            endpoints
                .trusted("https://docs.google.com/spreadsheets/export?id=x&exportFormat=xlsx")
                .is_some()
        );
        for link in [
            "https://docs.google.com.evil.example/x",
            "http://docs.google.com/x",
            "https://docs.google.com:444/x",
            "nonsense",
        ] {
            assert!(endpoints.trusted(link).is_none(), "{link}");
        }
    }
}
