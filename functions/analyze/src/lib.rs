#![doc = include_str!("../README.md")]

mod analysis;
mod approved;
mod catalogue;
mod comparison;
mod deps;
mod embedding;
mod ending;
mod equality;
mod list;
mod match_again;
mod memory;
mod new_list;
mod outcome;
mod publishing;
mod reading;
mod remote;
mod replay;
mod request;
mod serving;
mod shadow;
mod way;

pub use analysis::{Analysis, analyze};
use approved::publish_approved;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
pub use deps::Deps;
pub use embedding::Embedding;
pub use ending::AnalyzeFailure;
use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent};
use match_again::match_again;
pub use remote::{Pace, Remote};
pub use request::{Request, UnreadableMessage, match_request, publish_request, read_request, requests};
pub use serving::Served;
use serving::serve;
use store::ReadFileMessage;

/// Handles a batch of messages; answers with those that go back to the queue.
///
/// # Errors
/// None: failures are those of single messages.
pub async fn handle(deps: &Deps, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let lease_until = runtime::lease_until(&event.context, deps.clock.now());
    let mut response = SqsBatchResponse::default();
    for message in event.payload.records {
        if let Err(failure) = handle_message(deps, &message, lease_until).await {
            tracing::error!(message_id = ?message.message_id, %failure, "message goes back to the queue");
            response.add_failure(message.message_id.unwrap_or_default());
        }
    }
    Ok(response)
}

async fn handle_message(deps: &Deps, message: &SqsMessage, lease_until: Timestamp) -> Result<(), AnalyzeFailure> {
    let body = message.body.as_deref().unwrap_or_default();
    if let Some(job_id) = publish_request(body)? {
        let publication = publish_approved(deps, job_id, lease_until).await?;
        tracing::info!(%job_id, outcome = ?publication, "publish message handled");
        return Ok(());
    }
    if let Some((job_id, attempt)) = match_request(body)? {
        let matched = match_again(deps, job_id, attempt, lease_until).await?;
        tracing::info!(%job_id, outcome = ?matched, "match message handled");
        return Ok(());
    }
    if let Some(ReadFileMessage { read_file, request }) = read_request(body)? {
        let served = serve(deps, read_file, &request, lease_until).await?;
        tracing::info!(job_id = %read_file, caller_supplier = %request.supplier_id, outcome = ?served, "read message handled");
        return Ok(());
    }
    for request in requests(body)? {
        let analysis = analyze(deps, &request, lease_until).await?;
        tracing::info!(raw_key = %request.key, outcome = ?analysis, "analysis message handled");
    }
    Ok(())
}
