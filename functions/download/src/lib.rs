#![doc = include_str!("../README.md")]

mod credentials;
mod deps;
mod ending;
mod fetch;
mod known;
mod opening;
mod plan;
mod transfer;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
pub use credentials::{CredentialError, Credentials};
pub use deps::{Deps, StartError};
pub use fetch::{FetchFailure, Fetching, fetch};
use lambda_runtime::{Diagnostic, LambdaEvent};
pub use plan::{Plan, plan};
use serde_json::Value;
use store::{DownloadMessage, StoreError};
use thiserror::Error;

/// Why an invocation as a whole failed.
#[derive(Debug, Error)]
pub enum DownloadError {
    /// Neither a schedule's event nor a batch of messages.
    #[error("an event that this function does not know: it has neither `Records` nor `detail-type: Scheduled Event`")]
    UnknownEvent,
    /// A batch of messages of an unknown shape.
    #[error("the batch of messages cannot be read: {0}")]
    Batch(#[source] serde_json::Error),
    /// Choosing suppliers failed.
    #[error("the due suppliers could not be chosen: {0}")]
    Plan(#[source] StoreError),
    /// Some suppliers could not be planned; they stay due.
    #[error("{failed} of {due} due suppliers could not be planned; they stay due. The first: {first}")]
    PartlyPlanned {
        /// How many failed.
        failed: usize,
        /// How many were due.
        due: usize,
        /// The first failure.
        #[source]
        first: StoreError,
    },
}

impl From<DownloadError> for Diagnostic {
    fn from(error: DownloadError) -> Self {
        let error_type = match &error {
            DownloadError::UnknownEvent => "UnknownEvent",
            DownloadError::Batch(_) => "UnreadableBatch",
            DownloadError::Plan(_) | DownloadError::PartlyPlanned { .. } => "PlanFailed",
        };
        Diagnostic {
            error_type: error_type.into(),
            error_message: error.to_string(),
        }
    }
}

/// Handles a schedule's event (answers with the [`Plan`]) or a batch of messages (answers with the failed ones).
///
/// # Errors
/// The event is unknown, or planning failed.
pub async fn handle(deps: &Deps, event: LambdaEvent<Value>) -> Result<Value, DownloadError> {
    let LambdaEvent { payload, context } = event;
    if payload.get("Records").is_some() {
        let batch: SqsEvent = serde_json::from_value(payload).map_err(DownloadError::Batch)?;
        let lease_until = runtime::lease_until(&context, deps.clock.now());
        let mut response = SqsBatchResponse::default();
        for message in batch.records {
            if let Err(failure) = fetch_message(deps, &message, lease_until).await {
                tracing::error!(message_id = ?message.message_id, %failure, "message goes back to the queue");
                response.add_failure(message.message_id.unwrap_or_default());
            }
        }
        return serde_json::to_value(&response).map_err(DownloadError::Batch);
    }
    if payload.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event") {
        let plan = plan(deps).await?;
        return serde_json::to_value(plan).map_err(DownloadError::Batch);
    }
    Err(DownloadError::UnknownEvent)
}

async fn fetch_message(deps: &Deps, message: &SqsMessage, lease_until: jiff::Timestamp) -> Result<(), FetchFailure> {
    let body = message.body.as_deref().unwrap_or_default();
    let message: DownloadMessage = serde_json::from_str(body).map_err(FetchFailure::Message)?;
    let fetching = fetch(deps, &message, lease_until).await?;
    tracing::info!(job_id = %message.job_id, attempt = message.attempt, outcome = ?fetching, "download message handled");
    Ok(())
}
