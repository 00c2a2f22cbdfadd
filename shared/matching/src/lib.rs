#![doc = include_str!("../README.md")]

mod assignment;
mod barcode;
mod catalogue;
mod certain;
mod context;
mod decision;
mod distinct;
mod features;
mod grams;
mod lexicon;
mod lists;
mod matcher;
mod model;
mod products;
mod quantity;
mod query;
mod reasons;
mod snapshot;
mod supplier_list;
mod text;
pub mod training;
mod veto;
mod words;

pub use catalogue::CatalogueIndex;
pub use matcher::{MatchOptions, Matcher};
pub use model::{Model, ModelError};
pub use products::products_from_items;
pub use snapshot::SnapshotError;
pub use supplier_list::SupplierList;
