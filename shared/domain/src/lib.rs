#![doc = include_str!("../README.md")]

mod change;
mod clock;
mod file;
mod guards;
mod held_result;
mod ids;
mod item;
mod item_key;
mod job;
mod last_fetch;
mod matches;
mod money;
mod price_history;
mod product;
mod ruling;
mod source;
mod supplier;

pub use change::*;
pub use clock::*;
pub use file::*;
pub use guards::*;
pub use held_result::*;
pub use ids::*;
pub use item::*;
pub use item_key::*;
pub use job::*;
pub use last_fetch::*;
pub use matches::*;
pub use money::*;
pub use price_history::*;
pub use product::*;
pub use ruling::*;
pub use source::*;
pub use supplier::*;
