#![doc = include_str!("../README.md")]

mod assignment;
mod barcode;
mod calibration;
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
mod meaning;
mod model;
mod products;
mod quantity;
mod query;
mod reasons;
mod siblings;
mod snapshot;
mod supplier_list;
mod text;
pub mod training;
mod vectors;
mod veto;
mod words;

pub use calibration::{AcceptedScores, Bin, Calibration, CalibrationError, Check, Evidence, LEAST_OUTCOMES, Outcome};
pub use catalogue::CatalogueIndex;
pub use matcher::{MatchOptions, Matcher};
pub use model::{Model, ModelError};
pub use products::products_from_items;
pub use snapshot::SnapshotError;
pub use supplier_list::SupplierList;
pub use vectors::{Vectors, WrongDimension, text_of_item, text_of_product};
