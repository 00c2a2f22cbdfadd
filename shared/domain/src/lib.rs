#![doc = include_str!("../README.md")]

mod clock;
mod file;
mod ids;
mod item;
mod item_key;
mod job;
mod matches;
mod money;
mod product;
mod supplier;

pub use clock::*;
pub use file::*;
pub use ids::*;
pub use item::*;
pub use item_key::*;
pub use job::*;
pub use matches::*;
pub use money::*;
pub use product::*;
pub use supplier::*;
