//! What the function works with.

use std::sync::Arc;

use domain::{Clock, SystemClock};
use jiff::SignedDuration;
use runtime::{Clients, Config, ConfigError};
use store::{Files, Jobs, Queues, Suppliers};

/// The function's dependencies, made once per environment.
pub struct Deps {
    /// The time, for events that tell none.
    pub clock: Arc<dyn Clock>,
    /// The jobs table.
    pub jobs: Jobs,
    /// The suppliers table.
    pub suppliers: Suppliers,
    /// The bucket.
    pub files: Files,
    /// The queues.
    pub queues: Queues,
    /// How long raw files are kept.
    pub retention: SignedDuration,
}

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub async fn new(config: &Config) -> Result<Self, ConfigError> {
        let clients = Clients::new(config).await?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            jobs: Jobs::new(clients.dynamodb(), config.required("JOBS_TABLE")?),
            suppliers: Suppliers::new(clients.dynamodb(), config.required("SUPPLIERS_TABLE")?),
            files: Files::new(clients.s3(), clients.s3_signer(), config.required("BUCKET")?),
            queues: Queues::new(
                clients.sqs(),
                config.required("DOWNLOAD_QUEUE_URL")?,
                config.required("ANALYZE_QUEUE_URL")?,
            ),
            retention: SignedDuration::from_hours(config.parsed::<u32>("RAW_RETENTION_HOURS", 24)?.into()),
        })
    }
}
