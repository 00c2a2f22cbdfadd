//! How bringing a file can end other than well.

use domain::JobError;
use sources::FetchError;
use store::{HeldError, StoreError};

use crate::credentials::CredentialError;

/// Why no file was brought.
pub(crate) enum Ending {
    /// The job was taken over, retried or ended by another.
    Lost,
    /// The job fails, with its reason.
    Job(JobError),
    /// Our own stores failed.
    Store(StoreError),
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

impl From<FetchError> for Ending {
    fn from(error: FetchError) -> Self {
        Self::Job(JobError::sentence(error.code(), &error.to_string()))
    }
}

impl From<CredentialError> for Ending {
    fn from(error: CredentialError) -> Self {
        match error.into_job_error() {
            Ok(error) => Self::Job(error),
            Err(error) => Self::Store(error),
        }
    }
}
