//! How far a job is, and what came of it in numbers.

use serde::{Deserialize, Serialize};

use crate::ChangeCounts;

/// How far a download is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DownloadProgress {
    /// 0 to 100; stays 0 while the size is unknown.
    pub percentage: u8,
    /// Bytes received.
    pub bytes_downloaded: u64,
}

impl DownloadProgress {
    /// Progress of `received` bytes out of `total`, if the source told it.
    pub fn new(received: u64, total: Option<u64>) -> Self {
        let percentage = match total {
            Some(total) if total > 0 => u8::try_from((received.saturating_mul(100) / total).min(99)).unwrap_or(99),
            _ => 0,
        };
        Self {
            percentage,
            bytes_downloaded: received,
        }
    }

    /// All of it.
    pub fn done(received: u64) -> Self {
        Self {
            percentage: 100,
            bytes_downloaded: received,
        }
    }
}

/// How far matching is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AnalysisProgress {
    /// Items looked up so far.
    pub items_processed: u64,
    /// Items read from the file.
    pub items_total: u64,
}

/// What came of a job, in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Summary {
    /// Items read.
    pub items: u64,
    /// Items with an accepted product.
    pub matched: u64,
    /// Items that a person must look at.
    pub review: u64,
    /// Items that are like nothing in the catalogue.
    pub new: u64,
    /// Items that the list published before did not have.
    pub added: u64,
    /// Items that the list published before had with other data.
    pub changed: u64,
    /// Items of the list published before that are gone.
    pub discontinued: u64,
    /// Rows that could not be read.
    pub errors: u64,
    /// A newer list was published first: this one's items were left unpublished.
    pub superseded: bool,
    /// The list is the published one, byte for byte: it was not read again, and the other numbers are those of the job
    /// that brought it, where its record is still kept.
    #[serde(default)]
    pub unchanged: bool,
    /// The changes that were published, by kind; an item may count in several.
    #[serde(default)]
    pub changes: ChangeCounts,
}
