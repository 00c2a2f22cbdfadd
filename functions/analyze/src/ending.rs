//! How an analysis can end other than well.

use domain::JobError;
use pricelist::ReadError;
use store::{HeldError, StoreError};
use thiserror::Error;

use crate::request::UnreadableMessage;

/// Why a message goes back to the queue.
#[derive(Debug, Error)]
pub enum AnalyzeFailure {
    /// Not one of ours; it ends in the dead-letter queue.
    #[error(transparent)]
    Message(#[from] UnreadableMessage),
    /// Our own stores failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another list of the supplier was being published all the time.
    #[error("another list of the supplier is being published; this one is tried again later")]
    Busy,
}

/// Why an analysis stops.
#[derive(Debug)]
pub(crate) enum Ending {
    /// The job was taken over, retried or ended by another.
    Lost,
    /// The job fails, with its reason.
    Job(JobError),
    /// Our own stores failed.
    Store(StoreError),
    /// Another list of the supplier was being published all the time.
    Busy,
    /// Another service is still at work on the list: the next invocation goes on waiting for it.
    Later,
}

impl From<HeldError> for Ending {
    fn from(error: HeldError) -> Self {
        match error {
            HeldError::Lost | HeldError::Refused(_) => Self::Lost,
            HeldError::Store(error) => Self::Store(error),
        }
    }
}

impl From<StoreError> for Ending {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<JobError> for Ending {
    fn from(error: JobError) -> Self {
        Self::Job(error)
    }
}

impl From<ReadError> for Ending {
    fn from(error: ReadError) -> Self {
        Self::Job(JobError::in_file(error.code(), error.to_string()))
    }
}
