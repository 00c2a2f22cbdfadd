//! The ways through analysis, and which one a list takes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which way through analysis a job took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisPath {
    /// Structure and matches inferred.
    #[default]
    Ml,
    /// The supplier's fixed columns, and equality of SKU or barcode.
    Legacy,
    /// Items read by another service, matched here.
    Remote,
}

impl fmt::Display for AnalysisPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ml => "ml",
            Self::Legacy => "legacy",
            Self::Remote => "remote",
        })
    }
}

/// How a second way would have read the list, in numbers. Nothing of it is published.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ShadowSummary {
    /// The second way.
    pub path: AnalysisPath,
    /// Why it could not be gone to its end; the numbers are 0 then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Items it read.
    pub items: u64,
    /// Items it found in the catalogue.
    pub matched: u64,
    /// Rows it could not read.
    pub errors: u64,
    /// Items that only the published way has.
    pub only_published: u64,
    /// Items that only the second way has.
    pub only_shadow: u64,
    /// Items that both have with another price.
    pub other_price: u64,
    /// Items that both have with another product, or only one of them with a product.
    pub other_product: u64,
}
