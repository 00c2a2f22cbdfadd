//! What the function works with.

use std::{sync::Arc, time::Duration};

use domain::{Clock, SystemClock};
use runtime::{Clients, Config, ConfigError};
use sources::{
    AddressGuard, FetchError, FetchPolicy, GoogleEndpoints, GoogleSheets, HttpFetcher, InvalidAllowList,
    InvalidEndpoint,
};
use store::{Files, Jobs, Queues, Secrets, Suppliers};
use thiserror::Error;

use crate::Credentials;

/// The function's dependencies, made once per environment.
pub struct Deps {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The jobs table.
    pub jobs: Jobs,
    /// The suppliers table.
    pub suppliers: Suppliers,
    /// The bucket.
    pub files: Files,
    /// The queues.
    pub queues: Queues,
    /// Fetches under the address guard.
    pub fetcher: HttpFetcher,
    /// Fetches Google sheets with it.
    pub sheets: GoogleSheets,
    /// The credentials of sources.
    pub credentials: Credentials,
}

/// Why the function cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A variable is missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `ALLOWED_SOURCE_CIDRS` is no list of networks.
    #[error("the environment variable ALLOWED_SOURCE_CIDRS is not valid: {0}")]
    Allowed(#[from] InvalidAllowList),
    /// `GOOGLE_DOCS_URL` or `GOOGLE_API_URL` is no address.
    #[error("the environment variable {0}")]
    Google(#[from] InvalidEndpoint),
    /// The HTTP client could not be made.
    #[error(transparent)]
    Fetcher(#[from] FetchError),
}

/// A fetch may take this long; the function's time-out (300 s in the template) leaves the rest for storing the file.
const FETCH_TIME: Duration = Duration::from_secs(240);

impl Deps {
    /// Makes them from the environment.
    ///
    /// # Errors
    /// The configuration cannot be used.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        let clients = Clients::new(config).await?;
        let guard: AddressGuard = config.optional("ALLOWED_SOURCE_CIDRS").unwrap_or_default().parse()?;
        let policy = FetchPolicy {
            max_bytes: config.max_file_bytes()?,
            total_timeout: FETCH_TIME,
            guard,
            ..FetchPolicy::default()
        };
        let endpoints = GoogleEndpoints::new(config.optional("GOOGLE_DOCS_URL"), config.optional("GOOGLE_API_URL"))?;
        let fetcher = HttpFetcher::new(policy)?;
        let secrets = Secrets::new(clients.secrets_manager(), config.required("SOURCE_SECRET_PREFIX")?);
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
            sheets: GoogleSheets::new(fetcher.clone(), endpoints),
            credentials: Credentials::new(secrets),
            fetcher,
        })
    }
}
