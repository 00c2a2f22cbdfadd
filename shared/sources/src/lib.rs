#![doc = include_str!("../README.md")]

mod auth;
mod body;
mod checksum;
mod content_disposition;
mod cookies;
mod credential;
mod deadline;
mod error;
mod exchange;
mod fetcher;
mod google;
mod guard;
mod host_turns;
mod ml_analyze;
mod policy;
mod resolver;
mod retry_after;
mod sign_in;
mod source_url;
mod special_ranges;
mod tries;
mod validators;

pub use auth::{Auth, InvalidAuth};
pub use body::FetchedBody;
pub use checksum::Checksum;
pub use credential::{Credential, InvalidCredential};
pub use error::{FetchError, Waiting};
pub use fetcher::{Fetched, HttpFetcher, HttpFetcherBuilder, HttpSource};
pub use google::{GoogleEndpoints, GoogleSheet, GoogleSheets, InvalidEndpoint, InvalidKey, ServiceAccount};
pub use guard::{AddressGuard, InvalidAllowList, Refusal};
pub use ml_analyze::{MlAnalyze, MlAnalyzeError};
pub use policy::{Backoff, FetchPolicy, Jitter};
pub use resolver::{NameResolver, SystemResolver};
pub use source_url::{InvalidUrl, SourceUrl};
