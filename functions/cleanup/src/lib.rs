#![doc = include_str!("../README.md")]

mod clean;
mod deps;
mod verdict;

use aws_lambda_events::eventbridge::EventBridgeEvent;
pub use clean::{Cleaned, clean};
pub use deps::Deps;
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use store::StoreError;
use thiserror::Error;
pub use verdict::{Verdict, judge};

/// Why an invocation failed. Everything that could be done was done; the next run does the rest.
#[derive(Debug, Error)]
pub enum CleanupError {
    /// Nothing could be listed.
    #[error("jobs or raw files could not be listed: {0}")]
    List(#[source] StoreError),
    /// Some changes failed.
    #[error("{failed} changes failed; they are tried again at the next run. The first: {first}")]
    Partly {
        /// How many.
        failed: usize,
        /// The first failure.
        #[source]
        first: StoreError,
    },
}

impl From<CleanupError> for Diagnostic {
    fn from(error: CleanupError) -> Self {
        let error_type = match &error {
            CleanupError::List(_) => "ListFailed",
            CleanupError::Partly { .. } => "PartlyFailed",
        };
        Diagnostic {
            error_type: error_type.into(),
            error_message: error.to_string(),
        }
    }
}

/// Handles a schedule's event.
///
/// # Errors
/// See [`CleanupError`].
pub async fn handle(deps: &Deps, event: LambdaEvent<EventBridgeEvent>) -> Result<Cleaned, CleanupError> {
    let time = event
        .payload
        .time
        .and_then(|time| Timestamp::from_millisecond(time.timestamp_millis()).ok());
    let now = time.unwrap_or_else(|| deps.clock.now());
    let cleaned = clean(deps, now).await?;
    tracing::info!(?cleaned, %now, "cleaned");
    Ok(cleaned)
}
