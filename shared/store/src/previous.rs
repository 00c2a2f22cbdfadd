//! The list published before, as far as a new one is compared with it.

use std::collections::HashMap;

use domain::{ItemState, Match, Product};
use serde::{Serialize, de::DeserializeOwned, de::IgnoredAny};

use crate::{
    PublishedItem, StoreError,
    publication::Fingerprinted,
    snapshot::{SnapshotReader, fingerprint},
};

/// What is published under a key: an item, or a product of the catalogue.
pub trait Publishable: Serialize + DeserializeOwned {
    /// What is compared from one list to the next.
    fn state(&self) -> ItemState;
    /// Its code.
    fn sku(&self) -> Option<&str>;
    /// What it is called.
    fn name(&self) -> Option<&str>;
    /// Further words that it may be looked for by.
    fn words(&self) -> [Option<&str>; 2];

    /// Hash of what a buyer sees of it: what is the same to a buyer has not changed, whatever else is stored.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    fn seen(&self) -> Result<u128, StoreError> {
        fingerprint(self)
    }
}

impl Publishable for PublishedItem {
    fn state(&self) -> ItemState {
        ItemState {
            price: self.price,
            currency: self.currency,
            unit: self.unit.clone(),
            availability: self.availability.clone(),
            decision: Some(self.found.decision),
            product_id: self.found.product_id.clone(),
        }
    }

    fn sku(&self) -> Option<&str> {
        self.sku.as_deref()
    }

    fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    fn words(&self) -> [Option<&str>; 2] {
        [self.barcode.as_deref(), self.brand.as_deref()]
    }

    /// All that its row says, its decision and its product. Probabilities, candidates and reasons are left out: they move a
    /// little with every other item of the list and of the catalogue.
    fn seen(&self) -> Result<u128, StoreError> {
        fingerprint(&Self {
            found: Match {
                probability: 0.0,
                accept_score: 0.0,
                barred: false,
                candidates: Vec::new(),
                reasons: Vec::new(),
                ..self.found.clone()
            },
            ..self.clone()
        })
    }
}

impl Publishable for Product {
    fn state(&self) -> ItemState {
        ItemState::of_product(self)
    }

    fn sku(&self) -> Option<&str> {
        Some(self.sku.as_deref().unwrap_or(self.product_id.as_str()))
    }

    fn name(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn words(&self) -> [Option<&str>; 2] {
        [self.barcode.as_deref(), self.brand.as_deref()]
    }
}

/// What is known of one entry of an earlier list.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    /// Hash of all that was published.
    pub fingerprint: u128,
    /// Hash of what a buyer sees of it ([`Publishable::seen`]).
    pub seen: u128,
    /// What is compared.
    pub state: ItemState,
}

impl Fingerprinted for Previous {
    fn fingerprint(&self) -> u128 {
        self.fingerprint
    }
}

/// An earlier list by key.
pub type PreviousList = HashMap<String, Previous>;

/// Reads an earlier list's snapshot.
///
/// # Errors
/// It cannot be read.
pub fn previous_list<P: Publishable>(snapshot: &[u8]) -> Result<PreviousList, StoreError> {
    SnapshotReader::<P, IgnoredAny>::new(snapshot)?
        .map(|entry| {
            let entry = entry?;
            let previous = Previous {
                fingerprint: fingerprint(&entry.published)?,
                seen: entry.published.seen()?,
                state: entry.published.state(),
            };
            Ok((entry.key, previous))
        })
        .collect()
}
