//! The ways through analysis, and which one a list takes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which way through analysis a job took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

/// What is stored of a comparison of both ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowReport {
    /// Version of this record's shape.
    pub schema: u32,
    /// The differences in numbers.
    pub summary: ShadowSummary,
    /// Keys of items that only the published way has: some of them.
    pub only_published: Vec<String>,
    /// Keys of items that only the second way has: some of them.
    pub only_shadow: Vec<String>,
    /// Some of the items that both have with another price.
    pub other_price: Vec<ShadowDifference>,
    /// Some of the items that both have with another product.
    pub other_product: Vec<ShadowDifference>,
}

impl ShadowReport {
    /// The version that is written.
    pub const SCHEMA: u32 = 1;
}

/// What both ways say of an item: its price or its product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShadowDifference {
    /// Which item.
    pub item_key: String,
    /// As published.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub published: Option<String>,
    /// As the second way has it.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub shadow: Option<String>,
}
