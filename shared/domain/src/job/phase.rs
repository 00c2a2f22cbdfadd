//! Where a job stands, and who has it in hand.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = JobPhase))]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The bytes are being fetched or awaited.
    Downloading,
    /// The bytes are being read into items.
    Analyzing,
    /// The items are being looked up in the catalogue and published.
    Matching,
    /// Done.
    Complete,
    /// Ended without a result; `error` says why.
    Failed,
}

impl Phase {
    /// The phase's name, as stored and as shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Downloading => "downloading",
            Self::Analyzing => "analyzing",
            Self::Matching => "matching",
            Self::Complete => "complete",
            Self::Failed => "failed",
        }
    }

    /// Whether the job is still on its way.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Complete | Self::Failed)
    }

    /// Whether the contract allows the step from this phase to `next`.
    pub fn may_become(self, next: Self) -> bool {
        use Phase::{Analyzing, Complete, Downloading, Failed, Matching};
        matches!(
            (self, next),
            (Downloading, Analyzing)
                | (Analyzing, Matching)
                | (Downloading | Matching, Complete)
                | (Downloading | Analyzing | Matching, Failed)
                | (Failed, Downloading)
        )
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Raised whenever somebody takes a job in hand. A write that names an older fence does nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fence(u64);

impl Fence {
    /// The counter.
    pub fn count(self) -> u64 {
        self.0
    }

    pub(crate) fn raised(self) -> Self {
        Self(self.0 + 1)
    }
}
