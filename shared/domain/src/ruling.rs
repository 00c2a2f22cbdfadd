//! What a person decided of an item.

use serde::{Deserialize, Serialize};

use crate::ProductId;

/// A person's word on what an item is. It stands above everything that matching finds.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// This product of the catalogue.
    Product(ProductId),
    /// None of the catalogue's products.
    New,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruling_is_stored_in_one_word_or_one_field() {
        let rulings = [Ruling::Product("P-1".parse().unwrap()), Ruling::New];
        let json = serde_json::to_string(&rulings).unwrap();
        assert_eq!(json, r#"[{"product":"P-1"},"new"]"#);
        assert_eq!(serde_json::from_str::<[Ruling; 2]>(&json).unwrap(), rulings);
    }
}
