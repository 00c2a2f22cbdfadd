#![doc = include_str!("../README.md")]

mod cache;
mod embedder;
mod error;
mod protocol;

pub use cache::{CacheError, VectorCache};
pub use embedder::{Embedder, Endpoint, Limits};
pub use error::EmbedError;
pub use protocol::{Protocol, UnknownProtocol};
