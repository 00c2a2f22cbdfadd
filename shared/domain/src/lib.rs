#![doc = include_str!("../README.md")]

mod clock;
mod file;
mod ids;
mod item;
mod item_key;
mod job;
mod last_fetch;
mod matches;
mod money;
mod product;
mod source;
mod supplier;

pub use clock::*;
pub use file::*;
pub use ids::*;
pub use item::*;
pub use item_key::*;
pub use job::*;
pub use last_fetch::*;
pub use matches::*;
pub use money::*;
pub use product::*;
pub use source::*;
pub use supplier::*;
