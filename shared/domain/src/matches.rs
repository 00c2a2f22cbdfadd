//! What was found in the catalogue for an item, and what was made of it.

use serde::{Deserialize, Serialize};

use crate::ProductId;

/// What became of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Decided by a person, or accepted without one: the accept score is above the threshold and nothing speaks against it.
    Matched,
    /// A person must look.
    Review,
    /// Nothing in the catalogue is like it.
    New,
}

/// An item's place in the catalogue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Match {
    /// What became of the item.
    pub decision: Decision,
    /// The product: the accepted one when `Matched`, none otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<ProductId>,
    /// Calibrated probability, 0 to 1, that the best candidate is the same product; 0 without candidates. What a person
    /// decided has 1 for a product, 0 for "new".
    pub probability: f64,
    /// What the decision was taken on, 0 to 1: the best probability, lessened by the runner-up's.
    pub accept_score: f64,
    /// Whether something forbids accepting it without a person, whatever the score: a contradiction, a variant that the item
    /// does not name, another item that the product fits better.
    #[serde(default, skip_serializing_if = "is_false")]
    pub barred: bool,
    /// Best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub candidates: Vec<Candidate>,
    /// Sentences for a person: what speaks for the best candidate, and what against.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !value
}

/// A product that an item may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// The product.
    pub product_id: ProductId,
    /// Calibrated probability, 0 to 1, that it is the same product.
    pub probability: f64,
}
