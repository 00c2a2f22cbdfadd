//! What the function works with.

use std::sync::Arc;

use domain::{Clock, SystemClock};
use runtime::{Clients, Config, ConfigError};
use store::{Catalogue, Files, Items, Jobs, Queues, Suppliers};
use thiserror::Error;

use crate::session::{AdminToken, InvalidTokenHash};

/// The function's dependencies, made once per environment.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The jobs table.
    pub jobs: Jobs,
    /// The suppliers table.
    pub suppliers: Suppliers,
    /// The items table.
    pub items: Items,
    /// The catalogue table.
    pub catalogue: Catalogue,
    /// The bucket.
    pub files: Files,
    /// The queues.
    pub queues: Queues,
    /// Knows the admin token when it sees it.
    pub admin: AdminToken,
    /// Largest price list in bytes.
    pub max_file_bytes: u64,
}

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `ADMIN_TOKEN_SHA256` is no digest.
    #[error("the environment variable ADMIN_TOKEN_SHA256 is not valid: {0}")]
    Token(#[from] InvalidTokenHash),
}

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// A variable is missing or wrong.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        let clients = Clients::new(config).await?;
        Ok(Self {
            clock: Arc::new(SystemClock),
            jobs: Jobs::new(clients.dynamodb(), config.required("JOBS_TABLE")?),
            suppliers: Suppliers::new(clients.dynamodb(), config.required("SUPPLIERS_TABLE")?),
            items: Items::new(clients.dynamodb(), config.required("ITEMS_TABLE")?),
            catalogue: Catalogue::new(clients.dynamodb(), config.required("CATALOGUE_TABLE")?),
            files: Files::new(clients.s3(), clients.s3_signer(), config.required("BUCKET")?),
            queues: Queues::new(
                clients.sqs(),
                config.required("DOWNLOAD_QUEUE_URL")?,
                config.required("ANALYZE_QUEUE_URL")?,
            ),
            admin: config.required("ADMIN_TOKEN_SHA256")?.parse()?,
            max_file_bytes: config.max_file_bytes()?,
        })
    }
}
