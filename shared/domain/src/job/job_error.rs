//! Why a job failed.

use serde::{Deserialize, Serialize};

/// Why a job failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JobError {
    /// Stable, snake_case; for programs and alarms.
    pub code: String,
    /// A sentence for the admin: what, where, what to do.
    pub message: String,
    /// The received bytes are at fault, so a retry must fetch them anew where it can.
    #[serde(default)]
    pub about_file: bool,
}

impl JobError {
    /// An error under a stable code.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            about_file: false,
        }
    }

    /// An error under a stable code, its text made a sentence.
    pub fn sentence(code: impl Into<String>, text: &str) -> Self {
        let mut letters = text.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
        Self::new(code, format!("{first}{}{stop}", letters.as_str()))
    }

    /// An error in the received bytes.
    pub fn in_file(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            about_file: true,
            ..Self::new(code, message)
        }
    }
}
